//! The answer to one POST: JSON, a stream of events, or neither.

use std::sync::Arc;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::sleep;

use super::client::cause;
use super::events::{Event, Events, EventsError};
use super::failed::Failed;
use super::server_asks::{asked, notified};
use super::shared::Shared;
use super::streams::{Place, Refused, open};
use crate::carry::Hears;
use crate::rpc::{Era, Id, Malformed, Message, Raw, RpcError};

/// How often a broken stream is taken up without hearing anything new.
const MAX_RESUMES: u32 = 5;
/// Longest body of a refusal that is looked into.
const MAX_REFUSAL: usize = 1024 * 1024;

/// Waits for the answer to one call.
pub(super) struct Awaited<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) id: u64,
    pub(super) hears: &'a Hears,
}

impl Awaited<'_> {
    /// Reads the answer out of a response.
    pub(super) async fn read(&self, response: Response) -> Result<Raw, Failed> {
        let status = response.status();
        if !status.is_success() {
            return Err(self.refusal(response).await);
        }
        if matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Err(Failed::bad_answer(format!(
                "`{}` answered a request with HTTP {} and nothing else: that server is broken",
                self.url(),
                status.as_u16()
            )));
        }
        match content_type(&response).as_str() {
            "application/json" => {
                let body = whole(response, self.limit()).await?;
                self.answer(&body)
            }
            "text/event-stream" => self.stream(response).await,
            other => Err(Failed::bad_answer(format!(
                "`{}` answered with content type `{other}`, neither JSON nor events: check that `url` is the address of an MCP endpoint",
                self.url()
            ))),
        }
    }

    fn url(&self) -> String {
        self.shared.config.shown()
    }

    fn limit(&self) -> usize {
        self.shared.config.max_message
    }

    /// The error in the body of a refusal as it is, else what the status means.
    async fn refusal(&self, response: Response) -> Failed {
        let status = response.status();
        let body = whole(response, self.limit().min(MAX_REFUSAL)).await;
        match body.ok().and_then(|body| said_error(&body)) {
            Some(error) => Failed::refused(status, error),
            None => Failed::status(&self.url(), status),
        }
    }

    /// Takes one message for the answer.
    fn answer(&self, text: &[u8]) -> Result<Raw, Failed> {
        let why = match Message::parse(text) {
            Ok(Message::Response { id, outcome }) if answers(&id, self.id) => {
                return outcome.map_err(Failed::answered);
            }
            Ok(Message::Response { .. }) => "its id is not that of the request".to_owned(),
            Ok(_) => "it is no response".to_owned(),
            Err(malformed) => match said_error(text) {
                Some(error) => return Err(Failed::answered(error)),
                None => malformed.text,
            },
        };
        Err(self.no_answer(&why))
    }

    fn no_answer(&self, why: &str) -> Failed {
        Failed::bad_answer(format!("`{}` sent what is no answer: {why}", self.url()))
    }

    /// Reads events until the answer comes, over as many connections as it takes.
    async fn stream(&self, response: Response) -> Result<Raw, Failed> {
        let mut place = Place::default();
        let mut events = Events::of(response, self.limit());
        loop {
            let why = match events.next().await {
                Ok(Some(event)) => match self.heard(&event, &mut place) {
                    Some(outcome) => {
                        self.shared.drain(events);
                        return outcome;
                    }
                    None => continue,
                },
                Ok(None) => "it ended".to_owned(),
                Err(EventsError::TooLarge) => return Err(Failed::too_large(self.limit())),
                Err(EventsError::Broken(why)) => why,
            };
            // Closed before the next one is opened: the place of a stream is with one connection.
            drop(events);
            events = self.resume(&mut place, &why).await?;
        }
    }

    /// Takes one event. Returns the answer when it is that.
    fn heard(&self, event: &Event, place: &mut Place) -> Option<Result<Raw, Failed>> {
        place.note(event);
        if event.data.is_empty() {
            return None;
        }
        let of = Some((self.id, self.hears));
        match Message::parse(event.data.as_bytes()) {
            Ok(Message::Response { id, outcome }) if answers(&id, self.id) => {
                Some(outcome.map_err(Failed::answered))
            }
            Ok(Message::Response { .. }) => {
                tracing::debug!(url = self.url(), "an answer in the wrong stream");
                None
            }
            Ok(Message::Notification { method, params }) => {
                notified(self.shared, of, method, params);
                None
            }
            Ok(Message::Request { id, method, params }) => {
                asked(self.shared, of, id, method, params);
                None
            }
            Err(malformed) => self.malformed(event, &malformed),
        }
    }

    /// Takes an event that is no message: an error without an id is the answer, and so is what bears our id.
    fn malformed(&self, event: &Event, malformed: &Malformed) -> Option<Result<Raw, Failed>> {
        if let Some(error) = said_error(event.data.as_bytes()) {
            return Some(Err(Failed::answered(error)));
        }
        if malformed.id.as_ref().is_some_and(|id| answers(id, self.id)) {
            return Some(Err(self.no_answer(&malformed.text)));
        }
        tracing::warn!(url = self.url(), code = malformed.code, "not a message");
        None
    }

    /// Takes up a broken stream behind its last event, if the server gave its events ids (legacy only).
    async fn resume(&self, place: &mut Place, why: &str) -> Result<Events, Failed> {
        let lost = || {
            Failed::lost(format!(
                "the stream of `{}` broke before the answer: {why}",
                self.url()
            ))
        };
        if self.shared.era == Era::Modern || place.id.is_none() {
            return Err(lost());
        }
        while place.failures < MAX_RESUMES {
            sleep(place.pause()).await;
            // Until something new is heard.
            place.failures += 1;
            match open(self.shared, place.id.as_ref()).await {
                Ok(events) => return Ok(events),
                Err(Refused::Status(status)) if status.is_server_error() => {}
                Err(Refused::Status(_)) => break,
                Err(Refused::Failed(error)) => {
                    tracing::debug!(url = self.url(), %error, "stream not taken up");
                }
            }
        }
        Err(lost())
    }
}

/// Returns the content type without parameters, in lower case.
pub(super) fn content_type(response: &Response) -> String {
    let value = response.headers().get(CONTENT_TYPE);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or("none");
    let essence = value.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Returns a body of at most `limit` bytes.
async fn whole(mut response: Response, limit: usize) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(Failed::too_large(limit)),
            Ok(None) => return Ok(body),
            Err(error) => {
                let cause = cause(&error);
                return Err(Failed::lost(format!("the answer broke off: {cause}")));
            }
        }
    }
}

/// Returns whether an id is the one we sent. Some servers make a string or a fraction of a number.
fn answers(given: &Id, ours: u64) -> bool {
    let text = given.as_json().trim_matches('"');
    text.parse::<u64>().is_ok_and(|given| given == ours)
        || text
            .strip_suffix(".0")
            .is_some_and(|whole| whole.parse() == Ok(ours))
}

/// Returns the error of a JSON-RPC response, also of one whose id is `null` or missing, as refusals have it.
fn said_error(text: &[u8]) -> Option<RpcError> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        jsonrpc: &'a RawValue,
        #[serde(borrow)]
        error: &'a RawValue,
    }
    #[derive(Deserialize)]
    struct Said {
        code: i64,
        #[serde(default)]
        message: String,
        #[serde(default)]
        data: Option<Raw>,
    }
    let body: Body<'_> = serde_json::from_slice(text).ok()?;
    if body.jsonrpc.get() != "\"2.0\"" {
        return None;
    }
    let said: Said = serde_json::from_str(body.error.get()).ok()?;
    Some(RpcError {
        code: said.code,
        message: said.message,
        data: said.data,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn ids_of_odd_forms_are_still_ours() {
        let id = |text: &str| {
            let raw = RawValue::from_string(text.to_owned()).unwrap();
            Id::from_raw(&raw).unwrap()
        };
        for text in ["7", "\"7\"", "7.0"] {
            assert!(answers(&id(text), 7), "{text}");
        }
        for text in ["8", "-7", "7.5", "\"seven\"", "\"\"", "70"] {
            assert!(!answers(&id(text), 7), "{text}");
        }
    }

    #[test]
    fn only_what_is_an_error_of_json_rpc_is_taken_for_one() {
        let said = said_error(
            br#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"m","data":1.10}}"#,
        )
        .unwrap();
        assert_eq!((said.code, said.message.as_str()), (-32600, "m"));
        assert_eq!(said.data.unwrap().get(), "1.10");
        for text in [
            r#"{"error":"invalid_token"}"#,
            r#"{"jsonrpc":"2.0","error":"x"}"#,
            r#"{"jsonrpc":"2.0","error":{"message":"x"}}"#,
            r#"{"error":{"code":1,"message":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            "<html>",
            "",
        ] {
            assert!(said_error(text.as_bytes()).is_none(), "{text}");
        }
    }
}
