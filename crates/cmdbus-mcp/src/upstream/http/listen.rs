//! The standalone stream of a legacy session. Nothing that happens to it touches calls, or ends the session.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::events::{Event, Events};
use super::server_asks::{asked, notified};
use super::shared::{BACKGROUND_TIMEOUT, Shared};
use super::streams::{Place, Refused, open};
use crate::rpc::{Era, Id, Message};

/// A stream that lived this long was a good one, even if nothing was said.
const GOOD_LIFE: Duration = Duration::from_secs(30);

/// Opens the stream in the background, once per connection.
pub(super) fn start(shared: &Arc<Shared>) {
    if shared.era == Era::Legacy && !shared.listening.swap(true, Ordering::Relaxed) {
        shared.background(run(shared.clone()));
    }
}

async fn run(shared: Arc<Shared>) {
    let mut place = Place::default();
    let mut had_one = false;
    loop {
        // Until something is heard: a server that ends every stream at once is not asked without pause.
        place.failures = place.failures.saturating_add(1);
        let opened = Instant::now();
        let refused = match open(&shared, place.id.as_ref()).await {
            Ok(events) => {
                had_one = true;
                read(&shared, events, &mut place).await;
                if opened.elapsed() >= GOOD_LIFE {
                    place.failures = 0;
                }
                None
            }
            Err(refused) => Some(refused),
        };
        match refused {
            Some(Refused::Status(status)) => match status.as_u16() {
                405 | 501 => return,
                // Without such a route at all, or without the session: a request tells which.
                404 => {
                    ping(&shared).await;
                    if !had_one {
                        return;
                    }
                }
                // Perhaps it does not know the event any more.
                400 => place.id = None,
                status => tracing::debug!(url = shared.config.shown(), status, "no stream"),
            },
            Some(Refused::Failed(error)) => {
                tracing::debug!(url = shared.config.shown(), %error, "no stream");
            }
            None => {}
        }
        sleep(place.pause()).await;
    }
}

/// Reads a stream to its end.
async fn read(shared: &Arc<Shared>, mut events: Events, place: &mut Place) {
    loop {
        match events.next().await {
            Ok(Some(event)) => {
                place.note(&event);
                heard(shared, &event);
            }
            Ok(None) => return,
            Err(error) => {
                tracing::debug!(url = shared.config.shown(), %error, "stream broken");
                return;
            }
        }
    }
}

fn heard(shared: &Arc<Shared>, event: &Event) {
    if event.data.is_empty() {
        return;
    }
    match Message::parse(event.data.as_bytes()) {
        Ok(Message::Notification { method, params }) => notified(shared, None, method, params),
        Ok(Message::Request { id, method, params }) => asked(shared, None, id, method, params),
        Ok(Message::Response { .. }) => {
            tracing::debug!(url = shared.config.shown(), "an answer in the wrong stream");
        }
        Err(error) => {
            tracing::warn!(
                url = shared.config.shown(),
                code = error.code,
                "not a message"
            );
        }
    }
}

/// Asks whether the session still lives. If not, that ends the connection.
async fn ping(shared: &Shared) {
    let request = Message::Request {
        id: Id::number(shared.next_id()),
        method: "ping".to_owned(),
        params: None,
    };
    let headers = shared.post_headers("ping", None, &[]);
    let sent = shared.post(headers, request.to_json().into());
    let _ = timeout(BACKGROUND_TIMEOUT, sent).await;
}
