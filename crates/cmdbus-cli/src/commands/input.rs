//! JSON and text from the command line or stdin.

use std::io::Read;

use cmdbus::Payload;

use crate::exit::{Error, Result};

/// Reads the JSON argument of a verb; `-` stands for stdin.
pub(crate) fn json(argument: Option<&str>) -> Result<Option<Payload>> {
    let text = match argument {
        None => return Ok(None),
        Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(|error| Error::failure(format!("cannot read stdin: {error}")))?;
            String::from_utf8(bytes).map_err(|error| {
                Error::usage(format!(
                    "stdin is not UTF-8 (byte {})",
                    error.utf8_error().valid_up_to()
                ))
            })?
        }
        Some(text) => text.to_owned(),
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    match Payload::from_json(&text) {
        Ok(payload) => Ok(payload.non_null()),
        Err(error) => Err(Error::usage(explain(&text, &error))),
    }
}

/// Reads the text argument of a verb; `-` stands for stdin, of which at most `most` bytes are taken.
pub(crate) fn text(argument: &str, most: u64) -> Result<String> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::failure(format!("cannot read stdin: {error}")))?;
    if bytes.len() as u64 > most {
        return Err(Error::failure(format!(
            "stdin is longer than {most} bytes; send where it is instead"
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        Error::usage(format!(
            "stdin is not UTF-8 (byte {})",
            error.utf8_error().valid_up_to()
        ))
    })
}

/// Shows where parsing failed.
fn explain(text: &str, error: &serde_json::Error) -> String {
    let what = error.to_string();
    let what = what
        .rsplit_once(" at line ")
        .map_or(what.as_str(), |(what, _)| what);
    let line = text
        .lines()
        .nth(error.line().saturating_sub(1))
        .unwrap_or_default();
    // The column counts bytes; the caret has to stand under a character.
    let at = error.column().saturating_sub(1).min(line.len());
    let before: Vec<char> = String::from_utf8_lossy(&line.as_bytes()[..at])
        .chars()
        .collect();
    let after: Vec<char> = String::from_utf8_lossy(&line.as_bytes()[at..])
        .chars()
        .collect();
    // Long lines are shown around the spot.
    let shown_before: String = before
        .iter()
        .skip(before.len().saturating_sub(40))
        .collect();
    let shown_after: String = after.iter().take(40).collect();
    let mut message = format!(
        "the request is not JSON: {what} (line {}, column {})\n  {shown_before}{shown_after}\n  {}^",
        error.line(),
        error.column(),
        " ".repeat(shown_before.chars().count()),
    );
    if !text.trim_start().starts_with(['{', '[', '"']) {
        message.push_str("\nA text must be quoted for JSON and for the shell, as in '\"hello\"'.");
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_spot() {
        let error = json(Some("{\"a\": ]}")).unwrap_err();
        let lines: Vec<&str> = error.message().lines().collect();
        assert_eq!(
            lines[1].find(']'),
            lines[2].find('^'),
            "{}",
            error.message()
        );
        assert_eq!(error.code(), crate::exit::USAGE);
    }

    #[test]
    fn a_bare_word_gets_a_hint_about_quotes() {
        let error = json(Some("hello")).unwrap_err();
        assert!(
            error.message().contains("must be quoted"),
            "{}",
            error.message()
        );
    }

    #[test]
    fn every_cut_of_a_text_is_explained_without_a_panic() {
        let text = "{\"ä\": [1, 2, {\"b\": \"ü\n\"}], \"c\": nul}";
        for end in 0..text.len() {
            let cut = String::from_utf8_lossy(&text.as_bytes()[..end]).into_owned();
            if let Err(error) = json(Some(&cut)) {
                assert!(error.message().contains('^'), "{}", error.message());
            }
        }
    }

    #[test]
    fn nothing_and_null_are_no_request() {
        assert!(json(None).unwrap().is_none());
        assert!(json(Some(" ")).unwrap().is_none());
        assert!(json(Some("null")).unwrap().is_none());
    }
}
