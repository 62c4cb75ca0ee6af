//! TCP and its opening.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus::channel::{ChannelLimits, TcpAdmission, TcpChannel, one_token};
use cmdbus::{ChannelError, CommandChannel};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::suite::{Pair, Transport};
use crate::support::{Raw, Watched, event, soon, text_of, watched};

const TOKEN: &str = "correct-horse-battery-staple";

struct Tcp;

async fn streams() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    (near, listener.accept().await.unwrap().0)
}

fn admission() -> TcpAdmission {
    TcpAdmission::token(one_token(TOKEN))
}

impl Transport for Tcp {
    const HALF_CLOSES: bool = true;

    async fn pair(limits: ChannelLimits) -> Pair {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let a = TcpChannel::connect_with("b", address, Some(TOKEN.into()), limits);
        let accept = async {
            let (stream, _) = listener.accept().await.unwrap();
            let b = TcpChannel::accept_with("a", stream, admission(), limits);
            b.start().await.unwrap();
            b
        };
        let (started, b) = tokio::join!(a.start(), accept);
        started.unwrap();
        (Arc::new(a), Arc::new(b))
    }

    async fn raw(limits: ChannelLimits) -> (Watched, Raw) {
        let (mut raw, stream) = streams().await;
        let channel = TcpChannel::accept_with("raw", stream, admission(), limits);
        let opening = format!("CMDBUS/1 {TOKEN}\n");
        raw.write_all(opening.as_bytes()).await.unwrap();
        channel.start().await.unwrap();
        let mut answer = [0; 12];
        raw.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"CMDBUS/1 ok\n");
        let (reader, writer) = raw.into_split();
        (watched!(channel), Raw::lines(reader, writer))
    }
}

raw_suite!(Tcp);

/// Opens with these bytes; returns what the listener's side fails with, and all it writes.
async fn refused(opening: &[u8]) -> (String, String) {
    let (mut peer, stream) = streams().await;
    let channel = TcpChannel::accept("tcp-1", stream, admission());
    peer.write_all(opening).await.unwrap();
    let answer = async {
        let mut answer = String::new();
        peer.read_to_string(&mut answer).await.unwrap();
        drop(peer);
        answer
    };
    let (started, answer) = tokio::join!(soon(channel.start()), soon(answer));
    (started.unwrap_err().to_string(), answer)
}

#[tokio::test]
async fn a_wrong_token_is_denied() {
    let (error, answer) = refused(b"CMDBUS/1 wrong\n").await;
    assert!(error.contains("wrong token"), "{error}");
    assert_eq!(answer, "CMDBUS/1 denied\n");
}

#[tokio::test]
async fn something_else_than_an_opening_line_is_denied() {
    for opening in [
        "CMDBUS/1\n",
        "GET /bus HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "{\"type\":\"list.commands.request\",\"id\":\"1\"}\n",
        "\n",
    ] {
        let (error, answer) = refused(opening.as_bytes()).await;
        assert!(error.contains("CMDBUS/1 <token>"), "{error}");
        assert_eq!(answer, "CMDBUS/1 denied\n");
    }
}

#[tokio::test]
async fn an_opening_line_of_more_than_512_bytes_is_denied_before_its_end() {
    let (error, answer) = refused(&[b'x'; 5000]).await;
    assert!(error.contains("512"), "{error}");
    assert_eq!(answer, "CMDBUS/1 denied\n");
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_denied_after_five_seconds() {
    let (mut peer, stream) = streams().await;
    let channel = TcpChannel::accept("tcp-1", stream, admission());
    peer.write_all(b"CMDBUS/1 correct").await.unwrap();
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    let error = channel.start().await.unwrap_err().to_string();
    assert!(error.contains("within 5 s"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(7));
    tokio::time::resume();
    let mut answer = String::new();
    peer.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "CMDBUS/1 denied\n");
}

#[tokio::test]
async fn a_peer_that_leaves_without_a_word_is_no_session() {
    let (peer, stream) = streams().await;
    let channel = TcpChannel::accept("tcp-1", stream, admission());
    drop(peer);
    let error = soon(channel.start()).await.unwrap_err().to_string();
    assert!(error.contains("before its opening"), "{error}");
}

#[tokio::test]
async fn messages_right_behind_the_opening_line_are_received() {
    let (mut peer, stream) = streams().await;
    let channel = TcpChannel::accept("tcp-1", stream, admission());
    let message = serde_json::to_string(&event("eager")).unwrap();
    let all = format!("CMDBUS/1 {TOKEN}\r\n{message}\n");
    peer.write_all(all.as_bytes()).await.unwrap();
    soon(channel.start()).await.unwrap();
    assert_eq!(text_of(&soon(channel.recv()).await.unwrap()), "eager");
}

#[tokio::test]
async fn without_token_there_is_no_opening_line() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let a = TcpChannel::connect("b", address, None);
    soon(a.start()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let b = TcpChannel::accept("a", stream, TcpAdmission::anybody_on_loopback());
    soon(b.start()).await.unwrap();
    b.send(event("hello")).unwrap();
    assert_eq!(text_of(&soon(a.recv()).await.unwrap()), "hello");
}

/// Connects to a listener that answers with these bytes, and returns the error.
async fn connect_to(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let channel = TcpChannel::connect("hub", &address, Some(TOKEN.into()));
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut opening = [0; 9 + TOKEN.len() + 1];
        stream.read_exact(&mut opening).await.unwrap();
        assert_eq!(opening, format!("CMDBUS/1 {TOKEN}\n").as_bytes());
        stream.write_all(answer).await.unwrap();
    };
    let (started, ()) = tokio::join!(soon(channel.start()), serve);
    let error = started.unwrap_err().to_string();
    assert!(
        error.contains(&address) && !error.contains(TOKEN),
        "{error}"
    );
    error
}

#[tokio::test]
async fn the_error_of_connecting_says_what_is_wrong() {
    assert!(
        connect_to(b"CMDBUS/1 denied\n")
            .await
            .contains("refused the token")
    );
    assert!(connect_to(b"").await.contains("closed the connection"));
    for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &[b'x'; 5000]] {
        assert!(connect_to(answer).await.contains("does not speak CMDBUS/1"));
    }
}

#[tokio::test]
async fn a_listener_that_does_not_answer_is_given_up_after_five_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let channel = TcpChannel::connect("hub", &address, Some(TOKEN.into()));
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
async fn a_token_that_cannot_be_sent_is_refused_here() {
    for token in ["", "two words", "line\nbreak", &"x".repeat(501)] {
        let channel = TcpChannel::connect("hub", "127.0.0.1:1", Some(token.into()));
        let error = channel.start().await.unwrap_err();
        assert!(matches!(&error, ChannelError::Other(text) if text.contains("visible ASCII")));
    }
}

/// What is logged, in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_token_and_no_content_is_logged_or_shown() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    refused(b"CMDBUS/1 s3cret-guess\n").await;
    let (watched, mut raw) = Tcp::raw(ChannelLimits::default().frame_bytes(1000)).await;
    raw.send("s3cret-line").await;
    raw.send("s3cret".repeat(1000)).await;
    raw.send(r#"{"type":"s3cret","id":"s3cret"}"#).await;
    raw.send_json(serde_json::to_value(event("s3cret-payload")).unwrap())
        .await;
    soon(watched.channel.recv()).await.unwrap();
    let shown = format!(
        "{:?}",
        TcpChannel::connect("hub", "127.0.0.1:1", Some(TOKEN.into()))
    );
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap() + &shown;
    assert!(logged.contains("frame not taken"), "{logged}");
    assert!(
        !logged.contains("s3cret") && !logged.contains(TOKEN),
        "{logged}"
    );
}
