//! Durable sends.

use super::{Figure, PAYLOAD, Row, Target, others, work};
use crate::Result;
use crate::child::{Child, Role};
use crate::daemon::Access;
use crate::feed::{Fed, Pushes};
use crate::parts::Bench;
use crate::web;

const SENDERS: usize = 64;
const RECEIVERS: usize = 20;
/// As much head and body as a send has.
const BODY: usize = 330;

/// Messages that are pushed in a round, which are all fed at once.
pub(super) const PUSHED: usize = 2000;

pub async fn run(bench: &mut Bench) -> Result {
    durable(bench).await?;
    pushed(bench).await
}

/// Pushes what a network feeds.
async fn pushed(bench: &mut Bench) -> Result {
    if !bench.wants("broker/pushed") {
        return Ok(());
    }
    let work = work(bench, 1, PAYLOAD);
    let folder = bench.sub("pushed")?;
    let network = folder.join("network");
    let fed = Role::Fed(Fed {
        folder,
        network: network.clone(),
        work: work.clone(),
    });
    let (broker, access) = Child::ready(&fed, 1).await?;
    let pushes = Role::Pushes(Pushes {
        access,
        network,
        count: PUSHED,
    });
    let name = "push to a connected client with receipt, messages from the network";
    let row = Row::new("broker/pushed", name, Figure::Rate, work)
        .side("cmdbus", pushes, vec![broker.into()])
        .await?;
    others(row, bench).await?.measure(bench).await
}

async fn durable(bench: &mut Bench) -> Result {
    if !bench.wants("broker/durable-64") {
        return Ok(());
    }
    let work = work(bench, SENDERS, PAYLOAD);
    let home = bench.home("durable").await?;
    let (daemon, _) = home.start().await?;
    let (constant, place) = Child::ready::<String>(&Role::Constant, 2).await?;
    let limit = Role::Web(web::Load {
        access: Access {
            address: place,
            token: daemon.access.token.clone(),
        },
        path: "/v1/send".to_owned(),
        headers: format!("x-plugin-pid: {}\r\n", std::process::id()),
        body: "x".repeat(BODY),
        work: work.clone(),
    });
    let sends = Role::Sends(web::Sends {
        access: daemon.access.clone(),
        to: web::To::Away(RECEIVERS),
        work: work.clone(),
    });
    let name = "durable send, 64 senders over HTTP";
    let row = Row::new("broker/durable-64", name, Figure::Rate, work)
        .side("cmdbus", sends, vec![daemon.into()])
        .await?
        .side("axum, constant answer", limit, vec![constant.into()])
        .await?
        .target(Target::AtLeast(0.6))
        .either();
    others(row, bench).await?.measure(bench).await
}
