//! One message per line over any byte stream. What `unix`, `tcp` and `stdio` have in common.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use cmdbus_proto::wire::{EncodedFrame, FrameLimits, PREFIX_BYTES};
use memchr::memchr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::codec::{Codec, Incoming};
use super::queue::{OutQueue, QueueLimits};
use crate::error::ChannelError;
use crate::message::Message;

/// How long closing waits for what is queued to be written.
pub(crate) const FLUSH_LIMIT: Duration = Duration::from_secs(2);

/// How much is asked for in one read.
const READ_CHUNK: usize = 64 << 10;
/// Frames up to this size are copied out of the read buffer. Larger ones share it, which costs nothing but keeps
/// the whole chunk alive as long as the payload.
const COPY_LIMIT: usize = 4 << 10;
/// Frames are gathered into writes of about this size; a larger payload is written from where it is.
const WRITE_CHUNK: usize = 64 << 10;

/// Bounds of a byte transport.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ChannelLimits {
    frame: FrameLimits,
    queue: QueueLimits,
}

impl ChannelLimits {
    /// Sets the longest frame in bytes, in both directions. Default 16 MiB.
    #[must_use]
    pub fn frame_bytes(mut self, bytes: usize) -> Self {
        self.frame = self.frame.frame_bytes(bytes);
        self
    }

    /// Sets how many definitions are taken from one list. Default 10 000.
    #[must_use]
    pub fn definitions(mut self, count: usize) -> Self {
        self.frame = self.frame.definitions(count);
        self
    }

    /// Sets how much may wait to be written: default 32 MiB and 65 536 messages. When either is reached,
    /// calls and events are refused; replies may use as much again, then the channel closes itself.
    #[must_use]
    pub fn outgoing_queue(mut self, bytes: usize, messages: usize) -> Self {
        self.queue = QueueLimits { bytes, messages };
        self
    }

    pub(crate) fn frame(&self) -> FrameLimits {
        self.frame
    }

    pub(crate) fn queue(&self) -> QueueLimits {
        self.queue
    }
}

pub(crate) type Reader = Box<dyn AsyncRead + Send + Unpin>;
pub(crate) type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// A connection that carries lines. The transports wrap one and add how it is opened.
pub(crate) struct LineChannel {
    id: String,
    shared: Arc<Shared>,
    reader: tokio::sync::Mutex<Option<LineReader>>,
    writer: Mutex<WriterState>,
}

/// What the writer's task shares with the channel.
pub(crate) struct Shared {
    codec: Codec,
    queue: OutQueue,
}

enum WriterState {
    Idle,
    Running(tokio::task::JoinHandle<()>),
    Done,
}

impl LineChannel {
    pub(crate) fn new(id: String, limits: ChannelLimits) -> Self {
        Self {
            id,
            shared: Arc::new(Shared {
                codec: Codec::new(limits.frame()),
                queue: OutQueue::new(limits.queue()),
            }),
            reader: tokio::sync::Mutex::new(None),
            writer: Mutex::new(WriterState::Idle),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Takes a stream that has been opened into use. Must run on a tokio runtime.
    pub(crate) async fn attach(
        &self,
        reader: LineReader,
        writer: Writer,
    ) -> Result<(), ChannelError> {
        if self.shared.queue.is_closing() {
            return Err(ChannelError::Closed);
        }
        *self.reader.lock().await = Some(reader);
        let task = tokio::spawn(write_all(self.shared.clone(), writer));
        *self.lock_writer() = WriterState::Running(task);
        Ok(())
    }

    pub(crate) fn send(&self, message: &Message) -> Result<(), ChannelError> {
        if self.shared.queue.is_closing() {
            return Err(ChannelError::Closed);
        }
        let frame = self.shared.codec.encode(message)?;
        self.shared.queue.push(message, frame)
    }

    pub(crate) async fn recv(&self) -> Option<Message> {
        let mut guard = self.reader.lock().await;
        let reader = guard.as_mut()?;
        let shared = &self.shared;
        let closing = shared.queue.closing();
        let next = async {
            loop {
                let incoming = match reader.line(shared.codec.limits().frame_bytes).await {
                    Ok(Line::Whole(line)) => shared.codec.decode(&self.id, line),
                    Ok(Line::TooLong(prefix)) => shared.codec.over_limit(&self.id, &prefix),
                    Ok(Line::End) => return None,
                    Err(error) => {
                        tracing::debug!(channel = self.id, %error, "connection lost");
                        return None;
                    }
                };
                match incoming {
                    Incoming::Message(message) => return Some(message),
                    Incoming::Answer(answer) => {
                        // If it cannot be queued the channel is closing, and nobody waits any more.
                        let _ = self.send(&answer);
                    }
                    Incoming::Nothing => {}
                }
            }
        };
        tokio::select! {
            biased;
            () = closing => None,
            message = next => message,
        }
    }

    /// Writes what is queued, at most [`FLUSH_LIMIT`], and closes both directions.
    pub(crate) async fn close(&self) {
        self.shared.queue.close();
        let state = std::mem::replace(&mut *self.lock_writer(), WriterState::Done);
        if let WriterState::Running(task) = state {
            // The task bounds itself. It cannot fail other than by the runtime's end.
            let _ = task.await;
        }
        // Held by a `recv` that has not been polled since; then the stream goes with the channel.
        if let Ok(mut reader) = self.reader.try_lock() {
            *reader = None;
        }
    }

    fn lock_writer(&self) -> std::sync::MutexGuard<'_, WriterState> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LineChannel {
    fn drop(&mut self) {
        self.shared.queue.close();
    }
}

/// Writes until the queue is closed and empty, the peer is gone, or time is up.
async fn write_all(shared: Arc<Shared>, mut writer: Writer) {
    let queue = &shared.queue;
    let work = async {
        let mut batch = VecDeque::new();
        let mut buffer = Vec::new();
        while queue.take(&mut batch).await {
            write_batch(queue, &mut writer, &mut batch, &mut buffer).await?;
            // One large frame must not make every later one carry its memory.
            if buffer.capacity() > 4 * WRITE_CHUNK {
                buffer = Vec::new();
            }
        }
        writer.shutdown().await
    };
    let time_is_up = async {
        queue.closing().await;
        tokio::time::sleep(FLUSH_LIMIT).await;
    };
    tokio::select! {
        result = work => {
            if let Err(error) = result {
                tracing::debug!(%error, "cannot write to the peer");
            }
        }
        () = time_is_up => tracing::debug!("peer did not take what was queued in time"),
        () = queue.dead() => {}
    }
    queue.kill();
}

async fn write_batch(
    queue: &OutQueue,
    writer: &mut Writer,
    batch: &mut VecDeque<EncodedFrame>,
    buffer: &mut Vec<u8>,
) -> std::io::Result<()> {
    let (mut bytes, mut messages) = (0, 0);
    while let Some(frame) = batch.pop_front() {
        bytes += frame.len();
        messages += 1;
        for piece in frame.pieces() {
            if piece.len() > WRITE_CHUNK {
                flush(writer, buffer).await?;
                writer.write_all(piece).await?;
            } else {
                buffer.extend_from_slice(piece);
            }
        }
        buffer.push(b'\n');
        if buffer.len() >= WRITE_CHUNK || batch.is_empty() {
            flush(writer, buffer).await?;
            queue.written(bytes, messages);
            (bytes, messages) = (0, 0);
        }
    }
    writer.flush().await
}

async fn flush(writer: &mut Writer, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    writer.write_all(buffer).await?;
    buffer.clear();
    Ok(())
}

/// Takes lines out of a byte stream. Lines that are too long are skipped, not buffered.
pub(crate) struct LineReader {
    stream: Reader,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no line feed.
    searched: usize,
    /// The beginning of a line that is being skipped.
    skipping: Option<Bytes>,
    ended: bool,
}

/// What a line turned out to be.
#[derive(Debug, PartialEq)]
pub(crate) enum Line {
    Whole(Bytes),
    /// The first bytes of a line over the limit.
    TooLong(Bytes),
    /// The stream has ended.
    End,
}

impl LineReader {
    pub(crate) fn new(stream: Reader) -> Self {
        Self {
            stream,
            buffer: BytesMut::new(),
            searched: 0,
            skipping: None,
            ended: false,
        }
    }

    /// Returns the next line that is not empty, without its end. A last line without an end counts.
    ///
    /// Cancel safe: whatever has been read stays in the buffer.
    pub(crate) async fn line(&mut self, limit: usize) -> std::io::Result<Line> {
        loop {
            if let Some(line) = self.buffered(limit) {
                return Ok(line);
            }
            if self.ended {
                return Ok(Line::End);
            }
            self.buffer.reserve(READ_CHUNK);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                self.ended = true;
                if !self.buffer.is_empty() || self.skipping.is_some() {
                    self.buffer.extend_from_slice(b"\n");
                }
            }
        }
    }

    fn buffered(&mut self, limit: usize) -> Option<Line> {
        loop {
            let Some(end) = memchr(b'\n', &self.buffer[self.searched..]) else {
                self.searched = self.buffer.len();
                // One more for a carriage return that belongs to the line's end.
                if self.buffer.len() > limit + 1 && self.skipping.is_none() {
                    let kept = self.buffer.len().min(PREFIX_BYTES);
                    self.skipping = Some(Bytes::copy_from_slice(&self.buffer[..kept]));
                }
                if self.skipping.is_some() {
                    self.buffer.clear();
                    self.searched = 0;
                }
                return None;
            };
            let end = self.searched + end;
            self.searched = 0;
            if let Some(prefix) = self.skipping.take() {
                drop(self.buffer.split_to(end + 1));
                return Some(Line::TooLong(prefix));
            }
            let trimmed = match &self.buffer[..end] {
                [rest @ .., b'\r'] => rest.len(),
                whole => whole.len(),
            };
            if trimmed == 0 {
                drop(self.buffer.split_to(end + 1));
                continue;
            }
            if trimmed > limit {
                let line = self.buffer.split_to(end + 1);
                let kept = trimmed.min(PREFIX_BYTES);
                return Some(Line::TooLong(Bytes::copy_from_slice(&line[..kept])));
            }
            let line = if trimmed <= COPY_LIMIT {
                let line = Bytes::copy_from_slice(&self.buffer[..trimmed]);
                drop(self.buffer.split_to(end + 1));
                line
            } else {
                self.buffer.split_to(end + 1).freeze().slice(..trimmed)
            };
            return Some(Line::Whole(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], limit: usize, chunk: usize) -> Vec<Line> {
        let (client, mut server) = tokio::io::duplex(chunk);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut reader = LineReader::new(Box::new(client));
            let read = async {
                let mut lines = Vec::new();
                loop {
                    match reader.line(limit).await.unwrap() {
                        Line::End => return lines,
                        line => lines.push(line),
                    }
                }
            };
            let write = async {
                server.write_all(text).await.unwrap();
                drop(server);
            };
            futures_util::future::join(read, write).await.0
        })
    }

    fn whole(text: &[u8]) -> Line {
        Line::Whole(Bytes::copy_from_slice(text))
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_arrive() {
        let text = b"one\r\n\n\r\ntwo\nthree";
        for chunk in [1, 2, 3, 7, 1000] {
            assert_eq!(
                lines(text, 100, chunk),
                [whole(b"one"), whole(b"two"), whole(b"three")]
            );
        }
    }

    #[test]
    fn a_line_at_the_limit_is_taken_and_one_past_it_is_skipped() {
        let limit = 5000;
        let (fits, long) = (vec![b'a'; limit], vec![b'b'; limit + 1]);
        let text = [&fits[..], b"\r\n", &long, b"\r\n", b"after\n", &long].concat();
        let prefix = || Line::TooLong(Bytes::from(vec![b'b'; PREFIX_BYTES]));
        for chunk in [16, 4096, 100_000] {
            assert_eq!(
                lines(&text, limit, chunk),
                [whole(&fits), prefix(), whole(b"after"), prefix()]
            );
        }
    }
}
