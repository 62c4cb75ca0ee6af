//! An MCP server that does as the test says.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use cmdbus_mcp::carry::{Call, Carrier, FromServer, Hears};
use cmdbus_mcp::rpc::{Raw, RpcError, raw, splice};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use serde_json::value::RawValue;

/// What a server does with one method.
pub(crate) type Script =
    Arc<dyn Fn(Call, Hears) -> BoxFuture<'static, Result<Raw, RpcError>> + Send + Sync>;

/// An MCP server that does as the test says.
pub(crate) struct Server {
    lists: Mutex<Script>,
    serves: Mutex<Script>,
    calls: Mutex<Vec<Call>>,
    dropped: Arc<AtomicUsize>,
}

/// Counts an answer that nobody waited for.
struct Waited(Arc<AtomicUsize>);

impl Drop for Waited {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Returns JSON as it is written.
pub(crate) fn text(json: &str) -> Raw {
    RawValue::from_string(json.to_owned()).unwrap()
}

/// Returns a script that answers at once.
pub(crate) fn at_once(
    answer: impl Fn(&Call, &Hears) -> Result<Raw, RpcError> + Send + Sync + 'static,
) -> Script {
    Arc::new(move |call, hears| std::future::ready(answer(&call, &hears)).boxed())
}

/// Returns a script that never answers.
pub(crate) fn never() -> Script {
    Arc::new(|_, _| std::future::pending().boxed())
}

/// Returns a script that always gives the same answer.
pub(crate) fn always(answer: &str) -> Script {
    let answer = text(answer);
    at_once(move |_, _| Ok(answer.clone()))
}

impl Server {
    /// Makes a server whose tools have these entries, and which answers every call with its parameters.
    pub(crate) fn new(entries: &[&str]) -> Arc<Self> {
        let echo = at_once(|call, _| {
            Ok(raw(
                &json!({"content": [], "structuredContent": {"params": call.params}}),
            ))
        });
        let server = Self {
            lists: Mutex::new(never()),
            serves: Mutex::new(echo),
            calls: Mutex::default(),
            dropped: Arc::default(),
        };
        server.has(entries);
        Arc::new(server)
    }

    /// Changes the list of tools.
    pub(crate) fn has(&self, entries: &[&str]) {
        self.lists(always(&format!(r#"{{"tools":[{}]}}"#, entries.join(","))));
    }

    /// Changes what happens to `tools/list`.
    pub(crate) fn lists(&self, script: Script) {
        *self.lists.lock().unwrap() = script;
    }

    /// Changes what happens to everything else.
    pub(crate) fn serves(&self, script: Script) {
        *self.serves.lock().unwrap() = script;
    }

    /// Returns the requests of one method so far.
    pub(crate) fn calls(&self, method: &str) -> Vec<Call> {
        let calls = self.calls.lock().unwrap();
        calls
            .iter()
            .filter(|call| call.method == method)
            .cloned()
            .collect()
    }

    /// Returns the parameters of the last `tools/call`.
    pub(crate) fn last_params(&self) -> Raw {
        self.calls("tools/call").pop().unwrap().params.unwrap()
    }

    /// Returns how many requests were given up.
    pub(crate) fn dropped(&self) -> usize {
        self.dropped.load(Ordering::SeqCst)
    }
}

impl Carrier for Server {
    fn call(&self, call: Call, hears: Hears) -> BoxFuture<'static, Result<Raw, RpcError>> {
        self.calls.lock().unwrap().push(call.clone());
        let script = match call.method.as_str() {
            "tools/list" => self.lists.lock().unwrap().clone(),
            _ => self.serves.lock().unwrap().clone(),
        };
        let waited = Waited(self.dropped.clone());
        async move {
            let outcome = script(call, hears).await;
            std::mem::forget(waited);
            outcome
        }
        .boxed()
    }

    fn notify(&self, _: &str, _: Option<Raw>, _: &[(String, String)]) {}
}

/// Tells the progress of a call, if it has a token.
pub(crate) fn report(call: &Call, hears: &Hears, progress: f64, message: &str) {
    let token = call
        .params
        .as_ref()
        .and_then(|params| splice::get(params, &["_meta", "progressToken"]));
    if let Some(token) = token {
        hears(FromServer::Notification {
            method: "notifications/progress".to_owned(),
            params: Some(raw(
                &json!({"progressToken": token, "progress": progress, "total": 2, "message": message}),
            )),
        });
    }
}
