//! Plays the JSON vectors under `spec/vectors/`, whose form is described in the `README.md` there.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use cmdbus_proto::error::{CommandError, ExecuteErrorCode};
use cmdbus_proto::extension::{CallTerms, CancelReason, Features, Progress};
use cmdbus_proto::message::{CommandDef, ExecuteError, Message, MessageMeta};
use cmdbus_proto::node::{ItemSent, NodeConfig, NodeLimits, RunId, SpanKind};
use cmdbus_proto::wire::{self, Decoded, FrameLimits};
use cmdbus_proto::{Payload, normalize_schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::behaviour::Behaviour;
use crate::bench::{Bench, Output, Refusal};
use crate::messages::{self, ForeignTexts};

type Checked = Result<(), String>;

/// Plays every vector of a file and returns how many there are.
///
/// # Errors
/// The name of every vector that failed, with the reason; or why the file cannot be read.
pub fn play(text: &str) -> Result<usize, Vec<String>> {
    #[derive(Deserialize)]
    struct File {
        kind: String,
        vectors: Vec<Map<String, Value>>,
    }
    let file: File = serde_json::from_str(text).map_err(|error| vec![error.to_string()])?;
    let run = match file.kind.as_str() {
        "behaviour" => behaviour,
        "encoding" => encoding,
        "schema" => schema,
        "error" => error,
        other => return Err(vec![format!("unknown kind of vectors `{other}`")]),
    };
    let mut failures = Vec::new();
    for vector in &file.vectors {
        let name = vector.get("name").and_then(Value::as_str).unwrap_or("?");
        if let Err(why) = run(vector) {
            failures.push(format!("{name}: {why}"));
        }
    }
    if failures.is_empty() {
        Ok(file.vectors.len())
    } else {
        Err(failures)
    }
}

fn read<T: for<'de> Deserialize<'de>>(value: &Value) -> Result<T, String> {
    // Through text, because messages keep slices of it.
    serde_json::from_str(&value.to_string()).map_err(|error| format!("{error} in {value}"))
}

fn text(value: &Value) -> Result<&str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("{value} is not a string"))
}

fn to_json(message: &Message) -> Result<Value, String> {
    serde_json::to_string(message)
        .and_then(|text| serde_json::from_str(&text))
        .map_err(|error| error.to_string())
}

// --- behaviour -------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    name: Option<String>,
    router: Option<String>,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    spans: bool,
    #[serde(default = "thirty_seconds")]
    request_ttl_ms: u64,
    #[serde(default = "five_seconds")]
    event_ttl_ms: u64,
    max_in_flight: Option<usize>,
    parked: Option<usize>,
    open_announcements: Option<usize>,
    list_definitions: Option<usize>,
    seen_events: Option<usize>,
    open_per_session: Option<usize>,
    advertised_per_session: Option<usize>,
    outbox: Option<usize>,
    serve_private: Option<bool>,
    handler_time_limit_ms: Option<u64>,
    max_deadline_ms: Option<u64>,
    cancel_grace_ms: Option<u64>,
    streams_per_session: Option<usize>,
}

fn thirty_seconds() -> u64 {
    30_000
}

fn five_seconds() -> u64 {
    5_000
}

impl Config {
    fn resolve(self) -> Result<NodeConfig, String> {
        let time = |ms: u64| (ms > 0).then(|| Duration::from_millis(ms));
        let span = |ms: Option<u64>, default| ms.map_or(default, Duration::from_millis);
        let limits = NodeLimits::default();
        let mut features = Features::default();
        for name in &self.features {
            match name.as_str() {
                "cancel/1" => features.cancel = true,
                "progress/1" => features.progress = true,
                "stream/1" => features.stream = true,
                other => return Err(format!("unknown feature `{other}`")),
            }
        }
        Ok(NodeConfig {
            name: self.name,
            features,
            spans: self.spans,
            router_channel: self.router,
            request_ttl: time(self.request_ttl_ms),
            event_ttl: time(self.event_ttl_ms),
            max_in_flight: self.max_in_flight.unwrap_or(256),
            limits: NodeLimits {
                open_per_session: self.open_per_session.unwrap_or(limits.open_per_session),
                advertised_per_session: self
                    .advertised_per_session
                    .unwrap_or(limits.advertised_per_session),
                parked: self.parked.unwrap_or(limits.parked),
                outbox: self.outbox.unwrap_or(limits.outbox),
                seen_events: self.seen_events.unwrap_or(limits.seen_events),
                open_announcements: self.open_announcements.unwrap_or(limits.open_announcements),
                list_definitions: self.list_definitions.unwrap_or(limits.list_definitions),
                serve_private: self.serve_private.unwrap_or(limits.serve_private),
                handler_time_limit: self.handler_time_limit_ms.and_then(time),
                max_deadline: span(self.max_deadline_ms, limits.max_deadline),
                cancel_grace: span(self.cancel_grace_ms, limits.cancel_grace),
                streams_per_session: self
                    .streams_per_session
                    .unwrap_or(limits.streams_per_session),
                ..limits
            },
        })
    }
}

/// The registry under test and what the vector has named so far.
struct Play {
    bench: Bench,
    names: HashMap<String, String>,
    runs: HashMap<String, RunId>,
    serial: u64,
}

fn behaviour(vector: &Map<String, Value>) -> Checked {
    let config: Config = match vector.get("config") {
        Some(config) => read(config)?,
        None => read(&json!({}))?,
    };
    let mut play = Play {
        bench: Bench::new(config.resolve()?, 0),
        names: HashMap::new(),
        runs: HashMap::new(),
        serial: 0,
    };
    let steps: Vec<Map<String, Value>> = read(vector.get("steps").unwrap_or(&Value::Null))?;
    for (at, step) in steps.iter().enumerate() {
        play.step(step)
            .map_err(|why| format!("step {}: {why}", at + 1))?;
    }
    Ok(())
}

impl Play {
    fn step(&mut self, step: &Map<String, Value>) -> Checked {
        let step = &self.filled_in(&Value::Object(step.clone()), &["expect"]);
        let Some((input, subject)) = INPUTS
            .iter()
            .find_map(|input| Some((*input, step.get(*input)?)))
        else {
            return Err(format!("no input in {step}"));
        };
        let payload = |key: &str| step.get(key).cloned().map(Payload::from);
        let bench = &mut self.bench;
        match input {
            "open" | "started" => {
                let channel = text(subject)?;
                let opened = match input {
                    "open" => bench.open(channel).map(drop),
                    _ => bench.started(bench.session(channel)),
                };
                let refused = opened.err().map(|error| error.to_string());
                let expected = step.get("error").map(text).transpose()?;
                if refused.as_deref() != expected {
                    return Err(format!("the channel was opened with {refused:?}"));
                }
                if refused.is_none() {
                    let session = bench.session(channel);
                    let mut outputs = bench.take();
                    match (!outputs.is_empty()).then(|| outputs.remove(0)) {
                        Some(Output::Sent {
                            session: to,
                            message: Message::ListCommandsRequest { id, meta },
                            ..
                        }) if to == session => {
                            if let Some(wanted) = step.get("announces") {
                                let said = meta.map_or(json!({}), |meta| json!(meta));
                                let said = said.get("cmdbus-features").unwrap_or(&Value::Null);
                                if said != wanted {
                                    return Err(format!("the probe announces {said}"));
                                }
                            }
                            self.names
                                .insert(format!("${channel}.probe"), id.to_string());
                        }
                        other => return Err(format!("no probe first, but {other:?}")),
                    }
                    return self.expect(step, outputs);
                }
            }
            "start" => bench
                .start(text(subject)?)
                .map(drop)
                .map_err(|error| error.to_string())?,
            "from" => bench.receive(text(subject)?, read(&step["message"])?),
            "close" => bench.hang_up(text(subject)?),
            "call" => {
                let meta = step.get("meta").map(read).transpose()?;
                let request = payload("request").and_then(Payload::non_null);
                let (call, command) = (text(subject)?, text(&step["command"])?);
                bench.call_on_terms(call, command, request, meta, terms(step)?);
                if let Some(limit) = milliseconds(step, "idle_ms")? {
                    bench.limit_idle(call, limit);
                }
            }
            "cancel" => {
                let reason = match step.get("reason").map(text).transpose()? {
                    None | Some("caller_gone") => CancelReason::CALLER_GONE,
                    Some("deadline") => CancelReason::DEADLINE,
                    Some("user") => CancelReason::USER,
                    Some("shutdown") => CancelReason::SHUTDOWN,
                    Some(other) => return Err(format!("no caller gives the reason `{other}`")),
                };
                bench.cancel_because(text(subject)?, &reason);
            }
            "credit" => {
                let add = step["add"].as_u64().ok_or("`add` is not a number")?;
                let add = u32::try_from(add).map_err(|error| error.to_string())?;
                bench.give_credit(text(subject)?, add);
            }
            "report" => {
                let run = *self.runs.get(text(subject)?).ok_or("no such run")?;
                let progress = Progress {
                    progress: step["at"].as_f64().ok_or("`at` is not a number")?,
                    total: step.get("total").and_then(Value::as_f64),
                    message: step.get("message").map(read).transpose()?,
                };
                bench.report(run, progress);
            }
            "item" => {
                let run = *self.runs.get(text(subject)?).ok_or("no such run")?;
                let became = match bench.send_item(run, step["value"].clone()) {
                    ItemSent::Sent => "sent",
                    ItemSent::NoCredit(_) => "no_credit",
                    ItemSent::Unwanted => "unwanted",
                };
                if step.get("became").map_or(Ok("sent"), text)? != became {
                    return Err(format!("the item became `{became}`"));
                }
            }
            "register" => {
                let definition = read(&step["command"])?;
                bench.register(text(subject)?, definition, Behaviour::WhenTold);
            }
            "unregister" => {
                let there = bench.unregister(text(subject)?);
                if step.get("was_there") != Some(&Value::Bool(there)) {
                    return Err(format!("`was_there` is {there}"));
                }
            }
            "emit" => bench.emit(
                text(subject)?,
                step.get("payload").cloned().unwrap_or_default(),
            ),
            "wait_ms" => {
                let ms = subject.as_u64().ok_or("not a number")?;
                bench.advance(Duration::from_millis(ms));
            }
            "refuse" => {
                let refusal = match text(&step["error"])? {
                    "closed" => Refusal::Closed,
                    "broken" => Refusal::Broken,
                    other => Refusal::ThisOne(other.to_owned()),
                };
                let times = step.get("times").and_then(Value::as_u64).unwrap_or(1);
                let times = usize::try_from(times).map_err(|error| error.to_string())?;
                bench.refuse(bench.session(text(subject)?), refusal, times);
            }
            "hold" | "release" => bench.hold(bench.session(text(subject)?), input == "hold"),
            "finish" => {
                let run = *self.runs.get(text(subject)?).ok_or("no such run")?;
                let result = match step.get("error") {
                    Some(error) => Err(read::<ExecuteError>(error)?),
                    None => Ok(payload("result").and_then(Payload::non_null)),
                };
                bench.finish(run, result);
            }
            "dispose" => bench.dispose(),
            _ => return self.check(subject),
        }
        let outputs = self.bench.take();
        self.expect(step, outputs)
    }

    fn check(&self, wanted: &Value) -> Checked {
        let node = &self.bench.node;
        for (key, wanted) in wanted.as_object().ok_or("not an object")? {
            let found = match key.as_str() {
                "commands" => json!(self.bench.commands()),
                "definitions" => json!(node.commands().collect::<Vec<_>>()),
                "channels" => json!(node.channels()),
                "streams" => json!(node.load().streams),
                "ignored_frames" => json!(node.stats().ignored_frames),
                "ignored_terms" => json!(node.stats().ignored_terms),
                "ignored_responses" => json!(node.stats().ignored_responses),
                "repeated_requests" => json!(node.stats().repeated_requests),
                "unsent" => json!(node.stats().unsent),
                "quiet" => {
                    let load = node.load();
                    json!(
                        load.outstanding == 0
                            && load.open == 0
                            && load.streams == 0
                            && load.running == 0
                            && load.parked == 0
                            && load.timers == 0
                            && load.seen_events == 0
                    )
                }
                other => return Err(format!("unknown check `{other}`")),
            };
            if found != *wanted {
                return Err(format!("`{key}` is {found}, not {wanted}"));
            }
        }
        Ok(())
    }

    /// Puts ids in the place of their names; a name that stands for nothing yet gets a new id.
    fn filled_in(&mut self, value: &Value, except: &[&str]) -> Value {
        match value {
            Value::String(name) if name.starts_with('$') => {
                let serial = &mut self.serial;
                let id = self.names.entry(name.clone()).or_insert_with(|| {
                    *serial += 1;
                    messages::id(*serial).to_string()
                });
                Value::String(id.clone())
            }
            Value::Array(items) => items.iter().map(|item| self.filled_in(item, &[])).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, item)| {
                    let item = if except.contains(&key.as_str()) {
                        item.clone()
                    } else {
                        self.filled_in(item, &[])
                    };
                    (key.clone(), item)
                })
                .collect(),
            other => other.clone(),
        }
    }

    /// Compares what happened with what should have. Order counts for each recipient.
    fn expect(&mut self, step: &Value, outputs: Vec<Output>) -> Checked {
        let mut happened: VecDeque<Value> = VecDeque::new();
        let mut started = HashMap::new();
        for output in outputs {
            happened.push_back(self.describe(output, &mut started)?);
        }
        let expected = match step.get("expect") {
            Some(Value::Array(expected)) => expected.as_slice(),
            _ => &[],
        };
        for wanted in expected {
            let group = group(wanted);
            let Some(at) = happened.iter().position(|it| self::group(it) == group) else {
                return Err(format!(
                    "{wanted} did not happen, but {:?}",
                    Vec::from(happened)
                ));
            };
            let Some(found) = happened.remove(at) else {
                continue;
            };
            if let Some(run) = wanted.get("run").and_then(Value::as_str)
                && let Some(id) = found["run"].as_str().and_then(|it| started.get(it))
            {
                self.runs.insert(run.to_owned(), *id);
            }
            self.compare(wanted, &found)
                .map_err(|why| format!("{why}\n  wanted {wanted}\n  found  {found}"))?;
        }
        if happened.is_empty() {
            Ok(())
        } else {
            Err(format!("unexpected: {:?}", Vec::from(happened)))
        }
    }

    fn describe(
        &self,
        output: Output,
        started: &mut HashMap<String, RunId>,
    ) -> Result<Value, String> {
        let payload = |payload: Option<Payload>| match payload {
            None => Ok(None),
            Some(payload) => payload
                .into_value()
                .map(Some)
                .map_err(|error| error.to_string()),
        };
        let mut it = match output {
            Output::Sent {
                session, message, ..
            } => json!({"to": self.bench.name_ever(session), "message": to_json(&message)?}),
            Output::Run {
                session,
                run,
                command_id,
                request,
                meta,
                terms,
                deadline,
                ..
            } => {
                let label = format!("{run:?}");
                let mut it = json!({"run": label, "from": self.bench.name_ever(session),
                    "command": command_id});
                started.insert(label, run);
                insert(&mut it, "request", payload(request)?);
                insert(&mut it, "meta", meta.map(|meta| json!(meta)));
                let left = deadline.map(|due| due.saturating_sub(self.bench.elapsed()));
                insert(&mut it, "left_ms", left.map(|left| json!(left.as_millis())));
                insert(&mut it, "credit", terms.credit.map(Value::from));
                insert(&mut it, "progress", terms.progress.then(|| true.into()));
                insert(&mut it, "trace", terms.trace.then(|| true.into()));
                it
            }
            Output::CancelRun(run, reason) => {
                json!({"cancel": self.name_of(run), "reason": reason.as_str()})
            }
            Output::StopRun(run) => json!({"stop": self.name_of(run)}),
            Output::Credit(run) => json!({"credit": self.name_of(run)}),
            Output::Progress { call, progress } => {
                let mut it = json!({"progress": call, "at": number(progress.progress)});
                insert(&mut it, "total", progress.total.map(number));
                insert(&mut it, "message", progress.message.map(Value::from));
                it
            }
            Output::Item { call, item } => json!({"item": call, "value": payload(Some(item))?}),
            Output::Span(span) => {
                let kind = match span.kind {
                    SpanKind::Call => "call",
                    SpanKind::Hop => "hop",
                    SpanKind::Handler => "handler",
                };
                let spent = span.ended.saturating_duration_since(span.started);
                let mut it = json!({"span": kind, "command": span.command_id,
                    "traceparent": span.traceparent, "ms": spent.as_millis()});
                insert(&mut it, "error", span.error.map(Value::from));
                it
            }
            Output::Local { call, .. } => json!({"local": call}),
            Output::Done {
                call,
                result,
                trace,
            } => {
                let mut it = json!({"done": call});
                match result {
                    Ok(result) => insert(&mut it, "result", payload(result)?),
                    Err(error) => insert(&mut it, "error", Some(json!(error))),
                }
                insert(
                    &mut it,
                    "trace",
                    (!trace.is_empty()).then_some(trace.into()),
                );
                it
            }
            Output::Registered { call, result } => match result {
                Ok(()) => json!({"registered": call}),
                Err(error) => json!({"registered": call, "error": error}),
            },
            Output::Heard(delivery) => {
                let mut it = json!({"heard": delivery.event_id});
                insert(&mut it, "payload", payload(delivery.payload)?);
                it
            }
            Output::Closed(session) => json!({"closed": self.bench.name_ever(session)}),
            Output::Warned(_) => json!({"warned": true}),
        };
        Ok(it.take())
    }

    /// Returns what the vector calls a run.
    fn name_of(&self, run: RunId) -> Option<&str> {
        let mut runs = self.runs.iter();
        let (name, _) = runs.find(|(_, it)| **it == run)?;
        Some(name)
    }

    fn compare(&mut self, wanted: &Value, found: &Value) -> Checked {
        match (wanted, found) {
            (Value::String(name), _) if name == "$any" => Ok(()),
            (Value::String(name), Value::String(text)) if name.starts_with('$') => {
                match self.names.get(name) {
                    Some(known) if known == text => Ok(()),
                    Some(known) => Err(format!("`{name}` is {known}")),
                    None if self.names.values().any(|other| other == text) => {
                        Err(format!("`{name}` is not new"))
                    }
                    None => {
                        self.names.insert(name.clone(), text.clone());
                        Ok(())
                    }
                }
            }
            (Value::Object(wanted), Value::Object(found)) => {
                for key in found.keys() {
                    if !wanted.contains_key(key) {
                        return Err(format!("member `{key}` should not be there"));
                    }
                }
                for (key, wanted) in wanted {
                    let Some(found) = found.get(key) else {
                        return Err(format!("member `{key}` is missing"));
                    };
                    // How a run is called here and there has been noted already.
                    if key != "run" {
                        self.compare(wanted, found)
                            .map_err(|why| format!("{key}: {why}"))?;
                    }
                }
                Ok(())
            }
            (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => wanted
                .iter()
                .zip(found)
                .try_for_each(|(wanted, found)| self.compare(wanted, found)),
            _ if wanted == found => Ok(()),
            _ => Err(format!("{found} instead of {wanted}")),
        }
    }
}

/// Inputs by the member that names them. A member of another input comes after that.
const INPUTS: [&str; 20] = [
    "open",
    "start",
    "started",
    "from",
    "close",
    "call",
    "cancel",
    "report",
    "item",
    "credit",
    "register",
    "unregister",
    "emit",
    "wait_ms",
    "refuse",
    "hold",
    "release",
    "finish",
    "dispose",
    "check",
];

/// Returns who gets to see something. Between two of them no order is promised.
fn group(output: &Value) -> String {
    for key in ["to", "from", "heard"] {
        if let Some(who) = output.get(key) {
            return if key == "heard" {
                key.to_owned()
            } else {
                format!("{key} {who}")
            };
        }
    }
    for (key, kind) in [
        ("done", "call"),
        ("progress", "call"),
        ("item", "call"),
        ("cancel", "run"),
        ("stop", "run"),
        ("credit", "run"),
        ("registered", "registered"),
        ("closed", "closed"),
        ("local", "local"),
        ("span", "span"),
        ("warned", "warned"),
    ] {
        if let Some(who) = output.get(key) {
            return format!("{kind} {who}");
        }
    }
    String::new()
}

/// Reads what a call of this process asks for.
fn terms(step: &Value) -> Result<CallTerms, String> {
    let credit = step.get("credit").map(read).transpose()?;
    let wants = |key: &str| step.get(key) == Some(&Value::Bool(true));
    Ok(CallTerms {
        timeout: milliseconds(step, "timeout_ms")?,
        progress: wants("progress"),
        credit,
        trace: wants("trace"),
        hops: 0,
    })
}

fn milliseconds(step: &Value, key: &str) -> Result<Option<Duration>, String> {
    let ms = step.get(key).map(read).transpose()?;
    Ok(ms.map(Duration::from_millis))
}

/// Returns a number as a vector writes it: whole ones without a point.
fn number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        json!(number as i64)
    } else {
        json!(number)
    }
}

fn insert(object: &mut Value, key: &str, value: Option<Value>) {
    if let (Value::Object(map), Some(value)) = (object, value) {
        map.insert(key.to_owned(), value);
    }
}

// --- encoding --------------------------------------------------------------------------------

fn encoding(vector: &Map<String, Value>) -> Checked {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Vector {
        #[serde(rename = "name")]
        _name: String,
        #[serde(rename = "rule")]
        _rule: Option<String>,
        /// The frame, or its parts with how often each is repeated.
        frame: Frame,
        frame_bytes: Option<usize>,
        definitions: Option<usize>,
        decoded: Option<Value>,
        accepted: Option<String>,
        payload_text: Option<String>,
        reply_thid: Option<String>,
        skipped: Option<usize>,
        failure: Option<Answer>,
        refused: Option<Answer>,
        dropped: Option<bool>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Frame {
        Text(String),
        Parts(Vec<(String, usize)>),
        Bytes { hex: String },
    }
    #[derive(Deserialize)]
    struct Answer {
        thid: String,
        code: ExecuteErrorCode,
        says: Option<String>,
    }

    let vector: Vector = read(&Value::Object(vector.clone()))?;
    let frame = match vector.frame {
        Frame::Text(text) => text.into_bytes(),
        Frame::Parts(parts) => parts
            .iter()
            .flat_map(|(text, times)| text.repeat(*times).into_bytes())
            .collect(),
        Frame::Bytes { hex } => (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16))
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?,
    };
    let mut limits = FrameLimits::default();
    if let Some(bytes) = vector.frame_bytes {
        limits = limits.frame_bytes(bytes);
    }
    if let Some(count) = vector.definitions {
        limits = limits.definitions(count);
    }
    let mut ids = ForeignTexts::default();
    let answered = |message: &Message, wanted: &Answer, ids: &mut ForeignTexts| -> Checked {
        let json = encoded(message, ids)?;
        let code = &json["response"]["error"]["code"];
        let says = json["response"]["error"]["message"]
            .as_str()
            .unwrap_or_default();
        if json["thid"] != *wanted.thid || *code != wanted.code.as_str() {
            return Err(format!("answered with {json}"));
        }
        match &wanted.says {
            Some(part) if !says.contains(part) => Err(format!("the message is `{says}`")),
            _ => Ok(()),
        }
    };
    let decoded = wire::decode(Bytes::from(frame), &limits, &mut ids);
    match decoded {
        Decoded::Truncated(_, skipped) if vector.skipped != Some(skipped) => {
            Err(format!("{skipped} definitions were skipped"))
        }
        Decoded::Message(message) | Decoded::Truncated(message, _) if vector.decoded.is_some() => {
            if let Some(wanted) = &vector.payload_text {
                let payload = match &message {
                    Message::ExecuteCommandRequest { request, .. } => request.clone(),
                    Message::ExecuteCommandResponse { response, .. } => {
                        response.clone().into_result().ok().flatten()
                    }
                    Message::Event { payload, .. } => payload.clone(),
                    _ => None,
                };
                let found = payload.map(|payload| payload.to_json().into_owned());
                if found.as_deref() != Some(wanted.as_bytes()) {
                    return Err(format!("the payload is {found:?}"));
                }
            }
            let json = encoded(&message, &mut ids)?;
            let mut play = Play {
                bench: Bench::root(),
                names: HashMap::new(),
                runs: HashMap::new(),
                serial: 0,
            };
            play.compare(&vector.decoded.unwrap_or_default(), &json)?;
            if let Some(thid) = vector.reply_thid {
                let reply = messages::success(message.id(), Value::Null);
                let reply = encoded(&reply, &mut ids)?;
                if reply["thid"] != *thid {
                    return Err(format!("replied to as {}", reply["thid"]));
                }
            }
            Ok(())
        }
        Decoded::Message(message) if vector.accepted.is_some() => {
            let frame = wire::encode(&message, &limits, &mut ids);
            frame.map_err(|error| format!("written again, it is {error}"))?;
            let failed = matches!(&message, Message::ExecuteCommandResponse { response, .. }
                if response.clone().into_result().is_err());
            if failed || vector.accepted.as_deref() != Some(message.type_name()) {
                return Err(format!("read as {}", message.type_name()));
            }
            Ok(())
        }
        Decoded::Message(message) => match &vector.failure {
            Some(wanted) => answered(&message, wanted, &mut ids),
            None => Err(format!("read as {message:?}")),
        },
        Decoded::Refused(answer, _) => match &vector.refused {
            Some(wanted) => answered(&answer, wanted, &mut ids),
            None => Err(format!("refused with {answer:?}")),
        },
        Decoded::Dropped(_) if vector.dropped == Some(true) => Ok(()),
        other => Err(format!("read as {other:?}")),
    }
}

fn encoded(message: &Message, ids: &mut ForeignTexts) -> Result<Value, String> {
    let frame =
        wire::encode(message, &FrameLimits::default(), ids).map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    frame.write_to(&mut text);
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

// --- schemas and errors ----------------------------------------------------------------------

fn schema(vector: &Map<String, Value>) -> Checked {
    let (Some(given), Some(wanted)) = (vector.get("schema"), vector.get("normalized")) else {
        return Err("`schema` and `normalized` are needed".to_owned());
    };
    let once = normalize_schema(given.clone());
    if once != *wanted {
        return Err(format!("normalised to {once}"));
    }
    let twice = normalize_schema(once.clone());
    if twice != once {
        return Err(format!("normalised again to {twice}"));
    }
    let definition = CommandDef {
        schema: Some(cmdbus_proto::message::CommandSchema::empty().with_request(given.clone())),
        ..messages::command("a")
    };
    match definition.normalized().schema.and_then(|it| it.request) {
        Some(request) if request == *wanted => Ok(()),
        other => Err(format!("travels as {other:?}")),
    }
}

fn error(vector: &Map<String, Value>) -> Checked {
    let received: ExecuteError = read(vector.get("received").unwrap_or(&Value::Null))?;
    let called = text(vector.get("called").unwrap_or(&Value::Null))?;
    let seen = CommandError::from_wire(received, called);
    if let Some(wanted) = vector.get("shown")
        && seen.to_string() != text(wanted)?
    {
        return Err(format!("shown as `{seen}`"));
    }
    let answered = json!(seen.to_wire(called));
    match vector.get("answered") {
        Some(wanted) if answered != *wanted => Err(format!("answered as {answered}")),
        _ => Ok(()),
    }
}

/// Reads an envelope; for tests that write it as JSON.
///
/// # Panics
/// It is not one.
pub fn meta(value: Value) -> Option<MessageMeta> {
    Some(serde_json::from_value(value).expect("an object is an envelope"))
}
