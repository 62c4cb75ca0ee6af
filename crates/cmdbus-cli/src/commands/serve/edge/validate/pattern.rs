//! Patterns of schemas.
//!
//! Patterns are written for ECMAScript. What means the same is left as it is, what means something else is translated, and what
//! there is no linear way to find (a look around, a back reference) is refused.

use regex::{Regex, RegexBuilder};

/// Longest pattern, and most memory for what is made of it, which also bounds the work per character.
const MOST_TEXT: usize = 1024;
pub(super) const MOST_BYTES: usize = 64 << 10;
/// Of parentheses.
const MOST_NESTING: u32 = 32;

/// Makes a pattern ready.
pub(super) fn compile(text: &str) -> Option<Regex> {
    if text.len() > MOST_TEXT {
        return None;
    }
    RegexBuilder::new(&translated(text))
        .size_limit(MOST_BYTES)
        .dfa_size_limit(MOST_BYTES)
        .nest_limit(MOST_NESTING)
        .build()
        .ok()
}

fn translated(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut in_class = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                // Of ASCII, there.
                Some('d') => written.push_str("[0-9]"),
                Some('D') => written.push_str("[^0-9]"),
                Some('w') => written.push_str("[0-9A-Za-z_]"),
                Some('W') => written.push_str("[^0-9A-Za-z_]"),
                Some('b') if in_class => written.push_str(r"\x08"),
                Some('b') => written.push_str(r"(?-u:\b)"),
                Some(c) => written.extend(['\\', c]),
                None => written.push('\\'),
            },
            '[' if in_class => written.push_str(r"\["),
            '[' => {
                let is_negated = chars.next_if_eq(&'^').is_some();
                if chars.next_if_eq(&']').is_some() {
                    // Anything, or nothing; here the bracket would be the first in the list.
                    written.push_str(if is_negated { r"[\s\S]" } else { r"[^\s\S]" });
                } else {
                    in_class = true;
                    written.push_str(if is_negated { "[^" } else { "[" });
                }
            }
            ']' => {
                in_class = false;
                written.push(']');
            }
            // Two of them are operators here.
            '&' | '~' if in_class => written.extend(['\\', c]),
            '.' if !in_class => written.push_str(r"[^\n\r\x{2028}\x{2029}]"),
            c => written.push(c),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_ecmascript() {
        for (pattern, fits, fits_not) in [
            (r"^\d+$", "12", "\u{663}"),
            (r"^[\d_]+$", "1_2", "a"),
            (r"^[^\d]$", "a", "1"),
            (r"^\w$", "a", "é"),
            (r"^\W$", "é", "a"),
            (r"\bfoo\b", "a foo b", "afoo"),
            (r"^[[]$", "[", "]"),
            (r"^[a&&b]$", "&", "c"),
            (r"^[^]$", "x", ""),
            (r"^[]?$", "", "x"),
            (r"^a.c$", "abc", "a\rc"),
            (r"^\/a\/$", "/a/", "a"),
            (r"^\u0041$", "A", "B"),
            (r"^\p{L}+$", "é", "1"),
            (r"^(?<year>\d{4})-(?:0[1-9]|1[0-2])$", "2020-12", "2020-13"),
            ("^a$", "a", "a\n"),
            ("b", "abc", "ac"),
        ] {
            let compiled = compile(pattern).unwrap_or_else(|| panic!("`{pattern}`"));
            assert!(compiled.is_match(fits), "`{pattern}` fits `{fits}`");
            assert!(!compiled.is_match(fits_not), "`{pattern}`, `{fits_not}`");
        }
    }

    #[test]
    fn what_cannot_be_found_in_linear_time_or_little_memory_is_refused() {
        for pattern in [
            "(?=a)b",
            r"(a)\1",
            "(",
            "a{2,1}",
            "(x{100}){100}",
            r"\p{Nonsense}",
            "\\",
        ] {
            assert!(compile(pattern).is_none(), "`{pattern}`");
        }
        assert!(compile(&"a".repeat(MOST_TEXT + 1)).is_none());
        let nested = "(".repeat(100) + &")".repeat(100);
        assert!(compile(&nested).is_none());
    }
}
