//! What waits to be written to one child.
//!
//! A child that does not read its stdin holds up its own queue and nobody else. What is cancelled before it was written never is.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;

/// Most messages and bytes that wait. A message that finds the queue empty is taken whatever its length.
const MAX_MESSAGES: usize = 1024;
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// The queue of one connection.
#[derive(Default)]
pub(super) struct Outbox {
    queue: Mutex<Queue>,
    changed: Notify,
}

#[derive(Default)]
struct Queue {
    lines: VecDeque<(Option<u64>, Vec<u8>)>,
    bytes: usize,
    closed: bool,
}

impl Outbox {
    /// Takes one message without its line end, of the call with this local id if it is a request. Returns whether there was room.
    pub(super) fn push(&self, call: Option<u64>, mut line: Vec<u8>) -> bool {
        let mut queue = self.lock();
        let full = queue.lines.len() >= MAX_MESSAGES || queue.bytes + line.len() > MAX_BYTES;
        if queue.closed || (full && !queue.lines.is_empty()) {
            return false;
        }
        line.push(b'\n');
        queue.bytes += line.len();
        queue.lines.push_back((call, line));
        drop(queue);
        self.changed.notify_one();
        true
    }

    /// Takes a request back. Returns whether it had not been written yet.
    pub(super) fn withdraw(&self, call: u64) -> bool {
        let mut queue = self.lock();
        let Some(at) = queue.lines.iter().position(|(id, _)| *id == Some(call)) else {
            return false;
        };
        if let Some((_, line)) = queue.lines.remove(at) {
            queue.bytes -= line.len();
        }
        true
    }

    /// Lets the writer end when it has written what waits.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// Writes until the outbox is closed and empty, or nobody reads any more. Dropping it closes the pipe.
    pub(super) async fn write_to(&self, mut pipe: impl AsyncWrite + Unpin) {
        loop {
            let next = {
                let mut queue = self.lock();
                let next = queue.lines.pop_front();
                if let Some((_, line)) = &next {
                    queue.bytes -= line.len();
                } else if queue.closed {
                    return;
                }
                next
            };
            let Some((_, line)) = next else {
                self.changed.notified().await;
                continue;
            };
            let written = async {
                pipe.write_all(&line).await?;
                pipe.flush().await
            };
            if written.await.is_err() {
                // Its end is seen where its end is waited for; until then nothing may pile up.
                let mut queue = self.lock();
                *queue = Queue {
                    closed: true,
                    ..Queue::default()
                };
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_refuses_and_a_withdrawn_request_makes_room() {
        let outbox = Outbox::default();
        for call in 0..1024 {
            assert!(outbox.push(Some(call), vec![b'x']));
        }
        assert!(!outbox.push(None, vec![b'x']));
        assert!(outbox.withdraw(7));
        assert!(!outbox.withdraw(7));
        assert!(outbox.push(None, vec![b'x']));
    }

    #[test]
    fn the_queue_is_bounded_in_bytes_but_takes_one_message_of_any_length() {
        let outbox = Outbox::default();
        assert!(outbox.push(None, vec![b'x'; MAX_BYTES + 1]));
        assert!(!outbox.push(None, vec![b'x']));
    }

    #[tokio::test]
    async fn what_waits_is_written_in_order_before_the_end() {
        let outbox = Outbox::default();
        assert!(outbox.push(Some(1), b"a".to_vec()));
        assert!(outbox.push(None, b"b".to_vec()));
        outbox.close();
        assert!(!outbox.push(None, b"c".to_vec()));
        let mut written = Vec::new();
        outbox.write_to(&mut written).await;
        assert_eq!(written, b"a\nb\n");
    }
}
