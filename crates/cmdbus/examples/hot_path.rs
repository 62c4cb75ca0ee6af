//! Makes a number of calls and nothing else, so that a profiler or an instruction counter sees the hot
//! path. `cargo xtask instructions` runs it under callgrind, twice, and divides the difference.
//!
//! Usage: `hot_path typed|linked|hop|unix|daemon|events CALLS [AT_ONCE]`. `unix` and `daemon` are as `linked` and `hop`, over Unix
//! sockets; `events` tells 100 registries of an event, and counts each that hears of it as a call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cmdbus::channel::{InMemoryChannel, UnixChannel};
use cmdbus::{Command, CommandChannel, CommandError, CommandRegistry, Config, DynCommand, Event};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::net::UnixStream;

/// A command in the caller's own registry, called with its types.
struct Double;

impl Command for Double {
    const ID: &'static str = "math.double";
    type Request = u64;
    type Response = u64;

    async fn handle(&self, n: u64) -> Result<u64, CommandError> {
        Ok(2 * n)
    }
}

/// The two ends of a connection.
type Ends = (Arc<dyn CommandChannel>, Arc<dyn CommandChannel>);

fn in_memory() -> Ends {
    let (ours, theirs) = InMemoryChannel::pair("next", "previous");
    (ours, theirs)
}

fn over_a_socket() -> Ends {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let end = |id, stream| Arc::new(UnixChannel::from_stream(id, stream));
    (end("next", ours), end("previous", theirs))
}

/// Connects registries in a row, the last one providing the command, and returns the first.
async fn row(connect: fn() -> Ends, length: usize) -> CommandRegistry {
    // The caller sees the second as its router, and so on: the provider is the root.
    let registry = |last: bool| {
        CommandRegistry::new(Config {
            router_channel: (!last).then(|| "next".to_owned()),
            ..Config::default()
        })
    };
    let registries: Vec<_> = (1..=length).map(|n| registry(n == length)).collect();
    let provider = &registries[length - 1];
    let double = DynCommand::new(Double::ID, |n: u64| async move { Ok(2 * n) });
    provider.register_command(double).await.expect("registered");
    for pair in registries.windows(2) {
        let (ours, theirs) = connect();
        let upper = pair[1].register_channel(theirs);
        let lower = pair[0].register_channel(ours);
        let (upper, lower) = futures_util::join!(upper, lower);
        let (upper, lower) = (upper.expect("connected"), lower.expect("connected"));
        tokio::spawn(upper);
        tokio::spawn(lower);
    }
    let first = registries[0].clone();
    // What is in the middle lives in the drivers.
    drop(registries);
    first
}

/// An event.
#[derive(serde::Serialize, serde::Deserialize)]
struct Told(u64);

impl Event for Told {
    const ID: &'static str = "math.told";
}

/// How many hear of an event.
const LISTENING: u64 = 100;

/// Tells of events until so many have been heard.
async fn events(deliveries: u64) {
    let hub = CommandRegistry::new(Config::default());
    let heard = Arc::new(AtomicU64::new(0));
    let mut listening = Vec::new();
    for n in 0..LISTENING {
        let registry = CommandRegistry::new(Config::default());
        let heard = heard.clone();
        let _for_good = registry.on(move |_: Told| {
            heard.fetch_add(1, Ordering::Relaxed);
        });
        let (ours, theirs) = InMemoryChannel::pair(format!("{n}"), "hub");
        let (near, far) = futures_util::join!(
            hub.register_channel(ours),
            registry.register_channel(theirs)
        );
        tokio::spawn(near.expect("connected"));
        tokio::spawn(far.expect("connected"));
        listening.push(registry);
    }
    let mut told = 0;
    while told < deliveries {
        hub.emit(Told(told)).expect("it encodes");
        told += LISTENING;
        while heard.load(Ordering::Relaxed) < told {
            tokio::task::yield_now().await;
        }
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let part = args.next().unwrap_or_default();
    let calls: u64 = args.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let at_once: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    // One thread, so that everybody's instructions are counted, and in the same order each time.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        if part == "events" {
            return events(calls).await;
        }
        let registry = match &*part {
            "typed" => {
                let registry = CommandRegistry::new(Config::default());
                registry.register_command(Double).await.expect("registered");
                registry
            }
            "linked" => row(in_memory, 2).await,
            "hop" => row(in_memory, 3).await,
            "unix" => row(over_a_socket, 2).await,
            "daemon" => row(over_a_socket, 3).await,
            _ => panic!("usage: hot_path typed|linked|hop|unix|daemon|events CALLS"),
        };
        let call = async |n| {
            let doubled = registry.execute::<Double>(n).await.expect("answered");
            assert_eq!(doubled, 2 * n);
        };
        if at_once == 1 {
            for n in 0..calls {
                call(n).await;
            }
            return;
        }
        let mut in_flight = FuturesUnordered::new();
        for n in 0..calls {
            if in_flight.len() == at_once {
                in_flight.next().await;
            }
            in_flight.push(call(n));
        }
        while in_flight.next().await.is_some() {}
    });
}
