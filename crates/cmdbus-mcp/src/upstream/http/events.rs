//! Server-sent events, read one by one.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use reqwest::Response;
use reqwest::header::HeaderValue;
use sse_stream::{Sse, SseByteStream};

use super::client::cause;

/// One event.
#[derive(Debug)]
pub(super) struct Event {
    /// Where a broken stream is taken up again. `None`: this event brings none.
    pub(super) id: Option<HeaderValue>,
    /// How long to wait before that.
    pub(super) retry: Option<Duration>,
    /// The message. Empty for events that only carry an id.
    pub(super) data: String,
}

/// Why a stream of events has ended other than in order.
#[derive(Debug, thiserror::Error)]
pub(super) enum EventsError {
    /// An event is longer than we take.
    #[error("an event is too long")]
    TooLarge,
    /// The connection, the compression or the encoding broke.
    #[error("{0}")]
    Broken(String),
}

type Parsed = dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send;

/// The events of one response.
pub(super) struct Events(Pin<Box<Parsed>>);

impl Events {
    /// Reads the body of a response as events of at most `limit` bytes.
    pub(super) fn of(response: Response, limit: usize) -> Self {
        let mut guard = Guard::new(limit);
        let bytes = response.bytes_stream().map(move |chunk| match chunk {
            Ok(chunk) if guard.admits(&chunk) => Ok(chunk),
            Ok(_) => Err(EventsError::TooLarge),
            Err(error) => Err(EventsError::Broken(cause(&error))),
        });
        Self::parse(bytes)
    }

    fn parse(bytes: impl Stream<Item = Result<Bytes, EventsError>> + Send + 'static) -> Self {
        Self(Box::pin(SseByteStream::new(Box::pin(bytes))))
    }

    /// Returns the next event, or `None` at the end. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, EventsError> {
        let sse = match self.0.next().await {
            None => return Ok(None),
            Some(Ok(sse)) => sse,
            Some(Err(error)) => return Err(unwrapped(error)),
        };
        // Only events of the default type are messages of MCP; what else there may be is not for us.
        let kind = sse.event.as_deref().unwrap_or_default();
        let ours = matches!(kind, "" | "message");
        Ok(Some(Event {
            id: sse
                .id
                .filter(|id| !id.is_empty())
                .and_then(|id| HeaderValue::try_from(id).ok()),
            retry: sse.retry.map(Duration::from_millis),
            data: sse.data.filter(|_| ours).unwrap_or_default(),
        }))
    }
}

fn unwrapped(error: sse_stream::Error) -> EventsError {
    match error {
        sse_stream::Error::Body(inner) => match inner.downcast::<EventsError>() {
            Ok(ours) => *ours,
            Err(other) => EventsError::Broken(other.to_string()),
        },
        other => EventsError::Broken(other.to_string()),
    }
}

/// Counts what a parser has to hold of an event that has not ended: the parser itself knows no limit.
struct Guard {
    limit: usize,
    held: usize,
    line: Line,
    after_cr: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Line {
    Empty,
    Comment,
    Field,
}

impl Guard {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            held: 0,
            line: Line::Empty,
            after_cr: false,
        }
    }

    /// Returns whether the event that these bytes continue stays within the limit.
    fn admits(&mut self, bytes: &[u8]) -> bool {
        for &byte in bytes {
            // A line ends with LF, CR, or both.
            let second_half = byte == b'\n' && self.after_cr;
            self.after_cr = byte == b'\r';
            if second_half {
                continue;
            }
            match (byte, self.line) {
                (b'\r' | b'\n', Line::Empty) => self.held = 0,
                (b'\r' | b'\n', _) => self.line = Line::Empty,
                (b':', Line::Empty) => self.line = Line::Comment,
                (_, Line::Comment) => {}
                _ => {
                    self.line = Line::Field;
                    self.held += 1;
                }
            }
            if self.held > self.limit {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use futures_util::stream;

    use super::*;

    fn admits(limit: usize, chunks: &[&str]) -> bool {
        let mut guard = Guard::new(limit);
        chunks.iter().all(|chunk| guard.admits(chunk.as_bytes()))
    }

    #[test]
    fn an_event_is_counted_until_its_empty_line() {
        assert!(admits(
            8,
            &["data: ab", "\n\n", "data: cd\r\n\r\ndata:", " ef\r\r"]
        ));
        assert!(!admits(7, &["data: ab"]));
        assert!(!admits(12, &["data: ab\n", "data: cd"]));
        // CR and LF in two chunks are one line end, not an empty line.
        assert!(!admits(12, &["data: ab\r", "\ndata: cd"]));
    }

    #[test]
    fn comments_are_not_held() {
        assert!(admits(
            8,
            &[": keep-alive keep-alive\n", ":", " again and again\n\n"]
        ));
    }

    #[tokio::test]
    async fn fields_of_all_forms_are_read() {
        let text = "\u{feff}id: 1\r\nretry: 5\r\ndata:\r\n\r\n: comment\nunknown: x\ndata: a\ndata:b\n\nevent: other\ndata: no\n\ndata: cut";
        let chunks: Vec<_> = text
            .as_bytes()
            .chunks(3)
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .collect();
        let mut events = Events::parse(stream::iter(chunks));
        let first = events.next().await.unwrap().unwrap();
        assert_eq!(first.id.unwrap(), "1");
        assert_eq!(first.retry, Some(Duration::from_millis(5)));
        assert_eq!(first.data, "");
        let second = events.next().await.unwrap().unwrap();
        assert!(second.id.is_none());
        assert_eq!(second.data, "a\nb");
        assert_eq!(events.next().await.unwrap().unwrap().data, "");
        // What no empty line ends has not come whole.
        assert!(events.next().await.unwrap().is_none());
    }
}
