//! Requests over HTTP, on connections that are kept: calls, and durable sends.

use std::sync::atomic::Ordering;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::JoinSet;

use crate::Result;
use crate::child::Parent;
use crate::daemon::Access;
use crate::http::{Client, request};
use crate::load::{Round, Work};
use crate::parts::send::register_away;
use crate::session::Session;
use crate::text::Text;

/// The same request, again and again.
#[derive(Serialize, Deserialize)]
pub struct Load {
    pub access: Access,
    pub path: String,
    /// Further lines of the head, each with its end.
    pub headers: String,
    pub body: String,
    /// `in_flight` is how many connections there are, each with one request at a time.
    pub work: Work,
}

impl Load {
    /// Asks in rounds until the parent ends.
    pub async fn run(self, parent: Parent) -> Result {
        let request = request(&self.access, "POST", &self.path, &self.headers, &self.body);
        let mut asking = Vec::new();
        for _ in 0..self.work.in_flight {
            asking.push(Asking {
                client: Client::connect(&self.access).await?,
                requests: vec![request.clone()],
                next: 0,
            });
        }
        // An answer that is none is known before anything is measured.
        let answer = asking[0].client.exchange(&request).await?;
        if !answer.windows(4).any(|part| part == b"xxxx") {
            return Err(String::from_utf8_lossy(answer).into_owned().into());
        }
        rounds(asking, &self.work, parent).await
    }
}

/// Messages from as many endpoints as there are connections.
#[derive(Serialize, Deserialize)]
pub struct Sends {
    pub access: Access,
    pub to: To,
    pub work: Work,
}

/// To whom is sent.
#[derive(Serialize, Deserialize)]
pub enum To {
    /// So many endpoints that are away.
    Away(usize),
    /// Somebody on the network.
    Network(String),
}

impl Sends {
    /// Sends in rounds until the parent ends.
    pub async fn run(self, parent: Parent) -> Result {
        let session = Session::open(&self.access, "senders", |_| {}).await?;
        let mut senders = Vec::new();
        for n in 0..self.work.in_flight {
            senders.push(session.register(&format!("sender-{n}")).await?);
        }
        let receivers = match &self.to {
            To::Away(count) => {
                let away = register_away(&self.access, *count).await?;
                away.iter().map(|id| format!("endpoint:{id}")).collect()
            }
            To::Network(address) => vec![address.clone()],
        };
        let mut asking = Vec::new();
        for (n, from) in senders.iter().enumerate() {
            asking.push(Asking {
                client: Client::connect(&self.access).await?,
                requests: receivers
                    .iter()
                    .map(|to| self.request(from, to))
                    .collect::<Result<_>>()?,
                next: n,
            });
        }
        rounds(asking, &self.work, parent).await
    }

    fn request(&self, from: &str, to: &str) -> Result<Vec<u8>> {
        let body = json!({
            "endpoint_id": from,
            "to": to,
            "content": serde_json::to_string(&Text::of(self.work.payload))?,
            "contentType": "text",
            "metadata": {},
        });
        let pid = format!("x-plugin-pid: {}\r\n", std::process::id());
        Ok(request(
            &self.access,
            "POST",
            "/v1/send",
            &pid,
            &body.to_string(),
        ))
    }
}

/// One connection, and what is asked over it in turn.
struct Asking {
    client: Client,
    requests: Vec<Vec<u8>>,
    next: usize,
}

/// Asks in rounds until the parent ends.
async fn rounds(mut asking: Vec<Asking>, work: &Work, mut parent: Parent) -> Result {
    let mut round = Round::default();
    while parent.told(&round).await? {
        let (mut back, mut errors) = (Vec::new(), 0);
        round = Round::of(together(asking, work, &mut back, &mut errors)).await?;
        round.errors = errors;
        asking = back;
    }
    Ok(())
}

async fn together(
    asking: Vec<Asking>,
    work: &Work,
    back: &mut Vec<Asking>,
    errors: &mut u64,
) -> Result<(u64, Vec<f64>)> {
    let over = work.bell();
    let mut tasks = JoinSet::new();
    for mut asking in asking {
        let over = over.clone();
        tasks.spawn(async move {
            let (mut times, mut errors) = (Vec::new(), 0);
            while !over.load(Ordering::Relaxed) {
                let clock = Instant::now();
                let request = &asking.requests[asking.next % asking.requests.len()];
                if asking.client.exchange(request).await.is_err() {
                    errors += 1;
                    // What comes after an error may be the rest of it.
                    asking.client = asking.client.again().await?;
                }
                asking.next += 1;
                times.push(clock.elapsed().as_secs_f64() * 1e6);
            }
            Ok::<_, crate::Error>((asking, times, errors))
        });
    }
    let mut times = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        let (asking, took, failed) = ended??;
        back.push(asking);
        times.extend(took);
        *errors += failed;
    }
    Ok((times.len() as u64 - *errors, times))
}
