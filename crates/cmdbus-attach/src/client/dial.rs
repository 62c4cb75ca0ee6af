//! From an address to a WebSocket (attach §3.1).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use cmdbus_mcp::tls;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::{
    AUTHORIZATION, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL, USER_AGENT,
};
use tokio_tungstenite::tungstenite::http::{HeaderValue, Response};
use tokio_tungstenite::tungstenite::{Error as WsError, error::ProtocolError};

use super::{Address, ClientError};
use crate::frame::SUBPROTOCOL;
use crate::link::{Settings, Wire};

/// Longest time to connect, TLS and upgrade included (attach §5).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) type Socket = WebSocketStream<Wire<Stream>>;

/// Why there is no WebSocket.
#[derive(Debug)]
pub(super) enum NotDialled {
    /// The gateway is not there, or not now.
    Unreachable(String),
    /// It answered with another status.
    Status {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// It is no use to try again.
    Never(ClientError),
}

/// Dials one address.
pub(super) struct Dialler {
    address: Address,
    tls: Option<TlsConnector>,
    max_message: usize,
}

impl Dialler {
    /// Makes a dialler. Blocks while it reads the certificates of the system, if it has to.
    pub(super) fn new(
        address: Address,
        extra_roots: &[u8],
        max_message: usize,
    ) -> Result<Self, ClientError> {
        let roots: Vec<CertificateDer<'static>> = if extra_roots.is_empty() {
            Vec::new()
        } else {
            tls::roots(extra_roots).map_err(|error| ClientError::Tls(error.to_string()))?
        };
        tls::name_unused_proxies();
        let connector = if address.tls() {
            let config = tls::client_config(true, &roots).map_err(ClientError::Tls)?;
            Some(TlsConnector::from(Arc::new(config)))
        } else {
            None
        };
        Ok(Self {
            address,
            tls: connector,
            max_message,
        })
    }

    /// Opens a WebSocket. Cancel safe: dropped, it leaves nothing behind.
    pub(super) async fn dial(&self, token: Option<&str>) -> Result<Socket, NotDialled> {
        timeout(CONNECT_TIMEOUT, self.open(token))
            .await
            .unwrap_or_else(|_| {
                Err(NotDialled::Unreachable(format!(
                    "no connection to `{}` within {} s",
                    self.address,
                    CONNECT_TIMEOUT.as_secs()
                )))
            })
    }

    async fn open(&self, token: Option<&str>) -> Result<Socket, NotDialled> {
        let stream = self.connect().await.map_err(|error| {
            NotDialled::Unreachable(format!("cannot connect to `{}`: {error}", self.address))
        })?;
        let mut request = self
            .address
            .socket()
            .into_client_request()
            .map_err(|error| NotDialled::Never(ClientError::Protocol(error.to_string())))?;
        let headers = request.headers_mut();
        headers.insert(
            SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(SUBPROTOCOL),
        );
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("cmdbus/", env!("CARGO_PKG_VERSION"))),
        );
        if let Some(token) = token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))
                .map_err(|_| NotDialled::Never(ClientError::Unauthorized))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let config = Settings::websocket(self.max_message);
        let upgraded =
            tokio_tungstenite::client_async_with_config(request, Wire::new(stream), Some(config));
        match upgraded.await {
            Ok((socket, _)) => Ok(socket),
            Err(WsError::Http(response)) => Err(refused(&response)),
            // It is a web server, but knows nothing of our protocol.
            Err(WsError::Protocol(
                ProtocolError::SecWebSocketSubProtocolError(_) | ProtocolError::WrongHttpMethod,
            )) => Err(NotDialled::Never(ClientError::Protocol(
                "it does not know the subprotocol".to_owned(),
            ))),
            Err(error) => Err(NotDialled::Unreachable(format!(
                "`{}` does not answer as a gateway: {error}",
                self.address
            ))),
        }
    }

    async fn connect(&self) -> io::Result<Stream> {
        let host = self.address.host();
        let tcp = TcpStream::connect((host, self.address.port())).await?;
        // A frame is a whole thing to the other side: it must not wait for the next one.
        tcp.set_nodelay(true)?;
        let Some(tls) = &self.tls else {
            return Ok(Stream::Plain(tcp));
        };
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Stream::Tls(Box::new(tls.connect(name, tcp).await?)))
    }
}

fn refused<B>(response: &Response<B>) -> NotDialled {
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse().ok())
        .map(Duration::from_secs);
    NotDialled::Status {
        status: response.status().as_u16(),
        retry_after,
    }
}

/// A connection with TLS or without.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
