//! `push`: from a sender to a connected client, which confirms.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::Bench;
use crate::child::{Child, Parent, Role};
use crate::daemon::Access;
use crate::figures::share;
use crate::http::{Client, request};
use crate::session::{Session, member};
use crate::{Result, machine};

const ALONE: usize = 1000;
const COUNT: usize = 20_000;

/// What a child sends to itself.
#[derive(Serialize, Deserialize)]
pub struct Load {
    access: Access,
    /// How many send at once.
    senders: usize,
    /// Messages in a round.
    count: usize,
    /// To how many endpoints, all on one stream.
    receivers: usize,
}

/// What a round was.
#[derive(Debug, Serialize, Deserialize)]
struct Round {
    /// Until every message was confirmed.
    seconds: f64,
    /// Processor time of the child in it, in seconds.
    cpu: f64,
    /// From the send to the push, in microseconds.
    pushed: [f64; 2],
    /// From the send until its receipt says `confirmed`, if that was asked.
    confirmed: Option<[f64; 2]>,
}

impl Load {
    /// Is a child that sends and receives.
    pub async fn run(self, mut parent: Parent) -> Result {
        let begun = Instant::now();
        let (tell, mut pushed) = unbounded_channel();
        let receiving = Session::open(&self.access, "receivers", move |frame| {
            // What a message says is when it was sent.
            let sent: Option<f64> = member(frame, "content").and_then(|text| text.parse().ok());
            let took = begun.elapsed().as_secs_f64() - sent.unwrap_or(f64::NAN);
            let _ = tell.send(took * 1e6);
        })
        .await?;
        let mut receivers = Vec::new();
        for n in 0..self.receivers {
            receivers.push(receiving.register(&format!("receiver-{n}")).await?);
        }
        let sending = Session::open(&self.access, "senders", |_| {}).await?;
        let from = sending.register("sender").await?;
        let mut clients = Vec::new();
        for _ in 0..self.senders {
            clients.push(Client::connect(&self.access).await?);
        }
        let mut round: Option<Round> = None;
        while parent.told(&round).await? {
            let own = std::process::id();
            let (cpu, start) = (machine::cpu(own)?, Instant::now());
            let mut confirmed = None;
            if self.senders == 1 {
                let times = self
                    .alone(&mut clients[0], &from, &receivers[0], begun)
                    .await?;
                confirmed = Some(spread(times));
            } else {
                clients = self.together(clients, &from, &receivers, begun).await?;
            }
            let times = self.take(&mut pushed).await?;
            self.confirmed(&receivers).await?;
            round = Some(Round {
                seconds: start.elapsed().as_secs_f64(),
                cpu: machine::cpu(own)? - cpu,
                pushed: spread(times),
                confirmed,
            });
        }
        Ok(())
    }

    /// Sends one after the other, each when the one before is confirmed.
    async fn alone(
        &self,
        client: &mut Client,
        from: &str,
        to: &str,
        begun: Instant,
    ) -> Result<Vec<f64>> {
        let mut times = Vec::new();
        for _ in 0..self.count {
            let sent = Instant::now();
            let request = self.request(from, to, begun);
            let answer = String::from_utf8_lossy(client.exchange(&request).await?).into_owned();
            let id = member(&answer, "messageId").ok_or("no message id")?;
            let path = format!("/v1/receipts/{id}?wait=confirmed");
            let receipt = client.json("GET", &path, "", "").await?;
            if receipt["state"] != "confirmed" {
                return Err(format!("a message is {}", receipt["state"]).into());
            }
            times.push(sent.elapsed().as_secs_f64() * 1e6);
        }
        Ok(times)
    }

    async fn together(
        &self,
        clients: Vec<Client>,
        from: &str,
        receivers: &[String],
        begun: Instant,
    ) -> Result<Vec<Client>> {
        let mut tasks = JoinSet::new();
        let senders = clients.len();
        for (n, mut client) in clients.into_iter().enumerate() {
            let access = self.access.clone();
            let (from, to) = (from.to_owned(), receivers[n % receivers.len()].clone());
            let count = self.count / senders;
            tasks.spawn(async move {
                for _ in 0..count {
                    let request = send(&access, &from, &to, begun);
                    client.exchange(&request).await?;
                }
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(client)
            });
        }
        let mut clients = Vec::new();
        while let Some(ended) = tasks.join_next().await {
            clients.push(ended??);
        }
        Ok(clients)
    }

    fn request(&self, from: &str, to: &str, begun: Instant) -> Vec<u8> {
        send(&self.access, from, to, begun)
    }

    /// Waits until everything was pushed.
    async fn take(&self, pushed: &mut UnboundedReceiver<f64>) -> Result<Vec<f64>> {
        let mut times = Vec::new();
        for _ in 0..self.count / self.senders * self.senders {
            times.push(pushed.recv().await.ok_or("the stream is closed")?);
        }
        Ok(times)
    }

    /// Waits until nothing is queued.
    async fn confirmed(&self, receivers: &[String]) -> Result {
        let mut client = Client::connect(&self.access).await?;
        for id in receivers {
            let path = format!("/v1/endpoint/{id}");
            while client.json("GET", &path, "", "").await?["queued"] != 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }
}

fn send(access: &Access, from: &str, to: &str, begun: Instant) -> Vec<u8> {
    let at = begun.elapsed().as_secs_f64();
    let body = json!({
        "endpoint_id": from,
        "to": format!("endpoint:{to}"),
        // 64 bytes that say when they were sent.
        "content": format!("{at:064.9}"),
    });
    let pid = format!("x-plugin-pid: {}\r\n", std::process::id());
    request(access, "POST", "/v1/send", &pid, &body.to_string())
}

/// Returns what half of the times are below, and 99 of a hundred.
fn spread(mut times: Vec<f64>) -> [f64; 2] {
    times.sort_by(f64::total_cmp);
    [share(&times, 0.5), share(&times, 0.99)]
}

pub async fn run(bench: &mut Bench) -> Result {
    bench.figures.part("push")?;
    let home = bench.home("push").await?;
    for (senders, receivers, count, name) in [
        (1, 1, ALONE, "alone"),
        (32, 1, COUNT, "32 senders, one endpoint"),
        (32, 16, COUNT, "32 senders, 16 endpoints"),
    ] {
        let (daemon, _) = home.start().await?;
        let mut child = Child::start(&Role::Push(Load {
            access: daemon.access.clone(),
            senders,
            count,
            receivers,
        }))
        .await?;
        child.round::<Round>().await?;
        let mut rounds = Vec::new();
        let mut broker = Vec::new();
        for _ in 0..bench.reps {
            let cpu = machine::cpu(daemon.pid())?;
            rounds.push(child.round::<Round>().await?);
            broker.push((machine::cpu(daemon.pid())? - cpu) * 1e6 / count as f64);
        }
        let of = |figure: &dyn Fn(&Round) -> f64| rounds.iter().map(figure).collect::<Vec<_>>();
        let figures = &mut bench.figures;
        let rate = of(&|round| count as f64 / round.seconds);
        figures.median(&format!("{name}: sent and confirmed"), "/s", &rate)?;
        figures.median("  from send to push, p50", "µs", &of(&|r| r.pushed[0]))?;
        figures.median("  from send to push, p99", "µs", &of(&|r| r.pushed[1]))?;
        if senders == 1 {
            let of = |n: usize| of(&|r| r.confirmed.map_or(f64::NAN, |both| both[n]));
            figures.median("  from send to the receipt `confirmed`, p50", "µs", &of(0))?;
            figures.median("  from send to the receipt `confirmed`, p99", "µs", &of(1))?;
        }
        figures.median("  processor time of the broker, each", "µs", &broker)?;
        let client = of(&|round| round.cpu * 1e6 / count as f64);
        figures.median("  processor time of the client, each", "µs", &client)?;
        child.stop().await?;
        daemon.stop().await?;
    }
    Ok(())
}
