//! Requests to one broker, over one connection that is kept.

use std::time::Duration;

use bytes::Bytes;
use cmdbus_broker::discovery::Discovery;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Problem, Request};

/// The broker holds a request for 25 s at most (protocol §6.5), and answers all others long before.
const ANSWER: Duration = Duration::from_secs(40);
/// A page of the inbox has 8 MiB of content, each byte of which may be written in six.
const LONGEST_ANSWER: usize = 64 << 20;

/// A broker that was found, and the connection to it. Requests are carried one at a time.
pub(in crate::commands) struct Http {
    broker: Discovery,
    connection: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Http {
    pub(in crate::commands) fn new(broker: Discovery) -> Self {
        Self {
            broker,
            connection: Mutex::new(None),
        }
    }

    /// Asks once.
    pub(in crate::commands) async fn ask(&self, request: &Request) -> Result<Value, Problem> {
        let written = self.write(request)?;
        let mut connection = self.connection.lock().await;
        let answered = timeout(ANSWER, self.exchange(&mut connection, written)).await;
        let answer = answered.unwrap_or_else(|_| Err(lost("it does not answer")));
        if matches!(answer, Err(Problem::Lost(_))) {
            *connection = None;
        }
        answer
    }

    fn write(&self, request: &Request) -> Result<hyper::Request<Full<Bytes>>, Problem> {
        let body = match &request.body {
            Some(body) => Bytes::from(body.to_string()),
            None => Bytes::new(),
        };
        let mut written = hyper::Request::builder()
            .method(request.method.clone())
            .uri(&request.path)
            .header(HOST, address(&self.broker))
            .header(AUTHORIZATION, bearer(&self.broker))
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in &request.headers {
            // What people type may be no header.
            let value = HeaderValue::from_str(value).map_err(|_| Problem::Refused {
                status: 422,
                code: "invalid_request".to_owned(),
                message: format!("`{name}` cannot hold what it is to say"),
            })?;
            written = written.header(HeaderName::from_static(name), value);
        }
        written.body(Full::new(body)).map_err(lost)
    }

    async fn exchange(
        &self,
        connection: &mut Option<SendRequest<Full<Bytes>>>,
        request: hyper::Request<Full<Bytes>>,
    ) -> Result<Value, Problem> {
        if let Some(open) = connection
            && open.ready().await.is_err()
        {
            *connection = None;
        }
        let open = match connection {
            Some(open) => open,
            None => connection.insert(self.connect().await?),
        };
        let answer = open.send_request(request).await.map_err(lost)?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LONGEST_ANSWER);
        let body = body.collect().await.map_err(lost)?.to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status.is_success() {
            Ok(body)
        } else {
            Err(Problem::refused(status.as_u16(), &body))
        }
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Problem> {
        let stream = TcpStream::connect(address(&self.broker))
            .await
            .map_err(lost)?;
        // Requests are small, and each waits for its answer.
        let _ = stream.set_nodelay(true);
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
        tokio::spawn(async move {
            // Whoever asks learns of it by the request that fails.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection to the broker ended");
            }
        });
        Ok(sender)
    }

    /// Returns the broker that is asked.
    pub(in crate::commands) fn broker(&self) -> &Discovery {
        &self.broker
    }
}

/// Returns where a broker listens, which is on this machine: whoever found it has looked.
pub(super) fn address(broker: &Discovery) -> &str {
    broker
        .ipc_url
        .strip_prefix("http://")
        .unwrap_or(&broker.ipc_url)
}

/// Returns what a broker asks of those who come.
pub(super) fn bearer(broker: &Discovery) -> String {
    format!("Bearer {}", broker.bearer_token)
}

fn lost(error: impl ToString) -> Problem {
    Problem::Lost(error.to_string())
}
