//! One tool of one server.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cmdbus::message::Payload;
use cmdbus::{CallContext, CommandError};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::carry::{Call, Carrier, FromServer, Hears, Limits, refusal};
use crate::convert::{self, ResultMode};
use crate::own;
use crate::rpc::{Era, Raw, RpcError, raw, splice};

/// Whose tools are, in whatever form those know it who make the sets and look at the tools. Nothing here looks into it.
pub type Owner = Arc<dyn Any + Send + Sync>;

/// One tool of one server, as the server lists it, and the way to call it.
pub struct Tool {
    /// What the server calls it.
    pub name: String,
    /// Its entry in the server's list, byte for byte.
    pub entry: Raw,
    /// Whose it is, for those who do not show everything to everybody.
    pub owner: Option<Owner>,
    pub(super) carrier: Arc<dyn Carrier>,
    /// How the server is spoken to.
    pub(super) era: Era,
    pub(super) limits: Limits,
}

impl Tool {
    /// Returns how the server is spoken to.
    #[must_use]
    pub fn era(&self) -> Era {
        self.era
    }

    /// Returns how long a call may take unless the caller says otherwise.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Calls the tool with parameters of `tools/call`, of which the name is replaced and all else stays. They bring the `_meta` that
    /// the server's era asks for.
    ///
    /// # Errors
    /// As [`Carrier::call`].
    pub fn call_raw(
        &self,
        params: &RawValue,
        limits: Limits,
        headers: Vec<(String, String)>,
        hears: Hears,
    ) -> BoxFuture<'static, Result<Raw, RpcError>> {
        let name = Value::from(self.name.as_str()).to_string();
        let params = splice::set(params, &["name"], &name).unwrap_or_else(|| params.to_owned());
        let call = Call {
            method: "tools/call".to_owned(),
            params: Some(params),
            era: self.era,
            headers,
            limits,
        };
        self.carrier.call(call, hears)
    }

    /// Calls the tool as the command that it is.
    pub(super) async fn call_as_command(
        self: Arc<Self>,
        request: Option<Payload>,
        command: &str,
        mode: ResultMode,
    ) -> Result<Option<Value>, CommandError> {
        let arguments = convert::arguments(request.as_ref(), command)?;
        let context = CallContext::current();
        let mut meta = own::meta(self.era);
        meta.insert("progressToken".to_owned(), next_token().into());
        let params =
            raw(&serde_json::json!({"name": self.name, "arguments": arguments, "_meta": meta}));
        let mut limits = self.limits;
        if let Some(remaining) = context.as_ref().and_then(CallContext::remaining) {
            // The bus keeps the deadline anyway; who carries the call is to know it. A caller that gives so much time is not to be
            // cut off because the tool is silent for a part of it.
            limits = Limits {
                idle: None,
                total: Some(remaining),
            };
        }
        let outcome = self
            .call_raw(&params, limits, Vec::new(), reporting(context))
            .await;
        match outcome {
            Ok(result) => convert::command_result(&result, mode, command),
            Err(error) => Err(convert::command_error(&error, command)),
        }
    }
}

/// Progress tokens of calls that commands make, unique in this process.
fn next_token() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("cmd-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[derive(Deserialize)]
struct Progress {
    progress: f64,
    #[serde(default)]
    total: Option<f64>,
    #[serde(default)]
    message: Option<String>,
}

/// Returns an ear that makes the server's progress the command's, and refuses requests: nobody on the bus could answer them.
fn reporting(context: Option<CallContext>) -> Hears {
    Arc::new(move |message| match message {
        FromServer::Notification { method, params } if method == "notifications/progress" => {
            let progress =
                params.and_then(|params| serde_json::from_str::<Progress>(params.get()).ok());
            if let (Some(context), Some(progress)) = (&context, progress) {
                context.progress(
                    progress.progress,
                    progress.total,
                    progress.message.as_deref(),
                );
            }
        }
        FromServer::Notification { .. } => {}
        FromServer::Request { method, answer, .. } => answer.give(Err(refusal(&method))),
    })
}

impl std::fmt::Debug for Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tool")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
