//! Where in a request, or in a schema, something is.

/// Longest pointer, in bytes.
const MOST_POINTER: usize = 512;

/// A place in the request.
#[derive(Clone, Copy)]
pub(super) enum At<'a> {
    Root,
    Name(&'a At<'a>, &'a str),
    Index(&'a At<'a>, usize),
}

impl At<'_> {
    /// Returns the pointer to here, or to as near as a pointer of bounded length leads.
    pub(super) fn pointer(&self) -> String {
        let mut steps = Vec::new();
        let mut at = self;
        loop {
            match at {
                At::Root => break,
                At::Name(before, name) => {
                    steps.push(fragment(name));
                    at = before;
                }
                At::Index(before, index) => {
                    steps.push(index.to_string());
                    at = before;
                }
            }
        }
        let mut pointer = "#".to_owned();
        for step in steps.iter().rev() {
            if pointer.len() + 1 + step.len() > MOST_POINTER {
                break;
            }
            pointer.push('/');
            pointer.push_str(step);
        }
        pointer
    }
}

/// Writes a name as a step of a pointer in a fragment (RFC 6901 §6).
fn fragment(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        match byte {
            b'~' => text.push_str("~0"),
            b'/' => text.push_str("~1"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => text.push(char::from(byte)),
            _ if b"-._!$&'()*+,;=:@?".contains(&byte) => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
        if text.len() > MOST_POINTER {
            break;
        }
    }
    text
}

/// Writes a name as a step of a pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Reads what is written with percent signs. `None`: it is not text.
pub(in super::super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let byte = digit(rest.next())? * 16 + digit(rest.next())?;
            bytes.push(u8::try_from(byte).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
