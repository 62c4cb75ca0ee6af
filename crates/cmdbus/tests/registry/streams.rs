//! Results that come item by item: in order, no faster than they are read, and to the end or not at all. "Wherever it
//! runs" is in the caller's own registry, one link away, and behind a hub.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cmdbus::registry::{Features, Options};
use cmdbus::serde_json::{Value, json};
use cmdbus::{
    CallContext, CallOptions, CallStream, ChannelError, Collected, Command, CommandChannel,
    CommandError, CommandRegistry, DynCommand, InMemoryChannel, Message, StreamCommand,
};
use futures_executor::block_on;
use futures_util::future::{BoxFuture, join_all, maybe_done};
use futures_util::stream::{self, Stream, StreamExt};

use crate::support::*;

const MINUTE: Duration = Duration::from_secs(60);

/// Counts from zero, as far as it is asked to. A test sees how far it has got, and how it ended.
#[derive(Clone, Default)]
struct Count {
    produced: Arc<AtomicU64>,
    watch: Watch,
    graceful: bool,
}

impl Count {
    fn graceful() -> Self {
        Self {
            graceful: true,
            ..Self::default()
        }
    }

    fn produced(&self) -> u64 {
        self.produced.load(Ordering::SeqCst)
    }
}

impl StreamCommand for Count {
    const ID: &'static str = "count";
    type Request = u64;
    type Item = u64;

    fn graceful(&self) -> bool {
        self.graceful
    }

    async fn items(
        &self,
        upto: u64,
    ) -> Result<impl Stream<Item = Result<u64, CommandError>> + Send, CommandError> {
        if upto == 0 {
            let (command_id, message) = (String::new(), "nothing to count".into());
            return Err(CommandError::Internal {
                command_id,
                message,
            });
        }
        self.produced.store(0, Ordering::SeqCst);
        let (produced, mut here) = (self.produced.clone(), Some(self.watch.enter()));
        Ok(stream::iter(0..=upto)
            .map(move |n| {
                if n == upto {
                    here.take().expect("once").end("counted");
                    return None;
                }
                produced.fetch_add(1, Ordering::SeqCst);
                Some(Ok(n))
            })
            .take_while(|item| std::future::ready(item.is_some()))
            .map(|item| item.expect("taken while it is")))
    }
}

/// Makes a command that returns these items and then never ends.
fn stuck_after(id: &str, items: u64, watch: &Watch) -> impl Command + use<> {
    let watch = watch.clone();
    DynCommand::streaming(id, move |_: Value| {
        let watch = watch.clone();
        let first = stream::iter(0..items).map(Ok);
        // Entered when it is first polled, which is inside the handler.
        let last = stream::once(async move {
            let _here = watch.enter();
            std::future::pending::<Result<u64, CommandError>>().await
        });
        first.chain(last)
    })
}

/// Reads a stream to its end: the items, and the error that ended it, if there is one.
async fn read<T, R>(mut stream: CallStream<T, R>) -> (Vec<T>, Option<String>)
where
    CallStream<T, R>: Stream<Item = Result<T, CommandError>> + Unpin,
{
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(error) => {
                assert!(stream.next().await.is_none(), "the first error ends it");
                return (items, Some(error.to_string()));
            }
        }
    }
    (items, None)
}

fn numbers(upto: u64) -> Vec<Value> {
    (0..upto).map(Value::from).collect()
}

// The whole of it

#[test]
fn items_come_in_order_and_then_the_end_wherever_the_handler_runs() {
    let mut line = Line::new();
    line.provide(Count::default());
    line.provide(DynCommand::streaming("dyn.count", |n: u64| {
        stream::iter((0..n).map(Ok))
    }));
    for caller in line.callers() {
        // Fewer than the credit, as many, and many more.
        for n in [1, 31, 32, 33, 1000] {
            let typed = line.world.run(read(caller.call::<Count>(n).stream()));
            assert_eq!(typed, ((0..n).collect(), None), "at {}", caller.id());
            for id in ["count", "dyn.count"] {
                let untyped = caller.call_dyn(id, json!(n)).stream();
                assert_eq!(line.world.run(read(untyped)), (numbers(n), None));
            }
        }
        let none = caller.call_dyn("dyn.count", json!(0)).stream();
        assert_eq!(line.world.run(read(none)), (vec![], None));
        line.is_quiet();
    }
}

#[test]
fn finish_passes_over_what_has_not_been_read_and_returns_the_end() {
    let mut line = Line::new();
    line.provide(Count::default());
    for caller in line.callers() {
        let unread = caller.call::<Count>(100).stream();
        assert_eq!(line.world.run(unread.finish()).unwrap(), Value::Null);
        let mut some = caller.call_dyn("count", json!(100)).stream();
        let first = line.world.run(some.next()).unwrap().unwrap();
        assert_eq!(first, 0);
        assert_eq!(line.world.run(some.finish()).unwrap(), Value::Null);
        let mut all = caller.call::<Count>(2).stream();
        while line.world.run(all.next()).is_some() {}
        assert_eq!(line.world.run(all.finish()).unwrap(), Value::Null);
        line.is_quiet();
    }
}

#[test]
fn a_stream_of_a_peer_ends_with_the_value_that_the_peer_says() {
    let mut world = World::new();
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    peer.provide(&["count"]);
    world.settle();
    let mut items = registry.call::<Count>(1).stream().credit(5);
    assert!(peer.sent().is_empty(), "not before it is polled");
    assert!(poll_once(&mut items.next()).is_pending());
    let request = peer.sent_one();
    assert_eq!(asks(&request), json!({"cmdbus-stream": {"credit": 5}}));
    for (seq, item) in [7, 9].into_iter().enumerate() {
        let payload = json!({"seq": seq, "item": item});
        peer.deliver(frame("item", request.id(), payload));
    }
    peer.deliver(response(request.id(), json!({"total": 2})));
    world.settle();
    assert_eq!(load(&registry), quiet(1, 1), "the items are the reader's");
    assert_eq!(world.run(items.next()).unwrap().unwrap(), 7);
    assert_eq!(world.run(items.next()).unwrap().unwrap(), 9);
    assert!(world.run(items.next()).is_none());
    assert!(world.run(items.next()).is_none(), "again and again");
    assert_eq!(world.run(items.finish()).unwrap(), json!({"total": 2}));
    assert!(peer.sent().is_empty(), "no credit for what is over");
}

#[test]
fn an_error_comes_after_the_items_before_it() {
    let mut line = Line::new();
    line.provide(DynCommand::streaming("fails", |_: Value| {
        stream::iter([Ok(1), Ok(2), Err(CommandError::NotFound("x".into())), Ok(3)])
    }));
    line.provide(Count::default());
    for caller in line.callers() {
        let call = || caller.call_dyn("fails", Value::Null).stream();
        let (items, error) = line.world.run(read(call()));
        assert_eq!(items, [1, 2]);
        assert_eq!(error.unwrap(), "command not found: x");
        let error = line.world.run(call().finish()).unwrap_err();
        assert_eq!(error.to_string(), "command not found: x");
        let (items, error) = line.world.run(read(caller.call::<Count>(0).stream()));
        assert_eq!(items, [0; 0]);
        let expected = "internal error executing command count: nothing to count";
        assert_eq!(error.unwrap(), expected);
        let unfit = caller.call_dyn("count", json!("many")).stream();
        let error = line.world.run(unfit.finish()).unwrap_err();
        assert!(matches!(error, CommandError::InvalidRequest { .. }));
        let nobody = caller.call_dyn("nobody", Value::Null).stream();
        let error = line.world.run(nobody.finish()).unwrap_err();
        assert!(matches!(error, CommandError::NotFound(id) if id == "nobody"));
        line.is_quiet();
    }
}

#[test]
fn a_handler_that_panics_midway_ends_its_stream() {
    let mut line = Line::new();
    line.provide(DynCommand::streaming("panics", |_: Value| {
        stream::iter(0..5).map(|n| {
            assert!(n < 3, "not {n}");
            Ok(n)
        })
    }));
    for caller in line.callers() {
        let (items, error) = line
            .world
            .run(read(caller.call_dyn("panics", Value::Null).stream()));
        assert_eq!(items, [0, 1, 2]);
        assert_eq!(
            error.unwrap(),
            "internal error executing command panics: the handler panicked: not 3"
        );
        line.is_quiet();
    }
}

#[test]
fn many_streams_over_one_link_all_come_to_their_ends() {
    let mut line = Line::new();
    line.provide(DynCommand::streaming("count", |upto: u64| {
        stream::iter(0..upto).then(|n| async move {
            if n % 3 == 0 {
                yield_once().await;
            }
            Ok(n)
        })
    }));
    for caller in line.callers() {
        let streams = (0..100).map(|n| {
            let stream = caller.call_dyn("count", json!(n));
            read(stream.stream().credit(u32::try_from(n % 7).unwrap()))
        });
        let ends = line.world.run(join_all(streams));
        for (n, end) in (0..).zip(ends) {
            assert_eq!(end, (numbers(n), None));
        }
        line.is_quiet();
    }
}

// Forms of the same result

/// As [`Count`], but the types are another's.
struct Words;

impl StreamCommand for Words {
    const ID: &'static str = "words";
    type Request = Value;
    type Item = String;

    async fn items(
        &self,
        _: Value,
    ) -> Result<impl Stream<Item = Result<String, CommandError>> + Send, CommandError> {
        Ok(stream::empty())
    }
}

#[test]
fn who_does_not_ask_for_items_gets_them_all_together() {
    let mut line = Line::new();
    line.provide(Count::default());
    for caller in line.callers() {
        let world = &mut line.world;
        let collected = Collected {
            items: vec![0, 1, 2],
            result: None,
        };
        let typed = world.run(caller.execute::<Count>(3)).unwrap();
        assert_eq!(typed, collected);
        let typed = world.run(caller.call::<Count>(3).timeout(MINUTE).into_future());
        assert_eq!(typed.unwrap(), collected);
        let untyped = world.run(caller.execute_dyn("count", json!(3)));
        assert_eq!(untyped.unwrap(), json!({"items": [0, 1, 2]}));
        let error = world.run(caller.execute_dyn("count", json!(0)));
        assert!(matches!(error, Err(CommandError::Internal { .. })));
        line.is_quiet();
    }
}

#[test]
fn a_command_that_does_not_stream_has_no_items_and_its_reply() {
    let mut line = Line::new();
    line.provide(echo("count"));
    line.provide(echo("words"));
    for caller in line.callers() {
        let mut untyped = caller.call_dyn("count", json!(5)).stream();
        assert!(line.world.run(untyped.next()).is_none());
        assert_eq!(line.world.run(untyped.finish()).unwrap(), 5);
        let mut typed = caller.call::<Count>(5).stream();
        assert!(line.world.run(typed.next()).is_none());
        assert_eq!(line.world.run(typed.finish()).unwrap(), 5);
        let none = caller.call::<Words>(Value::Null).stream();
        assert_eq!(line.world.run(none.finish()).unwrap(), Value::Null);
        line.is_quiet();
    }
}

#[test]
fn a_peer_that_cannot_stream_sends_all_items_together() {
    for old in ["a", "hub", "b"] {
        let mut line = Line::with(|id| {
            let mut features = Features::ALL;
            features.stream = id != old;
            Options::default().features(features)
        });
        line.provide(Count::default());
        let (a, world) = (line.a.clone(), &mut line.world);
        let typed = world.run(read(a.call::<Count>(3).stream()));
        assert_eq!(typed, (vec![0, 1, 2], None), "{old}");
        let typed = world.run(a.call::<Count>(3).stream().finish());
        assert_eq!(typed.unwrap(), Value::Null, "{old}");
        let mut untyped = a.call_dyn("count", json!(3)).stream();
        assert!(world.run(untyped.next()).is_none(), "{old}");
        let end = world.run(untyped.finish()).unwrap();
        assert_eq!(end, json!({"items": [0, 1, 2]}), "{old}");
        let (items, error) = world.run(read(a.call::<Count>(0).stream()));
        assert_eq!(items, [0; 0], "{old}");
        assert!(error.unwrap().ends_with("nothing to count"), "{old}");
        line.is_quiet();
    }
}

#[test]
fn a_value_that_ends_the_stream_is_kept_when_the_items_come_together() {
    let mut world = World::new();
    let registry = root("a");
    let peer = Peer::new("peer").make();
    let _driver = world.connect(&registry, &peer);
    peer.deliver(list(peer.probe(), &["count"]));
    world.settle();
    let mut items = registry.call::<Count>(1).stream();
    assert!(poll_once(&mut items.next()).is_pending());
    let request = peer.sent_one();
    assert_eq!(request.meta(), None, "what it cannot do is not asked");
    let together = json!({"items": [4, 5], "result": {"total": 2}});
    peer.deliver(response(request.id(), together));
    assert_eq!(world.run(items.next()).unwrap().unwrap(), 4);
    assert_eq!(world.run(items.finish()).unwrap(), json!({"total": 2}));
}

#[test]
fn an_item_of_another_type_ends_the_stream() {
    for old in [false, true] {
        let mut line = Line::with(|_| {
            let none = Features::default();
            Options::default().features(if old { none } else { Features::ALL })
        });
        let watch = Watch::default();
        line.provide(stuck_after("words", 3, &watch));
        let inside = watch.clone();
        line.provide(DynCommand::streaming("count", move |_: Value| {
            let inside = inside.clone();
            stream::iter([json!(0), json!("one"), json!(2)]).map(move |item| {
                inside.enter().end("went on");
                Ok(item)
            })
        }));
        for caller in line.callers() {
            let mut items = caller.call::<Count>(1).stream();
            assert_eq!(line.world.run(items.next()).unwrap().unwrap(), 0);
            let error = line.world.run(items.next()).unwrap().unwrap_err();
            assert!(matches!(error, CommandError::Serde(_)), "{error:?}");
            assert!(line.world.run(items.next()).is_none());
            line.is_quiet();
            let error = line.world.run(items.finish()).unwrap_err();
            assert!(
                error.to_string().contains("invalid type: string"),
                "{error}"
            );
            if !old {
                let mut items = caller.call::<Words>(Value::Null).stream();
                let error = line.world.run(items.next()).unwrap().unwrap_err();
                assert!(matches!(error, CommandError::Serde(_)), "{error:?}");
                line.is_quiet();
            }
        }
    }
}

/// A connection that takes messages up to a size, and says so.
struct Narrow(Arc<InMemoryChannel>, usize);

impl CommandChannel for Narrow {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        self.0.start()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.0.close()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        let length = cmdbus::serde_json::to_string(&message).unwrap().len();
        if length > self.1 {
            return Err(ChannelError::Other(format!("{length} bytes")));
        }
        self.0.send(message)
    }

    fn frame_limit(&self) -> Option<usize> {
        Some(self.1)
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.0.recv()
    }
}

#[test]
fn more_than_fits_into_one_message_has_to_be_streamed() {
    let mut world = World::new();
    let (caller, provider) = (root("caller"), child("provider", "caller"));
    let (to_provider, to_caller) = InMemoryChannel::pair("provider", "caller");
    let narrow = Arc::new(Narrow(to_caller, 4096));
    let _drivers = (
        world.connect(&caller, &to_provider),
        world.connect(&provider, &narrow),
    );
    let text = "x".repeat(100);
    let lines = DynCommand::streaming("lines", move |n: usize| {
        let text = text.clone();
        stream::iter((0..n).map(move |_| Ok(text.clone())))
    });
    world.register(&provider, lines).unwrap();
    let few = world.run(caller.execute_dyn("lines", json!(20))).unwrap();
    assert_eq!(few["items"].as_array().unwrap().len(), 20);
    let error = world.run(caller.execute_dyn("lines", json!(100)));
    assert_eq!(
        error.unwrap_err().to_string(),
        "internal error executing command lines: result too large: call it with streaming"
    );
    let stream = caller.call_dyn("lines", json!(100)).stream();
    let (items, error) = world.run(read(stream));
    assert_eq!((items.len(), error), (100, None));
    let here = world.run(provider.execute_dyn("lines", json!(100)));
    assert_eq!(here.unwrap()["items"].as_array().unwrap().len(), 100);

    let huge = DynCommand::streaming("huge", |_: Value| {
        stream::iter([
            Ok("small".to_owned()),
            Ok("x".repeat(5000)),
            Ok("small".to_owned()),
        ])
    });
    world.register(&provider, huge).unwrap();
    let stream = caller.call_dyn("huge", Value::Null).stream();
    let (items, error) = world.run(read(stream));
    assert_eq!(items, ["small"]);
    let error = error.unwrap();
    assert!(
        error.contains("an item of the result could not be sent"),
        "{error}"
    );
    world.settle();
    assert_eq!(load(&caller), quiet(2, 1));
    assert_eq!(load(&provider), quiet(2, 1));
}

// Keeping pace

#[test]
fn a_handler_is_never_further_ahead_than_its_credit_and_one() {
    let (mut line, count) = (Line::new(), Count::default());
    line.provide(count.clone());
    for (caller, hops) in line.callers().into_iter().zip(0..) {
        for credit in [1, 2, 5, 64] {
            // Within one registry there is room for one.
            let ahead = if hops == 0 { 1 } else { u64::from(credit) };
            let mut items = caller.call::<Count>(200).stream().credit(credit);
            for read in 1..=200 {
                let item = line.world.run(items.next()).unwrap().unwrap();
                assert_eq!(item, read - 1);
                line.world.settle();
                let produced = count.produced();
                assert!(produced <= read + ahead + 1, "{produced} after {read}");
                assert!(produced >= read, "{produced} after {read}");
            }
            assert!(line.world.run(items.next()).is_none());
            assert_eq!(count.watch.ended(), ["counted"]);
            line.is_quiet();
        }
    }
}

#[test]
fn a_reader_that_stops_stops_the_handler_and_not_the_link() {
    let (mut line, count) = (Line::new(), Count::default());
    line.provide(count.clone());
    line.provide(echo("echo"));
    for caller in [line.hub.clone(), line.a.clone()] {
        let mut items = caller.call::<Count>(1000).stream().credit(8);
        line.world.run(items.next()).unwrap().unwrap();
        line.world.settle();
        assert_eq!(count.produced(), 9, "one read, seven sent, one made");
        let other = line.world.run(caller.execute_dyn("echo", json!(1)));
        assert_eq!(other.unwrap(), 1);
        assert_eq!(count.produced(), 9);
        let (items, error) = line.world.run(read(items));
        assert_eq!((items, error), ((1..1000).collect(), None));
        line.is_quiet();
    }
}

#[test]
fn credit_is_at_least_one_and_at_most_1024() {
    let (mut line, count) = (Line::new(), Count::default());
    line.provide(count.clone());
    for (credit, most) in [(0, 1), (1, 1), (1024, 1024), (u32::MAX, 1024)] {
        let mut items = line.a.call::<Count>(2000).stream().credit(credit);
        assert!(poll_once(&mut items.next()).is_pending());
        line.world.settle();
        assert_eq!(count.produced(), most + 1);
        let (items, error) = line.world.run(read(items));
        assert_eq!((items.len(), error), (2000, None));
    }
}

#[test]
fn a_stream_that_was_never_polled_does_nothing() {
    let (mut line, count) = (Line::new(), Count::default());
    line.provide(count.clone());
    for caller in line.callers() {
        drop(caller.call::<Count>(1).stream());
        line.world.settle();
        assert_eq!(count.watch.begun(), 0);
    }
}

// The end before the end

#[test]
fn dropping_a_stream_drops_its_handler_wherever_it_runs() {
    let (mut line, count) = (Line::new(), Count::default());
    line.provide(count.clone());
    for caller in line.callers() {
        for reads in [0, 1, 50] {
            let mut items = caller.call::<Count>(1000).stream();
            assert!(reads > 0 || poll_once(&mut items.next()).is_pending() || caller.id() == "b");
            for _ in 0..reads {
                line.world.run(items.next()).unwrap().unwrap();
            }
            line.world.settle();
            assert_eq!(count.watch.ended(), [""; 0]);
            drop(items);
            line.world.settle();
            assert_eq!(count.watch.ended(), ["caller_gone"]);
            line.is_quiet();
        }
    }
}

#[test]
fn a_graceful_stream_hears_at_its_next_item_that_nobody_reads_it() {
    // Also one that waits for credit, which will not come.
    let (mut line, count) = (Line::new(), Count::graceful());
    line.provide(count.clone());
    for caller in [line.hub.clone(), line.a.clone()] {
        let mut items = caller.call::<Count>(1000).stream().credit(1);
        line.world.run(items.next()).unwrap().unwrap();
        line.world.settle();
        drop(items);
        line.world.settle();
        assert_eq!(count.watch.ended(), ["caller_gone"]);
        line.is_quiet();
    }
}

/// Makes a graceful command that returns one item, and the next when it has been told and the gate is open.
struct Tidy(Watch, Gate);

impl StreamCommand for Tidy {
    const ID: &'static str = "tidy";
    type Request = Value;
    type Item = u64;

    fn graceful(&self) -> bool {
        true
    }

    async fn items(
        &self,
        _: Value,
    ) -> Result<impl Stream<Item = Result<u64, CommandError>> + Send, CommandError> {
        let (watch, gate) = (self.0.clone(), self.1.clone());
        let last = async move {
            let here = watch.enter();
            CallContext::current().unwrap().cancelled().await;
            gate.pass(Value::Null).await;
            here.end("tidied");
            Ok(2)
        };
        Ok(stream::iter([Ok(1)]).chain(stream::once(last)))
    }
}

#[test]
fn a_graceful_stream_whose_time_is_up_may_finish_and_its_reader_has_timed_out() {
    soon(|| {
        let (mut line, watch, gate) = (Line::new(), Watch::default(), Gate::default());
        line.provide(Tidy(watch.clone(), gate.clone()));
        for caller in line.callers() {
            with_enough_time(|limit| {
                let call = caller.call::<Tidy>(Value::Null).timeout(limit);
                let mut reading = maybe_done(line.world.start(read(call.stream())));
                if !line.until_unless_over(&mut reading, || !gate.waiting().is_empty()) {
                    return false;
                }
                assert_eq!(watch.ended(), [""; 0]);
                gate.open();
                line.world.run(&mut reading);
                let (items, error) = Pin::new(&mut reading).take_output().unwrap();
                assert_eq!(error.unwrap(), "request timed out");
                assert_eq!(watch.wait_end(&mut line.world), "tidied");
                line.is_quiet();
                items == [1]
            });
        }
    });
}

#[test]
fn a_graceful_stream_that_does_not_finish_is_dropped_after_its_grace() {
    soon(|| {
        let mut line = Line::with(|_| Options::default().cancel_grace(SHORT));
        let (watch, gate) = (Watch::default(), Gate::default());
        line.provide(Tidy(watch.clone(), gate.clone()));
        for caller in line.callers() {
            with_enough_time(|limit| {
                let start = Instant::now();
                let call = caller.call::<Tidy>(Value::Null).timeout(limit).stream();
                let (items, error) = line.world.run(read(call));
                assert_eq!(error.unwrap(), "request timed out");
                line.is_quiet();
                let ended = watch.ended();
                if items != [1] || ended.is_empty() {
                    return false;
                }
                assert_eq!(ended, ["deadline"]);
                let rounding = Duration::from_millis(2);
                assert!(start.elapsed() + rounding >= limit + SHORT, "not early");
                true
            });
        }
    });
}

#[test]
fn the_time_limit_of_a_call_is_that_of_the_whole_stream() {
    soon(|| {
        let (mut line, watch) = (Line::new(), Watch::default());
        line.provide(stuck_after("stuck", 3, &watch));
        line.provide(DynCommand::streaming("endless", |_: Value| {
            stream::repeat(1).map(Ok)
        }));
        for caller in line.callers() {
            with_enough_time(|limit| {
                let call = caller.call_dyn("stuck", Value::Null).timeout(limit);
                let (items, error) = line.world.run(read(call.stream()));
                assert_eq!(error.unwrap(), "request timed out");
                line.is_quiet();
                let ended = watch.ended();
                assert!(ended.is_empty() || ended == ["deadline"], "{ended:?}");
                // What has come stays valid.
                items == numbers(3)
            });
            with_enough_time(|limit| {
                let call = caller.call_dyn("endless", Value::Null).timeout(limit);
                let (items, error) = line.world.run(read(call.stream()));
                assert_eq!(error.unwrap(), "request timed out");
                line.is_quiet();
                !items.is_empty()
            });
        }
    });
}

#[test]
fn a_time_limit_ends_a_collection_that_has_no_end() {
    struct Endless;
    impl StreamCommand for Endless {
        const ID: &'static str = "endless";
        type Request = ();
        type Item = u8;
        async fn items(
            &self,
            (): (),
        ) -> Result<impl Stream<Item = Result<u8, CommandError>> + Send, CommandError> {
            Ok(stream::repeat(1).map(Ok))
        }
    }
    soon(|| {
        let mut line = Line::new();
        line.provide(Endless);
        for caller in line.callers() {
            let encoded = caller.call::<Endless>(()).timeout(SHORT);
            let result = line.world.run(encoded.into_future());
            assert!(matches!(result, Err(CommandError::Timeout)), "{result:?}");
            let options = CallOptions::default().timeout(SHORT);
            let result = line.world.run(caller.execute_with::<Endless>((), options));
            assert!(matches!(result, Err(CommandError::Timeout)), "{result:?}");
            line.is_quiet();
        }
    });
}

#[test]
fn an_item_that_takes_too_long_ends_the_stream() {
    soon(|| {
        let (mut line, watch) = (Line::new(), Watch::default());
        line.provide(stuck_after("stuck", 3, &watch));
        for caller in line.callers() {
            with_enough_time(|limit| {
                let call = caller.call_dyn("stuck", Value::Null).timeout(MINUTE);
                let start = Instant::now();
                let (items, error) = line.world.run(read(call.stream().idle_timeout(limit)));
                assert_eq!(error.unwrap(), "request timed out");
                assert!(start.elapsed() >= limit, "not early");
                line.is_quiet();
                let ended = watch.ended();
                assert!(ended.is_empty() || ended == ["deadline"], "{ended:?}");
                items == numbers(3)
            });
        }
    });
}

#[test]
fn the_time_in_which_a_reader_does_not_read_counts_as_nobodys() {
    soon(|| {
        let (mut line, count) = (Line::new(), Count::default());
        line.provide(count.clone());
        let clock = root("clock");
        line.world.register(&clock, hanging("hang")).unwrap();
        for caller in line.callers() {
            with_enough_time(|limit| {
                let stream = caller.call::<Count>(3).stream();
                let mut items = stream.credit(1).idle_timeout(limit);
                for n in 0..3 {
                    match line.world.run(items.next()).unwrap() {
                        Ok(item) => assert_eq!(item, n),
                        Err(_) => return false,
                    }
                    let pause = clock.call_dyn("hang", Value::Null).timeout(limit * 2);
                    line.world.run(pause.into_future()).unwrap_err();
                }
                // The last credit was for an item that does not come: that the end comes is enough.
                line.world.run(items.finish()).unwrap();
                line.is_quiet();
                true
            });
        }
    });
}

#[test]
fn a_link_that_is_lost_ends_the_stream_after_the_items_that_have_come() {
    for near in [true, false] {
        let (mut line, count) = (Line::new(), Count::default());
        line.provide(count.clone());
        let mut items = line.a.call::<Count>(100).stream().credit(4);
        assert_eq!(line.world.run(items.next()).unwrap().unwrap(), 0);
        line.world.settle();
        drop(if near {
            line.to_a.take()
        } else {
            line.to_b.take()
        });
        line.world.settle();
        let (items, error) = line.world.run(read(items));
        assert_eq!(items, [1, 2, 3]);
        assert_eq!(error.unwrap(), "channel disconnected");
        assert_eq!(count.watch.ended(), ["caller_gone"]);
        line.is_quiet();
    }
}

#[test]
fn a_stream_ends_when_its_reader_disposes_of_the_registry() {
    let (mut line, count) = (Line::new(), Count::default());
    line.provide(count.clone());
    for caller in [line.a.clone(), line.hub.clone()] {
        let mut items = caller.call::<Count>(100).stream().credit(2);
        assert_eq!(line.world.run(items.next()).unwrap().unwrap(), 0);
        line.world.settle();
        line.world.run(caller.dispose());
        let (_, error) = line.world.run(read(items));
        assert_eq!(error.unwrap(), "channel disconnected");
        line.world.settle();
        assert_eq!(count.watch.ended(), ["caller_gone"]);
        line.is_quiet();
    }
}

#[test]
fn a_gap_or_an_item_too_many_breaks_the_stream() {
    let cases = [
        (json!({"seq": 1, "item": 1}), "item 1 came in place of 0"),
        (json!({"seq": 0, "item": 1}), "item 1 came without credit"),
    ];
    for (first, why) in cases {
        let mut world = World::new();
        let registry = root("a");
        let peer = Peer::new("peer").make();
        let _driver = world.connect(&registry, &peer);
        peer.provide(&["count"]);
        world.settle();
        let mut items = registry.call::<Count>(1).stream().credit(1);
        assert!(poll_once(&mut items.next()).is_pending());
        let request = peer.sent_one();
        peer.deliver(frame("item", request.id(), first));
        peer.deliver(frame("item", request.id(), json!({"seq": 1, "item": 2})));
        world.settle();
        let (_, error) = world.run(read(items));
        let error = error.unwrap();
        assert!(error.contains(&format!("stream broken: {why}")), "{error}");
        let cancel = framed(&peer.sent_one());
        assert_eq!(cancel.0, "cancel");
        assert_eq!(load(&registry), quiet(1, 1));
    }
}

#[test]
fn a_stream_made_by_a_handler_ends_with_it_even_if_somebody_else_reads_it() {
    type Left = Arc<Mutex<Option<CallStream<u64, Value>>>>;
    for far in [false, true] {
        let (mut line, count) = (Line::new(), Count::default());
        let at = if far { &line.hub } else { &line.b };
        line.world.register(&at.clone(), count.clone()).unwrap();
        let (left, weak) = (Left::default(), line.b.downgrade());
        let leave = left.clone();
        line.provide(DynCommand::new("outer", move |_: Value| {
            let (leave, registry) = (leave.clone(), weak.upgrade().unwrap());
            async move {
                let mut items = registry.call::<Count>(1000).stream();
                assert_eq!(items.next().await.unwrap()?, 0);
                *leave.lock().unwrap() = Some(items);
                std::future::pending::<Result<(), CommandError>>().await
            }
        }));
        for caller in line.callers() {
            let call = line.world.call(&caller, "outer", Value::Null);
            let mut items = left.lock().unwrap().take().unwrap();
            assert_eq!(line.world.run(items.next()).unwrap().unwrap(), 1);
            drop(call);
            line.world.settle();
            let (_, error) = line.world.run(read(items));
            let error = error.unwrap();
            assert!(
                error.ends_with("the call was cancelled: caller_gone"),
                "{error}"
            );
            line.world.settle();
            assert_eq!(count.watch.ended(), ["caller_gone"]);
            line.is_quiet();
        }
    }
}

// Bounds

#[test]
fn only_so_many_streams_of_one_peer_are_open_at_a_time() {
    // At whoever serves them, and at whoever passes them on.
    for bounded in ["b", "hub"] {
        let mut line = Line::with(|id| {
            let options = Options::default();
            if id == bounded {
                options.streams_per_channel(1)
            } else {
                options
            }
        });
        line.provide(Count::default());
        let a = line.a.clone();
        let mut first = a.call::<Count>(100).stream();
        line.world.run(first.next()).unwrap().unwrap();
        assert_eq!(load(&line.b).streams, 1);
        let (items, error) = line.world.run(read(a.call::<Count>(100).stream()));
        assert_eq!(items, [0; 0]);
        let expected = "internal error executing command count: overloaded";
        assert_eq!(error.unwrap(), expected);
        let together = line.world.run(a.execute::<Count>(2)).unwrap();
        assert_eq!(together.items, [0, 1], "not a stream");
        line.world.run(first.finish()).unwrap();
        let (items, error) = line.world.run(read(a.call::<Count>(2).stream()));
        assert_eq!((items, error), (vec![0, 1], None));
        line.is_quiet();
    }
}

#[test]
fn a_stream_that_waits_for_a_free_handler_starts_with_the_credit_it_has_then() {
    let mut world = World::new();
    let provider = CommandRegistry::new(cmdbus::Config {
        max_in_flight_per_channel: 1,
        router_channel: Some("hub".into()),
        ..config("provider")
    });
    let (hub, gate, count) = (root("hub"), Gate::default(), Count::default());
    let _link = world.join(&provider, &hub);
    world.register(&provider, gate.command("wait")).unwrap();
    world.register(&provider, count.clone()).unwrap();
    let first = world.call(&hub, "wait", json!(1));
    let reading = world.start(read(hub.call::<Count>(40).stream().credit(3)));
    let dropped = world.start(read(hub.call::<Count>(40).stream()));
    assert_eq!((load(&provider).parked, load(&provider).streams), (2, 2));
    drop(dropped);
    world.settle();
    assert_eq!((load(&provider).parked, load(&provider).streams), (1, 1));
    gate.open();
    assert_eq!(world.run(first).unwrap(), 1);
    assert_eq!(world.run(reading), ((0..40).collect(), None));
    assert_eq!(count.watch.begun(), 1);
    world.settle();
    assert_eq!(load(&provider), quiet(2, 1));
}

#[test]
fn a_streaming_handler_may_run_elsewhere() {
    let options = |_: &str| {
        Options::default().spawn_handlers(|task| {
            std::thread::spawn(move || block_on(task));
        })
    };
    soon(move || {
        let (mut line, count) = (Line::with(options), Count::default());
        line.provide(count.clone());
        for caller in line.callers() {
            let call = caller.call::<Count>(500).stream().credit(3);
            assert_eq!(line.world.run(read(call)), ((0..500).collect(), None));
            line.is_quiet();
            assert_eq!(count.watch.wait_end(&mut line.world), "counted");
            let mut call = caller.call::<Count>(500).stream().credit(3);
            line.world.run(call.next()).unwrap().unwrap();
            drop(call);
            assert_eq!(count.watch.wait_end(&mut line.world), "caller_gone");
            line.is_quiet();
        }
    });
}
