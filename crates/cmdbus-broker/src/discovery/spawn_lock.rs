//! The lock that npm clients take before they start a broker (protocol §2.4).
//!
//! A client that died between making it and writing it leaves an empty one, which no other client ever
//! takes away: every later discovery waits in vain. So the command line does (weakness W39).

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::read_small;

/// How long a client may take to write it.
const AGE: Duration = Duration::from_secs(10);
/// A lock is never longer.
const LIMIT: u64 = 64 << 10;

/// Returns the spawn lock of a discovery file.
pub fn path(discovery: &Path) -> PathBuf {
    let mut path = OsString::from(discovery);
    path.push(".lock");
    path.into()
}

/// Removes the spawn lock of a discovery file if nobody else ever would, and returns whether it did.
///
/// # Errors
/// The lock is there and cannot be looked at or removed.
pub fn repair(discovery: &Path, now: SystemTime) -> io::Result<bool> {
    let path = path(discovery);
    let gone = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Ok(false),
        _ => Err(error),
    };
    let age = match fs::metadata(&path) {
        Ok(meta) => now.duration_since(meta.modified()?).unwrap_or_default(),
        Err(error) => return gone(error),
    };
    if age <= AGE {
        return Ok(false);
    }
    match read_small(&path, LIMIT) {
        Ok(text) if parses(&text) => return Ok(false),
        Err(error) if error.kind() != io::ErrorKind::InvalidData => return gone(error),
        _ => {}
    }
    fs::remove_file(&path).map(|()| true).or_else(gone)
}

/// Returns whether clients can tell from it who holds it. If so, they see to it themselves.
fn parses(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok_and(|lock| {
        lock.get("pid").is_some_and(Value::is_number)
            && lock.get("startedAt").is_some_and(Value::is_string)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w39_a_lock_that_clients_cannot_read_is_removed_once_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let discovery = folder.path().join("discovery.json");
        let lock = folder.path().join("discovery.json.lock");
        let now = SystemTime::now();
        assert!(!repair(&discovery, now).unwrap());
        let good = r#"{"version":1,"pid":7,"startedAt":"2026-03-02T08:15:30.120Z"}"#;
        for (text, torn) in [
            ("", true),
            (&good[..20], true),
            ("7", true),
            (r#"{"pid":"7"}"#, true),
            (good, false),
        ] {
            fs::write(&lock, text).unwrap();
            let written = fs::metadata(&lock).unwrap().modified().unwrap();
            assert!(!repair(&discovery, written).unwrap());
            assert!(!repair(&discovery, written + AGE).unwrap(), "{text}");
            let later = written + AGE + Duration::from_millis(1);
            assert_eq!(repair(&discovery, later).unwrap(), torn, "{text}");
            assert_eq!(lock.exists(), !torn, "{text}");
        }
    }

    #[test]
    fn a_lock_from_the_future_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let discovery = folder.path().join("discovery.json");
        fs::write(path(&discovery), "").unwrap();
        assert!(!repair(&discovery, SystemTime::UNIX_EPOCH).unwrap());
        assert!(path(&discovery).exists());
    }
}
