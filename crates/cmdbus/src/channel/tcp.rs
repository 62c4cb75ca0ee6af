//! TCP, for peers that can use neither a Unix socket nor HTTP.
//!
//! The stream is not encrypted: whoever can read the network can read the token. Listen on loopback, or go
//! through a tunnel.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::time::timeout;

use super::CommandChannel;
use super::auth::{TokenCheck, is_sendable};
use super::limits::ChannelLimits;
use super::line::{LineChannel, LineReader};
use super::socket::{LINGER, connect_stream, tune};
use crate::error::ChannelError;
use crate::message::Message;

/// Longest opening line, in bytes, without its end.
const OPENING_BYTES: usize = 512;
/// How long each side waits for the other's opening line.
const OPENING_LIMIT: Duration = Duration::from_secs(5);
/// Longest token, in bytes: with the rest of the line it stays under [`OPENING_BYTES`].
const TOKEN_BYTES: usize = 500;
const MAGIC: &str = "CMDBUS/1";

/// Who may connect.
#[derive(Clone)]
pub struct TcpAdmission(Option<TokenCheck>);

impl TcpAdmission {
    /// Lets in peers whose opening line holds a token that passes the check.
    pub fn token(check: TokenCheck) -> Self {
        Self(Some(check))
    }

    /// Lets in every process of this machine, without any opening line: for peers that cannot send one. Connections
    /// from elsewhere are refused.
    ///
    /// Any user of the machine, and any program of theirs, can then call every command of the bus.
    pub fn anybody_on_loopback() -> Self {
        Self(None)
    }
}

impl std::fmt::Debug for TcpAdmission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "TcpAdmission::token(..)",
            None => "TcpAdmission::anybody_on_loopback()",
        })
    }
}

/// A connection over TCP: an opening line each way, then one message per line.
///
/// ```no_run
/// # async fn example(registry: cmdbus::CommandRegistry) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use cmdbus::channel::{TcpAdmission, TcpChannel, one_token};
///
/// let admission = TcpAdmission::token(one_token(std::env::var("BUS_TOKEN")?));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:7531").await?;
/// for n in 1.. {
///     let (stream, _) = listener.accept().await?;
///     let channel = TcpChannel::accept(format!("tcp-{n}"), stream, admission.clone());
///     let registry = registry.clone();
///     // The opening is awaited in here: a peer that says nothing holds up nobody else.
///     tokio::spawn(async move {
///         match registry.register_channel(Arc::new(channel)).await {
///             Ok(driver) => driver.await,
///             Err(error) => eprintln!("{error}"),
///         }
///     });
/// }
/// # Ok(()) }
/// ```
///
/// Needs a tokio runtime with I/O and time. Nagle's algorithm is off, keep-alive is on: a peer whose machine is gone is
/// noticed after two and a half minutes.
pub struct TcpChannel {
    lines: LineChannel,
    source: Mutex<Option<Source>>,
}

enum Source {
    Connect {
        address: String,
        token: Option<String>,
    },
    Accept(TcpStream, TcpAdmission),
}

impl TcpChannel {
    /// Makes a channel that connects to `HOST:PORT` when it is started, and shows the token.
    ///
    /// Without a token no opening line is sent, which only a listener that
    /// [asks for none](TcpAdmission::anybody_on_loopback) understands.
    ///
    /// [`start`](CommandChannel::start) then fails if the address cannot be reached within 10 s, or if the listener
    /// does not answer within 5 s, or refuses the token.
    pub fn connect(
        id: impl Into<String>,
        address: impl Into<String>,
        token: Option<String>,
    ) -> Self {
        Self::connect_with(id, address, token, ChannelLimits::default())
    }

    /// As [`connect`](Self::connect), with bounds of your choice.
    pub fn connect_with(
        id: impl Into<String>,
        address: impl Into<String>,
        token: Option<String>,
        limits: ChannelLimits,
    ) -> Self {
        let address = address.into();
        Self::new(id.into(), Source::Connect { address, token }, limits)
    }

    /// Makes a channel from an accepted connection.
    ///
    /// [`start`](CommandChannel::start) then waits up to 5 s for the opening line. If it is late, longer than 512
    /// bytes, something else, or holds a wrong token, the peer is told `CMDBUS/1 denied`, the
    /// connection ends, and `start` fails.
    pub fn accept(id: impl Into<String>, stream: TcpStream, admission: TcpAdmission) -> Self {
        Self::accept_with(id, stream, admission, ChannelLimits::default())
    }

    /// As [`accept`](Self::accept), with bounds of your choice.
    pub fn accept_with(
        id: impl Into<String>,
        stream: TcpStream,
        admission: TcpAdmission,
        limits: ChannelLimits,
    ) -> Self {
        Self::new(id.into(), Source::Accept(stream, admission), limits)
    }

    fn new(id: String, source: Source, limits: ChannelLimits) -> Self {
        Self {
            lines: LineChannel::new(id, limits),
            source: Mutex::new(Some(source)),
        }
    }

    /// Returns how many frames of the peer were not taken, because they are no messages or over a limit.
    pub fn dropped_frames(&self) -> u64 {
        self.lines.dropped_frames()
    }

    async fn open(&self) -> Result<(), ChannelError> {
        let source = self
            .source
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (reader, writer) = match source {
            None => return Err(other("the channel was started before")),
            Some(Source::Connect { address, token }) => connect(&address, token.as_deref()).await?,
            Some(Source::Accept(stream, admission)) => admit(stream, &admission).await?,
        };
        self.lines.attach(reader, Box::new(writer), LINGER).await
    }
}

async fn connect(
    address: &str,
    token: Option<&str>,
) -> Result<(LineReader, OwnedWriteHalf), ChannelError> {
    if token.is_some_and(|token| !is_sendable(token) || token.len() > TOKEN_BYTES) {
        return Err(other(
            "the token cannot be sent; it must be visible ASCII without spaces, at most 500 characters",
        ));
    }
    let stream = connect_stream(address).await?;
    let (reader, mut writer) = split(stream);
    let Some(token) = token else {
        return Ok((reader, writer));
    };
    let mut reader = reader;
    let answer = timeout(OPENING_LIMIT, async {
        writer
            .write_all(format!("{MAGIC} {token}\n").as_bytes())
            .await?;
        reader.opening(OPENING_BYTES).await
    })
    .await;
    let complaint = match answer {
        Ok(Ok(Some(line))) if line == format!("{MAGIC} ok") => return Ok((reader, writer)),
        Ok(Ok(Some(line))) if line == format!("{MAGIC} denied") => {
            "refused the token; check that it is the one of that bus"
        }
        Ok(Ok(None)) => "closed the connection instead of answering the opening",
        Ok(Ok(Some(_))) => "does not speak CMDBUS/1; check the port",
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
            "does not speak CMDBUS/1; check the port"
        }
        Ok(Err(error)) => {
            return Err(other(format!(
                "lost the connection to `{address}`: {error}"
            )));
        }
        Err(_) => "did not answer the opening within 5 s",
    };
    Err(other(format!("`{address}` {complaint}")))
}

async fn admit(
    stream: TcpStream,
    admission: &TcpAdmission,
) -> Result<(LineReader, OwnedWriteHalf), ChannelError> {
    tune(&stream);
    let Some(check) = &admission.0 else {
        let is_near = |address: std::io::Result<SocketAddr>| {
            address.is_ok_and(|address| address.ip().to_canonical().is_loopback())
        };
        if !is_near(stream.peer_addr()) || !is_near(stream.local_addr()) {
            return Err(other(
                "a peer from outside this machine needs a token; refused",
            ));
        }
        return Ok(split(stream));
    };
    let (mut reader, mut writer) = split(stream);
    let complaint = match timeout(OPENING_LIMIT, reader.opening(OPENING_BYTES)).await {
        Ok(Ok(Some(line))) => match token_of(&line) {
            Some(token) if check(token) => None,
            Some(_) => Some("showed a wrong token"),
            None => Some("did not open with `CMDBUS/1 <token>`"),
        },
        Ok(Ok(None)) => Some("left before its opening line"),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
            Some("sent an opening line of more than 512 bytes")
        }
        Ok(Err(error)) => return Err(other(format!("lost the peer before its opening: {error}"))),
        Err(_) => Some("sent no opening line within 5 s"),
    };
    let answer = if complaint.is_none() { "ok" } else { "denied" };
    let answered = timeout(OPENING_LIMIT, async {
        writer
            .write_all(format!("{MAGIC} {answer}\n").as_bytes())
            .await?;
        if complaint.is_some() {
            writer.shutdown().await?;
        }
        Ok::<_, std::io::Error>(())
    })
    .await
    .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
    if let Some(complaint) = complaint {
        // Closed with something unread, the system would take the answer back.
        if answered.is_ok() {
            let _ = timeout(LINGER, reader.discard()).await;
        }
        return Err(other(format!("the peer {complaint}; refused")));
    }
    answered.map_err(|error| other(format!("lost the peer during its opening: {error}")))?;
    Ok((reader, writer))
}

/// Returns the token of an opening line.
fn token_of(line: &[u8]) -> Option<&str> {
    let (magic, token) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    (magic == MAGIC && is_sendable(token)).then_some(token)
}

fn split(stream: TcpStream) -> (LineReader, OwnedWriteHalf) {
    let (reader, writer) = stream.into_split();
    (LineReader::new(Box::new(reader)), writer)
}

fn other(text: impl Into<String>) -> ChannelError {
    ChannelError::Other(text.into())
}

impl CommandChannel for TcpChannel {
    fn id(&self) -> &str {
        self.lines.id()
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        self.open().boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.lines.close().boxed()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        self.lines.send(&message)
    }

    fn frame_limit(&self) -> Option<usize> {
        Some(self.lines.frame_limit())
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.lines.recv().boxed()
    }

    fn try_recv(&self) -> Option<Message> {
        self.lines.try_recv()
    }
}

impl std::fmt::Debug for TcpChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TcpChannel")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_line_is_the_magic_one_space_and_the_token() {
        assert_eq!(token_of(b"CMDBUS/1 abc"), Some("abc"));
        for wrong in [
            &b"CMDBUS/1"[..],
            b"CMDBUS/1 ",
            b"CMDBUS/1  abc",
            b"CMDBUS/1 a b",
            b"cmdbus/1 abc",
            b"CMDBUS/2 abc",
            b"GET / HTTP/1.1",
            b"CMDBUS/1 \xff",
            b"",
        ] {
            assert_eq!(token_of(wrong), None);
        }
    }
}
