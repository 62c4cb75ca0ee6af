//! What every transport does alike. `pair_suite!` needs two connected channels, `raw_suite!` one channel and a peer that
//! speaks bytes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cmdbus::channel::ChannelLimits;
use cmdbus::{ChannelError, CommandChannel, CommandError, CommandRegistry, DynEvent};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::support::{
    Raw, Watched, call, caller_of, drive_started, event, event_of, knows, limit, nested, provider,
    reply, soon, text_of,
};

pub(crate) type Pair = (Arc<dyn CommandChannel>, Arc<dyn CommandChannel>);

/// Makes connections of one transport. Both ends have been started.
pub(crate) trait Transport {
    /// Whether an end of one direction leaves the other open.
    const HALF_CLOSES: bool = false;
    /// Whether a frame over the limit can be skipped.
    const SKIPS: bool = true;

    fn pair(limits: ChannelLimits) -> impl Future<Output = Pair>;
    fn raw(_limits: ChannelLimits) -> impl Future<Output = (Watched, Raw)> {
        async { unreachable!("this transport has no bytes") }
    }
}

macro_rules! cases {
    ($transport:ty: $($case:ident)*) => {
        $(#[tokio::test]
        async fn $case() {
            $crate::suite::$case::<$transport>().await;
        })*
    };
}

macro_rules! pair_suite {
    ($transport:ty) => {
        cases! { $transport:
            messages_arrive_in_order_in_both_directions
            after_close_nothing_can_be_sent_and_nothing_comes
            the_end_of_the_peer_ends_receiving
            what_was_sent_before_a_close_arrives
            what_was_sent_before_a_close_arrives_though_the_peers_own_was_not_read
            a_channel_can_be_closed_twice_and_while_it_receives
            a_receive_that_was_dropped_loses_nothing
            a_mebibyte_goes_through
            calls_events_and_errors_go_from_registry_to_registry
            calls_fail_when_the_peer_is_gone
            a_registry_that_is_disposed_of_ends_the_session_of_its_peer
        }
    };
}

macro_rules! raw_suite {
    ($transport:ty) => {
        pair_suite!($transport);
        cases! { $transport:
            a_message_at_the_limit_goes_through_and_a_longer_one_is_refused_alone
            a_call_over_the_limit_is_answered_with_the_limit
            a_reply_over_the_limit_fails_its_call
            a_frame_that_is_nested_too_deep_is_answered_or_fails_its_call
            what_is_no_message_is_dropped_and_counted
            a_foreign_id_comes_back_as_it_was_written
            an_unknown_error_code_fails_the_call_and_is_named
            a_peer_that_does_not_read_is_refused_calls_then_given_up
            closing_waits_two_seconds_for_a_peer_that_does_not_read
            a_peer_that_has_ended_its_direction_still_gets_replies
            calls_fail_when_the_connection_breaks
            what_a_peer_said_before_it_broke_off_arrives_though_it_takes_nothing_more
        }
    };
}

async fn recv(channel: &Arc<dyn CommandChannel>) -> cmdbus::Message {
    soon(channel.recv()).await.expect("the channel has ended")
}

async fn ended(channel: &Arc<dyn CommandChannel>) {
    assert!(soon(channel.recv()).await.is_none());
}

pub(crate) async fn messages_arrive_in_order_in_both_directions<T: Transport>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    for n in 0..500 {
        a.send(event(format!("to b {n}"))).unwrap();
        b.send(event(format!("to a {n}"))).unwrap();
    }
    for n in 0..500 {
        assert_eq!(text_of(&recv(&b).await), format!("to b {n}"));
        assert_eq!(text_of(&recv(&a).await), format!("to a {n}"));
    }
}

pub(crate) async fn after_close_nothing_can_be_sent_and_nothing_comes<T: Transport>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    b.send(event("too late")).unwrap();
    let (reader, ()) = tokio::join!(async { while b.recv().await.is_some() {} }, soon(a.close()));
    let () = reader;
    assert!(matches!(a.send(event("more")), Err(ChannelError::Closed)));
    ended(&a).await;
    ended(&a).await;
}

pub(crate) async fn the_end_of_the_peer_ends_receiving<T: Transport>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    tokio::join!(soon(a.close()), async {
        ended(&b).await;
        b.close().await;
    });
    ended(&b).await;
    assert!(matches!(b.send(event("more")), Err(ChannelError::Closed)));
}

pub(crate) async fn what_was_sent_before_a_close_arrives<T: Transport>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    for n in 0..300 {
        a.send(event(format!("{n} {}", "x".repeat(n * 100))))
            .unwrap();
    }
    let receive = async {
        for n in 0..300 {
            let text = text_of(&recv(&b).await);
            assert!(text.starts_with(&format!("{n} ")));
        }
        ended(&b).await;
        b.close().await;
    };
    tokio::join!(soon(a.close()), receive);
}

pub(crate) async fn what_was_sent_before_a_close_arrives_though_the_peers_own_was_not_read<
    T: Transport,
>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    for n in 0..50 {
        b.send(event(format!("{n} {}", "y".repeat(2000)))).unwrap();
    }
    // They are on their way, and this end never looks at them.
    tokio::task::yield_now().await;
    for n in 0..20 {
        a.send(event(format!("{n} {}", "x".repeat(100_000))))
            .unwrap();
    }
    let receive = async {
        for n in 0..20 {
            assert!(text_of(&recv(&b).await).starts_with(&format!("{n} ")));
        }
        ended(&b).await;
        b.close().await;
    };
    tokio::join!(soon(a.close()), receive);
}

pub(crate) async fn a_channel_can_be_closed_twice_and_while_it_receives<T: Transport>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    let receiver = {
        let a = a.clone();
        tokio::spawn(async move { a.recv().await })
    };
    tokio::task::yield_now().await;
    tokio::join!(soon(a.close()), soon(a.close()), async {
        ended(&b).await;
        b.close().await;
    });
    assert!(soon(receiver).await.unwrap().is_none());
    soon(a.close()).await;
}

pub(crate) async fn a_receive_that_was_dropped_loses_nothing<T: Transport>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    let sender = async {
        for n in 0..200 {
            a.send(event(format!("{n} {}", "x".repeat(n * 200))))
                .unwrap();
            tokio::task::yield_now().await;
        }
    };
    let receiver = async {
        for n in 0..200 {
            let message = soon(async {
                loop {
                    tokio::select! {
                        biased;
                        message = b.recv() => break message,
                        () = tokio::task::yield_now() => {}
                    }
                }
            })
            .await;
            assert!(text_of(&message.unwrap()).starts_with(&format!("{n} ")));
        }
    };
    tokio::join!(sender, receiver);
}

pub(crate) async fn a_mebibyte_goes_through<T: Transport>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    let text = "ä\n\"".repeat(1 << 18);
    a.send(event(text.clone())).unwrap();
    a.send(event("after")).unwrap();
    assert_eq!(text_of(&recv(&b).await), text);
    assert_eq!(text_of(&recv(&b).await), "after");
}

pub(crate) async fn calls_events_and_errors_go_from_registry_to_registry<T: Transport>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    let (caller, provider) = (CommandRegistry::new(Default::default()), provider().await);
    tokio::join!(drive_started(&caller, a), drive_started(&provider, b));
    knows(&caller, "test.echo").await;

    let request = json!({"text": "line\nbreak", "numbers": [1, 2.5, null]});
    let answer = soon(caller.execute_dyn("test.echo", request.clone())).await;
    assert_eq!(answer.unwrap(), request);
    let error = soon(caller.execute_dyn("test.fail", json!(1)))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, CommandError::Internal { message, .. } if message == "as asked"),
        "{error}"
    );
    let error = soon(caller.execute_dyn("test.none", json!(1)))
        .await
        .unwrap_err();
    assert!(matches!(error, CommandError::NotFound(_)));

    let (heard, mut events) = mpsc::unbounded_channel();
    let _stop = provider.on_dyn("test.event", move |payload: Value| {
        let _ = heard.send(payload);
    });
    caller
        .emit(DynEvent::new("test.event", json!({"n": 1})))
        .unwrap();
    assert_eq!(soon(events.recv()).await.unwrap(), json!({"n": 1}));
}

pub(crate) async fn calls_fail_when_the_peer_is_gone<T: Transport>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    let (caller, provider) = (CommandRegistry::new(Default::default()), provider().await);
    let (_, driver) = tokio::join!(drive_started(&caller, a), drive_started(&provider, b));
    knows(&caller, "test.hang").await;
    let kill = async {
        while provider.load().running == 0 {
            tokio::task::yield_now().await;
        }
        driver.abort();
    };
    let (answer, ()) = tokio::join!(soon(caller.execute_dyn("test.hang", json!(1))), soon(kill));
    assert!(matches!(
        answer.unwrap_err(),
        CommandError::ChannelDisconnected
    ));
    soon(async {
        while !caller.list_channels().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

pub(crate) async fn a_registry_that_is_disposed_of_ends_the_session_of_its_peer<T: Transport>() {
    let (a, b) = T::pair(ChannelLimits::default()).await;
    let (one, other) = (CommandRegistry::new(Default::default()), provider().await);
    let (one_driver, other_driver) = tokio::join!(drive_started(&one, a), drive_started(&other, b));
    knows(&one, "test.echo").await;
    soon(one.dispose()).await;
    soon(one_driver).await.unwrap();
    soon(other_driver).await.unwrap();
    assert!(other.list_channels().is_empty());
}

pub(crate) async fn a_message_at_the_limit_goes_through_and_a_longer_one_is_refused_alone<
    T: Transport,
>() {
    const LIMIT: usize = 300_000;
    let (a, b) = T::pair(limit(LIMIT)).await;
    a.send(event_of(LIMIT)).unwrap();
    let error = a.send(event_of(LIMIT + 1)).unwrap_err();
    assert!(
        matches!(&error, ChannelError::Other(text) if text.contains("300000")),
        "{error}"
    );
    a.send(event("after")).unwrap();
    let message = recv(&b).await;
    assert_eq!(serde_json::to_string(&message).unwrap().len(), LIMIT);
    assert_eq!(text_of(&recv(&b).await), "after");
}

pub(crate) async fn a_call_over_the_limit_is_answered_with_the_limit<T: Transport>() {
    let (watched, mut raw) = T::raw(limit(10_000)).await;
    let text = json!({
        "type": "execute.command.request", "id": "big one", "commandId": "test.echo",
        "request": "x".repeat(10_000),
    });
    if !T::SKIPS {
        let (received, ()) = tokio::join!(soon(watched.channel.recv()), async {
            raw.send_json(text).await;
            assert_eq!(raw.close_code().await, 1009);
        });
        assert!(received.is_none());
        return;
    }
    let send = async {
        raw.send_json(text).await;
        raw.send_json(serde_json::to_value(event("after")).unwrap())
            .await;
        raw.recv_type("execute.command.response").await
    };
    let (message, answer) = tokio::join!(recv(&watched.channel), send);
    assert_eq!(text_of(&message), "after");
    assert_eq!(answer["thid"], "big one");
    assert_eq!(answer["response"]["error"]["code"], "invalid_request");
    let text = answer["response"]["error"]["message"].as_str().unwrap();
    assert!(text.contains("10000"), "{text}");
    assert_eq!((watched.dropped)(), 1);
}

pub(crate) async fn a_reply_over_the_limit_fails_its_call<T: Transport>() {
    let (watched, mut raw) = T::raw(limit(10_000)).await;
    let caller = caller_of(watched.channel.clone(), &mut raw).await;
    let reply = async {
        let request = raw.recv_type("execute.command.request").await;
        raw.send_json(json!({
            "type": "execute.command.response", "id": Uuid::new_v4(), "thid": request["id"],
            "response": {"ok": true, "result": "x".repeat(10_000)},
        }))
        .await;
    };
    let (answer, ()) = tokio::join!(soon(caller.execute_dyn("peer.command", json!(1))), reply);
    let error = answer.unwrap_err();
    if T::SKIPS {
        assert!(
            matches!(&error, CommandError::Internal { message, .. } if message.contains("10000")),
            "{error}"
        );
        assert_eq!(caller.list_channels().len(), 1);
    } else {
        assert!(
            matches!(error, CommandError::ChannelDisconnected),
            "{error}"
        );
        assert_eq!(raw.close_code().await, 1009);
    }
}

pub(crate) async fn a_frame_that_is_nested_too_deep_is_answered_or_fails_its_call<T: Transport>() {
    let (watched, mut raw) = T::raw(ChannelLimits::default()).await;
    let caller = caller_of(watched.channel.clone(), &mut raw).await;
    let deep = nested(128);
    raw.send(format!(
        r#"{{"type":"execute.command.request","id":"deep","commandId":"x","request":{deep}}}"#
    ))
    .await;
    let answer = raw.recv_type("execute.command.response").await;
    assert_eq!(answer["thid"], "deep");
    assert_eq!(answer["response"]["error"]["code"], "invalid_request");
    assert!(
        answer["response"]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("128")
    );

    let reply = async {
        let request = raw.recv_type("execute.command.request").await;
        let (id, thid) = (Uuid::new_v4(), &request["id"]);
        raw.send(format!(
            r#"{{"type":"execute.command.response","id":"{id}","thid":{thid},"response":{{"ok":true,"result":{deep}}}}}"#
        ))
        .await;
    };
    let (answer, ()) = tokio::join!(soon(caller.execute_dyn("peer.command", json!(1))), reply);
    let error = answer.unwrap_err();
    assert!(
        matches!(&error, CommandError::Internal { message, .. } if message.contains("128")),
        "{error}"
    );
    assert_eq!(caller.list_channels().len(), 1);
}

pub(crate) async fn what_is_no_message_is_dropped_and_counted<T: Transport>() {
    let (watched, mut raw) = T::raw(ChannelLimits::default()).await;
    let id = Uuid::new_v4();
    let mut wrong = vec![
        b"hello".to_vec(),
        b"[1, 2]".to_vec(),
        b"{\"type\":\"event\"".to_vec(),
        format!(r#"{{"type":"surprise","id":"{id}"}}"#).into(),
        format!(r#"{{"id":"{id}"}}"#).into(),
        br#"{"type":"event","eventId":"a.b"}"#.to_vec(),
        br#"{"type":"event","id":"","eventId":"a.b"}"#.to_vec(),
        format!(r#"{{"type":"event","id":"{id}"}}"#).into(),
        format!(r#"{{"type":"execute.command.response","id":"{id}","response":{{"ok":true}}}}"#)
            .into(),
        format!(r#"{{"type":"event","id":"{id}","eventId":"a.b","_meta":7}}"#).into(),
        "\u{0}\u{1}\u{2}".into(),
    ];
    if T::SKIPS {
        wrong.push(
            format!(r#"{{"type":"event","id":"{id}","eventId":"a.b","payload":"x"}}"#).into(),
        );
        let frame = wrong.last_mut().unwrap();
        let payload = frame.iter().position(|byte| *byte == b'x').unwrap();
        frame[payload] = 0xff;
    }
    for frame in &wrong {
        raw.send(frame).await;
    }
    raw.send_json(serde_json::to_value(event("after")).unwrap())
        .await;
    assert_eq!(text_of(&recv(&watched.channel).await), "after");
    assert_eq!((watched.dropped)(), wrong.len() as u64);
    watched.channel.send(event("still here")).unwrap();
    assert!(soon(raw.recv()).await.unwrap().contains("still here"));
}

pub(crate) async fn a_foreign_id_comes_back_as_it_was_written<T: Transport>() {
    let (watched, mut raw) = T::raw(ChannelLimits::default()).await;
    let provider = provider().await;
    drive_started(&provider, watched.channel).await;
    for id in [
        "7",
        "F0A4F3DE-72B4-4A39-9A07-5F0C6C0F6A3D",
        "f0a4f3de72b44a399a075f0c6c0f6a3d",
        "ünï\"code\\\n",
    ] {
        raw.send_json(json!({
            "type": "execute.command.request", "id": id, "commandId": "test.echo", "request": [id],
        }))
        .await;
        let answer = raw.recv_type("execute.command.response").await;
        assert_eq!(
            (&answer["thid"], &answer["response"]["result"]),
            (&json!(id), &json!([id]))
        );
    }
    raw.send_json(json!({"type": "list.commands.request", "id": "list"}))
        .await;
    assert_eq!(
        raw.recv_type("list.commands.response").await["thid"],
        "list"
    );
}

pub(crate) async fn an_unknown_error_code_fails_the_call_and_is_named<T: Transport>() {
    let (watched, mut raw) = T::raw(ChannelLimits::default()).await;
    let caller = caller_of(watched.channel, &mut raw).await;
    let reply = async {
        let request = raw.recv_type("execute.command.request").await;
        raw.send_json(json!({
            "type": "execute.command.response", "id": Uuid::new_v4(), "thid": request["id"],
            "response": {"ok": false, "error": {"code": "teapot", "message": "short and stout"}},
        }))
        .await;
    };
    let (answer, ()) = tokio::join!(soon(caller.execute_dyn("peer.command", json!(1))), reply);
    let error = answer.unwrap_err();
    assert!(
        matches!(&error, CommandError::Internal { message, .. } if message.contains("teapot")),
        "{error}"
    );
}

/// Sends until the transport's own buffers and the queue are full of calls and events.
async fn fill(channel: &Arc<dyn CommandChannel>) {
    soon(async {
        let mut refused = 0;
        while refused < 3 {
            match channel.send(call("x".repeat(100_000))) {
                Ok(()) => refused = 0,
                Err(ChannelError::Other(text)) if text.contains("overloaded") => refused += 1,
                Err(error) => panic!("{error}"),
            }
            // Lets the writer push on as far as it can.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}

pub(crate) async fn a_peer_that_does_not_read_is_refused_calls_then_given_up<T: Transport>() {
    let limits = ChannelLimits::default().outgoing_queue(1 << 20, 100_000);
    let (watched, raw) = T::raw(limits).await;
    let channel = watched.channel;
    fill(&channel).await;
    assert!(matches!(
        channel.send(event("x".repeat(100_000))),
        Err(ChannelError::Other(_))
    ));
    let mut taken = 0;
    let error = loop {
        match channel.send(reply(Uuid::new_v4(), "x".repeat(100_000))) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 100);
    };
    assert!(taken >= 9, "{taken}");
    assert!(matches!(error, ChannelError::Closed), "{error}");
    ended(&channel).await;
    soon(channel.close()).await;
    drop(raw);
}

pub(crate) async fn closing_waits_two_seconds_for_a_peer_that_does_not_read<T: Transport>() {
    let limits = ChannelLimits::default().outgoing_queue(1 << 20, 100_000);
    let (watched, raw) = T::raw(limits).await;
    fill(&watched.channel).await;
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    watched.channel.close().await;
    let took = start.elapsed();
    assert!(
        (Duration::from_secs(2)..Duration::from_millis(2100)).contains(&took),
        "{took:?}"
    );
    drop(raw);
}

pub(crate) async fn a_peer_that_has_ended_its_direction_still_gets_replies<T: Transport>() {
    let (watched, mut raw) = T::raw(ChannelLimits::default()).await;
    let channel = watched.channel;
    raw.send_json(serde_json::to_value(call("last words")).unwrap())
        .await;
    raw.finish().await;
    let request = recv(&channel).await;
    ended(&channel).await;
    let sent = channel.send(reply(request.id(), "heard"));
    if !T::HALF_CLOSES {
        assert!(matches!(sent, Err(ChannelError::Closed)));
        return;
    }
    sent.unwrap();
    let answer = raw.recv_type("execute.command.response").await;
    assert_eq!(answer["thid"], request.id().to_string());
    let (rest, ()) = tokio::join!(soon(raw.recv()), soon(channel.close()));
    assert!(rest.is_none());
}

pub(crate) async fn calls_fail_when_the_connection_breaks<T: Transport>() {
    let (watched, mut raw) = T::raw(ChannelLimits::default()).await;
    let caller = caller_of(watched.channel, &mut raw).await;
    let snap = async {
        raw.recv_type("execute.command.request").await;
        drop(raw);
    };
    let (answer, ()) = tokio::join!(soon(caller.execute_dyn("peer.command", json!(1))), snap);
    assert!(matches!(
        answer.unwrap_err(),
        CommandError::ChannelDisconnected
    ));
    let error = soon(caller.execute_dyn("peer.command", json!(1)))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            CommandError::ChannelDisconnected | CommandError::NotFound(_)
        ),
        "{error}"
    );
}

pub(crate) async fn what_a_peer_said_before_it_broke_off_arrives_though_it_takes_nothing_more<
    T: Transport,
>() {
    let (watched, mut raw) = T::raw(ChannelLimits::default()).await;
    let channel = watched.channel;
    for n in 0..100 {
        raw.send_json(serde_json::to_value(event(n.to_string())).unwrap())
            .await;
    }
    drop(raw);
    // Sends until the writer has noticed.
    soon(async {
        while channel.send(event("anybody there?")).is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for n in 0..100 {
        assert_eq!(text_of(&recv(&channel).await), n.to_string());
    }
    ended(&channel).await;
}
