//! What the tests share: stores to try, and rows to put into them.

use std::fs;
use std::path::{Path, PathBuf};

use cmdbus_broker::store::{
    Content, EndpointRow, EndpointState, InboxReason, InboxRow, MemoryStore, MessageRow, Millis,
    Op, Pos, QueueRow, ReceiptChange, ReceiptState, Seq, SqliteStore, Store,
};

/// A time to count from.
pub(crate) const T: Millis = 1_772_439_330_120;

/// A store that the shared suite is run on.
pub(crate) trait Subject {
    fn store(&mut self) -> &mut dyn Store;

    /// Ends the store and begins again with what it kept.
    fn restart(&mut self);

    /// Changes a bit of the content of a message, which must be `content_of` it.
    fn damage(&mut self, seq: Seq);

    fn commit(&mut self, ops: &[Op]) {
        self.store().commit(ops).expect("the store takes it");
    }
}

impl Subject for MemoryStore {
    fn store(&mut self) -> &mut dyn Store {
        self
    }

    fn restart(&mut self) {}

    fn damage(&mut self, seq: Seq) {
        MemoryStore::damage(self, seq);
    }
}

/// A store on SQLite in a folder that goes with it.
pub(crate) struct Sqlite {
    store: Option<SqliteStore>,
    folder: tempfile::TempDir,
}

impl Sqlite {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path().join("state")).expect("a new store");
        Self {
            store: Some(store),
            folder,
        }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder().join("store.db")
    }

    /// Closes the store in order, so that everything is in the file of the database.
    pub(crate) fn close(&mut self) {
        let store: Box<dyn Store> = Box::new(self.store.take().expect("it is open"));
        store.close().expect("it closes");
    }

    pub(crate) fn open(&mut self) {
        self.store = Some(SqliteStore::open(self.folder()).expect("it opens"));
    }
}

impl Subject for Sqlite {
    fn store(&mut self) -> &mut dyn Store {
        self.store.as_mut().expect("it is open")
    }

    fn restart(&mut self) {
        self.close();
        self.open();
    }

    fn damage(&mut self, seq: Seq) {
        self.close();
        flip(&self.database(), content_of(seq).as_bytes());
        self.open();
    }
}

/// Flips a bit in the last byte of the only place where a file has these bytes.
pub(crate) fn flip(file: &Path, bytes: &[u8]) {
    let mut data = fs::read(file).expect("the file");
    let places: Vec<usize> = data
        .windows(bytes.len())
        .enumerate()
        .filter(|(_, window)| *window == bytes)
        .map(|(at, _)| at)
        .collect();
    assert_eq!(places.len(), 1, "the bytes are in one place");
    data[places[0] + bytes.len() - 1] ^= 1;
    fs::write(file, data).expect("the file can be written");
}

pub(crate) fn content_of(seq: Seq) -> String {
    format!("the content of message {:06}", seq.0)
}

/// A message of `node:n1` that is durable since `T + seq`.
pub(crate) fn message(seq: u64) -> MessageRow {
    let at = T + seq.cast_signed();
    MessageRow::new(
        Seq(seq),
        format!("msg_{seq:06}"),
        "node:n1",
        "endpoint:ep_a",
        content_of(Seq(seq)),
        at,
    )
}

/// The ops of a message that waits in a queue; its place there is its number.
pub(crate) fn queued(endpoint: &str, seq: u64) -> Vec<Op> {
    let mut row = message(seq);
    row.receipt.endpoint = Some(endpoint.into());
    let place = QueueRow::new(endpoint, Pos(seq), Seq(seq), row.size());
    vec![Op::message(row), Op::QueuePush(place)]
}

/// The ops of a message that waits in the inbox.
pub(crate) fn undispatched(seq: u64) -> Vec<Op> {
    let mut row = message(seq);
    row.receipt.state = ReceiptState::Inbox;
    let record = InboxRow::new(
        row.seq,
        row.id.as_str(),
        InboxReason::Unaddressed,
        row.size(),
    );
    vec![Op::message(row), Op::InboxPut(record)]
}

/// The ops of a message that was confirmed at `T + at`.
pub(crate) fn ended(seq: u64, at: Millis) -> Vec<Op> {
    vec![
        Op::message(message(seq)),
        Op::receipt(
            Seq(seq),
            ReceiptChange::new(ReceiptState::Confirmed, 0, T + at),
        ),
    ]
}

pub(crate) fn tombstone(id: &str, order: u64, closed_at: Millis) -> EndpointRow {
    let mut row = EndpointRow::new(id, order, closed_at);
    row.state = EndpointState::Closed;
    row.closed_at = Some(closed_at);
    row
}

/// What a message says, if that is what was stored.
pub(crate) fn text(content: &Content) -> Option<&str> {
    match content {
        Content::Whole(message) => Some(message.content.as_str()),
        Content::Dropped | Content::Damaged(_) => None,
    }
}
