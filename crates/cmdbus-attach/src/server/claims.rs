//! Whose prefix is whose (attach §6): a name that agents know must not come to mean another machine, whoever is back first.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cmdbus_mcp::names::claimed_prefix;
use serde::{Deserialize, Serialize};

/// Most claims that are kept. Beyond, the one that was used longest ago goes.
const MOST: usize = 1024;

/// One prefix, and who used it first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Claim {
    prefix: String,
    principal: String,
    attach_id: String,
}

/// Why claims could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum ClaimsError {
    /// The file cannot be read or written.
    #[error("cannot {what} `{}`: {error}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// What is in the file is something else.
    #[error("`{}` does not hold the prefixes of attached servers ({error}); move it away, and names are claimed afresh", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: serde_json::Error,
    },
}

/// The claims of one profile, in a file of its state.
#[derive(Debug)]
pub struct Claims {
    /// `None`: in memory only.
    path: Option<PathBuf>,
    /// The one used last is the last.
    claims: Mutex<Vec<Claim>>,
}

impl Claims {
    /// Returns claims that end with the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            path: None,
            claims: Mutex::default(),
        }
    }

    /// Reads the claims in a file, which need not be there yet.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub fn open(path: &Path) -> Result<Self, ClaimsError> {
        let claims = match std::fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| ClaimsError::Damaged {
                path: path.to_owned(),
                error,
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                return Err(ClaimsError::Io {
                    what: "read",
                    path: path.to_owned(),
                    error,
                });
            }
        };
        Ok(Self {
            path: Some(path.to_owned()),
            claims: Mutex::new(claims),
        })
    }

    /// Returns the prefix that a server gets: the one it wants if nobody else has used it before, else that with a suffix made of its
    /// attach id. An attach id that the server made up claims nothing. When this returns, the claim is kept.
    ///
    /// Writes a small file, so call it where blocking is allowed.
    ///
    /// # Errors
    /// The claim cannot be kept. Nothing is claimed then.
    pub fn claim(
        &self,
        prefix: &str,
        principal: &str,
        attach_id: &str,
        made_up: bool,
    ) -> Result<String, ClaimsError> {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        let found = claims.iter().position(|claim| claim.prefix == prefix);
        if let Some(place) = found {
            let claim = &claims[place];
            let own = claim.principal == principal && claim.attach_id == attach_id;
            if made_up || !own {
                return Ok(claimed_prefix(prefix, attach_id));
            }
            // Used again. That it is the newest now is worth no write of its own.
            let claim = claims.remove(place);
            claims.push(claim);
            return Ok(prefix.to_owned());
        }
        if made_up {
            return Ok(prefix.to_owned());
        }
        let mut next = claims.clone();
        next.push(Claim {
            prefix: prefix.to_owned(),
            principal: principal.to_owned(),
            attach_id: attach_id.to_owned(),
        });
        let surplus = next.len().saturating_sub(MOST);
        next.drain(..surplus);
        self.save(&next)?;
        *claims = next;
        Ok(prefix.to_owned())
    }

    fn save(&self, claims: &[Claim]) -> Result<(), ClaimsError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let text = serde_json::to_vec_pretty(claims).map_err(|error| ClaimsError::Damaged {
            path: path.clone(),
            error,
        })?;
        replace(path, &text).map_err(|error| ClaimsError::Io {
            what: "write",
            path: path.clone(),
            error,
        })
    }
}

/// Puts a file in place of another, so that either the old or the new one is there whatever happens.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let temporary = path.with_extension(format!("tmp.{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_prefix_stays_with_who_used_it_first_whoever_comes_back_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prefixes.json");
        let claims = Claims::open(&path).unwrap();
        assert_eq!(claims.claim("fs", "me", "laptop", false).unwrap(), "fs");
        let other = claims.claim("fs", "me", "tower", false).unwrap();
        assert!(other.starts_with("fs-") && other.len() == 8, "{other}");
        drop(claims);
        let claims = Claims::open(&path).unwrap();
        assert_eq!(claims.claim("fs", "me", "tower", false).unwrap(), other);
        assert_eq!(claims.claim("fs", "me", "laptop", false).unwrap(), "fs");
        assert_ne!(claims.claim("fs", "you", "laptop", false).unwrap(), "fs");
    }

    #[test]
    fn an_id_that_was_made_up_claims_nothing() {
        let claims = Claims::in_memory();
        assert_eq!(claims.claim("fs", "me", "x1", true).unwrap(), "fs");
        assert_eq!(claims.claim("fs", "me", "laptop", false).unwrap(), "fs");
        assert_ne!(claims.claim("fs", "me", "x1", true).unwrap(), "fs");
    }

    #[test]
    fn the_claims_used_longest_ago_go_first() {
        let claims = Claims::in_memory();
        for number in 0..MOST {
            claims
                .claim(&format!("p{number}"), "me", "a", false)
                .unwrap();
        }
        claims.claim("p0", "me", "a", false).unwrap();
        claims.claim("new", "me", "a", false).unwrap();
        assert_eq!(claims.claim("p0", "me", "a", false).unwrap(), "p0");
        assert_eq!(
            claims.claim("p1", "me", "b", false).unwrap(),
            "p1",
            "this one was forgotten"
        );
    }

    #[test]
    fn a_damaged_file_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prefixes.json");
        std::fs::write(&path, "{").unwrap();
        let error = Claims::open(&path).unwrap_err().to_string();
        assert!(error.contains("move it away"), "{error}");
    }
}
