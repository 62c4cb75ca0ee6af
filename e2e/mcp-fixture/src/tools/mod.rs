//! Tools: the list, and who answers a call.

mod conformance;
pub(crate) mod input;
mod ours;
mod tasks;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rmcp::ErrorData as McpError;
use rmcp::RoleServer;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ListToolsResult, ServerNotification,
    ServerRequest, Tool,
};
use rmcp::service::RequestContext;
use serde_json::{Value, json};

use crate::server::{complete, is_modern, typed};
use crate::state::State;

type Answer = Result<CallToolResponse, McpError>;

/// Returns all tools, in an order that stays.
pub(crate) fn all(state: &State) -> Vec<Tool> {
    let mut tools = [
        conformance::list(),
        input::list(),
        tasks::list(),
        ours::list(),
    ]
    .concat();
    if state.extra_tool.load(Ordering::SeqCst) {
        tools.push(tool("extra_tool", "Comes and goes", json!({})));
    }
    let many = 1..=state.options.tools;
    tools.extend(many.map(|number| tool(&format!("tool_{number:04}"), "One of many", json!({}))));
    tools
}

/// Returns one page of the tools.
pub(crate) fn list(state: &State, cursor: Option<String>) -> Result<ListToolsResult, McpError> {
    let all = all(state);
    let from = match cursor {
        None => 0,
        Some(cursor) => match cursor.parse() {
            Ok(from) if from < all.len() => from,
            _ => return Err(McpError::invalid_params("no such page", None)),
        },
    };
    let to = match state.options.page {
        0 => all.len(),
        page => all.len().min(from + page),
    };
    let mut shown = all[from..to].to_vec();
    for tool in &mut shown {
        if let Some(rest) = tool.name.strip_prefix(&*state.options.strip) {
            tool.name = rest.to_owned().into();
        }
    }
    let mut result = ListToolsResult::with_all_items(shown);
    result.next_cursor = (to < all.len()).then(|| to.to_string());
    Ok(result)
}

/// Makes a tool whose arguments are all optional, unless their schema says `"required": true`.
fn tool(name: &str, description: &str, arguments: Value) -> Tool {
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for (argument, mut schema) in arguments.as_object().into_iter().flatten().map(own) {
        let removed = schema
            .as_object_mut()
            .and_then(|schema| schema.remove("required"));
        if removed.is_some() {
            required.push(argument.clone());
        }
        properties.insert(argument, schema);
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    with_schema(name, description, schema)
}

fn own((name, schema): (&String, &Value)) -> (String, Value) {
    (name.clone(), schema.clone())
}

fn with_schema(name: &str, description: &str, schema: Value) -> Tool {
    typed(json!({"name": name, "description": description, "inputSchema": schema}))
        .expect("this is a tool")
}

/// Returns the name of a tool as we have it, of one as it is listed.
pub(crate) fn own_name(state: &State, listed: &str) -> String {
    let is_own = |name: &str| all(state).iter().any(|tool| tool.name == *name);
    let whole = format!("{}{listed}", state.options.strip);
    if is_own(&whole) {
        whole
    } else {
        listed.to_owned()
    }
}

pub(crate) async fn call(
    state: &Arc<State>,
    mut params: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Answer {
    params.name = own_name(state, &params.name).into();
    let call = Call {
        state,
        params,
        context,
    };
    // Who does not know a tool says so by `None`.
    if let Some(answer) = conformance::call(&call).await {
        return answer;
    }
    if let Some(answer) = input::call(&call) {
        return answer;
    }
    if let Some(answer) = tasks::call(&call).await {
        return answer;
    }
    if let Some(answer) = ours::call(&call).await {
        return answer;
    }
    let name = &call.params.name;
    let known = all(state).iter().any(|tool| tool.name == *name);
    if known {
        text(&format!("This is `{name}`."))
    } else {
        Err(McpError::invalid_params(format!("no tool `{name}`"), None))
    }
}

/// A call of a tool.
struct Call<'a> {
    state: &'a Arc<State>,
    params: CallToolRequestParams,
    context: RequestContext<RoleServer>,
}

impl Call<'_> {
    fn name(&self) -> &str {
        &self.params.name
    }

    fn argument(&self, name: &str) -> Option<&Value> {
        self.params.arguments.as_ref()?.get(name)
    }

    fn string<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.argument(name)
            .and_then(Value::as_str)
            .unwrap_or(default)
    }

    fn number(&self, name: &str, default: u64) -> u64 {
        self.argument(name)
            .and_then(Value::as_u64)
            .unwrap_or(default)
    }

    fn flag(&self, name: &str) -> bool {
        self.argument(name)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    fn is_modern(&self) -> bool {
        is_modern(&self.context)
    }

    /// Returns whether the client says it can do something, `elicitation` for one.
    fn client_can(&self, what: &str) -> bool {
        let capabilities = self.context.client_capabilities();
        let capabilities = serde_json::to_value(capabilities).unwrap_or_default();
        capabilities.get(what).is_some_and(|can| !can.is_null())
    }

    /// Asks the client something, as servers of the legacy era do.
    async fn ask(&self, method: &str, params: Value) -> Result<Value, McpError> {
        let request: ServerRequest = match params {
            Value::Null => typed(json!({"method": method}))?,
            params => typed(json!({"method": method, "params": params}))?,
        };
        let answer = self.context.peer.send_request(request).await;
        let answer = answer.map_err(|error| McpError::internal_error(error.to_string(), None))?;
        serde_json::to_value(answer)
            .map_err(|error| McpError::internal_error(error.to_string(), None))
    }

    async fn notify(&self, method: &str, params: Value) -> Result<(), McpError> {
        let notification: ServerNotification = typed(json!({"method": method, "params": params}))?;
        let sent = self.context.peer.send_notification(notification).await;
        sent.map_err(|error| McpError::internal_error(error.to_string(), None))
    }

    /// Says how far it is, if the client asked to be told.
    async fn progress(&self, done: u64, total: u64) -> Result<(), McpError> {
        let Some(token) = self.context.meta.get_progress_token() else {
            return Ok(());
        };
        let params = json!({"progressToken": token, "progress": done, "total": total});
        self.notify("notifications/progress", params).await
    }

    /// Logs, unless it is of an era in which the client has to ask for that and has not.
    async fn log(&self, text: &str) -> Result<(), McpError> {
        if self.is_modern() && self.context.meta.log_level().is_none() {
            return Ok(());
        }
        let params = json!({"level": "info", "logger": "mcp-fixture", "data": text});
        self.notify("notifications/message", params).await
    }
}

fn text(text: &str) -> Answer {
    result(json!({"content": [{"type": "text", "text": text}]}))
}

/// Answers with a value, as text and as it is.
fn value(value: Value) -> Answer {
    let text = value.to_string();
    result(json!({"content": [{"type": "text", "text": text}], "structuredContent": value}))
}

fn failure(text: &str) -> Answer {
    result(json!({"isError": true, "content": [{"type": "text", "text": text}]}))
}

fn result(json: Value) -> Answer {
    let result: CallToolResult = complete(json)?;
    Ok(result.into())
}
