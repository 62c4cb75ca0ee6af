//! Connections to one server, of which some are kept for the next request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use super::exchange::HttpFailure;
use crate::channel::socket::connect_stream;

/// Most connections that are kept without being used.
const IDLE: usize = 32;

pub(super) type Sender = SendRequest<Full<Bytes>>;

pub(super) struct Pool {
    /// `HOST:PORT`
    address: String,
    idle: Mutex<Vec<Sender>>,
}

impl Pool {
    pub(super) fn new(address: String) -> Self {
        Self {
            address,
            idle: Mutex::default(),
        }
    }

    /// Sends a request, on a connection that was kept or on a new one. The connection comes back with the answer.
    pub(super) async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, Sender), HttpFailure> {
        // One that was kept may have been closed by the other side. It says whether the request went out; one that did is not
        // sent again, for it may have been heard.
        while let Some(mut kept) = self.take() {
            if kept.is_closed() || !kept.is_ready() {
                continue;
            }
            match kept.try_send_request(request).await {
                Ok(answer) => return Ok((answer, kept)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(HttpFailure::lost(error.into_error())),
                },
            }
        }
        let stream = connect_stream(&self.address)
            .await
            .map_err(|error| HttpFailure::Unreachable(error.to_string()))?;
        let (mut fresh, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(HttpFailure::lost)?;
        tokio::spawn(async move {
            // Whoever asks learns of it by the request that fails.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "an HTTP connection ended");
            }
        });
        let answer = fresh
            .send_request(request)
            .await
            .map_err(HttpFailure::lost)?;
        Ok((answer, fresh))
    }

    /// Keeps a connection whose answer has been read to the end.
    pub(super) fn give_back(&self, sender: Sender) {
        let mut idle = self.lock();
        if idle.len() < IDLE && !sender.is_closed() {
            idle.push(sender);
        }
    }

    pub(super) fn clear(&self) {
        let idle = std::mem::take(&mut *self.lock());
        drop(idle);
    }

    fn take(&self) -> Option<Sender> {
        // The one that was used last is the least likely to have been closed.
        self.lock().pop()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Sender>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
