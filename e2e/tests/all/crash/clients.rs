//! Those who send and those who receive, and come back whatever happens.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::Dice;
use super::history::{History, Text};
use crate::raw::{Address, Body, Raw, Requests, Who};

/// How long a client without a broker waits before it looks again.
const STEP: Duration = Duration::from_millis(10);
/// A receiver dies once in so many messages, and is gone for so many milliseconds at most.
const DEATHS: u64 = 80;
const GONE: u64 = 60;

/// What everybody has.
pub(crate) struct Party {
    pub(crate) discovery: PathBuf,
    pub(crate) history: Arc<Mutex<History>>,
    pub(crate) dice: Dice,
    /// Nothing is sent any more.
    pub(crate) stopped: watch::Receiver<bool>,
}

impl Party {
    fn told(&self, tell: impl FnOnce(&mut History)) {
        tell(&mut self.history.lock().unwrap());
    }
}

/// How a receiver dies now and then, with messages that it has read and not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// Its connection breaks; the process comes back with another one.
    OfStream,
    /// Its process ends; another one goes on with the session.
    OfProcess,
    /// Its process ends, and that is all.
    ForGood,
}

#[derive(Clone, Copy)]
pub(crate) struct Receiver {
    pub(crate) receipts: bool,
    pub(crate) death: Death,
}

/// Receives for ever. Tells its address when it has one.
pub(crate) async fn receive(
    mut party: Party,
    index: usize,
    receiver: Receiver,
    tell: mpsc::Sender<(usize, String)>,
) {
    let session = format!("session-{index}");
    let mut body = Body::new();
    let mut known: Option<String> = None;
    loop {
        let who = Who {
            channel: format!("receiver-{index}"),
            pid: body.pid(),
            receipts: receiver.receipts,
        };
        let members = json!({"agent_id": "receiver", "runtime_session_id": session});
        let Ok((mut raw, id)) = join(&party.discovery, &who, members).await else {
            tokio::time::sleep(STEP).await;
            continue;
        };
        match &known {
            None => {
                let address = match receiver.death {
                    Death::OfProcess => format!("session:{session}"),
                    Death::OfStream | Death::ForGood => format!("endpoint:{id}"),
                };
                tell.send((index, address)).await.unwrap();
            }
            Some(known) if *known != id && receiver.death != Death::OfProcess => {
                party.told(|history| history.problem(format!("{known} came back as {id}")));
            }
            Some(_) => {}
        }
        known = Some(id);
        if !take(&mut party, index, &mut raw).await {
            continue;
        }
        drop(raw);
        match receiver.death {
            Death::OfStream => {}
            Death::OfProcess => body = Body::new(),
            Death::ForGood => return,
        }
        tokio::time::sleep(Duration::from_millis(party.dice.below(GONE))).await;
    }
}

/// Takes what comes. Returns `false` if the broker has gone, `true` when it is time to die.
async fn take(party: &mut Party, index: usize, raw: &mut Raw) -> bool {
    while let Ok(pushed) = raw.stream.pushed().await {
        party.told(|history| history.arrived(index, &pushed.content, &pushed.message));
        if party.dice.one_in(DEATHS) {
            return true;
        }
        if raw.stream.confirm(&pushed).await.is_err() {
            break;
        }
    }
    false
}

async fn join(discovery: &Path, who: &Who, members: Value) -> io::Result<(Raw, String)> {
    let mut raw = Raw::connect(discovery, who).await?;
    let id = raw.register(members).await?;
    Ok((raw, id))
}

#[derive(Clone, Copy)]
pub(crate) struct Sender {
    /// Sends from an endpoint of its own, else as the node.
    pub(crate) endpoint: bool,
    /// Names each message by a key, and sends again what was not answered.
    pub(crate) keyed: bool,
}

/// A sender that is connected.
struct Link {
    from: String,
    requests: Requests,
    /// Reads its stream, until this is dropped.
    _reading: JoinSet<()>,
}

impl Link {
    async fn new(discovery: &Path, index: usize, sender: Sender) -> io::Result<Self> {
        let mut reading = JoinSet::new();
        if !sender.endpoint {
            let address = Address::read(discovery)?;
            return Ok(Self {
                from: "node:self".to_owned(),
                requests: Requests::connect(address, None).await?,
                _reading: reading,
            });
        }
        let who = Who::here(&format!("sender-{index}"));
        let members = json!({"agent_id": format!("sender-{index}")});
        let (raw, from) = join(discovery, &who, members).await?;
        let Raw {
            requests,
            mut stream,
            ..
        } = raw;
        reading.spawn(async move { while stream.pushed().await.is_ok() {} });
        Ok(Self {
            from,
            requests,
            _reading: reading,
        })
    }

    async fn send(&mut self, text: Text, to: &str, keyed: bool) -> io::Result<(u16, Value)> {
        let mut body = json!({"endpoint_id": self.from, "to": to, "content": text.to_string()});
        if keyed {
            body["idempotency_key"] = json!(text.to_string());
        }
        self.requests.post("/v1/send", &body).await
    }
}

/// Sends one text after the other until it is stopped.
pub(crate) async fn send(mut party: Party, index: usize, sender: Sender, to: Vec<String>) {
    let mut numbers = vec![0; to.len()];
    let mut link = None;
    while !*party.stopped.borrow() {
        let receiver = usize::try_from(party.dice.below(to.len() as u64)).unwrap();
        let text = Text {
            sender: index,
            receiver,
            number: numbers[receiver],
        };
        numbers[receiver] += 1;
        send_one(&party, &mut link, sender, text, &to[receiver]).await;
    }
}

/// Sends a text until nothing more can be done about it.
async fn send_one(party: &Party, link: &mut Option<Link>, sender: Sender, text: Text, to: &str) {
    while !*party.stopped.borrow() {
        let Some(linked) = link else {
            match Link::new(&party.discovery, text.sender, sender).await {
                Ok(linked) => *link = Some(linked),
                Err(_) => tokio::time::sleep(STEP).await,
            }
            continue;
        };
        let (status, body) = match linked.send(text, to, sender.keyed).await {
            Ok(answer) => answer,
            Err(_) => {
                *link = None;
                if sender.keyed {
                    continue;
                }
                // It may have been stored or not, and without a key it must not be sent again.
                return;
            }
        };
        match (status, body["error"].as_str()) {
            (200, _) => {
                let id = body["messageId"].as_str().unwrap_or_default();
                return party.told(|history| history.acknowledged(text, id));
            }
            // The broker has been another one since the registration.
            (409, Some("endpoint_not_active")) => *link = None,
            _ => {
                return party.told(|history| history.problem(format!("`{text}`: {status} {body}")));
            }
        }
    }
}

/// Looks at receipts of late messages again and again until it is stopped.
pub(crate) async fn watch_receipts(mut party: Party) {
    const LATE: u64 = 40;
    let mut requests = None;
    while !*party.stopped.borrow() {
        let Some(connected) = &mut requests else {
            tokio::time::sleep(STEP).await;
            requests = match Address::read(&party.discovery) {
                Ok(address) => Requests::connect(address, None).await.ok(),
                Err(_) => None,
            };
            continue;
        };
        let back = usize::try_from(party.dice.below(LATE)).unwrap();
        let id = party
            .history
            .lock()
            .unwrap()
            .ids
            .iter()
            .rev()
            .nth(back)
            .cloned();
        let Some(id) = id else {
            tokio::time::sleep(STEP).await;
            continue;
        };
        match connected.get(&format!("/v1/receipts/{id}")).await {
            Ok((status, receipt)) => party.told(|history| history.receipt(&id, status, &receipt)),
            Err(_) => requests = None,
        }
    }
}
