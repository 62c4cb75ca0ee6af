//! Unix sockets, between processes of one user.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::net::UnixStream;

use super::CommandChannel;
use super::limits::ChannelLimits;
use super::line::{LineChannel, LineReader};
use super::unix_stream;
use crate::error::ChannelError;
use crate::message::Message;

/// A connection over a Unix socket: one message per line, no opening.
///
/// Each side checks that the other one runs as the same user, or as root, before it reads or writes a
/// byte. Needs a tokio runtime.
pub struct UnixChannel {
    lines: LineChannel,
    source: Mutex<Option<Source>>,
}

enum Source {
    Path(PathBuf),
    Stream(UnixStream),
}

impl UnixChannel {
    /// Makes a channel that connects to a socket when it is started.
    pub fn connect(id: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self::new(
            id.into(),
            Source::Path(path.into()),
            ChannelLimits::default(),
        )
    }

    /// As [`connect`](Self::connect), with bounds of your choice.
    pub fn connect_with(
        id: impl Into<String>,
        path: impl Into<PathBuf>,
        limits: ChannelLimits,
    ) -> Self {
        Self::new(id.into(), Source::Path(path.into()), limits)
    }

    /// Makes a channel from a stream that is connected already, such as an accepted one.
    pub fn from_stream(id: impl Into<String>, stream: UnixStream) -> Self {
        Self::new(id.into(), Source::Stream(stream), ChannelLimits::default())
    }

    /// As [`from_stream`](Self::from_stream), with bounds of your choice.
    pub fn from_stream_with(
        id: impl Into<String>,
        stream: UnixStream,
        limits: ChannelLimits,
    ) -> Self {
        Self::new(id.into(), Source::Stream(stream), limits)
    }

    /// Returns how many frames of the peer were not taken, because they are no messages or over a limit.
    pub fn dropped_frames(&self) -> u64 {
        self.lines.dropped_frames()
    }

    fn new(id: String, source: Source, limits: ChannelLimits) -> Self {
        Self {
            lines: LineChannel::new(id, limits),
            source: Mutex::new(Some(source)),
        }
    }

    async fn open(&self) -> Result<(), ChannelError> {
        let source = self
            .source
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let stream = match source {
            None => return Err(ChannelError::Other("the channel was started before".into())),
            Some(Source::Stream(stream)) => stream,
            Some(Source::Path(path)) => UnixStream::connect(&path).await.map_err(|error| {
                ChannelError::Other(format!("cannot connect to `{}`: {error}", path.display()))
            })?,
        };
        check_peer(&stream)?;
        let (reader, writer) = unix_stream::split(stream)
            .map_err(|error| ChannelError::Other(format!("cannot use the connection: {error}")))?;
        self.lines
            .attach(
                LineReader::new(Box::new(reader)),
                Box::new(writer),
                // What was written is the peer's already, whatever happens to this end.
                Duration::ZERO,
            )
            .await
    }
}

/// Checks that the process at the other end may talk to this one.
fn check_peer(stream: &UnixStream) -> Result<(), ChannelError> {
    let peer = stream
        .peer_cred()
        .map_err(|error| ChannelError::Other(format!("cannot tell who the peer is: {error}")))?
        .uid();
    judge_peer(peer, rustix::process::geteuid().as_raw())
}

/// Decides whether a process of user `peer` may talk to one of user `own`.
fn judge_peer(peer: u32, own: u32) -> Result<(), ChannelError> {
    if peer == own || peer == 0 {
        Ok(())
    } else {
        Err(ChannelError::Other(format!(
            "the peer runs as user {peer}, not as {own}; refused"
        )))
    }
}

/// Returns whether a path is short enough for a socket on this platform.
pub fn fits_socket(path: &Path) -> bool {
    std::os::unix::net::SocketAddr::from_pathname(path).is_ok()
}

impl CommandChannel for UnixChannel {
    fn id(&self) -> &str {
        self.lines.id()
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        self.open().boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.lines.close().boxed()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        self.lines.send(&message)
    }

    fn frame_limit(&self) -> Option<usize> {
        Some(self.lines.frame_limit())
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.lines.recv().boxed()
    }

    fn try_recv(&self) -> Option<Message> {
        self.lines.try_recv()
    }
}

impl std::fmt::Debug for UnixChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnixChannel")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_user_and_root_are_let_in() {
        assert!(judge_peer(1000, 1000).is_ok());
        assert!(judge_peer(0, 1000).is_ok());
        for (peer, own) in [(1001, 1000), (1000, 0)] {
            let error = judge_peer(peer, own).unwrap_err();
            assert!(error.to_string().contains(&format!("user {peer}")));
        }
    }
}
