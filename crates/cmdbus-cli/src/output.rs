//! Printing for people and for programs.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::exit::{Error, Result};

/// Prints a line to stdout. That nobody reads it any more, as in `| head`, is no error.
pub(crate) fn line(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Error::failure(format!("cannot write to stdout: {error}"))),
    }
}

/// Says something to the person at the terminal, beside the data.
pub(crate) fn note(text: &str) {
    // A closed stderr is no reason to panic.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints JSON: over several lines on a terminal, on one line otherwise or if `compact`.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T, compact: bool) -> Result<()> {
    let text = if compact || !io::stdout().is_terminal() {
        serde_json::to_string(value)
    } else {
        serde_json::to_string_pretty(value)
    };
    line(&text.map_err(|error| Error::failure(error.to_string()))?)
}

/// Returns text safe to show on a terminal: what comes from other processes may hold control sequences.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}
