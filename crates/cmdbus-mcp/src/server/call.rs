//! `tools/call`: a call on the bus.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cmdbus::message::CommandDef;
use cmdbus::{CommandError, Progress};
use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ErrorCode, ProgressNotificationParam,
    ProgressToken,
};
use rmcp::service::{Peer, RequestContext, RoleServer};
use serde_json::Value;
use tokio::sync::watch;

use super::Session;
use super::handler::era;
use super::list::{input, output};
use crate::convert::{
    Called, Failure, Profile, Promised, call_result, failure, modernise, name_server, unknown_tool,
    unwrap_arguments,
};
use crate::rpc::{Era, RpcError, codes};

/// The member of `_meta` in which a caller says how long it waits.
const META_TIMEOUT: &str = "cmdbus-timeout-ms";

impl Session {
    /// Calls a tool by its name.
    pub(super) async fn call(
        self: &Arc<Self>,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let listing = self.listing();
        let command = listing
            .by_name(&request.name)
            .ok_or_else(|| error_data(unknown_tool(&request.name)))?;
        let era = era(&context);
        let arguments = request.arguments.map(Value::Object);
        let outcome = self.run(command, arguments, &context).await?;
        let output = output(command, era);
        let called = Called {
            tool: &request.name,
            command: &command.id,
            promised: Promised::of(output.as_ref()),
        };
        let result = match outcome {
            Ok(result) => call_result(Some(result), &called, era),
            Err(error) => {
                let provided = self.provided(&error, &command.id);
                match failure(&error, &called, provided, Profile::StandAlone) {
                    Failure::Rpc(error) => return Err(error_data(error)),
                    Failure::Result(result) => result,
                }
            }
        };
        self.finished(result, era)
    }

    /// Runs a command, and tells the client of its progress. Ends when the client cancels.
    async fn run(
        &self,
        command: &CommandDef,
        arguments: Option<Value>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Result<Value, CommandError>, ErrorData> {
        let request = unwrap_arguments(input(command).wrapped, arguments).unwrap_or_default();
        let asked = context.meta.get(META_TIMEOUT).and_then(Value::as_u64);
        let timeout = asked.map_or(self.config.timeout, Duration::from_millis);
        let mut call = self.inner.call_dyn(&*command.id, request).timeout(timeout);
        let (reported, mut reports) = watch::channel(None);
        let token = context.meta.get_progress_token();
        if token.is_some() {
            let reported = reported.clone();
            call = call.on_progress(move |report| drop(reported.send_replace(Some(report))));
        }
        let mut call = pin!(call.into_future());
        let tell = async |report: Option<Progress>| {
            if let (Some(token), Some(report)) = (&token, report) {
                notify(&context.peer, token, report).await;
            }
        };
        let outcome = loop {
            tokio::select! {
                biased;
                () = context.ct.cancelled() => {
                    return Err(ErrorData::internal_error("the call was cancelled", None));
                }
                outcome = &mut call => break outcome,
                Ok(()) = reports.changed() => {
                    let report = reports.borrow_and_update().clone();
                    tell(report).await;
                }
            }
        };
        // None follows the answer, and the last is always told.
        if reports.has_changed().unwrap_or(false) {
            let report = reports.borrow_and_update().clone();
            tell(report).await;
        }
        Ok(outcome)
    }

    /// Returns whether somebody provides the command that answered so (W76).
    fn provided(&self, error: &CommandError, id: &str) -> bool {
        match error {
            CommandError::NotFound(_) => self
                .outer
                .upgrade()
                .is_some_and(|outer| outer.describe_command(id).is_some()),
            _ => true,
        }
    }

    fn finished(&self, mut result: Value, era: Era) -> Result<CallToolResponse, ErrorData> {
        if era == Era::Modern {
            modernise(&mut result);
            name_server(&mut result, &self.info());
        }
        let result: CallToolResult = serde_json::from_value(result)
            .map_err(|_| ErrorData::internal_error("the result is none that MCP has", None))?;
        Ok(result.into())
    }
}

/// A client that cannot be told of progress may still get its answer.
async fn notify(peer: &Peer<RoleServer>, token: &ProgressToken, report: Progress) {
    let mut params = ProgressNotificationParam::new(token.clone(), report.progress);
    params.total = report.total;
    params.message = report.message;
    let _ = peer.notify_progress(params).await;
}

fn error_data(error: RpcError) -> ErrorData {
    let code = i32::try_from(error.code).unwrap_or(codes::INTERNAL_ERROR as i32);
    ErrorData::new(ErrorCode(code), error.message, None)
}
