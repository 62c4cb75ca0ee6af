//! A core with a store in memory and a clock that is moved by hand.

use std::collections::BTreeMap;
use std::time::Duration;

use cmdbus_broker::core::{
    Caller, Core, Effect, Figures, Input, Level, Life, Liveness, Metadata, Notice, Now, NowEffect,
    OpenStream, Partners, Process, Push, PushId, RandomSource, Register, Registration, Reply,
    ReqId, Request, Send, Sender, Spawn, Step, StreamId,
};
use cmdbus_broker::driver::look_up;
use cmdbus_broker::ids::{EndpointId, MessageId};
use cmdbus_broker::store::{Content, Digest, MemoryStore, Op, SendStatus, Seq, Store};
use serde_json::{Map, Value};
use sha2::Digest as _;

/// The wall clock at the beginning.
pub(crate) const T: i64 = 1_772_439_330_120;

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A core and all that is around it.
pub(crate) struct Bench {
    pub(crate) core: Core,
    pub(crate) store: MemoryStore,
    pub(crate) figures: Figures,
    pub(crate) now: Now,
    wake: Option<Duration>,
    next: u64,
    seed: u64,
    pub(crate) replies: BTreeMap<ReqId, Reply>,
    /// Pushes that nobody has looked at yet.
    pub(crate) pushes: Vec<Push>,
    pub(crate) pings: Vec<(StreamId, u64)>,
    pub(crate) told: Vec<(StreamId, Value)>,
    pub(crate) closed: Vec<(StreamId, u16, &'static str)>,
    pub(crate) probes: Vec<Process>,
    pub(crate) started: Vec<Spawn>,
    /// What was asked of the ports.
    pub(crate) network: Vec<Effect>,
    pub(crate) partners: Partners,
    /// What is said of every spawn that is to be checked.
    pub(crate) spawnable: Result<(), String>,
    /// Spawns that were checked.
    pub(crate) checked: Vec<Spawn>,
    /// What is said of a spawn is held back while this is set.
    pub(crate) hold_checks: bool,
    pub(crate) log: Vec<Notice>,
    /// Every operation of the last input.
    pub(crate) ops: Vec<Op>,
    /// What the store answers is held back while this is set.
    pub(crate) hold_reads: bool,
    held: Vec<Effect>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Figures::default())
    }

    pub(crate) fn with(figures: Figures) -> Self {
        Self::among(figures, Partners::None)
    }

    /// A broker that is one of several.
    pub(crate) fn foreign() -> Self {
        let partners = Partners::Foreign {
            arbitrates_routes: false,
        };
        Self::among(Figures::default(), partners)
    }

    pub(crate) fn among(figures: Figures, partners: Partners) -> Self {
        let mut store = MemoryStore::new();
        let now = Now {
            mono: Duration::from_secs(100),
            wall: T,
        };
        let loaded = store.load().unwrap();
        let life = Life {
            partners,
            ..Life::default()
        };
        let (core, step) = Core::again(loaded, life, figures.clone(), random(1), now);
        let mut bench = Self {
            core,
            store,
            figures,
            now,
            wake: None,
            next: 1,
            seed: 1,
            replies: BTreeMap::new(),
            pushes: Vec::new(),
            pings: Vec::new(),
            told: Vec::new(),
            closed: Vec::new(),
            probes: Vec::new(),
            started: Vec::new(),
            network: Vec::new(),
            partners,
            spawnable: Ok(()),
            checked: Vec::new(),
            hold_checks: false,
            log: Vec::new(),
            ops: Vec::new(),
            hold_reads: false,
            held: Vec::new(),
        };
        bench.perform(step);
        bench
    }

    /// Ends the core as `kill -9` would, and begins another one with what was stored. Streams are gone.
    pub(crate) fn restart(&mut self) {
        self.seed += 1;
        let loaded = self.store.load().unwrap();
        let life = Life {
            partners: self.partners,
            ..Life::default()
        };
        let figures = self.figures.clone();
        let (core, step) = Core::again(loaded, life, figures, random(self.seed), self.now);
        self.network.clear();
        self.core = core;
        self.wake = None;
        self.held.clear();
        self.pushes.clear();
        self.pings.clear();
        self.perform(step);
    }

    /// Makes a core anew of what was stored, in the same process.
    pub(crate) fn rebuild(&mut self, life: Life) {
        self.seed += 1;
        let loaded = self.store.load().unwrap();
        let figures = self.figures.clone();
        let (core, step) = Core::again(loaded, life, figures, random(self.seed), self.now);
        self.core = core;
        self.wake = None;
        self.held.clear();
        self.pings.clear();
        self.perform(step);
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.ops.clear();
        let step = self.core.handle(self.now, input);
        self.perform(step);
    }

    fn perform(&mut self, step: Step) {
        self.store.commit(&step.ops).expect("the store takes it");
        self.ops.extend(step.ops);
        for effect in step.now {
            match effect {
                NowEffect::Ping { stream, ping } => self.pings.push((stream, ping)),
                NowEffect::Probe(process) => self.probes.push(process),
                NowEffect::CheckSpawn(spawn) => {
                    self.checked.push(spawn.clone());
                    if self.hold_checks {
                        continue;
                    }
                    let result = self.spawnable.clone();
                    let step = self
                        .core
                        .handle(self.now, Input::SpawnChecked { spawn, result });
                    self.perform(step);
                }
                NowEffect::WakeAt(at) => self.wake = at,
                NowEffect::Log(notice) => self.log.push(notice),
            }
        }
        for effect in step.after {
            match effect {
                Effect::Read { .. } if self.hold_reads => self.held.push(effect),
                Effect::Read { read, query } => {
                    let found = look_up(&*self.store.reader(), query);
                    let step = self.core.handle(self.now, Input::Read { read, found });
                    self.perform(step);
                }
                Effect::Answer { req, reply } => {
                    assert!(self.replies.insert(req, reply).is_none(), "answered twice");
                }
                Effect::Push(push) => self.pushes.push(push),
                Effect::Ping { stream, ping } => self.pings.push((stream, ping)),
                Effect::Tell { stream, frame } => self.told.push((stream, frame)),
                Effect::Close {
                    stream,
                    code,
                    reason,
                } => self.closed.push((stream, code, reason)),
                Effect::Start(spawn) => self.started.push(spawn),
                other => self.network.push(other),
            }
        }
    }

    /// Lets the store answer what was held back.
    pub(crate) fn release_reads(&mut self) {
        self.hold_reads = false;
        // All of it was read before any of it is heard of.
        let mut found = Vec::new();
        for effect in std::mem::take(&mut self.held) {
            if let Effect::Read { read, query } = effect {
                found.push((read, look_up(&*self.store.reader(), query)));
            }
        }
        for (read, found) in found {
            self.input(Input::Read { read, found });
        }
    }

    /// Moves both clocks, and wakes the core whenever it asked for it.
    pub(crate) fn advance(&mut self, by: Duration) {
        let end = self.now.mono + by;
        while let Some(at) = self.wake.filter(|&at| at <= end) {
            self.move_to(at.max(self.now.mono));
            self.wake = None;
            self.input(Input::Tick);
        }
        self.move_to(end);
    }

    /// As [`advance`](Self::advance), while every client answers its Pings.
    pub(crate) fn live(&mut self, by: Duration) {
        let end = self.now.mono + by;
        while self.now.mono < end {
            self.advance(seconds(9).min(end - self.now.mono));
            while let Some((stream, ping)) = self.pings.pop() {
                self.input(Input::Pong { stream, ping });
            }
        }
    }

    fn move_to(&mut self, mono: Duration) {
        let by = mono - self.now.mono;
        self.now.mono = mono;
        self.now.wall += i64::try_from(by.as_millis()).unwrap();
    }

    /// Asks without an answer yet.
    pub(crate) fn begin(&mut self, caller: Caller, request: Request) -> ReqId {
        let req = ReqId(self.next);
        self.next += 1;
        self.input(Input::Request {
            req,
            caller,
            request,
        });
        req
    }

    pub(crate) fn reply(&mut self, req: ReqId) -> Option<Reply> {
        self.replies.remove(&req)
    }

    /// Asks and expects an answer at once.
    pub(crate) fn ask_as(&mut self, caller: Caller, request: Request) -> Reply {
        let req = self.begin(caller, request);
        self.reply(req).expect("an answer")
    }

    pub(crate) fn ask(&mut self, request: Request) -> Reply {
        self.ask_as(Caller::default(), request)
    }

    /// Opens a stream that has answered its first Ping.
    pub(crate) fn stream(&mut self, pid: u32) -> StreamId {
        let stream = self.closed_gate(pid, true);
        self.pong(stream);
        stream
    }

    /// Opens a stream of a client without receipts.
    pub(crate) fn plain_stream(&mut self, pid: u32) -> StreamId {
        let stream = self.closed_gate(pid, false);
        self.pong(stream);
        stream
    }

    /// Opens a stream that has not answered a Ping.
    pub(crate) fn closed_gate(&mut self, pid: u32, receipts: bool) -> StreamId {
        let stream = StreamId(self.next);
        self.next += 1;
        let open = OpenStream {
            stream,
            process: process(pid),
            name: None,
            receipts,
            held: false,
        };
        assert_eq!(self.ask(Request::OpenStream(open)), Reply::StreamAllowed);
        stream
    }

    /// Answers every Ping of a stream.
    pub(crate) fn pong(&mut self, stream: StreamId) {
        while let Some(at) = self.pings.iter().position(|(of, _)| *of == stream) {
            let (_, ping) = self.pings.remove(at);
            self.input(Input::Pong { stream, ping });
        }
    }

    /// Answers every Ping.
    pub(crate) fn pong_all(&mut self) {
        while let Some((stream, _)) = self.pings.first().copied() {
            self.pong(stream);
        }
    }

    pub(crate) fn close(&mut self, stream: StreamId, process: Liveness) {
        self.input(Input::StreamClosed { stream, process });
    }

    /// Registers an endpoint that declares nothing.
    pub(crate) fn register(&mut self, pid: u32, agent: &str) -> EndpointId {
        self.register_with(pid, metadata(agent))
    }

    pub(crate) fn register_with(&mut self, pid: u32, metadata: Metadata) -> EndpointId {
        self.register_whole(pid, metadata).0
    }

    /// Registers an endpoint and returns its owner token too.
    pub(crate) fn register_whole(&mut self, pid: u32, metadata: Metadata) -> (EndpointId, String) {
        let reply = self.ask(register(pid, metadata));
        let Reply::Json(body) = &reply else {
            panic!("not registered: {reply:?}");
        };
        let id = body["endpoint_id"].as_str().unwrap().into();
        let token = body["endpoint_owner_token"].as_str().unwrap().to_owned();
        (id, token)
    }

    pub(crate) fn send(&mut self, from: &EndpointId, to: &str, content: &str) -> MessageId {
        self.send_whole(send(from, to, content)).0
    }

    pub(crate) fn send_whole(&mut self, send: Send) -> (MessageId, SendStatus) {
        match self.ask(Request::Send(Box::new(send))) {
            Reply::Sent {
                message, status, ..
            } => (message, status),
            other => panic!("not sent: {other:?}"),
        }
    }

    /// Sends as the node.
    pub(crate) fn post(&mut self, to: &str, content: &str) -> MessageId {
        let mut send = send(&"-".into(), to, content);
        send.sender = Sender::Node;
        self.send_whole(send).0
    }

    /// Takes the contents that were pushed on a stream, with their push ids.
    pub(crate) fn received(&mut self, stream: StreamId) -> Vec<(String, Option<PushId>)> {
        let (mine, others) = std::mem::take(&mut self.pushes)
            .into_iter()
            .partition(|push| push.stream == stream);
        self.pushes = others;
        let mine: Vec<Push> = mine;
        mine.into_iter()
            .map(|push| (self.content(push.seq), push.push))
            .collect()
    }

    /// Takes what was pushed on a stream and confirms it.
    pub(crate) fn confirm_all(&mut self, stream: StreamId) -> Vec<String> {
        let mut contents = Vec::new();
        loop {
            let received = self.received(stream);
            if received.is_empty() {
                return contents;
            }
            for (content, push) in received {
                contents.push(content);
                let push = push.expect("a push that can be confirmed");
                self.input(Input::PushAcked { stream, push });
            }
        }
    }

    pub(crate) fn content(&mut self, seq: Seq) -> String {
        match self.store.reader().content(seq).unwrap() {
            Some(Content::Whole(message)) => message.content.as_str().to_owned(),
            other => panic!("no content: {other:?}"),
        }
    }

    /// Returns the place of a message in the order of arrival.
    pub(crate) fn seq(&mut self, message: &MessageId) -> Seq {
        let record = self.store.reader().receipt(message).unwrap();
        record.expect("a message").seq
    }

    /// Returns the correlation ids that endpoints hold.
    pub(crate) fn store_rings(&mut self) -> Vec<String> {
        let rings = self.store.load().unwrap().rings;
        rings.into_iter().map(|row| row.correlation).collect()
    }

    /// Returns the claims that are stored.
    pub(crate) fn assignments(&mut self) -> Vec<cmdbus_broker::store::AssignmentRow> {
        self.store.load().unwrap().assignments
    }

    pub(crate) fn receipt(&mut self, message: &MessageId) -> Value {
        let request = Request::Receipt {
            message: message.clone(),
            wait: None,
        };
        json(self.ask(request))
    }

    /// Returns the contents of the inbox, in order.
    pub(crate) fn inbox(&mut self) -> Vec<String> {
        let body = json(self.ask(Request::Inbox {
            after: None,
            limit: 1000,
        }));
        let items = body["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["content"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Returns the inbox, in order.
    pub(crate) fn inbox_items(&mut self) -> Vec<Value> {
        let body = json(self.ask(Request::Inbox {
            after: None,
            limit: 1000,
        }));
        body["items"].as_array().unwrap().clone()
    }

    pub(crate) fn state(&mut self, endpoint: &EndpointId) -> String {
        let request = Request::Endpoint {
            endpoint: endpoint.clone(),
        };
        match self.ask(request) {
            Reply::Json(view) => view["state"].as_str().unwrap().to_owned(),
            other => panic!("no endpoint: {other:?}"),
        }
    }

    /// Takes the lines of the log of this level or worse.
    pub(crate) fn warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
            .into_iter()
            .filter(|notice| notice.level >= Level::Warn)
            .map(|notice| notice.text)
            .collect()
    }
}

fn random(seed: u64) -> RandomSource {
    // SplitMix64: enough that no two ids are equal.
    let mut state = seed;
    Box::new(move |buffer| {
        for chunk in buffer.chunks_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    })
}

pub(crate) fn process(pid: u32) -> Process {
    Process {
        pid,
        start: Some(u64::from(pid) * 1000),
        boot: Some("boot".to_owned()),
    }
}

pub(crate) fn metadata(agent: &str) -> Metadata {
    Metadata {
        agent_id: agent.to_owned(),
        kind: "test".to_owned(),
        ..Metadata::default()
    }
}

pub(crate) fn register(pid: u32, metadata: Metadata) -> Request {
    Request::Register(Box::new(Register {
        pid: Some(pid),
        stream_name: metadata.stream_name.clone(),
        body: Ok(Registration {
            metadata,
            spawn_token: None,
        }),
    }))
}

pub(crate) fn send(from: &EndpointId, to: &str, content: &str) -> Send {
    Send {
        sender: Sender::Endpoint(from.clone()),
        to: to.to_owned(),
        content: content.to_owned(),
        content_type: "text".to_owned(),
        metadata: Map::new(),
        require_live: false,
        key: None,
        ttl: None,
    }
}

/// Who shows this pid.
pub(crate) fn caller(pid: u32) -> Caller {
    Caller {
        pid: Some(pid),
        owner: None,
    }
}

/// Who shows this owner token.
pub(crate) fn owner(token: &str) -> Caller {
    Caller {
        pid: None,
        owner: Some(Digest(sha2::Sha256::digest(token.as_bytes()).into())),
    }
}

pub(crate) fn json(reply: Reply) -> Value {
    match reply {
        Reply::Json(body) => body,
        other => panic!("not a body: {other:?}"),
    }
}

/// Returns status and code of a refusal.
pub(crate) fn refused(reply: Reply) -> (u16, &'static str) {
    match reply {
        Reply::Refused(refusal) => (refusal.status, refusal.code),
        other => panic!("not refused: {other:?}"),
    }
}
