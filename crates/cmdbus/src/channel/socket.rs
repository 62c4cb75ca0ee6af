//! TCP streams: how they are connected and set up, for `tcp` and `websocket`.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::ChannelError;

/// How long connecting may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long a closing side reads on, so that the last it wrote arrives.
#[cfg(any(feature = "tcp", feature = "websocket"))]
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// Connects and sets what every stream of ours is set to.
pub(crate) async fn connect_stream(address: &str) -> Result<TcpStream, ChannelError> {
    let stream = timeout(CONNECT_LIMIT, TcpStream::connect(address))
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
        .map_err(|error| ChannelError::Other(format!("cannot connect to `{address}`: {error}")))?;
    tune(&stream);
    Ok(stream)
}

/// Sends small messages at once, and notices a peer whose machine is gone. Neither is worth losing the
/// connection over.
pub(crate) fn tune(stream: &TcpStream) {
    let keep_alive = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(60))
        .with_interval(Duration::from_secs(10));
    let set = stream
        .set_nodelay(true)
        .and_then(|()| socket2::SockRef::from(stream).set_tcp_keepalive(&keep_alive));
    if let Err(error) = set {
        tracing::debug!(%error, "cannot set the options of a socket");
    }
}
