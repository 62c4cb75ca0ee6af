//! The listeners of the gateway: that of this machine, and the public one for others, with TLS (attach §4.14).

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config;
use crate::exit::{Error, Result};

/// Most connections at once from other machines, and from this one. Whoever comes then is turned away at once.
const CONNECTIONS: usize = 4096;
const OWN_CONNECTIONS: usize = 65_536;
/// How long TLS may take to be agreed on.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a connection may stand idle, and a request may take to say what it is.
const HEADERS: Duration = Duration::from_secs(75);

/// A listener, usually one that other machines reach.
pub(super) struct Public {
    listener: TcpListener,
    connections: usize,
    /// `None`: somebody has said loudly that plain text will do.
    tls: Option<TlsAcceptor>,
}

impl Public {
    /// Listens as configured; `None` if nothing is.
    pub(super) async fn bind(own: &config::Gateway) -> Result<Option<Self>> {
        let Some(address) = own.public_listen else {
            return Ok(None);
        };
        let tls = match (&own.tls_cert, &own.tls_key) {
            (Some(cert), Some(key)) => Some(acceptor(cert, key)?),
            _ => None,
        };
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Error::failure(format!(
                "cannot listen at `{address}` (`gateway.public_listen` in the configuration): {error}"
            ))
        })?;
        if tls.is_none() {
            tracing::warn!(
                %address,
                "the public listener speaks without TLS (`gateway.allow_plaintext`): whoever is on the way can read tokens and calls"
            );
        }
        Ok(Some(Self {
            listener,
            connections: CONNECTIONS,
            tls,
        }))
    }

    /// Makes one of the listener that only this machine reaches. Its connections are bounded in the same ways: a program that says
    /// its request byte by byte, or never, is not waited for.
    pub(super) fn own(listener: TcpListener) -> Self {
        Self {
            listener,
            connections: OWN_CONNECTIONS,
            tls: None,
        }
    }

    /// Returns where it listens.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Takes connections until it is told to stop; those that are open end by themselves then.
    pub(super) async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(self.connections));
        let refused = AtomicU64::new(0);
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = told_to(&mut stop) => return,
            };
            let socket = match accepted {
                Ok((socket, _)) => socket,
                Err(error) => {
                    tracing::error!(%error, "cannot accept a connection");
                    // Usually for want of descriptors, of which some come free.
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Ok(place) = places.clone().try_acquire_owned() else {
                let refused = refused.fetch_add(1, Ordering::Relaxed) + 1;
                if refused.is_power_of_two() {
                    tracing::warn!(
                        refused,
                        "too many connections to the gateway; one is refused"
                    );
                }
                continue;
            };
            let (tls, router, stop) = (self.tls.clone(), router.clone(), stop.clone());
            tokio::spawn(async move {
                connection(socket, tls, router, stop).await;
                drop(place);
            });
        }
    }
}

/// Serves one connection. What goes wrong with it is nobody else's matter.
async fn connection(
    socket: TcpStream,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    // Events are small, and somebody waits for them.
    let _ = socket.set_nodelay(true);
    let Some(tls) = tls else {
        return http(socket, router, stop).await;
    };
    match timeout(HANDSHAKE, tls.accept(socket)).await {
        Ok(Ok(socket)) => http(socket, router, stop).await,
        Ok(Err(error)) => tracing::debug!(%error, "no TLS with whoever came"),
        Err(_) => tracing::debug!("no TLS in time with whoever came"),
    }
}

/// Serves HTTP to whoever is at the other end, however slow or wrong.
pub(super) async fn http<S>(socket: S, router: Router, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router))
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = told_to(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the gateway ended");
    }
}

/// Waits until somebody says stop. Cancel safe.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    // Whoever would say it is gone: that is the end as well.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Reads certificate and key.
fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor> {
    let unreadable = |name: &str, path: &Path, error: &dyn std::fmt::Display| {
        let path = path.display();
        Error::usage(format!("cannot use `{path}` (`gateway.{name}`): {error}"))
    };
    let read = |name: &str, path: &Path| -> Result<Vec<u8>> {
        std::fs::read(path).map_err(|error: io::Error| unreadable(name, path, &error))
    };
    let chain = CertificateDer::pem_slice_iter(&read("tls_cert", cert)?)
        .collect::<std::result::Result<Vec<_>, _>>()
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| unreadable("tls_cert", cert, &"it holds no certificate in PEM form"))?;
    let secret = PrivateKeyDer::from_pem_slice(&read("tls_key", key)?)
        .map_err(|_| unreadable("tls_key", key, &"it holds no private key in PEM form"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain, secret)
        })
        .map_err(|error| {
            unreadable(
                "tls_key",
                key,
                &format!("it does not go with the certificate ({error})"),
            )
        })?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_certificate_and_key_is_said_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let (missing, empty) = (folder.path().join("no"), folder.path().join("empty"));
        std::fs::write(&empty, "").unwrap();
        let said = |cert: &Path, key: &Path| match acceptor(cert, key) {
            Ok(_) => panic!("it is not to be used"),
            Err(error) => error.message().to_owned(),
        };
        let text = said(&missing, &empty);
        assert!(
            text.contains("`gateway.tls_cert`") && text.contains("No such file"),
            "{text}"
        );
        let text = said(&empty, &empty);
        assert!(text.contains("no certificate in PEM form"), "{text}");
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (cert, key) = (folder.path().join("cert"), folder.path().join("key"));
        std::fs::write(&cert, made.cert.pem()).unwrap();
        let text = said(&cert, &empty);
        assert!(text.contains("no private key in PEM form"), "{text}");
        std::fs::write(&key, other.signing_key.serialize_pem()).unwrap();
        let text = said(&cert, &key);
        assert!(text.contains("does not go with the certificate"), "{text}");
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        assert!(acceptor(&cert, &key).is_ok());
    }
}
