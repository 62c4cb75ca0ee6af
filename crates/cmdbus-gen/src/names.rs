//! Identifiers, made from ids and keys that may be any text.

use std::collections::{HashMap, HashSet};

/// Longest identifier that is made of a text, before a number is added.
const LONGEST: usize = 80;

/// Returns the words of a text: its ASCII letters and digits, cut where something else stands and before a capital.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    let mut chars = text.chars().peekable();
    let mut before = None::<char>;
    while let Some(c) = chars.next() {
        if !c.is_ascii_alphanumeric() {
            end(&mut words, &mut word);
            before = None;
            continue;
        }
        // `fooBar` is two words, and so is `HTTPServer`.
        let starts = match before {
            Some(before) if c.is_ascii_uppercase() => {
                !before.is_ascii_uppercase() || chars.peek().is_some_and(char::is_ascii_lowercase)
            }
            _ => false,
        };
        if starts {
            end(&mut words, &mut word);
        }
        length += 1;
        if length > LONGEST {
            break;
        }
        word.push(c);
        before = Some(c);
    }
    end(&mut words, &mut word);
    words
}

fn end(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// Returns the name of a type: `NotesAppend`.
pub(crate) fn pascal(text: &str) -> String {
    let name = words(text).iter().map(|word| capital(word)).collect();
    identifier(name, "N", "X")
}

/// Returns the name of a method in TypeScript: `notesAppend`.
pub(crate) fn camel(text: &str) -> String {
    let words = words(text);
    let first = words.first().map(|word| word.to_ascii_lowercase());
    let rest = words.iter().skip(1).map(|word| capital(word));
    identifier(first.into_iter().chain(rest).collect(), "n", "x")
}

/// Returns the name of a function or field in Python and Rust: `notes_append`.
pub(crate) fn snake(text: &str) -> String {
    let words: Vec<String> = words(text)
        .iter()
        .map(|word| word.to_ascii_lowercase())
        .collect();
    identifier(words.join("_"), "n", "x")
}

/// Returns a word with its first letter in upper case and the rest in lower case, as the naming conventions have it.
fn capital(word: &str) -> String {
    let mut word = word.to_ascii_lowercase();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    word
}

/// Returns the same with what makes it an identifier. Not an underscore: that has a meaning of its own in all languages.
fn identifier(name: String, before_digit: &str, nothing: &str) -> String {
    match name.chars().next() {
        None => nothing.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{before_digit}{name}"),
        Some(_) => name,
    }
}

/// Names that are taken in one scope.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
    /// The last number that was added to a name, so that many equal names do not take long.
    numbers: HashMap<String, usize>,
}

impl Names {
    /// Returns a scope in which some names mean something already.
    pub(crate) fn with(reserved: &[&str]) -> Self {
        Self {
            taken: reserved.iter().map(|&name| name.to_owned()).collect(),
            numbers: HashMap::new(),
        }
    }

    /// Takes a name: the one wanted, or if it is taken, that one with a number.
    pub(crate) fn take(&mut self, wanted: &str) -> String {
        if self.taken.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        // A number right behind a digit would read as another number.
        let apart = if wanted.ends_with(|c: char| c.is_ascii_digit()) {
            "_"
        } else {
            ""
        };
        let number = self.numbers.entry(wanted.to_owned()).or_insert(1);
        loop {
            *number += 1;
            let name = format!("{wanted}{apart}{number}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions() {
        for (text, [type_name, method, function]) in [
            (
                "notes.append",
                ["NotesAppend", "notesAppend", "notes_append"],
            ),
            (
                "readHTTPBody2",
                ["ReadHttpBody2", "readHttpBody2", "read_http_body2"],
            ),
            (
                "my-api_v1/get",
                ["MyApiV1Get", "myApiV1Get", "my_api_v1_get"],
            ),
            ("2fa", ["N2fa", "n2fa", "n2fa"]),
            ("漢字", ["X", "x", "x"]),
            ("__proto__", ["Proto", "proto", "proto"]),
            ("*/ alert('1')", ["Alert1", "alert1", "alert_1"]),
        ] {
            assert_eq!(
                [pascal(text), camel(text), snake(text)],
                [type_name, method, function]
            );
        }
        assert_eq!(pascal(&"a".repeat(5000)).len(), LONGEST);
    }

    #[test]
    fn w80_no_name_is_given_twice() {
        let mut names = Names::with(&["class"]);
        let got = ["class", "a", "a", "a2", "a", "class", "v1", "v1"].map(|name| names.take(name));
        assert_eq!(
            got,
            ["class2", "a", "a2", "a2_2", "a3", "class3", "v1", "v1_2"]
        );
    }
}
