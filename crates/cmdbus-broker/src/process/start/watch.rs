//! A process from its start to its end.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use process_wrap::tokio::ChildWrapper;
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::{ExitOutcome, files};

/// How long somebody whom the process has left behind may go on reading the prompt.
const LEFT_READER: Duration = Duration::from_secs(30);
/// How often the length of a log is looked at.
const LOG_LOOK: Duration = Duration::from_secs(10);
/// A log that is longer begins anew.
const MOST_LOG_BYTES: u64 = 10 << 20;

/// Waits for the end of one process. Dropped with the runtime, it leaves the process and its prompt file to
/// themselves: the broker goes, and a runtime that it has started goes on.
pub(super) struct Watch {
    pub(super) pid: u32,
    pub(super) child: Box<dyn ChildWrapper>,
    pub(super) input: Option<(ChildStdin, String)>,
    pub(super) prompt_file: Option<PathBuf>,
    pub(super) log: Option<File>,
    pub(super) ended: oneshot::Sender<ExitOutcome>,
}

impl Watch {
    pub(super) async fn run(mut self) {
        let input = self.input.take();
        let feeding = tokio::spawn(async move {
            if let Some((stdin, prompt)) = input {
                feed(stdin, prompt).await;
            }
        });
        let outcome = self.end().await;
        if let Some(file) = &self.prompt_file {
            files::remove(file);
        }
        tracing::info!(pid = self.pid, ?outcome, "a spawned process has ended");
        // Nobody may care.
        let _ = self.ended.send(outcome);
        let abort = feeding.abort_handle();
        if timeout(LEFT_READER, feeding).await.is_err() {
            abort.abort();
        }
    }

    async fn end(&mut self) -> ExitOutcome {
        loop {
            tokio::select! {
                status = self.child.wait() => return status.map_or(ExitOutcome::Unknown, outcome),
                () = sleep(LOG_LOOK), if self.log.is_some() => {}
            }
            self.cut_log();
        }
    }

    fn cut_log(&self) {
        if let Some(log) = &self.log
            && log
                .metadata()
                .is_ok_and(|found| found.len() > MOST_LOG_BYTES)
            && let Err(error) = log.set_len(0)
        {
            tracing::warn!(pid = self.pid, %error, "cannot cut the log of a spawned process");
        }
    }
}

/// Writes the prompt and closes the pipe by dropping it.
async fn feed(mut stdin: ChildStdin, prompt: String) {
    // Who does not read to the end does not want it.
    let _ = stdin.write_all(prompt.as_bytes()).await;
}

fn outcome(status: ExitStatus) -> ExitOutcome {
    let code = status.code().map(ExitOutcome::Code);
    let signal = status.signal().map(ExitOutcome::Signal);
    code.or(signal).unwrap_or(ExitOutcome::Unknown)
}
