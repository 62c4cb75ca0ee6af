//! How a core begins with what was stored (protocol §11.1).

use super::inbox::Record;
use super::mint::Mint;
use super::network::Network;
use super::queue::Queue;
use super::stream::Stream;
use super::sweep::ClockWatch;
use super::{
    Core, Figures, Level, Now, NowEffect, OpenStream, Partners, RandomSource, Step, Timer, Timers,
};
use crate::ids::EndpointId;
use crate::store::{EndpointState, Loaded, Op};

/// Name under which the store keeps the node id.
const NODE: &str = "node_id";

/// What a core begins with beside the store.
#[derive(Debug, Clone, Default)]
pub struct Life {
    /// Streams that are open: the endpoints on them stay active, and what was not confirmed is pushed again.
    pub streams: Vec<OpenStream>,
    /// Counts the cores of this process, so that what an earlier one pushed or asked for is not taken for
    /// something of this one.
    pub generation: u32,
    /// Who decides beyond this broker.
    pub partners: Partners,
    /// Whether the network can be reached already.
    pub linked: bool,
}

impl Core {
    /// Makes a core of what was stored. Every endpoint has lost its stream, and is given its whole grace.
    pub fn new(loaded: Loaded, figures: Figures, random: RandomSource, now: Now) -> (Self, Step) {
        Self::again(loaded, Life::default(), figures, random, now)
    }

    /// As [`new`](Self::new), with what this process has beside the store.
    pub fn again(
        loaded: Loaded,
        life: Life,
        figures: Figures,
        random: RandomSource,
        now: Now,
    ) -> (Self, Step) {
        let mut core = Self::empty(figures, random, now);
        core.network = Network::new(life.partners, life.linked);
        let first = u64::from(life.generation) << 32;
        core.next_push = first + 1;
        core.next_ping = first;
        core.next_read = first + 1;
        core.network.next_call = first + 1;
        core.watch_clock(now);
        for open in life.streams {
            core.restore_stream(open);
        }
        core.restore(loaded);
        core.timers.set(Timer::Sweep, now.mono + core.figures.sweep);
        let step = core.finish();
        (core, step)
    }

    /// Takes a stream that is open already. Whether its client reads is asked once more.
    fn restore_stream(&mut self, open: OpenStream) {
        let id = open.stream;
        let mut stream = Stream::new(open, self.now.mono);
        stream.registered = true;
        self.streams.insert(stream);
        self.gate_ping(id);
    }

    fn empty(figures: Figures, random: RandomSource, now: Now) -> Self {
        Self {
            figures,
            mint: Mint::new(random),
            now,
            out: Step::default(),
            timers: Timers::default(),
            node: String::new(),
            next_seq: crate::store::Seq::default(),
            next_pos: crate::store::Pos::default(),
            next_push: 1,
            next_ping: 0,
            next_read: 1,
            endpoints: super::Endpoints::default(),
            streams: super::Streams::default(),
            inbox: super::Inbox::default(),
            rings: super::Rings::default(),
            received: super::Received::default(),
            reads: super::FxHashMap::default(),
            registrations: super::resume::Parked::default(),
            closings: super::FxHashMap::default(),
            unwritten: super::FxHashMap::default(),
            sends: super::outbound::KeyedSends::default(),
            network: Network::new(Partners::None, false),
            outbox: super::outgoing::Outbox::default(),
            arrivals: super::network::Arrivals::default(),
            receipts: super::receipts::Watches::default(),
            assignments: super::assignments::Assignments::default(),
            control: super::control::Control::default(),
            clock: ClockWatch::default(),
            inbox_pressure: false,
            shutting_down: false,
        }
    }

    fn restore(&mut self, mut loaded: Loaded) {
        self.next_seq = loaded.next_seq;
        self.next_pos = loaded.next_pos;
        self.restore_node(&loaded);
        for row in &loaded.endpoints {
            self.endpoints.restore(row);
        }
        for queue in std::mem::take(&mut loaded.queues) {
            let id = queue.endpoint.clone();
            match self.endpoints.get_mut(&id) {
                Some(endpoint) => endpoint.queue = Queue::restored(queue),
                // The commit that closed an endpoint moved its queue, so this was tampered with.
                None => self.log(
                    Level::Error,
                    format!(
                        "{} messages are queued for {id}, which is not there",
                        queue.count
                    ),
                ),
            }
        }
        for entry in std::mem::take(&mut loaded.inbox) {
            self.inbox.put(Record::restored(entry));
        }
        for row in std::mem::take(&mut loaded.rings) {
            self.rings.restore(row);
        }
        for row in std::mem::take(&mut loaded.reply_correlations) {
            let cap = usize::MAX;
            self.received
                .put(&row.endpoint, &row.correlation, row.received_at, cap);
        }
        if !loaded.orphans.is_empty() {
            self.log(
                Level::Error,
                format!(
                    "{} places name messages that are not there",
                    loaded.orphans.len()
                ),
            );
        }
        // A send that was in work and is nowhere was never answered, and may be forgotten unless a key
        // makes its sender ask again (protocol §6.5).
        for record in std::mem::take(&mut loaded.accepted) {
            if record.key.is_some() && self.network.is_foreign() {
                continue;
            }
            self.log(
                Level::Info,
                format!("message {} was never sent and is forgotten", record.id),
            );
            self.op(Op::MessageDelete(record.seq));
        }
        self.restore_seen(std::mem::take(&mut loaded.seen));
        self.restore_outbox(&mut loaded);
        self.lose_all();
        self.restore_control(&mut loaded);
        self.restore_assignments(&mut loaded);
        self.inbox_pressure = self.under_pressure();
    }

    fn restore_node(&mut self, loaded: &Loaded) {
        let stored = loaded.meta.iter().find(|(name, _)| name == NODE);
        if let Some((_, id)) = stored {
            self.node.clone_from(id);
            return;
        }
        self.node = self.mint.ulid("", self.now.wall).to_lowercase();
        let value = self.node.clone();
        self.op(Op::MetaPut {
            name: NODE.to_owned(),
            value,
        });
    }

    fn lose_all(&mut self) {
        let ids: Vec<EndpointId> = self
            .endpoints
            .live()
            .map(|endpoint| endpoint.id().clone())
            .collect();
        let grace = self.now.mono + self.figures.endpoint_grace;
        let mut processes = std::collections::HashSet::new();
        for id in ids {
            self.resume_heartbeat(&id);
            let now = self.now.wall;
            let Some(endpoint) = self.endpoints.get_mut(&id) else {
                continue;
            };
            let stream = self
                .streams
                .of(
                    endpoint.identity.process.pid,
                    endpoint.metadata().stream_name.as_deref(),
                )
                .filter(|stream| stream.process == endpoint.identity.process);
            if let Some(stream) = stream
                && endpoint.state == EndpointState::Active
            {
                endpoint.stream = Some(stream.id);
                continue;
            }
            endpoint.grace_deadline = Some(grace);
            let was_active = endpoint.state != EndpointState::Reconnecting;
            if was_active {
                endpoint.state = EndpointState::Reconnecting;
                endpoint.since = now;
            }
            let process = endpoint.identity.process.clone();
            if was_active {
                self.store_endpoint(&id);
                self.emit_state(&id, "reconnecting", "ipc_close");
            }
            self.timers.set(Timer::Grace(id), grace);
            if processes.insert(process.clone()) {
                self.out.now.push(NowEffect::Probe(process));
            }
        }
    }
}
