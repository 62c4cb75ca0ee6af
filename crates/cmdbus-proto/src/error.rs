//! The closed sets of codes on the wire, and what library calls fail with.

use serde::{Deserialize, Serialize};

use crate::message::ExecuteError;

/// Why a call did not succeed, as it travels in `execute.command.response` (protocol: error codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecuteErrorCode {
    /// Nobody who could be reached provides the command.
    NotFound,
    /// The request does not fit the command.
    InvalidRequest,
    /// The handler failed, or the bus could not carry the message.
    InternalError,
    /// No reply within the time limit.
    Timeout,
    /// The connection that would have carried the reply ended.
    ChannelDisconnected,
}

impl ExecuteErrorCode {
    /// Returns the spelling on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::InvalidRequest => "invalid_request",
            Self::InternalError => "internal_error",
            Self::Timeout => "timeout",
            Self::ChannelDisconnected => "channel_disconnected",
        }
    }

    /// Reads a wire spelling; `None` for a code of some other protocol version.
    pub fn from_wire(text: &str) -> Option<Self> {
        Some(match text {
            "not_found" => Self::NotFound,
            "invalid_request" => Self::InvalidRequest,
            "internal_error" => Self::InternalError,
            "timeout" => Self::Timeout,
            "channel_disconnected" => Self::ChannelDisconnected,
            _ => return None,
        })
    }
}

/// Why a registration was refused, as it travels in `register.command.response`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterErrorCode {
    /// Somebody else provides the id already, or the id may not be registered at all.
    DuplicateCommand,
}

/// What a call, a registration or a handler fails with.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The caller asked for something no registry could do, such as an empty command id.
    #[error("invalid message: {0}")]
    InvalidMessage(String),
    /// The id is taken.
    #[error("duplicate command registration: {0}")]
    DuplicateCommand(String),
    /// Nobody provides the id. The text is the id, or whatever a remote handler put there.
    #[error("command not found: {0}")]
    NotFound(String),
    /// The request does not fit the command's request type.
    #[error("invalid request for command {command_id}: {message}")]
    InvalidRequest {
        /// The command that was called.
        command_id: String,
        /// What is wrong with the request, with the path of the offending field where it is known.
        message: String,
    },
    /// The handler failed, or the bus could not carry the call.
    #[error("internal error executing command {command_id}: {message}")]
    Internal {
        /// The command that was called.
        command_id: String,
        /// What went wrong.
        message: String,
    },
    /// No reply within the time limit. The handler may still be running.
    #[error("request timed out")]
    Timeout,
    /// The connection the reply would have come over has ended, or does not exist yet.
    #[error("channel disconnected")]
    ChannelDisconnected,
    /// The caller's request did not encode, or the result did not decode into the caller's type.
    #[error("serialization error: {0}")]
    Serde(#[from] serde_json::Error),
}

const NOT_FOUND_PREFIX: &str = "command not found: ";

impl CommandError {
    /// Returns the error as it is answered on the wire when a handler of `command_id` returned it.
    pub fn to_wire(&self, command_id: &str) -> ExecuteError {
        let (code, message) = match self {
            Self::InvalidRequest { message, .. } => {
                (ExecuteErrorCode::InvalidRequest, message.clone())
            }
            Self::Internal { message, .. } => (ExecuteErrorCode::InternalError, message.clone()),
            Self::Timeout => (ExecuteErrorCode::Timeout, self.to_string()),
            Self::ChannelDisconnected => (ExecuteErrorCode::ChannelDisconnected, self.to_string()),
            Self::NotFound(_) => (ExecuteErrorCode::NotFound, self.to_string()),
            Self::InvalidMessage(_) | Self::DuplicateCommand(_) | Self::Serde(_) => (
                ExecuteErrorCode::InternalError,
                format!("{self} [command {command_id}]"),
            ),
        };
        ExecuteError { code, message }
    }

    /// Returns what the caller of `command_id` sees for an error that came over the wire.
    ///
    /// One leading `command not found: ` is taken off, so that the text does not grow with every hop.
    pub fn from_wire(error: ExecuteError, command_id: &str) -> Self {
        let ExecuteError { code, message } = error;
        match code {
            ExecuteErrorCode::NotFound => Self::NotFound(
                message
                    .strip_prefix(NOT_FOUND_PREFIX)
                    .map(str::to_owned)
                    .unwrap_or(message),
            ),
            ExecuteErrorCode::InvalidRequest => Self::InvalidRequest {
                command_id: command_id.to_owned(),
                message,
            },
            ExecuteErrorCode::InternalError => Self::Internal {
                command_id: command_id.to_owned(),
                message,
            },
            ExecuteErrorCode::Timeout => Self::Timeout,
            ExecuteErrorCode::ChannelDisconnected => Self::ChannelDisconnected,
        }
    }
}

/// Why a channel did not take a message or did not start.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The channel has been closed, by this side or by the peer. Nothing more goes through.
    #[error("channel already closed")]
    Closed,
    /// The transport failed. Nothing more goes through.
    #[error("channel send failed: {0}")]
    Send(String),
    /// This one message was refused, for example because it is too large or the queue is full; or
    /// the channel could not be started. After a refused message the channel goes on.
    #[error("channel error: {0}")]
    Other(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ExecuteErrorCode; 5] = [
        ExecuteErrorCode::NotFound,
        ExecuteErrorCode::InvalidRequest,
        ExecuteErrorCode::InternalError,
        ExecuteErrorCode::Timeout,
        ExecuteErrorCode::ChannelDisconnected,
    ];

    #[test]
    fn a_code_is_spelled_the_same_by_serde_and_by_as_str() {
        for code in ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert_eq!(ExecuteErrorCode::from_wire(code.as_str()), Some(code));
        }
        assert_eq!(ExecuteErrorCode::from_wire("NOT_FOUND"), None);
    }

    #[test]
    fn w17_not_found_reads_the_same_after_any_number_of_hops() {
        let mut error = CommandError::NotFound("notes.append".into());
        for _ in 0..4 {
            error = CommandError::from_wire(error.to_wire("outer"), "outer");
        }
        assert_eq!(error.to_string(), "command not found: notes.append");
    }

    #[test]
    fn every_error_of_a_handler_has_its_place_on_the_wire() {
        let id = "a.b";
        let cases = [
            (
                CommandError::InvalidMessage("x".into()),
                "internal_error",
                "invalid message: x [command a.b]",
            ),
            (
                CommandError::DuplicateCommand("x".into()),
                "internal_error",
                "duplicate command registration: x [command a.b]",
            ),
            (
                CommandError::NotFound("x".into()),
                "not_found",
                "command not found: x",
            ),
            (
                CommandError::InvalidRequest {
                    command_id: "other".into(),
                    message: "x".into(),
                },
                "invalid_request",
                "x",
            ),
            (
                CommandError::Internal {
                    command_id: "other".into(),
                    message: "x".into(),
                },
                "internal_error",
                "x",
            ),
            (CommandError::Timeout, "timeout", "request timed out"),
            (
                CommandError::ChannelDisconnected,
                "channel_disconnected",
                "channel disconnected",
            ),
        ];
        for (error, code, message) in cases {
            let wire = error.to_wire(id);
            assert_eq!((wire.code.as_str(), wire.message.as_str()), (code, message));
        }
    }
}
