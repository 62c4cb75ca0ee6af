//! What the gateway asks of the client: sampling, elicitation, roots.

use std::sync::{Arc, Weak};

use cmdbus_mcp::carry::{Answer, FromServer, Hears};
use cmdbus_mcp::rpc::{Id, Message, Raw, RpcError, codes, raw, splice};
use serde_json::json;
use tokio::sync::oneshot;

use super::call::{LISTEN, SUBSCRIPTION};
use super::relay::Shared;

/// Requests that the client has not answered yet; further ones are refused.
const MOST_ASKED: usize = 64;

/// What the client answers.
pub(super) type Outcome = Result<Raw, RpcError>;

impl Shared {
    /// Returns what passes everything on to the client.
    pub(super) fn ear(self: &Arc<Self>) -> Hears {
        let shared = Arc::downgrade(self);
        Arc::new(move |said| hear(&shared, said))
    }

    /// As [`ear`](Self::ear), for what is said about one call. With `again`, the client has heard before that it listens.
    pub(super) fn ear_of(self: &Arc<Self>, method: &str, id: &Id, again: bool) -> Hears {
        if method != LISTEN {
            return self.ear();
        }
        let (shared, id) = (Arc::downgrade(self), id.clone());
        Arc::new(move |said| {
            let FromServer::Notification { method, params } = said else {
                return hear(&shared, said);
            };
            if again && method == "notifications/subscriptions/acknowledged" {
                return;
            }
            // The gateway has another id for the call than the client.
            let named = params.and_then(|params| splice::set(&params, SUBSCRIPTION, id.as_json()));
            let params = named;
            hear(&shared, FromServer::Notification { method, params });
        })
    }

    /// Takes an answer of the client.
    pub(super) fn answered(&self, id: &Id, outcome: Outcome) {
        match self.asked().remove(id) {
            // Whoever asked may have given up.
            Some(asker) => drop(asker.send(outcome)),
            None => tracing::debug!("an answer to what nobody asked"),
        }
    }
}

fn hear(shared: &Weak<Shared>, said: FromServer) {
    let Some(shared) = shared.upgrade() else {
        return;
    };
    match said {
        FromServer::Notification { method, params } => {
            shared.out.tell(&Message::Notification { method, params });
        }
        FromServer::Request {
            method,
            params,
            answer,
        } => ask(&shared, method, params, answer),
    }
}

/// Asks the client, and has its answer passed on when it comes.
fn ask(shared: &Arc<Shared>, method: String, params: Option<Raw>, mut answer: Answer) {
    let (tell, told) = oneshot::channel();
    let id = {
        let mut asked = shared.asked();
        if asked.len() >= MOST_ASKED {
            drop(asked);
            let text = "too many requests wait for the client";
            return answer.give(Err(RpcError::new(codes::OVERLOADED, text)));
        }
        let id = Id::text(&format!("cmdbus-{}", shared.next_number()));
        asked.insert(id.clone(), tell);
        id
    };
    let request = Message::Request {
        id: id.clone(),
        method,
        params,
    };
    if !shared.out.tell(&request) {
        // Dropped, the answer says that there was no way to ask.
        shared.asked().remove(&id);
        return;
    }
    let shared = Arc::downgrade(shared);
    tokio::spawn(async move {
        let outcome = tokio::select! {
            outcome = told => outcome.ok(),
            () = answer.given_up() => None,
        };
        match (outcome, shared.upgrade()) {
            (Some(outcome), _) => answer.give(outcome),
            (None, Some(shared)) if shared.asked().remove(&id).is_some() => {
                shared.out.tell(&Message::Notification {
                    method: "notifications/cancelled".to_owned(),
                    params: Some(raw(&json!({"requestId": id}))),
                });
            }
            (None, _) => {}
        }
    });
}
