//! The WebSocket of a process (protocol §3.6).

use std::time::Duration;

use cmdbus_broker::core::{OpenStream, PushId, Refusal, Request, StreamId};
use cmdbus_broker::ipc::{FromStream, ToStream, VerifyPeer};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::support::{Fixture, Response, assert_refused, head};

type Socket = WebSocketStream<TcpStream>;

const UPGRADE: &str = "connection: keep-alive, Upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n";

/// Asks for a stream; the connection is one if the answer is 101.
async fn upgrade(fixture: &Fixture, headers: &str) -> (Response, TcpStream) {
    let mut client = fixture.client().await;
    let headers = format!("{UPGRADE}{headers}");
    client.write(head("GET", "/v1/stream", &headers, 0)).await;
    (client.response().await, client.0)
}

async fn open(fixture: &Fixture) -> Socket {
    let (response, socket) = upgrade(fixture, "x-plugin-pid: 77\r\n").await;
    assert_eq!(response.status, 101);
    WebSocketStream::from_raw_socket(socket, Role::Client, None).await
}

const FIRST: StreamId = StreamId(1);

async fn heard(fixture: &mut Fixture) -> FromStream {
    let heard = timeout(Duration::from_secs(10), fixture.heard.recv()).await;
    let (stream, what) = heard.unwrap().unwrap();
    assert_eq!(stream, FIRST);
    what
}

fn close_code(message: &Message) -> (u16, String) {
    match message {
        Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
        other => panic!("{other:?}"),
    }
}

async fn next(socket: &mut Socket) -> Message {
    let message = timeout(Duration::from_secs(10), socket.next()).await;
    message.unwrap().unwrap().unwrap()
}

#[tokio::test]
async fn an_upgrade_is_asked_of_the_core_with_process_and_abilities() {
    let fixture = Fixture::new().await;
    let headers = "x-plugin-pid: 77\r\nx-cmdbus-channel: mail\r\n\
        x-masons-ipc-capabilities: endpoint_metadata_v1, push_receipt_ack_v1,held_receipt_v1\r\n";
    let (response, _socket) = upgrade(&fixture, headers).await;
    assert_eq!(response.status, 101);
    assert_eq!(
        response.header("sec-websocket-accept"),
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    assert_eq!(response.header("sec-websocket-extensions"), "");
    let (caller, Request::OpenStream(open)) = fixture.asked() else {
        panic!("no stream");
    };
    assert_eq!(caller.pid, Some(77));
    assert_eq!(open.process.pid, 77);
    assert_eq!(open.process.start, Some(7));
    let expected = OpenStream {
        stream: FIRST,
        process: open.process.clone(),
        name: Some("mail".to_owned()),
        receipts: true,
        held: true,
    };
    assert_eq!(*Box::new(open), expected);
}

#[tokio::test]
async fn a_failed_upgrade_is_a_whole_answer_and_ends_the_connection() {
    let mut fixture = Fixture::new().await;
    for headers in [
        "",
        "x-plugin-pid: 12abc\r\n",
        "x-plugin-pid: 0\r\n",
        "x-plugin-pid: 007\r\n",
        "x-plugin-pid: -1\r\n",
        "x-plugin-pid: 99999999999\r\n",
        "x-plugin-pid: 7\r\nx-plugin-pid: 8\r\n",
    ] {
        let (response, _) = upgrade(&fixture, headers).await;
        assert_refused(&response, 400, "plugin_pid_invalid");
        assert_eq!(response.header("connection"), "close", "{headers}");
    }
    fixture
        .script
        .answers(|_| Some(Refusal::new(429, "channel_flapping", "too often").into()));
    let (response, mut socket) = upgrade(&fixture, "x-plugin-pid: 77\r\n").await;
    assert_refused(&response, 429, "channel_flapping");
    assert_eq!(response.header("retry-after"), "30");
    assert_eq!(response.header("connection"), "close");
    assert_eq!(socket.read(&mut [0]).await.unwrap(), 0);
    let plain = fixture
        .request_with("GET", "/v1/stream", "x-plugin-pid: 77\r\n", "")
        .await;
    assert_refused(&plain, 426, "upgrade_required");
    let mut client = fixture.client().await;
    client
        .write(format!(
            "GET /v1/stream HTTP/1.1\r\nhost: 127.0.0.1\r\n{UPGRADE}\r\n"
        ))
        .await;
    let response = client.response().await;
    assert_refused(&response, 401, "unauthorized");
    assert_eq!(response.header("connection"), "close");
    // What was never open is never closed.
    assert!(fixture.heard.try_recv().is_err());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn w8_a_stream_in_the_name_of_another_process_is_refused_where_that_is_wanted() {
    let fixture = Fixture::with(|options| options.verify_peer_pid = VerifyPeer::Enforce).await;
    let own = format!("x-plugin-pid: {}\r\n", std::process::id());
    assert_eq!(upgrade(&fixture, &own).await.0.status, 101);
    let parent = format!("x-plugin-pid: {}\r\n", std::os::unix::process::parent_id());
    let (response, _) = upgrade(&fixture, &parent).await;
    assert_refused(&response, 403, "endpoint_pid_mismatch");
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_is_reported_closed_once() {
    let mut fixture = Fixture::new().await;
    fixture.script.answers(|_| None);
    let mut client = fixture.client().await;
    let headers = format!("{UPGRADE}x-plugin-pid: 77\r\n");
    client.write(head("GET", "/v1/stream", &headers, 0)).await;
    while fixture.script.take_asked().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(client);
    assert_eq!(heard(&mut fixture).await, FromStream::Closed);
    tokio::task::yield_now().await;
    assert!(fixture.heard.try_recv().is_err());
}

#[tokio::test]
async fn w49_frames_go_out_in_order_and_receipts_come_back() {
    let mut fixture = Fixture::new().await;
    let mut socket = open(&fixture).await;
    fixture.script.write(FIRST, ToStream::Ping(42));
    fixture
        .script
        .write(FIRST, ToStream::Frame("{\"a\":1}".to_owned()));
    fixture
        .script
        .write(FIRST, ToStream::Frame("{\"a\":2}".to_owned()));
    assert_eq!(next(&mut socket).await, Message::Ping("42".into()));
    assert_eq!(next(&mut socket).await, Message::text("{\"a\":1}"));
    assert_eq!(next(&mut socket).await, Message::text("{\"a\":2}"));
    assert_eq!(heard(&mut fixture).await, FromStream::Pong(42));
    for said in [
        "nonsense",
        r#"{"event":"push_ack","push_id":"other"}"#,
        r#"{"event":"push_seen","push_id":"push_5"}"#,
        r#"{"event":"push_ack","push_id":"push_5"}"#,
    ] {
        socket.send(Message::text(said)).await.unwrap();
    }
    socket.send(Message::binary(vec![0; 100])).await.unwrap();
    socket.send(Message::Pong("7x".into())).await.unwrap();
    socket.send(Message::Pong("8".into())).await.unwrap();
    assert_eq!(heard(&mut fixture).await, FromStream::Seen(PushId(5)));
    assert_eq!(heard(&mut fixture).await, FromStream::Acked(PushId(5)));
    assert_eq!(heard(&mut fixture).await, FromStream::Pong(8));
}

#[tokio::test]
async fn frames_that_come_with_the_handshake_are_not_lost() {
    let mut fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    let headers = format!("{UPGRADE}x-plugin-pid: 77\r\n");
    let mut bytes = head("GET", "/v1/stream", &headers, 0).into_bytes();
    // A masked Pong "9", with a mask of nought.
    bytes.extend([0x8a, 0x81, 0, 0, 0, 0, b'9']);
    client.write(bytes).await;
    assert_eq!(client.response().await.status, 101);
    assert_eq!(heard(&mut fixture).await, FromStream::Pong(9));
}

#[tokio::test]
async fn a_pong_does_not_wait_behind_a_long_queue() {
    let fixture = Fixture::new().await;
    let mut socket = open(&fixture).await;
    socket.send(Message::Ping("first".into())).await.unwrap();
    assert_eq!(next(&mut socket).await, Message::Pong("first".into()));
    // More than the system takes, so that most of it waits in the server.
    let frame = "x".repeat(64 * 1024);
    let frames = 1000;
    for _ in 0..frames {
        fixture.script.write(FIRST, ToStream::Frame(frame.clone()));
    }
    socket.send(Message::Ping("second".into())).await.unwrap();
    let mut before = 0;
    loop {
        match next(&mut socket).await {
            Message::Text(_) => before += 1,
            Message::Pong(_) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(before < frames / 2, "{before} frames before the pong");
}

#[tokio::test]
async fn w50_a_frame_over_the_limit_closes_with_1009() {
    let mut fixture = Fixture::new().await;
    let mut socket = open(&fixture).await;
    let fits = Message::text("x".repeat(64 * 1024));
    socket.send(fits).await.unwrap();
    let long = Message::text("x".repeat(64 * 1024 + 1));
    socket.send(long).await.unwrap();
    assert_eq!(close_code(&next(&mut socket).await).0, 1009);
    assert_eq!(heard(&mut fixture).await, FromStream::Closed);
}

#[tokio::test]
async fn w50_a_message_of_many_pieces_over_the_limit_closes_with_1009() {
    let mut fixture = Fixture::new().await;
    let (_, mut socket) = upgrade(&fixture, "x-plugin-pid: 77\r\n").await;
    // 40,000 bytes each, masked with nought; text that goes on, then more of it.
    for first in [0x01_u8, 0x00] {
        let mut piece = vec![first, 0xfe, 0x9c, 0x40, 0, 0, 0, 0];
        piece.extend(vec![b'x'; 40_000]);
        socket.write_all(&piece).await.unwrap();
    }
    let mut answer = [0; 4];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer[0], 0x88);
    assert_eq!(u16::from_be_bytes([answer[2], answer[3]]), 1009);
    assert_eq!(heard(&mut fixture).await, FromStream::Closed);
}

#[tokio::test]
async fn what_breaks_the_protocol_is_closed_with_1002() {
    let fixture = Fixture::new().await;
    let (_, mut socket) = upgrade(&fixture, "x-plugin-pid: 77\r\n").await;
    // A frame without a mask.
    socket.write_all(&[0x81, 0x01, b'x']).await.unwrap();
    let mut answer = [0; 4];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(u16::from_be_bytes([answer[2], answer[3]]), 1002);
}

#[tokio::test]
async fn the_core_closes_with_its_code_after_what_was_queued() {
    let mut fixture = Fixture::new().await;
    let mut socket = open(&fixture).await;
    fixture
        .script
        .write(FIRST, ToStream::Frame("{}".to_owned()));
    fixture.script.write(
        FIRST,
        ToStream::Close {
            code: 1000,
            reason: "replaced",
        },
    );
    assert_eq!(next(&mut socket).await, Message::text("{}"));
    let close = next(&mut socket).await;
    assert_eq!(close_code(&close), (1000, "replaced".to_owned()));
    assert!(socket.next().await.is_none());
    assert_eq!(heard(&mut fixture).await, FromStream::Closed);
    assert_eq!(fixture.heard.recv().now(), None);
}

/// Looks whether a future is ready.
trait Now: std::future::Future {
    fn now(self) -> Option<Self::Output>;
}

impl<F: std::future::Future> Now for F {
    fn now(self) -> Option<F::Output> {
        futures_util::FutureExt::now_or_never(self)
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped_half_a_second_after_the_close() {
    let mut fixture = Fixture::new().await;
    let (_, socket) = upgrade(&fixture, "x-plugin-pid: 77\r\n").await;
    let frame = "x".repeat(1024 * 1024);
    for _ in 0..32 {
        fixture.script.write(FIRST, ToStream::Frame(frame.clone()));
    }
    let begun = Instant::now();
    fixture.script.write(
        FIRST,
        ToStream::Close {
            code: 1011,
            reason: "unresponsive",
        },
    );
    assert_eq!(heard(&mut fixture).await, FromStream::Closed);
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(450), "{took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    drop(socket);
}

#[tokio::test]
async fn a_client_that_does_not_answer_the_close_holds_the_server_up_for_half_a_second() {
    let fixture = Fixture::new().await;
    let (_, socket) = upgrade(&fixture, "x-plugin-pid: 77\r\n").await;
    fixture.script.write(
        FIRST,
        ToStream::Close {
            code: 1001,
            reason: "broker_shutdown",
        },
    );
    let begun = Instant::now();
    fixture.server.close().await;
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(900), "{took:?}");
    drop(socket);
}

#[tokio::test]
async fn a_client_that_closes_is_answered_and_reported_once() {
    let mut fixture = Fixture::new().await;
    let mut socket = open(&fixture).await;
    socket.close(None).await.unwrap();
    assert_eq!(heard(&mut fixture).await, FromStream::Closed);
    while let Some(Ok(message)) = socket.next().await {
        assert!(message.is_close(), "{message:?}");
    }
    // Too late for anything.
    fixture.script.write(FIRST, ToStream::Ping(1));
    assert_eq!(fixture.heard.recv().now(), None);
}

#[tokio::test]
async fn a_client_that_is_killed_is_reported() {
    let mut fixture = Fixture::new().await;
    let socket = open(&fixture).await;
    drop(socket);
    assert_eq!(heard(&mut fixture).await, FromStream::Closed);
}

#[tokio::test]
async fn streams_end_with_1001_when_the_core_has_gone() {
    let mut fixture = Fixture::new().await;
    let mut socket = open(&fixture).await;
    fixture.script.forget(FIRST);
    let close = next(&mut socket).await;
    assert_eq!(close_code(&close), (1001, "broker_shutdown".to_owned()));
    assert!(socket.next().await.is_none());
    assert_eq!(heard(&mut fixture).await, FromStream::Closed);
}
