//! The vectors of `spec/vectors/attach.json`, which other implementations may play as well, and the examples of `spec/attach.md`.

use std::time::Duration;

use cmdbus_attach::frame::{Broken, Incoming};
use cmdbus_attach::link::Settings;
use serde::Deserialize;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use super::link::support::{Event, with_raw};

#[derive(Deserialize)]
struct File {
    kind: String,
    vectors: Vec<Vector>,
}

/// A frame, whole or in pieces, and what becomes of it. `spec/vectors/README.md` says what the members mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    #[serde(rename = "rule")]
    _rule: String,
    frame: Option<String>,
    pieces: Option<Vec<Piece>>,
    #[serde(default)]
    kept: bool,
    read: Option<Value>,
    #[serde(default)]
    passed: bool,
    whole: Option<String>,
    error: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    counts: Option<bool>,
    told: Option<String>,
    id: Option<String>,
    close: Option<u16>,
}

#[derive(Deserialize)]
struct Piece {
    header: String,
    text: String,
}

impl Piece {
    fn message(&self) -> Message {
        let length = u32::try_from(self.header.len()).unwrap();
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.header.as_bytes());
        bytes.extend_from_slice(self.text.as_bytes());
        Message::binary(bytes)
    }
}

fn document(path: &str) -> String {
    let path = format!("{}/../../spec/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn vectors() -> Vec<Vector> {
    let file: File = serde_json::from_str(&document("vectors/attach.json")).unwrap();
    assert_eq!(file.kind, "attach");
    assert!(!file.vectors.is_empty());
    file.vectors
}

#[test]
fn frames_are_read_and_written_as_in_the_vectors() {
    for vector in vectors() {
        let name = &vector.name;
        let Some(frame) = &vector.frame else { continue };
        if !vector.kept && vector.read.is_none() && !vector.passed {
            continue;
        }
        match Incoming::parse(frame.clone()) {
            Ok(Incoming::Bus(text)) => {
                assert!(vector.passed, "{name}: taken for a message of the bus");
                assert_eq!(text, *frame, "{name}");
            }
            Ok(Incoming::Frame(read)) => {
                assert!(!vector.passed, "{name}: taken for a frame");
                let written = read.to_json();
                if vector.kept {
                    assert_eq!(written, *frame, "{name}");
                }
                if let Some(expected) = &vector.read {
                    let written: Value = serde_json::from_str(&written).unwrap();
                    assert_eq!(written, *expected, "{name}");
                }
            }
            Err(broken) => panic!("{name}: {broken:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn bad_frames_and_pieces_have_the_consequences_of_the_vectors() {
    for vector in vectors() {
        if vector.kept || vector.read.is_some() || vector.passed {
            continue;
        }
        let (server, _socket, mut raw) = with_raw(Settings::default()).await;
        match (&vector.frame, &vector.pieces) {
            (Some(frame), None) => raw.say(frame).await,
            (None, Some(pieces)) => {
                for piece in pieces {
                    raw.send(piece.message()).await;
                }
            }
            _ => panic!("{}: either a frame or pieces", vector.name),
        }
        let name = &vector.name;
        if let Some(code) = vector.close {
            assert_eq!(raw.close_code().await, code, "{name}");
            continue;
        }
        if let Some(code) = &vector.error {
            let complaint = raw.hear().await;
            assert_eq!(complaint["type"], "error", "{name}");
            assert_eq!(complaint["code"], **code, "{name}");
            let reference = complaint.get("ref").and_then(Value::as_str);
            assert_eq!(reference, vector.reference.as_deref(), "{name}");
        }
        if vector.whole.is_some() || vector.told.is_some() {
            match (&vector.whole, &server.inbox.until(1).await[0]) {
                (Some(whole), Event::Frame(frame)) => assert_eq!(frame, whole, "{name}"),
                (None, Event::Broken(Broken::Body { kind, id, .. })) => {
                    assert_eq!(
                        (Some(kind), id),
                        (vector.told.as_ref(), &vector.id),
                        "{name}"
                    );
                }
                (_, other) => panic!("{name}: {other:?}"),
            }
        }
        let counted = server.link.figures().bad;
        assert_eq!(counted, u64::from(vector.counts == Some(true)), "{name}");
        if vector.error.is_none() {
            assert!(nothing_is_said(&mut raw).await, "{name}: a complaint");
        }
    }
}

/// Returns whether the other side says nothing but `ack` for so long that it will not say anything.
async fn nothing_is_said(raw: &mut super::link::support::Raw) -> bool {
    let limit = Duration::from_secs(10);
    tokio::time::timeout(limit, raw.hear()).await.is_err()
}

#[test]
fn the_examples_of_the_document_are_frames_that_lose_nothing() {
    let document = document("attach.md");
    let examples = document
        .lines()
        .map(|line| line.trim_start_matches(['C', 'S', '→', ' ']))
        .filter(|line| line.starts_with(r#"{"type":"#) && line.ends_with('}'))
        .filter(|line| !is_part(line));
    let mut count = 0;
    for example in examples {
        count += 1;
        let Incoming::Frame(frame) = Incoming::parse(example.to_owned()).unwrap() else {
            panic!("a message of the bus: {example}");
        };
        let written: Value = serde_json::from_str(&frame.to_json()).unwrap();
        let meant: Value = serde_json::from_str(example).unwrap();
        assert!(holds(&written, &meant), "{example}\nbecame\n{written}");
    }
    assert!(count >= 30, "only {count} examples were found");
}

/// Targets and headers of pieces look like frames.
fn is_part(line: &str) -> bool {
    ["primary", "named", "other", "chunk"]
        .iter()
        .any(|kind| line.starts_with(&format!(r#"{{"type":"{kind}""#)))
}

/// Returns whether everything that is meant is there; defaults may be beside it.
fn holds(there: &Value, meant: &Value) -> bool {
    match (there, meant) {
        (Value::Object(there), Value::Object(meant)) => meant
            .iter()
            .all(|(name, value)| there.get(name).is_some_and(|it| holds(it, value))),
        (Value::Array(there), Value::Array(meant)) => {
            there.len() == meant.len() && there.iter().zip(meant).all(|(a, b)| holds(a, b))
        }
        _ => there == meant,
    }
}
