//! How each effect is carried out.

use std::sync::Arc;

use super::Shared;
use super::frame::{Letter, frame};
use super::outgoing::Item;
use super::reads::look_up;
use crate::core::{
    Effect, Input, Level, Notice, NowEffect, Query, ReadId, Refusal, Reply, ReqId, Spawn, StreamId,
};
use crate::ipc::ToStream;
use crate::process::drivers::{Availability, SpawnCommand};
use crate::process::start::ExitOutcome;
use crate::store::Op;

/// An effect that waits for its commit, with what it takes from the operations that go to the writer.
pub(super) enum Ready {
    Answer(ReqId, Reply),
    Stream(StreamId, Item),
    Read(ReadId, Query),
    Start(Spawn),
    Port(Effect),
}

impl Shared {
    pub(super) fn do_now(self: &Arc<Self>, effect: NowEffect) {
        match effect {
            NowEffect::Ping { stream, ping } => {
                self.put(stream, Item::Ready(ToStream::Ping(ping)));
            }
            NowEffect::Probe(process) => {
                let shared = self.clone();
                self.runtime.spawn(async move {
                    let state = shared.parts.liveness.alive(&process);
                    shared.give(Input::ProcessState { process, state });
                });
            }
            NowEffect::CheckSpawn(spawn) => {
                let shared = self.clone();
                self.runtime.spawn(async move {
                    let result = shared.command(&spawn).map(|_| ());
                    shared.give(Input::SpawnChecked { spawn, result });
                });
            }
            NowEffect::WakeAt(at) => {
                self.alarm.send_replace(at);
            }
            NowEffect::Log(notice) => log(&notice),
        }
    }

    /// Makes effects ready before their operations are given away. A message that was stored lately is not read
    /// back to be pushed.
    pub(super) fn prepare(&self, after: Vec<Effect>, ops: &[Op]) -> Vec<Ready> {
        let mut recent = self.recent();
        let mut stored = None;
        for op in ops {
            match op {
                Op::MessagePut(row) => stored = Some(row),
                Op::QueuePush(place) => {
                    if let Some(row) = stored.filter(|row| row.seq == place.seq) {
                        recent.put(row);
                    }
                }
                _ => {}
            }
        }
        after
            .into_iter()
            .map(|effect| match effect {
                Effect::Answer { req, reply } => Ready::Answer(req, reply),
                Effect::Push(push) => {
                    let stream = push.stream;
                    let item = match recent.take(push.seq) {
                        Some(row) => {
                            Item::Ready(ToStream::Frame(frame(&push, Letter::from(&*row))))
                        }
                        None => Item::Read(push),
                    };
                    Ready::Stream(stream, item)
                }
                Effect::Ping { stream, ping } => {
                    Ready::Stream(stream, Item::Ready(ToStream::Ping(ping)))
                }
                Effect::Tell { stream, frame } => {
                    let frame = ToStream::Frame(frame.to_string());
                    Ready::Stream(stream, Item::Ready(frame))
                }
                Effect::Close {
                    stream,
                    code,
                    reason,
                } => Ready::Stream(stream, Item::Ready(ToStream::Close { code, reason })),
                Effect::Read { read, query } => Ready::Read(read, query),
                Effect::Start(spawn) => Ready::Start(spawn),
                Effect::CallPort { .. }
                | Effect::Emit { .. }
                | Effect::AcceptInbound(_)
                | Effect::ReleaseInbound(_)
                | Effect::AckPending(_)
                | Effect::ControlTaken(_)
                | Effect::Connect
                | Effect::Disconnect => Ready::Port(effect),
            })
            .collect()
    }

    pub(super) fn do_after(self: &Arc<Self>, effect: Ready) {
        match effect {
            Ready::Answer(req, reply) => self.answer(req, reply),
            Ready::Stream(stream, item) => self.put(stream, item),
            Ready::Read(read, query) => {
                let shared = self.clone();
                self.runtime.spawn_blocking(move || {
                    let found = look_up(&*shared.parts.reader, query);
                    shared.give(Input::Read { read, found });
                });
            }
            Ready::Port(effect) => self.do_at_port(effect),
            Ready::Start(spawn) => {
                let shared = self.clone();
                self.runtime.spawn(async move { shared.start(spawn).await });
            }
        }
    }

    /// The step of an effect was not stored. Requests are told, messages of the network are to come again, and
    /// what else was to be done is not.
    pub(super) fn give_up(&self, effect: Ready) {
        match effect {
            Ready::Answer(req, _) => self.answer(req, Refusal::storage_unavailable().into()),
            Ready::Port(Effect::AcceptInbound(handle) | Effect::ReleaseInbound(handle)) => {
                self.release(handle);
            }
            _ => {}
        }
    }

    fn put(self: &Arc<Self>, stream: StreamId, item: Item) {
        let shared = Arc::downgrade(self);
        self.outgoing
            .put(stream, item, &self.runtime, move |seq, what| {
                if let Some(shared) = shared.upgrade() {
                    shared.give(Input::Damaged { seq, what });
                }
            });
    }

    /// Starts a process and follows it to its end.
    async fn start(self: Arc<Self>, spawn: Spawn) {
        let token = spawn.token.clone();
        let result = self.begin(&spawn).await;
        let exited = match result {
            Ok(exited) => {
                self.give(Input::Spawned {
                    token: token.clone(),
                    result: Ok(()),
                });
                exited
            }
            Err(reason) => {
                self.give(Input::Spawned {
                    token,
                    result: Err(reason),
                });
                return;
            }
        };
        let code = match exited.await {
            ExitOutcome::Code(code) => Some(code),
            ExitOutcome::Signal(signal) => Some(-signal),
            ExitOutcome::Unknown => None,
        };
        self.give(Input::SpawnExited { token, code });
    }

    /// Makes the command of a spawn, or says what speaks against it (protocol §8.5).
    fn command(&self, spawn: &Spawn) -> Result<SpawnCommand, String> {
        let kind = &spawn.runtime_kind;
        let drivers = &self.parts.drivers;
        let driver = drivers
            .get(kind)
            .ok_or_else(|| format!("runtime_kind_unsupported: {kind}"))?;
        match drivers.availability(kind) {
            Some(Availability::Available) => {}
            Some(Availability::Unavailable(reason)) if !reason.is_empty() => return Err(reason),
            _ => return Err("driver_unavailable".to_owned()),
        }
        driver
            .build(&spawn.prompt, &spawn.token, None)
            .map_err(|refusal| refusal.detail())
    }

    async fn begin(&self, spawn: &Spawn) -> Result<crate::process::start::Exited, String> {
        let command = self.command(spawn)?;
        let started = self
            .parts
            .starter
            .start(command, &spawn.token)
            .await
            .map_err(|failure| failure.detail())?;
        Ok(started.exited)
    }
}

fn log(notice: &Notice) {
    let text = notice.text.as_str();
    match notice.level {
        Level::Debug => tracing::debug!("{text}"),
        Level::Info => tracing::info!("{text}"),
        Level::Warn => tracing::warn!("{text}"),
        Level::Error => tracing::error!("{text}"),
    }
}
