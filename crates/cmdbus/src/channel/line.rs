//! One message per line over any byte stream. What `unix`, `tcp` and `stdio` have in common.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use cmdbus_proto::wire::{COPY_LIMIT, EncodedFrame, PREFIX_BYTES};
use memchr::memchr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::codec::{Codec, Incoming};
use super::limits::{ChannelLimits, IDLE_BATCH, WRITE_CHUNK};
use super::queue::{FinishOnDrop, OutQueue};
use crate::error::ChannelError;
use crate::message::Message;

/// How much is asked for in one read.
const READ_CHUNK: usize = 64 << 10;

pub(crate) type Reader = Box<dyn AsyncRead + Send + Unpin>;
pub(crate) type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// A connection that carries lines. The transports wrap one and add how it is opened.
pub(crate) struct LineChannel {
    id: String,
    shared: Arc<Shared>,
    /// Whether the writer's task was started.
    attached: Mutex<bool>,
}

/// What the writer's task shares with the channel.
struct Shared {
    codec: Codec,
    queue: Arc<OutQueue>,
    reader: tokio::sync::Mutex<Option<LineReader>>,
}

impl LineChannel {
    pub(crate) fn new(id: String, limits: ChannelLimits) -> Self {
        Self {
            id,
            shared: Arc::new(Shared {
                codec: Codec::new(limits.frame()),
                queue: Arc::new(OutQueue::new(limits.queue())),
                reader: tokio::sync::Mutex::new(None),
            }),
            attached: Mutex::new(false),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn frame_limit(&self) -> usize {
        self.shared.codec.limits().frame_bytes
    }

    #[cfg(feature = "stdio")]
    pub(crate) fn queue(&self) -> &Arc<OutQueue> {
        &self.shared.queue
    }

    /// Returns how many frames were not taken.
    pub(crate) fn dropped_frames(&self) -> u64 {
        self.shared.codec.dropped()
    }

    /// Takes a stream that has been opened into use. Must run on a tokio runtime.
    ///
    /// After the last write, what the peer still sends is read and thrown away until it ends, at most for `linger`.
    /// On TCP that keeps the system from discarding what was written, which it does to a socket that is closed
    /// with something unread.
    pub(crate) async fn attach(
        &self,
        reader: LineReader,
        writer: Writer,
        linger: Duration,
    ) -> Result<(), ChannelError> {
        *self.shared.reader.lock().await = Some(reader);
        let mut attached = self.lock_attached();
        // Under the lock: `close` either sees the task or is seen here.
        if self.shared.queue.is_closing() {
            return Err(ChannelError::Closed);
        }
        let over = self.shared.queue.clone().finish_on_drop();
        tokio::spawn(write_all(self.shared.clone(), writer, linger, over));
        *attached = true;
        Ok(())
    }

    pub(crate) fn send(&self, message: &Message) -> Result<(), ChannelError> {
        if self.shared.queue.is_refusing() {
            return Err(ChannelError::Closed);
        }
        let frame = self.shared.codec.encode(message)?;
        self.shared.queue.push(message, frame)
    }

    /// Returns the next message; `None` once this side has closed, or when the peer has and all it sent was
    /// taken. A peer that has ended only its own direction can still be sent to.
    ///
    /// Cancel safe.
    pub(crate) async fn recv(&self) -> Option<Message> {
        self.shared.queue.unless_closing(self.next()).await
    }

    async fn next(&self) -> Option<Message> {
        let mut guard = self.shared.reader.lock().await;
        let reader = guard.as_mut()?;
        let limit = self.frame_limit();
        loop {
            let line = match reader.line(limit).await {
                Ok(Line::End) => return None,
                Ok(line) => line,
                Err(error) => {
                    tracing::debug!(channel = self.id, %error, "connection lost");
                    return None;
                }
            };
            if let Some(message) = self.read(line) {
                return Some(message);
            }
        }
    }

    /// Returns a message that has been read already.
    pub(crate) fn try_recv(&self) -> Option<Message> {
        if self.shared.queue.has_closed() {
            return None;
        }
        let mut guard = self.shared.reader.try_lock().ok()?;
        let reader = guard.as_mut()?;
        let limit = self.frame_limit();
        loop {
            let line = reader.buffered(limit)?;
            if let Some(message) = self.read(line) {
                return Some(message);
            }
        }
    }

    /// Returns the message that a line holds; otherwise does what there is to be done about it.
    #[inline]
    fn read(&self, line: Line) -> Option<Message> {
        let codec = &self.shared.codec;
        let incoming = match line {
            Line::Whole(line) => codec.decode(&self.id, line),
            Line::TooLong(prefix) => codec.over_limit(&self.id, &prefix),
            Line::End => return None,
        };
        match incoming {
            Incoming::Message(message) => Some(message),
            Incoming::Answer(answer) => {
                // If it cannot be queued the channel is closing, and nobody waits any more.
                let _ = self.send(&answer);
                None
            }
            Incoming::Nothing => None,
        }
    }

    /// Writes what is queued, at most [`FLUSH_LIMIT`](super::queue::FLUSH_LIMIT), and closes both directions.
    ///
    /// Dropping the future leaves that to the writer's task.
    pub(crate) async fn close(&self) {
        self.shared.queue.close();
        let attached = *self.lock_attached();
        if attached {
            self.shared.queue.until_over().await;
        } else {
            self.shared.queue.finish();
        }
        self.shared.drop_reader();
    }

    fn lock_attached(&self) -> MutexGuard<'_, bool> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn drop_reader(&self) {
        // Held by a `recv` that has not been polled since; then the stream goes with the channel.
        if let Ok(mut reader) = self.reader.try_lock() {
            *reader = None;
        }
    }
}

impl Drop for LineChannel {
    fn drop(&mut self) {
        self.shared.queue.close();
    }
}

/// Writes until the queue is closed and empty, the peer is gone, or time is up.
async fn write_all(shared: Arc<Shared>, mut writer: Writer, linger: Duration, over: FinishOnDrop) {
    let queue = &*shared.queue;
    let whole = queue.run(write_queue(queue, &mut writer)).await;
    drop(writer);
    if whole && !linger.is_zero() {
        let discard = async {
            if let Some(reader) = shared.reader.lock().await.as_mut() {
                reader.discard().await;
            }
        };
        let _ = tokio::time::timeout(linger, discard).await;
    }
    shared.drop_reader();
    drop(over);
}

async fn write_queue(queue: &OutQueue, writer: &mut Writer) -> std::io::Result<()> {
    let mut batch = VecDeque::new();
    let mut buffer = Vec::new();
    while queue.take(&mut batch).await {
        write_batch(queue, writer, &mut batch, &mut buffer).await?;
        // A burst must not make an idle connection carry its memory.
        if buffer.capacity() > 4 * WRITE_CHUNK {
            buffer = Vec::new();
        }
        if batch.capacity() > IDLE_BATCH {
            batch = VecDeque::new();
        }
    }
    writer.shutdown().await
}

async fn write_batch(
    queue: &OutQueue,
    writer: &mut Writer,
    batch: &mut VecDeque<EncodedFrame>,
    buffer: &mut Vec<u8>,
) -> std::io::Result<()> {
    let mut frames = 0;
    while let Some(frame) = batch.pop_front() {
        frames += 1;
        let mut large = false;
        for piece in frame.pieces() {
            if piece.len() > WRITE_CHUNK {
                flush(writer, buffer).await?;
                writer.write_all(piece).await?;
                large = true;
            } else {
                buffer.extend_from_slice(piece);
            }
        }
        buffer.push(b'\n');
        // Room is given back with every write, or a queue of large frames would look full to the end.
        if large || buffer.len() >= WRITE_CHUNK || batch.is_empty() {
            flush(writer, buffer).await?;
            queue.written(std::mem::take(&mut frames));
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
    /// A line that was given out shares the buffer's memory.
    shared: bool,
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
            shared: false,
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
            if self.fill().await? == 0 {
                self.ended = true;
                if !self.buffer.is_empty() || self.skipping.is_some() {
                    self.buffer.extend_from_slice(b"\n");
                }
            }
        }
    }

    /// Returns the first line, empty or not, without its end; `None` if the stream ends before it does. What follows
    /// stays in the buffer.
    ///
    /// # Errors
    /// The stream's, and `InvalidData` if the line is longer than `limit`.
    #[cfg(feature = "tcp")]
    pub(crate) async fn opening(&mut self, limit: usize) -> std::io::Result<Option<Bytes>> {
        loop {
            let end = memchr(b'\n', &self.buffer);
            if end.unwrap_or(self.buffer.len()) > limit {
                return Err(std::io::ErrorKind::InvalidData.into());
            }
            if let Some(end) = end {
                let line = self.buffer[..end].strip_suffix(b"\r");
                let line = Bytes::copy_from_slice(line.unwrap_or(&self.buffer[..end]));
                self.buffer.advance(end + 1);
                return Ok(Some(line));
            }
            if self.fill().await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads to the end of the stream and keeps nothing.
    pub(crate) async fn discard(&mut self) {
        loop {
            self.buffer.clear();
            if !matches!(self.fill().await, Ok(1..)) {
                return;
            }
        }
    }

    async fn fill(&mut self) -> std::io::Result<usize> {
        // A large line must stay in memory only as long as somebody has it, and none while the peer is idle.
        if self.shared || (self.buffer.is_empty() && self.buffer.capacity() > 4 * READ_CHUNK) {
            let mut fresh = BytesMut::with_capacity(self.buffer.len() + READ_CHUNK);
            fresh.extend_from_slice(&self.buffer);
            self.buffer = fresh;
            self.shared = false;
        }
        self.buffer.reserve(READ_CHUNK);
        self.stream.read_buf(&mut self.buffer).await
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
                self.buffer.advance(end + 1);
                return Some(Line::TooLong(prefix));
            }
            let trimmed = match &self.buffer[..end] {
                [rest @ .., b'\r'] => rest.len(),
                whole => whole.len(),
            };
            if trimmed == 0 {
                self.buffer.advance(end + 1);
                continue;
            }
            if trimmed > limit {
                let kept = trimmed.min(PREFIX_BYTES);
                let prefix = Bytes::copy_from_slice(&self.buffer[..kept]);
                self.buffer.advance(end + 1);
                return Some(Line::TooLong(prefix));
            }
            // Only of a large one anything is kept longer than it takes to read it.
            self.shared |= trimmed > COPY_LIMIT;
            let mut line = self.buffer.split_to(end + 1).freeze();
            line.truncate(trimmed);
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

    #[tokio::test]
    async fn room_in_the_queue_is_given_back_with_every_large_frame() {
        let limits = ChannelLimits::default().outgoing_queue(1 << 20, 1000);
        let channel = LineChannel::new("a".into(), limits);
        let (near, mut far) = tokio::io::duplex(1000);
        let reader = LineReader::new(Box::new(tokio::io::empty()));
        let started = channel.attach(reader, Box::new(near), Duration::ZERO).await;
        started.unwrap();
        let event = Message::Event {
            id: uuid::Uuid::nil(),
            meta: None,
            event_id: "a".into(),
            payload: crate::Payload::encode(&"x".repeat(100_000)).unwrap(),
        };
        for _ in 0..10 {
            channel.send(&event).unwrap();
        }
        assert!(channel.send(&event).is_err());
        let mut half = vec![0; 500_000];
        far.read_exact(&mut half).await.unwrap();
        for _ in 0..4 {
            channel.send(&event).unwrap();
        }
    }

    #[tokio::test]
    async fn a_large_line_keeps_no_memory_behind() {
        let (client, mut server) = tokio::io::duplex(1 << 20);
        let mut reader = LineReader::new(Box::new(client));
        let text = [
            &vec![b'a'; 3 << 20][..],
            b"\n",
            &vec![b'b'; 3 << 20],
            b"\nshort\n",
        ]
        .concat();
        let write = async { server.write_all(&text).await.unwrap() };
        let read = async {
            for long in [true, false] {
                let line = reader
                    .line(if long { 4 << 20 } else { 1 << 20 })
                    .await
                    .unwrap();
                assert_eq!(matches!(line, Line::Whole(_)), long);
            }
            assert_eq!(reader.line(100).await.unwrap(), whole(b"short"));
        };
        futures_util::future::join(write, read).await;
        let idle = futures_util::FutureExt::now_or_never(reader.line(100));
        assert!(idle.is_none());
        assert!(reader.buffer.capacity() <= 4 * READ_CHUNK && !reader.shared);
    }
}
