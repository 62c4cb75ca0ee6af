//! What carries raw MCP requests to one server, whatever lies between.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::rpc::{Era, Raw, RpcError, codes};

/// How long a request may take (attach §4.8). The clock starts when the request is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest time without progress. `None`: only `total` counts.
    pub idle: Option<Duration>,
    /// Longest time in all. `None`: no end, as for `subscriptions/listen`.
    pub total: Option<Duration>,
}

impl Limits {
    /// 60 s without progress, 10 min in all.
    pub const CALL: Self = Self {
        idle: Some(Duration::from_secs(60)),
        total: Some(Duration::from_secs(600)),
    };
    /// 30 s, for handshakes and lists.
    pub const SHORT: Self = Self {
        idle: None,
        total: Some(Duration::from_secs(30)),
    };
    /// No end.
    pub const NONE: Self = Self {
        idle: None,
        total: None,
    };

    /// Returns the limits of a method unless somebody asks for others.
    #[must_use]
    pub fn of_method(method: &str) -> Self {
        match method {
            "subscriptions/listen" => Self::NONE,
            "ping" => Self {
                idle: None,
                total: Some(Duration::from_secs(5)),
            },
            "initialize" | "server/discover" => Self::SHORT,
            method if method.ends_with("/list") => Self::SHORT,
            _ => Self::CALL,
        }
    }
}

/// One request on its way to a server.
#[derive(Debug, Clone)]
pub struct Call {
    /// The MCP method.
    pub method: String,
    /// Its parameters, verbatim.
    pub params: Option<Raw>,
    /// How the caller speaks.
    pub era: Era,
    /// Headers that are allowed to travel (attach §4.12), names in lower case.
    pub headers: Vec<(String, String)>,
    /// How long it may take.
    pub limits: Limits,
}

impl Call {
    /// Returns a call with the limits of its method and no headers.
    pub fn new(era: Era, method: impl Into<String>, params: Option<Raw>) -> Self {
        let method = method.into();
        Self {
            limits: Limits::of_method(&method),
            method,
            params,
            era,
            headers: Vec::new(),
        }
    }
}

/// What a server says of its own accord.
#[derive(Debug)]
pub enum FromServer {
    /// Told.
    Notification {
        /// The MCP method.
        method: String,
        /// Its parameters, verbatim.
        params: Option<Raw>,
    },
    /// Asked: sampling, elicitation, roots, ping.
    Request {
        /// The MCP method.
        method: String,
        /// Its parameters, verbatim.
        params: Option<Raw>,
        /// Where the answer goes.
        answer: Answer,
    },
}

/// Takes the answer to a request of the server. Dropped without one, it answers that no stream could carry the request (−33010).
#[derive(Debug)]
pub struct Answer(Option<oneshot::Sender<Result<Raw, RpcError>>>);

impl Answer {
    /// Returns where to answer, and what the server waits for.
    #[must_use]
    pub fn pair() -> (Self, oneshot::Receiver<Result<Raw, RpcError>>) {
        let (tell, wait) = oneshot::channel();
        (Self(Some(tell)), wait)
    }

    /// Answers. Nobody may be waiting any more.
    pub fn give(mut self, outcome: Result<Raw, RpcError>) {
        if let Some(tell) = self.0.take() {
            let _ = tell.send(outcome);
        }
    }

    /// Waits until the server has given up waiting: it cancelled, or is gone. Cancel safe.
    pub async fn given_up(&mut self) {
        match &mut self.0 {
            Some(tell) => tell.closed().await,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            let _ = tell.send(Err(RpcError::new(
                codes::NO_STREAM,
                "no stream of the client can carry the request",
            )));
        }
    }
}

/// Hears what the server says about one call, or in one session. Must neither block nor wait.
pub type Hears = Arc<dyn Fn(FromServer) + Send + Sync>;

/// Returns an ear that refuses requests, as a client without capabilities does, and ignores the rest.
#[must_use]
pub fn deaf() -> Hears {
    Arc::new(|message| {
        if let FromServer::Request { method, answer, .. } = message {
            answer.give(Err(refusal(&method)));
        }
    })
}

/// Returns the answer of a client that has not declared what a request needs.
#[must_use]
pub fn refusal(method: &str) -> RpcError {
    RpcError::new(
        codes::METHOD_NOT_FOUND,
        format!("this client does not answer `{method}`"),
    )
}

/// Carries requests to one server, in one session of it where it has sessions.
pub trait Carrier: Send + Sync + 'static {
    /// Sends a request and returns its answer. `hears` gets what the server says about it until then, in order, before the answer.
    ///
    /// The limits of the call are kept by the carrier. Dropping the future cancels the request: the server is told, where its era has
    /// words for it.
    ///
    /// A progress token in `params` must be unique among the calls in progress on this carrier.
    ///
    /// # Errors
    /// What the server answered, or one of cmdbus's own [codes]: lost (−33002), too late (−33003), not running (−33004),
    /// overloaded (−33005), too large (−33006), no answer (−33009).
    fn call(&self, call: Call, hears: Hears) -> BoxFuture<'static, Result<Raw, RpcError>>;

    /// Tells the server something. Notifications of one carrier stay in order with each other and with its calls.
    fn notify(&self, method: &str, params: Option<Raw>, headers: &[(String, String)]);
}
