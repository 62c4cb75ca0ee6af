//! JSON-RPC over lines: what is common to every connection that writes and reads one message per line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use tokio::io::AsyncBufRead;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::calls::Calls;
use super::lines::{Line, Lines, MAX_LINE};
use super::outbox::Outbox;
use super::stderr::Rate;
use super::{LogLevel, Logs};
use crate::carry::{Answer, Call, FromServer, Hears, Limits};
use crate::rpc::{Id, Message, Raw, RpcError, codes, raw, splice};

const SUBSCRIPTION: &[&str] = &["_meta", "io.modelcontextprotocol/subscriptionId"];

/// Both directions of one connection, without the pipes.
pub(super) struct Wire {
    calls: Mutex<Calls>,
    pub(super) outbox: Outbox,
    /// Hears what belongs to no call.
    hears: Hears,
    logs: Logs,
}

impl Wire {
    pub(super) fn new(hears: Hears, logs: Logs) -> Self {
        Self {
            calls: Mutex::default(),
            outbox: Outbox::default(),
            hears,
            logs,
        }
    }

    /// Sends a request now, and returns what waits for its answer.
    pub(super) fn call(
        self: &Arc<Self>,
        call: Call,
        hears: Hears,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let accepted = Instant::now();
        match self.send(&call.method, call.params, hears) {
            Ok(slot) => slot.wait(accepted, call.limits).boxed(),
            Err(error) => futures_util::future::ready(Err(error)).boxed(),
        }
    }

    fn send(
        self: &Arc<Self>,
        method: &str,
        params: Option<Raw>,
        hears: Hears,
    ) -> Result<Slot, RpcError> {
        let (call, answer) = self.calls().insert(method, params.as_deref(), hears)?;
        let slot = Slot {
            wire: self.clone(),
            call,
            answer,
            // The first is never cancelled (attach §3.6), and who does not know the second may not expect anything before the first.
            cancels: !matches!(method, "initialize" | "server/discover"),
        };
        let line = Message::Request {
            id: Id::number(call),
            method: method.to_owned(),
            params,
        }
        .to_json();
        if line.len() > MAX_LINE {
            self.calls().remove(call);
            return Err(too_large("the request"));
        }
        if !self.outbox.push(Some(call), line) {
            self.calls().remove(call);
            return Err(RpcError::new(
                codes::OVERLOADED,
                "the server does not read: too much waits to be written to it",
            ));
        }
        Ok(slot)
    }

    /// Tells the server something, if there is room.
    pub(super) fn notify(&self, method: &str, params: Option<Raw>) {
        let line = Message::Notification {
            method: method.to_owned(),
            params,
        }
        .to_json();
        if line.len() > MAX_LINE || !self.outbox.push(None, line) {
            tracing::debug!(
                method,
                "a notification was left out: the server does not read"
            );
        }
    }

    /// Reads messages until the end.
    pub(super) async fn read_from(self: &Arc<Self>, pipe: impl AsyncBufRead + Unpin) {
        let mut lines = Lines::new(pipe, MAX_LINE);
        let mut rate = Rate::new();
        while let Ok(Some(line)) = lines.next().await {
            match line {
                Line::Text(text) => self.take(text, &mut rate),
                Line::TooLong { answers, length } => {
                    if let Some(call) = answers.as_ref().and_then(local_id) {
                        self.complete(call, Err(too_large("the answer")));
                    }
                    self.complain(&mut rate, length, "is too long");
                }
            }
        }
    }

    fn take(self: &Arc<Self>, text: &[u8], rate: &mut Rate) {
        if text.trim_ascii().is_empty() {
            return;
        }
        match Message::parse(text) {
            Ok(Message::Response { id, outcome }) => {
                let known = local_id(&id).is_some_and(|call| self.complete(call, outcome));
                if !known {
                    tracing::debug!("an answer came that nobody waits for");
                }
            }
            Ok(Message::Notification { method, params }) => self.take_notification(method, params),
            Ok(Message::Request { id, method, params }) => self.take_request(id, method, params),
            Err(malformed) => {
                let answers = malformed.id.filter(|_| !has_method(text));
                if let Some(call) = answers.as_ref().and_then(local_id) {
                    let said = format!("the server's answer is none: {}", malformed.text);
                    self.complete(call, Err(RpcError::new(codes::BAD_ANSWER, said)));
                }
                self.complain(rate, text.len(), "is no message");
            }
        }
    }

    /// Says that a line was left out; never what it was.
    fn complain(&self, rate: &mut Rate, length: usize, what: &str) {
        let (left_out, may_tell) = rate.next();
        if left_out > 0 {
            let text = format!("{left_out} more lines on stdout were left out");
            (self.logs)(LogLevel::Warning, text);
        }
        if may_tell {
            let text = format!("a line of {length} bytes on stdout {what} and was left out");
            (self.logs)(LogLevel::Warning, text);
        }
    }

    fn take_notification(&self, method: String, params: Option<Raw>) {
        let member = |path: &[&str]| {
            params
                .as_deref()
                .and_then(|params| splice::get(params, path))
        };
        let hears = match method.as_str() {
            "notifications/progress" => {
                member(&["progressToken"]).and_then(|token| self.calls().progress(token))
            }
            "notifications/cancelled" => {
                self.take_cancelled(member(&["requestId"]));
                None
            }
            method => match member(SUBSCRIPTION) {
                Some(call) => {
                    id_of_subscription(call).and_then(|call| self.calls().subscriber(call))
                }
                None if is_about_the_server(method) => Some(self.hears.clone()),
                None => Some(self.ear().1),
            },
        };
        match hears {
            Some(hears) => hears(FromServer::Notification { method, params }),
            None => tracing::trace!(method, "a notification that nobody waits for"),
        }
    }

    /// The server gives up its own request, or ends a subscription of ours.
    fn take_cancelled(&self, id: Option<&RawValue>) {
        let Some(id) = id.and_then(Id::from_raw) else {
            return;
        };
        let mut calls = self.calls();
        if calls.give_up(&id) {
            return;
        }
        if let Some(call) = local_id(&id).filter(|call| calls.is_subscription(*call)) {
            let error = RpcError::new(codes::CHANNEL_LOST, "the server ended the subscription");
            calls.complete(call, Err(error));
        }
    }

    fn take_request(self: &Arc<Self>, id: Id, method: String, params: Option<Raw>) {
        let refused = self.calls().refuses(&id);
        if let Some(error) = refused {
            return self.answer(id, Err(error));
        }
        let (about, hears) = self.ear();
        let (answer, wait) = Answer::pair();
        let task = tokio::spawn({
            let (wire, id) = (self.clone(), id.clone());
            async move {
                if let Ok(outcome) = wait.await {
                    wire.calls().answered(&id);
                    wire.answer(id, outcome);
                }
            }
        });
        self.calls().ask(id, task.abort_handle(), about);
        hears(FromServer::Request {
            method,
            params,
            answer,
        });
    }

    fn answer(&self, id: Id, outcome: Result<Raw, RpcError>) {
        let mut line = Message::Response {
            id: id.clone(),
            outcome,
        }
        .to_json();
        if line.len() > MAX_LINE {
            let outcome = Err(too_large("the answer"));
            line = Message::Response { id, outcome }.to_json();
        }
        if !self.outbox.push(None, line) {
            tracing::debug!("an answer was left out: the server does not read");
        }
    }

    /// Returns who hears what names no call.
    fn ear(&self) -> (Option<u64>, Hears) {
        match self.calls().only() {
            Some((call, hears)) => (Some(call), hears),
            None => (None, self.hears.clone()),
        }
    }

    fn complete(&self, call: u64, outcome: Result<Raw, RpcError>) -> bool {
        self.calls().complete(call, outcome)
    }

    /// Ends every call in progress.
    pub(super) fn end(&self, error: RpcError) {
        self.calls().end(error);
        self.outbox.close();
    }

    /// Returns how many entries the tables hold.
    pub(super) fn in_progress(&self) -> usize {
        self.calls().len()
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one call. Dropped, it frees all that the call held, and tells the server unless there was an answer.
struct Slot {
    wire: Arc<Wire>,
    call: u64,
    answer: oneshot::Receiver<Result<Raw, RpcError>>,
    cancels: bool,
}

impl Slot {
    async fn wait(mut self, accepted: Instant, limits: Limits) -> Result<Raw, RpcError> {
        loop {
            let heard = self.wire.calls().heard(self.call).unwrap_or(accepted);
            let idle = limits.idle.and_then(|idle| heard.checked_add(idle));
            let total = limits.total.and_then(|total| accepted.checked_add(total));
            let deadline = idle.into_iter().chain(total).min();
            tokio::select! {
                biased;
                answer = &mut self.answer => {
                    // Its sender leaves the table only with an answer.
                    return answer.unwrap_or_else(|_| Err(lost()));
                }
                () = until(deadline) => {
                    let still = self.wire.calls().heard(self.call);
                    if still.is_none_or(|still| still == heard) || deadline == total {
                        if let Ok(answer) = self.answer.try_recv() {
                            return answer;
                        }
                        return Err(too_late(deadline == total, limits));
                    }
                }
            }
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let was_waiting = self.wire.calls().remove(self.call);
        if was_waiting && !self.wire.outbox.withdraw(self.call) && self.cancels {
            let params = raw(&serde_json::json!({ "requestId": self.call }));
            self.wire.notify("notifications/cancelled", Some(params));
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn too_late(total: bool, limits: Limits) -> RpcError {
    let in_seconds = |limit: Option<Duration>| limit.unwrap_or_default().as_secs_f32();
    let text = if total {
        format!("no answer within {} s", in_seconds(limits.total))
    } else {
        format!("no progress within {} s", in_seconds(limits.idle))
    };
    RpcError::new(codes::TIMEOUT, text)
}

fn too_large(what: &str) -> RpcError {
    RpcError::new(
        codes::TOO_LARGE,
        format!("{what} is longer than {} MiB", MAX_LINE / 1024 / 1024),
    )
}

fn lost() -> RpcError {
    RpcError::new(
        codes::CHANNEL_LOST,
        "the connection to the server was closed",
    )
}

/// Returns the local id that an id is, if it can be one.
fn local_id(id: &Id) -> Option<u64> {
    id.as_json().parse().ok()
}

/// Returns the local id of a subscription: servers write it as they got it, or as text.
fn id_of_subscription(id: &RawValue) -> Option<u64> {
    id.get().trim_matches('"').parse().ok()
}

/// Returns whether a notification tells of the server as such, whatever call is in progress.
fn is_about_the_server(method: &str) -> bool {
    method.ends_with("/list_changed") || method == "notifications/resources/updated"
}

fn has_method(text: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(default)]
        method: Option<serde::de::IgnoredAny>,
    }
    serde_json::from_slice::<Named>(text).is_ok_and(|named| named.method.is_some())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::mpsc;

    use serde_json::{Value, json};
    use tokio::io::{
        AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines as TokioLines,
    };

    use super::super::no_logs;
    use super::*;
    use crate::carry::deaf;
    use crate::rpc::Era;

    /// The other end of a wire.
    struct Server {
        wire: Arc<Wire>,
        lines: TokioLines<BufReader<DuplexStream>>,
        pipe: DuplexStream,
        unrelated: mpsc::Receiver<FromServer>,
    }

    fn ear() -> (Hears, mpsc::Receiver<FromServer>) {
        let (tell, heard) = mpsc::channel();
        let ear = Arc::new(move |message| {
            let _ = tell.send(message);
        });
        (ear, heard)
    }

    fn server() -> Server {
        let (ear, unrelated) = ear();
        let wire = Arc::new(Wire::new(ear, no_logs()));
        let (stdin, lines) = tokio::io::duplex(1 << 16);
        let (pipe, stdout) = tokio::io::duplex(1 << 16);
        let writer = wire.clone();
        tokio::spawn(async move { writer.outbox.write_to(stdin).await });
        let reader = wire.clone();
        tokio::spawn(async move { reader.read_from(BufReader::new(stdout)).await });
        Server {
            wire,
            lines: BufReader::new(lines).lines(),
            pipe,
            unrelated,
        }
    }

    impl Server {
        async fn hears(&mut self) -> Value {
            let line = self.lines.next_line().await.unwrap().unwrap();
            serde_json::from_str(&line).unwrap()
        }

        async fn says(&mut self, message: Value) {
            self.pipe
                .write_all(format!("{message}\n").as_bytes())
                .await
                .unwrap();
        }

        /// Waits until everything said so far was read. A subscription, because that is never the only call.
        async fn settled(&mut self) {
            let probe = self.call("subscriptions/listen", json!({}), deaf());
            let id = self.hears().await["id"].clone();
            self.says(json!({"jsonrpc": "2.0", "id": id, "result": 1}))
                .await;
            probe.await.unwrap();
        }

        fn call(
            &self,
            method: &str,
            params: Value,
            hears: Hears,
        ) -> BoxFuture<'static, Result<Raw, RpcError>> {
            let mut call = Call::new(Era::Legacy, method, Some(raw(&params)));
            call.limits = Limits::CALL;
            self.wire.call(call, hears)
        }
    }

    fn progress(token: &Value) -> Value {
        json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": token}})
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_progress_ends_at_its_idle_limit_and_the_server_is_told() {
        let mut server = server();
        let begun = Instant::now();
        let error = server.call("x", json!({}), deaf()).await.unwrap_err();
        assert_eq!(error.code, codes::TIMEOUT);
        assert_eq!(begun.elapsed().as_secs(), 60);
        let id = server.hears().await["id"].clone();
        let told = server.hears().await;
        assert_eq!(told["method"], "notifications/cancelled");
        assert_eq!(told["params"]["requestId"], id);
        assert_eq!(server.wire.in_progress(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn progress_resets_the_idle_limit_but_not_the_total_one() {
        let mut server = server();
        let begun = Instant::now();
        let call = server.call("x", json!({"_meta": {"progressToken": 7}}), deaf());
        let call = tokio::spawn(async move { (call.await, begun.elapsed()) });
        server.hears().await;
        while !call.is_finished() {
            server.says(progress(&json!(7))).await;
            tokio::time::sleep(Duration::from_secs(50)).await;
        }
        let (outcome, after) = call.await.unwrap();
        assert_eq!(outcome.unwrap_err().code, codes::TIMEOUT);
        assert_eq!(after.as_secs(), 600);
    }

    #[tokio::test]
    async fn w43_progress_reaches_the_call_of_its_token_before_the_result() {
        let mut server = server();
        let (a, heard_by_a) = ear();
        let (b, heard_by_b) = ear();
        let call = server.call("x", json!({"_meta": {"progressToken": "1"}}), a);
        let other = server.call("x", json!({"_meta": {"progressToken": 1}}), b);
        let id = server.hears().await["id"].clone();
        for _ in 0..3 {
            server.says(progress(&json!("1"))).await;
        }
        server.says(progress(&json!(true))).await;
        server
            .says(json!({"jsonrpc": "2.0", "id": id, "result": {"ok": true}}))
            .await;
        assert_eq!(call.await.unwrap().get(), r#"{"ok":true}"#);
        assert_eq!(heard_by_a.try_iter().count(), 3);
        assert_eq!(heard_by_b.try_iter().count(), 0);
        assert_eq!(server.unrelated.try_iter().count(), 0);
        drop(other);
        assert_eq!(server.wire.in_progress(), 0);
    }

    #[tokio::test]
    async fn a_request_that_was_not_written_yet_is_withdrawn_and_an_initialize_is_not_cancelled() {
        let mut server = server();
        drop(server.call("initialize", json!({}), deaf()));
        let initialize = server.call("initialize", json!({}), deaf());
        assert_eq!(server.hears().await["method"], "initialize");
        drop(initialize);
        drop(server.call("x", json!({}), deaf()));
        server.wire.notify("last", None);
        assert_eq!(server.hears().await["method"], "last");
    }

    #[tokio::test]
    async fn what_names_no_call_goes_to_the_only_one_and_lists_never_do() {
        let mut server = server();
        let (only, heard) = ear();
        let log = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {}});
        let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
        let call = server.call("x", json!({}), only);
        server.hears().await;
        server.says(log.clone()).await;
        server.says(changed).await;
        server.settled().await;
        let second = server.call("x", json!({}), deaf());
        server.hears().await;
        server.says(log).await;
        server.settled().await;
        let names = |heard: &mpsc::Receiver<FromServer>| -> Vec<_> {
            let method = |message| match message {
                FromServer::Notification { method, .. } => method,
                FromServer::Request { method, .. } => method,
            };
            heard.try_iter().map(method).collect()
        };
        assert_eq!(names(&heard), ["notifications/message"]);
        let unrelated = ["notifications/tools/list_changed", "notifications/message"];
        assert_eq!(names(&server.unrelated), unrelated);
        drop((call, second));
    }

    #[tokio::test]
    async fn a_subscription_hears_what_carries_its_id_and_ends_when_the_server_says_so() {
        let mut server = server();
        let (ear, heard) = ear();
        let listen = server.call("subscriptions/listen", json!({}), ear);
        let id = server.hears().await["id"].clone();
        for id in [id.clone(), json!(id.to_string()), json!(99)] {
            let meta = json!({"io.modelcontextprotocol/subscriptionId": id});
            let method = "notifications/tools/list_changed";
            let message = json!({"jsonrpc": "2.0", "method": method, "params": {"_meta": meta}});
            server.says(message).await;
        }
        let params = json!({"requestId": id});
        server
            .says(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}))
            .await;
        assert_eq!(listen.await.unwrap_err().code, codes::CHANNEL_LOST);
        assert_eq!(heard.try_iter().count(), 2);
        assert_eq!(server.unrelated.try_iter().count(), 0);
    }

    #[tokio::test]
    async fn a_request_of_the_server_is_answered_with_its_own_id_or_given_up() {
        let mut server = server();
        for id in [json!("a"), json!(1), json!("b")] {
            server
                .says(json!({"jsonrpc": "2.0", "id": id, "method": "ping"}))
                .await;
        }
        server.settled().await;
        let mut asked = server.unrelated.try_iter().map(|message| match message {
            FromServer::Request { answer, .. } => answer,
            FromServer::Notification { .. } => panic!("these are requests"),
        });
        let (first, second, third) = (asked.next(), asked.next(), asked.next());
        first.unwrap().give(Ok(raw(&json!({}))));
        drop(second);
        drop(asked);
        let mut answers = [server.hears().await, server.hears().await];
        answers.sort_by_key(|answer| answer["id"].is_string());
        assert_eq!(answers[0]["error"]["code"], codes::NO_STREAM);
        assert_eq!(
            answers[1],
            json!({"jsonrpc": "2.0", "id": "a", "result": {}})
        );
        let params = json!({"requestId": "b"});
        server
            .says(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}))
            .await;
        third.unwrap().given_up().await;
        assert_eq!(server.wire.in_progress(), 0);
    }

    #[tokio::test]
    async fn the_requests_of_a_server_are_bounded() {
        let mut server = server();
        for id in 0..65 {
            server
                .says(json!({"jsonrpc": "2.0", "id": id, "method": "ping"}))
                .await;
        }
        let refused = server.hears().await;
        assert_eq!(refused["id"], 64);
        assert_eq!(refused["error"]["code"], codes::OVERLOADED);
        assert_eq!(server.unrelated.try_iter().count(), 64);
    }

    #[tokio::test]
    async fn an_answer_that_is_none_fails_its_call_and_no_other() {
        let mut server = server();
        let call = server.call("x", json!({}), deaf());
        let other = server.call("x", json!({}), deaf());
        let id = server.hears().await["id"].clone();
        server
            .says(json!({"jsonrpc": "2.0", "id": id, "method": 7}))
            .await;
        server
            .says(json!({"jsonrpc": "2.0", "id": id, "result": 1, "error": {}}))
            .await;
        assert_eq!(call.await.unwrap_err().code, codes::BAD_ANSWER);
        let id = server.hears().await["id"].clone();
        server
            .says(json!({"jsonrpc": "2.0", "id": id, "result": 1}))
            .await;
        assert!(other.await.is_ok());
    }

    #[tokio::test]
    async fn after_the_end_every_call_fails_at_once() {
        let mut server = server();
        let call = server.call("x", json!({}), deaf());
        server.hears().await;
        server.wire.end(lost());
        assert_eq!(call.await.unwrap_err().code, codes::CHANNEL_LOST);
        let late = server.call("x", json!({}), deaf());
        assert_eq!(late.await.unwrap_err().code, codes::CHANNEL_LOST);
        assert_eq!(server.wire.in_progress(), 0);
    }
}
