//! One attachment, seen from the client: it outlives its sockets (attach §3.12).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::Instant;

use super::dispatch::{Dispatch, Word};
use super::peer::Peer;
use super::{AttachClient, AttachId, ClientError, ClientEvent};
use crate::bus_channel::BusChannel;
use crate::frame::{Attach, Attached, Detach, Detached, Frame, Goodbye, Resume, Welcome};
use crate::link::{Link, Outgoing, Settings, SocketEnd, close, run_socket};

use super::dial::Socket;

/// How long calls in progress may take to finish when the client ends (attach §5).
const DRAIN: Duration = Duration::from_secs(5);
/// Most answers and releases of the gateway that wait to be looked at.
const WORDS: usize = 4096;
/// Most requests to MCP clients in flight, whatever the gateway takes.
const ASKED: usize = 1024;

pub(super) struct Attachment {
    link: Link,
    peer: Peer,
    dispatch: Dispatch,
    words: mpsc::Receiver<Word>,
    /// Attaches that have no answer yet: the id of the frame, and which of our ids it was for.
    asked: HashMap<String, usize>,
    resume_token: Option<String>,
    grace: Duration,
    base_url: String,
    /// What lives as long as it does.
    tasks: Vec<AbortOnDrop>,
    pub(super) away_since: Option<Instant>,
}

/// An attach id, as it is wanted or bound.
pub(super) struct Wanted {
    /// `None` until the gateway has made one up.
    pub(super) id: Option<String>,
    pub(super) callers: Vec<String>,
    /// Somebody else has it now.
    pub(super) lost: bool,
}

impl From<&AttachId> for Wanted {
    fn from(wanted: &AttachId) -> Self {
        Self {
            id: wanted.id.clone(),
            callers: wanted.callers.clone(),
            lost: false,
        }
    }
}

fn frame_id(index: usize) -> String {
    format!("a{index}")
}

/// How carrying an attachment over one socket has ended.
pub(super) enum Carried {
    /// The socket has ended.
    Ended(SocketEnd),
    /// It is no use to go on.
    Over(ClientError),
    /// We were asked to stop, and have.
    Stopped,
}

impl Attachment {
    /// Begins a new one, and leaves word of every attach id.
    pub(super) fn begin(client: &AttachClient, ids: &[Wanted], welcome: &Welcome) -> Self {
        let config = &client.config;
        let link = Link::new(config.link.clone().agreed(welcome));
        let most = welcome
            .limits
            .max_in_flight
            .map_or(ASKED, |most| (most as usize).min(ASKED));
        let peer = Peer::new(link.sink(), most);
        let bus = config.bus.as_ref().filter(|_| link.settings().bus);
        let mut tasks = Vec::new();
        let bus = bus.map(|(registry, id)| {
            let limit = link.settings().max_message;
            let channel = Arc::new(BusChannel::new(id.clone(), link.sink(), limit));
            let (registry, joining) = (registry.clone(), channel.clone());
            tasks.push(AbortOnDrop::from(tokio::spawn(async move {
                // The one of the attachment before may not be quite gone.
                match registry.register_channel_replacing(joining).await {
                    Ok(driver) => driver.await,
                    Err(error) => tracing::warn!(%error, "cannot join the bus of the gateway"),
                }
            })));
            channel
        });
        let (tell, words) = mpsc::channel(WORDS);
        let answers = client.answers.clone();
        let dispatch = Dispatch::new(answers.clone(), peer.clone(), bus, tell, config.in_flight);
        answers.begin(&peer);
        let mut asked = HashMap::new();
        let frames: Vec<Frame> = ids
            .iter()
            .enumerate()
            .filter(|(_, wanted)| !wanted.lost)
            .map(|(index, wanted)| {
                asked.insert(frame_id(index), index);
                Frame::Attach(Attach {
                    id: frame_id(index),
                    attach_id: wanted.id.clone(),
                    callers: if wanted.callers.is_empty() {
                        vec!["self".to_owned()]
                    } else {
                        wanted.callers.clone()
                    },
                    servers: answers.servers(),
                })
            })
            .collect();
        let (sink, reporting) = (link.sink(), peer.clone());
        tasks.push(AbortOnDrop::from(tokio::spawn(async move {
            for frame in frames {
                if sink.send(Outgoing::frame(&frame), None).await.is_err() {
                    return;
                }
            }
            answers.report(reporting).await;
        })));
        Self {
            link,
            peer,
            dispatch,
            words,
            asked,
            resume_token: welcome.resume_token.clone(),
            grace: Duration::from_millis(welcome.grace_ms),
            base_url: welcome.base_url.clone(),
            tasks,
            away_since: None,
        }
    }

    /// Returns how to ask for it to be taken up again, if it can be.
    pub(super) fn resume(&self) -> Option<Resume> {
        let token = self.resume_token.clone()?;
        self.link.ended().is_none().then(|| Resume {
            token,
            have: self.link.have(),
        })
    }

    /// Takes it up on a new socket. False: it cannot be.
    pub(super) fn take_up(&mut self, welcome: &Welcome) -> bool {
        let Some(have) = welcome.have else {
            return false;
        };
        if let Err(error) = self.link.resume(have) {
            tracing::info!(%error, "the attachment cannot be taken up again");
            return false;
        }
        if welcome.resume_token.is_some() {
            self.resume_token.clone_from(&welcome.resume_token);
        }
        self.away_since = None;
        true
    }

    /// Returns until when it can be taken up again.
    pub(super) fn expires(&self) -> Option<Instant> {
        Some(self.away_since? + self.grace)
    }

    pub(super) fn settings(&self) -> &Settings {
        self.link.settings()
    }

    /// Runs one socket of it.
    pub(super) async fn carry(
        &mut self,
        client: &AttachClient,
        ids: &mut [Wanted],
        socket: Socket,
        mut stop: std::pin::Pin<&mut impl Future<Output = ()>>,
    ) -> Carried {
        let (link, dispatch) = (self.link.clone(), self.dispatch.clone());
        let running = run_socket(&link, socket, &dispatch);
        tokio::pin!(running);
        let drained = tokio::time::sleep(DRAIN);
        tokio::pin!(drained);
        // Why it ends, once it is to end: what is in progress is finished first.
        let mut leaving = None;
        loop {
            tokio::select! {
                biased;
                end = &mut running => return leaving.unwrap_or(Carried::Ended(end)),
                () = stop.as_mut(), if !matches!(leaving, Some(Carried::Stopped)) => {
                    leaving = Some(Carried::Stopped);
                    drained.as_mut().reset(Instant::now() + DRAIN);
                    self.say_goodbye();
                }
                () = self.dispatch.idle(), if leaving.is_some() && !self.peer.sink().is_closed() => {
                    self.peer.sink().close(close::DONE, "the client ends");
                }
                () = &mut drained, if leaving.is_some() && !self.peer.sink().is_closed() => {
                    self.peer.sink().close(close::DONE, "the client ends");
                }
                Some(word) = self.words.recv() => {
                    if let Err(why) = self.heed(client, ids, word)
                        && leaving.is_none()
                    {
                        leaving = Some(Carried::Over(why));
                        drained.as_mut().reset(Instant::now() + DRAIN);
                        self.dispatch.close();
                    }
                }
            }
        }
    }

    fn say_goodbye(&self) {
        self.dispatch.close();
        let goodbye = Frame::Goodbye(Goodbye {
            reason: "shutdown".to_owned(),
            drain_ms: u64::try_from(DRAIN.as_millis()).unwrap_or(u64::MAX),
        });
        let _ = self.peer.sink().try_send(Outgoing::frame(&goodbye));
    }

    /// Takes in what the gateway says of attach ids.
    fn heed(
        &mut self,
        client: &AttachClient,
        ids: &mut [Wanted],
        word: Word,
    ) -> Result<(), ClientError> {
        match word {
            Word::Attached(attached) => self.attached(client, ids, attached),
            Word::Detach(detach) => self.detach(client, ids, detach),
        }
    }

    fn attached(
        &mut self,
        client: &AttachClient,
        ids: &mut [Wanted],
        attached: Attached,
    ) -> Result<(), ClientError> {
        let Some(index) = self.asked.remove(&attached.id) else {
            return Ok(());
        };
        let Some(id) = attached.attach_id.filter(|_| attached.kind.is_none()) else {
            let code = attached.code.unwrap_or_default();
            let message = attached.message.unwrap_or_default();
            (client.events)(ClientEvent::Refused {
                attach_id: ids[index].id.clone(),
                code: code.clone(),
                message: message.clone(),
            });
            if self.asked.is_empty() && self.peer.attach_ids().is_empty() {
                return Err(ClientError::Refused {
                    attach_id: ids[index].id.clone().unwrap_or_default(),
                    code,
                    message,
                });
            }
            return Ok(());
        };
        // One that the gateway made up is ours from now on.
        ids[index].id = Some(id.clone());
        self.peer.bound(&id);
        (client.events)(ClientEvent::Attached {
            attach_id: id,
            took_over: attached.took_over,
            servers: attached.servers,
        });
        Ok(())
    }

    fn detach(
        &mut self,
        client: &AttachClient,
        ids: &mut [Wanted],
        detach: Detach,
    ) -> Result<(), ClientError> {
        let whole = detach.target.is_none();
        let known = self.peer.attach_ids().contains(&detach.attach_id);
        let answer = Frame::Detached(Detached {
            id: detach.id,
            attach_id: detach.attach_id.clone(),
            kind: (!known).then(|| "err".to_owned()),
            code: (!known).then(|| "unknown_id".to_owned()),
        });
        let _ = self.peer.sink().try_send(Outgoing::frame(&answer));
        if !known || !whole {
            return Ok(());
        }
        self.peer.released(&detach.attach_id);
        (client.events)(ClientEvent::Detached {
            attach_id: detach.attach_id.clone(),
        });
        // Not asked for again: two clients would take it from each other for ever.
        for wanted in ids.iter_mut() {
            wanted.lost |= wanted.id.as_deref() == Some(&*detach.attach_id);
        }
        if self.asked.is_empty() && self.peer.attach_ids().is_empty() {
            return Err(ClientError::TakenOver(detach.attach_id));
        }
        Ok(())
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.link.end(close::GOING_AWAY, "the attachment is over");
        self.dispatch.abandon();
        self.tasks.clear();
    }
}

/// A task that ends with what it belongs to.
struct AbortOnDrop(AbortHandle);

impl From<JoinHandle<()>> for AbortOnDrop {
    fn from(task: JoinHandle<()>) -> Self {
        Self(task.abort_handle())
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
