//! A request to the broker.

use hyper::Method;
use serde_json::Value;

/// A request. It can be sent again.
#[derive(Debug, Clone)]
pub(in crate::commands) struct Request {
    pub(super) method: Method,
    /// With its query.
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
}

impl Request {
    pub(in crate::commands) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path.into(), None)
    }

    pub(in crate::commands) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path.into(), Some(body))
    }

    pub(in crate::commands) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path.into(), None)
    }

    fn new(method: Method, path: String, body: Option<Value>) -> Self {
        Self {
            method,
            path,
            headers: Vec::new(),
            body,
        }
    }

    #[must_use]
    pub(in crate::commands) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Says that this very process asks (protocol §3.1).
    #[must_use]
    pub(in crate::commands) fn by_this_process(self) -> Self {
        self.header("x-plugin-pid", &std::process::id().to_string())
    }
}

/// Writes a text so that it is one segment of a path, or one value of a query.
pub(in crate::commands) fn segment(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_typed_stays_one_segment() {
        assert_eq!(segment("msg_01-a.b~"), "msg_01-a.b~");
        assert_eq!(segment("../a b?c=ü"), "..%2Fa%20b%3Fc%3D%C3%BC");
    }
}
