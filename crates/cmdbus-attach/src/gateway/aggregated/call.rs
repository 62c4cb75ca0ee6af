//! `tools/call` of the aggregated endpoint.

use std::sync::Arc;
use std::time::Duration;

use cmdbus::CommandError;
use cmdbus_mcp::carry::{Call, FromServer, Hears, Limits, refusal};
use cmdbus_mcp::convert::{
    Called, Failure, META_ERROR, NEEDS_A_PERSON, Profile, call_result, failure, modernise,
    name_server, unknown_tool, unwrap_arguments,
};
use cmdbus_mcp::own::{self, META_CAPABILITIES, META_CLIENT, META_VERSION};
use cmdbus_mcp::rpc::{Era, Raw, RpcError, codes, raw, splice};
use cmdbus_mcp::search::{CALL_TOOL, SEARCH_TOOLS};
use cmdbus_mcp::tools::Tool;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Asked;
use super::catalogue::Command;
use super::limits::Heard;
use super::search::inner_params;

/// The member of `_meta` in which a caller says how long it waits, in milliseconds.
const META_TIMEOUT: &str = "cmdbus-timeout-ms";

impl Asked {
    /// Calls a tool by its name.
    pub(super) async fn call(&self, mut call: Call, hears: Hears) -> Result<Raw, RpcError> {
        let mut params = call.params.take().ok_or_else(nameless)?;
        let catalogue = self.aggregator.catalogue();
        let mut name = name_of(&params)?;
        if self.searches(&catalogue) {
            if name == SEARCH_TOOLS {
                let result = self.search(splice::get(&params, &["arguments"]))?;
                return Ok(self.finished(result));
            }
            if name == CALL_TOOL {
                params = inner_params(&params)?;
                name = name_of(&params)?;
            }
        }
        let command = catalogue
            .by_name(&name)
            .filter(|command| self.shows(command))
            .ok_or_else(|| unknown_tool(&name))?;
        shorten(&mut call.limits, &params);
        call.params = Some(params);
        match command.tool.clone() {
            Some(tool) => self.call_attached(&tool, command, call, hears).await,
            None => self.call_command(&name, command, call, hears).await,
        }
    }

    /// Calls a tool of an attached server, whose result goes back unchanged.
    async fn call_attached(
        &self,
        tool: &Tool,
        command: &Command,
        call: Call,
        hears: Hears,
    ) -> Result<Raw, RpcError> {
        let params = call.params.unwrap_or_else(|| raw(&json!({})));
        let params = self.meta_for(tool.era(), params);
        // What the gateway says of every call is no wish of this caller.
        let limits = match call.limits {
            Limits::CALL => tool.limits(),
            wished => wished,
        };
        let result = tool
            .call_raw(&params, limits, call.headers, following(hears))
            .await?;
        let kind = splice::get_str(&result, &["resultType"]);
        match (self.era, kind.as_deref()) {
            (Era::Legacy, Some("input_required")) => {
                let message = NEEDS_A_PERSON.to_owned();
                Ok(raw(&json!({
                    "content": [{"type": "text", "text": message}],
                    "isError": true,
                    "_meta": {META_ERROR: {"code": "invalid_request", "message": message}},
                })))
            }
            (Era::Modern, None) => {
                tracing::trace!(
                    command = command.id(),
                    "a result of the older era for a client of the newer"
                );
                Ok(splice::set(&result, &["resultType"], "\"complete\"").unwrap_or(result))
            }
            _ => Ok(result),
        }
    }

    /// Makes the `_meta` of a call what the server's era asks for. A modern caller's own goes through to a modern server: what its
    /// client can do is what matters there.
    fn meta_for(&self, server: Era, params: Raw) -> Raw {
        let mut params = params;
        match (self.era, server) {
            (Era::Modern, Era::Modern) | (Era::Legacy, Era::Legacy) => {}
            (Era::Modern, Era::Legacy) => {
                for member in [META_VERSION, META_CLIENT, META_CAPABILITIES] {
                    params = splice::remove(&params, &["_meta", member]).unwrap_or(params);
                }
            }
            (Era::Legacy, Era::Modern) => {
                for (member, value) in own::meta(Era::Modern) {
                    params = splice::set(&params, &["_meta", &member], raw(&value).get())
                        .unwrap_or(params);
                }
            }
        }
        params
    }

    /// Calls a command on the bus.
    async fn call_command(
        &self,
        name: &str,
        command: &Command,
        call: Call,
        hears: Hears,
    ) -> Result<Raw, RpcError> {
        let params = call.params.unwrap_or_else(|| raw(&json!({})));
        let arguments: Option<Value> = splice::get(&params, &["arguments"])
            .and_then(|arguments| serde_json::from_str(arguments.get()).ok())
            .filter(|arguments: &Value| !arguments.is_null());
        let request = unwrap_arguments(command.input.wrapped, arguments).unwrap_or_default();
        let heard = Heard::now();
        let mut on_bus = self.aggregator.registry.call_dyn(command.id(), request);
        if let Some(total) = call.limits.total {
            on_bus = on_bus.timeout(total);
        }
        let token = splice::get(&params, &["_meta", "progressToken"]).map(RawValue::to_owned);
        let reported = heard.clone();
        on_bus = on_bus.on_progress(move |progress| {
            reported.again();
            if let Some(token) = &token {
                hears(told(token, &progress));
            }
        });
        let outcome = tokio::select! {
            outcome = on_bus => outcome,
            () = heard.expired(call.limits) => Err(CommandError::Timeout),
        };
        let called = Called {
            tool: name,
            command: command.id(),
            promised: command.promised(self.era),
        };
        let result = match outcome {
            Ok(result) => call_result(Some(result), &called, self.era),
            Err(error) => match failure(
                &error,
                &called,
                self.provided(&error, command),
                Profile::Aggregated,
            ) {
                Failure::Rpc(error) => return Err(error),
                Failure::Result(result) => result,
            },
        };
        Ok(self.finished(result))
    }

    /// Returns whether somebody provides the command that answered so (W76).
    fn provided(&self, error: &CommandError, command: &Command) -> bool {
        match error {
            CommandError::NotFound(_) => self
                .aggregator
                .registry
                .describe_command(command.id())
                .is_some(),
            _ => true,
        }
    }

    /// Adds what every result of our own has in the caller's era.
    fn finished(&self, mut result: Value) -> Raw {
        if self.era == Era::Modern {
            modernise(&mut result);
            name_server(&mut result, &own::info());
        }
        raw(&result)
    }
}

/// Returns the name of the tool that is called.
///
/// A member that is there twice is refused: a server might take the one that has not been looked at, and run a tool that the caller
/// may not call.
fn name_of(params: &RawValue) -> Result<String, RpcError> {
    #[derive(Deserialize)]
    struct Params<'a> {
        name: String,
        #[serde(borrow, default)]
        arguments: Option<&'a RawValue>,
    }
    let params: Params<'_> = serde_json::from_str(params.get()).map_err(|_| nameless())?;
    let given = params.arguments.map_or("{", RawValue::get);
    if given.starts_with('{') || given == "null" {
        return Ok(params.name);
    }
    Err(RpcError::new(
        codes::INVALID_PARAMS,
        "the `arguments` of `tools/call` must be an object",
    ))
}

/// Gives a call the time that its caller names in `_meta`, if that is less: more is asked for by a header, which has its cap.
fn shorten(limits: &mut Limits, params: &RawValue) {
    let asked = splice::get(params, &["_meta", META_TIMEOUT])
        .and_then(|asked| serde_json::from_str(asked.get()).ok())
        .map(Duration::from_millis);
    if let Some(asked) = asked {
        limits.total = Some(limits.total.map_or(asked, |total| total.min(asked)));
    }
}

fn nameless() -> RpcError {
    RpcError::new(
        codes::INVALID_PARAMS,
        "`tools/call` needs `name`, the name of a tool, once",
    )
}

/// Returns an ear for what a server says about a call that is made in our session with it: progress and log go to the caller, who has
/// no session there, and a request cannot (attach §6).
fn following(hears: Hears) -> Hears {
    Arc::new(move |message| match message {
        FromServer::Notification { method, params } => {
            if matches!(
                method.as_str(),
                "notifications/progress" | "notifications/message"
            ) {
                hears(FromServer::Notification { method, params });
            }
        }
        FromServer::Request { method, answer, .. } => answer.give(Err(refusal(&method))),
    })
}

fn told(token: &RawValue, progress: &cmdbus::Progress) -> FromServer {
    let mut params = json!({"progressToken": token, "progress": progress.progress});
    if let Some(total) = progress.total {
        params["total"] = total.into();
    }
    if let Some(message) = &progress.message {
        params["message"] = message.as_str().into();
    }
    FromServer::Notification {
        method: "notifications/progress".to_owned(),
        params: Some(raw(&params)),
    }
}
