//! An MCP server as a child process that reads and writes one message per line (attach §5).

mod calls;
pub mod group;
mod lines;
mod outbox;
mod spawn;
mod stderr;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::io::BufReader;
use tokio::process::ChildStdin;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::connection::{Connection, Ended};
use crate::carry::{Call, Carrier, Hears};
use crate::rpc::{Raw, RpcError};
use group::{End, Group};
pub use spawn::StdioCommand;
use stderr::Stderr;
pub use stderr::no_logs;
use wire::Wire;

/// Between asking a process group to end and ending it (attach §5).
const GRACE: Duration = Duration::from_secs(2);
/// How long we read on what an ended child has left in its pipes, which others may hold open.
const LEFTOVERS: Duration = Duration::from_millis(500);

/// How grave a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// What a child wrote to stderr, and what happens in the ordinary course.
    Info,
    /// Something was left out, or went wrong and was mended.
    Warning,
    /// Something does not work.
    Error,
}

/// Hears log lines. Must neither block nor wait.
pub type Logs = Arc<dyn Fn(LogLevel, String) + Send + Sync>;

/// A child process that is an MCP server.
#[derive(Clone)]
pub struct StdioConnection(Arc<Handle>);

struct Handle {
    wire: Arc<Wire>,
    stderr: Arc<Stderr>,
    pid: u32,
    /// Tells the keeper to end the child.
    close: watch::Sender<bool>,
    ended: watch::Receiver<Option<Ended>>,
    /// Says that nothing is left of the child and its group.
    over: watch::Receiver<bool>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close.send_replace(true);
    }
}

impl StdioConnection {
    /// Starts a child. `hears` gets what it says that belongs to no call, `logs` what it writes to stderr.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn spawn(command: &StdioCommand, hears: Hears, logs: Logs) -> std::io::Result<Self> {
        let mut group = Group::spawn(&mut command.build())?;
        let pid = group.pid();
        let (stdin, stdout, stderr) = group
            .pipes()
            .ok_or_else(|| std::io::Error::other("the child has no pipes"))?;
        let wire = Arc::new(Wire::new(hears, logs.clone()));
        let ring = Arc::new(Stderr::default());
        let (close, close_wanted) = watch::channel(false);
        let (tell_ended, ended) = watch::channel(None);
        let (tell_over, over) = watch::channel(false);
        let writer = tokio::spawn(write(wire.clone(), stdin));
        let reader = tokio::spawn({
            let wire = wire.clone();
            async move { wire.read_from(BufReader::new(stdout)).await }
        });
        let errors = tokio::spawn({
            let ring = ring.clone();
            async move { ring.read_from(BufReader::new(stderr), &logs).await }
        });
        let keeper = Keeper {
            group,
            wire: wire.clone(),
            stderr: ring.clone(),
            writer,
            reader,
            errors,
        };
        tokio::spawn(keeper.run(close_wanted, tell_ended, tell_over));
        Ok(Self(Arc::new(Handle {
            wire,
            stderr: ring,
            pid,
            close,
            ended,
            over,
        })))
    }

    /// Returns the number of the child, which is that of its process group too.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.0.pid
    }

    /// Returns the newest 64 KiB of what the child wrote to stderr.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.0.stderr.text()
    }

    /// Returns how many entries the tables of this connection hold: calls, their progress tokens, and requests of the server.
    #[must_use]
    pub fn in_progress(&self) -> usize {
        self.0.wire.in_progress()
    }
}

async fn write(wire: Arc<Wire>, stdin: ChildStdin) {
    wire.outbox.write_to(stdin).await;
}

impl Carrier for StdioConnection {
    fn call(&self, call: Call, hears: Hears) -> BoxFuture<'static, Result<Raw, RpcError>> {
        self.0.wire.call(call, hears)
    }

    fn notify(&self, method: &str, params: Option<Raw>, _headers: &[(String, String)]) {
        // Calls are cancelled by dropping them. Whatever id stands here is not one of ours, and could hit a call of somebody else.
        if method == "notifications/cancelled" {
            return;
        }
        self.0.wire.notify(method, params);
    }
}

impl Connection for StdioConnection {
    fn ended(&self) -> BoxFuture<'static, Ended> {
        let mut ended = self.0.ended.clone();
        async move {
            let ended = ended.wait_for(Option::is_some).await;
            // Without its keeper, the runtime ends and the child with it.
            ended
                .ok()
                .and_then(|ended| ended.clone())
                .unwrap_or(Ended::Closed)
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        self.0.close.send_replace(true);
        let mut over = self.0.over.clone();
        async move {
            // An error here is the keeper that is gone: the runtime ends.
            let _ = over.wait_for(|over| *over).await;
        }
        .boxed()
    }
}

/// Owns the child from its start to its last trace.
struct Keeper {
    group: Group,
    wire: Arc<Wire>,
    stderr: Arc<Stderr>,
    writer: JoinHandle<()>,
    reader: JoinHandle<()>,
    errors: JoinHandle<()>,
}

impl Keeper {
    async fn run(
        mut self,
        mut close: watch::Receiver<bool>,
        tell_ended: watch::Sender<Option<Ended>>,
        tell_over: watch::Sender<bool>,
    ) {
        let closed = tokio::select! {
            // An error here is the handle that is gone: the same as a close.
            _ = close.wait_for(|close| *close) => true,
            _ = self.group.leader_end() => false,
            _ = &mut self.reader => false,
        };
        let ended = if closed {
            self.wire.end(Ended::Closed.to_error());
            // The writer ends, and stdin with it, on which a proper server ends.
            if timeout(GRACE, async {
                tokio::join!(&mut self.writer, self.group.leader_end())
            })
            .await
            .is_err()
            {
                self.writer.abort();
            }
            Ended::Closed
        } else {
            self.look_after_crash().await
        };
        // Before the rest of the group has gone, which may take its time.
        tell_ended.send_replace(Some(ended));
        self.group.end(GRACE).await;
        for task in [&self.writer, &self.reader, &self.errors] {
            task.abort();
        }
        tell_over.send_replace(true);
    }

    /// Reads what is left, then ends the calls in progress at once.
    async fn look_after_crash(&mut self) -> Ended {
        let reader = &mut self.reader;
        let read_on = async {
            if !reader.is_finished() {
                let _ = reader.await;
            }
        };
        let errors = &mut self.errors;
        let all = async { tokio::join!(read_on, errors, self.group.leader_end()).2 };
        let end = timeout(LEFTOVERS, all).await;
        let code = match end {
            Ok(Ok(End::Exit(code))) => Some(code),
            Ok(Ok(End::Signal(_)) | Err(_)) => None,
            Err(_) => self.group.exit_code(),
        };
        let ended = Ended::Exited {
            code,
            last_line: self.stderr.last_line(),
        };
        self.wire.end(ended.to_error());
        ended
    }
}
