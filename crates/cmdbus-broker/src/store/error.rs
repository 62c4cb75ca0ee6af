//! What can go wrong in a store, and what is known about the commit that failed.

use std::fmt;

/// What is known about the effect of a commit that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing of it is stored, for sure.
    NotStored,
    /// All of it or nothing of it is stored. [`Store::reopen`](super::Store::reopen) must come next.
    Unknown,
}

/// The cause of a [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// There is no room, on the disk or under a limit of the database.
    Full,
    /// The file system reported an error.
    Io,
    /// What was written could not be made durable.
    Sync,
    /// Another program holds the database.
    Busy,
    /// The database is not what was written.
    Corrupt,
    /// The file is a database of something else.
    Foreign,
    /// The database was made by a later version of cmdbus.
    Newer {
        /// Its version.
        found: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// The change contradicts what is stored. Repeating it cannot help.
    Refused,
    /// The database cannot be opened or made.
    CannotOpen,
    /// Something that should not happen.
    Internal,
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => {
                f.write_str("no room is left; free some space on the disk of the state folder")
            }
            Self::Io => f.write_str("the file system reported an error"),
            Self::Sync => f.write_str("what was written could not be made durable"),
            Self::Busy => f.write_str("another program holds the database"),
            Self::Corrupt => f.write_str("the database is damaged; `cmdbus doctor` says more"),
            Self::Foreign => f.write_str("the file is not a store of cmdbus; move it away"),
            Self::Newer { found, known } => write!(
                f,
                "the store has version {found} and this program knows up to {known}; install a later cmdbus"
            ),
            Self::Refused => f.write_str("the change contradicts what is stored"),
            Self::CannotOpen => f.write_str("the database cannot be opened"),
            Self::Internal => f.write_str("unexpected failure"),
        }
    }
}

/// A failure of the store. Its text and its sources name no content.
#[derive(Debug, thiserror::Error)]
#[error("cannot {during}: {kind}")]
pub struct StoreError {
    kind: StoreErrorKind,
    outcome: Outcome,
    during: &'static str,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// Makes an error of something that stored nothing. `during` completes the sentence "cannot …".
    pub fn new(kind: StoreErrorKind, during: &'static str) -> Self {
        Self {
            kind,
            outcome: Outcome::NotStored,
            during,
            source: None,
        }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says that nobody knows whether it was stored.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        self.outcome = Outcome::Unknown;
        self
    }

    /// Returns the cause.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Returns whether what was to be stored is known not to be. Errors of reading always say so.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns whether the database itself is damaged, so that nobody should go on with it.
    pub fn is_corruption(&self) -> bool {
        self.kind == StoreErrorKind::Corrupt
    }
}
