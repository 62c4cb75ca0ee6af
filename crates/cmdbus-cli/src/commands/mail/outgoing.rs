//! Messages that a script sends: replies, and new ones.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use super::super::broker_client::Request;
use super::letters::Letters;
use super::lines::Problem;
use super::link::Session;

/// How long is waited at most before a send that may pass later is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// A message as a line orders it.
#[derive(Debug, PartialEq)]
pub(super) struct Outgoing {
    pub(super) to: To,
    pub(super) content: String,
    pub(super) content_type: Option<String>,
    pub(super) metadata: Map<String, Value>,
    pub(super) key: Option<String>,
    pub(super) ttl_ms: Option<u64>,
}

/// Who gets it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum To {
    Address(String),
    /// Whoever sent this message.
    Sender(String),
}

impl Outgoing {
    /// Returns the body of the send, without the name of the sender.
    pub(super) fn addressed(self, letters: &Letters) -> Result<Map<String, Value>, Problem> {
        let mut metadata = self.metadata;
        let to = match self.to {
            To::Address(address) => address,
            To::Sender(id) => {
                let (from, correlation) = letters
                    .origin(&id)
                    .map_err(|unknown| unknown.problem(&id))?;
                if let Some(correlation) = correlation {
                    metadata
                        .entry("in_reply_to")
                        .or_insert_with(|| correlation.into());
                }
                from.to_owned()
            }
        };
        // With a key of its own it can be sent again whatever becomes of the broker.
        let key = self.key.unwrap_or_else(|| Uuid::new_v4().to_string());
        let mut body = Map::new();
        body.insert("to".to_owned(), to.into());
        body.insert("content".to_owned(), self.content.into());
        if let Some(content_type) = self.content_type {
            body.insert("contentType".to_owned(), content_type.into());
        }
        body.insert("metadata".to_owned(), metadata.into());
        body.insert("idempotency_key".to_owned(), key.into());
        if let Some(ttl_ms) = self.ttl_ms {
            body.insert("ttl_ms".to_owned(), ttl_ms.into());
        }
        Ok(body)
    }
}

/// Sends a message, over and over until the broker has said yes or no. Returns the line that says which.
pub(super) async fn send(
    mut body: Map<String, Value>,
    mut session: watch::Receiver<Option<Session>>,
    number: u64,
) -> Value {
    loop {
        let now = match session.wait_for(Option::is_some).await {
            Ok(session) => session.clone(),
            // The mailbox is closed, and so nobody reads this.
            Err(_) => return Problem::new("closed", "the mailbox is closed").line(number),
        };
        let Some(now) = now else { continue };
        body.insert("endpoint_id".to_owned(), now.endpoint.as_str().into());
        let request = Request::post("/v1/send", Value::Object(body.clone()))
            .by_this_process()
            .header("x-cmdbus-owner-token", &now.owner_token);
        match now.http.ask(&request).await {
            Ok(sent) => return json!({"sent": sent, "line": number}),
            // Until the link has registered again.
            Err(problem)
                if problem.may_pass()
                    || matches!(
                        problem.code(),
                        Some("unknown_endpoint" | "endpoint_not_active")
                    ) => {}
            Err(problem) => {
                let code = problem.code().unwrap_or("internal_error").to_owned();
                return Problem::new(code, problem.to_string()).line(number);
            }
        }
        let _ = timeout(PAUSE, session.changed()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::broker_client::Push;

    fn outgoing(to: To) -> Outgoing {
        Outgoing {
            to,
            content: "c".to_owned(),
            content_type: None,
            metadata: Map::new(),
            key: None,
            ttl_ms: None,
        }
    }

    #[test]
    fn a_reply_goes_to_the_sender_and_names_the_conversation() {
        let mut letters = Letters::default();
        let mut metadata = Map::new();
        metadata.insert("correlation_id".to_owned(), "corr".into());
        let push = Push {
            push_id: "push_1".to_owned(),
            message_id: "m".to_owned(),
            from: "endpoint:ep_1".to_owned(),
            content: String::new(),
            content_type: "text".to_owned(),
            metadata,
            attempt: 1,
        };
        letters.arrived(&push, true);
        letters.confirm("m").unwrap();
        let body = outgoing(To::Sender("m".to_owned()))
            .addressed(&letters)
            .unwrap();
        assert_eq!(body["to"], "endpoint:ep_1");
        assert_eq!(body["metadata"]["in_reply_to"], "corr");
        assert!(!body["idempotency_key"].as_str().unwrap().is_empty());
        assert!(
            outgoing(To::Sender("n".to_owned()))
                .addressed(&letters)
                .is_err()
        );
    }

    #[test]
    fn a_new_message_says_what_was_given() {
        let mut given = outgoing(To::Address("session:a".to_owned()));
        given.key = Some("k".to_owned());
        given.ttl_ms = Some(5000);
        let body = given.addressed(&Letters::default()).unwrap();
        let expected = json!({
            "to": "session:a", "content": "c", "metadata": {}, "idempotency_key": "k", "ttl_ms": 5000,
        });
        assert_eq!(Value::Object(body), expected);
    }
}
