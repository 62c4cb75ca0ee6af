//! Names of mailboxes, and the lock that lets a mailbox be open once.

use std::fmt;

use sha2::{Digest, Sha256};

use super::super::find::broker_folder;
use crate::args::Global;
use crate::exit::{Error, Result};
use crate::instance::{InstanceLock, private_folder};

/// Longest name, in UTF-16 units, as it is a session's id as well (protocol §3.5.1).
const UNITS: usize = 256;

/// The name of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(String);

impl Name {
    pub(super) fn new(name: &str) -> Result<Self> {
        let why = if name.is_empty() {
            "it is empty"
        } else if name.trim() != name {
            "it begins or ends with a space"
        } else if name.contains(char::is_control) {
            "it has a control character"
        } else if name.encode_utf16().count() > UNITS {
            "it is longer than 256 characters"
        } else if name.starts_with("__masons_") {
            "names that begin with `__masons_` are taken"
        } else {
            return Ok(Self(name.to_owned()));
        };
        Err(Error::usage(format!(
            "`{}` cannot be the name of a mailbox: {why}",
            crate::output::printable_line(name)
        )))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes the mailbox for this process, among all that use the same broker.
    pub(super) fn lock(&self, global: &Global) -> Result<InstanceLock> {
        let folder = broker_folder(global)?.join("mail");
        private_folder(&folder)?;
        let taken = InstanceLock::try_take(&folder.join(self.file()))?;
        taken.ok_or_else(|| {
            Error::failure(format!(
                "mailbox `{self}` is open already, in another `cmdbus mail` (`mailbox_in_use`); end that first, or use another name"
            ))
        })
    }

    /// Returns a file name for any name: different ones for different names, also where capitals do not count.
    fn file(&self) -> String {
        let digest = Sha256::digest(self.0.as_bytes());
        let hex: String = digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{hex}.lock")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_any_text_that_stays_as_it_is() {
        for name in ["a", "my builds", "../x", "a:b", "ü", &"x".repeat(256)] {
            assert!(Name::new(name).is_ok(), "{name}");
        }
        for name in ["", " a", "a\n", "a\u{1b}b", "__masons_x", &"x".repeat(257)] {
            assert_eq!(Name::new(name).unwrap_err().code(), 2, "{name}");
        }
    }

    #[test]
    fn the_file_of_a_name_is_safe_and_its_own() {
        let file = |name| Name::new(name).unwrap().file();
        assert_ne!(file("a"), file("A"));
        assert!(
            file("../x")
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'.')
        );
    }
}
