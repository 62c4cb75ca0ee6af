//! The store while the disk fails underneath it: every step that was acknowledged is there afterwards, none by
//! half, and what is damaged is not given out.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use cmdbus_broker::store::{
    Batch, CheckLevel, Content, Loaded, Op, Outcome, Reader, Seq, SqliteStore, Store, StoreError,
    StoreErrorKind, Unavailable, Writer, WriterEvent, WriterHandle, WriterOptions, check,
};

use super::support::{Sqlite, Subject, T, content_of, queued, text};

const LONG: Duration = Duration::from_secs(20);

/// A step of three rows in different tables, so that half of one would show.
fn step(seq: u64) -> Vec<Op> {
    let mut ops = queued("ep_a", seq);
    ops.push(Op::SeenPut {
        id: format!("msg_{seq:06}").into(),
        at: T,
    });
    ops
}

/// Returns the steps that are stored. Panics if one is there by half, or not what it was.
fn stored(store: &mut dyn Store) -> BTreeSet<u64> {
    let seen = store.load().expect("it loads").seen;
    let seen: BTreeSet<u64> = seen
        .iter()
        .map(|(id, _)| id.as_str()["msg_".len()..].parse().expect("a number"))
        .collect();
    let reader = store.reader();
    let queue = reader
        .queue_page(&"ep_a".into(), None, usize::MAX)
        .expect("it reads")
        .items;
    let queue: BTreeSet<u64> = queue.iter().map(|entry| entry.row.seq.0).collect();
    assert_eq!(queue, seen, "a step is there by half");
    for seq in &queue {
        let content = reader
            .content(Seq(*seq))
            .expect("it reads")
            .expect("a step is there by half");
        assert_eq!(text(&content), Some(&*content_of(Seq(*seq))));
    }
    queue
}

/// Opens the store after whatever happened to it.
fn stored_in(folder: &Path) -> BTreeSet<u64> {
    let mut store = SqliteStore::open(folder).expect("it opens");
    let stored = stored(&mut store);
    assert!(
        check(folder, CheckLevel::Full)
            .expect("it can be checked")
            .is_sound()
    );
    stored
}

#[test]
fn b12_a_full_database_refuses_and_takes_more_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = SqliteStore::open(folder.path()).expect("a new store");
    store.set_max_pages(Some(80)).expect("a limit");
    let mut acknowledged = BTreeSet::new();
    let error = loop {
        let seq = acknowledged.len() as u64 + 1;
        match store.commit(&step(seq)) {
            Ok(()) => assert!(acknowledged.insert(seq)),
            Err(error) => break error,
        }
    };
    assert_eq!(
        (error.kind(), error.outcome()),
        (StoreErrorKind::Full, Outcome::NotStored)
    );
    assert!(acknowledged.len() > 10);
    assert_eq!(
        store.probe().expect_err("there is no room").kind(),
        StoreErrorKind::Full
    );
    assert_eq!(stored(&mut store), acknowledged);

    store.set_max_pages(None).expect("no limit");
    store.probe().expect("there is room");
    let next = acknowledged.len() as u64 + 1;
    store.commit(&step(next)).expect("there is room");
    acknowledged.insert(next);
    assert_eq!(stored(&mut store), acknowledged);
}

/// A store that the test and the writer have together.
#[derive(Clone)]
struct Shared(Arc<Mutex<SqliteStore>>);

impl Shared {
    fn with<T>(&self, run: impl FnOnce(&mut SqliteStore) -> T) -> T {
        run(&mut self.0.lock().expect("nobody panics with it"))
    }
}

impl Store for Shared {
    fn commit(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        self.with(|store| store.commit(ops))
    }

    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.with(SqliteStore::load)
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.with(|store| store.reader())
    }

    fn probe(&mut self) -> Result<(), StoreError> {
        self.with(SqliteStore::probe)
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        self.with(SqliteStore::reopen)
    }

    fn maintain(&mut self, idle: bool) {
        self.with(|store| store.maintain(idle));
    }

    fn close(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

#[test]
fn b12_a_writer_goes_on_by_itself_when_a_full_disk_has_room_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Shared(Arc::new(Mutex::new(
        SqliteStore::open(folder.path()).expect("a new store"),
    )));
    store
        .with(|store| store.set_max_pages(Some(80)))
        .expect("a limit");
    let mut committing = Committing::new(Box::new(store.clone()));
    let mut acknowledged = BTreeSet::new();
    loop {
        let (good, bad) = committing.eight();
        acknowledged.extend(good);
        if !bad.is_empty() {
            break;
        }
    }
    assert!(
        matches!(committing.event(), WriterEvent::Failed(error) if error.kind() == StoreErrorKind::Full)
    );
    assert!(
        committing
            .events
            .recv_timeout(Duration::from_millis(50))
            .is_err(),
        "probes do not succeed"
    );
    store
        .with(|store| store.set_max_pages(None))
        .expect("no limit");
    assert!(matches!(committing.event(), WriterEvent::Recovered));
    committing.load();
    let (good, bad) = committing.eight();
    assert_eq!((good.len(), bad.len()), (8, 0));
    acknowledged.extend(good);
    assert_eq!(stored(&mut store), acknowledged);
}

#[test]
fn w48_a_log_that_ends_anywhere_keeps_every_commit_before_that_place() {
    let mut subject = Sqlite::new();
    let log = subject.folder().join("store.db-wal");
    let length = || fs::metadata(&log).expect("the log").len();
    // After how many bytes of the log each step was acknowledged.
    let mut ends = vec![length()];
    for seq in 1..=20 {
        subject.commit(&step(seq));
        ends.push(length());
    }
    assert!(
        ends.is_sorted_by(|a, b| a < b),
        "nothing was moved from the log meanwhile"
    );

    let whole = fs::read(&log).expect("the log");
    let database = fs::read(subject.database()).expect("the database");
    for (steps, end) in (0_u64..).zip(&ends) {
        for (cut, garbage) in [
            (*end, 0),
            (*end, 700),
            (end.saturating_sub(1), 0),
            (end.saturating_sub(2000), 5000),
        ] {
            // A log shorter than what made the tables is another test.
            if cut < ends[0] {
                continue;
            }
            let mut torn = whole[..usize::try_from(cut).expect("it is small")].to_vec();
            torn.extend(vec![0xa5; garbage]);
            let folder = tempfile::tempdir().expect("a folder");
            fs::write(folder.path().join("store.db"), &database).expect("a copy");
            fs::write(folder.path().join("store.db-wal"), torn).expect("a copy");
            let complete = if cut == *end { steps } else { steps - 1 };
            assert_eq!(
                stored_in(folder.path()),
                (1..=complete).collect(),
                "cut at {cut}"
            );
        }
    }
}

#[test]
fn flipped_bits_are_never_given_out_as_content() {
    const STEPS: u64 = 60;
    let mut subject = Sqlite::new();
    for seq in 1..=STEPS {
        subject.commit(&step(seq));
    }
    subject.close();
    let sound = fs::read(subject.database()).expect("the database");
    let (mut damaged, mut random) = (0, 0x2545_f491_4f6c_dd1d_u64);
    for _ in 0..150 {
        // xorshift; the same places in every run.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut data = sound.clone();
        let bit = usize::try_from(random % (data.len() as u64 * 8)).expect("it is small");
        data[bit / 8] ^= 1 << (bit % 8);
        fs::write(subject.database(), data).expect("a copy");
        // Not to be opened, or not to be read, is as good as damaged.
        let Ok(store) = SqliteStore::open(subject.folder()) else {
            damaged += 1;
            continue;
        };
        let reader = store.reader();
        for seq in 1..=STEPS {
            match reader.content(Seq(seq)) {
                Ok(Some(Content::Whole(message))) => {
                    assert_eq!(message.content.as_str(), content_of(Seq(seq)), "bit {bit}");
                    assert_eq!(
                        (message.sender.as_str(), message.to.as_str()),
                        ("node:n1", "endpoint:ep_a")
                    );
                    assert_eq!(
                        (message.id.as_str(), message.metadata.as_str()),
                        (&*format!("msg_{seq:06}"), "{}")
                    );
                }
                Ok(Some(Content::Dropped)) => panic!("bit {bit}: nothing was dropped"),
                Ok(Some(Content::Damaged(_)) | None) | Err(_) => damaged += 1,
            }
        }
        drop(store);
        for log in ["store.db-wal", "store.db-shm"] {
            let _ = fs::remove_file(subject.folder().join(log));
        }
    }
    assert!(damaged > 10, "{damaged}");
}

#[test]
fn a_killed_process_leaves_every_step_that_it_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut acknowledged = BTreeSet::new();
    for round in 1..=6 {
        let mut child = child(folder.path()).spawn().expect("a process");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        // At another place of a commit each time, as far as chance goes.
        for line in lines.by_ref().take(40 * round) {
            acknowledged.extend(acked(&line.expect("a line")));
        }
        child.kill().expect("it is killed");
        // What it had said before it died counts.
        for line in lines.map_while(Result::ok) {
            acknowledged.extend(acked(&line));
        }
        child.wait().expect("it has ended");
        let stored = stored_in(folder.path());
        assert!(
            stored.is_superset(&acknowledged),
            "{:?}",
            acknowledged.difference(&stored)
        );
    }
    assert!(acknowledged.len() > 200);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_grow_loses_nothing() {
    // In units of 512 bytes: the log ends in the middle of a page.
    for limit in [601, 777, 1_003] {
        let folder = tempfile::tempdir().expect("a folder");
        let plain = child(folder.path());
        let mut limited = Command::new("sh");
        // Without the signal the write comes back short, and then with an error.
        limited.arg("-c").arg(format!(
            "trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\""
        ));
        limited
            .arg(plain.get_program())
            .args(plain.get_args())
            .env("CMDBUS_TEST_GIVE_UP", "1");
        for (name, value) in plain.get_envs() {
            limited.env(name, value.expect("it is set"));
        }
        let output = limited.output().expect("a process");
        let said = String::from_utf8_lossy(&output.stdout);
        let acknowledged: BTreeSet<u64> = said.lines().filter_map(acked).collect();
        assert!(
            said.contains("refused") && said.contains("NotStored"),
            "{said}{output:?}"
        );
        assert!(!acknowledged.is_empty());
        // It was said to be rolled back for sure.
        assert_eq!(stored_in(folder.path()), acknowledged);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn errors_of_writing_and_syncing_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(shim) = shim(folder.path()) else {
        eprintln!("skipped: errors_of_writing_and_syncing_lose_nothing needs a C compiler, `cc`");
        return;
    };
    for (fault, outcome) in [
        ("sync:-wal:6", Some("Unknown")),
        ("sync:-wal:9", Some("Unknown")),
        ("write:-wal:60", Some("NotStored")),
        ("write:-wal:75", Some("NotStored")),
        // Moving pages to their place: nobody waits for that.
        ("sync:store.db:2", None),
        ("write:store.db:3", None),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = child(folder.path());
        child
            .env("LD_PRELOAD", &shim)
            .env("FAULT", fault)
            .env("CMDBUS_TEST_STEPS", "160");
        let output = child.output().expect("a process");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("end"),
            "{fault}: {said}{output:?}"
        );
        let acknowledged: BTreeSet<u64> = said.lines().filter_map(acked).collect();
        assert!(acknowledged.len() >= 160, "{fault}: {said}");
        let heard = String::from_utf8_lossy(&output.stderr);
        assert!(heard.contains("the fault happened"), "{fault}: {heard}");
        let refused = said.lines().find(|line| line.starts_with("refused "));
        if let Some(outcome) = outcome {
            assert!(
                refused.is_some_and(|line| line.contains(outcome)),
                "{fault}: {said}"
            );
            assert!(said.contains("recovered"), "{fault}: {said}");
        }
        let stored = stored_in(folder.path());
        assert!(
            stored.is_superset(&acknowledged),
            "{fault}: {:?}",
            acknowledged.difference(&stored)
        );
        if outcome != Some("Unknown") {
            assert_eq!(stored, acknowledged, "{fault}");
        }
    }
}

/// Builds the library that makes calls fail. `None` without a compiler.
#[cfg(target_os = "linux")]
fn shim(folder: &Path) -> Option<PathBuf> {
    let source = folder.join("shim.c");
    let library = folder.join("shim.so");
    fs::write(&source, include_str!("shim.c")).expect("the source");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&source)
        .arg("-ldl")
        .status();
    match built {
        Ok(status) => {
            assert!(status.success(), "the shim does not build");
            Some(library)
        }
        Err(_) => None,
    }
}

/// The number in a line that acknowledges a step.
fn acked(line: &str) -> Option<u64> {
    line.strip_prefix("acked ")?.parse().ok()
}

/// This program, to run [`a_process_that_commits`] only.
fn child(folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([
        "--exact",
        "faults::a_process_that_commits",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    command
        .env("CMDBUS_TEST_FOLDER", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
#[ignore = "run by other tests, in a process of its own"]
fn a_process_that_commits() {
    let Some(folder) = std::env::var_os("CMDBUS_TEST_FOLDER") else {
        return;
    };
    let steps = std::env::var("CMDBUS_TEST_STEPS")
        .map_or(usize::MAX, |steps| steps.parse().expect("a number"));
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        out.write_all(line.as_bytes())
            .and_then(|()| out.flush())
            .expect("somebody listens");
    };
    let store = SqliteStore::open(folder).expect("it opens");
    let mut committing = Committing::new(Box::new(store));
    let mut done = 0;
    // A line of the test runner may be unfinished.
    say("\n".to_owned());
    while done < steps {
        let (good, bad) = committing.eight();
        done += good.len();
        for seq in good {
            say(format!("acked {seq}\n"));
        }
        for (seq, told) in &bad {
            say(format!("refused {seq} {:?}\n", told.outcome));
        }
        if !bad.is_empty() {
            if std::env::var_os("CMDBUS_TEST_GIVE_UP").is_some() {
                break;
            }
            assert!(matches!(committing.event(), WriterEvent::Failed(_)));
            assert!(matches!(committing.event(), WriterEvent::Recovered));
            committing.load();
            say("recovered\n".to_owned());
        }
    }
    // It need not succeed: what was acknowledged is on the disk.
    let _ = committing.writer.stop();
    say("end\n".to_owned());
}

/// A writer that is given steps, as a core would.
struct Committing {
    writer: Writer,
    handle: WriterHandle,
    events: mpsc::Receiver<WriterEvent>,
    epoch: cmdbus_broker::store::Epoch,
    next: u64,
}

impl Committing {
    fn new(store: Box<dyn Store>) -> Self {
        let (event, events) = mpsc::channel();
        let options = WriterOptions {
            probe_every: Duration::from_millis(5),
            ..WriterOptions::default()
        };
        let writer =
            Writer::start(store, options, move |what| drop(event.send(what))).expect("a thread");
        let handle = writer.handle();
        let (epoch, next) = Self::loaded(&handle);
        Self {
            writer,
            handle,
            events,
            epoch,
            next,
        }
    }

    fn loaded(handle: &WriterHandle) -> (cmdbus_broker::store::Epoch, u64) {
        let (tell, told) = mpsc::channel();
        handle.load(move |result| drop(tell.send(result)));
        let (loaded, epoch) = told
            .recv_timeout(LONG)
            .expect("it is told")
            .expect("it loads");
        (epoch, loaded.next_seq.0)
    }

    /// Makes the core anew.
    fn load(&mut self) {
        (self.epoch, self.next) = Self::loaded(&self.handle);
    }

    /// Hands over eight steps and waits for them; returns which were stored and which were not.
    fn eight(&mut self) -> (Vec<u64>, Vec<(u64, Unavailable)>) {
        let (tell, told) = mpsc::channel();
        for seq in self.next..self.next + 8 {
            let tell = tell.clone();
            self.handle
                .submit(Batch::new(self.epoch, step(seq), move |result| {
                    let _ = tell.send((seq, result));
                }));
        }
        self.next += 8;
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for _ in 0..8 {
            match told.recv_timeout(LONG).expect("a step is told") {
                (seq, Ok(())) => good.push(seq),
                (seq, Err(unavailable)) => bad.push((seq, unavailable)),
            }
        }
        (good, bad)
    }

    fn event(&self) -> WriterEvent {
        self.events.recv_timeout(LONG).expect("an event")
    }
}
