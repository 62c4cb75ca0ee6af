//! Whatever is sent, the server never breaks (protocol, appendix B 15; W11).

use serde_json::{Map, Value, json};

use crate::support::Fixture;

/// Every route with a body, and a body with every field it knows.
pub(crate) fn bodies() -> Vec<(&'static str, &'static str, Value)> {
    let worker = json!({"endpoint_id": "ep_01", "plugin_pid": 77, "endpoint_owner_token": "o",
        "source_message_id": "m", "assignment_id": "a", "undispatched_id": "u",
        "recover_existing": true, "assignment_mode": "staged", "reply_request_id": "r",
        "content": "c", "contentType": "text", "metadata": {}, "state_event_id": "e",
        "state_sequence": 1, "state": "s", "occurred_at": 1, "retryable": true,
        "reason_code": "r", "detail": "d", "outbound_message_id": "m", "timeout_ms": 1,
        "mark_attempt": true, "limit": 1, "before": "m", "after": "m",
        "conversation_ref": {"kind": "session_conversation", "id": "c"}});
    vec![
        (
            "POST",
            "/v1/initialize",
            json!({"client_protocol_version": "1.1", "client_kind": "k",
            "client_version": "v", "capabilities": {"a": true}}),
        ),
        (
            "POST",
            "/v1/endpoint/register",
            json!({"agent_id": "a", "plugin_pid": 77, "kind": "k",
            "client_kind": "c", "client_version": "v", "started_at": "2026-03-02T08:20:00Z",
            "session_name": "s", "workspace": {"root": "/", "cwd": "/", "remote": "r", "branch": "b"},
            "tracking_ref": "t", "task_hint": "t", "runtime_session_id": "r",
            "runtime_capabilities": ["a"], "execution_surface": "headless",
            "background_exchange_mode": "resident_endpoint", "spawn_token": "t"}),
        ),
        (
            "POST",
            "/v1/endpoint/ep_01/heartbeat",
            json!({"endpoint_owner_token": "o"}),
        ),
        (
            "POST",
            "/v1/endpoint/ep_01/reattach",
            json!({"plugin_pid": 77, "endpoint_owner_token": "o"}),
        ),
        (
            "POST",
            "/v1/endpoint/ep_01/task-hint",
            json!({"plugin_pid": 77, "task_hint": "t", "endpoint_owner_token": "o"}),
        ),
        (
            "DELETE",
            "/v1/endpoint/ep_01",
            json!({"endpoint_owner_token": "o"}),
        ),
        (
            "POST",
            "/v1/send",
            json!({"endpoint_id": "ep_01", "to": "t", "content": "c",
            "contentType": "text", "metadata": {}, "require_live": false, "idempotency_key": "k",
            "ttl_ms": 1000, "endpoint_owner_token": "o"}),
        ),
        (
            "POST",
            "/v1/dispatch",
            json!({"undispatched_id": "u", "target_endpoint_id": "t", "endpoint_owner_token": "o"}),
        ),
        (
            "DELETE",
            "/v1/undispatched/u",
            json!({"reason": "r", "endpoint_owner_token": "o"}),
        ),
        (
            "POST",
            "/v1/control",
            json!({"version": 1, "type": "t", "idempotency_key": "k", "emitted_at": 1}),
        ),
        ("POST", "/v1/admin/shutdown", json!({"mode": "retain"})),
        ("POST", "/v1/runtime/assignment-claim", worker.clone()),
        ("POST", "/v1/runtime/assignment-reply", worker.clone()),
        ("POST", "/v1/runtime/processing-state", worker.clone()),
        ("POST", "/v1/runtime/self-settle", worker.clone()),
        ("POST", "/v1/runtime/staged-delivery", worker.clone()),
        ("POST", "/v1/runtime/session-conversation-history", worker),
    ]
}

/// A value of each JSON type, and some that programs stumble over.
fn values() -> Vec<Value> {
    let deep = (0..50).fold(json!(1), |inner, _| json!([inner]));
    vec![
        Value::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e308),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("😀".repeat(300)),
        json!("x".repeat(5000)),
        json!([]),
        json!([1, "a", null]),
        json!({}),
        json!({"": {"root": 1}}),
        deep,
    ]
}

/// Members for which a wrong type has another answer than 422, or none.
const FORGIVEN: &[&str] = &[
    "client_protocol_version",
    "client_kind",
    "plugin_pid",
    "task_hint",
    "undispatched_id",
    "target_endpoint_id",
    "timeout_ms",
    "mark_attempt",
    "reply_request_id",
    "version",
    "type",
    "emitted_at",
];

#[tokio::test]
async fn w11_a_wrong_type_in_any_field_of_any_route_is_told_with_its_name() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    let headers = "x-plugin-pid: 77\r\n";
    for (method, path, body) in bodies() {
        let whole = client
            .request(method, path, headers, body.to_string().as_bytes())
            .await;
        assert_eq!(whole.status, 200, "{path}: {whole:?}");
        for name in body.as_object().unwrap().keys() {
            for value in values() {
                let mut changed = body.clone();
                changed[name] = value.clone();
                let text = changed.to_string();
                let response = client.request(method, path, headers, text.as_bytes()).await;
                let said = response.json();
                assert!(response.status < 500, "{path} {name} {value}: {said}");
                if response.status >= 400 && !FORGIVEN.contains(&name.as_str()) {
                    let code = said["error"].as_str().unwrap();
                    assert!(
                        matches!(code, "invalid_request" | "invalid_runtime_session_id"),
                        "{path} {name} {value}: {said}"
                    );
                    let field = said["field"].as_str().unwrap_or(name);
                    assert!(field.starts_with(name.as_str()), "{path} {name}: {said}");
                }
            }
        }
    }
}

/// A small generator of pseudo-random numbers, the same on every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// Returns a body of which some members are gone, and some are something else.
pub(crate) fn changed(body: &Value, random: &mut Random) -> Map<String, Value> {
    let values = values();
    let mut changed = Map::new();
    for (name, value) in body.as_object().unwrap() {
        match random.below(4) {
            0 => {}
            1 => {
                changed.insert(name.clone(), values[random.below(values.len())].clone());
            }
            _ => {
                changed.insert(name.clone(), value.clone());
            }
        }
    }
    changed
}

#[tokio::test]
async fn w11_random_json_never_breaks_a_route() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    let mut random = Random(0x5eed);
    let bodies = bodies();
    for round in 0..3000 {
        let (method, path, body) = &bodies[random.below(bodies.len())];
        let mut text = Value::Object(changed(body, &mut random)).to_string();
        if random.below(10) == 0 {
            let mut cut = random.below(text.len() + 1);
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            text.truncate(cut);
        }
        let headers = ["", "x-plugin-pid: 77\r\n", "x-plugin-pid: x\r\n"][random.below(3)];
        let response = client.request(method, path, headers, text.as_bytes()).await;
        let said = response.json();
        assert!(
            response.status < 500,
            "round {round}: {path} {text}: {said}"
        );
        assert_eq!(response.status >= 400, said["error"].is_string());
    }
}
