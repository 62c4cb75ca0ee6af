//! Makes a number of calls and nothing else, so that a profiler or an instruction counter sees the hot
//! path. `cargo xtask instructions` runs it under callgrind, twice, and divides the difference.
//!
//! Usage: `hot_path typed|linked|hop CALLS`

use cmdbus::channel::InMemoryChannel;
use cmdbus::{Command, CommandError, CommandRegistry, Config, DynCommand};
use futures_executor::LocalPool;
use futures_util::task::LocalSpawnExt;

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

/// Connects registries in a row, the last one providing the command, and returns the first.
async fn row(pool: &futures_executor::LocalSpawner, length: usize) -> CommandRegistry {
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
        let (ours, theirs) = InMemoryChannel::pair("next", "previous");
        let upper = pair[1].register_channel(theirs);
        let lower = pair[0].register_channel(ours);
        let (upper, lower) = futures_util::join!(upper, lower);
        let (upper, lower) = (upper.expect("connected"), lower.expect("connected"));
        pool.spawn_local(upper).expect("the pool runs");
        pool.spawn_local(lower).expect("the pool runs");
    }
    let first = registries[0].clone();
    // What is in the middle lives in the drivers.
    drop(registries);
    first
}

fn main() {
    let mut args = std::env::args().skip(1);
    let part = args.next().unwrap_or_default();
    let calls: u64 = args.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    pool.run_until(async {
        let registry = match &*part {
            "typed" => {
                let registry = CommandRegistry::new(Config::default());
                registry.register_command(Double).await.expect("registered");
                registry
            }
            "linked" => row(&spawner, 2).await,
            "hop" => row(&spawner, 3).await,
            _ => panic!("usage: hot_path typed|linked|hop CALLS"),
        };
        for n in 0..calls {
            let doubled = registry.execute::<Double>(n).await.expect("answered");
            assert_eq!(doubled, 2 * n);
        }
    });
}
