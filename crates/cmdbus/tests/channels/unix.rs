//! Unix sockets. Who is let in is decided in a function that has its own test, beside it.

use std::sync::Arc;

use cmdbus::channel::{ChannelLimits, UnixChannel};
use cmdbus::{ChannelError, CommandChannel};
use tokio::net::{UnixListener, UnixStream};

use crate::suite::{Pair, Transport};
use crate::support::{Raw, Watched, soon, watched};

struct Unix;

impl Transport for Unix {
    const HALF_CLOSES: bool = true;

    async fn pair(limits: ChannelLimits) -> Pair {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bus.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let a = UnixChannel::connect_with("b", path, limits);
        a.start().await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let b = UnixChannel::from_stream_with("a", stream, limits);
        b.start().await.unwrap();
        (Arc::new(a), Arc::new(b))
    }

    async fn raw(limits: ChannelLimits) -> (Watched, Raw) {
        let (near, far) = UnixStream::pair().unwrap();
        let channel = UnixChannel::from_stream_with("raw", near, limits);
        channel.start().await.unwrap();
        let (reader, writer) = far.into_split();
        (watched!(channel), Raw::lines(reader, writer))
    }
}

raw_suite!(Unix);

#[tokio::test]
async fn nobody_listening_is_an_error_that_names_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let channel = UnixChannel::connect("a", folder.path().join("none.sock"));
    let error = soon(channel.start()).await.unwrap_err().to_string();
    assert!(error.contains("none.sock"), "{error}");
    soon(channel.close()).await;
}

#[tokio::test]
async fn a_channel_that_was_closed_before_it_was_started_does_not_start() {
    let (near, _far) = UnixStream::pair().unwrap();
    let channel = UnixChannel::from_stream("a", near);
    soon(channel.close()).await;
    assert!(matches!(channel.start().await, Err(ChannelError::Closed)));
    assert!(channel.recv().await.is_none());
}

#[tokio::test]
async fn a_channel_starts_once() {
    let (near, _far) = UnixStream::pair().unwrap();
    let channel = UnixChannel::from_stream("a", near);
    channel.start().await.unwrap();
    assert!(channel.start().await.is_err());
}

#[test]
fn closing_does_not_wait_for_a_runtime_that_is_gone() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let channel = runtime.block_on(async {
        let (near, _far) = UnixStream::pair().unwrap();
        let channel = UnixChannel::from_stream("a", near);
        channel.start().await.unwrap();
        channel
    });
    drop(runtime);
    futures_executor::block_on(channel.close());
}
