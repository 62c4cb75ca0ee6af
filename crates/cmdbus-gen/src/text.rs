//! Text of others, made safe for the place that it is written to.
//!
//! Whatever comes out of these functions consists of characters that can be seen, and cannot end the literal or
//! the comment that it stands in, whatever went in.

use std::fmt::Write;

/// Most characters of a description that are repeated in a comment.
const LONGEST_COMMENT: usize = 2000;
/// Most lines of it.
const MOST_LINES: usize = 60;
/// Most characters of a text in a message.
const LONGEST_SHOWN: usize = 200;

/// Returns whether a character must not be seen as itself in a source file: control characters, those that end a line
/// in some language, and those that turn the direction of what stands beside them, with which code can look like other code.
pub(crate) fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        // Tags: invisible copies of ASCII.
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// Returns text for a message: on one line, and cut off.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(LONGEST_SHOWN)
        .map(|c| if acts(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Returns the lines of a text for a comment, without anything that ends a line or a comment.
pub(crate) fn comment_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut left = LONGEST_COMMENT;
    // `lines` knows `\n` and `\r\n`; all other line ends are replaced below.
    for line in text.trim().lines() {
        if left == 0 || lines.len() == MOST_LINES {
            lines.push("…".to_owned());
            break;
        }
        let mut safe: String = line
            .trim_end()
            .chars()
            .take(left)
            .map(|c| match c {
                '\t' => ' ',
                c if acts(c) => '\u{fffd}',
                c => c,
            })
            .collect();
        if line.trim_end().chars().nth(left).is_some() {
            safe.push('…');
        }
        left = left.saturating_sub(line.chars().count() + 1);
        lines.push(safe);
    }
    lines
}

/// Returns the lines of a comment for documentation that is read as Markdown, in which indented and fenced blocks are code that
/// `cargo test` runs.
///
/// Without four spaces, three backticks or three tildes in a row there is no such block, wherever a line stands.
/// HTML would run in the pages of the documentation, and so may the target of a link.
pub(crate) fn markdown(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(c).len();
        let text = &rest[..run];
        match c {
            ' ' if out.is_empty() => {}
            ' ' => out.push(' '),
            '\\' | '<' | '[' => escaped(&mut out, text),
            '`' | '~' if run > 2 => escaped(&mut out, text),
            _ => out.push_str(text),
        }
        rest = &rest[run..];
    }
    out
}

fn escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        out.extend(['\\', c]);
    }
}

/// Returns a string literal of JavaScript and TypeScript, in double quotes.
pub(crate) fn js(text: &str) -> String {
    quoted(text, |out, c| {
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            // Writing to a text cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    })
}

/// Returns a string literal of Python, in double quotes.
pub(crate) fn python(text: &str) -> String {
    quoted(text, |out, c| {
        let _ = match u32::from(c) {
            code @ 0..=0xff => write!(out, "\\x{code:02x}"),
            code @ 0x100..=0xffff => write!(out, "\\u{code:04x}"),
            code => write!(out, "\\U{code:08x}"),
        };
    })
}

/// Returns a string literal of Rust, in double quotes.
pub(crate) fn rust(text: &str) -> String {
    quoted(text, |out, c| {
        let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
    })
}

/// Returns text in double quotes; `\\`, `\"`, `\n`, `\r` and `\t` mean the same in all three languages.
fn quoted(text: &str, escape: impl Fn(&mut String, char)) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if acts(c) => escape(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\"b\\c\n*/\r\t\0\u{85}\u{2028}\u{202e}\u{feff}`${x}'\u{e0041}";

    #[test]
    fn w80_a_literal_is_one_literal() {
        assert_eq!(
            js(HOSTILE),
            r#""a\"b\\c\n*/\r\t\u0000\u0085\u2028\u202e\ufeff`${x}'\udb40\udc41""#
        );
        assert_eq!(
            python(HOSTILE),
            r#""a\"b\\c\n*/\r\t\x00\x85\u2028\u202e\ufeff`${x}'\U000e0041""#
        );
        assert_eq!(
            rust(HOSTILE),
            r#""a\"b\\c\n*/\r\t\u{0}\u{85}\u{2028}\u{202e}\u{feff}`${x}'\u{e0041}""#
        );
    }

    #[test]
    fn w80_a_comment_has_only_the_lines_that_it_is_written_on() {
        let lines = comment_lines("one\r\ntwo\rthree\u{2028}four\u{b}\n\n five ");
        assert_eq!(lines, ["one", "two\u{fffd}three\u{fffd}four", "", " five"]);
        let long = "x".repeat(1_000_000);
        assert_eq!(comment_lines(&long)[0].chars().count(), LONGEST_COMMENT + 1);
        assert_eq!(comment_lines(&"a\n".repeat(1000)).len(), MOST_LINES + 1);
    }

    #[test]
    fn w80_no_line_of_documentation_begins_a_block_of_code_or_html() {
        for (line, wanted) in [
            ("```rust", "\\`\\`\\`rust"),
            ("    EVIL()", "EVIL()"),
            (" -     EVIL()", "- EVIL()"),
            (">     1)      EVIL()", "> 1) EVIL()"),
            ("> ~~~~ EVIL", "> \\~\\~\\~\\~ EVIL"),
            ("\\```", "\\\\\\`\\`\\`"),
            ("<script>", "\\<script>"),
            ("\\<script>", "\\\\\\<script>"),
            ("`a\\`<script>", "`a\\\\`\\<script>"),
            ("[x](javascript:EVIL())", "\\[x](javascript:EVIL())"),
            ("plain, `code` and *more*", "plain, `code` and *more*"),
        ] {
            assert_eq!(markdown(line), wanted);
        }
    }

    #[test]
    fn a_message_is_one_short_line() {
        assert_eq!(shown("a\nb\u{1b}[2J"), "a\u{fffd}b\u{fffd}[2J");
        assert_eq!(shown(&"é".repeat(1000)).chars().count(), LONGEST_SHOWN + 1);
    }
}
