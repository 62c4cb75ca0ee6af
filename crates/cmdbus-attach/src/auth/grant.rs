//! What a token may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::glob::Glob;

/// One thing that a token may do; written `attach[:GLOB]`, `call[:GLOB]`, `bus` or `admin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Grant {
    /// Attach under the ids that match.
    Attach(Glob),
    /// Call the commands whose ids match.
    Call(Glob),
    /// Take part in the bus.
    Bus,
    /// Use what others attached, whomever they let in, and detach it.
    Admin,
}

/// A text that is no grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is nothing that can be granted; use `attach`, `attach:GLOB`, `call`, `call:GLOB`, `bus` or `admin`"
)]
pub struct GrantError(String);

impl Grant {
    /// Returns what a token may do unless something else is said: attach as anything, and call every command.
    pub fn defaults() -> Vec<Self> {
        vec![Self::Attach(Glob::any()), Self::Call(Glob::any())]
    }
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        let (word, glob) = match text.split_once(':') {
            Some((word, glob)) => (word, Some(glob)),
            None => (text, None),
        };
        let refused = || GrantError(text.to_owned());
        let pattern = || match glob {
            Some(glob) => Glob::new(glob).map_err(|_| refused()),
            None => Ok(Glob::any()),
        };
        match word {
            "attach" => Ok(Self::Attach(pattern()?)),
            "call" => Ok(Self::Call(pattern()?)),
            "bus" if glob.is_none() => Ok(Self::Bus),
            "admin" if glob.is_none() => Ok(Self::Admin),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, glob) = match self {
            Self::Attach(glob) => ("attach", Some(glob)),
            Self::Call(glob) => ("call", Some(glob)),
            Self::Bus => ("bus", None),
            Self::Admin => ("admin", None),
        };
        f.write_str(word)?;
        match glob.filter(|glob| !glob.is_any()) {
            Some(glob) => write!(f, ":{glob}"),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for Grant {
    type Error = GrantError;

    fn try_from(text: String) -> Result<Self, GrantError> {
        text.parse()
    }
}

impl From<Grant> for String {
    fn from(grant: Grant) -> Self {
        grant.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_written_as_it_is_read() {
        for text in [
            "attach",
            "attach:laptop-*",
            "call",
            "call:a:b",
            "bus",
            "admin",
        ] {
            assert_eq!(text.parse::<Grant>().unwrap().to_string(), text);
        }
        assert_eq!("call:*".parse::<Grant>().unwrap().to_string(), "call");
    }

    #[test]
    fn what_is_no_grant_is_refused_and_named() {
        for text in [
            "",
            "Call",
            "call:",
            "attach:\n",
            "bus:x",
            "admin:*",
            "all",
            " bus",
        ] {
            let error = text.parse::<Grant>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{text}` is nothing")),
                "{error}"
            );
        }
    }
}
