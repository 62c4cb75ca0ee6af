//! A server without a process, on a clock that a test moves by hand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use cmdbus_mcp::carry::{Call, Carrier, FromServer, Hears, Limits};
use cmdbus_mcp::rpc::{Era, Raw, RpcError, codes, raw};
use cmdbus_mcp::upstream::{
    Connection, Connector, Ended, Open, ToolPolicy, Transport, Upstream, UpstreamConfig,
    UpstreamEvent,
};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::watch;

/// What a start shall be like.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Start {
    Fails,
    Silent,
}

/// Makes connections, and keeps them for the test to look at.
pub(super) struct Fake {
    era: Era,
    made: Mutex<Vec<Arc<One>>>,
    /// What the next starts are like, if not ordinary.
    pub(super) next: Mutex<VecDeque<Start>>,
}

/// One connection.
pub(super) struct One {
    pub(super) args: Vec<String>,
    is_silent: bool,
    era: Era,
    /// What it was told and asked, in order.
    said: Mutex<Vec<(String, Option<Value>)>>,
    pub(super) ear: Hears,
    /// The ear of the newest subscription.
    pub(super) listen_ear: Mutex<Option<Hears>>,
    ended: watch::Sender<Option<Ended>>,
}

impl Fake {
    pub(super) fn new(era: Era) -> Arc<Self> {
        Arc::new(Self {
            era,
            made: Mutex::default(),
            next: Mutex::default(),
        })
    }

    /// Returns an upstream of it, with 16 children and 600 s, or as changed.
    pub(super) fn upstream(
        self: &Arc<Self>,
        change: impl FnOnce(&mut UpstreamConfig),
    ) -> (Upstream, mpsc::Receiver<UpstreamEvent>) {
        let transport = Transport::Stdio {
            command: String::new(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: None,
        };
        let mut config = UpstreamConfig::new("fake", transport);
        config.tools = ToolPolicy {
            allow: Vec::new(),
            deny: vec!["write*".to_owned()],
        };
        change(&mut config);
        let (events, heard) = super::events();
        (
            Upstream::with_connector(config, self.clone(), events),
            heard,
        )
    }

    pub(super) fn count(&self) -> usize {
        self.made.lock().unwrap().len()
    }

    pub(super) fn one(&self, index: usize) -> Arc<One> {
        self.made.lock().unwrap()[index].clone()
    }

    /// Returns how many are open.
    pub(super) fn open(&self) -> usize {
        let made = self.made.lock().unwrap();
        made.iter()
            .filter(|one| one.ended.borrow().is_none())
            .count()
    }

    pub(super) fn next(&self, starts: impl IntoIterator<Item = Start>) {
        self.next.lock().unwrap().extend(starts);
    }
}

impl Connector for Fake {
    fn is_child(&self) -> bool {
        true
    }

    fn connect(
        &self,
        _: Era,
        args: &[String],
        ear: Hears,
    ) -> Result<Arc<dyn Connection>, RpcError> {
        let start = self.next.lock().unwrap().pop_front();
        if start == Some(Start::Fails) {
            return Err(RpcError::new(codes::UPSTREAM_FAILED, "no such program"));
        }
        let one = Arc::new(One {
            args: args.to_vec(),
            is_silent: start == Some(Start::Silent),
            era: self.era,
            said: Mutex::default(),
            ear,
            listen_ear: Mutex::default(),
            ended: watch::Sender::new(None),
        });
        self.made.lock().unwrap().push(one.clone());
        Ok(Arc::new(Handle(one)))
    }
}

impl One {
    /// Ends as a child does that crashes.
    pub(super) fn crash(&self) {
        self.end(Ended::Exited {
            code: Some(7),
            last_line: Some("out of cheese".to_owned()),
        });
    }

    fn end(&self, ended: Ended) {
        self.ended.send_if_modified(|old| {
            let is_new = old.is_none();
            old.get_or_insert(ended);
            is_new
        });
    }

    pub(super) fn is_open(&self) -> bool {
        self.ended.borrow().is_none()
    }

    /// Returns the methods it heard, without those of the probe.
    pub(super) fn methods(&self) -> Vec<String> {
        let said = self.said.lock().unwrap();
        said.iter()
            .map(|(method, _)| method.clone())
            .filter(|method| method != "server/discover")
            .collect()
    }

    pub(super) fn params(&self, method: &str) -> Option<Value> {
        let said = self.said.lock().unwrap();
        said.iter()
            .rev()
            .find(|(name, _)| name == method)
            .and_then(|(_, params)| params.clone())
    }

    pub(super) fn says(&self, method: &str, params: Value) {
        (self.ear)(FromServer::Notification {
            method: method.to_owned(),
            params: Some(raw(&params)),
        });
    }

    fn note(&self, method: &str, params: Option<&Raw>) {
        let params = params.map(|params| serde_json::from_str(params.get()).unwrap());
        self.said.lock().unwrap().push((method.to_owned(), params));
    }

    fn answer(&self, call: &Call) -> Option<Result<Raw, RpcError>> {
        let params: Value = call.params.as_ref().map_or(Value::Null, super::value);
        if self.is_silent {
            return None;
        }
        Some(Ok(raw(&match (call.method.as_str(), self.era) {
            ("server/discover", Era::Modern) => {
                json!({"supportedVersions": ["2026-07-28"], "capabilities": {}, "instructions": "be kind"})
            }
            ("initialize", Era::Legacy) => {
                json!({"protocolVersion": params["protocolVersion"], "capabilities": {}})
            }
            ("server/discover" | "initialize", _) => {
                return Some(Err(RpcError::new(
                    codes::METHOD_NOT_FOUND,
                    "no such method",
                )));
            }
            ("tools/list", _) => json!({"tools": [{"name": "read"}, {"name": "write"}]}),
            ("subscriptions/listen", _) => return None,
            ("tools/call", _) if params["name"] == "hang" => return None,
            _ => json!({}),
        })))
    }
}

/// Closes its connection when it is dropped, as the contract says.
struct Handle(Arc<One>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.end(Ended::Closed);
    }
}

impl Carrier for Handle {
    fn call(&self, call: Call, hears: Hears) -> BoxFuture<'static, Result<Raw, RpcError>> {
        self.0.note(&call.method, call.params.as_ref());
        if call.method == "subscriptions/listen" {
            *self.0.listen_ear.lock().unwrap() = Some(hears);
        }
        let answer = self.0.answer(&call);
        let mut ended = self.0.ended.subscribe();
        async move {
            if let Some(answer) = answer {
                return answer;
            }
            let total = call.limits.total.unwrap_or(Duration::from_secs(1 << 30));
            tokio::select! {
                ended = ended.wait_for(Option::is_some) => {
                    Err(ended.unwrap().clone().unwrap().to_error())
                }
                () = tokio::time::sleep(total) => Err(RpcError::new(codes::TIMEOUT, "late")),
            }
        }
        .boxed()
    }

    fn notify(&self, method: &str, params: Option<Raw>, _: &[(String, String)]) {
        self.0.note(method, params.as_ref());
    }
}

impl Connection for Handle {
    fn ended(&self) -> BoxFuture<'static, Ended> {
        let mut ended = self.0.ended.subscribe();
        async move {
            ended
                .wait_for(Option::is_some)
                .await
                .unwrap()
                .clone()
                .unwrap()
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        self.0.end(Ended::Closed);
        async {}.boxed()
    }
}

/// Returns a session to open that nobody listens to.
pub(super) fn open(session: &str) -> Open {
    Open {
        session: session.to_owned(),
        params: Some(raw(
            &json!({"protocolVersion": "2025-06-18", "vendor": [1], "clientInfo": {"name": session}}),
        )),
        args: Vec::new(),
        headers: Vec::new(),
        limits: Limits::SHORT,
        hears: cmdbus_mcp::carry::deaf(),
    }
}

/// Lets every task do what it can without time passing.
pub(super) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
