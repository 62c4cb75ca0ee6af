//! Registries of cmdbus and of the upstream crate, joined over Unix sockets. Each side runs its own code for its own
//! half: cmdbus its `UnixChannel`, upstream a channel that writes and reads lines with upstream's `Message`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus::channel::UnixChannel;
use cmdbus::message::MessageMeta;
use cmdbus::{CallOptions, CommandDef};
use cmdbus_e2e::{Direction, Log, UpstreamLines};
use coralstack_cmd_ipc as upstream;
use serde_json::{Value, json};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use crate::support::{soon, until};

/// Makes a registry of the crate `$ipc`, with a router or as a root.
macro_rules! registry {
    ($ipc:ident, $id:literal) => {
        registry!($ipc, $id, None::<&str>)
    };
    ($ipc:ident, $id:literal under $router:literal) => {
        registry!($ipc, $id, Some($router))
    };
    ($ipc:ident, $id:literal, $router:expr) => {
        $ipc::CommandRegistry::new($ipc::Config {
            id: Some($id.to_owned()),
            router_channel: $router.map(str::to_owned),
            ..Default::default()
        })
    };
}

/// Makes a command that returns its request.
macro_rules! echo {
    ($ipc:ident, $id:literal) => {
        $ipc::DynCommand::new($id, |request: Value| async move {
            Ok::<_, $ipc::CommandError>(request)
        })
    };
}

/// Makes a command that fails in the way its request names.
macro_rules! failing {
    ($ipc:ident, $id:literal) => {
        $ipc::DynCommand::new($id, |kind: String| async move {
            use $ipc::CommandError as E;
            Err::<Value, _>(match kind.as_str() {
                "invalid_request" => E::InvalidRequest {
                    command_id: "of the handler".into(),
                    message: "too long".into(),
                },
                "internal" => E::Internal {
                    command_id: "of the handler".into(),
                    message: "broken".into(),
                },
                "timeout" => E::Timeout,
                "disconnected" => E::ChannelDisconnected,
                "not_found" => E::NotFound("the note".into()),
                "invalid_message" => E::InvalidMessage("odd".into()),
                "duplicate" => E::DuplicateCommand("twin".into()),
                _ => E::Serde(serde_json::from_str::<u8>("").unwrap_err()),
            })
        })
    };
}

/// A connection between two registries.
struct Joined {
    log: Arc<Log>,
    ours: JoinHandle<()>,
    theirs: JoinHandle<()>,
}

/// Joins two registries; each names its channel after the other one.
async fn join(ours: &cmdbus::CommandRegistry, theirs: &upstream::CommandRegistry) -> Joined {
    join_as(theirs.id(), ours, ours.id(), theirs).await
}

async fn join_as(
    our_name: &str,
    ours: &cmdbus::CommandRegistry,
    their_name: &str,
    theirs: &upstream::CommandRegistry,
) -> Joined {
    let (our_end, their_end) = UnixStream::pair().unwrap();
    let our_half = Arc::new(UnixChannel::from_stream(our_name, our_end));
    let their_half = Arc::new(UpstreamLines::new(their_name, their_end));
    let log = their_half.log();
    Joined {
        log,
        ours: tokio::spawn(ours.register_channel(our_half).await.unwrap()),
        theirs: tokio::spawn(theirs.register_channel(their_half).await.unwrap()),
    }
}

/// Joins two registries of ours.
async fn join_ours(a: &cmdbus::CommandRegistry, b: &cmdbus::CommandRegistry) -> JoinHandle<()> {
    let (end_a, end_b) = UnixStream::pair().unwrap();
    let (half_a, half_b) = (
        Arc::new(UnixChannel::from_stream(b.id(), end_a)),
        Arc::new(UnixChannel::from_stream(a.id(), end_b)),
    );
    tokio::spawn(b.register_channel(half_b).await.unwrap());
    tokio::spawn(a.register_channel(half_a).await.unwrap())
}

impl Joined {
    /// Returns the messages of one type that upstream has received.
    fn received(&self, kind: &str) -> Vec<Value> {
        messages(&self.log, Direction::In, kind)
    }

    /// Returns the messages of one type that upstream has sent.
    fn sent(&self, kind: &str) -> Vec<Value> {
        messages(&self.log, Direction::Out, kind)
    }

    /// Upstream has understood all that it was sent.
    #[track_caller]
    fn all_understood(&self) {
        let refused = self.log.lines(Direction::Refused);
        assert!(refused.is_empty(), "{refused:?}");
    }
}

fn messages(log: &Log, direction: Direction, kind: &str) -> Vec<Value> {
    log.lines(direction)
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|message| message["type"] == kind)
        .collect()
}

fn our_ids(registry: &cmdbus::CommandRegistry) -> Vec<String> {
    let commands = registry.list_commands();
    commands.into_iter().map(|command| command.id).collect()
}

fn their_ids(registry: &upstream::CommandRegistry) -> Vec<String> {
    let commands = registry.list_commands();
    commands.into_iter().map(|command| command.id).collect()
}

/// Counts the events of an id that a registry of either crate hears.
macro_rules! count {
    ($registry:expr, $event:expr) => {{
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = heard.clone();
        let _for_good = $registry.on_dyn($event, move |payload| log.lock().unwrap().push(payload));
        heard
    }};
}

#[tokio::test]
async fn both_sides_learn_what_the_other_one_has_from_their_probes() {
    let (ours, theirs) = (registry!(cmdbus, "ours"), registry!(upstream, "theirs"));
    let described = cmdbus::DynCommand::new("ours.double", |n: i64| async move {
        Ok::<_, cmdbus::CommandError>(2 * n)
    })
    .description("Doubles")
    .request_schema(json!({"type": "integer"}));
    ours.register_command(described).await.unwrap();
    ours.register_command(echo!(cmdbus, "_ours.private"))
        .await
        .unwrap();
    theirs
        .register_command(echo!(upstream, "theirs.echo"))
        .await
        .unwrap();
    let joined = join(&ours, &theirs).await;
    let both = ["ours.double", "theirs.echo"];
    until("ours knows", || our_ids(&ours) == both).await;
    until("theirs knows", || their_ids(&theirs) == both).await;

    let learned = theirs.list_commands().remove(0);
    assert_eq!(learned.description.as_deref(), Some("Doubles"));
    let schema = learned.schema.unwrap();
    assert_eq!(schema.request, Some(json!({"type": "integer"})));
    assert_eq!(schema.response, None);
    assert_eq!(joined.received("list.commands.request").len(), 1);
    assert_eq!(joined.sent("list.commands.request").len(), 1);
    joined.all_understood();
}

#[tokio::test]
async fn calls_go_both_ways_with_every_kind_of_payload() {
    let (ours, theirs) = (registry!(cmdbus, "ours"), registry!(upstream, "theirs"));
    ours.register_command(echo!(cmdbus, "ours.echo"))
        .await
        .unwrap();
    theirs
        .register_command(echo!(upstream, "theirs.echo"))
        .await
        .unwrap();
    let joined = join(&ours, &theirs).await;
    until("both know", || {
        our_ids(&ours).len() == 2 && their_ids(&theirs).len() == 2
    })
    .await;
    for payload in [
        json!({}),
        json!({"a": 1, "b": {"c": [null, true]}}),
        json!([]),
        json!([1, [2, {"x": null}]]),
        json!("text"),
        json!("line\nfeed \"quoted\" \u{2028} ü 🚌 \u{0}"),
        json!(""),
        json!(7),
        json!(-2.5e-3),
        json!(u64::MAX),
        json!(false),
        json!(null),
        json!("x".repeat(1 << 20)),
    ] {
        let back = ours.execute_dyn("theirs.echo", payload.clone()).await;
        assert_eq!(back.unwrap(), payload);
        let back = theirs.execute_dyn("ours.echo", payload.clone()).await;
        assert_eq!(back.unwrap(), payload);
    }
    joined.all_understood();
}

#[tokio::test]
async fn void_calls_go_both_ways() {
    let (ours, theirs) = (registry!(cmdbus, "ours"), registry!(upstream, "theirs"));
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let void = cmdbus::DynCommand::new("ours.void", move |(): ()| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok::<(), cmdbus::CommandError>(()) }
    });
    ours.register_command(void).await.unwrap();
    let count = calls.clone();
    let void = upstream::DynCommand::new("theirs.void", move |(): ()| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok::<(), upstream::CommandError>(()) }
    });
    theirs.register_command(void).await.unwrap();
    let joined = join(&ours, &theirs).await;
    until("both know", || {
        our_ids(&ours).len() == 2 && their_ids(&theirs).len() == 2
    })
    .await;
    let back = ours.execute_dyn("theirs.void", Value::Null).await.unwrap();
    assert_eq!(back, Value::Null);
    for nothing in [Value::Null, json!({})] {
        let back = theirs.execute_dyn("ours.void", nothing).await.unwrap();
        assert_eq!(back, Value::Null);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    // Nothing travels as nothing, not as `null`.
    let request = &joined.received("execute.command.request")[0];
    assert!(request.get("request").is_none(), "{request}");
    let response = &joined.received("execute.command.response")[0];
    assert!(response["response"].get("result").is_none(), "{response}");
}

#[tokio::test]
async fn a_thousand_calls_at_once_each_get_their_own_result() {
    let (ours, theirs) = (registry!(cmdbus, "ours"), registry!(upstream, "theirs"));
    ours.register_command(echo!(cmdbus, "ours.echo"))
        .await
        .unwrap();
    theirs
        .register_command(echo!(upstream, "theirs.echo"))
        .await
        .unwrap();
    let _joined = join(&ours, &theirs).await;
    until("both know", || {
        our_ids(&ours).len() == 2 && their_ids(&theirs).len() == 2
    })
    .await;
    let there = (0..1000).map(|n| ours.execute_dyn("theirs.echo", json!(n)));
    let back = (0..1000).map(|n| theirs.execute_dyn("ours.echo", json!(n)));
    let (there, back) = soon(futures_util::future::join(
        futures_util::future::try_join_all(there),
        futures_util::future::try_join_all(back),
    ))
    .await;
    let expected: Vec<Value> = (0..1000).map(|n| json!(n)).collect();
    assert_eq!(there.unwrap(), expected);
    assert_eq!(back.unwrap(), expected);
}

#[tokio::test]
async fn every_error_crosses_in_both_directions() {
    let ours = registry!(cmdbus, "ours");
    let theirs = registry!(upstream, "theirs" under "ours");
    ours.register_command(failing!(cmdbus, "x.ours"))
        .await
        .unwrap();
    theirs
        .register_command(failing!(upstream, "x.theirs"))
        .await
        .unwrap();
    let _joined = join(&ours, &theirs).await;
    until("ours knows", || our_ids(&ours).len() == 2).await;
    for (kind, expected) in [
        (
            json!("invalid_request"),
            "invalid request for command ID: too long",
        ),
        (
            json!("internal"),
            "internal error executing command ID: broken",
        ),
        (json!("timeout"), "request timed out"),
        (json!("disconnected"), "channel disconnected"),
        (json!("not_found"), "command not found: the note"),
        (
            json!("invalid_message"),
            "internal error executing command ID: invalid message: odd [command ID]",
        ),
        (
            json!("duplicate"),
            "internal error executing command ID: duplicate command registration: twin [command ID]",
        ),
        (
            json!("serde"),
            "internal error executing command ID: serialization error: EOF while parsing a value at line 1 column 0 [command ID]",
        ),
        (
            json!(7),
            "invalid request for command ID: invalid type: integer `7`, expected a string",
        ),
    ] {
        let error = ours
            .execute_dyn("x.theirs", kind.clone())
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), expected.replace("ID", "x.theirs"));
        let error = theirs
            .execute_dyn("x.ours", kind.clone())
            .await
            .unwrap_err();
        // Upstream puts its own prefix before the one that travels (W17).
        let error = error.to_string();
        let error = error.replacen("command not found: command", "command", 1);
        assert_eq!(error, expected.replace("ID", "x.ours"));
    }
    let error = theirs.execute_dyn("nobody.has", json!(1)).await;
    assert!(
        matches!(error, Err(upstream::CommandError::NotFound(_))),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_command_unknown_to_an_upstream_root_is_not_found() {
    let ours = registry!(cmdbus, "ours" under "theirs");
    let theirs = registry!(upstream, "theirs");
    let _joined = join(&ours, &theirs).await;
    let error = ours.execute_dyn("nobody.has", json!(1)).await.unwrap_err();
    assert_eq!(error.to_string(), "command not found: nobody.has");
}

#[tokio::test]
async fn events_go_both_ways_and_arrive_once_even_over_two_connections() {
    let (ours, theirs) = (registry!(cmdbus, "ours"), registry!(upstream, "theirs"));
    let first = join_as("first", &ours, "first", &theirs).await;
    let second = join_as("second", &ours, "second", &theirs).await;
    let (here, there) = (count!(ours, "said"), count!(theirs, "said"));
    let (secret_here, secret_there) = (count!(ours, "_secret"), count!(theirs, "_secret"));
    let payloads = [json!({"n": 1}), json!(2), json!("three"), Value::Null];
    for payload in &payloads {
        ours.emit(cmdbus::DynEvent::new("said", payload.clone()))
            .unwrap();
        theirs
            .emit(upstream::DynEvent::new("said", payload.clone()))
            .unwrap();
    }
    ours.emit(cmdbus::DynEvent::new("_secret", json!(1)))
        .unwrap();
    theirs
        .emit(upstream::DynEvent::new("_secret", json!(2)))
        .unwrap();
    // Own ones too, so eight each.
    until("all have come", || {
        here.lock().unwrap().len() >= 8 && there.lock().unwrap().len() >= 8
    })
    .await;
    until("the second copies have come", || {
        [&first, &second]
            .iter()
            .all(|joined| joined.received("event").len() >= 4 && joined.sent("event").len() >= 4)
    })
    .await;
    for joined in [&first, &second] {
        joined.all_understood();
    }
    settle().await;
    for heard in [here, there] {
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 8);
        for payload in &payloads {
            let copies = heard.iter().filter(|other| *other == payload).count();
            assert_eq!(copies, 2, "own and the other's: {payload}");
        }
    }
    assert_eq!(*secret_here.lock().unwrap(), [json!(1)]);
    assert_eq!(*secret_there.lock().unwrap(), [json!(2)]);
}

/// Lets everything that can still happen in this process happen.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn an_upstream_child_registers_at_a_cmdbus_root() {
    let root = registry!(cmdbus, "root");
    let child = registry!(upstream, "child" under "root");
    root.register_command(echo!(cmdbus, "root.own"))
        .await
        .unwrap();
    let joined = join(&root, &child).await;
    soon(child.register_command(echo!(upstream, "child.own")))
        .await
        .unwrap();
    // Acknowledged is callable.
    assert_eq!(our_ids(&root), ["child.own", "root.own"]);
    let back = root.execute_dyn("child.own", json!(1)).await.unwrap();
    assert_eq!(back, json!(1));
    let refused = soon(child.register_command(echo!(upstream, "root.own"))).await;
    assert!(
        matches!(&refused, Err(upstream::CommandError::DuplicateCommand(id)) if id == "root.own"),
        "{refused:?}"
    );
    let refused = root.register_command(echo!(cmdbus, "child.own")).await;
    assert!(
        matches!(&refused, Err(cmdbus::CommandError::DuplicateCommand(id)) if id == "child.own"),
        "{refused:?}"
    );
    // Another child, of ours, is refused what the upstream one has.
    let other = registry!(cmdbus, "other" under "root");
    join_ours(&other, &root).await;
    let refused = soon(other.register_command(echo!(cmdbus, "child.own"))).await;
    assert!(
        matches!(&refused, Err(cmdbus::CommandError::DuplicateCommand(id)) if id == "child.own"),
        "{refused:?}"
    );
    let back = other.execute_dyn("child.own", json!("over the root")).await;
    assert_eq!(back.unwrap(), json!("over the root"));
    joined.all_understood();
}

#[tokio::test]
async fn a_cmdbus_child_registers_at_an_upstream_root() {
    let root = registry!(upstream, "root");
    let child = registry!(cmdbus, "child" under "root");
    root.register_command(echo!(upstream, "root.own"))
        .await
        .unwrap();
    let joined = join(&child, &root).await;
    soon(child.register_command(echo!(cmdbus, "child.own")))
        .await
        .unwrap();
    assert_eq!(their_ids(&root), ["child.own", "root.own"]);
    let back = root.execute_dyn("child.own", json!(1)).await.unwrap();
    assert_eq!(back, json!(1));
    let refused = soon(child.register_command(echo!(cmdbus, "root.own"))).await;
    assert!(
        matches!(&refused, Err(cmdbus::CommandError::DuplicateCommand(id)) if id == "root.own"),
        "{refused:?}"
    );
    // Refused by the root itself, not by what the child knew from the probe.
    let other = registry!(cmdbus, "other" under "root");
    join(&other, &root).await;
    let refused = soon(other.register_command(echo!(cmdbus, "child.own"))).await;
    assert!(
        matches!(&refused, Err(cmdbus::CommandError::DuplicateCommand(id)) if id == "child.own"),
        "{refused:?}"
    );
    joined.all_understood();
}

#[tokio::test]
async fn an_upstream_node_in_the_middle_joins_two_of_ours() {
    let root = registry!(cmdbus, "root");
    let middle = registry!(upstream, "middle" under "root");
    let leaf = registry!(cmdbus, "leaf" under "middle");
    root.register_command(echo!(cmdbus, "root.echo"))
        .await
        .unwrap();
    root.register_command(failing!(cmdbus, "root.fail"))
        .await
        .unwrap();
    let upper = join(&root, &middle).await;
    let lower = join(&leaf, &middle).await;
    // Escalated through the middle.
    soon(leaf.register_command(echo!(cmdbus, "leaf.echo")))
        .await
        .unwrap();
    assert!(our_ids(&root).contains(&"leaf.echo".to_owned()));
    soon(leaf.register_command(failing!(cmdbus, "leaf.fail")))
        .await
        .unwrap();
    let refused = soon(leaf.register_command(echo!(cmdbus, "root.echo"))).await;
    assert!(
        matches!(&refused, Err(cmdbus::CommandError::DuplicateCommand(_))),
        "{refused:?}"
    );

    for payload in [json!({"deep": [1, null]}), json!(1.5), Value::Null] {
        let back = root.execute_dyn("leaf.echo", payload.clone()).await;
        assert_eq!(back.unwrap(), payload);
        let back = leaf.execute_dyn("root.echo", payload.clone()).await;
        assert_eq!(back.unwrap(), payload);
    }
    for (kind, expected) in [
        (
            "invalid_request",
            "invalid request for command ID: too long",
        ),
        ("internal", "internal error executing command ID: broken"),
        ("timeout", "request timed out"),
        ("disconnected", "channel disconnected"),
        ("not_found", "command not found: the note"),
    ] {
        for (registry, id) in [(&root, "leaf.fail"), (&leaf, "root.fail")] {
            let error = registry.execute_dyn(id, json!(kind)).await.unwrap_err();
            assert_eq!(error.to_string(), expected.replace("ID", id));
        }
    }

    let (up, down) = (count!(root, "said"), count!(leaf, "said"));
    root.emit(cmdbus::DynEvent::new("said", json!("from the root")))
        .unwrap();
    leaf.emit(cmdbus::DynEvent::new("said", json!("from the leaf")))
        .unwrap();
    for heard in [up, down] {
        until("both are heard", || heard.lock().unwrap().len() >= 2).await;
        settle().await;
        assert_eq!(heard.lock().unwrap().len(), 2);
    }
    upper.all_understood();
    lower.all_understood();
}

#[tokio::test]
async fn an_upstream_node_in_the_middle_carries_calls_without_the_extensions() {
    let root = registry!(cmdbus, "root");
    let middle = registry!(upstream, "middle" under "root");
    let leaf = registry!(cmdbus, "leaf" under "middle");
    let upper = join(&root, &middle).await;
    let lower = join(&leaf, &middle).await;
    let (begun, ends) = (
        Arc::new(Mutex::new(0)),
        Arc::new(tokio::sync::Notify::new()),
    );
    let slow = cmdbus::DynCommand::new("leaf.slow", {
        let (begun, ends) = (begun.clone(), ends.clone());
        move |_: Value| {
            *begun.lock().unwrap() += 1;
            let ends = ends.clone();
            async move {
                let context = cmdbus::CallContext::current().unwrap();
                context.progress(1.0, 2.0, "half");
                ends.notified().await;
                Ok::<_, cmdbus::CommandError>(context.remaining().is_some())
            }
        }
    });
    soon(leaf.register_command(slow)).await.unwrap();
    let count = cmdbus::DynCommand::streaming("leaf.count", |n: u64| {
        futures_util::stream::iter((0..n).map(Ok::<_, cmdbus::CommandError>))
    });
    soon(leaf.register_command(count)).await.unwrap();

    // Items come all together; a report of progress, and the time, not at all.
    let mut numbers = root.call_dyn("leaf.count", json!(3)).stream();
    assert!(futures_util::StreamExt::next(&mut numbers).await.is_none());
    let all = numbers.finish().await.unwrap();
    assert_eq!(all, json!({"items": [0, 1, 2]}));
    let reports = Arc::new(AtomicUsize::new(0));
    let seen = reports.clone();
    let call = root
        .call_dyn("leaf.slow", json!(1))
        .timeout(Duration::from_secs(20))
        .on_progress(move |_| {
            seen.fetch_add(1, Ordering::Relaxed);
        });
    let (handle, future) = call.handle();
    until("the handler is at work", || *begun.lock().unwrap() == 1).await;
    ends.notify_one();
    let has_time = soon(future).await.unwrap();
    assert_eq!(has_time, json!(false), "upstream passes no `_meta` on");
    assert_eq!(reports.load(Ordering::Relaxed), 0);

    // Given up, the work beyond the middle goes on, and its late answer harms nobody.
    handle.cancel();
    let (handle, future) = root.call_dyn("leaf.slow", json!(2)).handle();
    until("the handler is at work", || *begun.lock().unwrap() == 2).await;
    handle.cancel();
    soon(future).await.unwrap_err();
    assert_eq!(root.load().outstanding, 0);
    assert_eq!(leaf.load().running, 1);
    ends.notify_one();
    until("the handler ends", || leaf.load().running == 0).await;
    until("its answer is back", || root.stats().ignored_responses == 1).await;
    for joined in [&upper, &lower] {
        let frames = [joined.received("event"), joined.sent("event")].concat();
        assert_eq!(frames, Vec::<Value>::new(), "no frame was sent");
        joined.all_understood();
    }
}

#[tokio::test]
async fn a_cmdbus_node_in_the_middle_joins_two_of_upstream() {
    let root = registry!(upstream, "root");
    let middle = registry!(cmdbus, "middle" under "root");
    let leaf = registry!(upstream, "leaf" under "middle");
    root.register_command(echo!(upstream, "root.echo"))
        .await
        .unwrap();
    let upper = join(&middle, &root).await;
    let lower = join(&middle, &leaf).await;
    soon(leaf.register_command(echo!(upstream, "leaf.echo")))
        .await
        .unwrap();
    assert!(their_ids(&root).contains(&"leaf.echo".to_owned()));
    let refused = soon(leaf.register_command(echo!(upstream, "root.echo"))).await;
    assert!(
        matches!(&refused, Err(upstream::CommandError::DuplicateCommand(_))),
        "{refused:?}"
    );
    let back = root.execute_dyn("leaf.echo", json!({"a": 1})).await;
    assert_eq!(back.unwrap(), json!({"a": 1}));
    let back = leaf.execute_dyn("root.echo", json!([2])).await;
    assert_eq!(back.unwrap(), json!([2]));
    let (up, down) = (count!(root, "said"), count!(leaf, "said"));
    leaf.emit(upstream::DynEvent::new("said", json!("from the leaf")))
        .unwrap();
    root.emit(upstream::DynEvent::new("said", json!("from the root")))
        .unwrap();
    for heard in [up, down] {
        until("both are heard", || heard.lock().unwrap().len() >= 2).await;
        settle().await;
        assert_eq!(heard.lock().unwrap().len(), 2);
    }
    // What the middle passed on carries its hop count, which upstream neither minds nor loses its way over.
    for joined in [&upper, &lower] {
        for kind in ["execute.command.request", "event"] {
            let passed_on = joined.received(kind);
            assert!(!passed_on.is_empty(), "{kind}");
            for message in passed_on {
                assert_eq!(message["_meta"]["cmdbus-hops"], 1, "{message}");
            }
        }
        joined.all_understood();
    }
}

#[tokio::test]
async fn upstream_serves_calls_with_meta_keys_it_does_not_know() {
    let (ours, theirs) = (registry!(cmdbus, "ours"), registry!(upstream, "theirs"));
    theirs
        .register_command(echo!(upstream, "theirs.echo"))
        .await
        .unwrap();
    let joined = join(&ours, &theirs).await;
    until("ours knows", || our_ids(&ours).len() == 1).await;
    let meta = MessageMeta {
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        extra: [
            ("cmdbus-hops".to_owned(), json!(5)),
            ("cmdbus-features".to_owned(), json!(["x"])),
            ("tenant".to_owned(), json!({"color": "blue"})),
        ]
        .into(),
        ..MessageMeta::default()
    };
    let options = CallOptions::default().meta(meta);
    let back = ours
        .execute_dyn_with("theirs.echo", json!(1), options)
        .await;
    assert_eq!(back.unwrap(), json!(1));
    let call = &joined.received("execute.command.request")[0];
    assert_eq!(call["_meta"]["tenant"]["color"], "blue");
    joined.all_understood();
}

#[tokio::test]
async fn a_withdrawal_is_a_harmless_refresh_for_an_upstream_root() {
    let root = registry!(upstream, "root");
    let middle = registry!(cmdbus, "middle" under "root");
    let leaf = registry!(cmdbus, "leaf" under "middle");
    let upper = join(&middle, &root).await;
    let lower = join_ours(&leaf, &middle).await;
    soon(leaf.register_command(echo!(cmdbus, "leaf.echo")))
        .await
        .unwrap();
    soon(middle.register_command(echo!(cmdbus, "middle.echo")))
        .await
        .unwrap();
    leaf.dispose().await;
    soon(lower).await.unwrap();
    let is_withdrawal = |message: &Value| message["_meta"]["cmdbus-withdraw"] == true;
    until("the withdrawal comes", || {
        let registrations = upper.received("register.command.request");
        registrations.iter().any(is_withdrawal)
    })
    .await;
    until("it is acknowledged", || {
        upper.sent("register.command.response").len() == 3
    })
    .await;
    for answer in upper.sent("register.command.response") {
        assert_eq!(answer["response"]["ok"], true, "{answer}");
    }
    // The root still believes in it, and is told better when it calls.
    let error = root.execute_dyn("leaf.echo", json!(1)).await;
    assert!(
        matches!(error, Err(upstream::CommandError::NotFound(_))),
        "{error:?}"
    );
    let back = root.execute_dyn("middle.echo", json!(1)).await;
    assert_eq!(back.unwrap(), json!(1));
    upper.all_understood();
}

#[tokio::test]
async fn an_upstream_peer_that_goes_fails_its_calls_and_takes_its_commands_along() {
    let root = registry!(cmdbus, "root");
    let child = registry!(upstream, "child" under "root");
    let joined = join(&root, &child).await;
    let hang = upstream::DynCommand::new("child.hang", |_: Value| {
        std::future::pending::<Result<Value, upstream::CommandError>>()
    });
    soon(child.register_command(hang)).await.unwrap();
    let call = tokio::spawn({
        let root = root.clone();
        async move { root.execute_dyn("child.hang", json!(1)).await }
    });
    until("the call is there", || {
        !joined.received("execute.command.request").is_empty()
    })
    .await;
    // As when its process is killed: no good-bye, the socket just ends.
    joined.theirs.abort();
    child.dispose().await;
    let error = soon(call).await.unwrap();
    assert!(
        matches!(error, Err(cmdbus::CommandError::ChannelDisconnected)),
        "{error:?}"
    );
    soon(joined.ours).await.unwrap();
    assert_eq!(root.list_commands(), Vec::<CommandDef>::new());
    assert_eq!(root.list_channels(), Vec::<String>::new());
}

#[tokio::test]
async fn upstream_notices_that_cmdbus_has_gone() {
    let ours = registry!(cmdbus, "ours");
    let theirs = registry!(upstream, "theirs" under "ours");
    let hang = cmdbus::DynCommand::new("ours.hang", |_: Value| {
        std::future::pending::<Result<Value, cmdbus::CommandError>>()
    });
    ours.register_command(hang).await.unwrap();
    let joined = join(&ours, &theirs).await;
    let call = tokio::spawn({
        let theirs = theirs.clone();
        async move { theirs.execute_dyn("ours.hang", json!(1)).await }
    });
    until("the call is there", || {
        !joined.sent("execute.command.request").is_empty()
    })
    .await;
    ours.dispose().await;
    let error = soon(call).await.unwrap();
    assert!(
        matches!(error, Err(upstream::CommandError::ChannelDisconnected)),
        "{error:?}"
    );
    soon(joined.theirs).await.unwrap();
    assert_eq!(theirs.list_channels(), Vec::<String>::new());
}

#[tokio::test]
async fn cmdbus_connects_to_a_socket_that_upstream_listens_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("upstream.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let theirs = registry!(upstream, "theirs");
    theirs
        .register_command(echo!(upstream, "theirs.echo"))
        .await
        .unwrap();
    let ours = registry!(cmdbus, "ours" under "theirs");
    let channel = Arc::new(UnixChannel::connect("theirs", path));
    tokio::spawn(ours.register_channel(channel).await.unwrap());
    let (stream, _) = listener.accept().await.unwrap();
    let channel = Arc::new(UpstreamLines::new("ours", stream));
    tokio::spawn(theirs.register_channel(channel).await.unwrap());
    let back = soon(ours.execute_dyn("theirs.echo", json!("hello"))).await;
    assert_eq!(back.unwrap(), json!("hello"));
}
