//! What was sent, what came, and whether the one follows from the other.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::raw::Requests;

/// What a message says: no two messages say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Text {
    pub(crate) sender: usize,
    pub(crate) receiver: usize,
    /// Counts what the one sends to the other.
    pub(crate) number: u64,
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.sender, self.receiver, self.number)
    }
}

impl FromStr for Text {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split(' ').map(|number| number.parse::<u64>());
        let mut number = || numbers.next().and_then(Result::ok).ok_or(());
        let index = |number| usize::try_from(number).map_err(|_| ());
        Ok(Self {
            sender: index(number()?)?,
            receiver: index(number()?)?,
            number: number()?,
        })
    }
}

/// Everything that clients were told.
#[derive(Default)]
pub(crate) struct History {
    /// With the message id of the answer.
    acknowledged: BTreeMap<Text, String>,
    /// In the order of sending, for picking.
    pub(crate) ids: Vec<String>,
    /// By receiver, in order of arrival, with the message id of the push.
    arrivals: BTreeMap<usize, Vec<(Text, String)>>,
    arrived: HashSet<Text>,
    /// The latest that a receipt has said.
    receipts: HashMap<String, Place>,
    /// What should not have happened.
    problems: Vec<String>,
}

/// Receipts never go back in this order (protocol §6.5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd)]
struct Place {
    hop: u64,
    rank: usize,
    state: String,
}

impl Place {
    fn of(receipt: &Value) -> Self {
        let state = receipt["state"].as_str().unwrap_or_default();
        let places = ["accepted", "durable", "pushed", "inbox"];
        Self {
            hop: receipt["hop"].as_u64().unwrap_or_default(),
            // An end comes last, and stays the end that it is.
            rank: places
                .iter()
                .position(|place| *place == state)
                .unwrap_or(places.len()),
            state: state.to_owned(),
        }
    }

    fn may_become(&self, next: &Self) -> bool {
        let ended = self.rank == 4;
        (!ended || self == next) && (self.hop, self.rank) <= (next.hop, next.rank)
    }
}

impl History {
    pub(crate) fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    pub(crate) fn acknowledged(&mut self, text: Text, id: &str) {
        self.ids.push(id.to_owned());
        self.acknowledged.insert(text, id.to_owned());
    }

    pub(crate) fn arrived(&mut self, receiver: usize, content: &str, id: &str) {
        let Ok(text) = content.parse::<Text>() else {
            return self.problem(format!("nobody sent `{content}`"));
        };
        if text.receiver != receiver {
            self.problem(format!("`{text}` came to {receiver}"));
        }
        self.arrived.insert(text);
        let arrivals = self.arrivals.entry(receiver).or_default();
        arrivals.push((text, id.to_owned()));
    }

    pub(crate) fn receipt(&mut self, id: &str, status: u16, receipt: &Value) {
        if status != 200 {
            return self.problem(format!("the receipt of {id}: {status} {receipt}"));
        }
        let place = Place::of(receipt);
        let before = self.receipts.insert(id.to_owned(), place.clone());
        if let Some(before) = before.filter(|before| !before.may_become(&place)) {
            self.problem(format!(
                "the receipt of {id} went from {before:?} to {place:?}"
            ));
        }
    }

    /// Returns what was acknowledged and has not come.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &Text> {
        let acknowledged = self.acknowledged.keys();
        acknowledged.filter(|text| !self.arrived.contains(text))
    }

    /// Asks for the receipt of everything acknowledged, when nothing moves any more.
    pub(crate) async fn ask_receipts(&mut self, requests: &mut Requests) {
        for id in self.ids.clone() {
            let path = format!("/v1/receipts/{id}");
            let (mut status, mut receipt) = requests.get(&path).await.unwrap();
            if matches!(receipt["state"].as_str(), Some("durable" | "pushed")) {
                // The last confirmations may still be on their way.
                let path = format!("{path}?wait=confirmed&timeout_ms=10000");
                (status, receipt) = requests.get(&path).await.unwrap();
            }
            self.receipt(&id, status, &receipt);
        }
    }

    /// Checks all of it against what waits in the inbox at the end.
    #[track_caller]
    pub(crate) fn check(&self, waiting: &[String]) {
        assert!(self.problems.is_empty(), "{:#?}", self.problems);
        assert!(self.ids.len() > 100, "too little was sent: {self}");
        let inbox: HashSet<&String> = waiting.iter().collect();
        assert_eq!(inbox.len(), waiting.len(), "a message waits twice");
        for (text, id) in &self.acknowledged {
            let state = &self.receipts[id].state;
            let fits = match state.as_str() {
                "confirmed" => self.arrived.contains(text),
                "inbox" => inbox.contains(id),
                _ => false,
            };
            assert!(
                fits,
                "`{text}` was acknowledged as {id} and is lost: `{state}`"
            );
        }
        let mut ids: HashMap<Text, &String> = HashMap::new();
        let mut texts: HashMap<&String, Text> = HashMap::new();
        for arrivals in self.arrivals.values() {
            let mut last: HashMap<usize, u64> = HashMap::new();
            for (text, id) in arrivals {
                let first = !ids.contains_key(text);
                assert_eq!(*ids.entry(*text).or_insert(id), id, "`{text}` came twice");
                assert_eq!(
                    *texts.entry(id).or_insert(*text),
                    *text,
                    "{id} came changed"
                );
                if first && let Some(before) = last.insert(text.sender, text.number) {
                    assert!(before < text.number, "`{text}` came after {before}");
                }
            }
        }
        for (text, id) in &self.acknowledged {
            let came = ids.get(text);
            assert!(
                came.is_none_or(|came| *came == id),
                "`{text}` came as {came:?}, not {id}"
            );
        }
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrivals: usize = self.arrivals.values().map(Vec::len).sum();
        write!(
            f,
            "{} acknowledged, {} arrived, {} of them again",
            self.acknowledged.len(),
            arrivals,
            arrivals - self.arrived.len()
        )
    }
}
