//! Calls, and what they cost: in rounds of a fixed length, each of which the parent asks for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::child::Parent;
use crate::figures::share;
use crate::text::Text;
use crate::{Result, machine};

/// Texts above this size are sent again when they come back: a program that has that much to send has it once.
const FRESH: usize = 4096;
/// How many calls that take no time are made between two looks at the clock.
const UNCLOCKED: u64 = 64;

/// What one round is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Work {
    /// How many calls are under way at a time, each for a task of its own.
    pub in_flight: usize,
    /// Bytes of JSON of the request, and of the answer.
    pub payload: usize,
    /// Whether the time of each call is taken. It takes about 50 ns itself.
    pub clocked: bool,
    /// How long a round takes.
    pub round: Duration,
}

impl Work {
    /// Makes the text of one request.
    pub fn text(&self) -> Text {
        Text::of(self.payload)
    }

    /// Tells the tasks of a round when it is over.
    pub fn bell(&self) -> Arc<AtomicBool> {
        let over = Arc::new(AtomicBool::new(false));
        let (told, round) = (over.clone(), self.round);
        tokio::spawn(async move {
            tokio::time::sleep(round).await;
            told.store(true, Ordering::Relaxed);
        });
        over
    }
}

/// What a round was.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Round {
    /// What was done: calls, deliveries, messages.
    pub count: u64,
    pub seconds: f64,
    /// Processor time of the child, in seconds.
    pub cpu: f64,
    /// What half of the calls are below, in microseconds, and 99 of a hundred, if that was measured.
    pub p50: Option<f64>,
    pub p99: Option<f64>,
    /// Calls that failed.
    pub errors: u64,
}

impl Round {
    /// Measures what `work` does. It returns how much that was, and the time of each call, if taken.
    pub async fn of(work: impl Future<Output = Result<(u64, Vec<f64>)>>) -> Result<Self> {
        let own = std::process::id();
        let (cpu, begun) = (machine::processor(own)?, Instant::now());
        let (count, mut times) = work.await?;
        let seconds = begun.elapsed().as_secs_f64();
        times.sort_by(f64::total_cmp);
        let at = |part| (!times.is_empty()).then(|| share(&times, part));
        Ok(Self {
            count,
            seconds,
            cpu: machine::processor(own)? - cpu,
            p50: at(0.5),
            p99: at(0.99),
            errors: 0,
        })
    }
}

/// Who calls. Clones share what they call over.
pub trait Caller: Clone + Send + Sync + 'static {
    fn call(&self, text: Text) -> impl Future<Output = Result<Text>> + Send;
}

/// Calls in rounds until the parent ends.
pub async fn calls(caller: impl Caller, work: Work, mut parent: Parent) -> Result {
    caller.call(work.text()).await?.answered(work.payload)?;
    let mut round = Round::default();
    while parent.told(&round).await? {
        round = Round::of(together(&caller, &work)).await?;
    }
    Ok(())
}

async fn together(caller: &impl Caller, work: &Work) -> Result<(u64, Vec<f64>)> {
    let over = work.bell();
    let mut tasks = JoinSet::new();
    for _ in 0..work.in_flight {
        let (caller, work, over) = (caller.clone(), work.clone(), over.clone());
        tasks.spawn(async move { one_by_one(&caller, &work, &over).await });
    }
    let (mut count, mut times) = (0, Vec::new());
    while let Some(ended) = tasks.join_next().await {
        let (made, took) = ended??;
        count += made;
        times.extend(took);
    }
    Ok((count, times))
}

/// Calls again and again. Where calls never wait for anything, the bell is never rung, so the clock is read too.
async fn one_by_one(
    caller: &impl Caller,
    work: &Work,
    over: &AtomicBool,
) -> Result<(u64, Vec<f64>)> {
    let first = work.text();
    let (mut count, mut times) = (0, Vec::new());
    let begun = Instant::now();
    let mut text = first.clone();
    while !over.load(Ordering::Relaxed) {
        let clock = work.clocked.then(Instant::now);
        let answer = caller.call(text).await?;
        if let Some(clock) = clock {
            times.push(clock.elapsed().as_secs_f64() * 1e6);
        }
        count += 1;
        answer.answered(work.payload)?;
        text = if work.payload > FRESH {
            answer
        } else {
            first.clone()
        };
        if count % UNCLOCKED == 0 && work.in_flight == 1 && begun.elapsed() >= work.round {
            break;
        }
    }
    Ok((count, times))
}
