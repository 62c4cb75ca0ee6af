//! Logs of the daemon: JSON lines in files of bounded size, written by a thread of their own.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::env_vars;
use crate::exit::{Error, Result};

/// One file's size, how many older ones are kept, and how long.
const FILE_BYTES: u64 = 10 << 20;
const OLDER_FILES: u32 = 4;
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Lines that wait for the disk. More are dropped and counted.
const QUEUE: usize = 4096;

static REOPEN: OnceLock<Arc<AtomicBool>> = OnceLock::new();
static FLUSH: OnceLock<SyncSender<Entry>> = OnceLock::new();

/// What the log thread is given.
enum Entry {
    Line(String),
    /// Everything before this has been written when the other end hears of it.
    Flush(SyncSender<()>),
}

/// What libraries say below a warning is for those who ask for it by name.
const QUIET: &str = "hyper=warn,hyper_util=warn,reqwest=warn,rmcp=warn,rustls=warn,tokio_tungstenite=warn,tungstenite=warn";

fn filter() -> EnvFilter {
    std::env::var(env_vars::LOG)
        .ok()
        .and_then(|text| EnvFilter::try_new(format!("{QUIET},{text}")).ok())
        .unwrap_or_else(|| EnvFilter::new(format!("{QUIET},info")))
}

/// Logs of a verb: errors on stderr.
pub(crate) fn to_stderr() {
    to_stderr_from("error");
}

/// As [`to_stderr`], with warnings: for a verb that runs for long.
pub(crate) fn warnings_to_stderr() {
    to_stderr_from("warn");
}

fn to_stderr_from(level: &str) {
    let filter = match env_vars::get(env_vars::LOG) {
        Some(_) => filter(),
        None => EnvFilter::new(level),
    };
    // Fails only if a subscriber is installed already, which then serves.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(
            fmt::layer()
                .with_writer(io::stderr)
                .with_target(false)
                .without_time(),
        )
        .try_init();
}

/// Logs of the daemon: to files in `folder`, and readable on stderr if that is a terminal. What is called once
/// more changes nothing: `broker` logs before it knows what it serves.
pub(crate) fn to_files(folder: &Path) -> Result<()> {
    if FLUSH.get().is_some() {
        return Ok(());
    }
    crate::instance::private_folder(folder)?;
    remove_old(folder);
    let path = folder.join(format!("broker-{}.log", std::process::id()));
    let file = open(&path).map_err(|error| Error::io("open", &path, error))?;
    let (sender, receiver) = sync_channel(QUEUE);
    let _ = FLUSH.set(sender.clone());
    let lost = Arc::new(AtomicU64::new(0));
    let reopen = REOPEN.get_or_init(Arc::default).clone();
    let writer = Writer {
        path,
        bytes: file.metadata().map_or(0, |meta| meta.len()),
        file,
        lost: lost.clone(),
        reopen,
    };
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || writer.run(&receiver))
        .map_err(|error| Error::failure(format!("cannot start the log thread: {error}")))?;
    let terminal = io::stderr()
        .is_terminal()
        .then(|| fmt::layer().with_writer(io::stderr).with_target(false));
    let _ = tracing_subscriber::registry()
        .with(filter())
        .with(JsonLines { sender, lost })
        .with(terminal)
        .try_init();
    Ok(())
}

/// Opens the log file anew at the next line, after somebody has moved it away.
pub(crate) fn reopen() {
    if let Some(flag) = REOPEN.get() {
        flag.store(true, Ordering::Release);
    }
}

/// Waits until what has been logged is in the file, at most half a second.
pub(crate) fn flush() {
    let Some(sender) = FLUSH.get() else {
        return;
    };
    let (done, written) = sync_channel(1);
    if sender.try_send(Entry::Flush(done)).is_ok() {
        let _ = written.recv_timeout(Duration::from_millis(500));
    }
}

/// Turns events into lines `{"ts","level","pid","msg",…}`.
struct JsonLines {
    sender: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

impl<S: Subscriber> Layer<S> for JsonLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut line = String::with_capacity(200);
        let _ = write!(
            line,
            r#"{{"ts":"{}","level":"{}","pid":{},"msg":{}"#,
            humantime::format_rfc3339_millis(SystemTime::now()),
            event.metadata().level().as_str().to_ascii_lowercase(),
            std::process::id(),
            Value::from(fields.message),
        );
        for (name, value) in fields.others {
            let _ = write!(line, ",{}:{value}", Value::from(name));
        }
        line.push_str("}\n");
        // Never waits for the disk.
        if self.sender.try_send(Entry::Line(line)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn set(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            (name, value) => {
                self.others.insert(name.to_owned(), value);
            }
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.set(field, format!("{value:?}").into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value.into());
    }
}

struct Writer {
    path: PathBuf,
    file: File,
    bytes: u64,
    lost: Arc<AtomicU64>,
    reopen: Arc<AtomicBool>,
}

impl Writer {
    /// Ends with the process. A full disk costs lines, not the daemon.
    fn run(mut self, entries: &Receiver<Entry>) {
        while let Ok(entry) = entries.recv() {
            match entry {
                Entry::Line(line) => self.write(&line),
                Entry::Flush(done) => drop(done.try_send(())),
            }
            let lost = self.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                let ts = humantime::format_rfc3339_millis(SystemTime::now());
                let pid = std::process::id();
                self.write(&format!(
                    "{{\"ts\":\"{ts}\",\"level\":\"warn\",\"pid\":{pid},\"msg\":\"log lines lost\",\"count\":{lost}}}\n"
                ));
            }
        }
    }

    fn write(&mut self, line: &str) {
        let full = self.bytes + line.len() as u64 > FILE_BYTES;
        if full {
            self.rotate();
            // If there is no new file, the old one takes as much again: better than rotating at every line.
            self.bytes = 0;
        }
        if (full || self.reopen.swap(false, Ordering::AcqRel))
            && let Ok(file) = open(&self.path)
        {
            self.bytes = file.metadata().map_or(0, |meta| meta.len());
            self.file = file;
        }
        if self.file.write_all(line.as_bytes()).is_ok() {
            self.bytes += line.len() as u64;
        }
    }

    fn rotate(&self) {
        let numbered = |number: u32| PathBuf::from(format!("{}.{number}", self.path.display()));
        for number in (1..OLDER_FILES).rev() {
            let _ = fs::rename(numbered(number), numbered(number + 1));
        }
        let _ = fs::rename(&self.path, numbered(1));
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

fn remove_old(folder: &Path) {
    let Ok(files) = fs::read_dir(folder) else {
        return;
    };
    for file in files.flatten() {
        let ours = file.file_name().to_string_lossy().starts_with("broker-");
        let old = file
            .metadata()
            .and_then(|meta| meta.modified())
            .ok()
            .and_then(|at| at.elapsed().ok())
            .is_some_and(|age| age > KEPT);
        if ours && old {
            let _ = fs::remove_file(file.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(folder: &Path, bytes: u64) -> Writer {
        let path = folder.join("broker-1.log");
        Writer {
            file: open(&path).unwrap(),
            path,
            bytes,
            lost: Arc::default(),
            reopen: Arc::default(),
        }
    }

    #[test]
    fn w56_a_full_file_makes_way_for_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path(), 0);
        writer.write("old\n");
        writer.bytes = FILE_BYTES;
        writer.write("new\n");
        assert_eq!(fs::read_to_string(&writer.path).unwrap(), "new\n");
        let older = folder.path().join("broker-1.log.1");
        assert_eq!(fs::read_to_string(older).unwrap(), "old\n");
        assert_eq!(writer.bytes, 4);
    }

    #[test]
    fn without_a_new_file_the_old_one_serves_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path(), FILE_BYTES);
        drop(folder);
        writer.write("line\n");
        // Far from the next rotation.
        assert_eq!(writer.bytes, 5);
    }
}
