//! What each route makes of a well-formed request (protocol §3.5).

use std::time::Duration;

use cmdbus_broker::core::{
    AssignmentReply, Caller, Claim, Goal, History, Metadata, ProcessingState, Register,
    Registration, Reply, Request, Send, Sender, Workspace,
};
use cmdbus_broker::store::Digest;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Fixture, assert_refused};

fn digest(token: &str) -> Option<Digest> {
    Some(Digest(Sha256::digest(token.as_bytes()).into()))
}

const PID: &str = "x-plugin-pid: 77\r\n";

/// Posts a body with a pid in the header, and returns what was asked.
async fn post(fixture: &Fixture, path: &str, body: Value) -> (Caller, Request) {
    let response = fixture
        .request_with("POST", path, PID, &body.to_string())
        .await;
    assert_eq!(response.status, 200, "{path}: {response:?}");
    fixture.asked()
}

#[tokio::test]
async fn initialize_tells_what_the_server_can_do_and_the_presence() {
    let fixture = Fixture::new().await;
    let body = json!({"client_protocol_version": "1.1", "client_kind": "demo", "client_version": "3.1",
        "capabilities": {"push_receipt_ack_v1": true}, "unknown": [1]});
    let response = fixture
        .request("POST", "/v1/initialize", &body.to_string())
        .await;
    let greeting = response.json();
    assert_eq!(greeting["server_version"], "cmdbus/1.2.3");
    assert_eq!(greeting["server_protocol_version"], "1.1");
    assert_eq!(greeting["network_presence"], "online");
    assert_eq!(greeting["server_capabilities"]["push_receipt_ack_v1"], true);
    assert_eq!(
        greeting["server_capabilities"]["undispatched_inbox_v1"],
        false
    );
    assert_eq!(greeting["server_capabilities"]["remote_spawn_v1"], true);
    assert_eq!(greeting["session_id"].as_str().unwrap().len(), 36);
    for (version, kind, code) in [
        (json!("2.0"), json!("demo"), "protocol_version_mismatch"),
        (json!("11"), json!("demo"), "protocol_version_mismatch"),
        (json!(""), json!("demo"), "bad_request"),
        (json!(1.1), json!("demo"), "bad_request"),
        (json!("1.1"), json!(""), "bad_request"),
        (json!("1.1"), json!(null), "bad_request"),
    ] {
        let body = json!({"client_protocol_version": version, "client_kind": kind});
        let response = fixture
            .request("POST", "/v1/initialize", &body.to_string())
            .await;
        assert_refused(&response, 400, code);
    }
}

#[tokio::test]
async fn a_send_is_understood_whole() {
    let fixture = Fixture::new().await;
    let body = json!({"endpoint_id": "ep_01", "to": "session:planner", "content": "ü", "contentType": "json",
        "metadata": {"in_reply_to": "c"}, "require_live": true, "idempotency_key": "k 1", "ttl_ms": 1000,
        "endpoint_owner_token": "owner", "unknown": {"x": 1}});
    let (caller, request) = post(&fixture, "/v1/send", body).await;
    assert_eq!(caller.pid, Some(77));
    assert_eq!(caller.owner, digest("owner"));
    let metadata = json!({"in_reply_to": "c"}).as_object().cloned().unwrap();
    let expected = Send {
        sender: Sender::Endpoint("ep_01".into()),
        to: "session:planner".to_owned(),
        content: "ü".to_owned(),
        content_type: "json".to_owned(),
        metadata,
        require_live: true,
        key: Some("k 1".to_owned()),
        ttl: Some(Duration::from_secs(1)),
    };
    assert_eq!(request, Request::Send(Box::new(expected)));
}

#[tokio::test]
async fn a_send_needs_three_fields_only() {
    let fixture = Fixture::new().await;
    // Nulls, a field that is there twice and a float that is whole take the careful way.
    for body in [
        r#"{"endpoint_id":"node:self","to":"a","content":"b"}"#,
        r#"{"endpoint_id":"node:self","to":"a","content":"b","metadata":null,"ttl_ms":null,"contentType":null}"#,
        r#"{"endpoint_id":"node:self","to":"a","content":"x","content":"b"}"#,
    ] {
        let response = fixture.request("POST", "/v1/send", body).await;
        assert_eq!(response.json()["messageId"], "msg_01");
        let (caller, request) = fixture.asked();
        assert_eq!(caller, Caller::default());
        let expected = Send {
            sender: Sender::Node,
            to: "a".to_owned(),
            content: "b".to_owned(),
            content_type: "text".to_owned(),
            metadata: serde_json::Map::new(),
            require_live: false,
            key: None,
            ttl: None,
        };
        assert_eq!(request, Request::Send(Box::new(expected)), "{body}");
    }
}

#[tokio::test]
async fn a_repeated_send_says_so() {
    let fixture = Fixture::new().await;
    fixture.script.answers(|_| {
        Some(Reply::Sent {
            message: "msg_02".into(),
            status: cmdbus_broker::store::SendStatus::Stored,
            replayed: true,
        })
    });
    let body = r#"{"endpoint_id":"node:self","to":"a","content":"b"}"#;
    let response = fixture.request("POST", "/v1/send", body).await;
    let expected = json!({"messageId": "msg_02", "status": "stored", "replayed": true});
    assert_eq!(response.json(), expected);
}

#[tokio::test]
async fn a_key_comes_in_the_body_or_the_header() {
    let fixture = Fixture::new().await;
    let send = async |headers: &str, key: Value| {
        let mut body = json!({"endpoint_id": "node:self", "to": "a", "content": "b"});
        body["idempotency_key"] = key;
        fixture
            .request_with("POST", "/v1/send", headers, &body.to_string())
            .await
    };
    for (headers, key) in [
        ("idempotency-key: k\r\n", Value::Null),
        ("idempotency-key: k\r\n", json!("k")),
        ("", json!("k")),
    ] {
        assert_eq!(send(headers, key).await.status, 200);
        let (_, Request::Send(send)) = fixture.asked() else {
            panic!("no send");
        };
        assert_eq!(send.key.as_deref(), Some("k"));
    }
    for (headers, key) in [
        ("idempotency-key: k\r\n", json!("other")),
        ("idempotency-key: \r\n", Value::Null),
        ("", json!("")),
        ("", json!("x".repeat(129))),
        ("", json!("ü")),
        ("", json!("a\nb")),
        ("", json!(7)),
    ] {
        let response = send(headers, key).await;
        assert_refused(&response, 422, "invalid_request");
        assert_eq!(response.json()["field"], "idempotency_key");
    }
}

#[tokio::test]
async fn w8_owner_tokens_of_header_and_body_must_agree() {
    let fixture = Fixture::new().await;
    let ask = async |header: &str, body: &str| {
        fixture
            .request_with("DELETE", "/v1/endpoint/ep_01", header, body)
            .await
    };
    let header = "x-cmdbus-owner-token: owner\r\n";
    let body = r#"{"endpoint_owner_token":"owner"}"#;
    for (header, body) in [(header, ""), ("", body), (header, body)] {
        assert_eq!(ask(header, body).await.status, 200);
        assert_eq!(fixture.asked().0.owner, digest("owner"));
    }
    let response = ask("x-cmdbus-owner-token: other\r\n", body).await;
    assert_refused(&response, 403, "endpoint_owner_token_mismatch");
    assert_eq!(fixture.script.take_asked(), []);
}

#[tokio::test]
async fn w8_a_malformed_pid_is_refused_on_every_route_that_looks_at_it() {
    let fixture = Fixture::new().await;
    for (method, path) in [
        ("POST", "/v1/endpoint/ep_01/heartbeat"),
        ("DELETE", "/v1/endpoint/ep_01"),
        ("GET", "/v1/undispatched"),
        ("GET", "/v1/receipts/msg_01"),
    ] {
        let response = fixture
            .request_with(method, path, "x-plugin-pid: 12abc\r\n", "")
            .await;
        assert_refused(&response, 400, "plugin_pid_invalid");
    }
}

#[tokio::test]
async fn a_registration_is_normalised() {
    let fixture = Fixture::new().await;
    let body = json!({"agent_id": "builder", "plugin_pid": 77, "kind": "spawnable", "client_kind": "demo",
        "client_version": "3.1", "started_at": "2026-03-02T08:20:00.000Z", "session_name": "s",
        "workspace": {"root": " /home/u/shop ", "cwd": "/home/u/shop/api", "remote": " ", "branch": "main"},
        "tracking_ref": "T-88", "task_hint": "x".repeat(300), "runtime_session_id": "  s1 ",
        "runtime_capabilities": ["remote_spawn_v1", "a"], "execution_surface": "headless",
        "background_exchange_mode": "resident_endpoint", "spawn_token": "t"});
    let response = fixture
        .request_with(
            "POST",
            "/v1/endpoint/register",
            "x-plugin-pid: 77\r\nx-cmdbus-channel: mail\r\n",
            &body.to_string(),
        )
        .await;
    assert_eq!(response.status, 200);
    let metadata = Metadata {
        agent_id: "builder".to_owned(),
        kind: "spawnable".to_owned(),
        client_kind: Some("demo".to_owned()),
        client_version: Some("3.1".to_owned()),
        started_at: Some("2026-03-02T08:20:00.000Z".to_owned()),
        session_name: Some("s".to_owned()),
        workspace: Some(Workspace {
            root: "/home/u/shop".to_owned(),
            cwd: "/home/u/shop/api".to_owned(),
            remote: None,
            branch: Some("main".to_owned()),
        }),
        tracking_ref: Some("T-88".to_owned()),
        task_hint: Some("x".repeat(200)),
        runtime_session_id: Some("s1".to_owned()),
        runtime_capabilities: vec!["a".to_owned(), "remote_spawn_v1".to_owned()],
        execution_surface: Some("headless".to_owned()),
        background_exchange_mode: Some("resident_endpoint".to_owned()),
        stream_name: Some("mail".to_owned()),
    };
    let expected = Register {
        pid: Some(77),
        stream_name: Some("mail".to_owned()),
        body: Ok(Registration {
            metadata,
            spawn_token: Some("t".to_owned()),
        }),
    };
    assert_eq!(fixture.asked().1, Request::Register(Box::new(expected)));
}

/// Registers with this field changed, and returns what the core was given.
async fn register_with(fixture: &Fixture, name: &str, value: Value) -> Register {
    let mut body = json!({"agent_id": "a", "plugin_pid": 77, "kind": "k"});
    body[name] = value;
    let response = fixture
        .request("POST", "/v1/endpoint/register", &body.to_string())
        .await;
    assert_eq!(response.status, 200);
    match fixture.asked().1 {
        Request::Register(register) => *register,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_shape_of_a_registration_is_for_the_core_to_look_at_after_the_channel() {
    let fixture = Fixture::new().await;
    for (name, value, code) in [
        ("agent_id", json!(1), "invalid_request"),
        ("agent_id", Value::Null, "invalid_request"),
        ("kind", json!(""), "invalid_request"),
        ("kind", json!(7), "invalid_request"),
        ("started_at", json!("yesterday"), "invalid_request"),
        ("workspace", json!("  "), "invalid_request"),
        ("workspace", json!({"root": "/a"}), "invalid_request"),
        (
            "workspace",
            json!({"root": "/a", "cwd": "/a", "branch": 1}),
            "invalid_request",
        ),
        ("runtime_capabilities", json!("a"), "invalid_request"),
        ("runtime_capabilities", json!(["a", 1]), "invalid_request"),
        (
            "runtime_session_id",
            json!("x".repeat(257)),
            "invalid_runtime_session_id",
        ),
        (
            "runtime_session_id",
            json!("😀".repeat(129)),
            "invalid_runtime_session_id",
        ),
        (
            "runtime_session_id",
            json!(" __masons_x"),
            "invalid_runtime_session_id",
        ),
    ] {
        let register = register_with(&fixture, name, value.clone()).await;
        assert_eq!(register.pid, Some(77));
        let refusal = register.body.unwrap_err();
        assert_eq!(refusal.code, code, "{name}: {value}");
    }
    for pid in [json!("77"), json!(0), json!(-1), Value::Null] {
        let register = register_with(&fixture, "plugin_pid", pid).await;
        assert_eq!(register.pid, None);
        assert!(register.body.is_ok());
    }
    let metadata = |register: Register| register.body.unwrap().metadata;
    let session = register_with(&fixture, "runtime_session_id", json!("😀".repeat(128))).await;
    assert!(metadata(session).runtime_session_id.is_some());
    let session = register_with(&fixture, "runtime_session_id", json!("  ")).await;
    assert_eq!(metadata(session).runtime_session_id, None);
    let workspace = register_with(&fixture, "workspace", json!(" /a ")).await;
    let workspace = metadata(workspace).workspace.unwrap();
    assert_eq!(
        (workspace.root.as_str(), workspace.cwd.as_str()),
        ("/a", "/a")
    );
    for time in ["2026-03-02T08:20:00Z", "2026-03-02T08:20:00.5+01:00"] {
        let register = register_with(&fixture, "started_at", json!(time)).await;
        assert_eq!(metadata(register).started_at.as_deref(), Some(time));
    }
    let spawned = register_with(&fixture, "kind", json!("spawnable")).await;
    assert_eq!(metadata(spawned).runtime_capabilities, ["remote_spawn_v1"]);
}

#[tokio::test]
async fn a_process_names_itself_the_same_in_header_and_body() {
    let fixture = Fixture::new().await;
    for path in [
        "/v1/endpoint/register",
        "/v1/endpoint/ep_01/reattach",
        "/v1/endpoint/ep_01/task-hint",
        "/v1/runtime/assignment-claim",
        "/v1/runtime/assignment-reply",
        "/v1/runtime/processing-state",
        "/v1/runtime/self-settle",
        "/v1/runtime/staged-delivery",
        "/v1/runtime/session-conversation-history",
    ] {
        let response = fixture
            .request_with("POST", path, PID, r#"{"plugin_pid":78,"task_hint":"x"}"#)
            .await;
        assert_refused(&response, 403, "plugin_pid_mismatch");
    }
    for path in [
        "/v1/runtime/assignment-claim",
        "/v1/runtime/self-settle",
        "/v1/runtime/staged-delivery",
        "/v1/runtime/session-conversation-history",
    ] {
        let without_header = fixture.request("POST", path, r#"{"plugin_pid":77}"#).await;
        assert_refused(&without_header, 400, "plugin_pid_invalid");
        let without_body = fixture.request_with("POST", path, PID, "{}").await;
        assert_refused(&without_body, 400, "plugin_pid_invalid");
    }
}

#[tokio::test]
async fn requests_about_an_endpoint_name_it_in_the_path() {
    let fixture = Fixture::new().await;
    let (_, request) = post(&fixture, "/v1/endpoint/a%2Fb/heartbeat", json!({})).await;
    let endpoint = "a/b".into();
    assert_eq!(request, Request::Heartbeat { endpoint });
    let body = json!({"plugin_pid": 77, "endpoint_owner_token": "owner"});
    let (caller, request) = post(&fixture, "/v1/endpoint/ep_01/reattach", body).await;
    assert_eq!(caller.owner, digest("owner"));
    let expected = Request::Reattach {
        endpoint: "ep_01".into(),
        pid: 77,
        stream_name: None,
    };
    assert_eq!(request, expected);
    let body = json!({"plugin_pid": 77, "task_hint": "fix"});
    let (_, request) = post(&fixture, "/v1/endpoint/ep_01/task-hint", body).await;
    let expected = Request::TaskHint {
        endpoint: "ep_01".into(),
        pid: 77,
        hint: "fix".to_owned(),
    };
    assert_eq!(request, expected);
    for (path, forget) in [
        ("/v1/endpoint/ep_01", false),
        ("/v1/endpoint/ep_01?forget=true", true),
    ] {
        assert_eq!(fixture.request("DELETE", path, "").await.status, 200);
        let endpoint = "ep_01".into();
        assert_eq!(fixture.asked().1, Request::Unregister { endpoint, forget });
    }
    fixture.request("GET", "/v1/endpoint/ep_01", "").await;
    let endpoint = "ep_01".into();
    assert_eq!(fixture.asked().1, Request::Endpoint { endpoint });
    for (path, body, code) in [
        ("/v1/endpoint/ep_01/reattach", "{}", "plugin_pid_invalid"),
        (
            "/v1/endpoint/ep_01/reattach",
            r#"{"plugin_pid":"7"}"#,
            "plugin_pid_invalid",
        ),
        (
            "/v1/endpoint/ep_01/task-hint",
            r#"{"task_hint":"x"}"#,
            "plugin_pid_invalid",
        ),
        (
            "/v1/endpoint/ep_01/task-hint",
            r#"{"plugin_pid":7,"task_hint":7}"#,
            "task_hint_invalid",
        ),
        (
            "/v1/endpoint/ep_01/task-hint",
            r#"{"plugin_pid":7}"#,
            "task_hint_invalid",
        ),
    ] {
        assert_refused(&fixture.request("POST", path, body).await, 400, code);
    }
}

#[tokio::test]
async fn the_inbox_is_listed_whole_without_a_pid_and_for_an_endpoint_with_one() {
    let fixture = Fixture::new().await;
    for (path, headers, expected) in [
        (
            "/v1/undispatched",
            "",
            Request::Inbox {
                after: None,
                limit: 256,
            },
        ),
        (
            "/v1/undispatched?limit=5000&after=msg_01",
            "",
            Request::Inbox {
                after: Some("msg_01".into()),
                limit: 1000,
            },
        ),
        (
            "/v1/undispatched",
            PID,
            Request::Claimable { endpoint: None },
        ),
        (
            "/v1/undispatched?endpoint_id=ep_01",
            PID,
            Request::Claimable {
                endpoint: Some("ep_01".into()),
            },
        ),
        (
            "/v1/undispatched/presence?endpoint_id=ep_01",
            "x-plugin-pid: nonsense\r\nx-cmdbus-owner-token: nonsense\r\n",
            Request::WaitingCount {
                endpoint: "ep_01".into(),
            },
        ),
    ] {
        let response = fixture.request_with("GET", path, headers, "").await;
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(fixture.asked().1, expected);
    }
    for path in [
        "/v1/undispatched/presence",
        "/v1/undispatched/presence?endpoint_id=",
    ] {
        let response = fixture.request("GET", path, "").await;
        assert_refused(&response, 400, "endpoint_id_required");
    }
    for query in ["limit=0", "limit=x", "limit=-1", "after=%zz"] {
        let path = format!("/v1/undispatched?{query}");
        let response = fixture.request("GET", &path, "").await;
        assert_refused(&response, 422, "invalid_request");
    }
}

#[tokio::test]
async fn inbox_records_are_dispatched_and_discarded() {
    let fixture = Fixture::new().await;
    let body = json!({"undispatched_id": "u", "target_endpoint_id": "ep_01"});
    let (_, request) = post(&fixture, "/v1/dispatch", body).await;
    let expected = Request::Dispatch {
        undispatched: "u".into(),
        target: "ep_01".into(),
    };
    assert_eq!(request, expected);
    for body in [
        json!({}),
        json!({"undispatched_id": "u"}),
        json!({"undispatched_id": "", "target_endpoint_id": "ep_01"}),
        json!({"undispatched_id": "u", "target_endpoint_id": 1}),
    ] {
        let response = fixture
            .request("POST", "/v1/dispatch", &body.to_string())
            .await;
        assert_refused(&response, 400, "dispatch_body_invalid");
    }
    let path = "/v1/undispatched/u";
    assert_eq!(
        fixture
            .request("DELETE", path, r#"{"reason":"old"}"#)
            .await
            .status,
        200
    );
    let undispatched = "u".into();
    assert_eq!(fixture.asked().1, Request::Discard { undispatched });
    let response = fixture.request("DELETE", path, r#"{"reason":1}"#).await;
    assert_refused(&response, 422, "invalid_request");
}

#[tokio::test]
async fn work_on_messages_is_understood() {
    let fixture = Fixture::new().await;
    let base = json!({"endpoint_id": "ep_01", "plugin_pid": 77, "endpoint_owner_token": "owner",
        "source_message_id": "m", "assignment_id": "a"});
    let with = |more: Value| {
        let mut body = base.clone();
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let body = with(
        json!({"undispatched_id": "u", "recover_existing": true, "assignment_mode": "staged"}),
    );
    let (caller, request) = post(&fixture, "/v1/runtime/assignment-claim", body).await;
    assert_eq!((caller.pid, caller.owner), (Some(77), digest("owner")));
    let claim = Claim {
        endpoint: "ep_01".into(),
        pid: 77,
        undispatched: Some("u".into()),
    };
    assert_eq!(request, Request::Claim(Box::new(claim)));
    for bad in [json!(""), json!(1), Value::Null] {
        let body = with(json!({"undispatched_id": bad}));
        let (_, request) = post(&fixture, "/v1/runtime/assignment-claim", body.clone()).await;
        let Request::Claim(claim) = request else {
            panic!("no claim")
        };
        assert_eq!(claim.undispatched, None);
        let (_, request) = post(&fixture, "/v1/runtime/self-settle", body).await;
        let endpoint = "ep_01".into();
        assert_eq!(
            request,
            Request::SelfSettle {
                endpoint,
                pid: 77,
                undispatched: None
            }
        );
    }

    let body = with(json!({"reply_request_id": "r", "content": "c"}));
    let (_, request) = post(&fixture, "/v1/runtime/assignment-reply", body).await;
    let reply = AssignmentReply {
        endpoint: "ep_01".into(),
        pid: 77,
        source: "m".into(),
        assignment: "a".into(),
        request: Some("r".to_owned()),
        content: "c".to_owned(),
        content_type: "text".to_owned(),
        metadata: serde_json::Map::new(),
    };
    assert_eq!(request, Request::AssignmentReply(Box::new(reply)));

    let body = with(
        json!({"state_event_id": "e", "state_sequence": 2, "state": "adapter_accepted",
        "occurred_at": 5, "retryable": true, "reason_code": "r", "undispatched_id": "u", "detail": null}),
    );
    let (_, request) = post(&fixture, "/v1/runtime/processing-state", body).await;
    let more = json!({"reason_code": "r"}).as_object().cloned().unwrap();
    let state = ProcessingState {
        endpoint: "ep_01".into(),
        pid: 77,
        source: "m".into(),
        assignment: "a".into(),
        event: "e".to_owned(),
        sequence: 2,
        state: "adapter_accepted".to_owned(),
        occurred_at: Some(5),
        retryable: true,
        more,
    };
    assert_eq!(request, Request::ProcessingState(Box::new(state)));
}

#[tokio::test]
async fn a_poll_for_staged_messages_forgives_its_timeout() {
    let fixture = Fixture::new().await;
    for (timeout_ms, mark, expected, marks) in [
        (json!(1500), json!(false), 1500, false),
        (json!(-5), Value::Null, 0, true),
        (json!("1000"), json!(true), 0, true),
        (json!(1e300), json!(0), 3_600_000, true),
        (Value::Null, Value::Null, 0, true),
    ] {
        let body = json!({"endpoint_id": "ep_01", "plugin_pid": 77, "timeout_ms": timeout_ms, "mark_attempt": mark});
        let (_, request) = post(&fixture, "/v1/runtime/staged-delivery", body).await;
        let expected = Request::StagedDelivery {
            endpoint: "ep_01".into(),
            pid: 77,
            timeout: Duration::from_millis(expected),
            mark_attempt: marks,
        };
        assert_eq!(request, expected);
    }
}

#[tokio::test]
async fn a_conversation_is_read_in_pages() {
    let fixture = Fixture::new().await;
    let reference = json!({"kind": "session_conversation", "id": "conv_1"});
    for (limit, expected) in [(Value::Null, 50), (json!(1), 1), (json!(1000), 200)] {
        let body = json!({"endpoint_id": "ep_01", "plugin_pid": 77, "conversation_ref": reference,
            "limit": limit, "before": "m"});
        let (_, request) = post(&fixture, "/v1/runtime/session-conversation-history", body).await;
        let history = History {
            endpoint: "ep_01".into(),
            pid: 77,
            conversation: "conv_1".to_owned(),
            limit: expected,
            before: Some("m".into()),
            after: None,
        };
        assert_eq!(request, Request::History(Box::new(history)));
    }
}

#[tokio::test]
async fn receipts_are_asked_for_by_id_by_key_and_by_sender() {
    let fixture = Fixture::new().await;
    let endpoint = || Sender::Endpoint("ep_01".into());
    let wait = |goal, ms| Some((goal, Duration::from_millis(ms)));
    for (path, expected) in [
        (
            "/v1/receipts/m",
            Request::Receipt {
                message: "m".into(),
                wait: None,
            },
        ),
        (
            "/v1/receipts/m?wait=pushed&timeout_ms=10",
            Request::Receipt {
                message: "m".into(),
                wait: wait(Goal::Pushed, 10),
            },
        ),
        (
            "/v1/receipts/m?wait=confirmed&timeout_ms=99999",
            Request::Receipt {
                message: "m".into(),
                wait: wait(Goal::Confirmed, 25_000),
            },
        ),
        (
            "/v1/receipts?endpoint_id=ep_01&idempotency_key=k%2B1",
            Request::ReceiptByKey {
                sender: endpoint(),
                key: "k+1".to_owned(),
            },
        ),
        (
            "/v1/receipts?endpoint_id=node%3Aself&open=true",
            Request::OpenReceipts {
                sender: Sender::Node,
                after: None,
                limit: 100,
            },
        ),
        (
            "/v1/receipts?endpoint_id=ep_01&open=true&limit=5&after=m",
            Request::OpenReceipts {
                sender: endpoint(),
                after: Some("m".into()),
                limit: 5,
            },
        ),
    ] {
        assert_eq!(fixture.request("GET", path, "").await.status, 200, "{path}");
        assert_eq!(fixture.asked().1, expected);
    }
    for query in [
        "/m?wait=x",
        "/m?wait=pushed&timeout_ms=-1",
        "",
        "?endpoint_id=ep_01",
        "?endpoint_id=ep_01&open=1",
        "?open=true",
    ] {
        let path = format!("/v1/receipts{query}");
        let response = fixture.request("GET", &path, "").await;
        assert_refused(&response, 422, "invalid_request");
    }
}

#[tokio::test]
async fn control_events_are_given_by_hand() {
    let fixture = Fixture::new().await;
    let event = json!({"version": 1, "type": "spawn_request", "idempotency_key": "k"});
    let (_, request) = post(&fixture, "/v1/control", event.clone()).await;
    assert_eq!(
        request,
        Request::Control(event.as_object().unwrap().clone())
    );
    let response = fixture
        .request("POST", "/v1/control", r#"{"type":"x"}"#)
        .await;
    assert_refused(&response, 422, "invalid_request");
    fixture.request("GET", "/v1/control/k%201", "").await;
    let key = "k 1".to_owned();
    assert_eq!(fixture.asked().1, Request::ControlOutcome { key });
}
