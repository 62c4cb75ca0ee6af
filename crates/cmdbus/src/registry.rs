//! [`CommandRegistry`]: a lock around the rules, and the hands that carry out what they decide.

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

pub use cmdbus_proto::extension::Features;
use cmdbus_proto::node::{
    Execution, Node, NodeConfig, NodeLimits, Outcome, RegisterFailure, Registration,
};
pub use cmdbus_proto::node::{Load, Span, SpanKind, Stats};
use futures_channel::oneshot;
use futures_util::future::{BoxFuture, join_all};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::call::{Call, CallOptions, Waiting, call_encoded, call_typed};
use crate::channel::CommandChannel;
use crate::command::Command;
use crate::context::Scope;
use crate::directory::DirectoryChanges;
use crate::driver::{SessionGuard, drive};
use crate::error::{ChannelError, CommandError};
use crate::event::{Delivery, Event};
use crate::handlers::{Handler, flatten_typed};
use crate::inner::{Inner, OnSpan, Spawner};
use crate::listeners::{Listener, ListenerId};
use crate::message::{CommandDef, Payload};

/// How a registry behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// Name of the registry. `None` (default): a random UUID.
    pub id: Option<String>,
    /// Id of the channel that leads towards the root of the tree. `None` (default): this is the root.
    pub router_channel: Option<String>,
    /// How long replies are waited for. Default 30 s; zero = no limit.
    pub request_ttl: Duration,
    /// How long ids of events are remembered, to deliver each event once. Default 5 s; zero = no time limit.
    pub event_ttl: Duration,
    /// How many handlers run at once for one channel; further requests wait. Default 256; 0 = no cap.
    pub max_in_flight_per_channel: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            id: None,
            router_channel: None,
            request_ttl: Duration::from_secs(30),
            event_ttl: Duration::from_secs(5),
            max_in_flight_per_channel: 256,
        }
    }
}

/// Bounds and switches beyond [`Config`], each with a default that suits one user on one machine.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    limits: NodeLimits,
    features: Features,
    spawner: Option<Spawner>,
    on_span: Option<OnSpan>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: NodeLimits::default(),
            features: Features::ALL,
            spawner: None,
            on_span: None,
        }
    }
}

impl Options {
    /// Sets how many calls and registrations may be open on behalf of one peer. Default 65 536; beyond
    /// it a call is answered `internal_error`, `overloaded`.
    #[must_use]
    pub fn open_calls_per_channel(mut self, count: usize) -> Self {
        self.limits.open_per_session = count;
        self
    }

    /// Sets how many ids one peer may advertise. Default 200 000; the surplus is ignored.
    #[must_use]
    pub fn advertised_per_channel(mut self, count: usize) -> Self {
        self.limits.advertised_per_session = count;
        self
    }

    /// Sets how many requests of one peer, and how many bytes of them, may wait for a free handler.
    /// Default 65 536 and 64 MiB; beyond either a request is answered `internal_error`, `overloaded`.
    #[must_use]
    pub fn parked_requests(mut self, count: usize, bytes: usize) -> Self {
        self.limits.parked = count;
        self.limits.parked_bytes = bytes;
        self
    }

    /// Sets how many ids of events are remembered at most. Default 262 144, the oldest are forgotten first.
    #[must_use]
    pub fn remembered_events(mut self, count: usize) -> Self {
        self.limits.seen_events = count;
        self
    }

    /// Sets whether peers may call private commands (ids that begin with `_`) if they know the id.
    /// Default true.
    #[must_use]
    pub fn serve_private(mut self, serve: bool) -> Self {
        self.limits.serve_private = serve;
        self
    }

    /// Sets how long a handler may work on the call of a peer before it is dropped and the call
    /// answered `timeout`. Default no limit.
    #[must_use]
    pub fn handler_time_limit(mut self, limit: Duration) -> Self {
        self.limits.handler_time_limit = Some(limit);
        self
    }

    /// Sets the most time that a caller may ask for; more is read as this. Default 24 h.
    #[must_use]
    pub fn max_deadline(mut self, limit: Duration) -> Self {
        self.limits.max_deadline = limit;
        self
    }

    /// Sets how long a [graceful](crate::Command::graceful) handler may go on when nobody waits for it
    /// any more. Default 5 s.
    #[must_use]
    pub fn cancel_grace(mut self, grace: Duration) -> Self {
        self.limits.cancel_grace = grace;
        self
    }

    /// Sets how many calls of one peer may be answered item by item at a time. Default 1024; beyond it a
    /// call is answered `internal_error`, `overloaded`.
    #[must_use]
    pub fn streams_per_channel(mut self, count: usize) -> Self {
        self.limits.streams_per_session = count;
        self
    }

    /// Sets what is announced to peers: cancellation, progress and streamed results. Default all; without
    /// one of them, calls to and from this registry do without it.
    #[must_use]
    pub fn features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// Sets who hears of calls made, passed on and served here that carry a `traceparent`, when each is
    /// over. The closure is called on whichever thread that happens and should be quick.
    #[must_use]
    pub fn on_span(mut self, tell: impl Fn(Span) + Send + Sync + 'static) -> Self {
        self.on_span = Some(Arc::new(tell));
        self
    }

    /// Sets where handlers for peers run. By default they run inside the driver of their channel,
    /// where one that computes for long delays that channel; with `tokio::spawn` here they run in
    /// parallel:
    ///
    /// ```
    /// # fn spawn(future: futures_util::future::BoxFuture<'static, ()>) {}
    /// let options = cmdbus::registry::Options::default().spawn_handlers(|future| {
    ///     spawn(future); // for example `tokio::spawn`
    /// });
    /// ```
    #[must_use]
    pub fn spawn_handlers(
        mut self,
        spawn: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static,
    ) -> Self {
        self.spawner = Some(Arc::new(spawn));
        self
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// One node of the bus: local commands, event listeners, and channels to other registries.
///
/// Cheap to clone; all clones share their state. Works on any executor; its timers need none.
///
/// ```
/// use cmdbus::prelude::*;
///
/// #[command("text.upper")]
/// async fn upper(text: String) -> Result<String, CommandError> {
///     Ok(text.to_uppercase())
/// }
///
/// # futures_executor::block_on(async {
/// let registry = CommandRegistry::new(Config::default());
/// register_upper(&registry).await?;
/// assert_eq!(registry.execute::<UpperCommand>("hello".into()).await?, "HELLO");
/// # Ok::<(), CommandError>(())
/// # }).unwrap();
/// ```
///
/// Its state lives as long as a handle or a driver does. A handler that captures a clone of its own
/// registry keeps it alive; give it a [`WeakRegistry`] instead. Listeners may capture what they like:
/// the closures that remove them hold weak references.
#[derive(Clone)]
pub struct CommandRegistry {
    pub(crate) inner: Arc<Inner>,
}

/// A handle that does not keep the registry alive.
#[derive(Clone)]
pub struct WeakRegistry {
    inner: Weak<Inner>,
}

impl WeakRegistry {
    /// Returns the registry, if it still exists.
    pub fn upgrade(&self) -> Option<CommandRegistry> {
        self.inner.upgrade().map(|inner| CommandRegistry { inner })
    }
}

impl std::fmt::Debug for WeakRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WeakRegistry").finish_non_exhaustive()
    }
}

/// Removes a listener. It is boxed because an `impl FnOnce` would borrow the registry and the id that
/// was given, and where an argument is an `impl Trait` nothing else can be said.
pub type Unsubscribe = Box<dyn FnOnce() + Send + Sync>;

impl CommandRegistry {
    /// Makes a registry without channels.
    pub fn new(cfg: Config) -> Self {
        Self::with_options(cfg, Options::default())
    }

    /// Makes a registry without channels, with bounds of your choice.
    pub fn with_options(cfg: Config, options: Options) -> Self {
        let limit = |ttl: Duration| (!ttl.is_zero()).then_some(ttl);
        let node = Node::new(
            NodeConfig {
                name: cfg.id.clone(),
                features: options.features,
                spans: options.on_span.is_some(),
                router_channel: cfg.router_channel,
                request_ttl: limit(cfg.request_ttl),
                event_ttl: limit(cfg.event_ttl),
                max_in_flight: cfg.max_in_flight_per_channel,
                limits: options.limits,
            },
            Uuid::new_v4,
        );
        let inner = Inner::new(
            cfg.id.unwrap_or_else(|| Uuid::new_v4().to_string()),
            node,
            &options.limits,
            options.spawner,
            options.on_span,
        );
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Returns the configured or generated id. It is not on the wire, but for a configured one in the trace of
    /// a call whose caller asks for it.
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// Returns the ids of the connected channels, sorted.
    pub fn list_channels(&self) -> Vec<String> {
        self.inner.lock().node.channels()
    }

    /// Returns the commands this registry knows, sorted by id: its own and what its neighbours told it.
    /// Private ones are left out. Commands further away may be callable without being listed; the
    /// daemon lists the whole bus, see `cmdbus::bus::list`.
    pub fn list_commands(&self) -> Vec<CommandDef> {
        self.inner.lock().node.commands().cloned().collect()
    }

    /// Returns at most `limit` commands whose id matches `pattern` (see [`on_pattern`](Self::on_pattern))
    /// and comes after `after`, and whether there are more.
    pub fn list_commands_page(
        &self,
        pattern: &str,
        after: Option<&str>,
        limit: usize,
    ) -> (Vec<CommandDef>, bool) {
        let state = self.inner.lock();
        let mut matching = state
            .node
            .commands_after(after)
            .filter(|command| cmdbus_proto::pattern::matches(pattern, &command.id));
        let page = matching.by_ref().take(limit).cloned().collect();
        (page, matching.next().is_some())
    }

    /// As [`list_commands_page`](Self::list_commands_page), for commands of this very process.
    #[cfg(feature = "http")]
    pub(crate) fn local_commands_page(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> (Vec<CommandDef>, bool) {
        let state = self.inner.lock();
        let mut local = state
            .node
            .commands_after(after)
            .filter(|command| state.node.local(&command.id).is_some());
        let page = local.by_ref().take(limit).cloned().collect();
        (page, local.next().is_some())
    }

    /// Returns the definition of a command that can be called and is not private, with the ids of the
    /// channels that provide it, the active one first; none for a local command.
    pub fn describe_command(&self, command_id: &str) -> Option<(CommandDef, Vec<String>)> {
        let state = self.inner.lock();
        state
            .node
            .describe(command_id)
            .map(|(definition, providers)| {
                (
                    definition.clone(),
                    providers.into_iter().map(str::to_owned).collect(),
                )
            })
    }

    /// Returns a number that has grown whenever what [`list_commands`](Self::list_commands) returns has changed. It may grow
    /// without a change.
    pub fn directory_version(&self) -> u64 {
        self.inner.lock().node.directory_version()
    }

    /// Watches for changes of what [`list_commands`](Self::list_commands) returns.
    pub fn directory_changes(&self) -> DirectoryChanges {
        DirectoryChanges::new(&self.inner)
    }

    /// Returns how much is going on.
    pub fn load(&self) -> Load {
        self.inner.lock().node.load()
    }

    /// Returns what has happened since the registry was made, in numbers.
    pub fn stats(&self) -> Stats {
        self.inner.lock().node.stats()
    }

    /// Registers a command of this process.
    ///
    /// If a router is connected, the root decides, and the command is visible once it has agreed.
    /// Without one the command is there at once, and offered when a router connects; if the id turns out
    /// to be taken then, it becomes a standby there.
    ///
    /// # Errors
    /// [`CommandError::DuplicateCommand`]: the id is taken, here or elsewhere on the bus.
    /// [`CommandError::InvalidMessage`]: the id is empty. [`CommandError::Timeout`] and
    /// [`CommandError::ChannelDisconnected`]: the router did not answer; nothing is registered.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready registers nothing.
    pub async fn register_command<C: Command>(&self, cmd: C) -> Result<(), CommandError> {
        let definition = CommandDef {
            id: cmd.id().to_owned(),
            description: cmd.description().map(str::to_owned),
            schema: cmd.schema(),
        }
        .normalized();
        let id = definition.id.clone();
        let handler = Handler::new(cmd);
        // The last one to go if the registration fails, so that the command is not dropped under the lock.
        let _until_decided = handler.clone();
        let (registration, answer) = self.inner.input(|state, now| {
            let mut answer = None;
            let registration = state.node.register(definition, handler, now, || {
                let (waiter, receiver) = oneshot::channel();
                answer = Some(receiver);
                waiter
            });
            (registration, answer)
        });
        match registration {
            Registration::Done => Ok(()),
            Registration::Failed(error) => Err(error),
            Registration::Sent(message) => {
                let mut waiting = Waiting::new(self, message, answer);
                match poll_fn(|cx| waiting.poll_answer(cx)).await {
                    Some(Outcome::Registration(Ok(()))) => Ok(()),
                    Some(Outcome::Registration(Err(failure))) => Err(match failure {
                        RegisterFailure::Duplicate => CommandError::DuplicateCommand(id),
                        RegisterFailure::Timeout => CommandError::Timeout,
                        RegisterFailure::Disconnected => CommandError::ChannelDisconnected,
                        RegisterFailure::Refused(message) => CommandError::Internal {
                            command_id: id,
                            message,
                        },
                    }),
                    Some(Outcome::Call(..)) | None => Err(CommandError::ChannelDisconnected),
                }
            }
        }
    }

    /// Removes a command of this process and takes it back at the router. Returns whether it was there.
    ///
    /// Handlers that run finish; requests that wait for one are answered `not_found`.
    pub fn unregister_command(&self, id: &str) -> bool {
        let (removed, handler) = self.inner.input(|state, now| {
            let handler = state.node.local(id);
            (state.node.unregister(id, now), handler)
        });
        // Dropped here, after the lock: the command may own anything.
        drop(handler);
        removed
    }

    /// Connects a channel, and returns the driver that carries it.
    ///
    /// Nothing is received until the driver is polled: spawn it. It ends when either side closes the
    /// channel and the handlers that run for it are done. Dropping it ends the session at once.
    ///
    /// # Errors
    /// [`ChannelError::Other`] if a connected channel has the same id; whatever the channel's
    /// `start` or first `send` says. The channel has then been closed.
    ///
    /// # Cancel safety
    /// Dropping the future closes the channel and leaves nothing behind.
    pub async fn register_channel(
        &self,
        channel: Arc<dyn CommandChannel>,
    ) -> Result<impl Future<Output = ()> + Send + 'static + use<>, ChannelError> {
        let guard = SessionGuard::open(&self.inner, channel, false)?;
        guard.start().await?;
        Ok(drive(guard))
    }

    /// As [`register_channel`](Self::register_channel), but first ends the session that uses the same
    /// id, if there is one: for a peer that reconnects while its old link is still half open.
    ///
    /// # Errors
    /// As `register_channel`, but never because of the id.
    ///
    /// # Cancel safety
    /// As `register_channel`; the old session is not brought back.
    pub async fn register_channel_replacing(
        &self,
        channel: Arc<dyn CommandChannel>,
    ) -> Result<impl Future<Output = ()> + Send + 'static + use<>, ChannelError> {
        let guard = SessionGuard::open(&self.inner, channel, true)?;
        guard.start().await?;
        Ok(drive(guard))
    }

    /// As [`register_channel`](Self::register_channel), and returns first a future that is ready when the
    /// session is over: the driver may go on for as long as its last handler.
    #[cfg(all(unix, feature = "unix"))]
    pub(crate) async fn register_link(
        &self,
        channel: Arc<dyn CommandChannel>,
    ) -> Result<(BoxFuture<'static, ()>, BoxFuture<'static, ()>), ChannelError> {
        let guard = SessionGuard::open(&self.inner, channel, false)?;
        guard.start().await?;
        let ended = guard.link.ended();
        Ok((Box::pin(ended), Box::pin(drive(guard))))
    }

    /// Calls the command [`C::ID`](Command::ID).
    ///
    /// A handler in this registry comes first, then the peer that provides the id, then the router. A
    /// local handler of exactly these types gets and returns the values as they are: what encoding
    /// would have changed on the way (skipped or defaulted fields, `NaN`) arrives unchanged. A
    /// local handler has no limit of time but the one that the call is given, or inherits from the call that is
    /// being served.
    ///
    /// # Errors
    /// See [`CommandError`]. [`CommandError::Serde`] if the request does not encode or the result does
    /// not decode, [`CommandError::InvalidMessage`] if `C::ID` is empty, as it is for `DynCommand`.
    ///
    /// # Cancel safety
    /// Dropping the future stops waiting, and drops the handler wherever it runs, as far as everybody on
    /// the way can pass that on.
    pub async fn execute<C: Command>(
        &self,
        request: C::Request,
    ) -> Result<C::Response, CommandError>
    where
        C::Request: Serialize,
        C::Response: DeserializeOwned,
    {
        self.execute_with::<C>(request, CallOptions::default())
            .await
    }

    /// As [`execute`](Self::execute), with options.
    ///
    /// # Errors
    /// As `execute`.
    pub async fn execute_with<C: Command>(
        &self,
        request: C::Request,
        options: CallOptions,
    ) -> Result<C::Response, CommandError>
    where
        C::Request: Serialize,
        C::Response: DeserializeOwned,
    {
        if C::ID.is_empty() {
            return Err(CommandError::InvalidMessage(
                "this command type has no id of its own; call it with `execute_dyn`".to_owned(),
            ));
        }
        let local = self.inner.lock().node.local(C::ID);
        let request = match local {
            Some(Execution::Local(handler, _)) if options.is_plain() => {
                match handler.run_typed::<C::Request, C::Response>(request, Scope::default()) {
                    Ok(serve) => return flatten_typed(serve.await, C::ID),
                    Err(given_back) => given_back,
                }
            }
            Some(Execution::Local(handler, _))
                if handler.has_types::<C::Request, C::Response>() =>
            {
                let call = call_typed(self.clone(), C::ID, handler, request, options);
                return Box::pin(call).await;
            }
            _ => request,
        };
        let request = Payload::encode(&request)?;
        match call_encoded(self, C::ID, request, options).await? {
            Some(result) => Ok(result.decode()?),
            None => Ok(C::Response::deserialize(Value::Null)?),
        }
    }

    /// Calls a command by its id, from JSON to JSON. No result is `null`.
    ///
    /// # Errors
    /// See [`CommandError`].
    ///
    /// # Cancel safety
    /// As [`execute`](Self::execute).
    pub async fn execute_dyn(
        &self,
        command_id: &str,
        request: Value,
    ) -> Result<Value, CommandError> {
        self.execute_dyn_with(command_id, request, CallOptions::default())
            .await
    }

    /// As [`execute_dyn`](Self::execute_dyn), with options.
    ///
    /// # Errors
    /// As `execute_dyn`.
    pub async fn execute_dyn_with(
        &self,
        command_id: &str,
        request: Value,
        options: CallOptions,
    ) -> Result<Value, CommandError> {
        let request = Payload::from(request).non_null();
        match call_encoded(self, command_id, request, options).await? {
            Some(result) => Ok(result.into_value()?),
            None => Ok(Value::Null),
        }
    }

    /// Prepares a call of the command [`C::ID`](Command::ID), which may be given a time limit, ask for
    /// progress, or be had item by item. See [`Call`].
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use cmdbus::{Command, CommandError, CommandRegistry};
    /// # async fn example<Index: Command<Request = String, Response = u64>>(registry: CommandRegistry) -> Result<(), CommandError> {
    /// let files = registry
    ///     .call::<Index>("/home".into())
    ///     .timeout(Duration::from_secs(600))
    ///     .on_progress(|report| eprintln!("{}", report.progress))
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn call<C: Command>(&self, request: C::Request) -> Call<C>
    where
        C::Request: Serialize,
        C::Response: DeserializeOwned,
    {
        Call::new(self.clone(), C::ID.to_owned(), request)
    }

    /// As [`call`](Self::call), from JSON to JSON.
    pub fn call_dyn(&self, command_id: impl Into<String>, request: Value) -> Call<Value> {
        Call::new(self.clone(), command_id.into(), request)
    }

    /// As [`call_dyn`](Self::call_dyn), for callers who pass JSON on: neither the request nor the result is looked into. No
    /// payload is the same as `null`.
    pub fn call_raw(
        &self,
        command_id: impl Into<String>,
        request: Option<Payload>,
    ) -> Call<Payload> {
        Call::new(self.clone(), command_id.into(), request)
    }

    /// Emits an event: calls the local listeners, in order of subscription, then sends it to every
    /// channel unless its id is private.
    ///
    /// # Errors
    /// Only [`CommandError::Serde`], if the event does not encode. That a channel does not take it is
    /// not an error: events are not kept for anybody.
    pub fn emit<E: Event>(&self, event: E) -> Result<(), CommandError> {
        let payload = Payload::encode(&event)?;
        let id = event.id().to_owned();
        self.inner
            .input(|state, now| state.node.emit(id, payload, now));
        Ok(())
    }

    /// Listens for an event type. A payload that does not fit the type is skipped.
    ///
    /// The listener is called on whichever thread the event arrived; it should be quick. A panic in it
    /// is caught. Calling the returned closure removes it, ignoring the closure leaves it for good.
    pub fn on<E: Event + DeserializeOwned>(
        &self,
        listener: impl Fn(E) + Send + Sync + 'static,
    ) -> Unsubscribe {
        self.listen(
            E::ID.to_owned(),
            Arc::new(move |delivery| {
                let event = match &delivery.payload {
                    Some(payload) => payload.decode(),
                    None => E::deserialize(Value::Null)
                        .or_else(|_| E::deserialize(Value::Object(serde_json::Map::new()))),
                };
                match event {
                    Ok(event) => listener(event),
                    // Not the error itself, which quotes the payload.
                    Err(error) => {
                        let category = error.classify();
                        tracing::debug!(
                            event = E::ID,
                            ?category,
                            "payload does not fit the listener"
                        );
                    }
                }
            }),
        )
    }

    /// Listens for an event by its id. No payload arrives as `null`.
    pub fn on_dyn<F>(&self, event_id: impl Into<String>, listener: F) -> Unsubscribe
    where
        F: Fn(Value) + Send + Sync + 'static,
    {
        self.listen(
            event_id.into(),
            Arc::new(move |delivery| {
                if let Some(payload) = json_or_log(delivery) {
                    listener(payload);
                }
            }),
        )
    }

    /// Listens for every event whose id matches a pattern: `*` stands for any run of characters, dots
    /// included, `?` for one. Private ids match only a pattern that itself begins with `_`.
    pub fn on_pattern<F>(&self, pattern: &str, listener: F) -> Unsubscribe
    where
        F: Fn(&str, Value) + Send + Sync + 'static,
    {
        self.on_delivery(pattern, move |delivery| {
            if let Some(payload) = json_or_log(delivery) {
                listener(&delivery.event_id, payload);
            }
        })
    }

    /// As [`on_pattern`](Self::on_pattern), for listeners that want the identity of the emission, or
    /// the payload as it is.
    pub fn on_delivery<F>(&self, pattern: &str, listener: F) -> Unsubscribe
    where
        F: Fn(&Delivery) + Send + Sync + 'static,
    {
        let id = self
            .inner
            .lock()
            .listeners
            .add_pattern(pattern.to_owned(), Arc::new(listener));
        self.unsubscribe(id, None)
    }

    fn listen(&self, event_id: String, listener: Listener) -> Unsubscribe {
        let id = self.inner.lock().listeners.add(event_id.clone(), listener);
        self.unsubscribe(id, Some(event_id))
    }

    fn unsubscribe(&self, id: ListenerId, event_id: Option<String>) -> Unsubscribe {
        let registry = self.downgrade();
        Box::new(move || {
            let listener = registry
                .inner
                .upgrade()
                .and_then(|inner| inner.lock().listeners.remove(id, event_id.as_deref()));
            // Dropped here, after the lock: it may own anything.
            drop(listener);
        })
    }

    /// Disconnects everything and forgets every command and listener. Whoever waits for a call or a
    /// registration gets [`CommandError::ChannelDisconnected`] at once. Returns when all channels have
    /// closed. The registry can be used again.
    pub async fn dispose(&self) {
        self.inner.disposals.fetch_add(1, Ordering::AcqRel);
        let (links, discarded) = self.inner.input(|state, now| {
            let handlers = state.node.dispose(now);
            let links: Vec<_> = state.links.values().cloned().collect();
            (links, (handlers, state.listeners.take_all()))
        });
        // After the lock: both are other people's code, and may use this registry when they go.
        drop(discarded);
        join_all(links.iter().map(|link| link.close())).await;
    }

    /// Returns how often the registry has been disposed of.
    #[cfg(all(unix, feature = "unix"))]
    pub(crate) fn disposals(&self) -> u64 {
        self.inner.disposals.load(Ordering::Acquire)
    }

    /// Returns a handle that does not keep the registry alive.
    pub fn downgrade(&self) -> WeakRegistry {
        WeakRegistry {
            inner: Arc::downgrade(&self.inner),
        }
    }
}

impl std::fmt::Debug for CommandRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommandRegistry")
            .field("id", &self.inner.id)
            .finish_non_exhaustive()
    }
}

fn json_or_log(delivery: &Delivery) -> Option<Value> {
    match delivery.payload.as_ref().map(Payload::to_value) {
        None => Some(Value::Null),
        Some(Ok(value)) => Some(value),
        Some(Err(error)) => {
            let (line, column) = (error.line(), error.column());
            tracing::debug!(
                event = delivery.event_id,
                line,
                column,
                "payload is not JSON"
            );
            None
        }
    }
}
