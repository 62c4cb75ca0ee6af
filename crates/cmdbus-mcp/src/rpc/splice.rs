//! Changes of single members of raw JSON objects: all other bytes, and their order, stay (attach §1).

use std::ops::Range;

use serde_json::value::RawValue;

use super::Raw;

/// Returns the member at a path of object members. `None` if a part of it is absent or no object.
#[must_use]
pub fn get<'a>(json: &'a RawValue, path: &[&str]) -> Option<&'a RawValue> {
    let text = json.get();
    let range = find(text, path)?;
    serde_json::from_str(&text[range]).ok()
}

/// Returns the string at a path.
#[must_use]
pub fn get_str(json: &RawValue, path: &[&str]) -> Option<String> {
    serde_json::from_str(get(json, path)?.get()).ok()
}

/// Sets the member at a path to `value`. Objects that are missing on the way are made; what is in the way and no object
/// makes it `None`.
#[must_use]
pub fn set(json: &RawValue, path: &[&str], value: &str) -> Option<Raw> {
    let text = json.get();
    let mut parent = outer(text)?;
    for (depth, name) in path.iter().enumerate() {
        let members = members(text, parent.clone())?;
        let last = depth + 1 == path.len();
        match members.iter().find(|member| member.is(text, name)) {
            Some(member) if last => return replaced(text, member.value.clone(), value),
            Some(member) => parent = member.value.clone(),
            None => {
                let mut added = String::new();
                for name in &path[depth..] {
                    added.push_str(if added.is_empty() { "" } else { "{" });
                    added.push_str(&serde_json::Value::from(*name).to_string());
                    added.push(':');
                }
                added.push_str(value);
                added.extend(std::iter::repeat_n('}', path.len() - depth - 1));
                if !members.is_empty() {
                    added.push(',');
                }
                // In front: the place after `{` is known without looking at white space.
                let at = parent.start + 1;
                return replaced(text, at..at, &added);
            }
        }
    }
    None
}

/// Removes the member at a path. `None` if it is not there.
#[must_use]
pub fn remove(json: &RawValue, path: &[&str]) -> Option<Raw> {
    let text = json.get();
    let (name, parents) = path.split_last()?;
    let parent = find(text, parents)?;
    let members = members(text, parent)?;
    let index = members.iter().position(|member| member.is(text, name))?;
    let member = &members[index];
    // With the comma before it, or, being the first, with the one behind.
    let range = match (index.checked_sub(1), members.get(index + 1)) {
        (Some(before), _) => members[before].value.end..member.value.end,
        (None, Some(after)) => member.name.start..after.name.start,
        (None, None) => member.name.start..member.value.end,
    };
    replaced(text, range, "")
}

fn replaced(text: &str, range: Range<usize>, with: &str) -> Option<Raw> {
    let mut out = String::with_capacity(text.len() + with.len());
    out.push_str(&text[..range.start]);
    out.push_str(with);
    out.push_str(&text[range.end..]);
    RawValue::from_string(out).ok()
}

fn find(text: &str, path: &[&str]) -> Option<Range<usize>> {
    let mut at = outer(text)?;
    for name in path {
        at = members(text, at)?
            .into_iter()
            .find(|member| member.is(text, name))?
            .value;
    }
    Some(at)
}

/// Returns where the value itself lies: a raw value has no white space around it, but one made elsewhere may.
fn outer(text: &str) -> Option<Range<usize>> {
    let start = text.len() - text.trim_ascii_start().len();
    Some(start..text.trim_ascii_end().len())
}

struct Member {
    /// The name with its quotes.
    name: Range<usize>,
    value: Range<usize>,
}

impl Member {
    fn is(&self, text: &str, name: &str) -> bool {
        let own = &text[self.name.clone()];
        match own.strip_prefix('"').and_then(|own| own.strip_suffix('"')) {
            Some(plain) if !plain.contains('\\') => plain == name,
            _ => serde_json::from_str::<String>(own).is_ok_and(|own| own == name),
        }
    }
}

/// Returns the members of the object at `at`, or `None` if it is no object. The text is known to be JSON.
fn members(text: &str, at: Range<usize>) -> Option<Vec<Member>> {
    let bytes = text.as_bytes();
    if bytes.get(at.start) != Some(&b'{') {
        return None;
    }
    let mut found = Vec::new();
    let mut here = skip_space(bytes, at.start + 1);
    while here < at.end && bytes[here] != b'}' {
        let name = here..skip_value(bytes, here);
        here = skip_space(bytes, name.end);
        here = skip_space(bytes, here + 1);
        let value = here..skip_value(bytes, here);
        here = skip_space(bytes, value.end);
        found.push(Member { name, value });
        if bytes.get(here) == Some(&b',') {
            here = skip_space(bytes, here + 1);
        }
    }
    Some(found)
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Returns the end of the value that begins at `at`.
fn skip_value(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at) {
            None => return at,
            Some(b'"') => {
                at += 1;
                while !matches!(bytes.get(at), Some(b'"') | None) {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at = (at + 1).min(bytes.len());
            }
            Some(b'{' | b'[') => {
                depth += 1;
                at += 1;
                continue;
            }
            Some(b'}' | b']') => {
                depth -= 1;
                at += 1;
            }
            Some(_) if depth > 0 => {
                at += 1;
                continue;
            }
            Some(_) => {
                while !matches!(
                    bytes.get(at),
                    Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r') | None
                ) {
                    at += 1;
                }
            }
        }
        if depth == 0 {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn raw(text: &str) -> Raw {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn one_member_changes_and_every_other_byte_stays() {
        let json = raw(
            r#"{ "b" : 1.10 ,"_meta":{"x":[1,{"progressToken":0}],"progressToken": 7 },"a":"}\"{"}"#,
        );
        assert_eq!(
            set(&json, &["_meta", "progressToken"], "\"q\"")
                .unwrap()
                .get(),
            r#"{ "b" : 1.10 ,"_meta":{"x":[1,{"progressToken":0}],"progressToken": "q" },"a":"}\"{"}"#
        );
        assert_eq!(get(&json, &["_meta", "progressToken"]).unwrap().get(), "7");
        assert_eq!(get(&json, &["a"]).unwrap().get(), r#""}\"{""#);
        assert!(get(&json, &["_meta", "none"]).is_none());
        assert!(get(&json, &["a", "none"]).is_none());
    }

    #[test]
    fn missing_objects_are_made() {
        assert_eq!(
            set(&raw(r#"{"a":1}"#), &["_meta", "k"], "2").unwrap().get(),
            r#"{"_meta":{"k":2},"a":1}"#
        );
        assert_eq!(set(&raw("{ }"), &["a"], "2").unwrap().get(), r#"{"a":2 }"#);
        assert!(set(&raw(r#"{"_meta":1}"#), &["_meta", "k"], "2").is_none());
        assert!(set(&raw("[]"), &["a"], "2").is_none());
    }

    #[test]
    fn a_member_goes_with_its_comma() {
        let json = raw(r#"{"a":1, "b" : {"c":2} ,"d":3}"#);
        assert_eq!(
            remove(&json, &["a"]).unwrap().get(),
            r#"{"b" : {"c":2} ,"d":3}"#
        );
        assert_eq!(remove(&json, &["b"]).unwrap().get(), r#"{"a":1 ,"d":3}"#);
        assert_eq!(
            remove(&json, &["d"]).unwrap().get(),
            r#"{"a":1, "b" : {"c":2}}"#
        );
        assert_eq!(
            remove(&json, &["b", "c"]).unwrap().get(),
            r#"{"a":1, "b" : {} ,"d":3}"#
        );
        assert!(remove(&json, &["x"]).is_none());
    }

    #[test]
    fn an_escaped_name_is_the_same_name() {
        let json = raw(r#"{"\u0061":1}"#);
        assert_eq!(get(&json, &["a"]).unwrap().get(), "1");
    }
}
