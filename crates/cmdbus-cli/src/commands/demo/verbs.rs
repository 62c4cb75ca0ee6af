//! Verbs that are run to their end, and processes that are read or killed.

use std::path::Path;

use serde_json::Value;
use tokio::io::{AsyncBufRead, Lines};
use tokio::process::Child;

use super::{STEP_LIMIT, check, command, pid};
use crate::duration;
use crate::exit::{Error, Result};

/// Runs a verb to its end and returns what it printed.
pub(super) async fn answer(home: &Path, args: &[&str]) -> Result<Value> {
    let output = command(home, args)?.output();
    let output = tokio::time::timeout(STEP_LIMIT, output).await;
    let Ok(Ok(output)) = output else {
        return Err(Error::failure(format!(
            "`cmdbus {}` did not end within {}",
            args[0],
            duration::show(STEP_LIMIT)
        )));
    };
    check(output.status.success(), || {
        format!("`cmdbus {}` ended with {}", args[0], output.status)
    })?;
    parsed(&String::from_utf8_lossy(&output.stdout))
}

pub(super) async fn line<R: AsyncBufRead + Unpin>(
    lines: &mut Lines<R>,
    otherwise: &str,
) -> Result<String> {
    match tokio::time::timeout(STEP_LIMIT, lines.next_line()).await {
        Ok(Ok(Some(line))) => Ok(line),
        _ => Err(Error::failure(otherwise)),
    }
}

pub(super) fn parsed(text: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|error| Error::failure(format!("a verb printed no JSON: {error}")))
}

/// Kills a process, and waits until it is gone.
pub(super) async fn kill(child: &mut Child) -> Result<()> {
    let killed = tokio::time::timeout(STEP_LIMIT, child.kill()).await;
    match killed {
        Ok(Ok(())) => Ok(()),
        _ => Err(Error::failure(format!(
            "cannot kill process {}",
            pid(child)
        ))),
    }
}
