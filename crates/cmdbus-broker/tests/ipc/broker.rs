//! A whole broker behind the listener: whatever comes from outside, and whatever its ports do, it goes on
//! (protocol §11.4, appendix B 15).

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cmdbus_broker::ports::{
    Accepted, Answer, Authority, Connector, ConnectorEvent, Control, ControlEvent, Failure,
    Inbound, Network, NewEndpoint, Outbound, Registered, SendFailure,
};
use cmdbus_broker::{Broker, Options, ShutdownMode};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::shapes::{Random, bodies, changed};
use crate::support::{Client, Response, assert_refused};

const UPGRADE: &str = "connection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Longer than anything takes here; only a failing test waits for it.
const LONG: Duration = Duration::from_secs(30);

/// A broker with an endpoint of this process.
struct Whole {
    broker: Broker,
    endpoint: String,
    owner: String,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Whole {
    async fn start(network: Option<Network>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::in_folder(folder.path());
        options.network = network;
        let broker = Broker::start(options).await.unwrap();
        let mut stream = connect(&broker).await;
        let upgraded = ask(&broker, &mut stream, "GET", "/v1/stream", UPGRADE, "").await;
        assert_eq!(upgraded.status, 101, "{upgraded:?}");
        let mut stream = WebSocketStream::from_raw_socket(stream.0, Role::Client, None).await;
        // Who reads answers Pings.
        tokio::spawn(async move { while stream.next().await.is_some() {} });
        let mut client = connect(&broker).await;
        let body = json!({
            "agent_id": "a", "plugin_pid": std::process::id(), "kind": "test",
            "runtime_capabilities": ["background_exchange_v1"],
            "background_exchange_mode": "resident_endpoint",
        });
        let path = "/v1/endpoint/register";
        let registered = ask(&broker, &mut client, "POST", path, "", &body.to_string()).await;
        let registered = registered.json();
        let text = |name: &str| registered[name].as_str().unwrap().to_owned();
        Self {
            endpoint: text("endpoint_id"),
            owner: text("endpoint_owner_token"),
            broker,
            client,
            _folder: folder,
        }
    }

    async fn ask(&mut self, method: &str, path: &str, body: &str) -> Response {
        ask(&self.broker, &mut self.client, method, path, "", body).await
    }

    async fn send(&mut self, to: &str) -> Response {
        let body = json!({"endpoint_id": self.endpoint, "to": to, "content": "hello"});
        self.ask("POST", "/v1/send", &body.to_string()).await
    }
}

async fn connect(broker: &Broker) -> Client {
    let address = broker.ipc_url().strip_prefix("http://").unwrap();
    let socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    Client(socket)
}

async fn ask(
    broker: &Broker,
    client: &mut Client,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Response {
    let (token, pid, length) = (broker.bearer_token(), std::process::id(), body.len());
    client
        .write(format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\
             x-plugin-pid: {pid}\r\n{headers}content-length: {length}\r\n\r\n{body}"
        ))
        .await;
    let response = tokio::time::timeout(LONG, client.response());
    response.await.expect("an answer")
}

#[tokio::test]
async fn b15_random_json_never_breaks_a_whole_broker() {
    let mut whole = Whole::start(None).await;
    let mut random = Random(0xb15);
    let mut refused = 0;
    for round in 0..1500 {
        // Something to work on, most of the time.
        if round % 50 == 0 {
            assert_eq!(whole.send("node:self").await.status, 200);
        }
        let waiting = whole.broker_inbox().await;
        let bodies = bodies();
        let (method, path, body) = &bodies[random.below(bodies.len())];
        if (*method, *path) == ("DELETE", "/v1/endpoint/ep_01") {
            continue;
        }
        let mut body = changed(body, &mut random);
        if path.ends_with("staged-delivery") {
            // Nobody waits here.
            body.remove("timeout_ms");
        }
        let text = Value::Object(body)
            .to_string()
            .replace("\"ep_01\"", &json!(whole.endpoint).to_string())
            .replace("\"o\"", &json!(whole.owner).to_string())
            .replace("\"u\"", &json!(waiting).to_string())
            .replace(":77", &format!(":{}", std::process::id()));
        let path = path.replace("ep_01", &whole.endpoint);
        let said = whole.ask(method, &path, &text).await;
        assert!(said.status < 500, "round {round}: {path} {text}: {said:?}");
        refused += usize::from(said.status >= 400);
    }
    // Worth something only if the rules were reached as well as the checks before them.
    assert!((300..1400).contains(&refused), "{refused}");
    assert_eq!(whole.send("node:self").await.status, 200);
}

impl Whole {
    /// Returns the id of a message in the inbox.
    async fn broker_inbox(&mut self) -> String {
        let path = format!("/v1/undispatched?endpoint_id={}", self.endpoint);
        let listed = self.ask("GET", &path, "").await.json();
        listed["items"][0]["id"].as_str().unwrap_or("u").to_owned()
    }
}

/// Ports that panic, whatever they are asked but for a registration.
#[derive(Default)]
struct Panics {
    events: Mutex<Option<UnboundedSender<ConnectorEvent>>>,
}

impl Connector for Panics {
    fn connect(self: Arc<Self>, events: UnboundedSender<ConnectorEvent>) {
        events.send(ConnectorEvent::Connected).unwrap();
        *self.events.lock().unwrap() = Some(events);
        panic!("connect");
    }

    fn disconnect(&self) -> Answer<'_, ()> {
        panic!("disconnect");
    }

    fn send(&self, _: Outbound) -> Answer<'_, Result<Accepted, SendFailure>> {
        panic!("send");
    }

    fn accept(&self, _: u64) {
        panic!("accept");
    }

    fn release(&self, _: u64) {
        panic!("release");
    }

    fn ack_pending(&self, _: String) {
        panic!("ack_pending");
    }
}

impl Authority for Panics {
    fn register(&self, _: NewEndpoint) -> Answer<'_, Result<Registered, Failure>> {
        Box::pin(std::future::ready(Ok(Registered {
            endpoint_id: "far_1".to_owned(),
            heartbeat_after: None,
            session_naming: None,
        })))
    }

    fn heartbeat(&self, _: String) -> Answer<'_, Result<(), Failure>> {
        panic!("heartbeat");
    }

    fn emit(&self, _: String, _: Value) -> Answer<'_, Result<(), Failure>> {
        Box::pin(async { panic!("emit") })
    }
}

impl Control for Panics {
    fn subscribe(self: Arc<Self>, _: UnboundedSender<ControlEvent>) {
        panic!("subscribe");
    }

    fn taken(&self, _: u64) {
        panic!("taken");
    }

    fn acknowledge(&self, _: Value) -> Answer<'_, Result<(), Failure>> {
        panic!("acknowledge");
    }
}

#[tokio::test]
async fn w35_w59_ports_that_panic_end_nothing_and_leave_nobody_waiting() {
    let ports = Arc::new(Panics::default());
    let mut whole = Whole::start(Some(Network {
        connector: ports.clone(),
        authority: ports.clone(),
        control: ports.clone(),
    }))
    .await;
    assert_eq!(whole.endpoint, "far_1");
    let heartbeat = whole.ask("POST", "/v1/endpoint/far_1/heartbeat", "").await;
    assert_refused(&heartbeat, 503, "authority_unavailable");
    let sent = whole.send("agent:far").await;
    assert_refused(&sent, 503, "connector_send_outcome_unknown");
    let events = ports.events.lock().unwrap().clone().unwrap();
    for (handle, content) in [(1, "one"), (2, "two")] {
        events
            .send(ConnectorEvent::Message(Inbound {
                handle,
                from: "agent:far".to_owned(),
                content: content.to_owned(),
                content_type: "text".to_owned(),
                metadata: json!({}),
                message_id: Some(content.to_owned()),
            }))
            .unwrap();
    }
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let path = "/v1/undispatched?endpoint_id=far_1";
        let listed = whole.ask("GET", path, "").await.json();
        if listed["items"].as_array().unwrap().len() == 2 {
            break;
        }
        assert!(Instant::now() < until, "{listed}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(whole.send("node:self").await.status, 200);
    // Nobody takes what is left in the outbox; it stays there.
    let begun = Instant::now();
    whole.broker.shutdown(ShutdownMode::Retain).await;
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn b11_at_the_end_twenty_clients_hear_1001_and_it_takes_less_than_a_second() {
    let whole = Whole::start(None).await;
    let mut streams = Vec::new();
    for n in 0..20 {
        let mut stream = connect(&whole.broker).await;
        let headers = format!("{UPGRADE}x-cmdbus-channel: {n}\r\n");
        let upgraded = ask(
            &whole.broker,
            &mut stream,
            "GET",
            "/v1/stream",
            &headers,
            "",
        );
        assert_eq!(upgraded.await.status, 101);
        let mut stream = WebSocketStream::from_raw_socket(stream.0, Role::Client, None).await;
        streams.push(tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                if let Message::Close(Some(frame)) = message {
                    let code = u16::from(frame.code);
                    return Some((code, frame.reason.to_string(), Instant::now()));
                }
            }
            None
        }));
    }
    let begun = Instant::now();
    whole.broker.shutdown(ShutdownMode::Retain).await;
    assert!(begun.elapsed() < Duration::from_secs(1));
    for stream in streams {
        let (code, reason, at) = stream.await.unwrap().expect("a close frame");
        assert_eq!((code, reason.as_str()), (1001, "broker_shutdown"));
        assert!(at - begun < Duration::from_secs(1));
    }
}
