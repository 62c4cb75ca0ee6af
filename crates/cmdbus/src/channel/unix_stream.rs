//! A Unix stream that is woken only by what it waits for.
//!
//! Tokio's own waits for both directions at once, as long as it lives. The system then tells of room to write whenever the peer has
//! taken something, although there was room all the time: one wake-up of an idle process for each message it has sent, which costs
//! more than the message. Here room is waited for only while there is none.

use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use tokio::net::unix::pipe;

/// Takes a stream apart. Must run on a tokio runtime.
///
/// The first half is tokio's end of a pipe, the only one of its types that waits for one direction alone. Reading from a socket is the
/// same call of the system.
///
/// # Errors
/// There is no descriptor left: each half has one of its own.
pub(crate) fn split(stream: tokio::net::UnixStream) -> io::Result<(pipe::Receiver, WriteHalf)> {
    let stream = stream.into_std()?;
    let reader = pipe::Receiver::from_owned_fd_unchecked(stream.try_clone()?.into())?;
    let writer = WriteHalf {
        stream,
        waiting: None,
    };
    Ok((reader, writer))
}

/// What goes to the peer. Dropping it ends this direction.
pub(crate) struct WriteHalf {
    stream: UnixStream,
    /// A copy of the stream that waits for room, while there is or was none.
    waiting: Option<tokio::net::UnixStream>,
}

impl AsyncWrite for WriteHalf {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.waiting.is_none() {
            let written = self.stream.write(bytes);
            if !matches!(&written, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
                return Poll::Ready(written);
            }
        }
        let Self { stream, waiting } = &mut *self;
        let waiting = match waiting {
            Some(waiting) => waiting,
            none => none.insert(tokio::net::UnixStream::from_std(stream.try_clone()?)?),
        };
        Pin::new(waiting).poll_write(cx, bytes)
    }

    /// Stops waiting for room: everything has been written.
    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waiting = None;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waiting = None;
        Poll::Ready(self.stream.shutdown(Shutdown::Write))
    }
}

impl Drop for WriteHalf {
    fn drop(&mut self) {
        // Otherwise the peer would hear of the end only when the other half is gone too.
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;

    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_is_written_when_there_is_room_and_then_room_is_not_waited_for() {
        let (near, far) = UnixStream::pair().unwrap();
        let (_reader, mut writer) = split(near).unwrap();
        let (mut far, _writer) = split(far).unwrap();
        let sent: Vec<u8> = (0..4_000_000_u32).map(|n| (n % 251) as u8).collect();
        let mut got = vec![0; sent.len()];
        for _ in 0..2 {
            let write = async {
                writer.write_all(&sent).await.unwrap();
                assert!(writer.waiting.is_some(), "it fitted at once");
                writer.flush().await.unwrap();
                assert!(writer.waiting.is_none());
            };
            let (_, read) = futures_util::future::join(write, far.read_exact(&mut got)).await;
            assert_eq!(read.unwrap(), sent.len());
            assert!(got == sent);
        }
    }

    #[tokio::test]
    async fn the_end_of_one_direction_leaves_the_other_one_open() {
        let (near, mut far) = UnixStream::pair().unwrap();
        let (mut reader, writer) = split(near).unwrap();
        drop(writer);
        assert_eq!(far.read(&mut [0; 8]).await.unwrap(), 0);
        far.write_all(b"still here").await.unwrap();
        drop(far);
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"still here");
    }

    #[tokio::test]
    async fn a_peer_that_is_gone_is_an_error_for_whoever_writes() {
        let (near, far) = UnixStream::pair().unwrap();
        let (_reader, mut writer) = split(near).unwrap();
        let mut write = std::pin::pin!(writer.write_all(&[0; 4_000_000]));
        assert!(futures_util::poll!(&mut write).is_pending());
        drop(far);
        let error = write.await.unwrap_err();
        assert!(matches!(
            error.kind(),
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
        ));
    }
}
