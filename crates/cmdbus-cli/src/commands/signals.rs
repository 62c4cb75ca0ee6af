//! The signals that end a verb or a daemon.

use std::fs;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::{self, Error, Result};

/// The signals that end or nudge a process.
pub(super) struct Signals {
    terminate: Option<Signal>,
    interrupt: Option<Signal>,
    hang_up: Option<Signal>,
    /// Only of a daemon: others are to end with it, as any program is.
    release: Option<Signal>,
}

impl Signals {
    /// Takes the signals. Those that were ignored when we were started, as `nohup` does it, stay ignored.
    pub(super) fn new() -> Result<Self> {
        Self::but(ignored())
    }

    /// Takes the signals, whatever whoever started us thinks of them.
    pub(super) fn all() -> Result<Self> {
        Self::but(0)
    }

    fn but(ignored: u64) -> Result<Self> {
        let listen = |kind: SignalKind| {
            if ignored & bit(kind) != 0 {
                return Ok(None);
            }
            signal(kind)
                .map(Some)
                .map_err(|error| Error::failure(format!("cannot take signals: {error}")))
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
            release: None,
        })
    }

    /// Takes the signal of `stop --release` as well.
    pub(super) fn with_release(mut self) -> Result<Self> {
        let release = signal(SignalKind::user_defined2())
            .map_err(|error| Error::failure(format!("cannot take signals: {error}")))?;
        self.release = Some(release);
        Ok(self)
    }

    /// Waits for a signal to end, which for a verb the end of its terminal is too. Cancel safe.
    pub(super) async fn end(&mut self) {
        self.next().await;
    }

    /// Waits for a signal to end, and returns the exit code of a program that ends with it. Cancel safe.
    pub(super) async fn fatal(&mut self) -> u8 {
        let kind = tokio::select! {
            () = come(&mut self.terminate) => SignalKind::terminate(),
            () = come(&mut self.interrupt) => SignalKind::interrupt(),
            () = come(&mut self.hang_up) => SignalKind::hangup(),
        };
        u8::try_from(128 + kind.as_raw_value()).unwrap_or(exit::FAILURE)
    }

    /// As [`end`](Self::end), but the end of the terminal does not count.
    pub(super) async fn ordered_to_end(&mut self) {
        tokio::select! {
            () = come(&mut self.terminate) => {}
            () = come(&mut self.interrupt) => {}
            () = come(&mut self.release) => {}
        }
    }

    pub(super) async fn next(&mut self) -> Told {
        tokio::select! {
            () = come(&mut self.terminate) => Told::End,
            () = come(&mut self.interrupt) => Told::End,
            () = come(&mut self.hang_up) => Told::HangUp,
            () = come(&mut self.release) => Told::Release,
        }
    }
}

/// Waits for a signal; for ever if it is ignored.
async fn come(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// The place of a signal in a mask of signals.
fn bit(kind: SignalKind) -> u64 {
    u32::try_from(kind.as_raw_value() - 1)
        .ok()
        .and_then(|place| 1_u64.checked_shl(place))
        .unwrap_or(0)
}

/// Returns the mask of the signals that this process ignores; empty where the system does not tell.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status)
}

fn ignored_in(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// What a signal says.
pub(super) enum Told {
    End,
    /// End, and close the endpoints.
    Release,
    HangUp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_mask() {
        // As `nohup` leaves it, with the signal for broken pipes.
        let mask =
            ignored_in("Name:\tcmdbus\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\n");
        assert_ne!(mask & bit(SignalKind::hangup()), 0);
        assert_ne!(mask & bit(SignalKind::pipe()), 0);
        assert_eq!(mask & bit(SignalKind::interrupt()), 0);
        assert_eq!(mask & bit(SignalKind::terminate()), 0);
        assert_eq!(ignored_in(""), 0);
    }
}
