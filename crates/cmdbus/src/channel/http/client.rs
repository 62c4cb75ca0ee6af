//! The client's side (protocol §9.4).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cmdbus_proto::extension::CANCEL_EVENT;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hyper::header::HeaderMap;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::exchange::{HttpAnswer, HttpFailure, post};
use super::link::{EditHeaders, Link};
use super::running::Running;
use crate::channel::codec::{Codec, Incoming};
use crate::channel::{ChannelLimits, CommandChannel};
use crate::error::ChannelError;
use crate::message::{CommandDef, ExecuteError, Message, MessageId, MessageMeta, Payload};

/// Most calls that may be on their way at once.
const CALLS: usize = 1024;

type Outcome = Result<HttpAnswer, HttpFailure>;
type Wrap = Arc<dyn Fn(HttpAttempt) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// A connection to a server that speaks [HTTP](super): its commands can be called, and nothing comes from it but answers.
///
/// ```
/// # async fn served() -> Result<String, Box<dyn std::error::Error>> {
/// #     use cmdbus::{CommandError, CommandRegistry, DynCommand, channel::{http::HttpEndpoint, one_token}};
/// #     let registry = CommandRegistry::new(Default::default());
/// #     let upper = |text: String| async move { Ok::<_, CommandError>(text.to_uppercase()) };
/// #     registry.register_command(DynCommand::new("text.upper", upper)).await?;
/// #     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// #     let url = format!("http://{}", listener.local_addr()?);
/// #     let endpoint = HttpEndpoint::token(registry, one_token("s3cret"));
/// #     tokio::spawn(async move { axum::serve(listener, endpoint.router()).await });
/// #     Ok(url)
/// # }
/// # async fn example(registry: cmdbus::CommandRegistry) -> Result<(), Box<dyn std::error::Error>> {
/// # let (url, token) = (served().await?, "s3cret");
/// use std::sync::Arc;
/// use cmdbus::channel::HttpChannel;
///
/// let channel = HttpChannel::connect("far", url).token(token).prefix("far");
/// let driver = registry.register_channel(Arc::new(channel)).await?;
/// let mut changes = registry.directory_changes();
/// tokio::spawn(driver);
/// // The driver takes the list of commands over. Wait for what you need.
/// while registry.describe_command("far.text.upper").is_none() {
///     changes.changed().await;
/// }
/// let result = registry.execute_dyn("far.text.upper", "hello".into()).await?;
/// assert_eq!(result, "HELLO");
/// # Ok(()) }
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(example(cmdbus::CommandRegistry::new(Default::default()))).unwrap();
/// ```
///
/// [`start`](CommandChannel::start) asks the server for its commands, and fails if it does not answer. Afterwards each call is a
/// request of its own, whose failure is the failure of that call only. A call that is given up closes its connection, by which the
/// server knows that nobody waits.
///
/// Needs a tokio runtime with I/O and time.
pub struct HttpChannel {
    id: String,
    settings: Settings,
    shared: Mutex<Option<Arc<Shared>>>,
    messages: tokio::sync::Mutex<mpsc::UnboundedReceiver<Message>>,
    /// At most one message for each place, and one for each command of the list.
    inbox: mpsc::UnboundedSender<Message>,
    closed: watch::Sender<bool>,
}

#[derive(Clone)]
struct Settings {
    url: String,
    prefix: Option<String>,
    token: Option<String>,
    timeout: Duration,
    edit: Option<EditHeaders>,
    wrap: Option<Wrap>,
    limits: ChannelLimits,
}

struct Shared {
    channel: String,
    link: Link,
    /// With the dot at its end; empty if there is none.
    prefix: String,
    timeout: Duration,
    wrap: Option<Wrap>,
    codec: Codec,
    places: Arc<Semaphore>,
    running: Arc<Running>,
}

/// One request of an [`HttpChannel`], as [`wrap_calls`](HttpChannel::wrap_calls) gets to see it.
pub struct HttpAttempt {
    shared: Arc<Shared>,
    message: Bytes,
    /// When the time is up that there is for all attempts; `None` if that is beyond what a clock can tell.
    deadline: Option<Instant>,
}

impl HttpAttempt {
    /// Sends the request. May be called again, after which the server sees the same message twice.
    ///
    /// # Errors
    /// Why there is no answer. Whether the command may have run depends on the kind.
    pub async fn send(&self) -> Result<HttpAnswer, HttpFailure> {
        let most = self.shared.codec.limits().frame_bytes;
        post(&self.shared.link, self.message.clone(), most, self.deadline).await
    }
}

impl std::fmt::Debug for HttpAttempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpAttempt")
            .field("bytes", &self.message.len())
            .finish_non_exhaustive()
    }
}

impl HttpChannel {
    /// Makes a channel to a server at `http://HOST:PORT`, perhaps with a path before `/cmd`. `https` is not built in: connect to a
    /// proxy or tunnel on this machine that adds TLS.
    pub fn connect(id: impl Into<String>, url: impl Into<String>) -> Self {
        let (inbox, messages) = mpsc::unbounded_channel();
        Self {
            id: id.into(),
            settings: Settings {
                url: url.into(),
                prefix: None,
                token: None,
                timeout: Duration::from_secs(30),
                edit: None,
                wrap: None,
                limits: ChannelLimits::default(),
            },
            shared: Mutex::default(),
            messages: tokio::sync::Mutex::new(messages),
            inbox,
            closed: watch::Sender::new(false),
        }
    }

    /// Names the commands of the server `PREFIX.ID` here. Default: as they are named there.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = Some(prefix.into());
        self
    }

    /// Shows a token, as `Authorization: Bearer TOKEN`.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.settings.token = Some(token.into());
        self
    }

    /// Sets how long a request may take whose caller does not say, from connecting to the end of the answer. Default 30 s.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.settings.timeout = time;
        self
    }

    /// Lets a closure edit the headers of every request, last of all.
    #[must_use]
    pub fn edit_headers(mut self, edit: impl Fn(&mut HeaderMap) + Send + Sync + 'static) -> Self {
        self.settings.edit = Some(Arc::new(edit));
        self
    }

    /// Lets a closure stand around every request, the one for the list of commands included: to measure it, or to try again. The
    /// time limit of the request goes on meanwhile.
    ///
    /// ```
    /// use cmdbus::channel::HttpChannel;
    /// use cmdbus::channel::http::HttpFailure;
    ///
    /// let channel = HttpChannel::connect("far", "http://127.0.0.1:7533").wrap_calls(|attempt| {
    ///     Box::pin(async move {
    ///         match attempt.send().await {
    ///             // Nothing has run, so a second attempt runs nothing twice.
    ///             Err(HttpFailure::Unreachable(_)) => attempt.send().await,
    ///             outcome => outcome,
    ///         }
    ///     })
    /// });
    /// ```
    #[must_use]
    pub fn wrap_calls(
        mut self,
        wrap: impl Fn(HttpAttempt) -> BoxFuture<'static, Result<HttpAnswer, HttpFailure>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.settings.wrap = Some(Arc::new(wrap));
        self
    }

    /// Sets the bounds of messages.
    #[must_use]
    pub fn limits(mut self, limits: ChannelLimits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Returns how many lines of the server were not taken, because they are no messages or over a limit.
    pub fn dropped_frames(&self) -> u64 {
        self.shared().map_or(0, |shared| shared.codec.dropped())
    }

    async fn open(&self) -> Result<(), ChannelError> {
        if self.shared().is_some() {
            return Ok(());
        }
        let shared = Arc::new(Shared::new(&self.id, &self.settings)?);
        let id = Uuid::new_v4();
        let mut closed = self.closed.subscribe();
        let commands = tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => return Err(ChannelError::Closed),
            commands = shared.list(id) => commands.map_err(|failure| {
                let url = &self.settings.url;
                ChannelError::Other(format!("cannot list the commands of `{url}`: {failure}"))
            })?,
        };
        for command in commands {
            // The receiver is ours: it is there.
            let _ = self.inbox.send(Message::RegisterCommandRequest {
                id: Uuid::new_v4(),
                meta: None,
                command,
            });
        }
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(shared);
        Ok(())
    }

    fn shared(&self) -> Option<Arc<Shared>> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.clone()
    }

    fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Does something whose outcome goes to the registry, unless the channel is closed before.
    fn spawn(&self, place: OwnedSemaphorePermit, work: impl Future<Output = ()> + Send + 'static) {
        let mut closed = self.closed.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                _ = closed.wait_for(|closed| *closed) => {}
                () = work => {}
            }
            drop(place);
        });
    }
}

impl CommandChannel for HttpChannel {
    fn id(&self) -> &str {
        &self.id
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        self.open().boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.closed.send_replace(true);
        if let Some(shared) = self.shared() {
            shared.link.pool.clear();
        }
        std::future::ready(()).boxed()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        let shared = self.shared().filter(|_| !self.is_closed());
        let shared = shared.ok_or(ChannelError::Closed)?;
        let place = || {
            let place = shared.places.clone().try_acquire_owned();
            place.map_err(|_| ChannelError::Other("overloaded".into()))
        };
        let inbox = self.inbox.clone();
        match message {
            Message::ListCommandsRequest { id, .. } => {
                let place = place()?;
                let asking = shared.clone();
                self.spawn(place, async move { asking.answer_list(id, &inbox).await });
            }
            Message::ExecuteCommandRequest {
                id,
                meta,
                command_id,
                request,
            } => {
                let place = place()?;
                let limit = asked_time(meta.as_ref()).unwrap_or(shared.timeout);
                let command_id = match command_id.strip_prefix(&shared.prefix) {
                    Some(own) => own.to_owned(),
                    None => command_id,
                };
                let frame = shared.encode(&Message::ExecuteCommandRequest {
                    id,
                    meta,
                    command_id,
                    request,
                })?;
                let calling = shared.clone();
                let mut begun = shared.running.begin(id);
                self.spawn(place, async move {
                    tokio::select! {
                        biased;
                        // Dropped, the request closes its connection, by which the server knows.
                        () = begun.cancelled() => {}
                        () = calling.answer_call(id, frame, limit, &inbox) => {}
                    }
                });
            }
            Message::Event {
                event_id, payload, ..
            } if event_id == CANCEL_EVENT => shared.running.cancel(payload.as_ref()),
            // The server asks nothing, so nothing of this is for it.
            Message::ListCommandsResponse { .. }
            | Message::ExecuteCommandResponse { .. }
            | Message::RegisterCommandRequest { .. }
            | Message::RegisterCommandResponse { .. }
            | Message::Event { .. } => {}
        }
        Ok(())
    }

    fn frame_limit(&self) -> Option<usize> {
        Some(self.settings.limits.frame().frame_bytes)
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        async {
            let mut closed = self.closed.subscribe();
            let mut messages = self.messages.lock().await;
            tokio::select! {
                biased;
                _ = closed.wait_for(|closed| *closed) => None,
                message = messages.recv() => message,
            }
        }
        .boxed()
    }
}

impl Drop for HttpChannel {
    fn drop(&mut self) {
        self.closed.send_replace(true);
    }
}

impl std::fmt::Debug for HttpChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpChannel")
            .field("id", &self.id)
            .field("prefix", &self.settings.prefix)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn new(channel: &str, settings: &Settings) -> Result<Self, ChannelError> {
        let prefix = settings.prefix.as_ref();
        Ok(Self {
            channel: channel.to_owned(),
            link: Link::new(
                &settings.url,
                settings.token.as_deref(),
                settings.edit.clone(),
            )?,
            prefix: prefix.map_or(String::new(), |prefix| format!("{prefix}.")),
            timeout: settings.timeout,
            wrap: settings.wrap.clone(),
            codec: Codec::new(settings.limits.frame()),
            places: Arc::new(Semaphore::new(CALLS)),
            running: Arc::default(),
        })
    }

    fn encode(&self, message: &Message) -> Result<Bytes, ChannelError> {
        let frame = self.codec.encode(message)?;
        let mut text = Vec::with_capacity(frame.len());
        frame.write_to(&mut text);
        Ok(Bytes::from(text))
    }

    /// Asks for the commands, and returns them as they are named here.
    async fn list(self: &Arc<Self>, id: MessageId) -> Result<Vec<CommandDef>, HttpFailure> {
        let request = Message::ListCommandsRequest { id, meta: None };
        let frame = self.encode(&request).map_err(HttpFailure::lost)?;
        let answered = self.ask(frame, self.timeout).await?;
        let status = answered.status;
        match self.read(&answered) {
            Some(Message::ListCommandsResponse { thid, commands, .. }) if thid == id => {
                Ok(commands
                    .into_iter()
                    .filter(|command| !command.id.starts_with('_'))
                    .map(|mut command| {
                        command.id.insert_str(0, &self.prefix);
                        command
                    })
                    .collect())
            }
            _ => Err(HttpFailure::Unusable(status, "it is no list of commands")),
        }
    }

    /// Answers the registry's own question, under the same names, and says that calls can be cancelled here: whoever
    /// is joined to us would not tell us of that otherwise.
    async fn answer_list(self: &Arc<Self>, id: MessageId, inbox: &mpsc::UnboundedSender<Message>) {
        match self.list(id).await {
            Ok(commands) => {
                let _ = inbox.send(Message::ListCommandsResponse {
                    id: Uuid::new_v4(),
                    meta: Some(can_cancel()),
                    thid: id,
                    commands,
                });
            }
            // Nobody waits for it: what `start` was told holds.
            Err(failure) => {
                tracing::warn!(channel = self.channel, %failure, "the list of commands did not come");
            }
        }
    }

    /// Makes a call and hands over its answer, whatever it is.
    async fn answer_call(
        self: &Arc<Self>,
        id: MessageId,
        frame: Bytes,
        limit: Duration,
        inbox: &mpsc::UnboundedSender<Message>,
    ) {
        let answered = match self.ask(frame, limit).await {
            Ok(answered) => answered,
            Err(failure) => return fail(inbox, id, failure.to_error()),
        };
        match self.read(&answered) {
            Some(message @ Message::ExecuteCommandResponse { thid, .. }) if thid == id => {
                let _ = inbox.send(message);
            }
            // An answer to something else, or no answer at all: it might run our own commands.
            _ => {
                let why = "it is no answer to this call";
                fail(
                    inbox,
                    id,
                    HttpFailure::Unusable(answered.status, why).to_error(),
                );
            }
        }
        answered.finish(&self.link).await;
    }

    async fn ask(self: &Arc<Self>, message: Bytes, limit: Duration) -> Outcome {
        let attempt = HttpAttempt {
            shared: self.clone(),
            message,
            deadline: Instant::now().checked_add(limit),
        };
        let outcome = async {
            match &self.wrap {
                Some(wrap) => wrap(attempt).await,
                None => attempt.send().await,
            }
        };
        timeout(limit, outcome)
            .await
            .unwrap_or(Err(HttpFailure::TimedOut))
    }

    fn read(&self, answered: &HttpAnswer) -> Option<Message> {
        match self.codec.decode(&self.channel, answered.line.clone()) {
            Incoming::Message(message) => Some(message),
            Incoming::Answer(_) | Incoming::Nothing => None,
        }
    }
}

fn fail(inbox: &mpsc::UnboundedSender<Message>, thid: MessageId, error: ExecuteError) {
    let response = Err::<Option<Payload>, _>(error).into();
    // Closed: whoever waited has been told.
    let _ = inbox.send(Message::ExecuteCommandResponse {
        id: Uuid::new_v4(),
        meta: None,
        thid,
        response,
    });
}

/// Returns the announcement that a call can be cancelled (protocol §8.1).
fn can_cancel() -> MessageMeta {
    let mut meta = MessageMeta::default();
    let names = json!(["cancel/1"]);
    meta.extra.insert("cmdbus-features".to_owned(), names);
    meta
}

/// Returns how long the caller waits, if it says so.
fn asked_time(meta: Option<&MessageMeta>) -> Option<Duration> {
    let asked = meta?.extra.get("cmdbus-timeout-ms").and_then(Value::as_u64);
    asked.map(Duration::from_millis)
}
