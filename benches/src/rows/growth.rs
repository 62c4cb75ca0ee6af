//! What a call and a send cost as things grow: a large daemon beside a small one.

use super::{Around, Figure, PAYLOAD, Row, Target, clocked, work};
use crate::Result;
use crate::child::{Child, Role};
use crate::daemon::{Daemon, Home};
use crate::load::Work;
use crate::ours::{Crowd, Place, Provider, address};
use crate::parts::Bench;
use crate::web;

/// How many of the channels one process has.
const IN_PROCESS: usize = 500;

pub async fn run(bench: &mut Bench) -> Result {
    calls(
        bench,
        "growth/commands",
        "call through the daemon, 100,000 commands beside 10",
        [crowds(1, 100_000), crowds(1, 10)],
    )
    .await?;
    calls(
        bench,
        "growth/channels",
        "call through the daemon, 2,000 channels beside 1",
        [crowds(2000, 0), crowds(1, 0)],
    )
    .await?;
    endpoints(bench).await
}

/// Returns who joins a bus, process by process: how many channels, and how many commands on each.
fn crowds(channels: usize, commands: usize) -> Vec<(usize, usize)> {
    let mut left = channels;
    let mut crowds = Vec::new();
    while left > 0 {
        let of_this = left.min(IN_PROCESS);
        crowds.push((of_this, commands));
        left -= of_this;
    }
    crowds
}

async fn calls(
    bench: &mut Bench,
    slug: &'static str,
    name: &'static str,
    sizes: [Vec<(usize, usize)>; 2],
) -> Result {
    if !bench.wants(slug) {
        return Ok(());
    }
    let work = clocked(bench);
    let mut row = Row::new(slug, name, Figure::P50, work.clone());
    for (crowds, name) in sizes.into_iter().zip(["cmdbus, large", "cmdbus, small"]) {
        let home = bench.home("growth").await?;
        let (daemon, _) = home.start().await?;
        let (role, mut around) = caller(&home, &work).await?;
        for (channels, commands) in crowds {
            let crowd = Crowd {
                bus: address(&home.socket()),
                channels,
                commands,
            };
            around.push(Child::start(&Role::Crowd(crowd)).await?.into());
        }
        around.push(daemon.into());
        row = row.side(name, role, around).await?;
    }
    row.target(Target::AtMost(1.3)).measure(bench).await
}

async fn caller(home: &Home, work: &Work) -> Result<(Role, Vec<Around>)> {
    let bus = address(&home.socket());
    let provider = Child::start(&Role::Provide(Provider::Bus(bus.clone()))).await?;
    let role = Role::Ours {
        place: Place::Bus(bus),
        work: work.clone(),
    };
    Ok((role, vec![provider.into()]))
}

/// Sends to one of many endpoints beside sends to the only one.
async fn endpoints(bench: &mut Bench) -> Result {
    let slug = "growth/endpoints";
    if !bench.wants(slug) {
        return Ok(());
    }
    let work = Work {
        clocked: true,
        ..work(bench, 1, PAYLOAD)
    };
    let name = "durable send, 10,000 endpoints beside 1";
    let mut row = Row::new(slug, name, Figure::P50, work.clone());
    for (receivers, name) in [(10_000, "cmdbus, large"), (1, "cmdbus, small")] {
        let home = bench.home("endpoints").await?;
        let (daemon, _): (Daemon, _) = home.start().await?;
        let sends = Role::Sends(web::Sends {
            access: daemon.access.clone(),
            to: web::To::Away(receivers),
            work: work.clone(),
        });
        row = row.side(name, sends, vec![daemon.into()]).await?;
    }
    row.target(Target::AtMost(1.3)).measure(bench).await
}
