//! What the end-to-end tests need of their own: a channel for the upstream crate, which brings none that crosses a
//! process boundary. Written against its public interface, as its users would.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use coralstack_cmd_ipc::{ChannelError, CommandChannel, Message};
use futures_util::future::{BoxFuture, FutureExt};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};

/// A channel of the upstream crate over a Unix socket: one JSON line per message, written and read by upstream's own
/// `Message`.
pub struct UpstreamLines {
    id: String,
    reader: tokio::sync::Mutex<Lines<BufReader<OwnedReadHalf>>>,
    /// `None` once the channel is closed.
    writer: Mutex<Option<mpsc::UnboundedSender<String>>>,
    closed: watch::Sender<bool>,
    log: Arc<Log>,
}

/// Every line that crossed a channel.
#[derive(Debug, Default)]
pub struct Log {
    lines: Mutex<Vec<(Direction, String)>>,
}

/// Which way a line went, seen from the upstream peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It was sent.
    Out,
    /// It was received and understood.
    In,
    /// It was received, and upstream's decoder did not take it.
    Refused,
}

impl Log {
    /// Returns the lines of one direction.
    pub fn lines(&self, wanted: Direction) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .iter()
            .filter(|(direction, _)| *direction == wanted)
            .map(|(_, line)| line.clone())
            .collect()
    }

    fn add(&self, direction: Direction, line: &str) {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((direction, line.to_owned()));
    }
}

impl UpstreamLines {
    /// Makes a channel from a connected stream. Needs a tokio runtime.
    pub fn new(id: impl Into<String>, stream: UnixStream) -> Self {
        let (reader, writer) = stream.into_split();
        let (sender, queue) = mpsc::unbounded_channel();
        tokio::spawn(write_lines(writer, queue));
        Self {
            id: id.into(),
            reader: tokio::sync::Mutex::new(BufReader::new(reader).lines()),
            writer: Mutex::new(Some(sender)),
            closed: watch::Sender::new(false),
            log: Arc::default(),
        }
    }

    /// Returns what has crossed and will cross the channel.
    pub fn log(&self) -> Arc<Log> {
        self.log.clone()
    }

    async fn next(&self) -> Option<Message> {
        // Upstream drops and recreates the future whenever a handler finishes, so nothing here may be lost by that.
        let mut reader = self.reader.lock().await;
        loop {
            let line = reader.next_line().await.ok()??;
            match serde_json::from_str(&line) {
                Ok(message) => {
                    self.log.add(Direction::In, &line);
                    return Some(message);
                }
                Err(_) => self.log.add(Direction::Refused, &line),
            }
        }
    }
}

async fn write_lines(
    mut writer: OwnedWriteHalf,
    mut queue: mpsc::UnboundedReceiver<String>,
) -> io::Result<()> {
    while let Some(line) = queue.recv().await {
        writer.write_all(line.as_bytes()).await?;
    }
    writer.shutdown().await
}

impl CommandChannel for UpstreamLines {
    fn id(&self) -> &str {
        &self.id
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        std::future::ready(Ok(())).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.closed.send_replace(true);
        self.writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        std::future::ready(()).boxed()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        let mut line = serde_json::to_string(&message)
            .map_err(|error| ChannelError::Send(error.to_string()))?;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let writer = writer.as_ref().ok_or(ChannelError::Closed)?;
        self.log.add(Direction::Out, &line);
        line.push('\n');
        writer.send(line).map_err(|_| ChannelError::Closed)
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        let mut closed = self.closed.subscribe();
        async move {
            tokio::select! {
                biased;
                _ = closed.wait_for(|closed| *closed) => None,
                message = self.next() => message,
            }
        }
        .boxed()
    }
}
