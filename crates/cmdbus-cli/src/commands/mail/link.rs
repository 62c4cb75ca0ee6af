//! Keeps a mailbox registered, whatever becomes of the broker (protocol §3.7).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use super::super::broker_client::{Frame, Http, Problem, Push, Request, Stream, segment};
use super::super::find::find_broker;
use super::name::Name;
use crate::args::Global;
use crate::env_vars;
use crate::exit::Error;

/// Names the stream, so that it is no other one of this process.
const STREAM: &str = "mail";
/// What tells mailboxes from other endpoints.
pub(super) const KIND: &str = "cmdbus-mail";
/// How long is waited before the broker is looked for again: doubling from the first to the second.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A stream that lives shorter is not worth looking for the next one at once.
const SHORT_LIFE: Duration = Duration::from_secs(5);
/// How often is looked whether the endpoint is still there: somebody may have closed it.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// What happens on the link.
pub(super) enum FromLink {
    /// The mailbox is registered.
    Up(Session),
    Push(Box<Push>),
    /// The stream is gone, and what was pushed on it comes again.
    Down,
    /// The mailbox could not be registered in the first place.
    Failed(Error),
}

/// A registration, for as long as its stream is there.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) http: Arc<Http>,
    pub(super) endpoint: String,
    pub(super) owner_token: String,
    /// The way to this stream, and to no later one: its pushes have names of their own.
    pub(super) out: mpsc::UnboundedSender<ToLink>,
}

/// What to tell the broker.
pub(super) enum ToLink {
    Seen(String),
    Confirm(String),
    /// Answered when the broker has read all that was told before.
    Barrier(oneshot::Sender<()>),
    /// Answered when the stream is closed.
    Close(oneshot::Sender<()>),
}

/// Registers the mailbox, tells what comes, and begins anew when the stream is gone. Ends when nobody listens, or
/// if it fails in the first place.
pub(super) async fn keep(global: Global, name: Name, tell: mpsc::Sender<FromLink>) {
    let mut pause = FIRST_PAUSE;
    let mut was_up = false;
    loop {
        match connect(&global, &name, was_up).await {
            Ok((stream, session, told)) => {
                was_up = true;
                let begun = Instant::now();
                let carrier = Carrier::new(stream, session.clone());
                if tell.send(FromLink::Up(session)).await.is_err()
                    || carrier.run(told, &tell).await.is_err()
                    || tell.send(FromLink::Down).await.is_err()
                {
                    return;
                }
                if begun.elapsed() > SHORT_LIFE {
                    pause = FIRST_PAUSE;
                    continue;
                }
            }
            Err(problem) if !was_up && !problem.may_pass() => {
                // If nobody listens any more, nobody need know.
                let _ = tell.send(FromLink::Failed(problem.into())).await;
                return;
            }
            Err(Problem::NoBroker(error)) if !was_up => {
                let _ = tell.send(FromLink::Failed(error)).await;
                return;
            }
            Err(problem) => tracing::debug!(%problem, "cannot register; trying again"),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

type Connected = (Stream, Session, mpsc::UnboundedReceiver<ToLink>);

/// Finds the broker, starting it if need be, opens the stream and registers.
async fn connect(global: &Global, name: &Name, again: bool) -> Result<Connected, Problem> {
    let broker = find_broker(global).await.map_err(Problem::NoBroker)?;
    let http = Arc::new(Http::new(broker));
    let hello = json!({
        "client_protocol_version": "1.1",
        "client_kind": "cmdbus",
        "client_version": env!("CARGO_PKG_VERSION"),
        "capabilities": {"push_receipt_ack_v1": true, "held_receipt_v1": true},
    });
    http.ask(&Request::post("/v1/initialize", hello)).await?;
    let stream = Stream::open(http.broker(), STREAM).await?;
    let request = Request::post("/v1/endpoint/register", registration(name, again))
        .by_this_process()
        .header("x-cmdbus-channel", STREAM);
    let answer = http.ask(&request).await?;
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    let (out, told) = mpsc::unbounded_channel();
    let session = Session {
        http,
        endpoint: text("endpoint_id"),
        owner_token: text("endpoint_owner_token"),
        out,
    };
    Ok((stream, session, told))
}

fn registration(name: &Name, again: bool) -> Value {
    let mut body = json!({
        "agent_id": name.as_str(),
        "plugin_pid": std::process::id(),
        "kind": KIND,
        "client_kind": "cmdbus",
        "client_version": env!("CARGO_PKG_VERSION"),
        "runtime_session_id": name.as_str(),
    });
    // A script that the broker spawned shows itself by opening its mailbox.
    let token = env_vars::get(env_vars::SPAWN_TOKEN).and_then(|token| token.into_string().ok());
    if let Some(token) = token.filter(|_| !again) {
        body["spawn_token"] = token.into();
    }
    body
}

/// Nobody listens any more.
struct Unheard;

/// Moves what is told and what comes, for one stream.
struct Carrier {
    stream: Stream,
    session: Session,
    /// Who waits for which Pong.
    barriers: VecDeque<(u64, oneshot::Sender<()>)>,
    pings: u64,
}

impl Carrier {
    fn new(stream: Stream, session: Session) -> Self {
        Self {
            stream,
            session,
            barriers: VecDeque::new(),
            pings: 0,
        }
    }

    /// Returns when the stream is gone.
    async fn run(
        mut self,
        mut told: mpsc::UnboundedReceiver<ToLink>,
        tell: &mpsc::Sender<FromLink>,
    ) -> Result<(), Unheard> {
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                frame = self.stream.next() => match frame {
                    Some(Frame::Push(push)) => {
                        tell.send(FromLink::Push(push)).await.map_err(|_| Unheard)?;
                    }
                    Some(Frame::Pong(number)) => self.passed(number),
                    None => return Ok(()),
                },
                what = told.recv() => {
                    // We hold a sender ourselves, so there is always somebody who may tell.
                    let Some(what) = what else { return Ok(()) };
                    if self.say(what).await.is_err() {
                        return Ok(());
                    }
                }
                _ = heartbeat.tick() => if self.is_closed().await {
                    return Ok(());
                },
            }
        }
    }

    async fn say(&mut self, what: ToLink) -> Result<(), Problem> {
        match what {
            ToLink::Seen(push) => self.stream.seen(&push).await,
            ToLink::Confirm(push) => self.stream.confirm(&push).await,
            ToLink::Barrier(read) => {
                self.pings += 1;
                self.barriers.push_back((self.pings, read));
                self.stream.ping(self.pings).await
            }
            ToLink::Close(closed) => {
                self.stream.close().await;
                // Whoever asked may be tired of waiting.
                let _ = closed.send(());
                Ok(())
            }
        }
    }

    fn passed(&mut self, number: u64) {
        let passed = self.barriers.partition_point(|(ping, _)| *ping <= number);
        for (_, read) in self.barriers.drain(..passed) {
            // Whoever asked may be tired of waiting.
            let _ = read.send(());
        }
    }

    /// Asks whether the endpoint was closed while its stream stayed open.
    async fn is_closed(&self) -> bool {
        let path = format!("/v1/endpoint/{}/heartbeat", segment(&self.session.endpoint));
        let request = Request::post(path, json!({})).by_this_process();
        let answer = self.session.http.ask(&request).await;
        answer.is_err_and(|problem| problem.code() == Some("endpoint_unknown"))
    }
}
