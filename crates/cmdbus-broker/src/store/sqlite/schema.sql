-- The first version of the store. A later one is a further file: what was released is never edited.
-- Times are Unix milliseconds. Numbers that stand for words are listed in `store/rows.rs`.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Endpoints; the closed ones are tombstones.
CREATE TABLE endpoint (
    id            TEXT NOT NULL PRIMARY KEY,
    state         INTEGER NOT NULL,
    state_since   INTEGER NOT NULL,
    reg_order     INTEGER NOT NULL,
    pid           INTEGER,
    process_start INTEGER,
    boot_id       TEXT,
    fingerprint   TEXT NOT NULL,
    owner_token   BLOB,
    nonce         TEXT NOT NULL,
    metadata      TEXT NOT NULL,
    successor     TEXT,
    closed_at     INTEGER,
    kept          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A message and its receipt. What it says is in `content`, so that a receipt can change, and a list be
-- read, without touching it.
CREATE TABLE message (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL,
    sender          TEXT NOT NULL,
    recipient       TEXT NOT NULL,
    key             TEXT,
    key_fingerprint BLOB,
    correlation     TEXT,
    stored_at       INTEGER NOT NULL,
    expires_at      INTEGER,
    content_type    TEXT NOT NULL,
    size            INTEGER NOT NULL,
    checksum        INTEGER NOT NULL,
    held            INTEGER NOT NULL,
    state           INTEGER NOT NULL,
    hop             INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    endpoint        TEXT,
    undispatched_id TEXT,
    reason          TEXT,
    confirmed_by    INTEGER,
    status          INTEGER,
    accepted_at     INTEGER,
    durable_at      INTEGER,
    pushed_at       INTEGER,
    inbox_at        INTEGER,
    ended_at        INTEGER
) STRICT;

CREATE UNIQUE INDEX message_id ON message (id);
CREATE UNIQUE INDEX message_key ON message (sender, key) WHERE key IS NOT NULL;
CREATE INDEX message_keyed ON message (stored_at) WHERE key IS NOT NULL;
CREATE INDEX message_correlation ON message (correlation) WHERE correlation IS NOT NULL;
CREATE INDEX message_open ON message (sender) WHERE ended_at IS NULL;
CREATE INDEX message_expiry ON message (expires_at) WHERE expires_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX message_accepted ON message (state) WHERE state = 0;
CREATE INDEX message_ended ON message (ended_at, seq, held, size) WHERE ended_at IS NOT NULL;

CREATE TABLE content (
    seq      INTEGER PRIMARY KEY,
    metadata TEXT NOT NULL,
    content  TEXT NOT NULL
) STRICT;

CREATE TABLE queue (
    endpoint   TEXT NOT NULL,
    pos        INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    assignment TEXT,
    extra      TEXT,
    PRIMARY KEY (endpoint, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL,
    reason      INTEGER NOT NULL,
    hint        TEXT,
    correlation TEXT,
    agent       TEXT,
    assignment  TEXT,
    size        INTEGER NOT NULL,
    extra       TEXT
) STRICT;

CREATE TABLE assignment (
    id              TEXT NOT NULL PRIMARY KEY,
    seq             INTEGER NOT NULL,
    undispatched_id TEXT NOT NULL,
    endpoint        TEXT NOT NULL,
    state           TEXT NOT NULL,
    sequence        INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    accepted_at     INTEGER,
    detail          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reply (
    source      TEXT NOT NULL,
    assignment  TEXT NOT NULL,
    request     TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    message     TEXT NOT NULL,
    endpoint    TEXT NOT NULL,
    outcome     TEXT,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (source, assignment, request)
) STRICT, WITHOUT ROWID;

CREATE TABLE ring (
    endpoint    TEXT NOT NULL,
    slot        INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    correlation TEXT NOT NULL,
    PRIMARY KEY (endpoint, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE reply_correlation (
    correlation TEXT NOT NULL PRIMARY KEY,
    endpoint    TEXT NOT NULL,
    received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE seen (
    id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX seen_at ON seen (at);

CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    lane       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    payload    TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE control (
    key     TEXT NOT NULL PRIMARY KEY,
    outcome TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE spawn (
    token    TEXT NOT NULL PRIMARY KEY,
    deadline INTEGER NOT NULL,
    detail   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor (
    scope TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages whose content was not what had been stored, with what was left of it.
CREATE TABLE damaged (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    what     TEXT NOT NULL,
    metadata BLOB,
    content  BLOB
) STRICT;
