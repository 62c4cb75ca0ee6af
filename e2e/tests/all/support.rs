//! Waiting for what can be observed.

use std::time::{Duration, Instant};

/// Longer than anything here takes. Reached only by a test that fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How often is looked whether it has happened.
const STEP: Duration = Duration::from_millis(5);

/// Waits until `look` finds what it looks for.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "did not happen: {what}");
        std::thread::sleep(STEP);
    }
}

/// As [`eventually`], for a condition, without blocking the runtime.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "did not happen: {what}");
        tokio::time::sleep(STEP).await;
    }
}

/// Fails instead of waiting for ever.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it hangs")
}
