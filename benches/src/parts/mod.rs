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
use crate::table::Table;
use crate::{Result, Run, machine, report, rows};

/// What every part needs.
pub struct Bench {
    program: PathBuf,
    fixture: PathBuf,
    folder: PathBuf,
    reps: usize,
    figures: Figures,
    table: Table,
    round: f64,
    part: String,
    /// How many folders there are.
    folders: usize,
    /// Where `nats-server` is, if it is known.
    nats: Option<PathBuf>,
    /// Where the npm broker is, if it is known.
    npm: Option<PathBuf>,
}

impl Bench {
    pub fn figures(&mut self) -> &mut Figures {
        &mut self.figures
    }

    pub fn table(&mut self) -> &mut Table {
        &mut self.table
    }

    /// Says that somebody is left out, and why.
    pub fn skip(&mut self, who: &str, why: &str) -> Result {
        self.figures.note(&format!("{who}: skipped, {why}"))?;
        self.table.skip(who, why);
        Ok(())
    }

    pub fn reps(&self) -> usize {
        self.reps
    }

    /// Returns where `nats-server` is, if there is one.
    pub fn nats(&self) -> Option<PathBuf> {
        self.nats.clone()
    }

    /// Returns where the npm broker is, if it is known.
    #[cfg(feature = "peers")]
    pub fn npm(&self) -> Option<PathBuf> {
        self.npm.clone()
    }

    /// Returns which npm broker there is, if there is one.
    pub fn npm_version(&self) -> Option<String> {
        const PACKAGE: &str = "@masons/runtime-broker";
        let package = self.npm.as_ref()?.join("node_modules").join(PACKAGE);
        let said = std::fs::read(package.join("package.json")).ok()?;
        let said: serde_json::Value = serde_json::from_slice(&said).ok()?;
        Some(format!("{PACKAGE} {}", said["version"].as_str()?))
    }

    /// Returns how long a round of calls takes, in seconds.
    pub fn round(&self) -> f64 {
        self.round
    }

    /// Returns whether a part is asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.part.split(',').any(|part| name.contains(part))
    }

    /// Makes a folder of its own.
    pub fn sub(&mut self, name: &str) -> Result<PathBuf> {
        self.folders += 1;
        let folder = self.folder.join(format!("{name}-{}", self.folders));
        std::fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// Makes a folder for daemons whose queues take whatever is sent.
    pub async fn home(&mut self, name: &str) -> Result<Home> {
        let figures = "queue_messages = 1000000000\nqueue_bytes = 1000000000000\ninbox_messages = 1000000000\n\
                       inbox_bytes = 1000000000000\nendpoint_grace_s = 36000\n\
                       endpoints = 100000\nendpoints_per_process = 100000\n";
        let folder = self.sub(name)?;
        Home::new(&self.program, folder, figures).await
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
        table: Table::default(),
        round: run.round,
        part: run.part,
        folders: 0,
        npm: run.npm,
        nats: run.nats.or_else(|| machine::find("nats-server")),
    };
    machine::describe(&mut bench.figures, folder.path())?;
    let syncs: Vec<f64> = (0..bench.reps)
        .map(|_| machine::fdatasync(folder.path(), 500))
        .collect::<Result<_>>()?;
    bench
        .figures
        .median("append 4 KiB and fdatasync", "µs", &syncs)?;
    rows::run(&mut bench).await?;
    if bench.wants("broker/send") {
        send::run(&mut bench).await?;
    }
    if bench.wants("broker/append") {
        append::run(&mut bench).await?;
    }
    if bench.wants("broker/push") {
        push::run(&mut bench).await?;
    }
    if bench.wants("broker/idle") {
        idle::run(&mut bench).await?;
    }
    if bench.wants("broker/reopen") {
        reopen::run(&mut bench).await?;
    }
    if bench.wants("attach/latency") {
        attach_latency::run(&mut bench).await?;
    }
    if bench.wants("attach/sockets") {
        attach_sockets::run(&mut bench).await?;
    }
    bench.table.print();
    if let Some(folder) = &run.report {
        report::write(&bench.table, folder, &report::Run::of(&bench)?)?;
    }
    Ok(())
}
