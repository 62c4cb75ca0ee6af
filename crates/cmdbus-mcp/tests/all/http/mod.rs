//! The client of Streamable HTTP against a scripted server.

mod answers;
mod asks;
mod headers;
mod limits;
mod probe;
mod server;
mod session;
mod streams;
mod tls;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus_mcp::carry::{Call, Carrier as _, FromServer, Hears};
use cmdbus_mcp::rpc::{Era, Raw, RpcError};
use cmdbus_mcp::upstream::{HttpConfig, HttpConnection};
use serde_json::value::RawValue;
use server::Server;
use tokio::sync::Notify;

/// Keeps what the server said.
#[derive(Clone, Default)]
struct Ear {
    heard: Arc<Mutex<Vec<FromServer>>>,
    more: Arc<Notify>,
}

impl Ear {
    fn hears(&self) -> Hears {
        let ear = self.clone();
        Arc::new(move |message| {
            ear.heard.lock().unwrap().push(message);
            ear.more.notify_one();
        })
    }

    /// Takes the next message out.
    async fn next(&self) -> FromServer {
        loop {
            let more = self.more.notified();
            {
                let mut heard = self.heard.lock().unwrap();
                if !heard.is_empty() {
                    return heard.remove(0);
                }
            }
            within(more).await;
        }
    }

    /// Returns all that was heard: methods with parameters.
    fn all(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().map(shown).collect()
    }
}

fn shown(message: &FromServer) -> String {
    let (method, params) = match message {
        FromServer::Notification { method, params }
        | FromServer::Request { method, params, .. } => (method, params),
    };
    let params = params.as_deref().map_or("", RawValue::get);
    format!("{method} {params}").trim_end().to_owned()
}

/// Fails instead of hanging.
async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("takes too long")
}

fn raw(text: &str) -> Raw {
    RawValue::from_string(text.to_owned()).unwrap()
}

fn connect(server: &Server, era: Era) -> (HttpConnection, Ear) {
    let ear = Ear::default();
    let config = HttpConfig::new(&server.url(), &[]).unwrap();
    (HttpConnection::new(config, era, ear.hears()), ear)
}

/// Returns a connection in whose session calls can be made.
async fn session(server: &Server) -> (HttpConnection, Ear) {
    let (connection, ear) = connect(server, Era::Legacy);
    handshake(&connection).await;
    (connection, ear)
}

async fn handshake(connection: &HttpConnection) {
    let params = r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"0"}}"#;
    call(
        connection,
        Era::Legacy,
        "initialize",
        Some(params),
        &Ear::default(),
    )
    .await
    .unwrap();
    connection.notify("notifications/initialized", None, &[]);
}

async fn call(
    connection: &HttpConnection,
    era: Era,
    method: &str,
    params: Option<&str>,
    ear: &Ear,
) -> Result<Raw, RpcError> {
    let call = Call::new(era, method, params.map(raw));
    within(connection.call(call, ear.hears())).await
}

/// Makes a call of no particular kind, and returns its result or its error code.
async fn ask(connection: &HttpConnection, era: Era) -> Result<String, i64> {
    let params = Some(r#"{"name":"t"}"#);
    call(connection, era, "tools/call", params, &Ear::default())
        .await
        .map(|result| result.get().to_owned())
        .map_err(|error| error.code)
}
