//! Takes over what other brokers of the same folder left in buffer files (protocol §7.5).
//!
//! They hold messages of endpoints that had no stream. Whoever wrote them never reads them again.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::ids::{EndpointId, MessageId};
use crate::store::{
    EndpointState, InboxReason, InboxRow, Loaded, MessageRow, Millis, Op, Pos, QueueRow, Receipt,
    ReceiptState, SendStatus, Seq, Store, StoreError,
};

/// Longest file that is read, in bytes: the longest that such a queue could become, with room.
const LONGEST: u64 = 1 << 30;
/// Lines that are stored at once.
const BATCH: usize = 256;

/// A line of a buffer file.
#[derive(Deserialize)]
struct Line {
    id: String,
    envelope: Envelope,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    from: String,
    content: String,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    #[serde(default)]
    source_message_id: Option<String>,
}

/// Moves every message of the buffer files in a folder into the store, and removes the files. A file that
/// cannot be read, or a line that is torn, is logged and left out.
///
/// # Errors
///
/// Fails if the store cannot be read or written to; the files are still there then.
pub(crate) fn buffers(folder: &Path, store: &mut dyn Store, now: Millis) -> Result<(), StoreError> {
    let files = match files(folder) {
        Ok(files) => files,
        Err(error) => {
            tracing::warn!(%error, "cannot look for buffer files");
            return Ok(());
        }
    };
    if files.is_empty() {
        return Ok(());
    }
    let mut import = Import::new(store, now)?;
    for file in files {
        let text = match read(&file) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, file = %file.display(), "cannot read a buffer file");
                continue;
            }
        };
        let (taken, skipped) = import.file(&name(&file), &text)?;
        tracing::info!(taken, skipped, file = %file.display(), "took over a buffer file");
        if let Err(error) = fs::remove_file(&file) {
            // Its messages have their ids, so they are not taken twice.
            tracing::warn!(%error, file = %file.display(), "cannot remove a buffer file");
        }
    }
    Ok(())
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "ndjson")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> io::Result<String> {
    if fs::metadata(file)?.len() > LONGEST {
        return Err(io::Error::other("it is too long"));
    }
    // A torn line may end inside a character.
    Ok(String::from_utf8_lossy(&fs::read(file)?).into_owned())
}

/// Returns the base name of a buffer file: the id of its endpoint, with some characters replaced.
fn name(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

struct Import<'a> {
    store: &'a mut dyn Store,
    live: Vec<EndpointId>,
    seen: HashSet<MessageId>,
    seq: Seq,
    pos: Pos,
    now: Millis,
}

impl<'a> Import<'a> {
    fn new(store: &'a mut dyn Store, now: Millis) -> Result<Self, StoreError> {
        let Loaded {
            endpoints,
            next_seq,
            next_pos,
            ..
        } = store.load()?;
        let live = endpoints
            .into_iter()
            .filter(|row| row.state != EndpointState::Closed)
            .map(|row| row.id)
            .collect();
        Ok(Self {
            store,
            live,
            seen: HashSet::new(),
            seq: next_seq,
            pos: next_pos,
            now,
        })
    }

    /// Stores the messages of a file. Returns how many, and how many lines were left out.
    fn file(&mut self, name: &str, text: &str) -> Result<(usize, usize), StoreError> {
        let endpoint = self.live.iter().find(|id| file_name(id) == name).cloned();
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let (mut taken, mut skipped) = (0, 0);
        for lines in lines.chunks(BATCH) {
            let mut ops = Vec::new();
            for line in lines {
                match serde_json::from_str::<Line>(line) {
                    Ok(line) => {
                        let fresh = self.message(line, name, endpoint.as_ref(), &mut ops)?;
                        taken += usize::from(fresh);
                        skipped += usize::from(!fresh);
                    }
                    Err(_) => skipped += 1,
                }
            }
            self.store.commit(&ops)?;
        }
        Ok((taken, skipped))
    }

    /// Adds what stores a message, unless it is there already.
    fn message(
        &mut self,
        line: Line,
        name: &str,
        endpoint: Option<&EndpointId>,
        ops: &mut Vec<Op>,
    ) -> Result<bool, StoreError> {
        let Line { id, envelope } = line;
        let id = MessageId::from(envelope.source_message_id.unwrap_or(id));
        let known = !self.seen.insert(id.clone()) || self.store.reader().receipt(&id)?.is_some();
        if known {
            return Ok(false);
        }
        let hint = endpoint.cloned().unwrap_or_else(|| name.into());
        let mut row = MessageRow::new(
            self.seq,
            id,
            envelope.from,
            format!("endpoint:{hint}"),
            envelope.content,
            self.now,
        );
        self.seq.0 += 1;
        row.content_type = envelope.content_type.unwrap_or_else(|| "text".to_owned());
        let metadata = envelope.metadata.unwrap_or_default();
        let correlation = metadata.get("correlation_id").and_then(Value::as_str);
        row.correlation = correlation.map(str::to_owned);
        row.metadata = Value::Object(metadata).to_string().into();
        let state = match endpoint {
            Some(_) => ReceiptState::Durable,
            None => ReceiptState::Inbox,
        };
        row.receipt = Receipt::new(state, self.now);
        row.receipt.status = Some(SendStatus::Stored);
        let place = match endpoint {
            Some(endpoint) => {
                row.receipt.endpoint = Some(endpoint.clone());
                let place = QueueRow::new(endpoint.clone(), self.pos, row.seq, row.size());
                self.pos.0 += 1;
                Op::QueuePush(place)
            }
            None => {
                let mut place = InboxRow::new(
                    row.seq,
                    row.id.as_str(),
                    InboxReason::ClosedSessionContinuation,
                    row.size(),
                );
                place.hint = Some(hint);
                place.correlation.clone_from(&row.correlation);
                row.receipt.undispatched_id = Some(place.id.clone());
                Op::InboxPut(place)
            }
        };
        ops.push(Op::message(row));
        ops.push(place);
        Ok(true)
    }
}

/// Returns the name that the buffer file of an endpoint has.
fn file_name(id: &EndpointId) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    id.as_str()
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Content, EndpointRow, MemoryStore};

    fn line(id: &str, content: &str) -> String {
        format!(
            r#"{{"id":"{id}","arrived_at":"2026-01-01T00:00:00.000Z","envelope":{{"from":"agent:far","content":"{content}","contentType":"text"}}}}"#
        )
    }

    #[test]
    fn w14_w48_messages_of_a_known_endpoint_are_queued_and_others_wait_in_the_inbox() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = MemoryStore::new();
        store
            .commit(&[Op::endpoint(EndpointRow::new("ep:1", 0, 1))])
            .unwrap();
        let known = folder.path().join("ep_1.ndjson");
        let torn = format!(
            "{}\n{}\n{{\"id\":\"m3\",\"env",
            line("m1", "one"),
            line("m2", "two")
        );
        fs::write(&known, torn).unwrap();
        let gone = folder.path().join("gone.ndjson");
        let twice = format!("{}\n{}\n", line("m4", "four"), line("m4", "four"));
        fs::write(&gone, twice).unwrap();
        fs::write(folder.path().join("other.txt"), "x").unwrap();

        buffers(folder.path(), &mut store, 5).unwrap();

        let loaded = store.load().unwrap();
        assert_eq!(loaded.queues[0].count, 2);
        assert_eq!(loaded.inbox.len(), 1);
        assert_eq!(loaded.inbox[0].row.hint, Some("gone".into()));
        let Some(Content::Whole(first)) = store.reader().content(Seq(1)).unwrap() else {
            panic!("no content");
        };
        assert_eq!(first.content.as_str(), "one");
        assert!(!known.exists() && !gone.exists());
        assert!(folder.path().join("other.txt").exists());
    }

    #[test]
    fn a_file_that_is_found_again_is_not_taken_twice() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = MemoryStore::new();
        for _ in 0..2 {
            fs::write(folder.path().join("gone.ndjson"), line("m1", "one")).unwrap();
            buffers(folder.path(), &mut store, 5).unwrap();
        }
        assert_eq!(store.load().unwrap().inbox.len(), 1);
    }

    #[test]
    fn no_folder_is_no_files() {
        let mut store = MemoryStore::new();
        buffers(Path::new("/no/such/folder"), &mut store, 5).unwrap();
        assert!(store.load().unwrap().inbox.is_empty());
    }
}
