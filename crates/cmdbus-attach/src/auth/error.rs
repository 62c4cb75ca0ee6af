//! What can go wrong with the file of tokens.

use std::io;
use std::path::PathBuf;

use super::record::{MAX_GRANTS, MAX_TOKENS};

/// Why tokens cannot be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// This is no name for a token.
    #[error("the name `{}` {why}", name.escape_debug())]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A token of this name is there already.
    #[error("there is a token named `{0}` already; choose another name, or revoke it first")]
    Taken(String),
    /// There is no token of this name.
    #[error("there is no token named `{0}`; `cmdbus token list` shows those there are")]
    Unknown(String),
    /// There is no room for another token.
    #[error("there are {MAX_TOKENS} tokens, which is the most; revoke some")]
    Full,
    /// A token is to have too many grants.
    #[error("a token has at most {MAX_GRANTS} grants; use patterns")]
    TooManyGrants,
    /// The token would expire at once, or when no date can say.
    #[error("a token must expire in the future, and before the year 10000")]
    Expiry,
    /// The file does not say what it should.
    #[error(
        "`{}` cannot be used: {why}; mend it, or remove it to revoke all named tokens", path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Others may write to the file, and so give themselves any rights.
    #[error("others may write to `{0}`; run `chmod 600 {0}`", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// Another process keeps the lock.
    #[error("another process has kept `{}` locked for 10 s; end it, and try again", path.display())]
    Locked {
        /// The file with the lock.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("cannot {what} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no random bytes.
    #[error("cannot make a token: the system gives no random bytes")]
    Random,
}
