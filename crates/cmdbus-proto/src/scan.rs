//! Finds the members of a frame without building a tree.
//!
//! A hop needs the envelope of a message and none of its payload. The scanner walks the text once,
//! hands out the byte ranges of the members of one object, and checks of everything below only that
//! strings and brackets balance and do not nest too deep. Numbers and literals inside are not judged.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr_iter, memchr2, memchr2_iter};

/// Deepest nesting of a frame, counting the frame's own braces.
pub(crate) const MAX_DEPTH: usize = 128;

/// So many words of a string are looked at before a search sets out, which costs more to begin and less to go on.
const WORDS: usize = 6;
const WORD: usize = size_of::<u64>();

/// Returns where the first quotation mark or backslash is.
#[inline]
pub(crate) fn quote_or_escape(text: &[u8]) -> Option<usize> {
    let (words, _) = text.as_chunks::<WORD>();
    for (place, word) in words.iter().take(WORDS).enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64));
        if found != 0 {
            return Some(place * WORD + found.trailing_zeros() as usize / 8);
        }
    }
    let from = words.len().min(WORDS) * WORD;
    memchr2(b'"', b'\\', &text[from..]).map(|offset| from + offset)
}

/// A word of bytes that are one.
const ONES: u64 = u64::MAX / 0xff;

/// Returns a word whose lowest bit that is set is in the first byte of `word` that is zero; no bit, if none is.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & (ONES << 7)
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanError {
    /// Not JSON, seen at this byte.
    Syntax(usize),
    /// Nested deeper than the limit.
    TooDeep,
}

/// A value found in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) range: Range<usize>,
    /// How deep the value itself nests; 0 for a scalar.
    pub(crate) depth: u8,
}

/// A key, and its value.
pub(crate) type Member<'a> = (Cow<'a, [u8]>, Found);

/// Walks over the members of the object, or the items of the array, that begins at `at`.
pub(crate) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// How many brackets are open around `at`.
    outer: usize,
    /// Whether nesting is left alone.
    any_depth: bool,
    state: State,
}

#[derive(PartialEq)]
enum State {
    First,
    Next,
    Done,
}

impl<'a> Scanner<'a> {
    /// Opens the object or array (`open` says which) at the start of `text`, which itself lies under
    /// `outer` other brackets.
    pub(crate) fn open(text: &'a [u8], open: u8, outer: usize) -> Result<Self, ScanError> {
        let mut scanner = Self {
            text,
            at: 0,
            outer: outer + 1,
            any_depth: false,
            state: State::First,
        };
        scanner.skip_space();
        scanner.expect(open)?;
        Ok(scanner)
    }

    /// Lets values nest however deep they like. For text of which only the outermost level matters.
    pub(crate) fn any_depth(mut self) -> Self {
        self.any_depth = true;
        self
    }

    /// Returns the next member's key and value, or `None` after the closing brace.
    pub(crate) fn member(&mut self) -> Result<Option<Member<'a>>, ScanError> {
        if !self.more(b'}')? {
            return Ok(None);
        }
        let key = self.key()?;
        self.skip_space();
        self.expect(b':')?;
        self.skip_space();
        self.value().map(|value| Some((key, value)))
    }

    /// Returns the next item, or `None` after the closing bracket.
    pub(crate) fn item(&mut self) -> Result<Option<Found>, ScanError> {
        if !self.more(b']')? {
            return Ok(None);
        }
        self.value().map(Some)
    }

    /// Checks that nothing but white space follows.
    pub(crate) fn end(mut self) -> Result<(), ScanError> {
        self.skip_space();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(ScanError::Syntax(self.at))
        }
    }

    fn more(&mut self, close: u8) -> Result<bool, ScanError> {
        self.skip_space();
        match self.state {
            State::Done => return Ok(false),
            State::First if self.peek() == Some(close) => {
                self.at += 1;
                self.state = State::Done;
                return Ok(false);
            }
            State::First => self.state = State::Next,
            State::Next if self.peek() == Some(close) => {
                self.at += 1;
                self.state = State::Done;
                return Ok(false);
            }
            State::Next => {
                self.expect(b',')?;
                self.skip_space();
            }
        }
        Ok(true)
    }

    #[inline]
    fn key(&mut self) -> Result<Cow<'a, [u8]>, ScanError> {
        let start = self.at;
        let plain = self.string()?;
        let quoted = &self.text[start..self.at];
        if plain {
            return Ok(Cow::Borrowed(&quoted[1..quoted.len() - 1]));
        }
        serde_json::from_slice::<String>(quoted)
            .map(|key| Cow::Owned(key.into_bytes()))
            .map_err(|_| ScanError::Syntax(start))
    }

    fn value(&mut self) -> Result<Found, ScanError> {
        let start = self.at;
        let depth = match self.peek() {
            Some(b'"') => {
                self.string()?;
                0
            }
            Some(b'{' | b'[') if self.any_depth => self.bottomless()?,
            Some(b'{' | b'[') => self.container()?,
            _ => {
                self.scalar()?;
                0
            }
        };
        Ok(Found {
            range: start..self.at,
            depth,
        })
    }

    /// Skips a bracketed value and returns how deep it goes.
    fn container(&mut self) -> Result<u8, ScanError> {
        // One bit per open bracket, set for a brace: the limit on depth makes a word enough.
        let mut open: u128 = 0;
        let mut depth = 0_usize;
        let mut deepest = 0_usize;
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => {
                    depth += 1;
                    deepest = deepest.max(depth);
                    if self.outer + depth > MAX_DEPTH {
                        return Err(ScanError::TooDeep);
                    }
                    open = open << 1 | u128::from(byte == b'{');
                }
                b'}' | b']' => {
                    if (open & 1 == 1) != (byte == b'}') {
                        return Err(ScanError::Syntax(self.at));
                    }
                    open >>= 1;
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return Ok(deepest as u8);
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        Err(ScanError::Syntax(self.at))
    }

    /// Skips a bracketed value, counting brackets only.
    fn bottomless(&mut self) -> Result<u8, ScanError> {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return Ok(u8::MAX);
            }
        }
        Err(ScanError::Syntax(self.at))
    }

    /// Skips a string, quotes included. Returns whether nothing in it is escaped.
    #[inline]
    fn string(&mut self) -> Result<bool, ScanError> {
        self.expect(b'"')?;
        let mut plain = true;
        loop {
            match quote_or_escape(&self.text[self.at..]) {
                None => return Err(ScanError::Syntax(self.text.len())),
                Some(offset) if self.text[self.at + offset] == b'"' => {
                    self.at += offset + 1;
                    return Ok(plain);
                }
                // Whatever is escaped, it does not end the string.
                Some(offset) => {
                    self.at = (self.at + offset + 2).min(self.text.len());
                    plain = false;
                }
            }
        }
    }

    fn scalar(&mut self) -> Result<(), ScanError> {
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' => break,
                b'"' | b'{' | b'[' | b':' => return Err(ScanError::Syntax(self.at)),
                _ => self.at += 1,
            }
        }
        if self.at == start {
            return Err(ScanError::Syntax(start));
        }
        Ok(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), ScanError> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(ScanError::Syntax(self.at))
        }
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }
}

/// Finds the end of the value that begins at `at`, under `outer` brackets.
pub(crate) fn value(text: &[u8], at: usize, outer: usize) -> Result<Found, ScanError> {
    let mut scanner = Scanner {
        text,
        at,
        outer,
        any_depth: false,
        state: State::First,
    };
    scanner.value()
}

/// Returns how deep a text nests that is known to be balanced.
pub(crate) fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while let Some(offset) = memchr2(b'"', b'\\', &text[at.min(text.len())..]) {
                    at += offset;
                    if text[at] == b'"' {
                        break;
                    }
                    at += 2;
                }
            }
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// Returns whether the text is `{}`, white space aside.
pub(crate) fn is_empty_object(text: &[u8]) -> bool {
    text.trim_ascii()
        .strip_prefix(b"{")
        .and_then(|rest| rest.strip_suffix(b"}"))
        .is_some_and(|inner| inner.trim_ascii().is_empty())
}

/// Replaces line breaks by spaces, so that the text fits on a line of its own.
///
/// Valid JSON has raw line breaks between tokens only.
pub(crate) fn newlines_to_spaces(text: &mut [u8]) {
    let breaks: Vec<usize> = memchr2_iter(b'\n', b'\r', text).collect();
    for at in breaks {
        text[at] = b' ';
    }
}

/// Returns whether a raw line break stands inside a string, which JSON forbids.
pub(crate) fn line_break_in_string(text: &[u8]) -> bool {
    memchr_iter(b'\n', text)
        .chain(memchr_iter(b'\r', text))
        .next()
        .is_some()
        && {
            let (mut at, mut inside) = (0, false);
            let mut broken = false;
            while let Some(&byte) = text.get(at) {
                match byte {
                    b'"' => inside = !inside,
                    b'\\' if inside => at += 1,
                    b'\n' | b'\r' if inside => broken = true,
                    _ => {}
                }
                at += 1;
            }
            broken
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Result<Vec<(String, String)>, ScanError> {
        let mut scanner = Scanner::open(text.as_bytes(), b'{', 0)?;
        let mut found = Vec::new();
        while let Some((key, value)) = scanner.member()? {
            let key = String::from_utf8(key.into_owned()).unwrap();
            found.push((key, text[value.range].to_owned()));
        }
        scanner.end()?;
        Ok(found)
    }

    #[test]
    fn members_are_found_whatever_stands_inside_them() {
        let found = members(r#" { "a" : "}\"{" , "b":[{"c":"]"},2] ,"\u0064":tru,"e":{ } } "#);
        let expected = [
            ("a", r#""}\"{""#),
            ("b", r#"[{"c":"]"},2]"#),
            ("d", "tru"),
            ("e", "{ }"),
        ];
        assert_eq!(
            found.unwrap(),
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
        assert_eq!(members("{}").unwrap(), []);
    }

    #[test]
    fn the_end_of_a_string_is_found_wherever_it_is() {
        for length in 0..200 {
            for (special, place) in [(b'"', length), (b'\\', length), (b'"', length / 2)] {
                // With neighbours of both in it, whose bits must not be mistaken for them.
                let text = (0..length).map(|at| [b'!', b'#', b'[', b']', 0xa2, 0xdc][at % 6]);
                let mut text: Vec<u8> = text.collect();
                text.push(b'x');
                text[place] = special;
                assert_eq!(quote_or_escape(&text), Some(place), "{length}");
                text[place] = b'x';
                assert_eq!(quote_or_escape(&text), None, "{length}");
            }
        }
    }

    #[test]
    fn broken_text_is_refused_without_a_panic() {
        for text in [
            "",
            "{",
            "}",
            "[]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{,}",
            "{\"a\":1}{",
            "{\"a\":[}",
            "{\"a\":{]}",
            "{\"a\":\"",
            "{\"a\":\"\\",
            "{\"a\":\"\\\"",
            "{a:1}",
            "{\"a\":1 2}",
            "{\"a\" 1}",
            "nul",
        ] {
            assert!(members(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_is_limited_at_128_brackets_of_the_frame() {
        let nest =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(members(&nest(127)).is_ok());
        assert_eq!(members(&nest(128)), Err(ScanError::TooDeep));
        assert_eq!(members(&nest(100_000)), Err(ScanError::TooDeep));
    }

    #[test]
    fn line_breaks_are_told_apart_by_where_they_stand() {
        assert!(!line_break_in_string(b"{\n\"a\":\r1}"));
        assert!(line_break_in_string(b"{\"a\n\":1}"));
        assert!(line_break_in_string(b"{\"a\\\"\n\":1}"));
    }
}
