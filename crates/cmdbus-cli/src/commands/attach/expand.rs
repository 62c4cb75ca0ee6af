//! `${VAR}` and `${VAR:-default}` in what a file says, from our environment.

use std::ffi::OsString;

/// Where variables are looked up.
pub(super) type Vars<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Returns the text with its variables replaced. A default is taken as it stands, also for a variable that is empty, as shells do it.
///
/// # Errors
/// What is wrong and how it is mended, without the value of any variable.
pub(super) fn expand(text: &str, vars: Vars<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inside, after)) = after.split_once('}') else {
            return Err("`${` is not closed: write `${VAR}` or `${VAR:-default}`".to_owned());
        };
        out.push_str(&value(inside, vars)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn value(inside: &str, vars: Vars<'_>) -> Result<String, String> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_name(name) {
        // Other programs have more forms. Taken literally, they would end in a command line that nobody meant.
        return Err(format!(
            "`${{{inside}}}` is not understood: write `${{VAR}}` or `${{VAR:-default}}`"
        ));
    }
    let value = vars(name)
        .map(OsString::into_string)
        .transpose()
        .map_err(|_| format!("the variable `{name}` is not UTF-8: set it to text"))?;
    match (value, default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(format!(
            "the variable `{name}` is not set: set it, or write `${{{name}:-default}}`"
        )),
    }
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        expand(text, &|name| match name {
            "HOME" => Some("/home/a".into()),
            "EMPTY" => Some("".into()),
            "NESTED" => Some("${HOME}".into()),
            "BYTES" => Some(OsString::from_vec(vec![0xff])),
            _ => None,
        })
    }

    #[test]
    fn variables_are_replaced_once_and_everything_else_stays() {
        for (text, expected) in [
            ("", ""),
            ("plain $HOME {x} }", "plain $HOME {x} }"),
            ("${HOME}/notes", "/home/a/notes"),
            ("${HOME}${HOME}", "/home/a/home/a"),
            ("a${NOTHING:-b}c", "abc"),
            ("${NOTHING:-}", ""),
            ("${NOTHING:-http://x:-y}", "http://x:-y"),
            ("${EMPTY}", ""),
            ("${EMPTY:-d}", "d"),
            ("${HOME:-d}", "/home/a"),
            ("${NESTED}", "${HOME}"),
        ] {
            assert_eq!(expanded(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_replaced_is_an_error_that_says_why() {
        for (text, expected) in [
            (
                "${NOTHING}",
                "the variable `NOTHING` is not set: set it, or write `${NOTHING:-default}`",
            ),
            (
                "a${HOME",
                "`${` is not closed: write `${VAR}` or `${VAR:-default}`",
            ),
            (
                "${input:key}",
                "`${input:key}` is not understood: write `${VAR}` or `${VAR:-default}`",
            ),
            (
                "${}",
                "`${}` is not understood: write `${VAR}` or `${VAR:-default}`",
            ),
            (
                "${BYTES:-x}",
                "the variable `BYTES` is not UTF-8: set it to text",
            ),
        ] {
            assert_eq!(expanded(text).unwrap_err(), expected, "{text}");
        }
    }
}
