//! Code as it was written for the crate whose place this one takes, with only the crate's name changed. Most of it is a
//! test by compiling: it names every public item, writes every signature down and matches every closed enum to the end.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus::serde::de::DeserializeOwned;
use cmdbus::serde::{Deserialize, Serialize};
use cmdbus::serde_json::{self, Value, json};
use futures_executor::block_on;
use futures_util::future::BoxFuture;

fn is_send<T: Send>(value: T) -> T {
    value
}

fn is_static<T: Send + 'static>(value: T) -> T {
    value
}

/// Everything that can be imported, by the paths people import it by.
mod names {
    #![allow(unused_imports)]

    mod modules {
        use cmdbus::channel::{CommandChannel, InMemoryChannel};
        use cmdbus::command::{BoxedDynCommand, BoxedHandler, Command, DynCommand};
        use cmdbus::error::{ChannelError, CommandError, ExecuteErrorCode, RegisterErrorCode};
        use cmdbus::event::{DynEvent, Event};
        use cmdbus::message::{
            CommandDef, CommandSchema, ExecuteError, ExecuteResult, False, Message, MessageId,
            MessageMeta, Payload, RegisterResult, True,
        };
        use cmdbus::registry::{CommandRegistry, Config, Options};
        use cmdbus::schema::normalize_schema;
        use cmdbus::ttl_map::TtlMap;
    }

    mod at_the_root {
        use cmdbus::{BoxedDynCommand, BoxedHandler, Command, DynCommand};
        use cmdbus::{CallContext, CallOptions, WeakRegistry};
        use cmdbus::{ChannelError, CommandError, ExecuteErrorCode, RegisterErrorCode};
        use cmdbus::{CommandChannel, InMemoryChannel};
        use cmdbus::{
            CommandDef, CommandSchema, ExecuteError, ExecuteResult, False, Message, MessageId,
            MessageMeta, Payload, RegisterResult, True,
        };
        use cmdbus::{CommandRegistry, Config};
        use cmdbus::{DynEvent, Event};
        use cmdbus::{TtlMap, normalize_schema};
        use cmdbus::{command, command_service, event, payload};
        use cmdbus::{schemars, serde, serde_json, uuid};
    }

    mod in_the_prelude {
        use cmdbus::prelude::{
            BoxedDynCommand, ChannelError, Command, CommandChannel, CommandDef, CommandError,
            CommandRegistry, CommandSchema, Config, DynCommand, DynEvent, Event, InMemoryChannel,
        };
        use cmdbus::prelude::{command, command_service, event, payload};
    }
}

/// A program that takes everything from the prelude.
mod a_program {
    use cmdbus::prelude::*;

    #[payload]
    #[derive(Debug, Clone, PartialEq)]
    pub(super) struct AddRequest {
        pub(super) a: i64,
        pub(super) b: i64,
    }

    #[command("math.add", description = "Add two numbers")]
    pub(super) async fn add(request: AddRequest) -> Result<i64, CommandError> {
        Ok(request.a + request.b)
    }

    pub(super) struct CounterService {
        pub(super) count: std::sync::atomic::AtomicI64,
    }

    #[command_service]
    impl CounterService {
        #[command("counter.increment")]
        async fn increment(&self, by: i64) -> Result<i64, CommandError> {
            Ok(self
                .count
                .fetch_add(by, std::sync::atomic::Ordering::SeqCst)
                + by)
        }
    }

    #[event("counter.changed")]
    #[derive(Debug, Clone, PartialEq)]
    pub(super) struct CounterChanged {
        pub(super) value: i64,
    }

    pub(super) async fn call(registry: &CommandRegistry) -> Result<i64, CommandError> {
        registry.execute::<counter_service::Increment>(2).await
    }
}

#[test]
fn a_program_written_with_the_macros_runs() {
    use a_program::*;
    use cmdbus::{CommandRegistry, Config};

    block_on(async {
        let registry = CommandRegistry::new(Config::default());
        register_add(&registry).await.unwrap();
        CounterService {
            count: Default::default(),
        }
        .register(&registry)
        .await
        .unwrap();
        let sum: i64 = registry
            .execute::<AddCommand>(AddRequest { a: 1, b: 2 })
            .await
            .unwrap();
        assert_eq!(sum, 3);
        assert_eq!(call(&registry).await.unwrap(), 2);

        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = heard.clone();
        let stop = registry.on::<CounterChanged>(move |event| sink.lock().unwrap().push(event));
        registry.emit(CounterChanged { value: 2 }).unwrap();
        stop();
        registry.emit(CounterChanged { value: 3 }).unwrap();
        assert_eq!(*heard.lock().unwrap(), [CounterChanged { value: 2 }]);
    });
}

#[test]
fn the_configuration_has_five_fields_with_these_defaults() {
    use cmdbus::Config;

    let full = Config {
        id: None,
        router_channel: None,
        request_ttl: Duration::from_secs(30),
        event_ttl: Duration::from_secs(5),
        max_in_flight_per_channel: 256,
    };
    let Config {
        id,
        router_channel,
        request_ttl,
        event_ttl,
        max_in_flight_per_channel,
    } = Config::default();
    let _: (Option<String>, Option<String>) = (full.id.clone(), full.router_channel.clone());
    assert_eq!((id, router_channel), (full.id, full.router_channel));
    assert_eq!(request_ttl, full.request_ttl);
    assert_eq!(event_ttl, full.event_ttl);
    let cap: usize = max_in_flight_per_channel;
    assert_eq!(cap, full.max_in_flight_per_channel);

    let some = Config {
        id: Some("worker".into()),
        router_channel: Some("hub".into()),
        ..Default::default()
    };
    fn is_plain<T: Clone + Debug + Default + Send + Sync + 'static>(_: &T) {}
    is_plain(&some);
    assert_eq!(cmdbus::CommandRegistry::new(some).id(), "worker");
    let generated = cmdbus::CommandRegistry::new(Config::default());
    assert!(cmdbus::uuid::Uuid::parse_str(generated.id()).is_ok());
}

#[test]
fn the_options_are_set_one_by_one() {
    use cmdbus::registry::Options;

    let options = Options::default()
        .open_calls_per_channel(1)
        .advertised_per_channel(2)
        .parked_requests(3, 4)
        .remembered_events(5)
        .serve_private(false)
        .handler_time_limit(Duration::from_secs(1))
        .spawn_handlers(|future: BoxFuture<'static, ()>| drop(future));
    fn is_plain<T: Clone + Debug + Default + Send + Sync + 'static>(_: &T) {}
    is_plain(&options);
    let registry = cmdbus::CommandRegistry::with_options(cmdbus::Config::default(), options);
    assert!(registry.list_channels().is_empty());
}

#[test]
fn errors_are_closed_sets_with_these_texts() {
    use cmdbus::{ChannelError, CommandError, ExecuteErrorCode, RegisterErrorCode};

    // Exhaustive, without a wildcard.
    fn text(error: &CommandError) -> String {
        match error {
            CommandError::InvalidMessage(text) => format!("invalid message: {text}"),
            CommandError::DuplicateCommand(id) => format!("duplicate command registration: {id}"),
            CommandError::NotFound(id) => format!("command not found: {id}"),
            CommandError::InvalidRequest {
                command_id,
                message,
            } => format!("invalid request for command {command_id}: {message}"),
            CommandError::Internal {
                command_id,
                message,
            } => format!("internal error executing command {command_id}: {message}"),
            CommandError::Timeout => "request timed out".into(),
            CommandError::ChannelDisconnected => "channel disconnected".into(),
            CommandError::Serde(error) => format!("serialization error: {error}"),
        }
    }
    let text_of = |error: ChannelError| match error {
        ChannelError::Closed => "channel already closed".to_owned(),
        ChannelError::Send(text) => format!("channel send failed: {text}"),
        ChannelError::Other(text) => format!("channel error: {text}"),
    };
    fn broken() -> Result<u8, CommandError> {
        Ok(serde_json::from_str("x")?)
    }
    fn is_error<T: std::error::Error + Send + Sync + 'static>(_: &T) {}

    let command_id = || "a.b".to_owned();
    let all = [
        CommandError::InvalidMessage("x".into()),
        CommandError::DuplicateCommand("x".into()),
        CommandError::NotFound("x".into()),
        CommandError::InvalidRequest {
            command_id: command_id(),
            message: "x".into(),
        },
        CommandError::Internal {
            command_id: command_id(),
            message: "x".into(),
        },
        CommandError::Timeout,
        CommandError::ChannelDisconnected,
        broken().unwrap_err(),
    ];
    for error in &all {
        is_error(error);
        assert_eq!(error.to_string(), text(error));
    }
    assert!(std::error::Error::source(&all[7]).is_some());
    for (one, same) in [
        (ChannelError::Closed, ChannelError::Closed),
        (
            ChannelError::Send("x".into()),
            ChannelError::Send("x".into()),
        ),
        (
            ChannelError::Other("x".into()),
            ChannelError::Other("x".into()),
        ),
    ] {
        is_error(&one);
        assert_eq!(one.to_string(), text_of(same));
    }

    fn is_code<T: Copy + Eq + Debug + Send + Sync + Serialize + DeserializeOwned>(code: T) -> T {
        code
    }
    for code in [
        ExecuteErrorCode::NotFound,
        ExecuteErrorCode::InvalidRequest,
        ExecuteErrorCode::InternalError,
        ExecuteErrorCode::Timeout,
        ExecuteErrorCode::ChannelDisconnected,
    ] {
        let spelling = match is_code(code) {
            ExecuteErrorCode::NotFound => "not_found",
            ExecuteErrorCode::InvalidRequest => "invalid_request",
            ExecuteErrorCode::InternalError => "internal_error",
            ExecuteErrorCode::Timeout => "timeout",
            ExecuteErrorCode::ChannelDisconnected => "channel_disconnected",
        };
        assert_eq!(serde_json::to_value(code).unwrap(), spelling);
    }
    match is_code(RegisterErrorCode::DuplicateCommand) {
        RegisterErrorCode::DuplicateCommand => {}
    }
}

/// Takes a message apart without a wildcard and without `..`, and puts it together again.
fn rebuild(message: cmdbus::Message) -> cmdbus::Message {
    use cmdbus::message::MessageMeta;
    use cmdbus::{CommandDef, ExecuteResult, Message, MessageId, Payload, RegisterResult};

    match message {
        Message::RegisterCommandRequest { id, meta, command } => {
            let (id, meta, command): (MessageId, Option<MessageMeta>, CommandDef) =
                (id, meta, command);
            Message::RegisterCommandRequest { id, meta, command }
        }
        Message::RegisterCommandResponse {
            id,
            meta,
            thid,
            response,
        } => {
            let (thid, response): (MessageId, RegisterResult) = (thid, response);
            Message::RegisterCommandResponse {
                id,
                meta,
                thid,
                response,
            }
        }
        Message::ListCommandsRequest { id, meta } => Message::ListCommandsRequest { id, meta },
        Message::ListCommandsResponse {
            id,
            meta,
            thid,
            commands,
        } => {
            let commands: Vec<CommandDef> = commands;
            Message::ListCommandsResponse {
                id,
                meta,
                thid,
                commands,
            }
        }
        Message::ExecuteCommandRequest {
            id,
            meta,
            command_id,
            request,
        } => {
            let (command_id, request): (String, Option<Payload>) = (command_id, request);
            Message::ExecuteCommandRequest {
                id,
                meta,
                command_id,
                request,
            }
        }
        Message::ExecuteCommandResponse {
            id,
            meta,
            thid,
            response,
        } => {
            let response: ExecuteResult = response;
            Message::ExecuteCommandResponse {
                id,
                meta,
                thid,
                response,
            }
        }
        Message::Event {
            id,
            meta,
            event_id,
            payload,
        } => {
            let (event_id, payload): (String, Option<Payload>) = (event_id, payload);
            Message::Event {
                id,
                meta,
                event_id,
                payload,
            }
        }
    }
}

#[test]
fn there_are_seven_messages_with_these_fields() {
    use cmdbus::message::MessageMeta;
    use cmdbus::{
        CommandDef, CommandSchema, ExecuteError, ExecuteErrorCode, ExecuteResult, False, Message,
        MessageId, RegisterErrorCode, RegisterResult, True,
    };

    fn is_data<T: Debug + Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync>(_: &T) {}
    fn is_marker<T: Copy + Eq + Default + Debug + Serialize + DeserializeOwned>(marker: T) -> T {
        marker
    }

    let id: MessageId = cmdbus::uuid::Uuid::new_v4();
    let thid = MessageId::new_v4();
    let meta = Some(MessageMeta {
        traceparent: Some("00-1-2-01".into()),
        tracestate: None,
        baggage: None,
        extra: BTreeMap::from([("tenant".to_owned(), json!("blue"))]),
    });
    let command = CommandDef {
        id: "a.b".into(),
        description: None,
        schema: Some(
            CommandSchema::empty()
                .with_request(json!({"type": "string"}))
                .with_response(json!(true)),
        ),
    };
    let failure = ExecuteError {
        code: ExecuteErrorCode::Timeout,
        message: "late".into(),
    };
    let messages = [
        Message::RegisterCommandRequest {
            id,
            meta: None,
            command: command.clone(),
        },
        Message::RegisterCommandResponse {
            id,
            meta: None,
            thid,
            response: RegisterResult::Ok { ok: True },
        },
        Message::RegisterCommandResponse {
            id,
            meta: None,
            thid,
            response: RegisterResult::Err {
                ok: False,
                error: RegisterErrorCode::DuplicateCommand,
            },
        },
        Message::ListCommandsRequest {
            id,
            meta: meta.clone(),
        },
        Message::ListCommandsResponse {
            id,
            meta: None,
            thid,
            commands: vec![command.clone()],
        },
        Message::ExecuteCommandRequest {
            id,
            meta: None,
            command_id: "a.b".into(),
            request: Some(json!({"x": 1}).into()),
        },
        Message::ExecuteCommandResponse {
            id,
            meta: None,
            thid,
            response: ExecuteResult::Ok {
                ok: True,
                result: Some(Value::from(1).into()),
            },
        },
        Message::ExecuteCommandResponse {
            id,
            meta: None,
            thid,
            response: ExecuteResult::Err {
                ok: False,
                error: failure.clone(),
            },
        },
        Message::Event {
            id,
            meta: None,
            event_id: "a.happened".into(),
            payload: None,
        },
    ];
    for message in messages {
        is_data(&message);
        assert_eq!(message.id(), id);
        let answers = matches!(
            message,
            Message::RegisterCommandResponse { .. }
                | Message::ListCommandsResponse { .. }
                | Message::ExecuteCommandResponse { .. }
        );
        assert_eq!(message.thid(), answers.then_some(thid));
        let has_meta = matches!(message, Message::ListCommandsRequest { .. });
        assert_eq!(message.meta(), meta.as_ref().filter(|_| has_meta));

        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), message);
        assert_eq!(rebuild(message.clone()), message);
    }
    is_data(&failure);
    is_data(&command);
    is_data(command.schema.as_ref().unwrap());
    is_data(&meta);
    is_data(&RegisterResult::Ok { ok: True });
    assert_eq!(serde_json::to_value(is_marker(True)).unwrap(), true);
    assert_eq!(serde_json::to_value(is_marker(False)).unwrap(), false);
    assert_eq!(CommandSchema::default(), CommandSchema::empty());
    let any = json!({"type": "object", "additionalProperties": true});
    let permissive = CommandSchema::permissive();
    assert_eq!(permissive.request, Some(any.clone()));
    assert_eq!(permissive.response, Some(any));
    assert_eq!(MessageMeta::default().extra, BTreeMap::new());
}

#[test]
fn a_payload_converts_to_and_from_everything_that_serde_knows() {
    use cmdbus::Payload;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(crate = "cmdbus::serde")]
    struct Point {
        x: u8,
    }

    fn is_data<T: Clone + Debug + PartialEq + Send + Sync + 'static>(_: &T) {}

    let from_value = Payload::from(json!({"x": 1}));
    let from_type = Payload::new(&Point { x: 1 }).unwrap();
    is_data(&from_value);
    assert_eq!(from_value, from_type);
    assert_eq!(from_value.decode::<Point>().unwrap(), Point { x: 1 });
    assert_eq!(from_type.to_value().unwrap(), json!({"x": 1}));
    assert_eq!(from_type.clone().into_value().unwrap(), json!({"x": 1}));
    assert_eq!(Value::try_from(from_type).unwrap(), json!({"x": 1}));
    assert_eq!(Payload::encode(&()).unwrap(), None);
}

struct Greet;

impl cmdbus::Command for Greet {
    const ID: &'static str = "greet";
    type Request = String;
    type Response = String;

    async fn handle(&self, name: String) -> Result<String, cmdbus::CommandError> {
        Ok(format!("hello {name}"))
    }
}

struct Described(String);

impl cmdbus::Command for Described {
    const ID: &'static str = "described";
    const DESCRIPTION: Option<&'static str> = Some("of the type");
    type Request = ();
    type Response = ();

    fn id(&self) -> &str {
        &self.0
    }

    fn description(&self) -> Option<&str> {
        Some("of the instance")
    }

    fn schema(&self) -> Option<cmdbus::CommandSchema> {
        Some(cmdbus::CommandSchema::empty())
    }

    // As older code writes it, without `async fn`.
    fn handle(&self, (): ()) -> impl Future<Output = Result<(), cmdbus::CommandError>> + Send {
        std::future::ready(Ok(()))
    }
}

#[test]
fn a_command_answers_for_its_type_unless_the_instance_says_otherwise() {
    use cmdbus::{Command, CommandRegistry, Config};

    assert_eq!(Greet::ID, Greet.id());
    assert_eq!((Greet::DESCRIPTION, Greet.description()), (None, None));
    assert!(Greet.schema().is_none());
    let registry = CommandRegistry::new(Config::default());
    block_on(registry.register_command(Described("other".into()))).unwrap();
    let commands = registry.list_commands();
    assert_eq!(commands[0].id, "other");
    assert_eq!(commands[0].description.as_deref(), Some("of the instance"));
    assert_eq!(commands[0].schema, Some(cmdbus::CommandSchema::empty()));
}

#[test]
fn a_dynamic_command_is_built_step_by_step() {
    use cmdbus::{BoxedDynCommand, BoxedHandler, Command, CommandError, CommandSchema, DynCommand};

    let command = DynCommand::new("a", |text: String| async move {
        Ok::<usize, CommandError>(text.len())
    })
    .description("Counts")
    .schema(CommandSchema::permissive())
    .request_schema(json!({"type": "string"}));
    fn is_command<C: Command<Request = String, Response = usize>>(command: &C) -> &'static str {
        let _ = command.id();
        C::ID
    }
    assert_eq!(is_command(&command), "");
    assert_eq!(
        (command.id(), Command::description(&command)),
        ("a", Some("Counts"))
    );
    let schema = Command::schema(&command).unwrap();
    assert_eq!(schema.request, Some(json!({"type": "string"})));
    assert_eq!(schema.response, CommandSchema::permissive().response);
    let command = command.response_schema(json!(true));
    assert_eq!(Command::schema(&command).unwrap().request, schema.request);

    let boxed: Vec<BoxedDynCommand> = vec![
        DynCommand::boxed("b", |request: Value| async move { Ok(request) }).description("Echoes"),
        BoxedDynCommand::boxed(String::from("c"), |_| async { Err(CommandError::Timeout) }),
    ];
    assert_eq!(boxed[1].id(), "c");
    let handler: BoxedHandler = Box::new(|request: Value| {
        let future: Pin<Box<dyn Future<Output = Result<Value, CommandError>> + Send>> =
            Box::pin(async move { Ok(request) });
        future
    });
    let by_hand: DynCommand<Value, Value, BoxedHandler> = DynCommand::new("d", handler);
    assert_eq!(by_hand.id(), "d");
    // The types need not be `Sync`, because a value is never shared.
    let unsync = DynCommand::new("e", |_: std::cell::Cell<u8>| async {
        Ok::<_, CommandError>(std::cell::Cell::new(1))
    });
    let registry = cmdbus::CommandRegistry::new(cmdbus::Config::default());
    block_on(async {
        registry.register_command(unsync).await.unwrap();
        for command in boxed {
            registry.register_command(command).await.unwrap();
        }
        assert_eq!(
            registry.execute_dyn("b", json!([1])).await.unwrap(),
            json!([1])
        );
    });
}

struct Stateful {
    id: &'static str,
}

impl Serialize for Stateful {
    fn serialize<S: cmdbus::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

impl cmdbus::Event for Stateful {
    const ID: &'static str = "stateful";

    fn id(&self) -> &str {
        self.id
    }

    fn schema(&self) -> Option<Value> {
        Some(json!({"type": "string"}))
    }
}

#[test]
fn an_event_answers_for_its_type_unless_the_instance_says_otherwise() {
    use cmdbus::{CommandRegistry, Config, DynEvent, Event};

    let dynamic = DynEvent::new("a", json!({"x": 1})).schema(json!(true));
    assert_eq!((dynamic.id(), DynEvent::ID), ("a", ""));
    assert_eq!(Event::schema(&dynamic), Some(json!(true)));
    assert_eq!(serde_json::to_value(&dynamic).unwrap(), json!({"x": 1}));
    assert_eq!(Stateful::ID, "stateful");

    let registry = CommandRegistry::new(Config::default());
    let heard = Arc::new(AtomicUsize::new(0));
    for id in ["stateful", "other"] {
        let heard = heard.clone();
        // The closure may be ignored; the listener then stays.
        let _ = registry.on_dyn(id, move |payload: Value| {
            assert_eq!(payload, "other");
            heard.fetch_add(1, Ordering::SeqCst);
        });
    }
    registry.emit(Stateful { id: "other" }).unwrap();
    assert_eq!(heard.load(Ordering::SeqCst), 1);
}

/// A channel as a user writes it, with the five methods.
struct OwnChannel {
    id: String,
}

impl cmdbus::CommandChannel for OwnChannel {
    fn id(&self) -> &str {
        &self.id
    }

    fn start(&self) -> BoxFuture<'_, Result<(), cmdbus::ChannelError>> {
        Box::pin(async { Ok(()) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    fn send(&self, _msg: cmdbus::Message) -> Result<(), cmdbus::ChannelError> {
        Ok(())
    }

    fn recv(&self) -> BoxFuture<'_, Option<cmdbus::Message>> {
        Box::pin(async { None })
    }
}

#[test]
fn channels_are_given_as_trait_objects_and_drivers_borrow_nothing() {
    use cmdbus::{ChannelError, CommandChannel, CommandRegistry, Config, InMemoryChannel};

    let pair: (Arc<InMemoryChannel>, Arc<InMemoryChannel>) =
        InMemoryChannel::pair("hub", String::from("worker"));
    assert_eq!((pair.0.id(), pair.1.id()), ("hub", "worker"));
    let bounded: (Arc<InMemoryChannel>, Arc<InMemoryChannel>) =
        InMemoryChannel::pair_with_capacity("hub2", "worker2", 8);
    let object: Arc<dyn CommandChannel> = bounded.0;
    let (driver, other, own) = block_on(async {
        let registry = CommandRegistry::new(Config::default());
        // `Arc<Concrete>` becomes `Arc<dyn CommandChannel>` at the call.
        let driver = is_send(registry.register_channel(pair.0)).await.unwrap();
        let other = is_send(registry.register_channel_replacing(object))
            .await
            .unwrap();
        let own = Arc::new(OwnChannel { id: "own".into() });
        let again = own.clone();
        let own: Result<_, ChannelError> = registry.register_channel(own).await;
        let twice = registry.register_channel(again).await;
        let error = twice.err().unwrap().to_string();
        assert_eq!(
            error,
            "channel error: channel with id `own` already registered"
        );
        assert_eq!(registry.list_channels(), ["hub", "hub2", "own"]);
        // The registry goes here; what it returned stays.
        (driver, other, own.unwrap())
    });
    let boxed: Pin<Box<dyn Future<Output = ()> + Send + 'static>> = Box::pin(is_static(driver));
    drop(boxed);
    drop(is_static(other));
    block_on(own);
}

#[test]
fn closures_that_unsubscribe_borrow_nothing_and_go_to_other_threads() {
    use cmdbus::{CommandRegistry, Config};

    fn is_closure<T: FnOnce() + Send + Sync + 'static>(stop: T) -> T {
        stop
    }
    let (one, two, three) = {
        let registry = CommandRegistry::new(Config::default());
        (
            is_closure(registry.on::<a_program::CounterChanged>(|_| {})),
            is_closure(registry.on_dyn("a", |_: Value| {})),
            is_closure(registry.on_pattern("a.*", |_: &str, _: Value| {})),
        )
    };
    let boxed: Vec<Box<dyn FnOnce() + Send + Sync>> =
        vec![Box::new(one), Box::new(two), Box::new(three)];
    std::thread::spawn(move || {
        for stop in boxed {
            stop();
        }
    })
    .join()
    .unwrap();
}

/// Passes on what unsubscribes, and says that it borrows neither the registry nor the id.
fn subscribe(registry: &cmdbus::CommandRegistry, id: &str) -> impl FnOnce() + use<> {
    let typed = registry.on::<a_program::CounterChanged>(|_| {});
    let dynamic = registry.on_dyn(id, |_| {});
    let pattern = registry.on_pattern(id, |_, _| {});
    || {
        typed();
        dynamic();
        pattern();
    }
}

#[test]
fn closures_that_unsubscribe_can_be_returned_from_functions_that_borrow() {
    let stop = {
        let registry = cmdbus::CommandRegistry::new(cmdbus::Config::default());
        subscribe(&registry, &String::from("a.b"))
    };
    stop();
}

/// Passes a driver on, and says that it does not borrow the registry.
async fn connect(
    registry: &cmdbus::CommandRegistry,
) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
    let own = Arc::new(OwnChannel { id: "own".into() });
    Box::pin(registry.register_channel(own).await.unwrap())
}

#[test]
fn drivers_can_be_returned_from_functions_that_borrow() {
    block_on(block_on(connect(&cmdbus::CommandRegistry::new(
        cmdbus::Config::default(),
    ))));
}

#[test]
fn a_registry_is_a_handle_whose_futures_go_to_other_threads() {
    use cmdbus::{
        CallOptions, CommandDef, CommandError, CommandRegistry, Config, MessageMeta, WeakRegistry,
    };

    fn is_handle<T: Clone + Send + Sync + 'static>(_: &T) {}
    let registry: CommandRegistry = CommandRegistry::new(Config::default());
    is_handle(&registry);
    let meta = || CallOptions::default().meta(MessageMeta::default());
    block_on(async {
        let done: Result<(), CommandError> = is_send(registry.register_command(Greet)).await;
        done.unwrap();
        let text: String = is_send(registry.execute::<Greet>("you".into()))
            .await
            .unwrap();
        assert_eq!(text, "hello you");
        let value: Value = is_send(registry.execute_dyn("greet", json!("you")))
            .await
            .unwrap();
        assert_eq!(value, "hello you");
        let text = is_send(registry.execute_with::<Greet>("you".into(), meta())).await;
        assert_eq!(text.unwrap(), "hello you");
        let value = is_send(registry.execute_dyn_with("greet", json!("you"), meta())).await;
        assert_eq!(value.unwrap(), "hello you");
        let commands: Vec<CommandDef> = registry.list_commands();
        assert_eq!(commands[0].id, Greet.id_of_the_trait());
        let done: Result<(), CommandError> = registry.emit(cmdbus::DynEvent::new("a", Value::Null));
        done.unwrap();
        assert!(registry.unregister_command("greet"));
        let weak: WeakRegistry = registry.downgrade();
        is_handle(&weak);
        assert!(weak.upgrade().is_some());
        let (): () = is_send(registry.dispose()).await;
    });
    // `tokio::spawn` and its like want `'static`.
    drop(is_static(async move {
        let _ = registry.execute::<Greet>("you".into()).await;
        let _ = registry.register_command(Greet).await;
        registry.dispose().await;
    }));
}

trait IdOfTheTrait {
    fn id_of_the_trait(&self) -> &str;
}

impl<C: cmdbus::Command> IdOfTheTrait for C {
    fn id_of_the_trait(&self) -> &str {
        self.id()
    }
}

#[test]
fn the_map_with_a_time_to_live_has_these_methods() {
    use cmdbus::TtlMap;

    fn all_of<K: Eq + Hash + Clone + Send + 'static>(key: K) {
        let expired = Arc::new(AtomicUsize::new(0));
        let count = expired.clone();
        let map: TtlMap<K, String> =
            TtlMap::new(Duration::ZERO).with_on_expire(move |_: &K, _: String| {
                count.fetch_add(1, Ordering::SeqCst);
            });
        assert!(map.is_empty());
        assert_eq!(map.insert(key.clone(), "one".into()), None);
        assert_eq!(map.insert(key.clone(), "two".into()), Some("one".into()));
        assert!(map.contains_key(&key));
        assert_eq!(map.get_cloned(&key).as_deref(), Some("two"));
        map.sweep_expired();
        assert_eq!(map.len(), 1);
        let keys: Vec<K> = map.snapshot_keys_where(|value: &String| value == "two");
        assert_eq!(keys.len(), 1);
        assert_eq!(map.remove(&key).as_deref(), Some("two"));
        map.insert(key, "three".into());
        map.clear();
        assert_eq!(expired.load(Ordering::SeqCst), 0);
    }
    all_of("text");
    all_of(7_u64);
}

#[test]
fn schemas_are_normalised_by_a_plain_function() {
    let normalize: fn(Value) -> Value = cmdbus::normalize_schema;
    assert_eq!(
        normalize(json!({"title": "A", "type": "object"})),
        json!({"type": "object", "additionalProperties": false})
    );
    let _ = cmdbus::schemars::schema_for!(String);
}
