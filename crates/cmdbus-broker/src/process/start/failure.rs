//! Why a process does not start.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use rustix::fs::{Access, access};

/// Longest reason that is reported; paths may be much longer.
const MOST_CHARS: usize = 200;

/// A process that was not started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("spawn_failed: {reason}")]
pub struct SpawnFailure {
    reason: String,
}

impl SpawnFailure {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        if let Some((end, _)) = reason.char_indices().nth(MOST_CHARS) {
            reason.truncate(end);
        }
        Self { reason }
    }

    pub(super) fn of_file(what: &str, error: &io::Error) -> Self {
        Self::new(format!("{what} cannot be written: {}", error.kind()))
    }

    /// Returns the reason in a few words.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns what the acknowledgement of the spawn request says.
    pub fn detail(&self) -> String {
        self.to_string()
    }
}

/// Looks at a working folder first: the system does not say whether it missed the folder or the program.
pub(super) fn check_cwd(cwd: &Path) -> Result<(), SpawnFailure> {
    let name = cwd.display();
    let problem = match fs::metadata(cwd) {
        _ if !cwd.is_absolute() => "is not absolute",
        Err(error) if error.kind() == ErrorKind::NotFound => "does not exist",
        Err(_) => "cannot be looked at",
        Ok(found) if !found.is_dir() => "is not a folder",
        Ok(_) if access(cwd, Access::EXEC_OK).is_err() => "may not be entered",
        Ok(_) => return Ok(()),
    };
    Err(SpawnFailure::new(format!(
        "the working folder `{name}` {problem}"
    )))
}

/// Puts what the system said into words.
pub(super) fn explain(error: &io::Error, binary: &Path, cwd: &Path) -> SpawnFailure {
    // It may have gone after we looked.
    if let Err(failure) = check_cwd(cwd) {
        return failure;
    }
    let name = binary.display();
    SpawnFailure::new(match error.kind() {
        ErrorKind::NotFound if binary.exists() => {
            format!("the interpreter that `{name}` names does not exist")
        }
        ErrorKind::NotFound => format!("`{name}` does not exist"),
        ErrorKind::PermissionDenied => format!("`{name}` may not be executed"),
        ErrorKind::ArgumentListTooLong => "the arguments and variables are too long".to_owned(),
        ErrorKind::InvalidInput => "an argument or a variable has a NUL character".to_owned(),
        ErrorKind::OutOfMemory | ErrorKind::WouldBlock => {
            "the system has no memory or no process left".to_owned()
        }
        kind => format!("`{name}` cannot be started: {kind}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_short_and_cut_between_characters() {
        let failure = SpawnFailure::new("ä".repeat(5000));
        assert_eq!(failure.reason(), "ä".repeat(MOST_CHARS));
        let failure = SpawnFailure::new("short");
        assert_eq!(failure.detail(), "spawn_failed: short");
    }
}
