//! Waiting for what can be observed, and peers that may not be installed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, io, thread};

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

/// Returns whether all that a test needs is there. If not, the test is skipped by name; with `CI` set it fails.
#[track_caller]
pub(crate) fn installed(wanted: &[PathBuf], by: &str) -> bool {
    let Some(missing) = wanted.iter().find(|path| !path.exists()) else {
        return true;
    };
    let thread = thread::current();
    let needs = format!(
        "{} (needs `{}`: run `{by}`)",
        thread.name().unwrap_or("a test"),
        missing.display()
    );
    assert!(env::var_os("CI").is_none(), "cannot run: {needs}");
    // Not by `eprintln`, which the test harness keeps to itself.
    let _ = writeln!(io::stderr(), "skipped: {needs}");
    false
}

/// Returns whether tests may take their time, which they may in CI. If not, the test is skipped by name.
pub(crate) fn at_leisure() -> bool {
    let has_time = env::var_os("CI").is_some();
    if !has_time {
        let thread = thread::current();
        let name = thread.name().unwrap_or("a test");
        let _ = writeln!(io::stderr(), "skipped: {name} (takes long: set `CI=true`)");
    }
    has_time
}

/// The folder of the npm programs, with their lock file and what is installed.
pub(crate) fn npm() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("npm")
}

/// The Node of the lock file.
pub(crate) fn node() -> PathBuf {
    npm().join("node_modules/.bin/node")
}
