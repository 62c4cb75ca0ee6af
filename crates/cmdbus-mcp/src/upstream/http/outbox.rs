//! Notifications to the server: one POST after the other, in the order they were told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::timeout;

use super::listen;
use super::shared::Shared;
use crate::rpc::{Message, Raw};

/// Notifications that wait; further ones are dropped, and the log says so.
const MAX_WAITING: usize = 256;
/// Their size together.
const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;
/// Longest time until the server has accepted one; then the next has its turn.
const ACCEPT_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct Outbox {
    inner: Mutex<Inner>,
    room: Arc<Semaphore>,
    /// The number of the last one that is through.
    through: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    /// Of the task that sends, once it runs.
    queue: Option<mpsc::Sender<Told>>,
    /// The number of the last one queued.
    last: u64,
}

struct Told {
    number: u64,
    method: String,
    params: Option<Raw>,
    headers: Vec<(String, String)>,
    _room: OwnedSemaphorePermit,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self {
            inner: Mutex::default(),
            room: Arc::new(Semaphore::new(MAX_WAITING_BYTES)),
            through: watch::Sender::new(0),
        }
    }

    /// Returns the number of the last notification told so far.
    pub(super) fn last(&self) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.last
    }

    /// Waits until the notification with this number is through, accepted or not.
    pub(super) async fn wait_for(&self, number: u64) {
        let mut through = self.through.subscribe();
        let _ = through.wait_for(|done| *done >= number).await;
    }
}

/// Queues a notification.
pub(super) fn tell(
    shared: &Arc<Shared>,
    method: &str,
    params: Option<Raw>,
    headers: &[(String, String)],
) {
    if shared.has_ended() {
        return;
    }
    if !queue(shared, method, params, headers) {
        let url = shared.config.shown();
        tracing::warn!(
            url,
            method,
            "notification dropped: the server does not take them fast enough"
        );
    }
}

fn queue(
    shared: &Arc<Shared>,
    method: &str,
    params: Option<Raw>,
    headers: &[(String, String)],
) -> bool {
    let outbox = &shared.outbox;
    let size = method.len() + params.as_deref().map_or(0, |params| params.get().len());
    let Ok(size) = u32::try_from(size) else {
        return false;
    };
    let Ok(room) = outbox.room.clone().try_acquire_many_owned(size) else {
        return false;
    };
    // One lock over number and queue, so that numbers lie in the queue in order.
    let mut inner = outbox.inner.lock().unwrap_or_else(PoisonError::into_inner);
    let told = Told {
        number: inner.last + 1,
        method: method.to_owned(),
        params,
        headers: headers.to_vec(),
        _room: room,
    };
    if inner.queue.is_none() {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        if !shared.background(run(shared.clone(), waiting)) {
            return false;
        }
        inner.queue = Some(queue);
    }
    let queued = inner
        .queue
        .as_ref()
        .is_some_and(|queue| queue.try_send(told).is_ok());
    if queued {
        inner.last += 1;
    }
    queued
}

async fn run(shared: Arc<Shared>, mut waiting: mpsc::Receiver<Told>) {
    while let Some(told) = waiting.recv().await {
        let number = told.number;
        let initialised = told.method == "notifications/initialized";
        let accepted = timeout(ACCEPT_TIMEOUT, send(&shared, told)).await;
        if initialised && accepted == Ok(true) {
            listen::start(&shared);
        }
        shared.outbox.through.send_replace(number);
    }
}

async fn send(shared: &Shared, told: Told) -> bool {
    let headers = shared.post_headers(&told.method, told.params.as_deref(), &told.headers);
    let method = told.method;
    let message = Message::Notification {
        method: method.clone(),
        params: told.params,
    };
    match shared.post(headers, message.to_json().into()).await {
        Ok(response) if response.status().is_success() => true,
        Ok(response) => {
            let status = response.status().as_u16();
            tracing::debug!(
                url = shared.config.shown(),
                method,
                status,
                "notification refused"
            );
            false
        }
        Err(failed) => {
            tracing::debug!(url = shared.config.shown(), method, error = %failed.error, "notification not sent");
            false
        }
    }
}
