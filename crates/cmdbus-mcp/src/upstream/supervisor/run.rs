//! The task that keeps one line: starts it when it is needed, again when it ends, and stops it when it is idle.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use super::crashes::Next;
use super::event::{UpstreamEvent, UpstreamState};
use super::inner::{Alive, Inner, Live};
use super::link::{Leave, Link, Owner, Session};
use super::start;
use crate::carry::FromServer;
use crate::rpc::{RpcError, codes, raw};
use crate::upstream::config::OnCrash;
use crate::upstream::stdio::LogLevel;

/// Keeps a line until it is closed, or its session has ended.
pub(super) fn spawn(inner: &Arc<Inner>, link: Arc<Link>, first: Option<Live>) {
    let alive = Alive::new(inner);
    let keeper = Keeper {
        inner: inner.clone(),
        link,
        crashed: None,
        was_up: false,
    };
    tokio::spawn(async move {
        keeper.run(first).await;
        drop(alive);
    });
}

struct Keeper {
    inner: Arc<Inner>,
    link: Arc<Link>,
    /// Why it has to be started again, if not because somebody needs it.
    crashed: Option<Crash>,
    /// Whether there was a connection before.
    was_up: bool,
}

struct Crash {
    error: RpcError,
    pause: Duration,
}

enum After {
    /// The line is closed, or its session has ended.
    Nothing,
    Again,
}

impl Keeper {
    async fn run(mut self, mut live: Option<Live>) {
        loop {
            let now = match live.take() {
                Some(live) => live,
                None => match self.started().await {
                    Some(live) => live,
                    None => return,
                },
            };
            self.link.up(now.connection.clone());
            self.say_ready();
            if matches!(self.watch(now).await, After::Nothing) {
                return;
            }
        }
    }

    /// Waits until the line is needed, and starts it. `None`: it is closed.
    async fn started(&mut self) -> Option<Live> {
        loop {
            let is_main = matches!(self.link.owner, Owner::Main);
            if self.crashed.is_none() {
                // The main line comes back by itself when it has failed.
                let again = self.inner.failed_until().filter(|_| is_main);
                if !self.link.wanted(again).await {
                    return None;
                }
                if let Some(refused) = self.inner.refused() {
                    self.link.failed(refused);
                    continue;
                }
            }
            self.link.starting();
            let pause = self
                .crashed
                .as_ref()
                .map_or(Duration::ZERO, |crash| crash.pause);
            let replays = self.crashed.is_some();
            let start = async {
                sleep(pause).await;
                start::again(&self.inner, &self.link, replays).await
            };
            let outcome = tokio::select! {
                biased;
                () = self.link.closed() => return None,
                outcome = start => outcome,
            };
            match outcome {
                Ok(live) => return Some(live),
                Err(error) if error.code == codes::OVERLOADED => {
                    self.crashed = None;
                    self.link.failed(error);
                }
                Err(error) => self.note(error, Duration::ZERO),
            }
        }
    }

    /// Stays until the connection is not to be used any more, and says what comes then.
    async fn watch(&mut self, live: Live) -> After {
        let idle = if self.inner.connector.is_child() {
            self.inner.config.idle_stop
        } else {
            Duration::ZERO
        };
        let ended = tokio::select! {
            biased;
            leave = self.link.leave(idle) => {
                drop(live);
                return match leave {
                    Leave::Closed => After::Nothing,
                    Leave::Idle => After::Again,
                };
            }
            ended = live.connection.ended() => ended,
        };
        let lived = live.since.elapsed();
        drop(live);
        self.link.starting();
        self.link.forget_resources();
        let error = ended.to_error();
        let name = &self.inner.config.name;
        self.inner
            .log(LogLevel::Warning, format!("`{name}`: {}", error.message));
        match &self.link.owner {
            Owner::Session(session) if self.inner.config.on_crash == OnCrash::EndSession => {
                self.inner.note_crash(&error, lived);
                self.end_session(session, error.message);
                After::Nothing
            }
            _ => {
                self.note(error, lived);
                After::Again
            }
        }
    }

    fn end_session(&self, session: &Session, reason: String) {
        self.link.close();
        // If it is not there, its client has closed it in this moment.
        if self.inner.remove(&session.id, &self.link) {
            self.inner.tell(UpstreamEvent::SessionGone {
                session: session.id.clone(),
                reason,
            });
        }
    }

    /// Notes an end, and decides when it is tried again.
    fn note(&mut self, error: RpcError, lived: Duration) {
        let is_main = matches!(self.link.owner, Owner::Main);
        // What could never be started is not going to be better in half a second.
        let is_first = is_main && self.inner.facts().is_none();
        let next = if is_first {
            self.inner.give_up(&error);
            Next::Fail
        } else {
            self.inner.note_crash(&error, lived)
        };
        match next {
            Next::Retry(pause) => {
                if is_main {
                    let detail = Some(error.message.clone());
                    self.inner.set_state(UpstreamState::Degraded, detail);
                }
                self.crashed = Some(Crash { error, pause });
            }
            Next::Fail => {
                self.crashed = None;
                if is_main {
                    let detail = Some(error.message.clone());
                    self.inner.set_state(UpstreamState::Failed, detail);
                }
                self.link.failed(self.inner.refused().unwrap_or(error));
            }
        }
    }

    fn say_ready(&mut self) {
        let crash = self.crashed.take();
        match &self.link.owner {
            Owner::Main => self.inner.set_state(UpstreamState::Ready, None),
            Owner::Session(session) if self.was_up => {
                let why = crash.map(|crash| crash.error.message);
                say_again(
                    session,
                    why.as_deref()
                        .unwrap_or("the server was idle and was stopped"),
                );
            }
            Owner::Session(_) => {}
        }
        self.was_up = true;
    }
}

/// Tells a session that its server is another one now, and has forgotten what it knew.
fn say_again(session: &Session, why: &str) {
    let params = json!({
        "level": "warning",
        "logger": "cmdbus",
        "data": format!("{why}; it was started again and has forgotten the state of this session"),
    });
    (session.hears)(FromServer::Notification {
        method: "notifications/message".to_owned(),
        params: Some(raw(&params)),
    });
}
