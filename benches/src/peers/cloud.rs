//! The npm broker, and the cloud that it is a client of: one that does as it is asked, at once, and feeds what it is told
//! to. What is said between them is in appendix A of the broker's protocol.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::Result;
use crate::child::Parent;
use crate::feed::orders;
use crate::text::Text;

/// What is to be sent to the broker.
#[derive(Default)]
struct Line {
    frames: Mutex<VecDeque<String>>,
    more: Notify,
}

impl Line {
    fn push(&self, frame: String) {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        frames.push_back(frame);
        drop(frames);
        self.more.notify_one();
    }

    async fn next(&self) -> String {
        loop {
            let next = self
                .frames
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            match next {
                Some(frame) => return frame,
                None => self.more.notified().await,
            }
        }
    }
}

/// Serves until the parent ends, and says where. Takes orders on a socket.
pub(super) async fn serve(network: PathBuf, payload: usize, mut parent: Parent) -> Result {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let line = Arc::new(Line::default());
    let router = Router::new()
        .route("/connector", get(connect))
        .route("/{*path}", any(answer))
        .with_state(line.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let text = serde_json::to_string(&Text::of(payload))?;
    let mut number = 0;
    tokio::spawn(async move {
        orders(&network, |endpoint, count| {
            for _ in 0..count {
                number += 1;
                line.push(fed(number, &endpoint, &text));
            }
        })
        .await
    });
    while parent.told(&address).await? {}
    Ok(())
}

fn fed(number: u64, endpoint: &str, text: &str) -> String {
    let frame = json!({
        "event": "MESSAGE_RECEIVED",
        "messageId": format!("in-{number}"),
        "from": "peer",
        "content": text,
        "contentType": "text",
        "metadata": {"target_endpoint_id": endpoint},
    });
    frame.to_string()
}

async fn answer(uri: Uri) -> Response {
    let json = |value: Value| axum::Json(value).into_response();
    let path = uri.path();
    if path.ends_with("/whoami") {
        json(json!({"subjectType": "agent-runtime", "subjectId": "bench"}))
    } else if path.ends_with("/runtime-endpoints") {
        let id = uuid::Uuid::new_v4().simple().to_string();
        json(json!({"endpoint_id": format!("ep_{}", &id[..26])}))
    } else if path.ends_with("/inbound-route-claim") {
        json(json!({"action": "route"}))
    } else if path.ends_with("/capabilities") {
        json(json!({}))
    } else if path.ends_with("/control-events") {
        // Open for as long as it is listened to.
        let head = [("content-type", "text/event-stream")];
        let nothing = futures_util::stream::pending::<std::result::Result<String, crate::Error>>();
        (head, axum::body::Body::from_stream(nothing)).into_response()
    } else {
        StatusCode::NO_CONTENT.into_response()
    }
}

async fn connect(upgrade: WebSocketUpgrade, State(line): State<Arc<Line>>) -> Response {
    upgrade.on_upgrade(async move |socket| {
        // What is wrong here is seen as nothing being pushed.
        let _ = exchange(socket, &line).await;
    })
}

async fn exchange(mut socket: WebSocket, line: &Line) -> Result {
    loop {
        tokio::select! {
            frame = line.next() => socket.send(Message::text(frame)).await?,
            heard = socket.recv() => {
                let Some(heard) = heard else {
                    return Ok(());
                };
                let Message::Text(heard) = heard? else {
                    continue;
                };
                if let Some(reply) = reply(&heard)? {
                    socket.send(Message::text(reply.to_string())).await?;
                }
            }
        }
    }
}

fn reply(heard: &str) -> Result<Option<Value>> {
    let heard: Value = serde_json::from_str(heard)?;
    Ok(match heard["event"].as_str() {
        Some("REGISTER") => {
            Some(json!({"event": "REGISTER_ACK", "status": "ok", "protocolVersion": 4}))
        }
        Some("SEND_MESSAGE") => {
            Some(json!({"event": "SEND_ACK", "messageId": heard["messageId"], "status": "stored"}))
        }
        _ => None,
    })
}

/// Returns the program that runs the npm broker, and what it is started with.
pub(super) fn entry(npm: &Path) -> (PathBuf, PathBuf) {
    let package = npm.join("node_modules/@masons/runtime-broker");
    (
        npm.join("node_modules/.bin/node"),
        package.join("dist/broker/entry.js"),
    )
}
