//! What `tokens.json` says.

use std::time::SystemTime;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::grant::Grant;
use super::principal::RESERVED;

/// Most named tokens of a profile.
pub(super) const MAX_TOKENS: usize = 1024;
/// Most grants of one token.
pub(super) const MAX_GRANTS: usize = 32;
/// Longest name of a token, in bytes.
const MAX_NAME: usize = 64;
/// The only layout of the file there has been.
const VERSION: u32 = 1;

/// The file as a whole. What this program does not know is refused: it might restrict a token.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    version: u32,
    pub(super) tokens: Vec<Record>,
}

/// A named token. The token itself is not kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) sha256: Fingerprint,
    pub(super) may: Vec<Grant>,
    #[serde(with = "instant")]
    pub(super) created: SystemTime,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "write_some",
        deserialize_with = "read_some"
    )]
    pub(super) expires: Option<SystemTime>,
}

impl Document {
    pub(super) fn new(tokens: Vec<Record>) -> Self {
        Self {
            version: VERSION,
            tokens,
        }
    }

    /// Reads the file's content, or says what is wrong with it.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let document: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        document.check()?;
        Ok(document)
    }

    fn check(&self) -> Result<(), String> {
        if self.version != VERSION {
            return Err(format!("version {} is not known here", self.version));
        }
        if self.tokens.len() > MAX_TOKENS {
            return Err(format!("it holds more than {MAX_TOKENS} tokens"));
        }
        for (at, record) in self.tokens.iter().enumerate() {
            let Record { name, may, .. } = record;
            if let Some(why) = what_is_wrong_with(name) {
                return Err(format!("the name of token {} {why}", at + 1));
            }
            if may.len() > MAX_GRANTS {
                return Err(format!("token `{name}` has more than {MAX_GRANTS} grants"));
            }
        }
        self.check_for_twins()
    }

    fn check_for_twins(&self) -> Result<(), String> {
        let mut names: Vec<&str> = self.tokens.iter().map(|token| &*token.name).collect();
        names.sort_unstable();
        if let Some(twins) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("there are two tokens named `{}`", twins[0]));
        }
        let mut prints: Vec<_> = self.tokens.iter().map(|token| token.sha256.0).collect();
        prints.sort_unstable();
        if prints.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("two tokens have the same `sha256`".to_owned());
        }
        Ok(())
    }
}

/// Returns why a text cannot be the name of a token.
pub(super) fn what_is_wrong_with(name: &str) -> Option<&'static str> {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let begins_well = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    if !begins_well || name.len() > MAX_NAME || !name.bytes().all(is_fine) {
        return Some(
            "must be 1 to 64 letters, digits, `.`, `_` and `-`, the first a letter or digit",
        );
    }
    // Whatever its case: names are read by people.
    let is_reserved = RESERVED.iter().any(|word| name.eq_ignore_ascii_case(word));
    is_reserved.then_some("is reserved; choose another")
}

/// SHA-256 of a token. Tokens are 256 random bits, which no slow hash makes harder to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint(pub(super) [u8; 32]);

impl Fingerprint {
    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&hex)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text)
            .ok_or_else(|| D::Error::custom("`sha256` must be 64 hexadecimal digits"))
    }
}

/// Points in time as RFC 3339.
mod instant {
    use super::*;

    pub(super) fn serialize<S: Serializer>(at: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&humantime::format_rfc3339_millis(*at))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(from)?;
        humantime::parse_rfc3339(&text)
            .map_err(|_| D::Error::custom("a time must look like 2026-03-02T08:15:30Z"))
    }
}

fn write_some<S: Serializer>(at: &Option<SystemTime>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => instant::serialize(at, to),
        None => to.serialize_none(),
    }
}

/// Reads a time that is there: `null` would be a token that never expires, which nobody has to write.
fn read_some<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SystemTime>, D::Error> {
    instant::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_plain_and_not_reserved() {
        for good in ["ci", "laptop-7", "A.b_c", "7", &"x".repeat(64)] {
            assert_eq!(what_is_wrong_with(good), None, "{good}");
        }
        for bad in ["", "-x", ".x", "a b", "a/b", "ü", "a\n", &"x".repeat(65)] {
            assert!(
                what_is_wrong_with(bad).unwrap().contains("must be"),
                "{bad}"
            );
        }
        for reserved in ["owner", "anonymous", "self", "Owner"] {
            assert!(what_is_wrong_with(reserved).unwrap().contains("reserved"));
        }
    }

    #[test]
    fn what_the_file_must_not_say_is_named() {
        let token = |name: &str, print: u8, more: &str| {
            let hex = format!("{print:02x}").repeat(32);
            format!(
                r#"{{"name":"{name}","sha256":"{hex}","may":["call"],"created":"2026-03-02T08:15:30Z"{more}}}"#
            )
        };
        let file =
            |tokens: &[String]| format!(r#"{{"version":1,"tokens":[{}]}}"#, tokens.join(","));
        assert!(Document::parse(file(&[token("a", 1, ""), token("b", 2, "")]).as_bytes()).is_ok());
        for (text, word) in [
            (String::new(), "EOF"),
            ("[]".to_owned(), "expected"),
            (r#"{"version":2,"tokens":[]}"#.to_owned(), "version 2"),
            (
                file(&[token("a", 1, ""), token("a", 2, "")]),
                "two tokens named `a`",
            ),
            (
                file(&[token("a", 1, ""), token("b", 1, "")]),
                "same `sha256`",
            ),
            (file(&[token("owner", 1, "")]), "token 1 is reserved"),
            (file(&[token("a", 1, r#","only_on":"monday""#)]), "only_on"),
            (file(&[token("a", 1, r#","expires":"soon""#)]), "2026-"),
            (file(&[token("a", 1, r#","expires":null"#)]), "null"),
            (file(&[token("a", 1, "")]).replace("call", "fly"), "`fly`"),
            (file(&[token("a", 1, "")]).replace("01", "0"), "hexadecimal"),
        ] {
            let why = Document::parse(text.as_bytes()).unwrap_err();
            assert!(why.contains(word), "`{word}` is not in `{why}`");
        }
    }
}
