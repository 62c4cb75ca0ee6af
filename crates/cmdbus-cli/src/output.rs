//! Printing for people and for programs.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::exit::{Error, Result};

/// Prints a line to stdout. That nobody reads it any more, as in `| head`, is no error.
pub(crate) fn line(text: &str) -> Result<()> {
    match try_line(text) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Error::failure(format!("cannot write to stdout: {error}"))),
    }
}

/// Prints a line to stdout.
pub(crate) fn try_line(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush())
}

/// Says something to the person at the terminal, beside the data.
pub(crate) fn note(text: &str) {
    // A closed stderr is no reason to panic.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints JSON: over several lines on a terminal, on one line otherwise or if `compact`.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T, compact: bool) -> Result<()> {
    line(&as_json(value, compact)?)
}

/// Returns what [`json`] prints.
pub(crate) fn as_json<T: Serialize + ?Sized>(value: &T, compact: bool) -> Result<String> {
    let text = if compact || !io::stdout().is_terminal() {
        serde_json::to_string(value)
    } else {
        serde_json::to_string_pretty(value)
    };
    text.map_err(|error| Error::failure(error.to_string()))
}

/// As [`printable`], for text that is to stay on its line.
pub(crate) fn printable_line(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
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
