//! Patterns over ids.

use std::fmt;
use std::str::FromStr;

/// Longest pattern, in bytes: as long as the longest attach id.
const MAX_BYTES: usize = 256;

/// A pattern over ids: `*` stands for any run of characters, dots and slashes included, `?` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(Box<str>);

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pattern has 1 to 256 bytes and no control characters")]
pub struct GlobError;

impl Glob {
    /// Makes a pattern.
    ///
    /// # Errors
    ///
    /// The text is empty, longer than 256 bytes, or holds control characters.
    pub fn new(pattern: &str) -> Result<Self, GlobError> {
        if pattern.is_empty() || pattern.len() > MAX_BYTES || pattern.contains(char::is_control) {
            return Err(GlobError);
        }
        Ok(Self(pattern.into()))
    }

    /// Returns the pattern that every id matches.
    pub fn any() -> Self {
        Self("*".into())
    }

    /// Returns whether this is the pattern `*`.
    pub fn is_any(&self) -> bool {
        &*self.0 == "*"
    }

    /// Returns the pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether an id matches, in time of at most the product of both lengths.
    pub fn matches(&self, id: &str) -> bool {
        let mut pattern = self.0.chars();
        let mut rest = id.chars();
        // What follows the last `*`, and the first place where that has not been tried yet. An earlier `*` never
        // has to be tried again: whatever it could give up, the last one can take.
        let mut retry = None;
        loop {
            match pattern.next() {
                Some('*') => {
                    retry = Some((pattern.clone(), rest.clone()));
                    continue;
                }
                Some(wanted) => {
                    if let Some(found) = rest.next()
                        && (wanted == '?' || wanted == found)
                    {
                        continue;
                    }
                }
                None if rest.as_str().is_empty() => return true,
                None => {}
            }
            let Some((after_star, from)) = &mut retry else {
                return false;
            };
            if from.next().is_none() {
                return false;
            }
            pattern = after_star.clone();
            rest = from.clone();
        }
    }

    /// Returns whether every id that begins with `start` matches, whatever follows.
    pub(super) fn covers(&self, start: &str) -> bool {
        // Only a `*` at the end matches whatever follows, and with it what matches `start` matches all that is longer.
        self.0.ends_with('*') && self.matches(start)
    }
}

impl FromStr for Glob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, GlobError> {
        Self::new(text)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str) -> Glob {
        Glob::new(pattern).unwrap()
    }

    #[test]
    fn a_star_is_any_run_and_a_question_mark_is_one_character() {
        for (pattern, id) in [
            ("*", ""),
            ("*", "a.b/c"),
            ("fs.*", "fs."),
            ("fs.*", "fs.read.all"),
            ("*.read", "fs.read"),
            ("a*b*c", "aXbYbZc"),
            ("a*?c", "abcc"),
            ("?s", "ßs"),
            ("**a", "ba"),
            ("plain", "plain"),
        ] {
            assert!(glob(pattern).matches(id), "`{pattern}` and `{id}`");
        }
        for (pattern, id) in [
            ("fs.*", "fs"),
            ("fs.*", "xfs.read"),
            ("?", ""),
            ("?", "ab"),
            ("a*b*c", "aXbYbZ"),
            ("*?", ""),
            ("plain", "plain2"),
            ("plain2", "plain"),
            ("Plain", "plain"),
        ] {
            assert!(!glob(pattern).matches(id), "`{pattern}` and `{id}`");
        }
    }

    #[test]
    fn a_pattern_covers_a_start_only_if_nothing_after_it_can_be_refused() {
        for pattern in ["*", "fs.*", "f*", "*.*", "fs.**", "*s*"] {
            assert!(glob(pattern).covers("fs."), "{pattern}");
        }
        for pattern in ["fs", "fs.", "fs.read", "fs.r*", "fs.?*", "fs.*d", "db.*"] {
            assert!(!glob(pattern).covers("fs."), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_is_bounded() {
        assert!(Glob::new(&"*".repeat(256)).is_ok());
        for bad in ["", "a\nb", &"*".repeat(257)] {
            assert_eq!(Glob::new(bad), Err(GlobError));
        }
    }

    #[test]
    fn the_worst_pattern_takes_no_more_steps_than_both_lengths_multiplied() {
        // With backtracking into every `*` this would take longer than the universe has.
        let worst = glob(&"*a".repeat(128));
        assert!(!worst.matches(&format!("{}b", "a".repeat(255))));
    }
}
