//! Exit codes, and errors that know theirs.

use std::fmt::Display;

use cmdbus::CommandError;
use cmdbus::bus::ConnectError;

/// The command failed, or something else did.
pub(crate) const FAILURE: u8 = 1;
/// The command line or the configuration is wrong.
pub(crate) const USAGE: u8 = 2;
/// There is no bus, or it went away.
pub(crate) const NO_BUS: u8 = 3;
/// No answer in time.
pub(crate) const TIMEOUT: u8 = 4;
/// Nobody provides the command.
pub(crate) const NOT_FOUND: u8 = 5;
/// Nobody reads the items of a stream any more; what the shell says of a program that gets SIGPIPE.
pub(crate) const CUT_OFF: u8 = 141;
/// Somebody else is about to become the daemon, or hangs.
pub(crate) const TEMPORARY: u8 = 75;
/// A broker cannot tell which account and token are meant.
pub(crate) const CONFIG: u8 = 78;

/// What a verb fails with: a message for the person, and the exit code for the script.
#[derive(Debug)]
pub(crate) struct Error {
    code: u8,
    message: String,
}

impl Error {
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Self::new(FAILURE, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(USAGE, message)
    }

    /// An operation on a path failed.
    pub(crate) fn io(what: &str, path: &std::path::Path, error: impl Display) -> Self {
        Self::failure(format!("cannot {what} `{}`: {error}", path.display()))
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn print(&self) {
        // Not `eprintln!`: whoever started us may have closed our stderr, which is no reason to panic.
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "error: {}", self.message);
    }
}

impl From<ConnectError> for Error {
    fn from(error: ConnectError) -> Self {
        let code = match &error {
            ConnectError::Usage(_) => USAGE,
            _ => NO_BUS,
        };
        Self::new(code, error.to_string())
    }
}

/// For calls to the daemon itself; calls of a person's commands know more, see `commands/call.rs`.
impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        let code = match &error {
            CommandError::Timeout => TIMEOUT,
            CommandError::ChannelDisconnected => NO_BUS,
            _ => FAILURE,
        };
        let message = match &error {
            CommandError::ChannelDisconnected => {
                "the bus closed the connection; its log says why, see `cmdbus doctor`".to_owned()
            }
            CommandError::Timeout => "the bus does not answer; see `cmdbus doctor`".to_owned(),
            _ => error.to_string(),
        };
        Self::new(code, message)
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;
