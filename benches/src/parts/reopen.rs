//! `reopen`: from the start of a daemon to the first answer, with what is stored.

use super::Bench;
use super::send::register_away;
use crate::Result;
use crate::fill::{Sent, fill};

const STORED: u64 = 100_000;
const RECEIVERS: usize = 20;

pub async fn run(bench: &mut Bench) -> Result {
    bench.figures.part("reopen")?;
    let empty = bench.home("reopen-empty").await?;
    empty.start().await?.0.stop().await?;
    let full = bench.home("reopen-full").await?;
    let (daemon, _) = full.start().await?;
    let receivers = register_away(&daemon.access, RECEIVERS).await?;
    daemon.stop().await?;
    fill(&full.store()?, STORED, |number| {
        let to = usize::try_from(number).unwrap_or_default() % RECEIVERS;
        let sent = Sent {
            number,
            from: "ep_01K00000000000000000000000",
            to: &receivers[to],
            of_sender: number,
            of_receiver: number,
            content: 1024,
        };
        if number % 2 == 0 {
            sent.queued()
        } else {
            sent.undispatched()
        }
    })?;
    let (mut of_empty, mut of_full) = (Vec::new(), Vec::new());
    for _ in 0..bench.reps.max(5) {
        for (home, times) in [(&empty, &mut of_empty), (&full, &mut of_full)] {
            let (daemon, took) = home.start().await?;
            times.push(took.as_secs_f64() * 1e3);
            daemon.stop().await?;
        }
    }
    let figures = &mut bench.figures;
    figures.median("start to healthy, empty store", "ms", &of_empty)?;
    figures.median("start to healthy, 100000 messages", "ms", &of_full)?;
    Ok(())
}
