//! A client of HTTP/1.1 that does little: requests are made beforehand, and of an answer it reads the status,
//! where the body ends, and the body.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Result;
use crate::daemon::Access;

/// Returns the bytes of a request. `headers` are further lines, each with its end.
pub fn request(access: &Access, method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let (address, token) = (&access.address, &access.token);
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n{headers}\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A connection that is kept.
pub struct Client {
    access: Access,
    socket: TcpStream,
    read: Vec<u8>,
    /// Bytes of the last answer in front of its body.
    head: usize,
}

/// How the end of a body is found.
#[derive(Clone, Copy)]
enum Body {
    Length(usize),
    Chunked,
}

impl Client {
    pub async fn connect(access: &Access) -> Result<Self> {
        let socket = TcpStream::connect(&access.address).await?;
        socket.set_nodelay(true)?;
        Ok(Self {
            access: access.clone(),
            socket,
            read: Vec::with_capacity(4096),
            head: 0,
        })
    }

    /// Returns another connection to the same place.
    pub async fn again(&self) -> Result<Self> {
        Self::connect(&self.access).await
    }

    /// Writes a request and reads its answer, to the end. Fails unless that is a good one. A body that came in
    /// chunks still has their lengths in it.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.socket.write_all(request).await?;
        self.read.clear();
        let (head, body) = loop {
            if let Some(found) = head(&self.read) {
                break found;
            }
            self.fill().await?;
        };
        self.head = head;
        let end = loop {
            let end = match body {
                Body::Length(length) => Some(length),
                Body::Chunked => end_of_chunks(&self.read[head..]),
            };
            match end {
                Some(end) if head + end <= self.read.len() => break head + end,
                _ => self.fill().await?,
            }
        };
        // `HTTP/1.1 2..`
        if self.read.get(9) == Some(&b'2') {
            Ok(&self.read[head..end])
        } else {
            Err(String::from_utf8_lossy(&self.read).into_owned().into())
        }
    }

    /// Returns a header of the last answer, which the server writes in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = std::str::from_utf8(&self.read[..self.head]).ok()?;
        head.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Asks and parses the answer.
    pub async fn json(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<Value> {
        let request = request(&self.access, method, path, headers, body);
        let answer = self.exchange(&request).await?;
        // In chunks, lengths stand around it.
        let begin = answer.iter().position(|byte| b"{[".contains(byte));
        let end = answer.iter().rposition(|byte| b"}]".contains(byte));
        let (begin, end) = begin.zip(end).ok_or("an answer is no JSON")?;
        Ok(serde_json::from_slice(&answer[begin..=end])?)
    }

    async fn fill(&mut self) -> Result {
        if self.socket.read_buf(&mut self.read).await? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(())
    }
}

/// Returns where the header ends, and where the body does.
fn head(bytes: &[u8]) -> Option<(usize, Body)> {
    let end = position(bytes, b"\r\n\r\n")?;
    let head = &bytes[..end];
    // Some servers write names as in books.
    let body = body(head).or_else(|| body(&head.to_ascii_lowercase()))?;
    Some((end + 4, body))
}

fn body(head: &[u8]) -> Option<Body> {
    const LENGTH: &[u8] = b"content-length: ";
    if position(head, b"transfer-encoding: chunked").is_some() {
        return Some(Body::Chunked);
    }
    let at = position(head, LENGTH)? + LENGTH.len();
    let digits = head[at..].iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    Some(Body::Length(length))
}

/// Returns where the last chunk ends, if it is there.
fn end_of_chunks(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = position(bytes.get(at..)?, b"\r\n")?;
        let digits = std::str::from_utf8(&bytes[at..at + line]).ok()?;
        let length = usize::from_str_radix(digits, 16).ok()?;
        at += line + 2 + length + 2;
        if length == 0 {
            return Some(at);
        }
    }
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}
