//! The calls in progress on one connection: who waits for which id, and who hears what.

use rustc_hash::FxHashMap;
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::carry::Hears;
use crate::rpc::{Id, Raw, RpcError, codes, splice};

/// Most requests of the server that wait for an answer. Further ones are refused.
const MAX_ASKED: usize = 64;

/// One call in progress.
struct Waiting {
    tell: oneshot::Sender<Result<Raw, RpcError>>,
    hears: Hears,
    token: Option<String>,
    /// A subscription: lasts, and its messages carry its id.
    listens: bool,
    /// When the server last said something that shows that it works on the call.
    heard: Instant,
}

/// One request of the server that waits for its answer.
struct Asked {
    /// Writes the answer when there is one.
    task: AbortHandle,
    /// The call it seems to belong to.
    about: Option<u64>,
}

/// The tables of one connection.
#[derive(Default)]
pub(super) struct Calls {
    last: u64,
    waiting: FxHashMap<u64, Waiting>,
    by_token: FxHashMap<String, u64>,
    asked: FxHashMap<Id, Asked>,
    /// Why no call can be made any more.
    ended: Option<RpcError>,
}

impl Calls {
    /// Takes a call in, and returns its local id and where its answer will come.
    pub(super) fn insert(
        &mut self,
        method: &str,
        params: Option<&RawValue>,
        hears: Hears,
    ) -> Result<(u64, oneshot::Receiver<Result<Raw, RpcError>>), RpcError> {
        if let Some(ended) = &self.ended {
            return Err(ended.clone());
        }
        let token = params
            .and_then(|params| splice::get(params, &["_meta", "progressToken"]))
            .map(token_key);
        if token
            .as_ref()
            .is_some_and(|token| self.by_token.contains_key(token))
        {
            return Err(RpcError::new(
                codes::INVALID_REQUEST,
                "the progress token is in use by another call in progress",
            ));
        }
        self.last += 1;
        if let Some(token) = &token {
            self.by_token.insert(token.clone(), self.last);
        }
        let (tell, answer) = oneshot::channel();
        let waiting = Waiting {
            tell,
            hears,
            token,
            listens: method == "subscriptions/listen",
            heard: Instant::now(),
        };
        self.waiting.insert(self.last, waiting);
        Ok((self.last, answer))
    }

    /// Forgets a call. Returns whether it was still waiting.
    pub(super) fn remove(&mut self, call: u64) -> bool {
        self.take(call).is_some()
    }

    /// Gives a call its answer. Returns whether it was waiting.
    pub(super) fn complete(&mut self, call: u64, outcome: Result<Raw, RpcError>) -> bool {
        let Some(waiting) = self.take(call) else {
            return false;
        };
        // Whoever waited may have left in this moment.
        let _ = waiting.tell.send(outcome);
        true
    }

    fn take(&mut self, call: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&call)?;
        if let Some(token) = &waiting.token {
            self.by_token.remove(token);
        }
        Some(waiting)
    }

    /// Returns when the server last showed that it works on a call.
    pub(super) fn heard(&self, call: u64) -> Option<Instant> {
        self.waiting.get(&call).map(|waiting| waiting.heard)
    }

    /// Returns who hears the progress of a token, and notes that there was some.
    pub(super) fn progress(&mut self, token: &RawValue) -> Option<Hears> {
        let call = *self.by_token.get(&token_key(token))?;
        let waiting = self.waiting.get_mut(&call)?;
        waiting.heard = Instant::now();
        Some(waiting.hears.clone())
    }

    /// Returns who hears the messages of a subscription.
    pub(super) fn subscriber(&self, call: u64) -> Option<Hears> {
        let waiting = self.waiting.get(&call)?;
        waiting.listens.then(|| waiting.hears.clone())
    }

    /// Returns whether a call is a subscription in progress.
    pub(super) fn is_subscription(&self, call: u64) -> bool {
        self.waiting
            .get(&call)
            .is_some_and(|waiting| waiting.listens)
    }

    /// Returns the only call in progress, subscriptions apart: what says of itself no more seems to belong to it.
    pub(super) fn only(&self) -> Option<(u64, Hears)> {
        let mut calls = self.waiting.iter().filter(|(_, waiting)| !waiting.listens);
        let (call, waiting) = calls.next()?;
        calls
            .next()
            .is_none()
            .then(|| (*call, waiting.hears.clone()))
    }

    /// Notes a request of the server, whose answer `task` will write.
    pub(super) fn ask(&mut self, id: Id, task: AbortHandle, about: Option<u64>) {
        self.touch(about);
        self.asked.insert(id, Asked { task, about });
    }

    /// Returns why a request of the server cannot be taken.
    pub(super) fn refuses(&self, id: &Id) -> Option<RpcError> {
        if self.asked.contains_key(id) {
            return Some(RpcError::new(
                codes::INVALID_REQUEST,
                "the id is in use by another request in progress",
            ));
        }
        (self.asked.len() >= MAX_ASKED)
            .then(|| RpcError::new(codes::OVERLOADED, "too many requests wait for an answer"))
    }

    /// Forgets a request of the server that was answered.
    pub(super) fn answered(&mut self, id: &Id) {
        if let Some(asked) = self.asked.remove(id) {
            self.touch(asked.about);
        }
    }

    /// Lets a request go that the server does not wait for any more. Returns whether it was one.
    pub(super) fn give_up(&mut self, id: &Id) -> bool {
        let asked = self.asked.remove(id);
        asked.inspect(|asked| asked.task.abort()).is_some()
    }

    /// While the server waits for us, it is not the server that is silent.
    fn touch(&mut self, call: Option<u64>) {
        if let Some(waiting) = call.and_then(|call| self.waiting.get_mut(&call)) {
            waiting.heard = Instant::now();
        }
    }

    /// Ends every call in progress, and refuses all that come later.
    pub(super) fn end(&mut self, error: RpcError) {
        for (_, waiting) in self.waiting.drain() {
            let _ = waiting.tell.send(Err(error.clone()));
        }
        self.by_token.clear();
        for (_, asked) in self.asked.drain() {
            asked.task.abort();
        }
        self.ended.get_or_insert(error);
    }

    /// Returns how many calls and requests are in progress.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.by_token.len() + self.asked.len()
    }
}

/// Returns a text that is the same for a token however its JSON is written: a server may read and write `1.0` as `1`.
fn token_key(token: &RawValue) -> String {
    match serde_json::from_str(token.get()) {
        Ok(serde_json::Value::Number(number)) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Ok(value) => value.to_string(),
        Err(_) => token.get().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::carry::deaf;
    use crate::rpc::raw;

    fn key(json: &str) -> String {
        token_key(&RawValue::from_string(json.to_owned()).unwrap())
    }

    #[test]
    fn a_token_is_the_same_however_it_is_written_and_differs_by_type() {
        assert_eq!(key("1"), key("1.0"));
        assert_eq!(key(r#""a""#), key(r#""\u0061""#));
        assert_ne!(key("1"), key(r#""1""#));
        assert_ne!(key("9007199254740993"), key("9007199254740992"));
    }

    #[test]
    fn nothing_stays_of_a_call_that_is_over() {
        let mut calls = Calls::default();
        let params = raw(&serde_json::json!({"_meta": {"progressToken": 1}}));
        let (call, _answer) = calls.insert("x", Some(&params), deaf()).unwrap();
        assert!(calls.insert("x", Some(&params), deaf()).is_err());
        assert!(calls.only().is_some());
        assert!(calls.remove(call));
        assert_eq!(calls.len(), 0);
        assert!(!calls.complete(call, Ok(params)));
    }

    #[test]
    fn a_subscription_is_not_the_only_call() {
        let mut calls = Calls::default();
        let (listen, _a) = calls.insert("subscriptions/listen", None, deaf()).unwrap();
        assert!(calls.only().is_none());
        assert!(calls.subscriber(listen).is_some());
        let (call, _b) = calls.insert("x", None, deaf()).unwrap();
        assert_eq!(calls.only().unwrap().0, call);
        assert!(calls.subscriber(call).is_none());
        let (_, _c) = calls.insert("x", None, deaf()).unwrap();
        assert!(calls.only().is_none());
    }
}
