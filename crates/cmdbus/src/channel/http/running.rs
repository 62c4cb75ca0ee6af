//! Calls on their way to the server, so that they can be given up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use tokio::sync::oneshot;

use crate::message::{MessageId, Payload};

/// The calls of one channel. As many as have a place at most.
#[derive(Default)]
pub(super) struct Running(Mutex<HashMap<MessageId, oneshot::Sender<()>>>);

/// One of them, until it is dropped.
pub(super) struct Begun {
    running: Arc<Running>,
    id: MessageId,
    cancelled: oneshot::Receiver<()>,
}

impl Running {
    pub(super) fn begin(self: &Arc<Self>, id: MessageId) -> Begun {
        let (cancel, cancelled) = oneshot::channel();
        self.lock().insert(id, cancel);
        Begun {
            running: self.clone(),
            id,
            cancelled,
        }
    }

    /// Gives up the call that a frame names, if it is there still.
    pub(super) fn cancel(&self, frame: Option<&Payload>) {
        #[derive(Deserialize)]
        struct Named {
            thid: MessageId,
        }
        let named = frame.and_then(|frame| frame.decode::<Named>().ok());
        let cancel = named.and_then(|named| self.lock().remove(&named.thid));
        if let Some(cancel) = cancel {
            // Gone: its answer has come.
            let _ = cancel.send(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MessageId, oneshot::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Begun {
    /// Waits until the call is given up.
    pub(super) async fn cancelled(&mut self) {
        // What cancels is dropped without a word only by a second call of the same id, for which the answer to this one would be
        // taken.
        let _ = (&mut self.cancelled).await;
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.running.lock().remove(&self.id);
    }
}
