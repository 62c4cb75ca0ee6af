//! How much an attaching client may declare: all of it is kept, and much of it shown to others.

use std::collections::HashSet;

use super::ids::{Refused, refused};
use crate::frame::{Declared, Target};

/// Most servers under one id.
const SERVERS: usize = 256;
/// Most callers named for one id.
const CALLERS: usize = 256;
/// Longest name of a server or of a caller, in bytes.
const NAME: usize = 256;
/// Longest prefix that is asked for.
const PREFIX: usize = 64;
/// Most revisions of one server, and the longest.
const ERAS: (usize, usize) = (16, 32);
/// Most headers that one server wants, and the longest name.
const HEADERS: (usize, usize) = (64, 128);
/// Most arguments of one server, and the longest name.
const ARGS: (usize, usize) = (64, 64);
/// Longest pattern of an argument.
const PATTERN: usize = 1024;
/// What is kept of the reason why a server is as it is.
const DETAIL: usize = 1024;

/// Checks what a client declares.
pub(super) fn check(callers: &[String], servers: &[Declared]) -> Result<(), Refused> {
    if !fit(callers.iter(), (CALLERS, NAME)) {
        return Err(refused(
            "forbidden",
            format!("more than {CALLERS} callers, or one with a name of more than {NAME} bytes"),
        ));
    }
    if servers.len() > SERVERS {
        return Err(refused(
            "bad_target",
            format!("more than {SERVERS} servers under one id"),
        ));
    }
    let mut seen = HashSet::new();
    for server in servers {
        if !is_good(&server.target) {
            return Err(refused(
                "bad_target",
                format!(
                    "names have 1 to {NAME} bytes and no control characters, and `primary` is reserved"
                ),
            ));
        }
        if let Some(surplus) = surplus(server) {
            return Err(refused(
                "bad_target",
                format!("`{}` has {surplus}", server.target),
            ));
        }
        if !seen.insert(&server.target) {
            return Err(refused(
                "bad_target",
                format!("`{}` is there twice", server.target),
            ));
        }
    }
    Ok(())
}

fn is_good(target: &Target) -> bool {
    let fits = |name: &str| (1..=NAME).contains(&name.len()) && !name.chars().any(char::is_control);
    match target {
        Target::Primary => true,
        Target::Named { name } => fits(name) && name != "primary",
        Target::Other {
            owner,
            name,
            version,
            mcp,
        } => [owner, name, version, mcp]
            .into_iter()
            .all(|part| fits(part)),
    }
}

/// Returns what a server has too much of.
fn surplus(server: &Declared) -> Option<String> {
    let prefix = server.expose.prefix.as_ref();
    if prefix.is_some_and(|prefix| prefix.len() > PREFIX) {
        return Some(format!("a prefix of more than {PREFIX} bytes"));
    }
    if !eras_fit(&server.eras) {
        let (most, longest) = ERAS;
        return Some(format!(
            "more than {most} revisions, or one of more than {longest} bytes"
        ));
    }
    if !fit(server.headers.iter(), HEADERS) {
        let (most, longest) = HEADERS;
        return Some(format!(
            "more than {most} headers, or one of more than {longest} bytes"
        ));
    }
    let long = server.args.iter().any(|arg| arg.pattern.len() > PATTERN);
    if long || !fit(server.args.iter().map(|arg| &arg.name), ARGS) {
        let (most, longest) = ARGS;
        return Some(format!(
            "more than {most} arguments, or one of more than {longest} bytes or with a pattern of more than {PATTERN}"
        ));
    }
    None
}

/// Returns whether the revisions of a server are as few and short as they may be.
pub(super) fn eras_fit(eras: &[String]) -> bool {
    fit(eras.iter(), ERAS)
}

fn fit<'a>(
    mut texts: impl ExactSizeIterator<Item = &'a String>,
    (most, longest): (usize, usize),
) -> bool {
    texts.len() <= most && texts.all(|text| text.len() <= longest)
}

/// Returns the reason why a server is as it is, as far as it is kept.
pub(super) fn cut(detail: Option<String>) -> Option<String> {
    detail.map(|mut detail| {
        let mut end = DETAIL.min(detail.len());
        while !detail.is_char_boundary(end) {
            end -= 1;
        }
        detail.truncate(end);
        detail
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_two_characters() {
        let kept = |text: String| cut(Some(text)).map(|text| text.len());
        assert_eq!(kept("x".repeat(1024)), Some(1024));
        assert_eq!(kept("x".repeat(1025)), Some(1024));
        assert_eq!(kept(format!("x{}", "é".repeat(600))), Some(1023));
        assert_eq!(cut(None), None);
    }
}
