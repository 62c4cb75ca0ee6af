//! Why a client has stopped.

/// Why a client attaches no longer. Everything else is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The token is missing, unknown or has ended.
    #[error(
        "the gateway does not take the token: make one there with `cmdbus token create --name NAME`"
    )]
    Unauthorized,
    /// The token may not do this.
    #[error(
        "not allowed ({0}): use a token that may attach as this id, `cmdbus token create --may attach:ID`"
    )]
    Forbidden(String),
    /// The gateway refused every attach id.
    #[error("the gateway refuses to attach as `{attach_id}`: {message}")]
    Refused {
        /// The id that was refused last.
        attach_id: String,
        /// `id_in_use`, `too_many_ids`, `forbidden`, `bad_target`.
        code: String,
        /// Why, for people.
        message: String,
    },
    /// Another client of the same principal has the id now.
    #[error(
        "another client has attached as `{0}`: give one of them another id with `--id`, or stop it"
    )]
    TakenOver(String),
    /// A newer connection took up this very attachment.
    #[error("a newer connection has taken up this attachment")]
    Replaced,
    /// An operator has detached it.
    #[error("detached by the gateway ({0}): attach again when its operator agrees")]
    Detached(String),
    /// The gateway has ended it.
    #[error("the gateway has ended the attachment ({0})")]
    Closed(String),
    /// No common version.
    #[error(
        "the gateway speaks no version of the protocol that we do ({0}): upgrade the older side"
    )]
    Version(String),
    /// One side has broken the rules of the handshake.
    #[error(
        "the gateway and this client do not understand each other ({0}): upgrade the older side"
    )]
    Protocol(String),
    /// The address answers, but not as a gateway.
    #[error("there is no gateway at this address (it answers with status {0}): check the URL")]
    NoGateway(u16),
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// Nothing to attach as.
    #[error("no attach id is configured")]
    NoId,
}
