//! Word of changed lists, from a server that tells only those who listen.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::carry::{Call, Carrier, FromServer, Hears, refusal};
use crate::own;
use crate::rpc::{Era, codes, raw};

/// Time until the next attempt after one that ended, and the most it grows to while attempts fail.
const PAUSE: Duration = Duration::from_millis(250);
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Hears that a list may have changed. Must not block.
pub type Changed = Arc<dyn Fn() + Send + Sync>;

/// Listens for changes of the list of tools, in the modern era. Ends when the server does not know how; otherwise never.
///
/// # Cancel safety
/// Dropped, the subscription ends.
pub async fn listen(carrier: Arc<dyn Carrier>, changed: Changed) {
    let mut pause = PAUSE;
    let mut lost = false;
    loop {
        let params = json!({
            "notifications": {"toolsListChanged": true},
            "_meta": Value::Object(own::meta(Era::Modern)),
        });
        let call = Call::new(Era::Modern, "subscriptions/listen", Some(raw(&params)));
        match carrier.call(call, ear(&changed, lost)).await {
            Err(error) if error.code == codes::METHOD_NOT_FOUND => return,
            Ok(_) => pause = PAUSE,
            Err(_) => pause = (pause * 2).min(MAX_PAUSE),
        }
        lost = true;
        sleep(pause).await;
    }
}

/// Returns an ear for a subscription; what happened between a `lost` one and this one nobody has told.
fn ear(changed: &Changed, lost: bool) -> Hears {
    let changed = changed.clone();
    Arc::new(move |message| match message {
        FromServer::Notification { method, .. } => {
            let begins = method == "notifications/subscriptions/acknowledged" && lost;
            if begins || method == "notifications/tools/list_changed" {
                changed();
            }
        }
        FromServer::Request { method, answer, .. } => answer.give(Err(refusal(&method))),
    })
}
