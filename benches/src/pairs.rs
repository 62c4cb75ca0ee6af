//! The same call at two places, in turn: what else the machine does meanwhile hits both.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::child::Parent;
use crate::figures::share;
use crate::mcp::{Caller, Endpoint, Era};

/// A child that calls one tool at two places.
#[derive(Serialize, Deserialize)]
pub struct Pairs {
    pub places: [Endpoint; 2],
    pub era: Era,
    /// Pairs of calls in a round.
    pub count: usize,
}

/// What a round was, in microseconds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Round {
    /// What 50, 90 and 99 of a hundred calls are below, at each place.
    pub places: [[f64; 3]; 2],
    /// By how much longer the second call of a pair takes, in the median.
    pub added: f64,
}

impl Pairs {
    /// Is a child that calls.
    pub async fn run(self, mut parent: Parent) -> Result {
        let [first, second] = &self.places;
        let mut first = Caller::open(first, self.era).await?;
        let mut second = Caller::open(second, self.era).await?;
        let mut round: Option<Round> = None;
        while parent.told(&round).await? {
            let mut times = [Vec::new(), Vec::new()];
            for n in 0..self.count {
                // Whoever comes second finds the machine as the other has left it.
                let (a, b) = if n % 2 == 0 {
                    let a = first.call().await?;
                    (a, second.call().await?)
                } else {
                    let b = second.call().await?;
                    (first.call().await?, b)
                };
                times[0].push(a);
                times[1].push(b);
            }
            round = Some(Round::of(times));
        }
        Ok(())
    }
}

impl Round {
    fn of(mut times: [Vec<f64>; 2]) -> Self {
        let [first, second] = &times;
        let mut added: Vec<f64> = first.iter().zip(second).map(|(a, b)| b - a).collect();
        added.sort_by(f64::total_cmp);
        for times in &mut times {
            times.sort_by(f64::total_cmp);
        }
        Self {
            places: times.map(|sorted| [0.5, 0.9, 0.99].map(|part| share(&sorted, part))),
            added: share(&added, 0.5),
        }
    }
}
