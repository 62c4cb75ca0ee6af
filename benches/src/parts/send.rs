//! `send`: durable sends over HTTP, beside what the writer makes of the same rows, and the disk alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cmdbus_broker::store::{Batch, Epoch, SqliteStore, Writer, WriterHandle, WriterOptions};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::Bench;
use crate::child::{Child, Parent, Role};
use crate::daemon::Access;
use crate::figures::share;
use crate::fill::Sent;
use crate::http::{Client, request};
use crate::session::Session;
use crate::{Result, machine};

const SENDERS: usize = 32;
const RECEIVERS: usize = 20;
const COUNT: usize = 20_000;
const CONTENT: usize = 64;

/// What a child sends.
#[derive(Serialize, Deserialize)]
pub struct Load {
    pub access: Access,
    /// How many send at once, each from an endpoint of its own.
    pub senders: usize,
    /// Messages in a round.
    pub count: usize,
    /// Bytes of content.
    pub content: usize,
    pub receivers: Receivers,
}

/// To whom is sent.
#[derive(Serialize, Deserialize)]
pub enum Receivers {
    /// Endpoints of the child whose stream it has closed.
    Away(usize),
    /// These.
    Known(Vec<String>),
}

/// What a round was.
#[derive(Debug, Serialize, Deserialize)]
pub struct Round {
    /// How long it took.
    pub seconds: f64,
    /// Processor time of the child in it, in seconds.
    pub cpu: f64,
    /// How long a send took, of a hundred 50 and 99, in microseconds.
    pub p50: f64,
    pub p99: f64,
}

impl Load {
    /// Is a child that sends.
    pub async fn run(self, mut parent: Parent) -> Result {
        let sending = Session::open(&self.access, "senders", |_| {}).await?;
        let mut senders = Vec::new();
        for n in 0..self.senders {
            let id = sending.register(&format!("sender-{n}")).await?;
            senders.push((id, Client::connect(&self.access).await?));
        }
        let receivers = match &self.receivers {
            Receivers::Known(known) => known.clone(),
            Receivers::Away(count) => register_away(&self.access, *count).await?,
        };
        let mut round = None;
        while parent.told(&round).await? {
            let (back, measured) = self.round(senders, &receivers).await?;
            senders = back;
            round = Some(measured);
        }
        Ok(())
    }

    async fn round(
        &self,
        senders: Vec<(String, Client)>,
        receivers: &[String],
    ) -> Result<(Vec<(String, Client)>, Round)> {
        let next = Arc::new(AtomicU64::new(0));
        let count = self.count as u64;
        let content = "x".repeat(self.content);
        let mut tasks = JoinSet::new();
        let prepared: Vec<_> = senders
            .into_iter()
            .map(|(id, client)| {
                let requests: Vec<Vec<u8>> = receivers
                    .iter()
                    .map(|to| self.request(&id, to, &content))
                    .collect();
                (id, client, requests)
            })
            .collect();
        let own = std::process::id();
        let cpu = machine::cpu(own)?;
        let begun = Instant::now();
        for (id, mut client, requests) in prepared {
            let next = next.clone();
            tasks.spawn(async move {
                let mut times = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return Ok::<_, Box<dyn std::error::Error + Send + Sync>>((
                            id, client, times,
                        ));
                    }
                    let to = usize::try_from(n)? % requests.len();
                    let begun = Instant::now();
                    client.exchange(&requests[to]).await?;
                    times.push(begun.elapsed().as_secs_f64() * 1e6);
                }
            });
        }
        let mut senders = Vec::new();
        let mut times = Vec::new();
        while let Some(ended) = tasks.join_next().await {
            let (id, client, took) = ended??;
            senders.push((id, client));
            times.extend(took);
        }
        let seconds = begun.elapsed().as_secs_f64();
        times.sort_by(f64::total_cmp);
        let round = Round {
            seconds,
            cpu: machine::cpu(own)? - cpu,
            p50: share(&times, 0.5),
            p99: share(&times, 0.99),
        };
        Ok((senders, round))
    }

    fn request(&self, from: &str, to: &str, content: &str) -> Vec<u8> {
        let body = json!({
            "endpoint_id": from,
            "to": format!("endpoint:{to}"),
            "content": content,
            "contentType": "text",
            "metadata": {},
        });
        let pid = format!("x-plugin-pid: {}\r\n", std::process::id());
        request(&self.access, "POST", "/v1/send", &pid, &body.to_string())
    }
}

/// Registers endpoints of this process and closes their stream.
pub async fn register_away(access: &Access, count: usize) -> Result<Vec<String>> {
    let receiving = Session::open(access, "receivers", |_| {}).await?;
    let mut receivers = Vec::new();
    for n in 0..count {
        receivers.push(receiving.register(&format!("receiver-{n}")).await?);
    }
    drop(receiving);
    let mut client = Client::connect(access).await?;
    for id in &receivers {
        let path = format!("/v1/endpoint/{id}");
        while client.json("GET", &path, "", "").await?["state"] != "reconnecting" {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
    Ok(receivers)
}

pub async fn run(bench: &mut Bench) -> Result {
    bench.figures.part("send")?;
    let home = bench.home("send").await?;
    let (daemon, _) = home.start().await?;
    let mut child = Child::start(&Role::Send(Load {
        access: daemon.access.clone(),
        senders: SENDERS,
        count: COUNT,
        content: CONTENT,
        receivers: Receivers::Away(RECEIVERS),
    }))
    .await?;
    let mut rows = Rows::start(bench)?;
    // Both begin with what is only paid once.
    child.round::<Round>().await?;
    rows.round(COUNT as u64).await?;

    let (mut sends, mut writes, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    let (mut client, mut broker, mut storing) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.reps {
        let (cpu, threads) = (machine::cpu(daemon.pid())?, machine::threads(daemon.pid())?);
        let round: Round = child.round().await?;
        let each = |seconds: f64| seconds * 1e6 / COUNT as f64;
        let spent = machine::cpu(daemon.pid())? - cpu;
        let of_store = |threads: &std::collections::BTreeMap<String, f64>| {
            threads.get("cmdbus-store").copied().unwrap_or_default()
        };
        let stored = of_store(&machine::threads(daemon.pid())?) - of_store(&threads);
        sends.push(COUNT as f64 / round.seconds);
        p50.push(round.p50);
        p99.push(round.p99);
        client.push(each(round.cpu));
        broker.push(each(spent));
        storing.push(each(stored));
        writes.push(COUNT as f64 / rows.round(COUNT as u64).await?);
        syncs.push(1e6 / machine::fdatasync(bench.folder(), 1000)?);
    }
    let figures = &mut bench.figures;
    figures.median("send: 32 senders over HTTP", "/s", &sends)?;
    figures.median("  one of them takes, p50", "µs", &p50)?;
    figures.median("  one of them takes, p99", "µs", &p99)?;
    figures.median("  processor time of the broker, each", "µs", &broker)?;
    figures.median("    of these the thread of the store", "µs", &storing)?;
    figures.median("  processor time of the client, each", "µs", &client)?;
    figures.median("writer: 32 tasks hand over the same rows", "/s", &writes)?;
    figures.median("append 4 KiB and fdatasync, alone", "/s", &syncs)?;
    figures.ratio("send / writer", &sends, &writes)?;
    child.stop().await?;
    rows.writer.stop()?;
    daemon.stop().await
}

/// A writer without a broker, and who has sent and received how much.
struct Rows {
    writer: Writer,
    handle: WriterHandle,
    epoch: Epoch,
    senders: Vec<String>,
    receivers: Vec<String>,
    number: Arc<AtomicU64>,
}

impl Rows {
    fn start(bench: &Bench) -> Result<Self> {
        let store = SqliteStore::open(bench.folder().join("writer"))?;
        let writer = Writer::start(Box::new(store), WriterOptions::default(), |_| {})?;
        let handle = writer.handle();
        let (tell, told) = std::sync::mpsc::channel();
        handle.load(move |loaded| drop(tell.send(loaded)));
        let (_, epoch) = told.recv()??;
        let names = |from: usize, count: usize| {
            let names = from..from + count;
            names.map(|n| format!("ep_01K{n:023}")).collect()
        };
        Ok(Self {
            writer,
            handle,
            epoch,
            senders: names(0, SENDERS),
            receivers: names(SENDERS, RECEIVERS),
            number: Arc::new(AtomicU64::new(0)),
        })
    }

    /// Hands over so many sends, and returns how long that took, in seconds.
    async fn round(&mut self, count: u64) -> Result<f64> {
        let end = self.number.load(Ordering::Relaxed) + count;
        let mut tasks = JoinSet::new();
        let begun = Instant::now();
        for from in self.senders.clone() {
            let (handle, epoch, number) = (self.handle.clone(), self.epoch, self.number.clone());
            let receivers = self.receivers.clone();
            tasks.spawn(async move {
                loop {
                    let n = number.fetch_add(1, Ordering::Relaxed);
                    if n >= end {
                        return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(());
                    }
                    let to = usize::try_from(n)? % receivers.len();
                    let sent = Sent {
                        number: n + 1,
                        from: &from,
                        to: &receivers[to],
                        of_sender: n / SENDERS as u64,
                        of_receiver: n / receivers.len() as u64,
                        content: CONTENT,
                    };
                    let (tell, told) = oneshot::channel();
                    handle.submit(Batch::new(epoch, sent.ops(), move |result| {
                        let _ = tell.send(result);
                    }));
                    told.await??;
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        let seconds = begun.elapsed().as_secs_f64();
        // Each task took one number too many.
        self.number.store(end, Ordering::Relaxed);
        Ok(seconds)
    }
}
