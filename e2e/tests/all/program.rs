// Included twice, with `ipc` standing for the upstream crate and for cmdbus: whatever is used here must exist in both,
// with the same names, shapes and effects. `run` returns what happened, line by line.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use ipc::message::MessageMeta;
use ipc::prelude::*;
use ipc::{
    BoxedHandler, ExecuteError, ExecuteErrorCode, ExecuteResult, False, Message, MessageId,
    RegisterErrorCode, RegisterResult, True, TtlMap, normalize_schema,
};
use serde_json::{Value, json};

#[payload]
#[derive(Debug, Clone, PartialEq)]
struct Note {
    /// What is written on it.
    text: String,
    #[serde(default, rename = "labels")]
    tags: Vec<String>,
    priority: Option<u8>,
}

#[event("notes.changed")]
#[derive(Debug, Clone)]
struct NotesChanged {
    notes: usize,
    last: Option<Note>,
}

#[event("notes.closed")]
struct NotesClosed;

struct Notebook {
    notes: Mutex<Vec<Note>>,
}

#[command_service]
impl Notebook {
    fn new() -> Self {
        Self {
            notes: Mutex::default(),
        }
    }

    #[command("notes.append", description = "Appends a note and returns how many there are")]
    async fn append(&self, note: Note) -> Result<usize, CommandError> {
        let mut notes = self.notes.lock().unwrap();
        notes.push(note);
        Ok(notes.len())
    }

    #[command("notes.read")]
    async fn read(&self, index: usize) -> Result<Note, CommandError> {
        let notes = self.notes.lock().unwrap();
        notes
            .get(index)
            .cloned()
            .ok_or_else(|| CommandError::InvalidRequest {
                command_id: "notes.read".to_owned(),
                message: format!("there are only {} notes", notes.len()),
            })
    }

    #[command("notes.clear", description = "Throws all notes away",)]
    async fn clear(&self, _: ()) -> Result<(), CommandError> {
        self.notes.lock().unwrap().clear();
        Ok(())
    }
}

#[command("text.shout", description = "Turns a text into capitals")]
async fn shout(text: String) -> Result<String, CommandError> {
    Ok(text.to_uppercase())
}

#[command("_secret")]
async fn secret(Note { text, .. }: Note) -> Result<Vec<char>, CommandError> {
    Ok(text.chars().collect())
}

/// A command without macros.
struct Divide {
    calls: Arc<AtomicUsize>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Operands {
    dividend: i64,
    divisor: i64,
}

impl Command for Divide {
    const ID: &'static str = "math.divide";
    const DESCRIPTION: Option<&'static str> = Some("Divides whole numbers");
    type Request = Operands;
    type Response = (i64, i64);

    fn schema(&self) -> Option<CommandSchema> {
        Some(CommandSchema::permissive().with_response(json!({"type": "array"})))
    }

    async fn handle(&self, request: Operands) -> Result<(i64, i64), CommandError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if request.divisor == 0 {
            return Err(CommandError::Internal {
                command_id: self.id().to_owned(),
                message: "division by zero".to_owned(),
            });
        }
        Ok((
            request.dividend / request.divisor,
            request.dividend % request.divisor,
        ))
    }
}

/// An event without macros.
#[derive(serde::Serialize, serde::Deserialize)]
struct Tick(u32);

impl Event for Tick {
    const ID: &'static str = "clock.tick";

    fn schema(&self) -> Option<Value> {
        Some(json!({"type": "integer"}))
    }
}

/// A channel of the user's own: counts what goes through another one.
struct Counting {
    inner: Arc<dyn CommandChannel>,
    sent: Mutex<BTreeMap<&'static str, usize>>,
}

impl CommandChannel for Counting {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        self.inner.start()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.inner.close()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        let kind = match &message {
            Message::RegisterCommandRequest { id: _, meta: _, command: _ } => "register",
            Message::RegisterCommandResponse { id: _, meta: _, thid: _, response } => match response {
                RegisterResult::Ok { ok: True } => "registered",
                RegisterResult::Err { ok: False, error: RegisterErrorCode::DuplicateCommand } => "refused",
            },
            Message::ListCommandsRequest { id: _, meta: _ } => "list",
            Message::ListCommandsResponse { id: _, meta: _, thid: _, commands: _ } => "listed",
            Message::ExecuteCommandRequest { id: _, meta: _, command_id: _, request: _ } => "execute",
            Message::ExecuteCommandResponse { id: _, meta: _, thid: _, response } => match response {
                ExecuteResult::Ok { ok: True, result: _ } => "result",
                ExecuteResult::Err { ok: False, error } => code(error),
            },
            Message::Event { id: _, meta: _, event_id: _, payload: _ } => "event",
        };
        *self.sent.lock().unwrap().entry(kind).or_default() += 1;
        self.inner.send(message)
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.inner.recv()
    }
}

fn code(error: &ExecuteError) -> &'static str {
    match error.code {
        ExecuteErrorCode::NotFound => "not found",
        ExecuteErrorCode::InvalidRequest => "invalid request",
        ExecuteErrorCode::InternalError => "internal error",
        ExecuteErrorCode::Timeout => "timeout",
        ExecuteErrorCode::ChannelDisconnected => "disconnected",
    }
}

/// Which error it is, and what it says.
fn tell<T: std::fmt::Debug>(result: Result<T, CommandError>) -> String {
    let error = match result {
        Ok(value) => return format!("{value:?}"),
        Err(error) => error,
    };
    let kind = match &error {
        CommandError::InvalidMessage(_) => "invalid message",
        CommandError::DuplicateCommand(_) => "duplicate",
        CommandError::NotFound(_) => "not found",
        CommandError::InvalidRequest { command_id: _, message: _ } => "invalid request",
        CommandError::Internal { command_id: _, message: _ } => "internal",
        CommandError::Timeout => "timeout",
        CommandError::ChannelDisconnected => "disconnected",
        CommandError::Serde(_) => "serde",
    };
    let as_error: &dyn std::error::Error = &error;
    format!("{kind}: {as_error}")
}

async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Joins two registries; each names its half after the other.
async fn join(a: &CommandRegistry, b: &CommandRegistry) -> Result<Arc<Counting>, ChannelError> {
    let (for_a, for_b) = InMemoryChannel::pair(b.id(), a.id());
    let counting = Arc::new(Counting {
        inner: for_a,
        sent: Mutex::default(),
    });
    tokio::spawn(a.register_channel(counting.clone()).await?);
    tokio::spawn(b.register_channel(for_b).await?);
    Ok(counting)
}

fn definitions(registry: &CommandRegistry) -> String {
    let commands: Vec<CommandDef> = registry.list_commands();
    let mut commands = serde_json::to_value(&commands).unwrap();
    // Members may come in any order.
    commands.sort_all_objects();
    commands.to_string()
}

pub(super) async fn run() -> Vec<String> {
    let mut out = Vec::new();
    alone(&mut out).await.unwrap();
    in_a_tree(&mut out).await.unwrap();
    by_hand(&mut out).await.unwrap();
    utilities(&mut out);
    out.push("the end".to_owned());
    out
}

/// One registry by itself.
async fn alone(out: &mut Vec<String>) -> Result<(), CommandError> {
    let registry = CommandRegistry::new(Config {
        id: Some("alone".to_owned()),
        ..Default::default()
    });
    Notebook::new().register(&registry).await?;
    register_shout(&registry).await?;
    register_secret(&registry).await?;
    let calls = Arc::new(AtomicUsize::new(0));
    registry.register_command(Divide { calls: calls.clone() }).await?;
    let boxed: Vec<BoxedDynCommand> = vec![
        DynCommand::boxed("dyn.echo", |request: Value| async move { Ok(request) }),
        DynCommand::boxed("dyn.fail", |request: Value| async move {
            Err(CommandError::InvalidMessage(request.to_string()))
        })
        .description("Fails in an unusual way")
        .request_schema(json!({"type": "string"})),
    ];
    for command in boxed {
        registry.register_command(command).await?;
    }
    let handler: BoxedHandler = Box::new(|_| Box::pin(async { Ok(Value::Null) }));
    registry.register_command(DynCommand::new("dyn.nothing", handler)).await?;
    out.push(registry.id().to_owned());
    out.push(definitions(&registry));

    let note = Note { text: "buy milk".into(), tags: vec!["home".into()], priority: None };
    let count: usize = registry.execute::<notebook::Append>(note.clone()).await?;
    out.push(format!("notes.append: {count}"));
    out.push(tell(registry.execute::<notebook::Read>(0).await));
    out.push(tell(registry.execute::<notebook::Read>(7).await));
    registry.execute::<notebook::Clear>(()).await?;
    out.push(tell(registry.execute::<ShoutCommand>("hello".to_owned()).await));
    out.push(tell(registry.execute::<SecretCommand>(note).await));
    out.push(tell(registry.execute::<Divide>(Operands { dividend: 17, divisor: 5 }).await));
    out.push(tell(registry.execute::<Divide>(Operands { dividend: 17, divisor: 0 }).await));
    // How much of the decoder's text there is, is its own affair.
    let misfit = tell(registry.execute_dyn("math.divide", json!({"dividend": "x"})).await);
    out.push(misfit.split("math.divide: ").next().unwrap().to_owned());
    out.push(misfit.contains("invalid type: string \"x\", expected i64").to_string());
    out.push(format!("{} calls", calls.load(Ordering::SeqCst)));
    out.push(tell(registry.execute_dyn("dyn.echo", json!({"a": [1, null, 2.5, "ü"]})).await));
    out.push(tell(registry.execute_dyn("dyn.fail", json!("why")).await));
    out.push(tell(registry.execute_dyn("dyn.nothing", json!(null)).await));
    out.push(tell(registry.execute_dyn("nobody.has", json!(1)).await));
    out.push(tell(register_shout(&registry).await));

    let heard = Arc::new(Mutex::new(Vec::new()));
    let typed = heard.clone();
    let stop = registry.on::<NotesChanged>(move |event| {
        typed.lock().unwrap().push(format!("typed {} {:?}", event.notes, event.last.map(|note| note.text)));
    });
    let untyped = heard.clone();
    let _for_good = registry.on_dyn("notes.changed", move |payload| {
        untyped.lock().unwrap().push(format!("untyped {payload}"));
    });
    registry.emit(NotesChanged { notes: 1, last: None })?;
    registry.emit(DynEvent::new("notes.changed", json!({"notes": "not a number"})))?;
    stop();
    registry.emit(DynEvent::new("notes.changed", json!({"notes": 2})).schema(json!({})))?;
    out.append(&mut heard.lock().unwrap());
    registry.dispose().await;
    out.push(definitions(&registry));
    Ok(())
}

/// A root and two children, over channels.
async fn in_a_tree(out: &mut Vec<String>) -> Result<(), Box<dyn std::error::Error>> {
    let root = CommandRegistry::new(Config {
        id: Some("root".to_owned()),
        router_channel: None,
        request_ttl: Duration::from_millis(300),
        event_ttl: Duration::from_secs(5),
        max_in_flight_per_channel: 256,
    });
    let child = |id: &str| {
        CommandRegistry::new(Config {
            id: Some(id.to_owned()),
            router_channel: Some("root".to_owned()),
            ..Default::default()
        })
    };
    let (left, right) = (child("left"), child("right"));
    // Known before it is connected, and learned from the list.
    register_shout(&left).await?;
    let to_root = join(&left, &root).await?;
    join(&right, &root).await?;
    until(|| root.list_commands().len() == 1).await;
    Notebook::new().register(&right).await?;
    out.push(format!("{:?} {:?}", root.list_channels(), left.list_channels()));
    out.push(definitions(&root));
    out.push(tell(Notebook::new().register(&left).await));
    out.push(tell(root.register_channel(InMemoryChannel::pair("left", "x").0).await.map(drop).map_err(|error| {
        match error {
            ChannelError::Closed => CommandError::InvalidMessage("closed".into()),
            ChannelError::Send(text) | ChannelError::Other(text) => CommandError::InvalidMessage(text),
        }
    })));

    let note = Note { text: "over two hops".into(), tags: Vec::new(), priority: Some(3) };
    out.push(tell(left.execute::<notebook::Append>(note).await));
    out.push(tell(left.execute::<notebook::Read>(0).await));
    out.push(tell(left.execute::<notebook::Read>(1).await));
    out.push(tell(left.execute_dyn("notes.append", json!({"no": "text"})).await));
    out.push(tell(left.execute_dyn("notes.clear", Value::Null).await));
    out.push(tell(right.execute::<ShoutCommand>("hello".into()).await));
    out.push(tell(root.execute_dyn("text.shout", json!("from the root")).await));
    out.push(format!("{:?}", matches!(
        left.execute_dyn("nobody.has", Value::Null).await,
        Err(CommandError::NotFound(_))
    )));

    let heard = Arc::new(Mutex::new(Vec::new()));
    for (name, registry) in [("left", &left), ("right", &right), ("root", &root)] {
        let (ticks, closed) = (heard.clone(), heard.clone());
        let _ = registry.on::<Tick>(move |Tick(n)| ticks.lock().unwrap().push(format!("{name} {n}")));
        let _ = registry.on_dyn(NotesClosed::ID, move |payload| {
            closed.lock().unwrap().push(format!("{name} {payload}"));
        });
    }
    left.emit(Tick(1))?;
    root.emit(DynEvent::new("clock.tick", json!(2)))?;
    right.emit(NotesClosed)?;
    until(|| heard.lock().unwrap().len() == 9).await;
    heard.lock().unwrap().sort();
    out.append(&mut heard.lock().unwrap());

    // A provider that does not answer in time. The other messages give a lazy clock its chance.
    right.register_command(DynCommand::new("slow", |_: Value| std::future::pending::<Result<Value, CommandError>>())).await?;
    let slow = tokio::spawn({
        let root = root.clone();
        async move { root.execute_dyn("slow", Value::Null).await }
    });
    while !slow.is_finished() {
        right.emit(DynEvent::new("still.here", Value::Null))?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    out.push(tell(slow.await?));

    // A provider that goes while it is waited for.
    left.register_command(DynCommand::new("text.hang", |n: i64| async move {
        std::future::pending::<()>().await;
        Ok(n)
    }))
    .await?;
    let waiting = tokio::spawn({
        let root = root.clone();
        async move { root.execute_dyn("text.hang", json!(1)).await }
    });
    tokio::task::yield_now().await;
    left.dispose().await;
    out.push(tell(waiting.await?));
    until(|| root.list_channels() == ["right"]).await;
    out.push(tell(left.execute_dyn("notes.clear", Value::Null).await));
    out.push(tell(root.execute_dyn("text.shout", json!("anybody?")).await));
    out.push(format!("{:?}", to_root.sent.lock().unwrap()));
    root.dispose().await;
    right.dispose().await;
    Ok(())
}

/// A peer that is no registry: messages built and taken apart by hand.
async fn by_hand(out: &mut Vec<String>) -> Result<(), Box<dyn std::error::Error>> {
    let registry = CommandRegistry::new(Config::default());
    register_shout(&registry).await?;
    let (theirs, ours) = InMemoryChannel::pair("peer", "registry");
    let theirs: Arc<dyn CommandChannel> = theirs;
    tokio::spawn(registry.register_channel(theirs).await?);
    ours.start().await?;
    let probe = ours.recv().await.ok_or("no probe")?;
    // What a crate says of itself in the envelope is its own affair.
    out.push(format!("{:?} {}", probe.thid(), matches!(probe, Message::ListCommandsRequest { .. })));

    ours.send(Message::ListCommandsResponse {
        id: MessageId::from_u128(1),
        meta: Some(MessageMeta { baggage: Some("a=b".into()), ..MessageMeta::default() }),
        thid: probe.id(),
        commands: vec![CommandDef {
            id: "peer.sum".into(),
            description: Some("Adds".into()),
            schema: Some(CommandSchema { request: None, response: Some(json!({"type": "integer"})) }),
        }],
    })?;
    ours.send(Message::ExecuteCommandRequest {
        id: MessageId::from_u128(2),
        meta: None,
        command_id: "text.shout".into(),
        request: Some(json!("by hand").into()),
    })?;
    let answer = ours.recv().await.ok_or("no answer")?;
    out.push(format!("{:?}", answer.thid().map(|id| id.as_u128())));
    if let Message::ExecuteCommandResponse { response: ExecuteResult::Ok { result: Some(result), .. }, .. } = answer {
        out.push(serde_json::to_string(&result)?);
    }
    until(|| registry.list_commands().len() == 2).await;
    out.push(definitions(&registry));

    let call = tokio::spawn(async move { registry.execute_dyn("peer.sum", json!([1, 2])).await });
    let Some(Message::ExecuteCommandRequest { id, command_id, request, .. }) = ours.recv().await else {
        return Err("no call".into());
    };
    out.push(format!("{command_id} {}", serde_json::to_string(&request)?));
    ours.send(Message::ExecuteCommandResponse {
        id: MessageId::from_u128(3),
        meta: None,
        thid: id,
        response: ExecuteResult::Err {
            ok: False,
            error: ExecuteError { code: ExecuteErrorCode::InternalError, message: "cannot count".into() },
        },
    })?;
    out.push(tell(call.await?));
    ours.close().await;
    out.push(format!("{}", ours.send(probe).unwrap_err()));
    Ok(())
}

fn utilities(out: &mut Vec<String>) {
    let wire = json!({"type": "event", "id": "b7c1c0de-6a0e-4a9c-8b0c-1f2e3d4c5b6a", "eventId": "a.b",
        "_meta": {"traceparent": "00-1-2-01", "own": {"x": 1}}, "payload": [1, {"deep": null}], "unknown": true});
    let message: Message = serde_json::from_value(wire).unwrap();
    let mut wire = serde_json::to_value(&message).unwrap();
    wire.sort_all_objects();
    out.push(wire.to_string());
    out.push(format!("{:?}", message.meta()));
    for bad in [json!({}), json!({"type": "event"}), json!({"type": "nonsense", "id": "x"}), json!(null)] {
        out.push(format!("{}", serde_json::from_value::<Message>(bad).is_err()));
    }
    let map = TtlMap::new(Duration::ZERO);
    map.insert("key", 1);
    out.push(format!("{:?} {:?} {}", map.insert("key", 2), map.get_cloned(&"key"), map.len()));
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let mut schema = normalize_schema(schema);
    schema.sort_all_objects();
    out.push(schema.to_string());
    out.push(format!("{:?}", CommandSchema::empty().with_request(json!(true))));
}
