//! Patterns over command and event ids.

/// Returns whether an id matches a pattern: `*` stands for any run of characters, dots included,
/// `?` for one character. Private ids match only patterns that begin with `_` themselves.
pub fn matches(pattern: &str, id: &str) -> bool {
    if id.starts_with('_') && !pattern.starts_with('_') {
        return false;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let id: Vec<char> = id.chars().collect();
    let (mut p, mut i) = (0, 0);
    // Where the last `*` stood, and how much of the id it swallows: on a mismatch it takes one more.
    let mut star: Option<(usize, usize)> = None;
    while i < id.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, i));
                p += 1;
            }
            Some('?') => {
                p += 1;
                i += 1;
            }
            Some(c) if *c == id[i] => {
                p += 1;
                i += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    i = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_cross_dots_and_question_marks_take_one_character() {
        for (pattern, id) in [
            ("*", "a.b.c"),
            ("a.*", "a.b.c"),
            ("*.c", "a.b.c"),
            ("a*b*c", "a-xbx-b-c"),
            ("a.?", "a.ü"),
            ("a.b", "a.b"),
            ("**", "a"),
            ("_*", "_a"),
        ] {
            assert!(matches(pattern, id), "{pattern} {id}");
        }
        for (pattern, id) in [
            ("a.?", "a.bc"),
            ("a", "ab"),
            ("", "a"),
            ("a*c", "a.b"),
            ("?", ""),
        ] {
            assert!(!matches(pattern, id), "{pattern} {id}");
        }
    }

    #[test]
    fn private_ids_need_a_private_pattern() {
        assert!(!matches("*", "_a"));
        assert!(!matches("?a", "_a"));
        assert!(matches("_a", "_a"));
    }

    #[test]
    fn many_stars_do_not_take_exponential_time() {
        assert!(!matches(&"*a".repeat(50), &"a".repeat(49)));
        assert!(!matches(
            &format!("{}b", "*a".repeat(30)),
            &"a".repeat(5000)
        ));
    }
}
