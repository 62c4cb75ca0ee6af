//! Calls: what they may ask for, and how they are waited for.
//!
//! Here is what callers use. `plan` looks at what a call asks for and inherits; then it is sent
//! (`waiting`), or served by this very process (`local`); `stream` reads results item by item.

mod local;
mod plan;
mod stream;
mod waiting;

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cmdbus_proto::extension::Progress;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub(crate) use self::local::call_typed;
use self::plan::{Control, Plan, Waits};
pub use self::stream::CallStream;
use self::waiting::{Begun, begin, finish_encoded};
pub(crate) use self::waiting::{Waiting, Watcher, call_encoded};
use crate::command::{Command, StreamCommand};
use crate::context::CallContext;
use crate::error::CommandError;
use crate::message::{MessageId, MessageMeta, Payload};
use crate::registry::CommandRegistry;

/// Items a callee may send ahead, unless the caller says otherwise.
const DEFAULT_CREDIT: u32 = 32;
/// Beginning of the keys of an envelope that are the bus's own.
const OWN_KEYS: &str = "cmdbus-";
/// A time limit beyond what a clock can tell.
const FOR_EVER: Duration = Duration::from_secs(1 << 32);

type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;
type OnTrace = Arc<dyn Fn(Vec<Value>) + Send + Sync>;

/// What a call may be given besides its request.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// The `_meta` envelope to send, for example a trace context. Keys that begin with `cmdbus-` belong
    /// to the bus and are left out.
    pub meta: Option<MessageMeta>,
    /// How long to wait, at most 24 h. `None`: as long as
    /// [`Config::request_ttl`](crate::Config::request_ttl) of every registry on the way allows.
    pub timeout: Option<Duration>,
    deadline: Option<Instant>,
    on_progress: Option<OnProgress>,
    on_trace: Option<OnTrace>,
    detached: bool,
    hops: u64,
}

impl CallOptions {
    /// Sets the `_meta` envelope.
    #[must_use]
    pub fn meta(mut self, meta: MessageMeta) -> Self {
        self.meta = Some(meta);
        self
    }

    /// Sets how long to wait. The time goes with the call: no registry on the way, and no handler,
    /// spends more on it.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl CallOptions {
    /// Says how many hops the request has behind it, if it came in by no channel.
    #[cfg(feature = "http")]
    pub(crate) fn hops(mut self, hops: u64) -> Self {
        self.hops = hops;
        self
    }

    /// Returns whether a call made now asks for nothing but its result, and inherits nothing.
    pub(crate) fn is_plain(&self) -> bool {
        self.meta.is_none()
            && self.timeout.is_none()
            && self.deadline.is_none()
            && self.on_progress.is_none()
            && self.on_trace.is_none()
            && self.hops == 0
            && (self.detached || !CallContext::has_parent())
    }
}

impl std::fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallOptions")
            .field("meta", &self.meta)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// What can be called: a [`Command`] type; for a command known by its id only, [`Value`], or [`Payload`] for callers who do
/// not look into what they carry.
pub trait Callable: sealed::Sealed {
    /// What it takes.
    type Request: Send;
    /// What it returns.
    type Response: Send + 'static;

    #[doc(hidden)]
    fn encode(request: &Self::Request) -> Result<Option<Payload>, CommandError>;

    #[doc(hidden)]
    fn decode(result: Option<Payload>) -> Result<Self::Response, CommandError>;
}

mod sealed {
    pub trait Sealed {}
    impl<C: crate::command::Command> Sealed for C {}
    impl Sealed for serde_json::Value {}
    impl Sealed for cmdbus_proto::Payload {}
}

impl<C: Command> Callable for C
where
    C::Request: Serialize,
    C::Response: DeserializeOwned,
{
    type Request = C::Request;
    type Response = C::Response;

    fn encode(request: &C::Request) -> Result<Option<Payload>, CommandError> {
        Ok(Payload::encode(request)?)
    }

    fn decode(result: Option<Payload>) -> Result<C::Response, CommandError> {
        match result {
            Some(result) => Ok(result.decode()?),
            None => Ok(C::Response::deserialize(Value::Null)?),
        }
    }
}

impl Callable for Value {
    type Request = Self;
    type Response = Self;

    fn encode(request: &Self) -> Result<Option<Payload>, CommandError> {
        Ok(Payload::from(request.clone()).non_null())
    }

    fn decode(result: Option<Payload>) -> Result<Self, CommandError> {
        result.map_or(Ok(Self::Null), |result| Ok(result.into_value()?))
    }
}

impl Callable for Payload {
    type Request = Option<Self>;
    type Response = Option<Self>;

    fn encode(request: &Option<Self>) -> Result<Option<Payload>, CommandError> {
        Ok(request.clone().and_then(Self::non_null))
    }

    fn decode(result: Option<Payload>) -> Result<Option<Self>, CommandError> {
        Ok(result)
    }
}

/// A call that has not begun yet, made by [`CommandRegistry::call`] or [`CommandRegistry::call_dyn`].
///
/// It begins when it is awaited, or with [`handle`](Self::handle), or when the stream made by
/// [`stream`](Self::stream) is first polled. A call that a handler makes inherits what its own caller
/// still gives it of time, the trace context, and the end of waiting, unless it is
/// [`detached`](Self::detached).
///
/// # Errors
/// Awaited, it fails as [`CommandRegistry::execute`] does; also with [`CommandError::Internal`] if
/// [`CallHandle::cancel`] ended it.
///
/// # Cancel safety
/// Dropping the call, once it has begun, cancels it: the handler is dropped, wherever it runs, as far as
/// everybody on the way can pass that on.
#[must_use = "a call begins when it is awaited"]
pub struct Call<C: Callable> {
    registry: CommandRegistry,
    command_id: String,
    request: C::Request,
    options: CallOptions,
}

impl<C: Callable> Call<C> {
    pub(crate) fn new(registry: CommandRegistry, command_id: String, request: C::Request) -> Self {
        Self {
            registry,
            command_id,
            request,
            options: CallOptions::default(),
        }
    }

    /// Sets how long to wait, at most 24 h. The time goes with the call: no registry on the way, and no
    /// handler, spends more on it. Without it every registry applies its own
    /// [`request_ttl`](crate::Config::request_ttl), and a handler of this process has no limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Sets until when to wait, whenever the call begins; otherwise as [`timeout`](Self::timeout). Of the
    /// two the earlier one counts.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Asks for reports of progress. The closure is called on whichever thread a report arrives, at
    /// most 20 times in a second for a handler elsewhere, and should be quick.
    pub fn on_progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options.on_progress = Some(Arc::new(tell));
        self
    }

    /// Asks where the time goes. The closure is called when the call is over with one entry, which has
    /// `kind`, `command`, `us` (microseconds) and `hops`; hops have `kind` (`hop` or `handler`), `us`,
    /// maybe `at` (a name), and a handler the `calls` that it made, of the same form. Of a call that is
    /// dropped nothing is told.
    pub fn on_trace(mut self, tell: impl Fn(Vec<Value>) + Send + Sync + 'static) -> Self {
        self.options.on_trace = Some(Arc::new(tell));
        self
    }

    /// Sets one key of the `_meta` envelope; `traceparent`, `tracestate` and `baggage` are texts.
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let meta = self.options.meta.get_or_insert_default();
        let (key, value) = (key.into(), value.into());
        let own = match &*key {
            "traceparent" => Some(&mut meta.traceparent),
            "tracestate" => Some(&mut meta.tracestate),
            "baggage" => Some(&mut meta.baggage),
            _ => None,
        };
        match (own, value) {
            (Some(own), Value::String(text)) => *own = Some(text),
            (_, value) => drop(meta.extra.insert(key, value)),
        }
        self
    }

    /// Sets the whole options, as [`execute_with`](CommandRegistry::execute_with) takes them. What has
    /// been set before is lost.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// Inherits nothing from the call that is being served.
    pub fn detached(mut self) -> Self {
        self.options.detached = true;
        self
    }

    /// Begins the call, and returns the means to end it apart from the future that waits for it.
    pub fn handle(
        self,
    ) -> (
        CallHandle,
        BoxFuture<'static, Result<C::Response, CommandError>>,
    ) {
        let Self {
            registry,
            command_id,
            request,
            options,
        } = self;
        let mut plan = Plan::of(options, &registry, Waits::Anywhere);
        let begun = C::encode(&request)
            .and_then(|request| begin(&registry, &command_id, request, &mut plan, None));
        let handle = CallHandle {
            id: match &begun {
                Ok(Begun::Sent(waiting)) => waiting.message,
                _ => Uuid::new_v4(),
            },
            control: Arc::default(),
        };
        let control = handle.control.clone();
        let future = async move {
            let result = finish_encoded(&registry, &command_id, begun?, plan, Some(&control)).await;
            C::decode(result.map_err(|error| CommandError::from_wire(error, &command_id))?)
        };
        (handle, Box::pin(future))
    }
}

impl<C: Callable> std::fmt::Debug for Call<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("command_id", &self.command_id)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl<C: Callable + 'static> IntoFuture for Call<C> {
    type Output = Result<C::Response, CommandError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = C::encode(&self.request)?;
            // Not held over the wait: it may be large, and need not be shareable.
            let Self {
                registry,
                command_id,
                options,
                ..
            } = self;
            let result = call_encoded(&registry, &command_id, request, options).await?;
            C::decode(result)
        })
    }
}

impl<C: StreamCommand> Call<C>
where
    C::Request: Serialize,
    C::Item: DeserializeOwned,
{
    /// Asks for the result item by item. If somebody on the way cannot do that, all items come together
    /// at the end.
    pub fn stream(self) -> CallStream<C::Item, Value> {
        let request = <C as Callable>::encode(&self.request);
        CallStream::new(self.registry, self.command_id, request, self.options, true)
    }
}

impl Call<Payload> {
    /// As the stream of a `Call<Value>`.
    pub fn stream(self) -> CallStream<Payload, Option<Payload>> {
        let request = <Payload as Callable>::encode(&self.request);
        CallStream::new(self.registry, self.command_id, request, self.options, false)
    }
}

impl Call<Value> {
    /// Asks for the result item by item. A command that does not stream has no items, and its result
    /// ends the stream. If somebody on the way cannot pass items on, the result is all of them:
    /// `{"items": […]}`.
    pub fn stream(self) -> CallStream<Value, Value> {
        let request = <Value as Callable>::encode(&self.request);
        CallStream::new(self.registry, self.command_id, request, self.options, false)
    }
}

/// A handle to a call that has begun.
#[derive(Debug, Clone)]
pub struct CallHandle {
    id: MessageId,
    control: Arc<Control>,
}

impl CallHandle {
    /// Returns the id of the call: on the wire, if it went there, and for logs.
    pub fn id(&self) -> MessageId {
        self.id
    }

    /// Ends the call: its future returns [`CommandError::Internal`], the handler is told. Does nothing if
    /// it is over.
    pub fn cancel(&self) {
        if self.control.cancelled.set(()).is_ok() {
            self.control.waker.wake();
        }
    }
}
