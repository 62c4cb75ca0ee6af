//! The second promise: "sent" means kept. A receiver is killed with mail waiting, and the broker too.

use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout};

use super::verbs::{answer, kill, line, parsed};
use super::{STEP_LIMIT, Told, check, command, pid, spawn};
use crate::exit::{Error, Result};

/// The mailbox of the story.
const MAILBOX: &str = "demo-review";

/// Plays the story. `daemon` is the bus, which is another process afterwards.
pub(super) async fn mail(told: &mut Told, home: &Path, daemon: &mut Child) -> Result<()> {
    let clock = Instant::now();
    let mut first = Receiver::start(home, &["mail", MAILBOX]).await?;
    told.step(
        clock.elapsed(),
        &format!(
            "a mailbox opens: `cmdbus mail {MAILBOX}` (pid {})",
            first.pid()
        ),
    )?;

    let clock = Instant::now();
    let sent = send(home, "please review the patch").await?;
    let read = first.message().await?;
    check(read["message_id"] == sent["messageId"], || {
        format!("the mailbox was given another message: {read}")
    })?;
    told.step(
        clock.elapsed(),
        "a message is sent, and the mailbox has it; it is not confirmed yet",
    )?;

    let clock = Instant::now();
    first.kill().await?;
    let waiting = send(home, "and the documentation").await?;
    told.step(
        clock.elapsed(),
        &format!(
            "the mailbox is killed with SIGKILL, and a second message is sent all the same: `{}`",
            waiting["status"].as_str().unwrap_or("?")
        ),
    )?;

    let clock = Instant::now();
    kill(daemon).await?;
    *daemon = spawn(home, &["daemon", "--tied"])?;
    told.step(
        clock.elapsed(),
        &format!(
            "the bus is killed with SIGKILL too, and started again (pid {})",
            pid(daemon)
        ),
    )?;

    let clock = Instant::now();
    let mut second = Receiver::start(home, &["mail", MAILBOX, "--auto", "--count", "2"]).await?;
    for expected in [&sent, &waiting] {
        let read = second.message().await?;
        check(read["message_id"] == expected["messageId"], || {
            format!("the new mailbox was given another message: {read}")
        })?;
    }
    second.wait().await?;
    for expected in [&sent, &waiting] {
        let id = expected["messageId"].as_str().unwrap_or_default();
        let receipt = answer(home, &["send", "--receipt", id, "--json", "--no-start"]).await?;
        check(receipt["state"] == "confirmed", || {
            format!("the receipt says {receipt}")
        })?;
    }
    told.step(
        clock.elapsed(),
        "a new process opens the mailbox and is given both, in order; their receipts say `confirmed`",
    )
}

/// A process that receives mail.
struct Receiver {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// Kept open: whoever writes to a closed one ends.
    _notes: Lines<BufReader<ChildStderr>>,
}

impl Receiver {
    /// Starts it and waits until its mailbox is open.
    async fn start(home: &Path, args: &[&str]) -> Result<Self> {
        let mut child = command(home, args)?
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Error::failure(format!("cannot start a process: {error}")))?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(Error::failure("a process without pipes"));
        };
        let mut notes = BufReader::new(stderr).lines();
        let note = line(&mut notes, "the mailbox did not open").await?;
        check(note.contains("is open"), || note.clone())?;
        Ok(Self {
            child,
            lines: BufReader::new(stdout).lines(),
            _notes: notes,
        })
    }

    fn pid(&self) -> u32 {
        pid(&self.child)
    }

    async fn message(&mut self) -> Result<Value> {
        let text = line(&mut self.lines, "the mailbox was given nothing").await?;
        parsed(&text)
    }

    async fn kill(mut self) -> Result<()> {
        kill(&mut self.child).await
    }

    async fn wait(mut self) -> Result<()> {
        match tokio::time::timeout(STEP_LIMIT, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            _ => Err(Error::failure("the mailbox did not end as it was told to")),
        }
    }
}

/// Sends a message to the mailbox and returns what was answered.
async fn send(home: &Path, content: &str) -> Result<Value> {
    let to = format!("session:{MAILBOX}");
    answer(home, &["send", &to, content, "--json", "--no-start"]).await
}
