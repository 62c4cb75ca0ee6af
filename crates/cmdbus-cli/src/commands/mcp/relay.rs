//! What the client says, and what is in progress because of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cmdbus_mcp::carry::Carrier as _;
use cmdbus_mcp::own::META_VERSION;
use cmdbus_mcp::rpc::{Era, Id, Malformed, Message, Raw, RpcError, codes, raw, splice};
use cmdbus_mcp::upstream::Connection as _;
use tokio::sync::{oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::asked::Outcome;
use super::call::{self, LISTEN, Request};
use super::door::Door;
use super::lines::LONGEST;
use super::out::Out;

/// Requests in progress; further ones are refused.
const MOST_CALLS: usize = 256;
const INITIALIZED: &str = "notifications/initialized";

/// Takes the messages of the client.
pub(super) struct Relay {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

/// What the tasks of a relay share.
pub(super) struct Shared {
    pub(super) out: Out,
    state: Mutex<State>,
    /// Whether there is a way to the gateway, or why not.
    way: watch::Sender<Result<Arc<Door>, String>>,
    /// How many handshakes are in progress.
    shaking: watch::Sender<usize>,
    /// Requests of the gateway that the client has not answered.
    asked: Mutex<HashMap<Id, oneshot::Sender<Outcome>>>,
    numbers: AtomicU64,
}

#[derive(Default)]
struct State {
    calls: HashMap<Id, InProgress>,
    /// The parameters of the handshake that the client has made, if it has.
    handshake: Option<Option<Raw>>,
    /// Whether the client has said that the handshake is done.
    initialised: bool,
}

/// A request in progress.
struct InProgress {
    number: u64,
    listens: bool,
    abort: AbortHandle,
}

impl Relay {
    pub(super) fn new(out: Out) -> Self {
        let shared = Arc::new(Shared {
            out,
            state: Mutex::default(),
            way: watch::Sender::new(Err("the bus has not been found yet".to_owned())),
            shaking: watch::Sender::new(0),
            asked: Mutex::default(),
            numbers: AtomicU64::new(1),
        });
        Self {
            shared,
            tasks: JoinSet::new(),
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Takes a line of the client.
    pub(super) async fn take(&mut self, line: &[u8]) {
        match Message::parse(line) {
            Ok(Message::Request { id, method, params }) => {
                if let Err(refused) = self.request(id.clone(), method, params) {
                    self.refuse(Some(&id), &refused).await;
                }
            }
            Ok(Message::Notification { method, params }) => self.notification(&method, params),
            Ok(Message::Response { id, outcome }) => self.shared.answered(&id, outcome),
            Err(Malformed { code, id, text }) => {
                self.refuse(id.as_ref(), &RpcError::new(code, text)).await;
            }
        }
    }

    /// Takes a line that was too long to be kept.
    pub(super) async fn too_long(&self) {
        let text = format!("the message is longer than {LONGEST} bytes");
        self.refuse(None, &RpcError::new(codes::TOO_LARGE, text))
            .await;
    }

    /// Answers with an error. Unlike a response to a request, one to what is none may have no id.
    async fn refuse(&self, id: Option<&Id>, error: &RpcError) {
        let id = id.map_or("null", Id::as_json);
        let error = raw(error);
        let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{}}}"#, error.get());
        self.shared.out.answer(text.into_bytes()).await;
    }

    fn request(&mut self, id: Id, method: String, params: Option<Raw>) -> Result<(), RpcError> {
        let shared = &self.shared;
        let mut state = shared.state();
        if state.calls.len() >= MOST_CALLS {
            let text = format!("more than {MOST_CALLS} requests at once; try again later");
            return Err(RpcError::new(codes::OVERLOADED, text));
        }
        let Entry::Vacant(place) = state.calls.entry(id.clone()) else {
            let text = "a request with this id is in progress";
            return Err(RpcError::new(codes::INVALID_REQUEST, text));
        };
        let era = era(&method, params.as_deref());
        let starts = era == Era::Legacy && method == "initialize";
        let number = shared.next_number();
        let guard = Guard {
            shared: shared.clone(),
            id: id.clone(),
            number,
            starts,
        };
        if starts {
            shared.shaking.send_modify(|shaking| *shaking += 1);
        }
        let listens = method == LISTEN;
        let request = Request {
            id,
            method,
            params,
            era,
        };
        let run = call::run(shared.clone(), request);
        let abort = self.tasks.spawn(async move {
            // Inside, so that it goes with the task however that ends.
            let _guard = guard;
            run.await;
        });
        place.insert(InProgress {
            number,
            listens,
            abort,
        });
        Ok(())
    }

    fn notification(&self, method: &str, params: Option<Raw>) {
        match method {
            "notifications/cancelled" => {
                let id = params
                    .as_deref()
                    .and_then(|params| splice::get(params, &["requestId"]))
                    .and_then(Id::from_raw);
                if let Some(id) = id {
                    self.shared.cancel(&id);
                }
            }
            INITIALIZED => self.shared.initialised(),
            _ => self.shared.pass_on(method, params),
        }
    }

    /// Clears away a request that is done.
    pub(super) async fn reap(&mut self) {
        if self.tasks.join_next().await.is_none() {
            std::future::pending().await
        }
    }

    /// Waits until everything is answered that ever will be.
    pub(super) async fn finish(&mut self) {
        for call in self.shared.state().calls.values() {
            if call.listens {
                call.abort.abort();
            }
        }
        while self.tasks.join_next().await.is_some() {}
    }

    /// Ends what is in progress, and gives back the session.
    pub(super) async fn leave(&mut self) {
        self.tasks.shutdown().await;
        self.shared.asked().clear();
        let way = self.shared.way.borrow().clone();
        if let Ok(door) = way {
            door.of(Era::Legacy).close().await;
        }
        drop(self.shared.way.send_replace(Err("it has ended".to_owned())));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete when a panic could occur.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn asked(&self) -> MutexGuard<'_, HashMap<Id, oneshot::Sender<Outcome>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    // --- the way to the gateway --------------------------------------------------------------------------------------

    /// Opens a door, behind which the handshake has been said if there was one. Returns whether the client is initialised.
    pub(super) fn open(&self, door: Arc<Door>) -> bool {
        // Under the lock, so that what the client says is either known here or said behind this door.
        let state = self.state();
        let initialised = state.initialised && state.handshake.is_some();
        if initialised {
            door.of(Era::Legacy).notify(INITIALIZED, None, &[]);
        }
        drop(self.way.send_replace(Ok(door)));
        initialised
    }

    /// Closes a door: what is on its way through it is lost.
    pub(super) fn close(&self, door: &Door, why: String) {
        let _state = self.state();
        door.lose();
        drop(self.way.send_replace(Err(why)));
    }

    /// Returns the door, when there is one that leads somewhere. Cancel safe.
    pub(super) async fn door(&self) -> Arc<Door> {
        let mut way = self.way.subscribe();
        let open = |way: &Result<Arc<Door>, String>| way.as_ref().is_ok_and(|door| !door.is_lost());
        match way.wait_for(open).await.map(|way| way.clone()) {
            Ok(Ok(door)) => door,
            // The sender is ours.
            _ => std::future::pending().await,
        }
    }

    /// Returns why there is no door.
    pub(super) fn why_closed(&self) -> String {
        let way = self.way.borrow();
        let why = way.as_ref().err().cloned();
        why.unwrap_or_else(|| "it takes no requests".to_owned())
    }

    // --- the handshake -----------------------------------------------------------------------------------------------

    /// Returns the parameters of the client's handshake, if there was one.
    pub(super) fn handshake(&self) -> Option<Option<Raw>> {
        self.state().handshake.clone()
    }

    /// Keeps a handshake, unless the door behind which it was made is closed already.
    pub(super) fn has_shaken_hands(&self, door: &Door, params: Option<Raw>) -> bool {
        let mut state = self.state();
        if door.is_lost() {
            return false;
        }
        state.handshake = Some(params);
        if state.initialised {
            door.of(Era::Legacy).notify(INITIALIZED, None, &[]);
        }
        true
    }

    /// Waits until no handshake is in progress. Cancel safe.
    pub(super) async fn handshaken(&self) {
        let _ = self.shaking.subscribe().wait_for(|count| *count == 0).await;
    }

    fn initialised(&self) {
        let mut state = self.state();
        state.initialised = true;
        // Otherwise it is said as soon as there is a handshake.
        if state.handshake.is_some()
            && let Ok(door) = &*self.way.borrow()
        {
            door.of(Era::Legacy).notify(INITIALIZED, None, &[]);
        }
    }

    // --- what the client says ----------------------------------------------------------------------------------------

    /// Passes a notification on. Nobody is told later what there was to tell while the gateway was away.
    fn pass_on(&self, method: &str, params: Option<Raw>) {
        let era = match self.state().handshake {
            Some(_) => Era::Legacy,
            None => era(method, params.as_deref()),
        };
        if let Ok(door) = &*self.way.borrow() {
            door.of(era).notify(method, params, &[]);
        }
    }

    /// Ends a request, which gets no answer any more.
    fn cancel(&self, id: &Id) {
        let call = self.state().calls.remove(id);
        if let Some(call) = call {
            call.abort.abort();
        }
    }
}

/// Takes a request out of the table when its task ends.
struct Guard {
    shared: Arc<Shared>,
    id: Id,
    number: u64,
    starts: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        if let Entry::Occupied(place) = state.calls.entry(self.id.clone())
            && place.get().number == self.number
        {
            place.remove();
        }
        drop(state);
        if self.starts {
            self.shared.shaking.send_modify(|shaking| *shaking -= 1);
        }
    }
}

/// Returns the era of a message (attach §4.1).
fn era(method: &str, params: Option<&serde_json::value::RawValue>) -> Era {
    if method == "initialize" {
        return Era::Legacy;
    }
    params
        .and_then(|params| splice::get_str(params, &["_meta", META_VERSION]))
        .map_or(Era::Legacy, |version| Era::of_version(&version))
}
