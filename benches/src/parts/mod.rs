//! The parts of a measurement.

mod append;
mod attach_latency;
pub mod attach_sockets;
pub mod idle;
pub mod push;
mod reopen;
pub mod send;

use std::path::{Path, PathBuf};

use crate::daemon::Home;
use crate::figures::Figures;
use crate::{Result, Run, machine};

/// What every part needs.
pub struct Bench {
    program: PathBuf,
    fixture: PathBuf,
    folder: PathBuf,
    reps: usize,
    figures: Figures,
}

impl Bench {
    /// Makes a folder for daemons whose queues take whatever is sent.
    async fn home(&self, name: &str) -> Result<Home> {
        let figures = "queue_messages = 1000000000\nqueue_bytes = 1000000000000\ninbox_messages = 1000000000\n\
                       inbox_bytes = 1000000000000\nendpoint_grace_s = 36000\n";
        Home::new(&self.program, self.folder.join(name), figures).await
    }

    fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Measures the parts that are asked for.
pub async fn run(run: Run) -> Result {
    let folder = match &run.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let mut bench = Bench {
        program: run.program,
        fixture: run.fixture,
        folder: folder.path().to_owned(),
        reps: run.reps.max(1),
        figures: Figures::new(run.out.as_deref())?,
    };
    machine::describe(&mut bench.figures, folder.path())?;
    let syncs: Vec<f64> = (0..bench.reps)
        .map(|_| machine::fdatasync(folder.path(), 500))
        .collect::<Result<_>>()?;
    bench
        .figures
        .median("append 4 KiB and fdatasync", "µs", &syncs)?;
    let wanted = |name: &str| name.contains(&run.part);
    if wanted("send") {
        send::run(&mut bench).await?;
    }
    if wanted("append") {
        append::run(&mut bench).await?;
    }
    if wanted("push") {
        push::run(&mut bench).await?;
    }
    if wanted("idle") {
        idle::run(&mut bench).await?;
    }
    if wanted("reopen") {
        reopen::run(&mut bench).await?;
    }
    if wanted("attach-latency") {
        attach_latency::run(&mut bench).await?;
    }
    if wanted("attach-sockets") {
        attach_sockets::run(&mut bench).await?;
    }
    Ok(())
}
