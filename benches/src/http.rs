//! A client of HTTP/1.1 that does little: requests are made beforehand, and of an answer it reads the status,
//! the length and the body.

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
}

impl Client {
    pub async fn connect(access: &Access) -> Result<Self> {
        let socket = TcpStream::connect(&access.address).await?;
        socket.set_nodelay(true)?;
        Ok(Self {
            access: access.clone(),
            socket,
            read: Vec::with_capacity(4096),
        })
    }

    /// Writes a request and reads its answer. Fails unless that is 200.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.socket.write_all(request).await?;
        self.read.clear();
        let (head, length) = loop {
            if let Some(found) = head(&self.read) {
                break found;
            }
            self.fill().await?;
        };
        while self.read.len() < head + length {
            self.fill().await?;
        }
        let body = &self.read[head..head + length];
        if self.read.get(9..12) == Some(b"200") {
            Ok(body)
        } else {
            Err(String::from_utf8_lossy(&self.read).into_owned().into())
        }
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
        Ok(serde_json::from_slice(self.exchange(&request).await?)?)
    }

    async fn fill(&mut self) -> Result {
        if self.socket.read_buf(&mut self.read).await? == 0 {
            return Err("the broker closed the connection".into());
        }
        Ok(())
    }
}

/// Returns where the header ends, and the length of the body.
fn head(bytes: &[u8]) -> Option<(usize, usize)> {
    const LENGTH: &[u8] = b"content-length: ";
    let end = position(bytes, b"\r\n\r\n")?;
    let at = position(&bytes[..end], LENGTH)? + LENGTH.len();
    let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    Some((end + 4, length))
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}
