//! What the client writes, a message per line.

use std::io::{self, BufRead, Read as _};

use tokio::sync::mpsc;

use crate::exit::{Error, Result};

/// The longest line (attach, Appendix A).
pub(super) const LONGEST: usize = 16 << 20;
/// How many lines are read ahead.
const AHEAD: usize = 1;

/// A line that was read.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    Text(Vec<u8>),
    TooLong,
}

/// Reads stdin on a thread of its own, which nobody waits for in the end.
pub(super) fn read() -> Result<mpsc::Receiver<Line>> {
    let (sender, lines) = mpsc::channel(AHEAD);
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            let result = read_all(io::stdin().lock(), LONGEST, |line| {
                sender.blocking_send(line).is_ok()
            });
            if let Err(error) = result {
                // To the client, that is the same as its end.
                tracing::error!(%error, "stdin cannot be read any further");
            }
        })
        .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))?;
    Ok(lines)
}

/// Reads lines to the end, or until nobody takes them. What only white space is on is no line.
fn read_all(
    mut stdin: impl BufRead,
    longest: usize,
    mut take: impl FnMut(Line) -> bool,
) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        let length = (&mut stdin)
            .take(longest as u64 + 1)
            .read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(());
        }
        let read = if length > longest && !line.ends_with(b"\n") {
            stdin.skip_until(b'\n')?;
            Line::TooLong
        } else if line.trim_ascii().is_empty() {
            continue;
        } else {
            Line::Text(line)
        };
        if !take(read) {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, longest: usize) -> Vec<Line> {
        let mut read = Vec::new();
        read_all(text.as_bytes(), longest, |line| {
            read.push(line);
            true
        })
        .unwrap();
        read
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_the_next_one_read() {
        let text = |text: &str| Line::Text(text.as_bytes().to_vec());
        assert_eq!(
            lines("abcd\n\n  \nabcde\nab\r\nab", 4),
            [text("abcd\n"), Line::TooLong, text("ab\r\n"), text("ab")]
        );
    }
}
