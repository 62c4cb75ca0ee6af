#![allow(clippy::unwrap_used)]

use super::*;
use crate::frame::{Cancel, ClientOp, ClientRequest, Complaint, Frame, ListKind, ServerResponse};

fn lanes(bytes: usize, frames: usize) -> Lanes {
    Lanes::new(&Settings {
        queue_bytes: bytes,
        queue_frames: frames,
        chunk_above: 1000,
        max_message: 100_000,
        ..Settings::default()
    })
}

fn ample() -> Lanes {
    lanes(1 << 20, 4096)
}

/// Cuts what is longer than 200 bytes in pieces of 100.
fn cutting() -> Lanes {
    Lanes::new(&Settings {
        chunk_above: 200,
        max_message: 1024 + 100,
        ..Settings::default()
    })
}

fn tell(id: &str, session: &str, method: &str) -> Outgoing {
    let mut request = ClientRequest::new(id.to_owned(), ClientOp::Notify);
    request.session = Some(session.to_owned());
    request.method = Some(method.to_owned());
    Outgoing::frame(&Frame::ClientRequest(request))
}

fn progress(id: &str, session: &str) -> Outgoing {
    tell(id, session, "notifications/progress")
}

fn notice(id: &str, session: &str) -> Outgoing {
    tell(id, session, "notifications/resources/updated")
}

fn ask(id: &str, session: &str) -> Outgoing {
    let mut request = ClientRequest::new(id.to_owned(), ClientOp::Rpc);
    request.session = Some(session.to_owned());
    Outgoing::frame(&Frame::ClientRequest(request))
}

fn answer(id: &str) -> Outgoing {
    let outcome = Ok(serde_json::value::RawValue::from_string("1".to_owned()).unwrap());
    Outgoing::frame(&Frame::ServerResponse(ServerResponse::new(
        id.to_owned(),
        outcome,
    )))
}

fn list_changed(id: &str, kind: ListKind) -> Outgoing {
    let mut request = ClientRequest::new(id.to_owned(), ClientOp::ListChanged);
    request.kind = Some(kind);
    Outgoing::frame(&Frame::ClientRequest(request))
}

fn cancel(id: &str) -> Outgoing {
    Outgoing::frame(&Frame::Cancel(Cancel {
        reference: id.to_owned(),
        reason: None,
    }))
}

fn complaint() -> Outgoing {
    Outgoing::frame(&Frame::Error(Complaint {
        code: "bad_frame".to_owned(),
        message: String::new(),
        reference: None,
    }))
}

fn bulk(kind: Kind, id: &str, session: &str, len: usize) -> Outgoing {
    Outgoing {
        text: "x".repeat(len).into(),
        kind,
        ..ask(id, session)
    }
}

/// What goes, by id; a piece is its id and a plus.
fn drain(lanes: &mut Lanes) -> Vec<String> {
    std::iter::from_fn(|| lanes.pop()).map(name).collect()
}

fn name((next, finished): (Next, Option<Outgoing>)) -> String {
    match (next, finished) {
        (_, Some(frame)) => frame.id.as_deref().unwrap_or(frame.of).to_owned(),
        (Next::Piece(bytes), None) => {
            let len = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
            let header: serde_json::Value = serde_json::from_slice(&bytes[4..4 + len]).unwrap();
            format!("{}+", header["ref"].as_str().unwrap())
        }
        (Next::Text(_), None) => panic!("a text is a whole frame"),
    }
}

fn push_all(lanes: &mut Lanes, frames: impl IntoIterator<Item = Outgoing>) {
    for frame in frames {
        lanes.push(frame).unwrap();
    }
}

#[test]
fn control_goes_before_responses_before_requests_before_notifications_before_pieces() {
    let mut lanes = ample();
    push_all(
        &mut lanes,
        [
            bulk(Kind::Response, "long", "s0", 1500),
            notice("n", "s1"),
            ask("q", "s2"),
            answer("a").of_session("s3"),
            complaint(),
        ],
    );
    assert_eq!(drain(&mut lanes), ["error", "a", "q", "n", "long"]);
}

#[test]
fn frames_of_one_session_stay_in_order_whatever_their_lanes() {
    let mut lanes = ample();
    push_all(
        &mut lanes,
        [
            notice("1", "s"),
            ask("2", "s"),
            progress("3", "s"),
            answer("4").of_session("s"),
            notice("5", "s"),
        ],
    );
    assert_eq!(drain(&mut lanes), ["1", "2", "3", "4", "5"]);
}

#[test]
fn the_progress_of_a_request_without_a_session_goes_before_its_response() {
    let mut lanes = ample();
    let mut tells = ClientRequest::new("p".to_owned(), ClientOp::Notify);
    tells.related = Some("q".to_owned());
    tells.method = Some("notifications/progress".to_owned());
    push_all(
        &mut lanes,
        [Outgoing::frame(&Frame::ClientRequest(tells)), answer("q")],
    );
    assert_eq!(drain(&mut lanes), ["p", "q"]);
}

#[test]
fn what_is_before_a_response_hurries_with_it() {
    let mut lanes = ample();
    push_all(
        &mut lanes,
        [
            ask("q", "other"),
            progress("p", "s"),
            answer("a").of_session("s"),
        ],
    );
    assert_eq!(drain(&mut lanes), ["p", "a", "q"]);
}

#[test]
fn sessions_of_one_lane_take_turns() {
    let mut lanes = ample();
    push_all(&mut lanes, (0..3).map(|n| ask(&format!("a{n}"), "a")));
    push_all(&mut lanes, (0..3).map(|n| ask(&format!("b{n}"), "b")));
    assert_eq!(drain(&mut lanes), ["a0", "b0", "a1", "b1", "a2", "b2"]);
}

#[test]
fn messages_of_the_bus_stay_in_order() {
    let mut lanes = ample();
    for (id, kind) in [
        ("1", "event"),
        ("2", "execute.command.request"),
        ("3", "execute.command.response"),
    ] {
        let text = format!(r#"{{"id":"{id}","type":"{kind}","eventId":"x"}}"#);
        lanes.push(Outgoing::bus(text)).unwrap();
    }
    assert_eq!(drain(&mut lanes), ["1", "2", "3"]);
}

#[test]
fn pieces_of_long_frames_take_turns_and_let_everything_else_past() {
    let mut lanes = cutting();
    push_all(
        &mut lanes,
        [
            bulk(Kind::Response, "a", "sa", 300),
            bulk(Kind::Response, "b", "sb", 300),
        ],
    );
    let first: Vec<_> = (0..3).map(|_| name(lanes.pop().unwrap())).collect();
    assert_eq!(first, ["a+", "b+", "a+"]);
    lanes.push(notice("n", "sn")).unwrap();
    lanes.push(notice("behind", "sa")).unwrap();
    assert_eq!(drain(&mut lanes), ["n", "b+", "a", "behind", "b"]);
}

#[test]
fn only_a_few_long_frames_are_on_their_way_at_once() {
    let mut lanes = cutting();
    for n in 0..20 {
        let frame = bulk(Kind::Response, &n.to_string(), &n.to_string(), 500);
        lanes.push(frame).unwrap();
    }
    let mut begun = HashSet::new();
    for name in drain(&mut lanes) {
        match name.strip_suffix('+') {
            Some(id) => begun.insert(id.to_owned()),
            None => begun.remove(&name),
        };
        assert!(begun.len() <= AT_ONCE);
    }
    assert!(begun.is_empty());
}

#[test]
fn w9_a_full_queue_refuses_requests_and_gives_responses_back_to_their_producer() {
    let mut lanes = lanes(1 << 20, 2);
    push_all(&mut lanes, [ask("1", "s"), ask("2", "s")]);
    assert_eq!(
        lanes.push(ask("3", "s")).unwrap_err().id.as_deref(),
        Some("3")
    );
    assert!(lanes.push(answer("4")).is_err());
    assert!(lanes.push(Outgoing::bus("{}".to_owned())).is_err());
    assert!(lanes.push(notice("5", "s")).is_err());
    lanes.pop().unwrap();
    lanes.push(answer("4")).unwrap();
    assert_eq!(lanes.waiting().0, 2);
}

#[test]
fn w9_bytes_are_bounded_like_frames() {
    let size = ask("1", "s").len();
    let mut lanes = lanes(2 * size + 1, 100);
    push_all(&mut lanes, [ask("1", "s"), ask("2", "s")]);
    assert!(lanes.push(ask("3", "s")).is_err());
    assert_eq!(lanes.waiting(), (2, 2 * size));
}

#[test]
fn progress_is_dropped_oldest_first_and_counted() {
    let mut lanes = lanes(1 << 20, 3);
    push_all(
        &mut lanes,
        [progress("1", "a"), ask("2", "a"), progress("3", "b")],
    );
    lanes.push(progress("4", "c")).unwrap();
    lanes.push(answer("5")).unwrap();
    assert_eq!(lanes.dropped(), 2);
    assert_eq!(drain(&mut lanes), ["5", "2", "4"]);
}

#[test]
fn progress_that_finds_only_what_must_not_be_dropped_is_dropped_itself() {
    let mut lanes = lanes(1 << 20, 1);
    lanes.push(ask("1", "a")).unwrap();
    lanes.push(progress("2", "b")).unwrap();
    assert_eq!(
        (lanes.dropped(), drain(&mut lanes)),
        (1, vec!["1".to_owned()])
    );
}

#[test]
fn nothing_is_dropped_in_vain() {
    let mut lanes = lanes(5000, 100);
    push_all(
        &mut lanes,
        [bulk(Kind::Response, "1", "a", 4000), progress("2", "b")],
    );
    assert!(lanes.push(bulk(Kind::Response, "3", "c", 2000)).is_err());
    assert_eq!(lanes.dropped(), 0);
}

#[test]
fn the_same_list_change_is_queued_once_and_finds_room_in_a_full_queue() {
    let mut lanes = lanes(1 << 20, 1);
    push_all(
        &mut lanes,
        [
            ask("1", "a"),
            list_changed("2", ListKind::Tools),
            list_changed("3", ListKind::Tools),
            list_changed("4", ListKind::Prompts),
        ],
    );
    assert_eq!(lanes.coalesced(), 1);
    assert_eq!(drain(&mut lanes), ["1", "2", "4"]);
    lanes.push(list_changed("5", ListKind::Tools)).unwrap();
    assert_eq!(drain(&mut lanes), ["5"]);
}

#[test]
fn control_finds_room_in_a_full_queue_and_has_a_bound_of_its_own() {
    let mut lanes = lanes(1 << 20, 1);
    lanes.push(ask("1", "a")).unwrap();
    for _ in 0..SPARE {
        lanes.push(complaint()).unwrap();
    }
    assert!(lanes.push(complaint()).is_err());
}

#[test]
fn one_frame_longer_than_the_queue_waits_beside_it() {
    let mut lanes = lanes(5000, 100);
    lanes.push(ask("1", "a")).unwrap();
    lanes.push(bulk(Kind::Request, "2", "b", 9000)).unwrap();
    assert!(lanes.push(bulk(Kind::Request, "3", "c", 9000)).is_err());
    lanes.push(ask("4", "a")).unwrap();
    while lanes.pop().is_some() {}
    lanes.push(bulk(Kind::Request, "3", "c", 9000)).unwrap();
}

#[test]
fn a_cancelled_request_that_has_not_gone_never_goes() {
    let mut lanes = ample();
    push_all(&mut lanes, [ask("1", "s"), ask("2", "s"), cancel("1")]);
    assert_eq!(drain(&mut lanes), ["2"]);
    lanes.push(cancel("2")).unwrap();
    assert_eq!(
        drain(&mut lanes),
        ["2"],
        "the cancel of one that has gone goes"
    );
    assert_eq!(lanes.waiting(), (0, 0));
}

#[test]
fn a_cancel_does_not_overtake_the_pieces_of_its_request() {
    let mut lanes = cutting();
    lanes.push(bulk(Kind::Request, "q", "s", 250)).unwrap();
    assert_eq!(name(lanes.pop().unwrap()), "q+");
    lanes.push(cancel("q")).unwrap();
    let rest: Vec<_> = std::iter::from_fn(|| lanes.pop()).collect();
    let of: Vec<_> = rest
        .into_iter()
        .map(|(_, finished)| finished.map(|frame| frame.of))
        .collect();
    assert_eq!(of, [None, Some("client_request"), Some("cancel")]);
}

#[test]
fn on_a_new_socket_what_was_sent_goes_first_and_a_begun_frame_goes_whole() {
    let mut lanes = cutting();
    lanes.push(bulk(Kind::Response, "long", "s", 250)).unwrap();
    assert_eq!(name(lanes.pop().unwrap()), "long+");
    lanes.push(complaint()).unwrap();
    lanes.restart(vec![
        answer("1"),
        bulk(Kind::Response, "2", "t", 250),
        notice("3", "u"),
    ]);
    assert_eq!(
        drain(&mut lanes),
        ["1", "2+", "2+", "2", "3", "error", "long+", "long+", "long"]
    );
}

#[test]
fn after_everything_has_gone_nothing_is_kept() {
    let mut lanes = ample();
    for n in 0..500 {
        let (id, session) = (n.to_string(), (n % 7).to_string());
        push_all(
            &mut lanes,
            [
                ask(&id, &session),
                progress(&id, &session),
                bulk(Kind::Response, &id, &session, 1001),
                answer(&id),
            ],
        );
        if n % 3 == 0 {
            lanes.push(cancel(&id)).unwrap();
            lanes.pop().unwrap();
        }
    }
    while lanes.pop().is_some() {}
    assert_eq!(lanes.waiting(), (0, 0));
    assert!(lanes.sessions.is_empty() && lanes.turns.is_empty());
    assert!(lanes.lossy.is_empty() && lanes.requests.is_empty());
    assert_eq!((lanes.begun, lanes.lossy_bytes, lanes.long), (0, 0, false));
}
