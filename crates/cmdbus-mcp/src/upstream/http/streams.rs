//! Streams that are opened with GET: to take up a broken one, or for what belongs to no call. Legacy only.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, StatusCode};

use super::answer::content_type;
use super::client;
use super::events::{Event, Events};
use super::headers::LAST_EVENT_ID;
use super::shared::Shared;
use crate::rpc::RpcError;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Also for a server that asks for less: it must not make us busy.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How far a stream has been read, and how often it could not be taken up since.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) id: Option<HeaderValue>,
    pub(super) failures: u32,
    retry: Option<Duration>,
}

impl Place {
    /// Notes what an event says about the stream itself.
    pub(super) fn note(&mut self, event: &Event) {
        if event.id.is_some() || !event.data.is_empty() {
            self.failures = 0;
        }
        if event.id.is_some() {
            self.id.clone_from(&event.id);
        }
        if event.retry.is_some() {
            self.retry = event.retry;
        }
    }

    /// Returns how long to wait before the stream is opened again: what the server asked for, and longer after each failure.
    pub(super) fn pause(&self) -> Duration {
        let base = self.retry.unwrap_or(FIRST_PAUSE).max(SHORTEST_PAUSE);
        if self.failures == 0 {
            return base;
        }
        let longer = base.saturating_mul(1 << self.failures.min(8));
        let pause = longer.min(LONGEST_PAUSE).max(base);
        pause.saturating_add(pause.mul_f64(jitter() * 0.2).min(LONGEST_PAUSE))
    }
}

/// Returns a random number from 0 to 1, so that many clients of a server do not come back at one time.
fn jitter() -> f64 {
    let mut byte = [0];
    // Without randomness there is no jitter, and nothing else changes.
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}

/// Why there is no stream.
#[derive(Debug)]
pub(super) enum Refused {
    /// The server answered something else.
    Status(StatusCode),
    /// It could not be asked.
    Failed(RpcError),
}

/// Opens a stream, behind the event `after` where there is one.
pub(super) async fn open(shared: &Shared, after: Option<&HeaderValue>) -> Result<Events, Refused> {
    let mut headers = shared.headers();
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    if let Some(after) = after {
        headers.insert(LAST_EVENT_ID, after.clone());
    }
    let response = client::send(&shared.config, Method::GET, headers, Bytes::new())
        .await
        .map_err(|failed| Refused::Failed(failed.error))?;
    if response.status() != StatusCode::OK || content_type(&response) != "text/event-stream" {
        return Err(Refused::Status(response.status()));
    }
    Ok(Events::of(response, shared.config.max_message))
}
