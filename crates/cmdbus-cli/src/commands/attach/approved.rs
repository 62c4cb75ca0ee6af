//! What the user has approved: fingerprints in a file of the profile's state.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::exit::{Error, Result};
use crate::instance::private_folder;

/// Most approvals that are kept. Beyond, the oldest go, and are asked for again.
const MOST: usize = 1024;

/// The approvals of a profile.
#[derive(Debug)]
pub(super) struct Approved {
    path: PathBuf,
    /// The newest last.
    approvals: Vec<Approval>,
}

/// One approval. The fingerprint decides; the rest is for people who look into the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Approval {
    sha256: String,
    file: String,
    server: String,
    at: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Document {
    approved: Vec<Approval>,
}

impl Approved {
    /// Reads the approvals in a folder, where there need not be any.
    pub(super) fn of(state: &Path) -> Result<Self> {
        let path = state.join("approved.json");
        let document = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                Error::failure(format!(
                    "`{}` does not hold what was approved ({error}); remove it, and approve again",
                    path.display()
                ))
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Document::default(),
            Err(error) => return Err(Error::io("read", &path, error)),
        };
        Ok(Self {
            path,
            approvals: document.approved,
        })
    }

    pub(super) fn has(&self, fingerprint: &str) -> bool {
        self.approvals
            .iter()
            .any(|approval| approval.sha256 == fingerprint)
    }

    /// Adds an approval. It is kept with the next [`keep`](Self::keep).
    pub(super) fn add(&mut self, fingerprint: String, file: &Path, server: &str) {
        self.approvals.push(Approval {
            sha256: fingerprint,
            file: file.display().to_string(),
            server: server.to_owned(),
            at: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        });
    }

    /// Writes the approvals. If another process does so at the same time, one of the two asks again next time, which is harmless.
    pub(super) fn keep(mut self) -> Result<()> {
        let mut seen = HashSet::new();
        // From the newest on, so that of two that are the same the newer stays.
        self.approvals.reverse();
        self.approvals
            .retain(|approval| seen.insert(approval.sha256.clone()));
        self.approvals.truncate(MOST);
        self.approvals.reverse();
        if let Some(folder) = self.path.parent() {
            private_folder(folder)?;
        }
        let document = Document {
            approved: self.approvals,
        };
        write(&self.path, &document).map_err(|error| Error::io("write", &self.path, error))
    }
}

/// Puts a new file in the place of the old one, so that a reader sees one or the other.
fn write(path: &Path, document: &Document) -> io::Result<()> {
    let new = path.with_extension(format!("new.{}", std::process::id()));
    // What a process of the same number has left when it was killed is nobody's, and may have any mode.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut text = serde_json::to_vec_pretty(document)?;
    text.push(b'\n');
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    let written = file
        .write_all(&text)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn approvals_are_kept_for_the_user_alone_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let file = Path::new("/w/.mcp.json");
        let mut approved = Approved::of(&state).unwrap();
        for number in 0..=MOST {
            approved.add(format!("f{number}"), file, "s");
        }
        approved.add("f2".to_owned(), file, "s");
        assert!(approved.has("f0"));
        approved.keep().unwrap();

        let approved = Approved::of(&state).unwrap();
        assert_eq!(approved.approvals.len(), MOST);
        assert!(!approved.has("f0") && approved.has("f1") && approved.has("f2"));
        assert_eq!(approved.approvals[MOST - 1].sha256, "f2");
        let path = state.join("approved.json");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&state).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_holds_something_else_is_an_error_that_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("approved.json"), "[]x").unwrap();
        let error = Approved::of(folder.path()).unwrap_err();
        assert!(
            error.message().contains("remove it, and approve again"),
            "{error:?}"
        );
    }
}
