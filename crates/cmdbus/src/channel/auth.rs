//! Tokens that peers show before they may speak.

use std::sync::Arc;

use subtle::ConstantTimeEq;

/// Decides whether a token that a peer shows lets it in.
///
/// It is called once per connection, on the thread that opens it, with text the peer chose; it must not log it, and
/// it must compare in constant time, as [`one_token`] does.
pub type TokenCheck = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Returns a check that lets in whoever shows this one token. How long the comparison takes says nothing of the token
/// but its length.
///
/// An empty token lets nobody in.
pub fn one_token(token: impl Into<String>) -> TokenCheck {
    let token = token.into();
    Arc::new(move |shown| !token.is_empty() && bool::from(token.as_bytes().ct_eq(shown.as_bytes())))
}

/// Returns whether a text can be sent as a token at all: visible ASCII, not empty.
pub(crate) fn is_sendable(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_token_is_let_in() {
        let check = one_token("s3cret");
        assert!(check("s3cret"));
        for wrong in ["", "s3cre", "s3cret ", "S3cret", "s3crets"] {
            assert!(!check(wrong));
        }
        assert!(!one_token("")(""));
    }

    #[test]
    fn a_token_is_visible_ascii() {
        assert!(is_sendable("aZ09-_=/+.~"));
        for wrong in ["", "two words", "line\n", "nul\0", "ümlaut"] {
            assert!(!is_sendable(wrong));
        }
    }
}
