//! What is written to the client, in the order in which it is said.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cmdbus_mcp::rpc::Message;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

/// Most bytes that wait for the client to read them. Then answers wait, and what need not be said is dropped.
const WAITING: u32 = 64 << 20;

/// Says things to the client. Cheap to clone; when the last clone is gone, so is stdout.
#[derive(Clone)]
pub(super) struct Out {
    queue: mpsc::UnboundedSender<Line>,
    room: Arc<Semaphore>,
    dropped: Arc<AtomicU64>,
}

struct Line {
    text: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl Out {
    /// Starts writing to stdout, which ends when the client does not read any more or nobody says anything any more.
    pub(super) fn start() -> (Self, JoinHandle<()>) {
        let (out, queue) = Self::new();
        let writing = tokio::spawn(async move {
            if let Err(error) = write(tokio::io::stdout(), queue).await {
                tracing::debug!(%error, "the client does not read any more");
            }
        });
        (out, writing)
    }

    fn new() -> (Self, mpsc::UnboundedReceiver<Line>) {
        // Bounded by the room that each line takes.
        let (queue, lines) = mpsc::unbounded_channel();
        let out = Self {
            queue,
            room: Arc::new(Semaphore::new(WAITING as usize)),
            dropped: Arc::default(),
        };
        (out, lines)
    }

    /// Says something if there is room for it, and returns whether there was.
    pub(super) fn tell(&self, message: &Message) -> bool {
        let text = message.to_json();
        let Ok(room) = self.room.clone().try_acquire_many_owned(size(&text)) else {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            if dropped.is_power_of_two() {
                tracing::error!(
                    dropped,
                    "the client does not read fast enough; notifications are dropped"
                );
            }
            return false;
        };
        self.put(text, room);
        true
    }

    /// Says something that has to be said, when there is room for it.
    pub(super) async fn answer(&self, text: Vec<u8>) {
        let room = self.room.clone().acquire_many_owned(size(&text)).await;
        // The semaphore is never closed.
        if let Ok(room) = room {
            self.put(text, room);
        }
    }

    fn put(&self, mut text: Vec<u8>, room: OwnedSemaphorePermit) {
        text.push(b'\n');
        // If nobody writes any more, nobody reads any more.
        let _ = self.queue.send(Line { text, _room: room });
    }
}

/// Returns how much room a text takes; one that is longer than all the room takes all of it.
fn size(text: &[u8]) -> u32 {
    u32::try_from(text.len()).unwrap_or(WAITING).min(WAITING)
}

async fn write(
    mut to: impl AsyncWrite + Unpin,
    mut queue: mpsc::UnboundedReceiver<Line>,
) -> io::Result<()> {
    while let Some(line) = queue.recv().await {
        to.write_all(&line.text).await?;
        if queue.is_empty() {
            to.flush().await?;
        }
    }
    to.flush().await
}

#[cfg(test)]
mod tests {
    use cmdbus_mcp::rpc::{Id, raw};

    use super::*;

    fn notification(bytes: usize) -> Message {
        Message::Notification {
            method: "n".to_owned(),
            params: Some(raw(&"x".repeat(bytes))),
        }
    }

    #[tokio::test]
    async fn answers_wait_for_a_slow_client_and_notifications_are_dropped() {
        let (out, mut queue) = Out::new();
        assert!(out.tell(&notification(WAITING as usize - 100)));
        assert!(!out.tell(&notification(100)));
        let answer = Message::Response {
            id: Id::number(1),
            outcome: Ok(raw(&"x".repeat(200))),
        };
        let waiting = out.answer(answer.to_json());
        tokio::pin!(waiting);
        assert!(
            futures_util::poll!(&mut waiting).is_pending(),
            "there is no room"
        );
        drop(queue.recv().await.unwrap());
        waiting.await;
        assert!(queue.recv().await.unwrap().text.ends_with(b"\"}\n"));
    }

    #[tokio::test]
    async fn everything_said_is_written_before_the_end() {
        let (out, queue) = Out::new();
        out.tell(&notification(1));
        out.answer(b"{}".to_vec()).await;
        drop(out);
        let mut written = Vec::new();
        write(&mut written, queue).await.unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(
            written,
            "{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":\"x\"}\n{}\n"
        );
    }
}
