//! Word of changes of the list.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus_attach::frame::ListKind;
use cmdbus_attach::gateway::{Opening, SessionPort};
use cmdbus_mcp::carry::{Call, FromServer, deaf};
use cmdbus_mcp::rpc::{Era, codes, raw};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{Bus, ear};

/// Remembers when it was told.
#[derive(Default)]
struct Port(Mutex<Vec<Instant>>);

impl Port {
    fn told(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl SessionPort for Port {
    fn hear(&self, _: FromServer) {}
    fn list_changed(&self, kind: ListKind) {
        assert_eq!(kind, ListKind::Tools);
        self.0.lock().unwrap().push(Instant::now());
    }
    fn gone(&self, _: &str) {}
}

impl Bus {
    /// Begins to tell of changes, to a session among others.
    async fn watched(&self) -> Arc<Port> {
        let port = Arc::new(Port::default());
        let opening = Opening {
            call: Call::new(Era::Legacy, "initialize", None),
            args: None,
        };
        self.endpoint
            .open("s", opening, port.clone())
            .await
            .unwrap();
        tokio::spawn(self.aggregator.clone().run());
        settle().await;
        port
    }
}

/// Lets everything that can run do so.
async fn settle() {
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_change_is_told_at_once_and_the_rest_once_a_second() {
    let bus = Bus::new();
    let port = bus.watched().await;
    bus.add("a.b").await;
    settle().await;
    assert_eq!(port.told(), 1);
    for number in 0..20 {
        bus.add(&format!("n.{number}")).await;
        sleep(Duration::from_millis(45)).await;
    }
    assert_eq!(port.told(), 1);
    sleep(Duration::from_secs(5)).await;
    let told = port.0.lock().unwrap().clone();
    assert_eq!(told.len(), 2);
    assert!(told[1] - told[0] >= Duration::from_secs(1));
    // After a pause, again at once.
    let now = Instant::now();
    assert!(bus.registry.unregister_command("a.b"));
    settle().await;
    assert_eq!(*port.0.lock().unwrap().last().unwrap(), now);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_cannot_be_seen_is_not_told() {
    let bus = Bus::new().with(&["a.b"]).await;
    let (_server, set) = bus
        .attach("laptop", Era::Legacy, &[r#"{"name":"read"}"#])
        .await;
    let port = bus.watched().await;
    let before = bus.registry.directory_version();
    bus.add("_own").await;
    assert!(bus.registry.unregister_command("a.b"));
    bus.add("a.b").await;
    assert!(bus.registry.directory_version() > before);
    set.update().await.unwrap();
    sleep(Duration::from_secs(3)).await;
    assert_eq!(port.told(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_looks_different_is_told() {
    let bus = Bus::new();
    let (server, set) = bus
        .attach("laptop", Era::Legacy, &[r#"{"name":"read"}"#])
        .await;
    let port = bus.watched().await;
    server.has(&[r#"{"name":"read","annotations":{"readOnlyHint":true}}"#]);
    set.update().await.unwrap();
    settle().await;
    assert_eq!(port.told(), 1);
    let page = bus.list(Era::Legacy).await;
    assert_eq!(page["tools"][0]["annotations"]["readOnlyHint"], true);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_out_of_order_or_back_is_told() {
    let bus = Bus::new().with(&["a.b"]).await;
    let port = bus.watched().await;
    bus.aggregator.degraded_changed();
    settle().await;
    assert_eq!(port.told(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_has_ended_is_told_nothing() {
    let bus = Bus::new();
    let port = bus.watched().await;
    bus.endpoint.close("s").await;
    bus.add("a.b").await;
    settle().await;
    assert_eq!(port.told(), 0);
    assert_eq!(Arc::strong_count(&port), 1);
}

#[tokio::test(start_paused = true)]
async fn a_modern_client_that_listens_is_told() {
    let bus = Bus::new();
    bus.watched().await;
    let (hears, heard) = ear();
    let params = json!({"notifications": {"toolsListChanged": true, "promptsListChanged": true}});
    let call = Call::new(Era::Modern, "subscriptions/listen", Some(raw(&params)));
    let listening = tokio::spawn(bus.endpoint.call(&bus.caller, None, call, hears));
    settle().await;
    let meta = json!({"io.modelcontextprotocol/subscriptionId": ""});
    let acknowledged = (
        "notifications/subscriptions/acknowledged".to_owned(),
        json!({"notifications": {"toolsListChanged": true}, "_meta": meta}),
    );
    assert_eq!(*heard.lock().unwrap(), [acknowledged]);
    bus.add("a.b").await;
    settle().await;
    let changed = (
        "notifications/tools/list_changed".to_owned(),
        json!({"_meta": meta}),
    );
    assert_eq!(heard.lock().unwrap()[1..], [changed]);
    assert!(!listening.is_finished());
    listening.abort();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_listens_to_nothing_we_have_hears_nothing() {
    let bus = Bus::new();
    bus.watched().await;
    let (hears, heard) = ear();
    let params = json!({"notifications": {"promptsListChanged": true}});
    let call = Call::new(Era::Modern, "subscriptions/listen", Some(raw(&params)));
    let listening = tokio::spawn(bus.endpoint.call(&bus.caller, None, call, hears));
    settle().await;
    bus.add("a.b").await;
    settle().await;
    assert_eq!(heard.lock().unwrap().len(), 1);
    assert_eq!(heard.lock().unwrap()[0].1["notifications"], json!({}));
    assert!(!listening.is_finished());
    listening.abort();

    let call = Call::new(Era::Modern, "subscriptions/listen", Some(raw(&json!({}))));
    let error = bus.ask_call(call, deaf()).await.unwrap_err();
    assert_eq!(error.code, codes::INVALID_PARAMS);
}

#[tokio::test(start_paused = true)]
async fn whoever_tells_of_changes_ends_with_the_aggregator() {
    let bus = Bus::new();
    let registry = bus.registry.clone();
    let telling = tokio::spawn(bus.aggregator.clone().run());
    settle().await;
    drop(bus);
    registry
        .register_command(cmdbus::DynCommand::new("a.b", |(): ()| async { Ok(()) }))
        .await
        .unwrap();
    telling.await.unwrap();
}
