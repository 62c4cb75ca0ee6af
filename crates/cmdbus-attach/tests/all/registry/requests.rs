//! Requests over a channel: limits, cancellation, the end of the socket.

use std::sync::Arc;
use std::time::Duration;

use cmdbus_attach::frame::Frame;
use cmdbus_attach::link::{Outgoing, Settings};
use cmdbus_attach::{
    Completed, PendingRequests, Registration, ReverseAttachGuard, new_reverse_channel_registry,
};
use cmdbus_mcp::carry::{FromServer, Limits, deaf};
use cmdbus_mcp::rpc::codes;
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, sleep_until};

use super::support::{Socket, answer_to, call, fs, notice};

const fn total(seconds: u64) -> Limits {
    Limits {
        idle: None,
        total: Some(Duration::from_secs(seconds)),
    }
}

const fn idle(seconds: u64, total: u64) -> Limits {
    Limits {
        idle: Some(Duration::from_secs(seconds)),
        total: Some(Duration::from_secs(total)),
    }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn attached(socket: &Socket) -> ReverseAttachGuard {
    socket.attach(&new_reverse_channel_registry())
}

fn progress() -> FromServer {
    FromServer::Notification {
        method: "notifications/progress".to_owned(),
        params: None,
    }
}

#[tokio::test]
async fn a_request_goes_out_and_its_answer_comes_back() {
    let mut socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let asked = tokio::spawn(channel.request(call(""), Limits::CALL, deaf()));
    let Frame::ServerRequest(request) = socket.next().await else {
        panic!("a request");
    };
    assert_eq!(request.id.len(), 22, "minted");
    assert_eq!(request.deadline_ms, Some(60_000));
    assert!(request.total_ms.unwrap() <= 600_000);
    channel
        .pending
        .complete(&request.id, answer_to(&request.id));
    assert_eq!(asked.await.unwrap().unwrap().get(), "7");
    assert!(channel.pending.is_empty());
    assert!(socket.is_quiet().await, "nothing is cancelled");
}

#[tokio::test(start_paused = true)]
async fn w01_a_request_that_times_out_leaves_nothing_and_is_cancelled() {
    let mut socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let start = Instant::now();
    let error = channel
        .request(call("q1"), total(30), deaf())
        .await
        .unwrap_err();
    assert_eq!((error.code, start.elapsed()), (codes::TIMEOUT, secs(30)));
    assert!(channel.pending.is_empty());
    // It had not gone out yet: then it does not.
    assert!(socket.is_quiet().await);

    let asked = tokio::spawn(channel.request(call("q2"), total(30), deaf()));
    assert_eq!(socket.next_id().await, "q2");
    assert_eq!(asked.await.unwrap().unwrap_err().code, codes::TIMEOUT);
    let Frame::Cancel(cancel) = socket.next().await else {
        panic!("a cancel");
    };
    assert_eq!(cancel.reference, "q2");
    assert_eq!(cancel.reason.as_deref(), Some("deadline"));
}

#[tokio::test(start_paused = true)]
async fn i05_timeout_drop_and_cancel_leave_no_entry_and_a_late_answer_is_counted() {
    let mut socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let ask = |id: &str| tokio::spawn(channel.request(call(id), total(30), deaf()));

    let timed_out = ask("timeout");
    assert_eq!(socket.next_id().await, "timeout");
    assert_eq!(timed_out.await.unwrap().unwrap_err().code, codes::TIMEOUT);
    assert!(matches!(socket.next().await, Frame::Cancel(_)));
    assert_eq!(channel.pending.len(), 0);

    let dropped = ask("drop");
    assert_eq!(socket.next_id().await, "drop");
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    assert!(matches!(socket.next().await, Frame::Cancel(_)));
    assert_eq!(channel.pending.len(), 0);

    let cancelled = {
        let request = channel.request(call("cancel"), total(30), deaf());
        let cancel = sleep(secs(1));
        tokio::spawn(async move {
            tokio::select! {
                _ = request => false,
                () = cancel => true,
            }
        })
    };
    assert_eq!(socket.next_id().await, "cancel");
    assert!(cancelled.await.unwrap());
    assert!(matches!(socket.next().await, Frame::Cancel(_)));
    assert_eq!(channel.pending.len(), 0);

    for id in ["timeout", "drop", "cancel"] {
        assert_eq!(channel.pending.complete(id, answer_to(id)), Completed::Late);
    }
    assert_eq!(channel.pending.late(), 3);
}

#[tokio::test]
async fn w03_a_caller_that_goes_away_frees_its_slot_and_stops_the_work() {
    let mut socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let mut sent = Box::pin(channel.request(call("sent"), Limits::NONE, deaf()));
    assert!((&mut sent).now_or_never().is_none());
    assert_eq!(socket.next_id().await, "sent");
    assert_eq!(channel.pending.len(), 1);
    drop(sent);
    assert_eq!(channel.pending.len(), 0);
    let Frame::Cancel(cancel) = socket.next().await else {
        panic!("a cancel");
    };
    assert_eq!(cancel.reference, "sent");
    assert_eq!(cancel.reason.as_deref(), Some("caller_gone"));
}

#[tokio::test]
async fn w03_a_caller_that_goes_away_before_its_request_went_out_leaves_nothing_to_send() {
    let mut socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    drop(channel.request(call("never polled"), Limits::NONE, deaf()));

    let mut queued = Box::pin(channel.request(call("queued"), Limits::NONE, deaf()));
    assert!((&mut queued).now_or_never().is_none());
    drop(queued);

    guard.suspend(Instant::now() + secs(30));
    let mut waiting = Box::pin(channel.request(call("waiting"), Limits::NONE, deaf()));
    assert!((&mut waiting).now_or_never().is_none());
    assert_eq!(channel.pending.len(), 1);
    drop(waiting);
    guard.resume();

    assert!(channel.pending.is_empty());
    assert!(socket.is_quiet().await);
}

#[tokio::test(start_paused = true)]
async fn i04_the_end_of_an_attachment_fails_every_waiter_at_once_whatever_clones_exist() {
    let mut socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let waiting: Vec<_> = (0..100)
        .map(|n| {
            let own = channel.clone();
            let request = channel.request(call(&format!("q{n}")), Limits::CALL, deaf());
            tokio::spawn(async move {
                let outcome = request.await;
                drop(own);
                outcome
            })
        })
        .collect();
    for _ in 0..100 {
        socket.next_id().await;
    }
    let (handle, start) = (guard.handle(), Instant::now());
    socket.kill().await;
    drop(guard);
    for outcome in join_all(waiting).await {
        assert_eq!(outcome.unwrap().unwrap_err().code, codes::CHANNEL_LOST);
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(handle.channel().pending.is_empty());
}

#[tokio::test(start_paused = true)]
async fn w02_a_waiter_hears_of_the_loss_not_of_a_timeout() {
    let socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let start = Instant::now();
    let waiting = tokio::spawn(channel.request(call("q"), total(30), deaf()));
    tokio::task::yield_now().await;
    drop(guard);
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(
        (error.code, start.elapsed()),
        (codes::CHANNEL_LOST, Duration::ZERO)
    );
    let later = channel.request(call("q2"), total(30), deaf());
    let error = later.now_or_never().unwrap().unwrap_err();
    assert_eq!(error.code, codes::CHANNEL_LOST);
}

#[tokio::test(start_paused = true)]
async fn w04_the_limit_covers_the_wait_for_the_socket_and_the_queue() {
    let mut socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    guard.suspend(Instant::now() + secs(30));
    let start = Instant::now();
    let asked = tokio::spawn(channel.request(call("q"), total(10), deaf()));
    sleep(secs(6)).await;
    guard.resume();
    let Frame::ServerRequest(request) = socket.next().await else {
        panic!("a request");
    };
    assert_eq!(request.total_ms, Some(4_000));
    assert_eq!(asked.await.unwrap().unwrap_err().code, codes::TIMEOUT);
    assert_eq!(start.elapsed(), secs(10));
}

#[tokio::test(start_paused = true)]
async fn i07_a_peer_that_stops_reading_delays_nobody_else_and_its_own_requests_end_in_time() {
    let mut stuck = Socket::new();
    stuck.stop_reading().await;
    let mut fine = Socket::new();
    let (stuck_guard, fine_guard) = (attached(&stuck), attached(&fine));
    let start = Instant::now();
    let ask = |guard: &ReverseAttachGuard, n: u64| {
        let request = call(&format!("q{n}"));
        let channel = guard.handle().channel().clone();
        tokio::spawn(channel.request(request, total(10 + n), deaf()))
    };
    let late: Vec<_> = (0..20).map(|n| ask(&stuck_guard, n)).collect();
    for n in 0..20 {
        let asked = ask(&fine_guard, n);
        let id = fine.next_id().await;
        let channel = fine_guard.handle().channel().clone();
        channel.pending.complete(&id, answer_to(&id));
        assert!(asked.await.unwrap().is_ok());
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    for (n, late) in (0..).zip(late) {
        assert_eq!(late.await.unwrap().unwrap_err().code, codes::TIMEOUT);
        assert_eq!(start.elapsed(), secs(10 + n));
    }
    assert!(stuck_guard.handle().channel().pending.is_empty());
}

#[tokio::test(start_paused = true)]
async fn i10_looking_up_and_registering_do_not_wait_for_a_send_on_a_full_socket() {
    let registry = new_reverse_channel_registry();
    let socket = Socket::with(Settings {
        queue_frames: 1,
        ..Settings::default()
    });
    let guard = socket.attach(&registry);
    guard.handle().register("x");
    let sink = guard.handle().channel().sink.clone();
    let frame = || Outgoing::frame(&Frame::ServerNotify(notice()));
    sink.try_send(frame()).unwrap();
    let end = Instant::now() + secs(5);
    let sending = tokio::spawn(async move { sink.send(frame(), Some(end)).await });
    tokio::task::yield_now().await;
    assert!(!sending.is_finished());
    assert_eq!(guard.handle().register("y"), Registration::New);
    assert!(registry.get("x").is_some() && registry.get("y").is_some());
    assert!(guard.handle().release("y"));
    assert!(!sending.is_finished());
    assert!(sending.await.unwrap().is_err());
}

#[tokio::test]
async fn w09_requests_beyond_the_cap_or_the_queue_fail_at_once() {
    let socket = Socket::with(Settings {
        queue_frames: 1,
        ..Settings::default()
    });
    let guard = ReverseAttachGuard::new(
        new_reverse_channel_registry(),
        socket.sink(),
        PendingRequests::with_cap(2),
    );
    let channel = guard.handle().channel().clone();
    let ask = |id: &str| Box::pin(channel.request(call(id), Limits::CALL, deaf()));
    let mut first = ask("q1");
    assert!((&mut first).now_or_never().is_none());
    let full = ask("q2").now_or_never().unwrap().unwrap_err();
    assert_eq!(full.code, codes::OVERLOADED);
    assert_eq!(channel.pending.len(), 1, "what was refused holds no slot");
    assert_eq!(
        channel.notify(notice()).unwrap_err().code,
        codes::OVERLOADED
    );

    let _second = channel.pending.open("q3", None);
    let capped = ask("q4").now_or_never().unwrap().unwrap_err();
    assert_eq!(capped.code, codes::OVERLOADED);
}

#[tokio::test]
async fn a_request_that_is_too_large_fails_by_itself() {
    let socket = Socket::with(Settings {
        chunk: false,
        max_message: 1_000,
        ..Settings::default()
    });
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let mut large = call("q");
    large.params = Some(cmdbus_mcp::rpc::raw(&"x".repeat(1_000)));
    let error = channel
        .request(large, Limits::CALL, deaf())
        .await
        .unwrap_err();
    assert_eq!(error.code, codes::TOO_LARGE);
    assert!(channel.pending.is_empty());
    assert!(channel.notify(notice()).is_ok());
}

#[tokio::test(start_paused = true)]
async fn progress_starts_the_idle_limit_anew_and_the_total_ends_it_all() {
    let mut socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let start = Instant::now();
    let silent = tokio::spawn(channel.request(call("silent"), idle(10, 60), deaf()));
    let busy = tokio::spawn(channel.request(call("busy"), idle(10, 60), deaf()));
    socket.next_id().await;
    socket.next_id().await;
    let pending = channel.pending.clone();
    let telling = tokio::spawn(async move {
        let mut every = tokio::time::interval(secs(9));
        loop {
            every.tick().await;
            if !pending.hear("busy", progress()) {
                return;
            }
        }
    });
    assert_eq!(silent.await.unwrap().unwrap_err().code, codes::TIMEOUT);
    assert_eq!(start.elapsed(), secs(10));
    assert_eq!(busy.await.unwrap().unwrap_err().code, codes::TIMEOUT);
    assert_eq!(start.elapsed(), secs(60));
    telling.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_idle_limit_stands_still_while_the_server_waits_for_its_client() {
    let socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let start = Instant::now();
    let asked = tokio::spawn(channel.request(call("q"), idle(10, 600), deaf()));
    sleep(secs(5)).await;
    let hold = channel.pending.hold("q").unwrap();
    sleep(secs(100)).await;
    drop(hold);
    assert_eq!(asked.await.unwrap().unwrap_err().code, codes::TIMEOUT);
    assert_eq!(start.elapsed(), secs(115));
    assert!(channel.pending.hold("q").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_suspended_channel_holds_requests_until_the_grace_time_is_over() {
    let socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let start = Instant::now();
    guard.suspend(start + secs(30));
    assert!(channel.is_suspended());
    let target = fs();
    let probe = channel.probe("x", &target, start + secs(5));
    let error = probe.now_or_never().unwrap().unwrap_err();
    assert_eq!(error.code, codes::CHANNEL_LOST, "a probe fails at once");

    let short = tokio::spawn(channel.request(call("short"), total(20), deaf()));
    let long = tokio::spawn(channel.request(call("long"), total(60), deaf()));
    assert_eq!(short.await.unwrap().unwrap_err().code, codes::TIMEOUT);
    assert_eq!(start.elapsed(), secs(20));
    assert_eq!(long.await.unwrap().unwrap_err().code, codes::CHANNEL_LOST);
    assert_eq!(start.elapsed(), secs(30));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_attachment_reaches_requests_that_wait_for_its_socket() {
    let socket = Socket::new();
    let guard = attached(&socket);
    let channel = guard.handle().channel().clone();
    let start = Instant::now();
    guard.suspend(start + secs(30));
    let waiting = tokio::spawn(channel.request(call("q"), total(60), deaf()));
    sleep_until(start + secs(1)).await;
    drop(guard);
    assert_eq!(
        waiting.await.unwrap().unwrap_err().code,
        codes::CHANNEL_LOST
    );
    assert_eq!(start.elapsed(), secs(1));
    assert!(channel.is_over() && !channel.is_suspended());
}

#[tokio::test]
async fn a_probe_asks_the_attached_side() {
    let registry = new_reverse_channel_registry();
    let mut socket = Socket::new();
    let guard = socket.attach(&registry);
    guard.handle().register("x");
    let probing = {
        let registry = registry.clone();
        tokio::spawn(async move { registry.probe("x", &fs(), Instant::now() + secs(60)).await })
    };
    let Frame::ServerRequest(probe) = socket.next().await else {
        panic!("a request");
    };
    assert_eq!(probe.op, cmdbus_attach::frame::ServerOp::Probe);
    assert_eq!((probe.attach_id.as_str(), probe.target), ("x", Some(fs())));
    let channel = guard.handle().channel().clone();
    channel.pending.complete(&probe.id, answer_to(&probe.id));
    assert!(probing.await.unwrap().is_ok());
}

#[tokio::test]
async fn w08_clones_keep_no_socket_open() {
    let registry = new_reverse_channel_registry();
    let mut socket = Socket::new();
    let guard = socket.attach(&registry);
    guard.handle().register("x");
    let clones = (guard.handle(), registry.get("x").unwrap(), socket.sink());
    let _waiting = tokio::spawn(clones.1.request(call("q"), Limits::CALL, deaf()));
    socket.next_id().await;
    drop(guard);
    socket.end();
    assert!(socket.peer_sees_the_end().await);
    assert_eq!(clones.0.register("y"), Registration::Detached);
    assert!(clones.1.sink.is_closed() && clones.2.is_closed());
}

#[tokio::test]
async fn i14_attaching_and_detaching_a_thousand_times_leaves_no_task_and_no_entry() {
    let registry = new_reverse_channel_registry();
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let before = tasks();
    for n in 0..1_000 {
        let mut socket = Socket::new();
        let guard = socket.attach(&registry);
        guard.handle().register(&format!("x{n}"));
        let listener = registry.listeners().subscribe(&format!("x{n}"), &fs());
        let channel = guard.handle().channel().clone();
        let waiting = tokio::spawn(channel.request(call("q"), Limits::CALL, deaf()));
        socket.next_id().await;
        drop(guard);
        socket.end();
        assert!(waiting.await.unwrap().is_err());
        assert!(socket.peer_sees_the_end().await);
        drop((socket, listener));
    }
    assert!(registry.is_empty() && registry.listeners().is_empty());
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(tasks(), before);
}

#[tokio::test]
async fn i16_nothing_is_left_when_all_sockets_have_closed() {
    let registry = new_reverse_channel_registry();
    let listeners = registry.listeners();
    let sockets = [(); 3].map(|()| Socket::new());
    let guards = sockets.each_ref().map(|socket| socket.attach(&registry));
    let mut kept = Vec::new();
    for (n, guard) in guards.iter().enumerate() {
        let handle = guard.handle();
        for id in ["shared", &format!("own-{n}")] {
            handle.register(id);
            kept.push(listeners.subscribe(id, &fs()));
        }
    }
    assert_eq!((registry.len(), listeners.len()), (4, 4));
    let trackers = guards
        .each_ref()
        .map(|guard| Arc::downgrade(guard.handle().tracker()));
    let pending = guards
        .each_ref()
        .map(|guard| guard.handle().channel().pending.clone());
    drop(guards);
    assert!(registry.is_empty() && listeners.is_empty());
    assert!(pending.iter().all(PendingRequests::is_empty));
    assert!(trackers.iter().all(|tracker| tracker.upgrade().is_none()));
    for listener in &mut kept {
        assert_eq!(listener.next().now_or_never(), Some(None));
    }
}
