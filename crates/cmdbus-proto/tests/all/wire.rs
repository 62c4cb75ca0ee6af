//! What the encoder does, and what decoder and encoder do to each other. What the decoder takes is in
//! the vectors.

use bytes::Bytes;
use cmdbus_proto::Payload;
use cmdbus_proto::message::{CommandSchema, Message, MessageMeta};
use cmdbus_proto::wire::{Decoded, FrameError, FrameLimits, decode, encode, over_limit};
use cmdbus_testkit::Rng;
use cmdbus_testkit::messages::{
    ForeignTexts, command, event, execute, execute_with, id, list, register, success,
};
use serde_json::{Value, json};

fn text(message: &Message, ids: &mut ForeignTexts) -> String {
    let frame = encode(message, &FrameLimits::default(), ids).unwrap();
    let mut text = Vec::new();
    frame.write_to(&mut text);
    assert_eq!(text.len(), frame.len());
    String::from_utf8(text).unwrap()
}

fn read(text: &str, ids: &mut ForeignTexts) -> Message {
    match decode(
        Bytes::copy_from_slice(text.as_bytes()),
        &FrameLimits::default(),
        ids,
    ) {
        Decoded::Message(message) => message,
        other => panic!("{other:?} from {text}"),
    }
}

#[test]
fn members_are_written_in_the_usual_order_and_nothing_empty_is_written() {
    let ids = &mut ForeignTexts::default();
    assert_eq!(
        text(
            &execute_with(
                id(1),
                "a",
                json!({"x": 1}),
                Some(MessageMeta {
                    tracestate: Some("s".into()),
                    ..MessageMeta::default()
                })
            ),
            ids
        ),
        format!(
            r#"{{"type":"execute.command.request","id":"{}","_meta":{{"tracestate":"s"}},"commandId":"a","request":{{"x":1}}}}"#,
            id(1)
        )
    );
    let full = [
        execute(id(1), "a", Value::Null),
        success(id(2), Value::Null),
        event(id(3), "e", Value::Null),
        register(id(4), command("a")),
        list(id(5), vec![command("a")]),
    ];
    for message in full {
        assert!(!text(&message, ids).contains("null"), "{message:?}");
    }
}

#[test]
fn a_reserved_key_is_written_once_and_the_typed_field_wins() {
    let mut meta = MessageMeta {
        baggage: Some("typed".into()),
        ..MessageMeta::default()
    };
    meta.extra.insert("baggage".into(), json!("extension"));
    let written = text(
        &execute_with(id(1), "a", Value::Null, Some(meta)),
        &mut ForeignTexts::default(),
    );
    assert_eq!(written.matches("baggage").count(), 1);
    assert!(written.contains("typed"));
}

#[test]
fn a_message_is_one_line_whatever_is_in_it() {
    let ids = &mut ForeignTexts::default();
    let pretty = Payload::from_json("{\n  \"a\": \"x\\ny\",\r\n  \"b\": [\n1]\n}").unwrap();
    let message = Message::Event {
        id: id(1),
        meta: None,
        event_id: "line\nbreak".into(),
        payload: Some(pretty.clone()),
    };
    let written = text(&message, ids);
    assert!(!written.contains(['\n', '\r']), "{written}");
    assert_eq!(read(&written, ids), message);
}

#[test]
fn a_large_payload_is_not_copied_next_to_its_envelope() {
    let payload = Payload::new(&"x".repeat(100_000)).unwrap();
    let message = execute(id(1), "a", Value::Null);
    let Message::ExecuteCommandRequest {
        id,
        meta,
        command_id,
        ..
    } = message
    else {
        panic!("a call");
    };
    let message = Message::ExecuteCommandRequest {
        id,
        meta,
        command_id,
        request: Some(payload.clone()),
    };
    let frame = encode(
        &message,
        &FrameLimits::default(),
        &mut ForeignTexts::default(),
    )
    .unwrap();
    let [head, middle, _] = frame.pieces();
    assert!(head.len() < 200);
    assert_eq!(middle, &*payload.to_json());
    assert_eq!(middle.as_ptr(), payload.to_json().as_ptr());
}

#[test]
fn the_longest_frame_is_written_and_one_byte_more_is_refused() {
    let message = event(id(1), "e", json!("x"));
    let length = text(&message, &mut ForeignTexts::default()).len();
    for (limit, fits) in [(length, true), (length - 1, false)] {
        let limits = FrameLimits::default().frame_bytes(limit);
        let frame = encode(&message, &limits, &mut ForeignTexts::default());
        assert_eq!(frame.is_ok(), fits);
        if let Err(error) = frame {
            assert_eq!(error, FrameError::TooLong(limit));
        }
    }
}

/// A schema whose frame nests `depth` deep when it lies under `above` brackets.
fn nested(depth: usize, above: usize) -> Value {
    (above + 1..depth).fold(json!({}), |inner, _| json!({"not": inner}))
}

#[test]
fn what_nests_deeper_than_a_peer_would_take_is_not_written() {
    let definition = |schema| {
        let mut definition = command("a");
        definition.schema = Some(CommandSchema::empty().with_response(schema));
        definition
    };
    type Make = Box<dyn Fn(usize) -> Message>;
    let cases: [Make; 5] = [
        Box::new(|depth| execute(id(1), "a", nested(depth, 1))),
        Box::new(|depth| success(id(1), nested(depth, 2))),
        Box::new(move |depth| register(id(1), definition(nested(depth, 3)))),
        Box::new(move |depth| list(id(1), vec![command("b"), definition(nested(depth, 4))])),
        Box::new(|depth| {
            let mut meta = MessageMeta::default();
            meta.extra.insert("x".into(), nested(depth, 2));
            execute_with(id(1), "a", Value::Null, Some(meta))
        }),
    ];
    for (at, case) in cases.iter().enumerate() {
        let ids = &mut ForeignTexts::default();
        let written = text(&case(128), ids);
        assert_eq!(read(&written, ids), case(128), "case {at}");
        assert_eq!(
            encode(&case(129), &FrameLimits::default(), ids),
            Err(FrameError::TooDeep),
            "case {at}"
        );
    }
}

#[test]
fn w16_a_reply_that_is_too_long_does_not_use_up_the_id_it_answers() {
    let ids = &mut ForeignTexts::default();
    let request = read(
        r#"{"type":"execute.command.request","id":"req-1","commandId":"a"}"#,
        ids,
    );
    let limits = FrameLimits::default().frame_bytes(300);
    let long = success(request.id(), json!("x".repeat(300)));
    assert_eq!(encode(&long, &limits, ids), Err(FrameError::TooLong(300)));
    let instead = text(&success(request.id(), Value::Null), ids);
    assert!(instead.contains(r#""thid":"req-1""#), "{instead}");
    assert_eq!(ids.unanswered(), 0);
}

#[test]
fn w16_a_reply_that_only_its_id_makes_too_long_is_replaced() {
    let ids = &mut ForeignTexts::default();
    let long_id = "r".repeat(200);
    let request = read(
        &format!(r#"{{"type":"execute.command.request","id":"{long_id}","commandId":"a"}}"#),
        ids,
    );
    let limits = FrameLimits::default().frame_bytes(450);
    let reply = success(request.id(), json!("x".repeat(200)));
    let frame = encode(&reply, &limits, ids).unwrap();
    let mut written = Vec::new();
    frame.write_to(&mut written);
    let written: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(written["thid"], long_id);
    assert_eq!(written["response"]["error"]["code"], "internal_error");
}

#[test]
fn w16_a_refused_message_is_not_remembered() {
    let ids = &mut ForeignTexts::default();
    for frame in [
        r#"{"type":"execute.command.request","id":"req-1"}"#,
        r#"{"type":"execute.command.request","id":"req-1","commandId":""}"#,
        r#"{"type":"register.command.request","id":"req-1","command":{}}"#,
        r#"{"type":"execute.command.response","id":"req-1","thid":"x"}"#,
    ] {
        let decoded = decode(
            Bytes::from_static(frame.as_bytes()),
            &FrameLimits::default(),
            ids,
        );
        assert!(matches!(decoded, Decoded::Dropped(_)), "{decoded:?}");
    }
    assert_eq!(ids.unanswered(), 0);
}

#[test]
fn the_beginning_of_a_frame_is_enough_to_refuse_it() {
    let ids = &mut ForeignTexts::default();
    let error = FrameError::TooLong(10);
    let begun = format!(
        r#"{{"type":"execute.command.request","id":"{}","commandId":"a","request":{{"x":[1,"#,
        id(7)
    );
    match over_limit(begun.as_bytes(), error.clone(), ids) {
        Decoded::Refused(answer, _) => assert_eq!(answer.thid(), Some(id(7))),
        other => panic!("{other:?}"),
    }
    for cut in 0..begun.len() {
        // Whatever is there, nothing panics.
        let _ = over_limit(&begun.as_bytes()[..cut], error.clone(), ids);
    }
}

#[test]
fn the_typed_decoder_takes_uuids_only() {
    let good = serde_json::to_string(&success(id(1), Value::Null)).unwrap();
    assert!(serde_json::from_str::<Message>(&good).is_ok());
    for bad in [
        good.replace(&id(1).to_string(), "x-1"),
        r#"{"type":"execute.command.request","id":"x-1","commandId":"a"}"#.to_owned(),
        r#"{"type":"event","id":"x-1","eventId":"a"}"#.to_owned(),
        format!(
            r#"{{"type":"register.command.response","id":"x-1","thid":"{}","response":{{"ok":true}}}}"#,
            id(1)
        ),
    ] {
        assert!(serde_json::from_str::<Message>(&bad).is_err(), "{bad}");
    }
    let nil = "00000000-0000-0000-0000-000000000000";
    let nil = format!(
        r#"{{"type":"register.command.response","id":"{nil}","thid":"{nil}","response":{{"ok":true}}}}"#
    );
    assert!(serde_json::from_str::<Message>(&nil).is_ok());
}

fn random_value(rng: &mut Rng, depth: usize) -> Value {
    match rng.below(if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => json!(rng.chance(50)),
        2 => json!(rng.number()),
        // Not every double survives: the parser may be off by the last bit.
        3 => json!(rng.below(1_000_000) as f64 / 8.0),
        4 => {
            let alphabet = ['a', '"', '\\', '\n', '{', ']', 'ü', '\u{1}', '🙂', ' '];
            let letters = (0..rng.below(8)).map(|_| *rng.pick(&alphabet).unwrap());
            json!(letters.collect::<String>())
        }
        5 => (0..rng.below(4))
            .map(|_| random_value(rng, depth - 1))
            .collect(),
        _ => {
            let members = (0..rng.below(4)).map(|n| {
                let key = format!("{n}{}", ["", "\"", "type", "ü"][rng.below(4)]);
                (key, random_value(rng, depth - 1))
            });
            Value::Object(members.collect())
        }
    }
}

fn random_message(rng: &mut Rng) -> Message {
    let (mine, other) = (id(rng.number() >> 20), id(rng.number() >> 20));
    let mut definition = command("a.b");
    if rng.chance(50) {
        definition.schema = Some(
            CommandSchema::empty()
                .with_request(random_value(rng, 4))
                .clone(),
        );
    }
    // A schema of `null` is no schema.
    if let Some(schema) = &mut definition.schema {
        schema.request = schema.request.take().filter(|it| !it.is_null());
    }
    let mut message = match rng.below(7) {
        0 => register(mine, definition),
        1 => cmdbus_testkit::messages::registered(other, rng.chance(50)),
        2 => cmdbus_testkit::messages::list_request(mine),
        3 => list(other, vec![definition.clone(); rng.below(3)]),
        4 => execute(mine, "a", random_value(rng, 4)),
        5 => success(other, random_value(rng, 4)),
        _ => event(mine, "e", random_value(rng, 4)),
    };
    if rng.chance(30)
        && let Message::ExecuteCommandRequest { meta, .. }
        | Message::ListCommandsRequest { meta, .. }
        | Message::Event { meta, .. } = &mut message
    {
        let mut envelope = MessageMeta {
            traceparent: rng.chance(50).then(|| "t".to_owned()),
            ..MessageMeta::default()
        };
        envelope.extra.insert("x".into(), random_value(rng, 3));
        *meta = Some(envelope);
    }
    message
}

#[test]
fn whatever_is_written_is_read_as_the_same() {
    for seed in 0..2000 {
        let message = random_message(&mut Rng::new(seed));
        let ids = &mut ForeignTexts::default();
        let written = text(&message, ids);
        assert_eq!(read(&written, ids), message, "seed {seed}: {written}");
        let typed: Message = serde_json::from_str(&written).unwrap();
        assert_eq!(typed, message, "seed {seed}: {written}");
        assert_eq!(text(&typed, ids), written, "seed {seed}");
    }
}

#[test]
fn nothing_a_peer_sends_panics() {
    for seed in 0..2000 {
        let mut rng = Rng::new(seed);
        let mut bytes = text(&random_message(&mut rng), &mut ForeignTexts::default()).into_bytes();
        for _ in 0..1 + rng.below(4) {
            let at = rng.below(bytes.len());
            match rng.below(4) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = rng.number() as u8,
                2 => bytes[at] = *rng.pick(b"\"{}[]:,\\\n0").unwrap(),
                _ => {
                    let from = rng.below(bytes.len());
                    let piece = bytes[from..].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        let ids = &mut ForeignTexts::default();
        if let Decoded::Message(message) = decode(Bytes::from(bytes), &FrameLimits::default(), ids)
        {
            // What has been read can be passed on, and is read the same way there.
            let written = encode(&message, &FrameLimits::default(), ids).unwrap();
            let mut frame = Vec::new();
            written.write_to(&mut frame);
            assert!(!frame.contains(&b'\n'), "seed {seed}");
            let again = decode(Bytes::from(frame), &FrameLimits::default(), ids);
            assert!(
                matches!(again, Decoded::Message(_)),
                "seed {seed}: {again:?}"
            );
        }
    }
}
