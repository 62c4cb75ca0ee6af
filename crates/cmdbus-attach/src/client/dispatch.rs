//! What comes from the gateway on one attachment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cmdbus_mcp::rpc::{RpcError, codes};
use futures_util::FutureExt;
use futures_util::future::ready;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::AbortHandle;

use super::answers::{Answers, Reply};
use super::peer::Peer;
use crate::bus_channel::BusChannel;
use crate::frame::{Attached, Broken, Detach, Frame, ServerOp, ServerRequest, ServerResponse};
use crate::link::{Outgoing, Receives, SendError};

/// Codes of cmdbus's own: whoever made such an error, it was not the MCP server.
const OWN: std::ops::RangeInclusive<i64> = -33012..=-33001;

const LISTEN: &str = "subscriptions/listen";

/// What the run of a client has to decide.
pub(super) enum Word {
    Attached(Attached),
    Detach(Detach),
}

/// Takes the frames of one attachment.
#[derive(Clone)]
pub(super) struct Dispatch(Arc<Inner>);

struct Inner {
    answers: Arc<dyn Answers>,
    peer: Peer,
    bus: Option<Arc<BusChannel>>,
    words: mpsc::Sender<Word>,
    /// Requests that may still be cancelled.
    running: Mutex<HashMap<String, AbortHandle>>,
    permits: Arc<Semaphore>,
    /// How many requests are not answered yet, other than subscriptions.
    busy: watch::Sender<usize>,
    /// No new ones.
    closing: watch::Sender<bool>,
}

impl Dispatch {
    pub(super) fn new(
        answers: Arc<dyn Answers>,
        peer: Peer,
        bus: Option<Arc<BusChannel>>,
        words: mpsc::Sender<Word>,
        in_flight: usize,
    ) -> Self {
        Self(Arc::new(Inner {
            answers,
            peer,
            bus,
            words,
            running: Mutex::default(),
            permits: Arc::new(Semaphore::new(in_flight)),
            busy: watch::Sender::new(0),
            closing: watch::Sender::new(false),
        }))
    }

    /// Takes no new requests.
    pub(super) fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// Waits until no request is in progress.
    pub(super) async fn idle(&self) {
        // The sender lives in `self`.
        let _ = self.0.busy.subscribe().wait_for(|busy| *busy == 0).await;
    }

    /// Ends what is in progress: nobody waits for the answers any more.
    pub(super) fn abandon(&self) {
        self.close();
        for (_, task) in self.0.running().drain() {
            task.abort();
        }
        if let Some(bus) = &self.0.bus {
            bus.shut();
        }
    }

    fn asked(&self, request: ServerRequest) {
        let inner = self.0.clone();
        let (id, session) = (request.id.clone(), request.session.clone());
        let refuse = |code, text: &str| {
            let response = ServerResponse::new(id.clone(), Err(RpcError::new(code, text)));
            // It has room unless thousands of refusals wait already; the deadline of the caller is left then.
            let _ = inner
                .peer
                .sink()
                .try_send(of(&response.by_client(), session.as_deref()));
        };
        if *inner.closing.borrow() {
            return refuse(codes::CHANNEL_LOST, "the attached side is about to end");
        }
        let Ok(permit) = inner.permits.clone().try_acquire_owned() else {
            return refuse(
                codes::OVERLOADED,
                "too many requests at once; wait for answers",
            );
        };
        // A subscription never ends by itself, so that nobody waits for its end.
        let busy = (request.method.as_deref() != Some(LISTEN)).then(|| Busy::new(&inner));
        let work = inner.begin(request);
        let in_session = session.as_deref().map(|id| inner.peer.enter(id));
        // Locked until the entry is there, so that the task cannot take it out before.
        let mut running = self.0.running();
        let reference = id.clone();
        let task = tokio::spawn(async move {
            let _permit = permit;
            let _busy = busy;
            let _in_session = in_session;
            let outcome = work.await;
            // Not there: it was cancelled, and must not be answered (attach §3.6).
            if inner.running().remove(&id).is_some() {
                inner.answer(&id, session.as_deref(), outcome).await;
            }
        });
        running.insert(reference, task.abort_handle());
    }
}

impl Inner {
    fn running(&self) -> MutexGuard<'_, HashMap<String, AbortHandle>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, request: ServerRequest) -> Reply {
        let answers = &self.answers;
        match request.op {
            ServerOp::Rpc if request.method.is_none() => ready(Err(RpcError::new(
                codes::INVALID_REQUEST,
                "a request needs a method",
            )))
            .boxed(),
            ServerOp::Rpc => answers.rpc(request, &self.peer),
            ServerOp::CloseSession => answers.close_session(request),
            ServerOp::Probe => answers.probe(request),
            ServerOp::Drop => answers.drop_id(request),
            ServerOp::Status => answers.status(request),
        }
    }

    async fn answer(
        &self,
        id: &str,
        session: Option<&str>,
        outcome: Result<cmdbus_mcp::rpc::Raw, RpcError>,
    ) {
        let response = |outcome: Result<_, RpcError>| {
            let by_client = matches!(&outcome, Err(error) if OWN.contains(&error.code));
            let response = ServerResponse::new(id.to_owned(), outcome);
            if by_client {
                response.by_client()
            } else {
                response
            }
        };
        let sink = self.peer.sink();
        let sent = sink.send(of(&response(outcome), session), None).await;
        if sent == Err(SendError::TooLarge) {
            let error = RpcError::new(
                codes::TOO_LARGE,
                "the answer is longer than the gateway takes",
            );
            let _ = sink.send(of(&response(Err(error)), session), None).await;
        }
    }
}

fn of(response: &ServerResponse, session: Option<&str>) -> Outgoing {
    let frame = Outgoing::frame(&Frame::ServerResponse(response.clone()));
    match session {
        Some(session) => frame.of_session(session),
        None => frame,
    }
}

/// Counts a request until it is answered or given up.
struct Busy(Arc<Inner>);

impl Busy {
    fn new(inner: &Arc<Inner>) -> Self {
        inner.busy.send_modify(|busy| *busy += 1);
        Self(inner.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.send_modify(|busy| *busy -= 1);
    }
}

impl Receives for Dispatch {
    fn frame(&self, frame: Frame) {
        let inner = &self.0;
        match frame {
            Frame::ServerRequest(request) => self.asked(request),
            Frame::ServerNotify(notice) => inner.answers.notify(notice),
            Frame::ClientResponse(response) => inner.peer.answered(response),
            Frame::Cancel(cancel) => {
                if let Some(task) = inner.running().remove(&cancel.reference) {
                    task.abort();
                }
            }
            Frame::Attached(attached) => inner.say(Word::Attached(attached)),
            Frame::Detach(detach) => inner.say(Word::Detach(detach)),
            Frame::Error(complaint) => {
                tracing::warn!(
                    code = complaint.code,
                    message = complaint.message,
                    "the gateway complains about a frame"
                );
            }
            // Its socket will close, and tell by its code how it goes on.
            Frame::Goodbye(_) | Frame::Detached(_) => {}
            _ => tracing::warn!("the gateway sent a frame that only a client sends"),
        }
    }

    fn bus(&self, text: String) {
        if let Some(bus) = &self.0.bus {
            bus.arrived(text);
        }
    }

    fn broken(&self, broken: Broken) {
        // The gateway has been told. Who waits for an answer in it need not wait any longer.
        if let Broken::Body {
            kind, id: Some(id), ..
        } = &broken
            && kind == "client_response"
        {
            self.0.peer.answered(crate::frame::ClientResponse::new(
                id.clone(),
                Err(RpcError::new(
                    codes::BAD_ANSWER,
                    "the gateway answered what is no answer",
                )),
            ));
        }
    }
}

impl Inner {
    fn say(&self, word: Word) {
        if self.words.try_send(word).is_err() {
            tracing::warn!("the gateway binds and releases ids faster than this side can follow");
        }
    }
}
