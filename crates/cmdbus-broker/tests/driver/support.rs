//! A driver around a store that fails when it is told to.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use cmdbus_broker::core::{
    Caller, Figures, Input, Metadata, OpenStream, Process, Register, Registration, Reply, Request,
    Send, Sender, StreamId,
};
use cmdbus_broker::driver::{Driver, Parts};
use cmdbus_broker::ids::{EndpointId, MessageId};
use cmdbus_broker::ipc::{Backend, FromStream, ToStream};
use cmdbus_broker::process::SystemProbe;
use cmdbus_broker::process::drivers::DriverRegistry;
use cmdbus_broker::process::start::Starter;
use cmdbus_broker::store::{
    Loaded, MemoryStore, Op, Outcome, Reader, Store, StoreError, StoreErrorKind, Writer,
    WriterOptions,
};
use futures_util::FutureExt as _;
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Longer than anything takes here; only a failing test waits for it.
const LONG: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Script {
    held: bool,
    inside: bool,
    failing: Option<(StoreErrorKind, Outcome)>,
    lost: bool,
}

/// A store in memory whose commits are held up, or fail.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    memory: MemoryStore,
    script: Arc<(Mutex<Script>, Condvar)>,
}

impl Scripted {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.0.lock().unwrap()
    }

    pub(crate) fn hold(&self) {
        self.script().held = true;
    }

    pub(crate) fn release(&self) {
        self.script().held = false;
        self.script.1.notify_all();
    }

    pub(crate) async fn wait_inside(&self) {
        let store = self.clone();
        let waited = tokio::task::spawn_blocking(move || {
            let script = store.script();
            let waited = store
                .script
                .1
                .wait_timeout_while(script, LONG, |script| !script.inside);
            waited.is_ok_and(|(script, _)| script.inside)
        });
        assert!(waited.await.unwrap(), "the writer is in a commit");
    }

    pub(crate) fn fail(&self, how: Option<(StoreErrorKind, Outcome)>) {
        self.script().failing = how;
    }

    /// From now on the store is damaged.
    pub(crate) fn lose(&self) {
        let mut script = self.script();
        script.failing = Some((StoreErrorKind::Sync, Outcome::Unknown));
        script.lost = true;
    }

    fn failure(&self, during: &'static str) -> Result<(), StoreError> {
        match self.script().failing {
            None => Ok(()),
            Some((kind, Outcome::NotStored)) => Err(StoreError::new(kind, during)),
            Some((kind, Outcome::Unknown)) => Err(StoreError::new(kind, during).unknown()),
        }
    }
}

impl Store for Scripted {
    fn commit(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        let mut script = self.script();
        script.inside = true;
        self.script.1.notify_all();
        let mut script = self
            .script
            .1
            .wait_while(script, |script| script.held)
            .unwrap();
        script.inside = false;
        drop(script);
        self.failure("commit")?;
        self.memory.commit(ops)
    }

    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.memory.load()
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.memory.reader()
    }

    fn probe(&mut self) -> Result<(), StoreError> {
        self.failure("probe the store")
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        if self.script().lost {
            return Err(StoreError::new(StoreErrorKind::Corrupt, "open the store"));
        }
        Ok(())
    }

    fn maintain(&mut self, _idle: bool) {}

    fn close(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// A driver, its store, and what it says.
pub(crate) struct Bench {
    pub(crate) store: Scripted,
    driver: Driver,
    lost: Option<oneshot::Receiver<StoreError>>,
    _folder: tempfile::TempDir,
    writer: Option<Writer>,
}

/// The writer must not be held up when it is to end.
impl Drop for Bench {
    fn drop(&mut self) {
        self.store.release();
        self.writer.take();
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let store = Scripted::default();
        let folder = tempfile::tempdir().unwrap();
        let (tell, events) = mpsc::unbounded_channel();
        let options = WriterOptions {
            probe_every: Duration::from_millis(5),
            ..WriterOptions::default()
        };
        let writer = Writer::start(Box::new(store.clone()), options, move |event| {
            let _ = tell.send(event);
        })
        .unwrap();
        let (lose, lost) = oneshot::channel();
        let parts = Parts {
            writer: writer.handle(),
            reader: store.reader(),
            liveness: Arc::new(SystemProbe::new()),
            drivers: Arc::new(DriverRegistry::new(Default::default(), None).unwrap()),
            starter: Starter::new(
                folder.path(),
                folder.path().join("log"),
                folder.path().join("discovery.json"),
            ),
            figures: Figures::default(),
            network: None,
            random: || {
                let mut next = 0_u8;
                Box::new(move |buffer| {
                    for byte in buffer {
                        next = next.wrapping_add(89);
                        *byte = next;
                    }
                })
            },
        };
        let driver = Driver::start(parts, events, lose).await.unwrap();
        Self {
            store,
            driver,
            lost: Some(lost),
            _folder: folder,
            writer: Some(writer),
        }
    }

    pub(crate) fn begin(&self, request: Request) -> JoinHandle<Reply> {
        let driver = self.driver.clone();
        tokio::spawn(async move { driver.request(Caller::default(), request).await })
    }

    pub(crate) async fn ask(&self, request: Request) -> Reply {
        let asking = self.begin(request);
        tokio::time::timeout(LONG, asking).await.unwrap().unwrap()
    }

    pub(crate) async fn settled(&self) {
        tokio::task::yield_now().await;
        self.driver.settled().await;
    }

    /// Opens a stream that answers its Pings, and registers an endpoint of this process on it.
    pub(crate) async fn client(&self, n: u32, agent: &str) -> (Stream, EndpointId) {
        let name = Some(n.to_string());
        let process = Process {
            pid: std::process::id(),
            start: None,
            boot: None,
        };
        let (stream, frames) = self.driver.stream();
        let open = OpenStream {
            stream,
            process: process.clone(),
            name: name.clone(),
            receipts: true,
            held: false,
        };
        let reply = self.ask(Request::OpenStream(open)).await;
        assert_eq!(reply, Reply::StreamAllowed);
        let mut stream = Stream {
            stream,
            frames,
            driver: self.driver.clone(),
        };
        stream.pong().await;
        let register = Register {
            pid: Some(process.pid),
            stream_name: name,
            body: Ok(Registration {
                metadata: Metadata {
                    agent_id: agent.to_owned(),
                    kind: "test".to_owned(),
                    ..Metadata::default()
                },
                spawn_token: None,
            }),
        };
        match self.ask(Request::Register(Box::new(register))).await {
            Reply::Json(body) => (stream, body["endpoint_id"].as_str().unwrap().into()),
            other => panic!("not registered: {other:?}"),
        }
    }

    pub(crate) fn begin_send(
        &self,
        from: &EndpointId,
        to: &str,
        content: &str,
    ) -> JoinHandle<Reply> {
        self.begin(send(from, to, content))
    }

    /// Asks at once, before anything else runs on this thread.
    pub(crate) fn ask_at_once(&self, request: Request) -> impl Future<Output = Reply> + use<'_> {
        let mut reply = Box::pin(self.driver.request(Caller::default(), request).fuse());
        let asked = reply.as_mut().now_or_never();
        async move {
            match asked {
                Some(reply) => reply,
                None => reply.await,
            }
        }
    }

    /// Keeps the thread until a commit has failed, so that nothing else runs on it.
    pub(crate) fn until_failed(&self) {
        let writer = self.writer.as_ref().unwrap().handle();
        let until = Instant::now() + LONG;
        while writer.can_write() {
            assert!(Instant::now() < until, "nothing failed");
            std::thread::yield_now();
        }
    }

    /// Ends the driver as the broker does.
    pub(crate) async fn shut_down(&self) {
        self.driver.give(Input::Shutdown { release: false });
        self.driver.settled().await;
        self.driver.hang_up();
    }

    pub(crate) async fn send(&self, from: &EndpointId, to: &str, content: &str) -> MessageId {
        match self.begin_send(from, to, content).await.unwrap() {
            Reply::Sent { message, .. } => message,
            other => panic!("not sent: {other:?}"),
        }
    }

    /// Waits until questions are answered again.
    pub(crate) async fn until_readable(&self, endpoint: &EndpointId) {
        let read = async {
            loop {
                let endpoint = endpoint.clone();
                if let Reply::Json(_) = self.ask(Request::Endpoint { endpoint }).await {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, read)
            .await
            .expect("it can be read");
    }

    /// Waits until sends are taken again.
    pub(crate) async fn until_writable(&self, from: &EndpointId) {
        let written = async {
            loop {
                let reply = self.begin_send(from, "node:self", "probe").await.unwrap();
                if let Reply::Sent { .. } = reply {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, written)
            .await
            .expect("it can be written to");
    }

    pub(crate) async fn lost(&mut self) -> StoreError {
        let lost = self.lost.take().unwrap();
        tokio::time::timeout(LONG, lost).await.unwrap().unwrap()
    }
}

/// The client's end of a stream.
pub(crate) struct Stream {
    stream: StreamId,
    frames: mpsc::UnboundedReceiver<ToStream>,
    driver: Driver,
}

impl Stream {
    async fn next(&mut self) -> ToStream {
        let next = tokio::time::timeout(LONG, self.frames.recv());
        next.await
            .expect("a frame in time")
            .expect("an open stream")
    }

    /// Answers the first Ping.
    async fn pong(&mut self) {
        match self.next().await {
            ToStream::Ping(ping) => self.driver.heard(self.stream, FromStream::Pong(ping)),
            other => panic!("not a Ping: {other:?}"),
        }
    }

    /// Returns the content of the next message, answering Pings on the way. Confirms nothing.
    pub(crate) async fn content(&mut self) -> String {
        loop {
            match self.next().await {
                ToStream::Ping(ping) => self.driver.heard(self.stream, FromStream::Pong(ping)),
                ToStream::Frame(frame) => {
                    let frame: Value = serde_json::from_str(&frame).unwrap();
                    return frame["content"].as_str().unwrap().to_owned();
                }
                other @ ToStream::Close { .. } => panic!("closed: {other:?}"),
            }
        }
    }

    /// Waits for the end of what is to be written, after which the listener closes the stream.
    pub(crate) async fn end(&mut self) {
        let ended = async { while self.frames.recv().await.is_some() {} };
        tokio::time::timeout(LONG, ended).await.expect("an end");
    }

    pub(crate) fn nothing(&mut self) -> bool {
        self.frames.try_recv().is_err()
    }

    pub(crate) fn close(self, bench: &Bench) {
        bench.driver.heard(self.stream, FromStream::Closed);
    }
}

/// Makes a request to send.
pub(crate) fn send(from: &EndpointId, to: &str, content: &str) -> Request {
    Request::Send(Box::new(Send {
        sender: Sender::Endpoint(from.clone()),
        to: to.to_owned(),
        content: content.to_owned(),
        content_type: "text".to_owned(),
        metadata: Map::new(),
        require_live: false,
        key: None,
        ttl: None,
    }))
}

/// Returns status and code of a refusal.
pub(crate) fn refused(reply: Reply) -> (u16, &'static str) {
    match reply {
        Reply::Refused(refusal) => (refusal.status, refusal.code),
        other => panic!("not refused: {other:?}"),
    }
}
