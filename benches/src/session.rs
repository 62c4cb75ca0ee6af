//! A client of the broker as a process has one: a stream, and endpoints on it.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::Result;
use crate::daemon::Access;
use crate::http::Client;

/// An open stream of this process. Dropped, it is closed.
pub struct Session {
    access: Access,
    name: String,
    reading: JoinHandle<()>,
}

impl Session {
    /// Opens a stream with a name among those of this process. What is pushed is confirmed at once, and then
    /// given to `pushed`.
    pub async fn open(
        access: &Access,
        name: &str,
        pushed: impl FnMut(&str) + Send + 'static,
    ) -> Result<Self> {
        let mut request = format!("ws://{}/v1/stream", access.address).into_client_request()?;
        let headers = request.headers_mut();
        let authorization = format!("Bearer {}", access.token);
        headers.insert("authorization", authorization.parse()?);
        headers.insert("x-plugin-pid", std::process::id().into());
        headers.insert("x-masons-ipc-capabilities", "push_receipt_ack_v1".parse()?);
        headers.insert("x-cmdbus-channel", name.parse()?);
        let socket = TcpStream::connect(&access.address).await?;
        socket.set_nodelay(true)?;
        let (stream, _) = tokio_tungstenite::client_async(request, socket).await?;
        Ok(Self {
            access: access.clone(),
            name: name.to_owned(),
            reading: tokio::spawn(read(stream, pushed)),
        })
    }

    /// Registers an endpoint and returns its id.
    pub async fn register(&self, agent: &str) -> Result<String> {
        let mut client = Client::connect(&self.access).await?;
        let pid = std::process::id();
        let headers = format!("x-plugin-pid: {pid}\r\nx-cmdbus-channel: {}\r\n", self.name);
        let body = json!({"agent_id": agent, "plugin_pid": pid, "kind": "bench"}).to_string();
        let registered = client
            .json("POST", "/v1/endpoint/register", &headers, &body)
            .await?;
        let id = registered["endpoint_id"].as_str().ok_or("no endpoint id")?;
        Ok(id.to_owned())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Reads a stream to its end. Pings are answered while reading.
async fn read(mut stream: WebSocketStream<TcpStream>, mut pushed: impl FnMut(&str)) {
    while let Some(Ok(message)) = stream.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let Some(push) = member(&text, "push_id") else {
            continue;
        };
        let receipt = format!("{{\"event\":\"push_ack\",\"push_id\":\"{push}\"}}");
        if stream.send(Message::text(receipt)).await.is_err() {
            return;
        }
        pushed(&text);
    }
}

/// Returns a member of a frame that is a string without escapes.
pub fn member<'a>(frame: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = frame.split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next()
}
