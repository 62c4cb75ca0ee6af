//! The official Rust SDK as the client: through the gateway it sees what it sees without it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rmcp::ClientHandler;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, GetPromptRequestParams,
    ProgressNotificationParam, ProtocolVersion, ReadResourceRequestParams,
};
use rmcp::service::{
    ClientLifecycleMode, NotificationContext, Peer, PeerRequestOptions, RoleClient,
    serve_client_with_lifecycle,
};
use rmcp::transport::StreamableHttpClientTransport;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::behind::{Behind, Kind};
use super::peers::{Fixture, LONG};
use crate::support::until;

/// A client that notes progress.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<f64>>>);

impl ClientHandler for Told {
    async fn on_progress(
        &self,
        params: ProgressNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.0.lock().unwrap().push(params.progress);
    }
}

fn plain(of: impl Serialize) -> Value {
    serde_json::to_value(of).unwrap()
}

fn request(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

/// Does what a program does with a server, and returns what it saw.
async fn walk(url: String, lifecycle: ClientLifecycleMode) -> Vec<Value> {
    // Its HTTP client wants one even where nothing is encrypted. It may be there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let told = Told::default();
    let transport = StreamableHttpClientTransport::from_uri(url);
    let client = serve_client_with_lifecycle(told.clone(), transport, lifecycle)
        .await
        .unwrap();
    let call = |tool, arguments| client.call_tool(request(tool, arguments));
    let mut seen = vec![
        plain(client.list_all_tools().await.unwrap()),
        plain(client.list_all_prompts().await.unwrap()),
        plain(client.list_all_resources().await.unwrap()),
        plain(call("echo", json!({"a": [1, {"b": null}]})).await.unwrap()),
        plain(
            call("test_multiple_content_types", json!({}))
                .await
                .unwrap(),
        ),
        plain(call("test_error_handling", json!({})).await.unwrap()),
        plain(call("return_bytes", json!({"n": 1 << 20})).await.unwrap()),
        json!(
            call("no_such_tool", json!({}))
                .await
                .unwrap_err()
                .to_string()
        ),
    ];
    let uri = ReadResourceRequestParams::new("test://static-text");
    seen.push(plain(client.read_resource(uri).await.unwrap()));
    let prompt = GetPromptRequestParams::new("test_simple_prompt");
    seen.push(plain(client.get_prompt(prompt).await.unwrap()));
    seen.push(plain(call("emit_progress", json!({"n": 5})).await.unwrap()));
    until("the last report comes", || {
        // Each is told by a task of its own, so not in order.
        told.0.lock().unwrap().contains(&5.0)
    })
    .await;
    seen.push(cancelled(&client).await);
    client.cancel().await.unwrap();
    seen
}

/// Gives a call up, and returns what the server says about it.
async fn cancelled(client: &Peer<RoleClient>) -> Value {
    let count = || async {
        let counted = client.call_tool(request("cancelled_count", json!({})));
        plain(counted.await.unwrap())["structuredContent"].clone()
    };
    let params = request("sleep_until_cancelled", json!({}));
    let call = ClientRequest::CallToolRequest(CallToolRequest::new(params));
    let handle = client
        .send_cancellable_request(call, PeerRequestOptions::no_options())
        .await
        .unwrap();
    let waits = json!({"cancelled": 0, "waiting": 1});
    while count().await != waits {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    handle.cancel(Some("enough".to_owned())).await.unwrap();
    let over = json!({"cancelled": 1, "waiting": 0});
    while count().await != over {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    over
}

async fn sees_the_same(lifecycle: ClientLifecycleMode) {
    let fixture = Fixture::http();
    let walked = |url: String| timeout(LONG, walk(url, lifecycle.clone()));
    let direct = walked(fixture.url().to_owned()).await.unwrap();
    for kind in [Kind::Url, Kind::Stdio] {
        let behind = Behind::new(kind);
        let seen = walked(behind.url()).await.unwrap();
        for (seen, direct) in seen.iter().zip(&direct) {
            assert_eq!(seen, direct, "{kind:?}");
        }
        assert_eq!(seen.len(), direct.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rust_sdk_cannot_tell_in_the_legacy_era() {
    sees_the_same(ClientLifecycleMode::Initialize).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rust_sdk_cannot_tell_in_the_modern_era() {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    sees_the_same(ClientLifecycleMode::Discover { preferred_versions }).await;
}
