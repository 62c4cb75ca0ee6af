//! coralstack-cmd-ipc, whose names we share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use coralstack_cmd_ipc::{
    Command, CommandError, CommandRegistry, Config, DynCommand, Event, InMemoryChannel,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Result;
use crate::child::Parent;
use crate::load::{Caller, Round, Work, calls};
use crate::text::Text;

const LONG: Duration = Duration::from_secs(24 * 60 * 60);

struct Echo;

impl Command for Echo {
    const ID: &'static str = "bench.echo";
    type Request = Text;
    type Response = Text;

    async fn handle(&self, text: Text) -> std::result::Result<Text, CommandError> {
        Ok(text)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Told(Text);

impl Event for Told {
    const ID: &'static str = "bench.told";
}

#[derive(Clone)]
struct Registry(CommandRegistry);

impl Caller for Registry {
    async fn call(&self, text: Text) -> Result<Text> {
        Ok(self.0.execute::<Echo>(text).await?)
    }
}

pub(super) async fn here(work: Work, parent: Parent) -> Result {
    let registry = CommandRegistry::new(Config::default());
    registry.register_command(Echo).await?;
    calls(Registry(registry), work, parent).await
}

async fn pair(a: &CommandRegistry, b: &CommandRegistry) -> Result {
    let (to_b, to_a) = InMemoryChannel::pair("hub", format!("peer-{}", a.id()));
    tokio::spawn(b.register_channel(to_a).await?);
    tokio::spawn(a.register_channel(to_b).await?);
    Ok(())
}

pub(super) async fn beside(pending: usize, work: Work, parent: Parent) -> Result {
    let config = || Config {
        request_ttl: if pending > 0 {
            LONG
        } else {
            Config::default().request_ttl
        },
        max_in_flight_per_channel: if pending > 0 { 0 } else { 256 },
        ..Config::default()
    };
    let caller = CommandRegistry::new(Config {
        router_channel: Some("hub".to_owned()),
        ..config()
    });
    let callee = CommandRegistry::new(config());
    callee.register_command(Echo).await?;
    let begun = Arc::new(AtomicU64::new(0));
    let begins = begun.clone();
    let never = DynCommand::new("never", move |_: Value| {
        begins.fetch_add(1, Ordering::Relaxed);
        std::future::pending::<std::result::Result<Value, CommandError>>()
    });
    callee.register_command(never).await?;
    pair(&caller, &callee).await?;
    for _ in 0..pending {
        let caller = caller.clone();
        tokio::spawn(async move { caller.execute_dyn("never", Value::Null).await });
    }
    while begun.load(Ordering::Relaxed) < pending as u64 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    calls(Registry(caller), work, parent).await
}

pub(super) async fn events(channels: usize, work: Work, mut parent: Parent) -> Result {
    let hub = CommandRegistry::new(Config::default());
    let heard = Arc::new(AtomicU64::new(0));
    let mut listening = Vec::new();
    for _ in 0..channels {
        let registry = CommandRegistry::new(Config {
            router_channel: Some("hub".to_owned()),
            ..Config::default()
        });
        let heard = heard.clone();
        let _listens = registry.on::<Told>(move |_| {
            heard.fetch_add(1, Ordering::Relaxed);
        });
        pair(&registry, &hub).await?;
        listening.push(registry);
    }
    let mut round = Round::default();
    while parent.told(&round).await? {
        round = Round::of(async {
            let over = work.bell();
            let (begin, mut told) = (heard.load(Ordering::Relaxed), 0);
            while !over.load(Ordering::Relaxed) {
                hub.emit(Told(work.text()))?;
                told += channels as u64;
                while heard.load(Ordering::Relaxed) < begin + told {
                    tokio::task::yield_now().await;
                }
            }
            Ok((told, Vec::new()))
        })
        .await?;
    }
    Ok(())
}
