//! WebSocket: the client against a server of the test, the server against a client of the test, and both together.

use std::net::SocketAddr;
use std::sync::Arc;

use cmdbus::channel::axum::{BusEndpoint, UpgradedPeer};
use cmdbus::channel::{ChannelLimits, UnixChannel, WebSocketChannel, one_token};
use cmdbus::{CommandChannel, CommandRegistry};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::suite::{Pair, Transport};
use crate::support::{
    Io, Raw, Watched, drive, drive_started, event, knows, limit, soon, text_message, text_of,
    watched,
};

const TOKEN: &str = "correct-horse-battery-staple";

/// Serves `/bus`, and hands over the peers that were let in.
async fn server(endpoint: BusEndpoint) -> (SocketAddr, mpsc::UnboundedReceiver<UpgradedPeer>) {
    let (sender, peers) = mpsc::unbounded_channel();
    let route = endpoint.route(move |peer| {
        let sender = sender.clone();
        async move {
            let _ = sender.send(peer);
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().route("/bus", route);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, peers)
}

fn endpoint(limits: ChannelLimits) -> BusEndpoint {
    BusEndpoint::token(one_token(TOKEN)).limits(limits)
}

/// The server's side, with a client of the test.
struct ServerSide;

impl Transport for ServerSide {
    const SKIPS: bool = false;

    async fn pair(limits: ChannelLimits) -> Pair {
        let (address, mut peers) = server(endpoint(limits)).await;
        let url = format!("ws://{address}/bus");
        let a = WebSocketChannel::connect_with("b", url, Some(TOKEN.into()), limits);
        soon(a.start()).await.unwrap();
        let b = soon(peers.recv()).await.unwrap().into_channel("a").await;
        b.start().await.unwrap();
        (Arc::new(a), Arc::new(b))
    }

    async fn raw(limits: ChannelLimits) -> (Watched, Raw) {
        let (address, mut peers) = server(endpoint(limits)).await;
        let mut request = format!("ws://{address}/bus").into_client_request().unwrap();
        let bearer = format!("Bearer {TOKEN}").parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        let stream: Box<dyn Io> = Box::new(TcpStream::connect(address).await.unwrap());
        let (socket, response) = tokio_tungstenite::client_async(request, stream)
            .await
            .unwrap();
        assert!(!response.headers().contains_key("sec-websocket-protocol"));
        let channel = soon(peers.recv()).await.unwrap().into_channel("raw").await;
        channel.start().await.unwrap();
        (watched!(channel), Raw::Frames(Box::new(socket)))
    }
}

/// The client's side, with a server of the test.
struct ClientSide;

impl Transport for ClientSide {
    const SKIPS: bool = false;

    async fn pair(limits: ChannelLimits) -> Pair {
        let (a, b) = ServerSide::pair(limits).await;
        (b, a)
    }

    async fn raw(limits: ChannelLimits) -> (Watched, Raw) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/bus", listener.local_addr().unwrap());
        let channel = WebSocketChannel::connect_with("raw", url, Some(TOKEN.into()), limits);
        #[allow(clippy::result_large_err)] // its type is the crate's
        let check = |request: &Request, mut response: Response| {
            let headers = request.headers();
            assert_eq!(request.uri().path(), "/bus");
            assert_eq!(headers["authorization"], format!("Bearer {TOKEN}"));
            assert_eq!(headers["sec-websocket-protocol"], "cmdbus.v1");
            assert!(!headers.contains_key("sec-websocket-extensions"));
            let protocol = "cmdbus.v1".parse().unwrap();
            response
                .headers_mut()
                .insert("sec-websocket-protocol", protocol);
            Ok(response)
        };
        let accept = async {
            let stream: Box<dyn Io> = Box::new(listener.accept().await.unwrap().0);
            tokio_tungstenite::accept_hdr_async(stream, check)
                .await
                .unwrap()
        };
        let (started, socket) = tokio::join!(channel.start(), accept);
        started.unwrap();
        (watched!(channel), Raw::Frames(Box::new(socket)))
    }
}

mod server_side {
    use super::ServerSide;

    raw_suite!(ServerSide);
}

mod client_side {
    use super::ClientSide;

    raw_suite!(ClientSide);
}

async fn both_sides() -> [(Watched, Raw); 2] {
    let limits = limit(10_000);
    [ServerSide::raw(limits).await, ClientSide::raw(limits).await]
}

#[tokio::test]
async fn a_binary_frame_closes_with_1003() {
    for (watched, mut raw) in both_sides().await {
        let closed = async {
            raw.frames().send(Frame::Binary("{}".into())).await.unwrap();
            assert_eq!(raw.close_code().await, 1003);
        };
        let (received, ()) = tokio::join!(soon(watched.channel.recv()), closed);
        assert!(received.is_none());
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_closes_with_1007() {
    for (watched, mut raw) in both_sides().await {
        let closed = async {
            raw.send(b"{\"type\":\"\xff\"}").await;
            assert_eq!(raw.close_code().await, 1007);
        };
        let (received, ()) = tokio::join!(soon(watched.channel.recv()), closed);
        assert!(received.is_none());
    }
}

#[tokio::test]
async fn a_frame_far_over_the_limit_closes_with_1009_though_it_is_still_being_sent() {
    for (watched, raw) in both_sides().await {
        let Raw::Frames(socket) = raw else {
            unreachable!()
        };
        let (mut writer, mut reader) = (*socket).split();
        let send = async { drop(writer.send(text_message(&"x".repeat(8 << 20))).await) };
        let closed = async {
            match soon(reader.next()).await {
                Some(Ok(Frame::Close(Some(frame)))) => u16::from(frame.code),
                other => panic!("closed without a code: {other:?}"),
            }
        };
        let (received, (), code) = tokio::join!(soon(watched.channel.recv()), soon(send), closed);
        assert!(received.is_none());
        assert_eq!(code, 1009);
    }
}

#[tokio::test]
async fn a_message_in_fragments_is_one_message() {
    use tokio_tungstenite::tungstenite::protocol::frame::Frame as Part;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    for (watched, mut raw) in both_sides().await {
        let text = serde_json::to_string(&event("in two parts")).unwrap();
        let (head, tail) = text.split_at(20);
        let head = Part::message(head.to_owned(), OpCode::Data(Data::Text), false);
        let tail = Part::message(tail.to_owned(), OpCode::Data(Data::Continue), true);
        raw.frames().send(Frame::Frame(head)).await.unwrap();
        raw.frames()
            .send(Frame::Ping("between".into()))
            .await
            .unwrap();
        raw.frames().send(Frame::Frame(tail)).await.unwrap();
        assert_eq!(
            text_of(&soon(watched.channel.recv()).await.unwrap()),
            "in two parts"
        );
    }
}

#[tokio::test]
async fn a_ping_is_answered_and_seen_by_nobody() {
    for (watched, mut raw) in both_sides().await {
        let channel = watched.channel.clone();
        let receiver = tokio::spawn(async move { channel.recv().await });
        raw.frames()
            .send(Frame::Ping("are you there".into()))
            .await
            .unwrap();
        match soon(raw.frames().next()).await {
            Some(Ok(Frame::Pong(payload))) => assert_eq!(payload, "are you there"),
            other => panic!("no pong: {other:?}"),
        }
        assert!(!receiver.is_finished());
        assert_eq!((watched.dropped)(), 0);
        receiver.abort();
    }
}

#[tokio::test]
async fn a_channel_that_closes_says_goodbye_with_1000() {
    for (watched, mut raw) in both_sides().await {
        let ((), code) = tokio::join!(soon(watched.channel.close()), async {
            let code = raw.close_code().await;
            while let Some(Ok(_)) = raw.frames().next().await {}
            code
        });
        assert_eq!(code, 1000);
    }
}

#[tokio::test]
async fn text_over_several_lines_leaves_on_one_line() {
    let registry = CommandRegistry::new(Default::default());
    let (watched, mut pretty) = ServerSide::raw(ChannelLimits::default()).await;
    drive_started(&registry, watched.channel).await;
    let (near, far) = UnixStream::pair().unwrap();
    drive(&registry, Arc::new(UnixChannel::from_stream("lines", near))).await;
    let (reader, writer) = far.into_split();
    let mut lines = Raw::lines(reader, writer);
    lines
        .send_json(json!({
            "type": "register.command.request", "id": "r", "command": {"id": "peer.command"},
        }))
        .await;
    knows(&registry, "peer.command").await;

    let request = json!({"text": "two\nlines", "list": [1, {"a": null}]});
    let call = json!({
        "type": "execute.command.request", "id": "p", "commandId": "peer.command", "request": request,
    });
    pretty
        .send(
            serde_json::to_string_pretty(&call)
                .unwrap()
                .replace('\n', "\r\n"),
        )
        .await;
    let received = lines.recv_type("execute.command.request").await;
    assert_eq!(received["request"], request);
    let answer = json!({
        "type": "execute.command.response", "id": "a", "thid": received["id"],
        "response": {"ok": true, "result": request},
    });
    lines.send_json(answer).await;
    let answer = pretty.recv_type("execute.command.response").await;
    assert_eq!(
        (&answer["thid"], &answer["response"]["result"]),
        (&json!("p"), &request)
    );
}

/// Asks for an upgrade with these headers beside the usual; returns the status line and the error in the body.
async fn ask(address: SocketAddr, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let host = if headers.contains("Host:") {
        String::new()
    } else {
        format!("Host: {address}\r\n")
    };
    let request = format!(
        "GET /bus HTTP/1.1\r\n{host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: 6D69KGBOr4Re+Nj6zx9aQA==\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let mut buffer = [0; 1024];
    while !answer.contains("\r\n\r\n") || (answer.contains("{") && !answer.contains('}')) {
        let count = soon(stream.read(&mut buffer)).await.unwrap();
        assert!(count > 0, "{answer}");
        answer.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let error = answer.split("\r\n\r\n").nth(1).unwrap();
    let error = serde_json::from_str::<Value>(error).map_or(String::new(), |body| {
        body["error"].as_str().unwrap().to_owned()
    });
    if status == 401 {
        assert!(answer.to_lowercase().contains("www-authenticate: bearer"));
    }
    (status, error)
}

#[tokio::test]
async fn refusals_come_before_the_upgrade_and_say_what_to_do() {
    let (address, mut peers) = server(endpoint(ChannelLimits::default())).await;
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    for (headers, status, hint) in [
        ("Host: evil.example\r\n".to_owned() + &bearer, 403, "`Host`"),
        (
            "Origin: https://evil.example\r\n".to_owned() + &bearer,
            403,
            "`Origin`",
        ),
        (String::new(), 401, "Authorization: Bearer TOKEN"),
        (
            "Authorization: Bearer wrong\r\n".to_owned(),
            401,
            "wrong token",
        ),
        (
            format!("{bearer}{bearer}"),
            401,
            "Authorization: Bearer TOKEN",
        ),
        (
            "Sec-WebSocket-Protocol: chat\r\n".to_owned() + &bearer,
            400,
            "cmdbus.v1",
        ),
        (
            "Upgrade: h2c\r\nSec-WebSocket-Key: a\r\n".to_owned() + &bearer,
            400,
            "upgrade",
        ),
    ] {
        let (got, error) = ask(address, &headers).await;
        assert_eq!(got, status, "{headers}");
        assert!(error.contains(hint), "{error}");
    }
    assert!(peers.try_recv().is_err());
    let (status, _) = ask(address, &bearer).await;
    assert_eq!(status, 101);
    soon(peers.recv()).await.unwrap();
}

async fn connecting_fails(url: String, token: &str) -> String {
    let channel = WebSocketChannel::connect("hub", url, Some(token.into()));
    let error = soon(channel.start()).await.unwrap_err().to_string();
    assert!(!error.contains(token), "{error}");
    error
}

#[tokio::test]
async fn the_error_of_connecting_says_what_is_wrong() {
    let (address, _peers) = server(endpoint(ChannelLimits::default())).await;
    let error = connecting_fails(format!("ws://{address}/bus"), "wr0ng").await;
    assert!(error.contains("401"), "{error}");
    let error = connecting_fails(format!("ws://{address}/nowhere"), TOKEN).await;
    assert!(error.contains("404") && error.contains("/bus"), "{error}");
    let name = format!("ws://127.0.0.2:{}/bus", address.port());
    let error = connecting_fails(name, TOKEN).await;
    assert!(error.contains("127.0.0.2"), "{error}");
    let error = connecting_fails(format!("wss://{address}/bus"), TOKEN).await;
    assert!(error.contains("TLS"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up_after_five_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/bus", listener.local_addr().unwrap());
    let channel = WebSocketChannel::connect("hub", url, None);
    let begun = async {
        let (stream, _) = listener.accept().await.unwrap();
        // Only now, or connecting itself would run out of time.
        tokio::time::pause();
        stream
    };
    let (started, _stream) = tokio::join!(channel.start(), begun);
    let error = started.unwrap_err().to_string();
    assert!(error.contains("within 5 s"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_name_the_subprotocol_is_not_used() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/bus", listener.local_addr().unwrap());
    let channel = WebSocketChannel::connect("hub", url, None);
    let accept = async {
        let (stream, _) = listener.accept().await.unwrap();
        let socket: Result<WebSocketStream<_>, _> = tokio_tungstenite::accept_async(stream).await;
        drop(socket);
    };
    let (started, ()) = tokio::join!(soon(channel.start()), accept);
    let error = started.unwrap_err().to_string();
    assert!(error.contains("cmdbus.v1"), "{error}");
}
