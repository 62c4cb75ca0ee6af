//! One request to the broker, for what the BrokerClient has no method for.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::support::PATIENCE;

/// Sends a request on a connection of its own. Returns the status and the body: `null` if there is none, or if the
/// answer is an upgrade, which is given up at once.
pub(crate) fn request(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> std::io::Result<(u16, Value)> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n");
    if !headers.iter().any(|(name, _)| *name == "connection") {
        head += "connection: close\r\n";
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(head.as_bytes())?;
    read_answer(&mut stream)
}

fn read_answer(stream: &mut TcpStream) -> std::io::Result<(u16, Value)> {
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&answer);
        if text.starts_with("HTTP/1.1 101") {
            return Ok((101, Value::Null));
        }
        let length = stream.read(&mut chunk)?;
        if length == 0 {
            let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
            let status = head
                .get(9..12)
                .and_then(|status| status.parse().ok())
                .ok_or(std::io::ErrorKind::UnexpectedEof)?;
            return Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)));
        }
        answer.extend_from_slice(&chunk[..length]);
    }
}
