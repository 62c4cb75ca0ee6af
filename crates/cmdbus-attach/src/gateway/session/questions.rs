//! Requests of the server to the client (attach §4.10).

use std::sync::Arc;

use cmdbus_mcp::carry::{Answer, refusal};
use cmdbus_mcp::rpc::{Id, Message, Raw, RpcError, codes, raw};
use rustc_hash::FxHashMap;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::{Duration, timeout};

use super::super::exchange::Exchange;
use super::super::shared::{lock, lost, next_number};
use super::super::stream::{Event, Kind, Stream};
use super::Session;

/// Most requests of the server that wait for the client, in one session.
const MAX_QUESTIONS: usize = 64;

type Outcome = Result<Raw, RpcError>;

/// Requests that wait for the client, by the ids that the gateway gave them.
#[derive(Default)]
pub(super) struct Questions(FxHashMap<String, Question>);

struct Question {
    tell: oneshot::Sender<Outcome>,
    /// The request of the client during which it was asked.
    related: Option<u64>,
    /// Where it was put.
    placed: Option<Arc<Stream>>,
}

/// What a question says.
struct Asked {
    id: String,
    related: Option<Arc<Exchange>>,
    event: Event,
}

impl Session {
    /// Takes a request of the server.
    pub(in crate::gateway) fn ask(
        self: &Arc<Self>,
        related: Option<&Arc<Exchange>>,
        method: String,
        params: Option<Raw>,
        answer: Answer,
    ) {
        if !self.can.allow(&method) {
            return answer.give(Err(refusal(&method)));
        }
        let id = format!("gw_{}", next_number());
        let (tell, heard) = oneshot::channel();
        {
            let mut state = lock(&self.state);
            if state.ended {
                drop(state);
                return answer.give(Err(lost()));
            }
            if state.questions.0.len() >= MAX_QUESTIONS {
                drop(state);
                return answer.give(Err(RpcError::new(
                    codes::OVERLOADED,
                    "the client has too many requests to answer",
                )));
            }
            let question = Question {
                tell,
                related: related.map(|exchange| exchange.number()),
                placed: None,
            };
            state.questions.0.insert(id.clone(), question);
        }
        // Looked at only now: a request that ends later takes its questions back itself.
        if related.is_some_and(|exchange| exchange.is_done()) {
            lock(&self.state).questions.0.remove(&id);
            return answer.give(Err(lost()));
        }
        let message = Message::Request {
            id: Id::text(&id),
            method,
            params,
        };
        let asked = Asked {
            id,
            related: related.cloned(),
            event: Event::new(&message, Kind::Needed),
        };
        tokio::spawn(carry(Arc::clone(self), asked, answer, heard));
    }

    /// Takes the answer of the client. `false` if nobody asked, or nobody waits any more.
    pub(in crate::gateway) fn answered(&self, id: &Id, outcome: Outcome) -> bool {
        let Ok(id) = serde_json::from_str::<String>(id.as_json()) else {
            return false;
        };
        let mut state = lock(&self.state);
        state.last_used = tokio::time::Instant::now();
        // Before it was put anywhere, the client cannot know it.
        let known = state
            .questions
            .0
            .get(&id)
            .is_some_and(|question| question.placed.is_some());
        let question = known.then(|| state.questions.0.remove(&id)).flatten();
        drop(state);
        question.is_some_and(|question| question.tell.send(outcome).is_ok())
    }

    /// Takes back what was asked during a request that has ended.
    pub(in crate::gateway) fn forget_questions_of(&self, exchange: &Exchange) {
        let mut state = lock(&self.state);
        let number = Some(exchange.number());
        let ended: Vec<(String, Question)> = state
            .questions
            .0
            .extract_if(|_, question| question.related == number)
            .collect();
        drop(state);
        for (id, question) in ended {
            if let Some(stream) = question.placed {
                self.counts.dropped(stream.push(taken_back(&id)));
            }
        }
    }

    /// Puts a question on a stream: that of the request it belongs to, else the standalone one.
    fn place(&self, asked: &Asked) -> Option<Arc<Stream>> {
        let mut state = lock(&self.state);
        let own = asked.related.as_ref().map(|exchange| exchange.stream());
        let stream = own
            .filter(|stream| stream.is_open())
            .or_else(|| state.mailbox.open_standalone())?;
        let stream = Arc::clone(stream);
        let question = state.questions.0.get_mut(&asked.id)?;
        question.placed = Some(Arc::clone(&stream));
        // A question is never what a stream gives up first; if it is, its server stops waiting at some point.
        self.counts.dropped(stream.push(asked.event.clone()));
        Some(stream)
    }

    async fn until_placed(&self, asked: &Asked) -> Arc<Stream> {
        loop {
            let mut opened = std::pin::pin!(self.opened.notified());
            opened.as_mut().enable();
            if let Some(stream) = self.place(asked) {
                return stream;
            }
            opened.await;
        }
    }

    fn stream_wait(&self) -> Duration {
        self.shared
            .upgrade()
            .map_or(Duration::ZERO, |shared| shared.settings.stream_wait)
    }
}

/// Returns the notification that a request need not be answered any more.
fn taken_back(id: &str) -> Event {
    let message = Message::Notification {
        method: "notifications/cancelled".to_owned(),
        params: Some(raw(&json!({
            "requestId": id,
            "reason": "the server does not wait any more",
        }))),
    };
    Event::new(&message, Kind::Needed)
}

/// Carries a question to the client and its answer back.
async fn carry(
    session: Arc<Session>,
    asked: Asked,
    mut answer: Answer,
    mut heard: oneshot::Receiver<Outcome>,
) {
    let placed = tokio::select! {
        biased;
        _ = &mut heard => Err(lost()),
        () = answer.given_up() => Ok(None),
        stream = timeout(session.stream_wait(), session.until_placed(&asked)) => Ok(stream.ok()),
    };
    let stream = match placed {
        Err(error) => return answer.give(Err(error)),
        Ok(stream) => stream,
    };
    let forget = || lock(&session.state).questions.0.remove(&asked.id);
    let Some(stream) = stream else {
        // Dropped, the answer says that no stream could carry the request.
        forget();
        return;
    };
    tokio::select! {
        biased;
        outcome = &mut heard => answer.give(outcome.unwrap_or_else(|_| Err(lost()))),
        () = answer.given_up() => {
            if forget().is_some() {
                session.counts.dropped(stream.push(taken_back(&asked.id)));
            }
        }
    }
}
