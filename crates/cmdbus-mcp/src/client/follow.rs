//! Following the list of a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::carry::{Call, Carrier, FromServer, Hears, refusal};
use crate::own;
use crate::rpc::{Era, codes, raw};
use crate::tools::ToolSet;

/// Least time between two looks at the list, whatever a server says.
const PAUSE: Duration = Duration::from_millis(250);
/// Most time until the next attempt after one that failed.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Word of changes. Any number of them count as one.
#[derive(Default)]
pub(super) struct Signal {
    notify: Notify,
    is_gone: AtomicBool,
}

impl Signal {
    pub(super) fn changed(&self) {
        self.notify.notify_one();
    }

    /// Says whether there is a server that can be asked.
    pub(super) fn is_there(&self, is_there: bool) {
        self.is_gone.store(!is_there, Ordering::Release);
        self.notify.notify_one();
    }
}

/// Makes the commands agree with the list whenever that has changed. Never ends.
pub(super) async fn follow(set: Arc<ToolSet>, signal: Arc<Signal>) {
    let mut pause = PAUSE;
    loop {
        signal.notify.notified().await;
        if signal.is_gone.load(Ordering::Acquire) {
            set.clear().await;
            continue;
        }
        match set.update().await {
            Ok(_) => pause = PAUSE,
            Err(error) => {
                tracing::debug!(
                    code = error.code,
                    "the list of tools cannot be had; trying again"
                );
                pause = (pause * 2).min(MAX_PAUSE);
                signal.notify.notify_one();
            }
        }
        sleep(pause).await;
    }
}

/// Listens for changes where a server tells them only to those who do. Ends when the server does not know how.
pub(super) async fn listen(carrier: Arc<dyn Carrier>, signal: Arc<Signal>) {
    let mut pause = PAUSE;
    let mut lost = false;
    loop {
        let params = json!({
            "notifications": {"toolsListChanged": true},
            "_meta": Value::Object(own::meta(Era::Modern)),
        });
        let call = Call::new(Era::Modern, "subscriptions/listen", Some(raw(&params)));
        match carrier.call(call, ear(&signal, lost)).await {
            Err(error) if error.code == codes::METHOD_NOT_FOUND => return,
            Ok(_) => pause = PAUSE,
            Err(_) => pause = (pause * 2).min(MAX_PAUSE),
        }
        lost = true;
        sleep(pause).await;
    }
}

/// Returns an ear for a subscription; what happened between a `lost` one and this one nobody has told.
fn ear(signal: &Arc<Signal>, lost: bool) -> Hears {
    let signal = signal.clone();
    Arc::new(move |message| match message {
        FromServer::Notification { method, .. } => {
            let begins = method == "notifications/subscriptions/acknowledged" && lost;
            if begins || method == "notifications/tools/list_changed" {
                signal.changed();
            }
        }
        FromServer::Request { method, answer, .. } => answer.give(Err(refusal(&method))),
    })
}
