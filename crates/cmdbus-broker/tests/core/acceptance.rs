//! What the acceptance list and the known weaknesses ask for beside the rules of one part (protocol §12,
//! appendix B): each test is named after its item.

use cmdbus_broker::core::{
    AssignmentReply, Claim, Figures, History, Liveness, Metadata, ProcessingState, Reply, Request,
    Sender,
};
use cmdbus_broker::ids::EndpointId;
use serde_json::Map;

use crate::support::{Bench, caller, metadata, owner, refused, register, seconds, send};

fn worker(agent: &str) -> Metadata {
    Metadata {
        runtime_capabilities: vec!["background_exchange_v1".to_owned()],
        background_exchange_mode: Some("resident_endpoint".to_owned()),
        ..metadata(agent)
    }
}

/// Everything that can be asked in the name of endpoint `id` of process 1.
fn in_the_name_of(id: &EndpointId) -> Vec<Request> {
    let endpoint = || id.clone();
    let sender = || Sender::Endpoint(id.clone());
    let undispatched = || Some("msg_x".into());
    vec![
        Request::Heartbeat {
            endpoint: endpoint(),
        },
        Request::Unregister {
            endpoint: endpoint(),
            forget: false,
        },
        Request::Send(Box::new(send(id, "node:self", "forged"))),
        Request::TaskHint {
            endpoint: endpoint(),
            pid: 1,
            hint: "forged".to_owned(),
        },
        Request::Claimable {
            endpoint: Some(endpoint()),
        },
        Request::Claim(Box::new(Claim {
            endpoint: endpoint(),
            pid: 1,
            undispatched: undispatched(),
        })),
        Request::AssignmentReply(Box::new(AssignmentReply {
            endpoint: endpoint(),
            pid: 1,
            source: "msg_x".into(),
            assignment: "asg_x".into(),
            request: Some("r".to_owned()),
            content: "forged".to_owned(),
            content_type: "text".to_owned(),
            metadata: Map::new(),
        })),
        Request::ProcessingState(Box::new(ProcessingState {
            endpoint: endpoint(),
            pid: 1,
            source: "msg_x".into(),
            assignment: "asg_x".into(),
            event: "e".to_owned(),
            sequence: 2,
            state: "adapter_accepted".to_owned(),
            occurred_at: None,
            retryable: false,
            more: Map::new(),
        })),
        Request::SelfSettle {
            endpoint: endpoint(),
            pid: 1,
            undispatched: undispatched(),
        },
        Request::StagedDelivery {
            endpoint: endpoint(),
            pid: 1,
            timeout: seconds(0),
            mark_attempt: true,
        },
        Request::History(Box::new(History {
            endpoint: endpoint(),
            pid: 1,
            conversation: "conv_x".to_owned(),
            limit: 50,
            before: None,
            after: None,
        })),
        Request::ReceiptByKey {
            sender: sender(),
            key: "k".to_owned(),
        },
        Request::OpenReceipts {
            sender: sender(),
            after: None,
            limit: 100,
        },
    ]
}

#[test]
fn w8_nobody_else_removes_or_speaks_for_an_endpoint() {
    let mut bench = Bench::new();
    bench.stream(1);
    bench.stream(9);
    let a = bench.register_with(1, worker("a"));
    for request in in_the_name_of(&a) {
        let shown = format!("{request:?}");
        for (who, code) in [
            (caller(9), "endpoint_pid_mismatch"),
            (owner("wrong"), "endpoint_owner_token_mismatch"),
        ] {
            let reply = bench.ask_as(who, request.clone());
            assert_eq!(refused(reply), (403, code), "{shown}");
            assert!(bench.ops.is_empty(), "{shown}");
        }
    }
    assert_eq!(bench.state(&a), "active");
}

#[test]
fn w8_whoever_has_to_prove_it_and_does_not_is_refused_everything() {
    let mut bench = Bench::with(Figures {
        strict_ownership: true,
        ..Figures::default()
    });
    bench.stream(1);
    let a = bench.register_with(1, worker("a"));
    for request in in_the_name_of(&a) {
        // These name the process in their body, and it must be that of the header.
        let named = matches!(
            request,
            Request::Claim(_)
                | Request::AssignmentReply(_)
                | Request::ProcessingState(_)
                | Request::SelfSettle { .. }
                | Request::StagedDelivery { .. }
                | Request::History(_)
        );
        if named {
            continue;
        }
        let shown = format!("{request:?}");
        let reply = bench.ask(request);
        assert_eq!(
            refused(reply),
            (403, "endpoint_owner_token_mismatch"),
            "{shown}"
        );
    }
    assert_eq!(bench.state(&a), "active");
}

#[test]
fn a_task_hint_is_for_the_owning_process_and_cut() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    let hint = |id: &EndpointId, pid, hint: &str| Request::TaskHint {
        endpoint: id.clone(),
        pid,
        hint: hint.to_owned(),
    };
    let reply = bench.ask(hint(&"ep_x".into(), 1, "x"));
    assert_eq!(refused(reply), (404, "endpoint_unknown"));
    let reply = bench.ask(hint(&a, 9, "x"));
    assert_eq!(refused(reply), (403, "ownership_mismatch"));
    let long = "é".repeat(300);
    assert_eq!(bench.ask(hint(&a, 1, &long)), Reply::Done);
    bench.restart();
    let shown = crate::support::json(bench.ask(Request::Endpoint { endpoint: a }));
    assert_eq!(shown["metadata"]["task_hint"], "é".repeat(200));
}

#[test]
fn w50_endpoints_are_bounded_in_all_and_per_process() {
    let mut bench = Bench::with(Figures {
        endpoints: 3,
        endpoints_per_process: 2,
        ..Figures::default()
    });
    bench.stream(1);
    let stream = bench.stream(2);
    bench.register(1, "a");
    let b = bench.register(1, "b");
    let limit = (429, "endpoint_limit");
    let reply = bench.ask(register(1, metadata("c")));
    assert_eq!(refused(reply), limit, "of one process");
    bench.register(2, "d");
    let reply = bench.ask(register(2, metadata("e")));
    assert_eq!(refused(reply), limit, "in all");
    // Who comes back is none more, and who goes makes room.
    bench.close(stream, Liveness::Alive);
    bench.stream(2);
    bench.register(2, "d");
    bench.ask(Request::Unregister {
        endpoint: b,
        forget: false,
    });
    bench.register(2, "e");
}

#[test]
fn w6_a_send_changes_as_little_however_much_waits() {
    let mut bench = Bench::new();
    bench.stream(1);
    let a = bench.register(1, "a");
    bench.stream(2);
    let b = bench.register(2, "b");
    let mut costs = Vec::new();
    for n in 0..5000 {
        bench.send(&a, b.as_str(), "hello");
        // Every bound of a conversation is reached by then.
        if n == 2000 || n == 4999 {
            costs.push(bench.ops.len());
        }
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0] <= 6, "{:?}", bench.ops);
}

#[test]
fn b9_a_client_without_receipts_that_dies_before_it_reads_is_sent_everything_again() {
    let mut bench = Bench::new();
    let stream = bench.plain_stream(1);
    let a = bench.register(1, "a");
    for content in ["one", "two"] {
        bench.post(a.as_str(), content);
    }
    // Written whole, and nobody has read it.
    assert_eq!(bench.received(stream).len(), 2);
    bench.close(stream, Liveness::Alive);
    let stream = bench.plain_stream(1);
    assert_eq!(bench.register(1, "a"), a);
    let contents: Vec<String> = bench
        .received(stream)
        .into_iter()
        .map(|(content, _)| content)
        .collect();
    assert_eq!(contents, ["one", "two"]);
    bench.pong(stream);
    bench.close(stream, Liveness::Dead);
    assert!(bench.inbox().is_empty());
}
