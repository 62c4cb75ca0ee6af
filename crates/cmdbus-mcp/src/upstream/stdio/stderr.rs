//! What a child writes to stderr: kept in a ring, and told line by line while it does not tell too much.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};
use tokio::time::Instant;

use super::{LogLevel, Logs};

/// How much is kept (Appendix A).
const RING: usize = 64 * 1024;
/// Longest line that is told or named as the last one.
const MAX_LINE: usize = 1024;
/// How many lines are told in one span.
const LINES_PER_SPAN: u32 = 50;
const SPAN: Duration = Duration::from_secs(1);

/// The newest 64 KiB of what a child wrote to stderr.
#[derive(Default)]
pub(super) struct Stderr {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    ring: VecDeque<u8>,
    last_line: Option<String>,
}

impl Stderr {
    /// Returns what is kept.
    pub(super) fn text(&self) -> String {
        let kept = self.lock();
        let (front, back) = kept.ring.as_slices();
        String::from_utf8_lossy(&[front, back].concat()).into_owned()
    }

    /// Returns the last line that was not empty, at most 1 KiB of it.
    pub(super) fn last_line(&self) -> Option<String> {
        self.lock().last_line.clone()
    }

    /// Reads until the end.
    pub(super) async fn read_from(&self, mut pipe: impl AsyncBufRead + Unpin, logs: &Logs) {
        let mut line = Vec::new();
        let mut rate = Rate::new();
        while let Ok(chunk) = pipe.fill_buf().await {
            if chunk.is_empty() {
                break;
            }
            self.keep(chunk);
            for byte in chunk {
                match byte {
                    b'\n' => self.tell(&mut line, &mut rate, logs),
                    byte if line.len() < MAX_LINE => line.push(*byte),
                    _ => {}
                }
            }
            let length = chunk.len();
            pipe.consume(length);
        }
        self.tell(&mut line, &mut rate, logs);
    }

    fn keep(&self, chunk: &[u8]) {
        let mut kept = self.lock();
        kept.ring.extend(&chunk[chunk.len().saturating_sub(RING)..]);
        let surplus = kept.ring.len().saturating_sub(RING);
        kept.ring.drain(..surplus);
    }

    fn tell(&self, line: &mut Vec<u8>, rate: &mut Rate, logs: &Logs) {
        let text = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
        line.clear();
        if text.is_empty() {
            return;
        }
        self.lock().last_line = Some(text.clone());
        let (left_out, may_tell) = rate.next();
        if left_out > 0 {
            logs(
                LogLevel::Warning,
                format!("{left_out} lines on stderr were left out"),
            );
        }
        if may_tell {
            logs(LogLevel::Info, text);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts lines of the present span.
pub(super) struct Rate {
    since: Instant,
    told: u32,
    left_out: u32,
}

impl Rate {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            told: 0,
            left_out: 0,
        }
    }

    /// Returns how many lines were left out in the span before, and whether this one may be told.
    pub(super) fn next(&mut self) -> (u32, bool) {
        let mut left_out = 0;
        if self.since.elapsed() >= SPAN {
            left_out = self.left_out;
            *self = Self::new();
        }
        let may_tell = self.told < LINES_PER_SPAN;
        if may_tell {
            self.told += 1;
        } else {
            self.left_out += 1;
        }
        (left_out, may_tell)
    }
}

/// Returns an ear for log lines that hears nothing.
#[must_use]
pub fn no_logs() -> Logs {
    Arc::new(|_, _| {})
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn the_ring_keeps_the_newest_and_the_last_line_is_short() {
        let stderr = Stderr::default();
        let text = format!("{}\nboom {}\n\n", "a".repeat(RING), "b".repeat(2000));
        stderr.read_from(text.as_bytes(), &no_logs()).await;
        assert_eq!(stderr.text().len(), RING);
        assert!(stderr.text().ends_with("b\n\n"));
        let last = stderr.last_line().unwrap();
        assert!(last.starts_with("boom") && last.len() == MAX_LINE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_on_stderr_is_told_in_part_and_the_rest_is_counted() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let logs: Logs = {
            let told = told.clone();
            Arc::new(move |_, line| told.lock().unwrap().push(line))
        };
        let stderr = Stderr::default();
        let mut rate = Rate::new();
        let mut tell = |times| {
            for _ in 0..times {
                stderr.tell(&mut b"x".to_vec(), &mut rate, &logs);
            }
        };
        tell(1000);
        assert_eq!(told.lock().unwrap().len(), 50);
        tokio::time::advance(SPAN).await;
        tell(1);
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 52);
        assert_eq!(told[50], "950 lines on stderr were left out");
    }
}
