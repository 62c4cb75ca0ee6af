//! What is done once a step is on the disk: in the order of the steps, on one task. So the thread that writes only
//! writes, and wakes this task once for all the steps of a commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::effects::Ready;
use crate::store::Unavailable;

/// What the thread that writes tells.
pub(super) enum Committed {
    /// A step is stored, or is not.
    Step {
        driver: Arc<Shared>,
        effects: Vec<Ready>,
        result: Result<(), Unavailable>,
        /// The count of the barrier that the step is part of.
        underway: Arc<AtomicU64>,
    },
    /// Somebody wants to know when everything before this is carried out.
    Mark(oneshot::Sender<()>),
}

/// Carries out what is told, until nobody is left who could tell anything.
pub(super) async fn follow_commits(mut told: mpsc::UnboundedReceiver<Committed>) {
    while let Some(committed) = told.recv().await {
        // One effect that panics must not keep back all that follow.
        if catch_unwind(AssertUnwindSafe(move || committed.carry_out())).is_err() {
            tracing::error!("what was to happen after a commit panicked");
        }
    }
}

impl Committed {
    fn carry_out(self) {
        match self {
            Self::Step {
                driver,
                effects,
                result,
                underway,
            } => {
                for effect in effects {
                    match result {
                        Ok(()) => driver.do_after(effect),
                        Err(_) => driver.give_up(effect),
                    }
                }
                if result.is_ok() {
                    underway.fetch_sub(1, Ordering::AcqRel);
                }
            }
            // Whoever wanted to know may have gone.
            Self::Mark(reached) => drop(reached.send(())),
        }
    }
}

impl Shared {
    /// Waits until everything that the thread that writes has told so far is carried out.
    pub(super) async fn carried_out(&self) {
        let (reached, mark) = oneshot::channel();
        if self.committed.send(Committed::Mark(reached)).is_ok() {
            // It fails only if the runtime ends, and then nothing is to be waited for.
            let _ = mark.await;
        }
    }
}
