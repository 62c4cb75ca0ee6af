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
    let text = text.map_err(|error| Error::failure(error.to_string()))?;
    Ok(escaped(text))
}

/// Returns JSON without characters that do something to a terminal: JSON lets some of them stand as they are.
pub(crate) fn escaped(json: String) -> String {
    let acts = |c: char| acts_on_terminal(c) && c != '\n';
    if !json.contains(acts) {
        return json;
    }
    json.chars().fold(String::new(), |mut text, c| {
        if acts(c) {
            // They are all of the basic plane. Writing to a text cannot fail.
            let _ = std::fmt::Write::write_fmt(&mut text, format_args!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
        text
    })
}

/// Returns whether a character does something to a terminal rather than be seen: control characters, and those
/// that turn the direction of what stands beside them, with which a text can look like another.
fn acts_on_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// As [`printable`], for text that is to stay on its line.
pub(crate) fn printable_line(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
}

/// Returns text safe to show on a terminal: what comes from other processes may hold control sequences.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if acts_on_terminal(c) && c != '\n' && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_others_wrote_does_nothing_to_the_terminal() {
        let hostile = "a\u{1b}[2J\u{9b}31m\u{7f}\u{202e}txt\r\u{2028}";
        assert_eq!(
            printable(hostile),
            "a\u{fffd}[2J\u{fffd}31m\u{fffd}\u{fffd}txt\u{fffd}\u{fffd}"
        );
        assert_eq!(printable("ü\n\t漢"), "ü\n\t漢");
        assert_eq!(printable_line("a\nb"), "a b");
    }

    #[test]
    fn json_means_the_same_and_does_nothing_to_the_terminal() {
        let value = json!({"a\u{9b}": "ü\u{1b}\u{7f}\u{9b}\u{202e}\n\"\\"});
        for compact in [true, false] {
            let text = as_json(&value, compact).unwrap();
            assert!(!text.contains(|c: char| acts_on_terminal(c) && c != '\n'));
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
        assert_eq!(escaped("\"ü\"".to_owned()), "\"ü\"");
    }
}
