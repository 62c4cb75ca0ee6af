//! `attach-latency`: what gateway, socket and attaching client add to a tool call.

use serde_json::json;

use super::Bench;
use crate::Result;
use crate::child::{Child, Role};
use crate::fixture::Fixture;
use crate::mcp::{Endpoint, Era};
use crate::pairs::{Pairs, Round};

const PAIRS: usize = 2000;
const ID: &str = "bench";

pub async fn run(bench: &mut Bench) -> Result {
    bench.figures.part("attach-latency")?;
    let fixture = Fixture::start(&bench.fixture).await?;
    let home = bench.home("attach-latency").await?;
    let (daemon, _) = home.start().await?;
    let gateway = home.gateway().await?;
    let servers = json!({
        "url": {"url": fixture.url},
        "child": {"command": bench.fixture, "args": ["stdio"]},
    });
    let attached = home.attach(&gateway, ID, &servers).await?;
    for (era, shown) in [(Era::Modern, "modern"), (Era::Legacy, "legacy")] {
        for (server, how) in [("url", "URL"), ("child", "child")] {
            let pairs = Pairs {
                places: [
                    fixture.endpoint()?,
                    Endpoint::attached(&gateway, ID, server),
                ],
                era,
                count: PAIRS,
            };
            let name = format!("{shown}, attached as {how}");
            measure(bench, &name, pairs).await?;
        }
    }
    drop(attached);
    daemon.stop().await
}

async fn measure(bench: &mut Bench, name: &str, pairs: Pairs) -> Result {
    let mut child = Child::start(&Role::Pairs(pairs)).await?;
    child.round::<Round>().await?;
    let mut rounds = Vec::new();
    for _ in 0..bench.reps {
        rounds.push(child.round::<Round>().await?);
    }
    child.stop().await?;
    let of = |figure: &dyn Fn(&Round) -> f64| rounds.iter().map(figure).collect::<Vec<_>>();
    let figures = &mut bench.figures;
    figures.median(&format!("{name}: added, p50"), "µs", &of(&|r| r.added))?;
    for (place, shown) in ["directly by its address", "through the gateway"]
        .iter()
        .enumerate()
    {
        for (part, share) in ["p50", "p90", "p99"].iter().enumerate() {
            let times = of(&|round| round.places[place][part]);
            figures.median(&format!("  {shown}, {share}"), "µs", &times)?;
        }
    }
    let p50 = |place: usize| of(&|round| round.places[place][0]);
    figures.ratio("  through the gateway, to directly, p50", &p50(1), &p50(0))?;
    Ok(())
}
