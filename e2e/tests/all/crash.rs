//! The broker killed again and again, at random moments, while clients of our own send and receive.
//!
//! `cargo xtask crash` runs the same for longer. A failure names the seed of its choices; the moments themselves do not
//! repeat exactly.

mod clients;
mod history;

use std::env;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use self::clients::{Death, Party, Receiver, Sender, receive, send, watch_receipts};
use self::history::History;
use crate::npm::pair::Pair;
use crate::raw::{Address, Requests};
use crate::support::{PATIENCE, until};

/// How often the broker is killed unless `CRASH_KILLS` says otherwise.
const KILLS: u64 = 12;
/// How long it lives at most. It needs a part of that to start, so some die as they do.
const LIFE: u64 = 500;

const RECEIVERS: [Receiver; 4] = [
    Receiver {
        receipts: true,
        death: Death::OfStream,
    },
    Receiver {
        receipts: false,
        death: Death::OfStream,
    },
    Receiver {
        receipts: true,
        death: Death::OfProcess,
    },
    Receiver {
        receipts: true,
        death: Death::ForGood,
    },
];
const SENDERS: [Sender; 4] = [
    Sender {
        endpoint: false,
        keyed: false,
    },
    Sender {
        endpoint: false,
        keyed: true,
    },
    Sender {
        endpoint: true,
        keyed: false,
    },
    Sender {
        endpoint: true,
        keyed: true,
    },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_killed_at_random_moments_loses_doubles_and_reorders_nothing() {
    let kills = number("CRASH_KILLS").unwrap_or(KILLS);
    let seed = number("CRASH_SEED").unwrap_or_else(any_seed);
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let pair = Pair::without_npm();
    let mut broker = pair.start_broker();
    let history: Arc<Mutex<History>> = Arc::default();
    let (stop, stopped) = watch::channel(false);
    let party = |dice: &mut Dice| Party {
        discovery: pair.discovery_file(),
        history: history.clone(),
        dice: Dice(dice.next()),
        stopped: stopped.clone(),
    };

    let (tell, mut told) = mpsc::channel(RECEIVERS.len());
    let mut receivers = JoinSet::new();
    for (index, receiver) in RECEIVERS.into_iter().enumerate() {
        receivers.spawn(receive(party(&mut dice), index, receiver, tell.clone()));
    }
    let mut addresses = vec![String::new(); RECEIVERS.len()];
    for _ in RECEIVERS {
        let (index, address) = told.recv().await.unwrap();
        addresses[index] = address;
    }
    let mut senders = JoinSet::new();
    for (index, sender) in SENDERS.into_iter().enumerate() {
        senders.spawn(send(party(&mut dice), index, sender, addresses.clone()));
    }
    senders.spawn(watch_receipts(party(&mut dice)));

    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(dice.below(LIFE))).await;
        broker.signal(Signal::KILL);
        broker.end();
        broker = pair.spawn_broker();
    }
    pair.serves();

    stop.send_replace(true);
    while let Some(ended) = senders.join_next().await {
        ended.unwrap();
    }
    let forgone = RECEIVERS
        .iter()
        .position(|receiver| receiver.death == Death::ForGood)
        .unwrap();
    let arriving = until("all mail has arrived", || {
        let history = history.lock().unwrap();
        history.missing().all(|text| text.receiver == forgone)
    });
    // What has not come by then is named below.
    let _ = tokio::time::timeout(PATIENCE / 2, arriving).await;
    let mut history = std::mem::take(&mut *history.lock().unwrap());
    let address = Address::read(&pair.discovery_file()).unwrap();
    let mut requests = Requests::connect(address, None).await.unwrap();
    history.ask_receipts(&mut requests).await;
    history.check(&waiting(&mut requests).await);
    println!("{kills} kills: {history}");
}

/// Returns the ids of the messages in the inbox.
async fn waiting(requests: &mut Requests) -> Vec<String> {
    let mut ids = Vec::new();
    let mut path = "/v1/undispatched?limit=1000".to_owned();
    loop {
        let (status, page) = requests.get(&path).await.unwrap();
        assert_eq!(status, 200, "{page}");
        for item in page["items"].as_array().unwrap() {
            ids.push(item["source_message_id"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/undispatched?limit=1000&after={next}"),
            None => return ids,
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("`{variable}` is no number: `{text}`")),
    )
}

fn any_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Random numbers that a seed repeats (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
