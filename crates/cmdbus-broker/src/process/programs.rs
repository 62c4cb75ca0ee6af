//! Where the programs are that drivers start.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// Finds programs the way a shell does, with one exception: folders of the `PATH` that are not absolute are
/// passed over, because what they mean depends on where somebody stands.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    path: OsString,
}

impl Programs {
    pub(super) fn new(path: Option<OsString>) -> Self {
        Self {
            path: path.unwrap_or_default(),
        }
    }

    /// Returns the file of a program, or why there is none.
    pub(super) fn find(&self, program: &str) -> Result<PathBuf, String> {
        if Path::new(program).is_absolute() {
            return executable(Path::new(program));
        }
        let folders = std::env::split_paths(&self.path).filter(|folder| folder.is_absolute());
        let found = folders
            .map(|folder| folder.join(OsStr::new(program)))
            .filter(|file| file.is_file())
            .map(|file| executable(&file))
            // One that may not be run does not hide one further on.
            .reduce(|first, next| if first.is_ok() { first } else { next.or(first) });
        found.unwrap_or_else(|| {
            Err(format!(
                "`{program}` is not on the broker's PATH; install it or restart the broker with it on PATH"
            ))
        })
    }
}

/// Returns whether a text is the name of a program without any folder.
pub(super) fn is_bare_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.is_empty() && name.bytes().all(plain) && !matches!(name, "." | "..")
}

/// Returns a file if it is a program that we may run.
fn executable(file: &Path) -> Result<PathBuf, String> {
    let name = file.display();
    match fs::metadata(file) {
        Err(_) => Err(format!("`{name}` does not exist; install it")),
        Ok(found) if !found.is_file() => Err(format!("`{name}` is not a file; name a program")),
        Ok(_) if access(file, Access::EXEC_OK).is_err() => {
            Err(format!("`{name}` may not be executed; change its mode"))
        }
        Ok(_) => Ok(file.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_names_have_no_folder_and_nothing_odd() {
        for name in [
            "claude",
            "codex",
            "review-agent",
            "python3.13",
            "a_b",
            "...",
        ] {
            assert!(is_bare_name(name), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "./a",
            "/a",
            "a b",
            "a;b",
            "{prompt_file}",
            "ä",
            "a\0",
        ] {
            assert!(!is_bare_name(name), "{name}");
        }
    }
}
