//! Registration, and how a registration takes over what was there before (protocol §3.5.1, §4.1.2, §4.1.3).

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::endpoint::{Endpoint, Identity, Known, MAIL_KIND};
use super::ownership::{endpoint_unknown, pid_mismatch, token_mismatch};
use super::{
    Caller, Core, Process, Refusal, Register, Registration, Reply, ReqId, StreamId, Timer,
    task_hint,
};
use crate::ids::EndpointId;
use crate::ports::Registered;
use crate::store::{Digest, EndpointState, Op, QueueRow, Seq};

/// A registration whose endpoint has no id yet.
#[derive(Debug)]
pub(super) struct Minted {
    pub(super) req: ReqId,
    pub(super) stream: StreamId,
    pub(super) process: Process,
    pub(super) registration: Registration,
    pub(super) nonce: String,
}

impl Core {
    pub(super) fn register(
        &mut self,
        req: ReqId,
        caller: &Caller,
        register: Register,
    ) -> Result<(), Refusal> {
        let stream = register
            .pid
            .and_then(|pid| self.streams.of(pid, register.stream_name.as_deref()))
            .ok_or_else(channel_missing)?;
        let (stream, process) = (stream.id, stream.process.clone());
        if caller.pid.is_some_and(|pid| pid != process.pid) {
            return Err(Refusal::new(
                403,
                "endpoint_pid_mismatch",
                "`x-plugin-pid` and `plugin_pid` are not the same",
            ));
        }
        let mut registration = register.body?;
        registration.metadata.stream_name = register.stream_name;
        if let Some(endpoint) = self.adoptable(stream, &process, &registration) {
            self.adopt(req, &endpoint, stream, &process, registration);
            return Ok(());
        }
        if let Some(endpoint) = self.resumable(&process, &registration) {
            self.park(req, stream, registration, endpoint);
            return Ok(());
        }
        if let Some(endpoint) = self.closing_of_session(&registration) {
            self.park(req, stream, registration, endpoint);
            return Ok(());
        }
        self.register_new(req, stream, &process, registration)
    }

    /// Finds the endpoint that this process had and registers again.
    fn adoptable(
        &self,
        stream: StreamId,
        process: &Process,
        registration: &Registration,
    ) -> Option<EndpointId> {
        if !self.figures.adoption {
            return None;
        }
        let fingerprint = registration.metadata.fingerprint();
        self.endpoints
            .of_pid(process.pid)
            .filter(|endpoint| {
                let lost = endpoint.state == EndpointState::Reconnecting
                    || (endpoint.carried && endpoint.stream == Some(stream));
                lost && endpoint.closing.is_none()
                    && endpoint.identity.process == *process
                    && endpoint.identity.fingerprint == fingerprint
                    && endpoint.metadata().stream_name == registration.metadata.stream_name
            })
            .min_by_key(|endpoint| endpoint.identity.order)
            .map(|endpoint| endpoint.id().clone())
    }

    pub(super) fn register_new(
        &mut self,
        req: ReqId,
        stream: StreamId,
        process: &Process,
        registration: Registration,
    ) -> Result<(), Refusal> {
        let of_process = self.endpoints.of_pid(process.pid).count();
        if self.endpoints.live_count() >= self.figures.endpoints
            || of_process >= self.figures.endpoints_per_process
        {
            return Err(Refusal::new(
                429,
                "endpoint_limit",
                "there are too many endpoints; unregister one first",
            )
            .retryable(true));
        }
        let minted = Minted {
            req,
            stream,
            process: process.clone(),
            registration,
            nonce: self.mint.uuid(),
        };
        if self.network.is_foreign() {
            self.ask_for_endpoint(minted);
        } else {
            let id = self.mint.ulid("ep_", self.now.wall);
            self.admit(
                minted,
                EndpointId::from(id.as_str()),
                Registered {
                    endpoint_id: id,
                    heartbeat_after: None,
                    session_naming: None,
                },
            );
        }
        Ok(())
    }

    /// Takes in an endpoint that has its id. If this process has one of that id, it is the same one.
    pub(super) fn admit(&mut self, minted: Minted, id: EndpointId, registered: Registered) {
        let Minted {
            req,
            stream,
            process,
            registration,
            nonce,
        } = minted;
        if self.endpoints.get(&id).is_some() {
            return self.adopt(req, &id, stream, &process, registration);
        }
        let Registration {
            metadata,
            spawn_token,
        } = registration;
        let (token, owner) = self.owner_token();
        let identity = Identity {
            id: id.clone(),
            order: self.endpoints.next_order(),
            process,
            fingerprint: metadata.fingerprint(),
            owner,
            nonce,
            kept: metadata.kind == MAIL_KIND,
            metadata,
        };
        let mut endpoint = Endpoint::new(identity, self.now.wall);
        endpoint.stream = Some(stream);
        self.op(Op::endpoint(endpoint.row()));
        // An authority may give the id of a closed endpoint again.
        self.endpoints.forget(&id);
        self.forget_name(&id);
        self.endpoints.insert(endpoint);
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.registered = true;
        }
        self.inherit(&id);
        self.emit_state(&id, "active", "register");
        self.schedule_heartbeat(&id, registered.heartbeat_after);
        let naming = registered.session_naming;
        self.registered(req, &id, &token, spawn_token.as_deref(), naming);
    }

    /// Gives an endpoint back to the process that had it, or to the one that goes on with its session.
    pub(super) fn adopt(
        &mut self,
        req: ReqId,
        id: &EndpointId,
        stream: StreamId,
        process: &Process,
        registration: Registration,
    ) {
        let (token, owner) = self.owner_token();
        let fingerprint = registration.metadata.fingerprint();
        let moved = self
            .endpoints
            .get(id)
            .is_some_and(|endpoint| endpoint.identity.process != *process);
        if moved {
            self.endpoints.set_process(id, process.clone());
        }
        if let Some(endpoint) = self.endpoints.get_mut(id) {
            endpoint.identity.owner = owner;
            endpoint.identity.fingerprint = fingerprint;
            endpoint.identity.metadata.refresh(&registration.metadata);
        }
        self.bind(id, stream);
        self.registered(req, id, &token, registration.spawn_token.as_deref(), None);
    }

    /// Makes an endpoint active on a stream, and goes on with its queue.
    fn bind(&mut self, id: &EndpointId, stream: StreamId) {
        let now = self.now.wall;
        let Some(endpoint) = self.endpoints.get_mut(id) else {
            return;
        };
        let was_lost = endpoint.state != EndpointState::Active;
        endpoint.stream = Some(stream);
        endpoint.carried = false;
        endpoint.grace_deadline = None;
        if was_lost {
            endpoint.state = EndpointState::Active;
            endpoint.since = now;
        }
        let row = endpoint.row();
        self.op(Op::endpoint(row));
        for timer in [
            Timer::Grace(id.clone()),
            Timer::Probe(id.clone()),
            Timer::Carried(id.clone()),
        ] {
            self.timers.clear(&timer);
        }
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.registered = true;
        }
        if was_lost {
            self.emit_state(id, "active", "reattach");
        }
        self.pump(id);
    }

    fn registered(
        &mut self,
        req: ReqId,
        id: &EndpointId,
        token: &str,
        spawn: Option<&str>,
        naming: Option<Value>,
    ) {
        if let Some(spawn) = spawn {
            self.spawn_registered(spawn, id);
        }
        self.wake_mailroom();
        let mut body = json!({"endpoint_id": id.as_str(), "endpoint_owner_token": token});
        if let (Some(naming), Some(body)) = (naming, body.as_object_mut()) {
            body.insert("session_naming".to_owned(), naming);
        }
        self.answer(req, Reply::Json(body));
        self.pump(id);
    }

    /// Makes an owner token and its digest.
    fn owner_token(&mut self) -> (String, Digest) {
        let token = self.mint.uuid();
        let digest = Digest(Sha256::digest(token.as_bytes()).into());
        (token, digest)
    }

    /// Moves an open record of the inbox to the tail of an endpoint's queue. `extra` goes over the metadata;
    /// unset, it says only where the message comes from.
    pub(super) fn take_from_inbox(
        &mut self,
        seq: Seq,
        to: &EndpointId,
        extra: Option<serde_json::Map<String, serde_json::Value>>,
    ) {
        let Some(record) = self.inbox.remove(seq) else {
            return;
        };
        self.op(Op::InboxRemove(seq));
        self.emit_dispatched(&record.row.id, to);
        self.watch_pressure();
        let mut members = super::dispatch::members(record.row.extra.as_ref());
        members.extend(extra.unwrap_or_else(|| {
            let mut from = serde_json::Map::new();
            from.insert("dispatched_from".to_owned(), record.row.id.as_str().into());
            from
        }));
        let pos = self.take_pos();
        let mut row = QueueRow::new(to.clone(), pos, seq, record.row.size);
        row.extra = Some(serde_json::Value::Object(members).to_string().into());
        self.enqueue_record(row, record);
    }

    pub(super) fn reattach(
        &mut self,
        req: ReqId,
        caller: &Caller,
        id: &EndpointId,
        pid: u32,
        stream_name: Option<&str>,
    ) -> Result<(), Refusal> {
        let stream = self
            .streams
            .of(pid, stream_name)
            .ok_or_else(channel_missing)?;
        let (stream, process) = (stream.id, stream.process.clone());
        let endpoint = self.endpoints.get(id).ok_or_else(|| endpoint_unknown(id))?;
        let identity = &endpoint.identity;
        if caller.owner.is_some_and(|owner| owner != identity.owner) {
            return Err(token_mismatch(id));
        }
        // The owner token also lets a session go on in another process.
        if identity.process != process && caller.owner.is_none() {
            return Err(Refusal::new(
                403,
                "reattach_pid_mismatch",
                format!("endpoint `{id}` belongs to another process; give its owner token"),
            ));
        }
        if caller.pid.is_some_and(|header| header != pid) {
            return Err(pid_mismatch(id));
        }
        let lost = endpoint.state == EndpointState::Reconnecting || endpoint.carried;
        if !lost || endpoint.closing.is_some() {
            return Err(Refusal::new(
                409,
                "endpoint_not_reconnecting",
                format!("endpoint `{id}` has its stream"),
            ));
        }
        let waiting = endpoint.queue.count();
        self.endpoints.set_process(id, process);
        if let Some(endpoint) = self.endpoints.get_mut(id) {
            endpoint.identity.metadata.stream_name = stream_name.map(str::to_owned);
        }
        self.answer(
            req,
            Reply::Json(json!({"restored": true, "reconnecting_buffer_count": waiting})),
        );
        self.bind(id, stream);
        Ok(())
    }

    pub(super) fn unregister(
        &mut self,
        req: ReqId,
        caller: &Caller,
        id: &EndpointId,
        forget: bool,
    ) -> Result<(), Refusal> {
        if let Some(known) = self.endpoints.known(id) {
            self.check_owner_or_closed(caller, known)?;
        }
        if forget {
            self.forget_mailbox(id);
        }
        if self.endpoints.get(id).is_some() {
            self.close_for(id, "explicit_unregister", Some(req));
        } else {
            self.answer(req, Reply::Done);
        }
        Ok(())
    }

    /// A closed endpoint has no process any more, so its pid proves nothing.
    fn check_owner_or_closed(&self, caller: &Caller, known: Known<'_>) -> Result<(), Refusal> {
        match known {
            Known::Live(endpoint) => self.check_owner(caller, &endpoint.identity),
            Known::Closed(_) => Ok(()),
        }
    }

    /// Lets the tombstone of a named mailbox go like any other (protocol §10.11).
    fn forget_mailbox(&mut self, id: &EndpointId) {
        if let Some(endpoint) = self.endpoints.get_mut(id) {
            endpoint.identity.kept = false;
            let row = endpoint.row();
            self.op(Op::endpoint(row));
        } else if let Some(tombstone) = self.endpoints.tombstone_mut(id) {
            tombstone.identity.kept = false;
            let row = tombstone.row();
            self.op(Op::endpoint(row));
        }
    }

    pub(super) fn heartbeat(
        &mut self,
        req: ReqId,
        caller: &Caller,
        id: &EndpointId,
    ) -> Result<(), Refusal> {
        let endpoint = self.endpoints.get(id).ok_or_else(|| endpoint_unknown(id))?;
        self.check_owner(caller, &endpoint.identity)?;
        if self.network.is_foreign() {
            self.forward_heartbeat(id, Some(req));
        } else {
            self.answer(req, Reply::Done);
        }
        Ok(())
    }

    pub(super) fn task_hint(
        &mut self,
        req: ReqId,
        caller: &Caller,
        id: &EndpointId,
        pid: u32,
        hint: &str,
    ) -> Result<(), Refusal> {
        let endpoint = self.endpoints.get(id).ok_or_else(|| endpoint_unknown(id))?;
        if endpoint.identity.process.pid != pid {
            return Err(Refusal::new(
                403,
                "ownership_mismatch",
                format!("endpoint `{id}` belongs to another process"),
            ));
        }
        self.check_owner(caller, &endpoint.identity)?;
        let hint = task_hint(hint);
        if let Some(endpoint) = self.endpoints.get_mut(id) {
            endpoint.identity.metadata.task_hint = Some(hint.clone());
            let row = endpoint.row();
            self.op(Op::endpoint(row));
        }
        self.emit_task_hint(id, &hint);
        self.answer(req, Reply::Done);
        Ok(())
    }
}

fn channel_missing() -> Refusal {
    Refusal::new(
        400,
        "ipc_channel_missing",
        "open `/v1/stream` with this process's pid first",
    )
}

pub(super) fn channel_lost() -> Refusal {
    Refusal::new(
        503,
        "ipc_channel_lost",
        "the stream of this process closed meanwhile",
    )
    .retryable(true)
}
