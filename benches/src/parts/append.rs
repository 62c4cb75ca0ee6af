//! `append`: what one more send costs when so many are queued already.

use super::Bench;
use super::send::{Load, Receivers, Round, register_away};
use crate::Result;
use crate::child::{Child, Role};
use crate::daemon::Daemon;
use crate::fill::{Sent, fill};

const QUEUED: [u64; 3] = [1, 10_000, 1_000_000];
const ALONE: usize = 1000;
const TOGETHER: usize = 10_000;

/// A daemon with a long queue, and who sends to it.
struct Filled {
    queued: u64,
    daemon: Daemon,
    alone: Child,
    together: Child,
    /// What a send took, in microseconds.
    of_alone: Vec<f64>,
    of_together: Vec<f64>,
}

pub async fn run(bench: &mut Bench) -> Result {
    bench.figures.part("append")?;
    // All at once, so that what else the machine does hits each of them.
    let mut all = Vec::new();
    for queued in QUEUED {
        all.push(Filled::make(bench, queued).await?);
    }
    for filled in &mut all {
        filled.round().await?;
        filled.of_alone.clear();
        filled.of_together.clear();
    }
    for _ in 0..bench.reps {
        for filled in &mut all {
            filled.round().await?;
        }
    }
    let figures = &mut bench.figures;
    for filled in &all {
        let queued = filled.queued;
        let name = format!("one more send alone, {queued} queued");
        figures.median(&name, "µs", &filled.of_alone)?;
        let name = format!("one more send of 32 at once, {queued} queued");
        figures.median(&name, "µs", &filled.of_together)?;
    }
    let first = &all[0];
    for filled in &all[1..] {
        let name = format!("alone: {} / {} queued", filled.queued, first.queued);
        figures.ratio(&name, &filled.of_alone, &first.of_alone)?;
        let name = format!("of 32: {} / {} queued", filled.queued, first.queued);
        figures.ratio(&name, &filled.of_together, &first.of_together)?;
    }
    for filled in all {
        filled.alone.stop().await?;
        filled.together.stop().await?;
        filled.daemon.stop().await?;
    }
    Ok(())
}

impl Filled {
    async fn make(bench: &mut Bench, queued: u64) -> Result<Self> {
        let home = bench.home(&format!("append-{queued}")).await?;
        // The receivers are of this process, which lives on.
        let (daemon, _) = home.start().await?;
        let receivers = register_away(&daemon.access, 1).await?;
        daemon.stop().await?;
        let to = receivers[0].as_str();
        fill(&home.store()?, queued, |number| {
            let sent = Sent {
                number,
                from: "ep_01K00000000000000000000000",
                to,
                of_sender: number,
                of_receiver: number,
                content: 64,
            };
            sent.queued()
        })?;
        let (daemon, _) = home.start().await?;
        let load = |senders, count| {
            Role::Send(Load {
                access: daemon.access.clone(),
                senders,
                count,
                content: 64,
                receivers: Receivers::Known(receivers.clone()),
            })
        };
        Ok(Self {
            queued,
            alone: Child::start(&load(1, ALONE)).await?,
            together: Child::start(&load(32, TOGETHER)).await?,
            daemon,
            of_alone: Vec::new(),
            of_together: Vec::new(),
        })
    }

    async fn round(&mut self) -> Result {
        let round: Round = self.alone.round().await?;
        self.of_alone.push(round.seconds * 1e6 / ALONE as f64);
        let round: Round = self.together.round().await?;
        self.of_together.push(round.seconds * 1e6 / TOGETHER as f64);
        Ok(())
    }
}
