//! The discovery file: where a broker listens, and what it asks of those who come (protocol §2.3).

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::read_small;

/// The only version there is.
const VERSION: u64 = 1;
/// A discovery file is never longer.
const LIMIT: u64 = 64 << 10;

/// What a discovery file says.
#[derive(Clone, PartialEq)]
pub struct Discovery {
    /// The broker's process.
    pub pid: u32,
    /// When it started, RFC 3339.
    pub started_at: String,
    /// Where it listens: `http://127.0.0.1:PORT`, without a slash at the end.
    pub ipc_url: String,
    /// What a client has to show. A secret.
    pub bearer_token: String,
    /// Everything else that is in the file.
    pub extra: Map<String, Value>,
}

impl Discovery {
    /// The extra key that names the Unix socket of the bus.
    const BUS_SOCKET: &str = "busSocket";

    /// Returns the Unix socket of the bus that the broker's process serves.
    pub fn bus_socket(&self) -> Option<PathBuf> {
        self.extra
            .get(Self::BUS_SOCKET)
            .and_then(Value::as_str)
            .map(PathBuf::from)
    }

    /// Returns the same with the Unix socket of the bus. A path that is no text is left out.
    #[must_use]
    pub fn with_bus_socket(mut self, socket: &Path) -> Self {
        if let Some(text) = socket.to_str() {
            self.extra.insert(Self::BUS_SOCKET.to_owned(), text.into());
        }
        self
    }

    /// Reads the file. `None` if it is missing or damaged, which is the same as no broker.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        match read_small(path, LIMIT) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut extra: Map<String, Value> = serde_json::from_str(text).ok()?;
        let version = extra.shift_remove("version")?;
        let pid = u32::try_from(extra.shift_remove("pid")?.as_u64()?).ok()?;
        let mut text = |key| match extra.shift_remove(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let found = Self {
            pid,
            started_at: text("startedAt")?,
            ipc_url: text("ipcUrl")?,
            bearer_token: text("bearerToken")?,
            extra,
        };
        // Written by JavaScript, where 1 and 1.0 are the same.
        #[expect(clippy::float_cmp, reason = "small whole numbers are exact")]
        (version.as_f64()? == VERSION as f64).then_some(found)
    }

    /// Writes the file so that readers find the old one or the new one, whole, also after a power cut.
    ///
    /// # Errors
    /// The folder cannot be written to. Nothing is left behind then.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let temporary = temporary(path)?;
        let written = self
            .write_new(&temporary)
            .and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            // The error that counts is the first one.
            let _ = fs::remove_file(&temporary);
        }
        written?;
        sync_folder(path)
    }

    fn write_new(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(&self.to_json())?;
        text.push(b'\n');
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(&text)?;
        file.sync_all()
    }

    fn to_json(&self) -> Value {
        let mut json = json!({
            "version": VERSION,
            "pid": self.pid,
            "startedAt": self.started_at,
            "ipcUrl": self.ipc_url,
            "bearerToken": self.bearer_token,
        });
        for (key, value) in &self.extra {
            // What a broker must say cannot be said otherwise by the way.
            if json.get(key).is_none() {
                json[key] = value.clone();
            }
        }
        json
    }

    /// Removes the file if it is this broker's, and returns whether it was.
    ///
    /// # Errors
    /// The file cannot be read, or not be removed.
    pub fn remove(&self, path: &Path) -> io::Result<bool> {
        let ours = Self::read(path)?.is_some_and(|found| {
            found.pid == self.pid
                && found.ipc_url == self.ipc_url
                && found.bearer_token == self.bearer_token
        });
        if ours {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(ours)
    }
}

impl fmt::Debug for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discovery")
            .field("pid", &self.pid)
            .field("started_at", &self.started_at)
            .field("ipc_url", &self.ipc_url)
            .finish_non_exhaustive()
    }
}

fn temporary(path: &Path) -> io::Result<PathBuf> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let random = u32::from_ne_bytes(random);
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(format!(".tmp.{}.{random:08x}", std::process::id()));
    Ok(path.with_file_name(name))
}

/// Makes the new name durable. Where folders cannot be opened, the system sees to it.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Discovery {
        Discovery {
            pid: 41877,
            started_at: "2026-03-02T08:15:30.120Z".to_owned(),
            ipc_url: "http://127.0.0.1:53411".to_owned(),
            bearer_token: "Zm9vYmFyLWV4YW1wbGUtb25seS00My1jaGFyYWN0ZXI".to_owned(),
            extra: Map::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_and_only_the_user_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("discovery.json");
        let written = example().with_bus_socket(Path::new("/s/bus.sock"));
        written.write(&path).unwrap();
        let read = Discovery::read(&path).unwrap().unwrap();
        assert_eq!(read, written);
        assert_eq!(read.bus_socket().unwrap(), Path::new("/s/bus.sock"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn it_looks_as_the_protocol_shows_it() {
        let mut broker = example();
        broker.extra.insert("pid".to_owned(), 7.into());
        assert_eq!(
            broker.to_json(),
            json!({ "version": 1, "pid": 41877, "startedAt": "2026-03-02T08:15:30.120Z",
                "ipcUrl": "http://127.0.0.1:53411", "bearerToken": "Zm9vYmFyLWV4YW1wbGUtb25seS00My1jaGFyYWN0ZXI" })
        );
    }

    #[test]
    fn keys_that_nobody_knows_are_kept() {
        let mut json = example().to_json();
        json["future"] = json!({"a": 1});
        let read = Discovery::parse(&json.to_string()).unwrap();
        assert_eq!(read.extra["future"]["a"], 1);
        assert_eq!(read.to_json(), json);
    }

    #[test]
    fn a_missing_or_damaged_file_is_no_broker_and_other_trouble_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("discovery.json");
        assert_eq!(Discovery::read(&path).unwrap(), None);
        let good = example().to_json();
        let with = |key: &str, value: Value| {
            let mut json = good.clone();
            json[key] = value;
            json.to_string()
        };
        let mut damaged = vec![
            String::new(),
            "{".to_owned(),
            "null".to_owned(),
            "[1]".to_owned(),
            with("version", json!(2)),
            with("version", json!("1")),
            with("pid", json!("41877")),
            with("pid", json!(-1)),
            with("pid", json!(1.5)),
            " ".repeat(1 + usize::try_from(LIMIT).unwrap()),
        ];
        for key in ["version", "pid", "startedAt", "ipcUrl", "bearerToken"] {
            damaged.push(with(key, Value::Null));
        }
        for text in damaged {
            fs::write(&path, &text).unwrap();
            assert_eq!(Discovery::read(&path).unwrap(), None, "{text}");
        }
        fs::write(&path, b"\xff\xfe").unwrap();
        assert_eq!(Discovery::read(&path).unwrap(), None);
        fs::write(&path, with("version", json!(1.0))).unwrap();
        assert_eq!(Discovery::read(&path).unwrap(), Some(example()));
        assert!(Discovery::read(folder.path()).is_err(), "a folder");
    }

    #[test]
    fn w40_only_its_own_broker_removes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("discovery.json");
        assert!(!example().remove(&path).unwrap());
        example().write(&path).unwrap();
        for other in [
            Discovery {
                pid: 1,
                ..example()
            },
            Discovery {
                ipc_url: "http://127.0.0.1:1".to_owned(),
                ..example()
            },
            Discovery {
                bearer_token: "other".to_owned(),
                ..example()
            },
        ] {
            assert!(!other.remove(&path).unwrap());
            assert!(path.exists());
        }
        let later = Discovery {
            started_at: String::new(),
            ..example()
        };
        assert!(later.remove(&path).unwrap());
        assert!(!path.exists());
    }

    #[test]
    fn a_write_that_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("discovery.json");
        // A folder cannot be replaced by a file.
        fs::create_dir(&path).unwrap();
        assert!(example().write(&path).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_discovery_does_not_show_its_secret() {
        assert!(!format!("{:?}", example()).contains("Zm9v"));
    }
}
