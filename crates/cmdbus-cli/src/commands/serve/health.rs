//! Whether the broker of a discovery file is alive.

use std::path::Path;
use std::time::Duration;

use cmdbus_broker::discovery::{Discovery, health};

/// A broker answers within a tenth of this, whatever it has to do.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Returns the broker that a discovery file names, if it is healthy.
pub(in crate::commands) async fn broker(file: &Path) -> Option<Discovery> {
    let found = Discovery::read(file).ok()??;
    let asked =
        tokio::task::spawn_blocking(move || health::is_healthy(&found, TIMEOUT).then_some(found));
    asked.await.ok()?
}
