//! One message to the server, and the one that comes back.

use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde_json::Value;
use tokio::time::{Duration, Instant, timeout};

use super::answer::{JSON, NDJSON};
use super::link::Link;
use super::pool::Sender;
use crate::error::ExecuteErrorCode;
use crate::message::ExecuteError;

/// Most that is read of an error.
const ERROR_BYTES: usize = 4096;
/// Most of what the server says of it that is passed on, in characters.
const ERROR_CHARS: usize = 300;
/// How long it may take to come.
const ERROR_TIME: Duration = Duration::from_secs(1);

/// Why a request of an [`HttpChannel`](super::HttpChannel) has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpFailure {
    /// There was no connection: nothing has run.
    Unreachable(String),
    /// The connection was lost, or ended without a line: the command may have run.
    Lost(String),
    /// Another status than success, and what the server said to it.
    Status(u16, Option<String>),
    /// What came, with this status, is no answer to what was asked.
    Unusable(u16, &'static str),
    /// Nothing came in the time there was: the command may have run.
    TimedOut,
}

impl HttpFailure {
    pub(super) fn lost(error: impl ToString) -> Self {
        Self::Lost(error.to_string())
    }

    /// Returns what the caller of a command is told.
    pub(super) fn to_error(&self) -> ExecuteError {
        let code = match self {
            Self::Unreachable(_) | Self::Lost(_) => ExecuteErrorCode::ChannelDisconnected,
            Self::TimedOut => ExecuteErrorCode::Timeout,
            // The server has understood everything but the request.
            Self::Status(400, _) => ExecuteErrorCode::InvalidRequest,
            Self::Status(..) | Self::Unusable(..) => ExecuteErrorCode::InternalError,
        };
        ExecuteError::new(code, self.to_string())
    }
}

impl std::error::Error for HttpFailure {}

impl std::fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "the server cannot be reached: {error}"),
            Self::Lost(error) => write!(f, "no answer came: {error}"),
            Self::Status(status, None) => write!(f, "the server answered with status {status}"),
            Self::Status(status, Some(said)) => {
                write!(f, "the server answered with status {status}: {said}")
            }
            Self::Unusable(status, why) => {
                write!(
                    f,
                    "the server's answer (status {status}) cannot be used: {why}"
                )
            }
            Self::TimedOut => f.write_str("request timed out"),
        }
    }
}

/// What came back of a request of an [`HttpChannel`](super::HttpChannel), not looked into yet.
pub struct HttpAnswer {
    pub(super) status: u16,
    pub(super) line: Bytes,
    rest: Incoming,
    sender: Sender,
}

impl HttpAnswer {
    /// Reads the end of the answer, if it comes soon, so that the connection can be used again.
    pub(super) async fn finish(mut self, link: &Link) {
        let end = async {
            // What follows the line is of no interest, and should be nothing.
            for _ in 0..16 {
                match self.rest.frame().await {
                    None => return self.sender.ready().await.is_ok(),
                    Some(Ok(_)) => {}
                    Some(Err(_)) => return false,
                }
            }
            false
        };
        if let Ok(true) = timeout(Duration::from_secs(1), end).await {
            link.pool.give_back(self.sender);
        }
    }
}

impl std::fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("bytes", &self.line.len())
            .finish_non_exhaustive()
    }
}

/// Posts a message and reads the first line of the answer.
pub(super) async fn post(
    link: &Link,
    message: Bytes,
    most: usize,
    deadline: Option<Instant>,
) -> Result<HttpAnswer, HttpFailure> {
    let mut request = Request::new(Full::new(message));
    *request.method_mut() = hyper::Method::POST;
    *request.uri_mut() = link.path.clone();
    let headers = request.headers_mut();
    headers.insert(HOST, link.host.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    headers.insert(ACCEPT, HeaderValue::from_static(NDJSON));
    link.edit(headers);
    let (answer, sender) = link.pool.send(request).await?;
    let status = answer.status();
    if !status.is_success() {
        // The status alone says more than that the time was up.
        let left = deadline.map_or(ERROR_TIME, |deadline| deadline - Instant::now());
        let said = timeout(ERROR_TIME.min(left / 2), said(answer)).await;
        let said = said.unwrap_or_default();
        return Err(HttpFailure::Status(status.as_u16(), said));
    }
    let mut rest = answer.into_body();
    let line = first_line(&mut rest, most, status).await?;
    Ok(HttpAnswer {
        status: status.as_u16(),
        line,
        rest,
        sender,
    })
}

/// Returns what an error says.
async fn said(answer: Response<Incoming>) -> Option<String> {
    let body = Limited::new(answer.into_body(), ERROR_BYTES);
    let body = body.collect().await.ok()?.to_bytes();
    let said: Value = serde_json::from_slice(&body).ok()?;
    let text = said.get("error")?.as_str()?;
    Some(text.chars().take(ERROR_CHARS).collect())
}

/// Reads until the first line that is not empty. The last one may do without a newline.
async fn first_line<B>(body: &mut B, most: usize, status: StatusCode) -> Result<Bytes, HttpFailure>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let mut text = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(HttpFailure::lost)?;
        let Ok(mut chunk) = frame.into_data() else {
            continue;
        };
        while chunk.has_remaining() {
            let end = memchr::memchr(b'\n', &chunk);
            let piece = chunk.split_to(end.unwrap_or(chunk.len()));
            if text.len() + piece.len() > most {
                return Err(HttpFailure::Unusable(status.as_u16(), "it is too long"));
            }
            text.extend_from_slice(&piece);
            if end.is_some() {
                chunk.advance(1);
                if !is_empty(&text) {
                    return Ok(Bytes::from(text));
                }
                text.clear();
            }
        }
    }
    if is_empty(&text) {
        return Err(HttpFailure::lost("the answer is empty"));
    }
    Ok(Bytes::from(text))
}

fn is_empty(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, stream};
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;

    fn line(chunks: &[&'static str]) -> Result<String, String> {
        let frames: Vec<_> = chunks
            .iter()
            .map(|chunk| Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(chunk.as_bytes()))))
            .collect();
        let mut body = StreamBody::new(stream::iter(frames));
        first_line(&mut body, 10, StatusCode::OK)
            .now_or_never()
            .unwrap()
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_first_line_that_is_not_empty_is_the_answer() {
        for (chunks, wanted) in [
            (&["abc\n"][..], "abc"),
            (&["a", "b", "c"], "abc"),
            (&["\n", " \r\n", "abc\ndef\n"], "abc"),
            (&["\nab", "c\n"], "abc"),
            (&["0123456789\n0123456789"], "0123456789"),
        ] {
            assert_eq!(line(chunks).as_deref(), Ok(wanted), "{chunks:?}");
        }
        for (chunks, said) in [
            (&[][..], "empty"),
            (&["\n\n", "  "], "empty"),
            (&["01234", "567890"], "too long"),
        ] {
            assert!(line(chunks).unwrap_err().contains(said), "{chunks:?}");
        }
    }
}
