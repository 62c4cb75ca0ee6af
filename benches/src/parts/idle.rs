//! `idle`: what clients cost that are only there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Bench;
use crate::child::{Child, Parent, Role};
use crate::daemon::Access;
use crate::session::Session;
use crate::{Result, machine};

const PROCESSES: usize = 20;
const STREAMS: usize = 50;

/// How long what was begun may take to end before it is measured.
const SETTLE: Duration = Duration::from_secs(3);

/// How long it is then watched: as long as it takes the broker to ping every stream once (protocol §4.4).
const WATCHED: Duration = Duration::from_secs(30);

/// Clients of one process, each with a stream and an endpoint.
#[derive(Serialize, Deserialize)]
pub struct Clients {
    access: Access,
    streams: usize,
}

impl Clients {
    /// Is a child that is there.
    pub async fn run(self, mut parent: Parent) -> Result {
        let mut sessions = Vec::new();
        for n in 0..self.streams {
            let session = Session::open(&self.access, &format!("client-{n}"), |_| {}).await?;
            session.register("client").await?;
            sessions.push(session);
        }
        while parent.told(&()).await? {}
        Ok(())
    }
}

pub async fn run(bench: &mut Bench) -> Result {
    bench.figures.part("idle")?;
    let (mut alone, mut each) = (Vec::new(), Vec::new());
    let (mut cpu_alone, mut cpu_beside) = (Vec::new(), Vec::new());
    for rep in 0..bench.reps {
        let home = bench.home(&format!("idle-{rep}")).await?;
        let (daemon, _) = home.start().await?;
        let pid = daemon.pid();
        tokio::time::sleep(SETTLE).await;
        let before = machine::resident(pid)?;
        alone.push(before / 1024.0);
        cpu_alone.push(watch(pid).await?);
        let mut children = Vec::new();
        for _ in 0..PROCESSES {
            let clients = Clients {
                access: daemon.access.clone(),
                streams: STREAMS,
            };
            children.push(Child::start(&Role::Clients(clients)).await?);
        }
        tokio::time::sleep(SETTLE).await;
        cpu_beside.push(watch(pid).await?);
        let after = machine::resident(pid)?;
        each.push((after - before) / (PROCESSES * STREAMS) as f64);
        for child in children {
            child.stop().await?;
        }
        daemon.stop().await?;
    }
    let figures = &mut bench.figures;
    figures.median("resident, no client", "MiB", &alone)?;
    figures.median("resident, each of 1000 idle clients", "KiB", &each)?;
    figures.median("processor time in 30 s, no client", "ms", &cpu_alone)?;
    figures.median(
        "processor time in 30 s, 1000 clients, each pinged once",
        "ms",
        &cpu_beside,
    )?;
    Ok(())
}

/// Returns the processor time of a process while nothing happens, in milliseconds.
async fn watch(pid: u32) -> Result<f64> {
    let before = machine::cpu(pid)?;
    tokio::time::sleep(WATCHED).await;
    Ok((machine::cpu(pid)? - before) * 1e3)
}
