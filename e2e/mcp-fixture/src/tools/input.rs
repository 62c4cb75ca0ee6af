//! Tools that need something of the client before they can answer, as servers of the modern era ask for it: by an
//! answer that says what is missing, upon which the client calls again.

use std::hash::{DefaultHasher, Hash, Hasher};

use rmcp::ErrorData as McpError;
use rmcp::model::{CallToolResponse, InputRequiredResult, InputResponses, Tool};
use serde_json::{Value, json};

use super::{Answer, Call, text, tool};
use crate::server::typed;

pub(super) fn list() -> Vec<Tool> {
    let tools = [
        ("test_input_required_result_elicitation", "Asks for a name"),
        ("test_input_required_result_sampling", "Asks a model"),
        ("test_input_required_result_list_roots", "Asks for roots"),
        (
            "test_input_required_result_request_state",
            "Asks, and keeps its state with the client",
        ),
        (
            "test_input_required_result_multiple_inputs",
            "Asks for three things at once",
        ),
        ("test_input_required_result_multi_round", "Asks twice"),
        (
            "test_input_required_result_tampered_state",
            "Checks the state it gets back",
        ),
        (
            "test_input_required_result_capabilities",
            "Asks for what the client can do",
        ),
        ("test_streaming_elicitation", "Asks for a name"),
    ];
    let tools = tools.map(|(name, description)| tool(name, description, json!({})));
    tools.into()
}

pub(super) fn call(call: &Call<'_>) -> Option<Answer> {
    Some(match call.name() {
        "test_input_required_result_elicitation" | "test_streaming_elicitation" => name(call),
        "test_input_required_result_sampling" => capital(call),
        "test_input_required_result_list_roots" => roots(call),
        "test_input_required_result_request_state" => confirmed(call),
        "test_input_required_result_tampered_state" => confirmed(call),
        "test_input_required_result_multiple_inputs" => three(call),
        "test_input_required_result_multi_round" => twice(call),
        "test_input_required_result_capabilities" => what_it_can(call),
        _ => return None,
    })
}

fn name(call: &Call<'_>) -> Answer {
    match call.answered("user_name", "name") {
        Some(name) => text(&format!("Hello, {name}!")),
        None => ask(
            &[("user_name", form("What is your name?", "name", "string"))],
            None,
        ),
    }
}

fn capital(call: &Call<'_>) -> Answer {
    let question = sampling("What is the capital of France?", 100);
    match call.response("capital_question").and_then(sampled) {
        Some(said) => text(said),
        None => ask(&[("capital_question", question)], None),
    }
}

fn roots(call: &Call<'_>) -> Answer {
    match call
        .response("client_roots")
        .and_then(|roots| roots["roots"].as_array())
    {
        Some(roots) => text(&format!("The client's roots: {}", json!(roots))),
        None => ask(&[("client_roots", list_roots())], None),
    }
}

fn confirmed(call: &Call<'_>) -> Answer {
    let question = [("confirm", form("Please confirm", "ok", "boolean"))];
    match call.state("confirm")? {
        Some(_) if call.answered("confirm", "ok").is_some() => text("state-ok"),
        _ => ask(&question, Some("confirm")),
    }
}

fn three(call: &Call<'_>) -> Answer {
    let questions = [
        ("user_name", form("What is your name?", "name", "string")),
        ("greeting", sampling("Generate a greeting", 50)),
        ("client_roots", list_roots()),
    ];
    let name = call.answered("user_name", "name");
    let greeting = call.response("greeting").and_then(sampled);
    let roots = call.response("client_roots");
    match (call.state("three")?, name, greeting, roots) {
        (Some(_), Some(name), Some(greeting), Some(roots)) => {
            text(&format!("{greeting} {name}, {}", roots["roots"]))
        }
        _ => ask(&questions, Some("three")),
    }
}

fn twice(call: &Call<'_>) -> Answer {
    let first = [(
        "step1",
        form("Step 1: What is your name?", "name", "string"),
    )];
    let second = form("Step 2: What is your favorite color?", "color", "string");
    let Some(state) = call.state("round")? else {
        return ask(&first, Some("round 1"));
    };
    if let Some(name) = state.strip_prefix("round 2 ")
        && let Some(color) = call.answered("step2", "color")
    {
        return text(&format!("{name} likes {color}."));
    }
    match call.answered("step1", "name") {
        Some(name) => ask(&[("step2", second)], Some(&format!("round 2 {name}"))),
        None => ask(&first, Some("round 1")),
    }
}

fn what_it_can(call: &Call<'_>) -> Answer {
    let mut questions = Vec::new();
    if call.client_can("sampling") {
        questions.push(("greeting", sampling("Generate a greeting", 50)));
    }
    if call.client_can("elicitation") {
        questions.push(("user_name", form("What is your name?", "name", "string")));
    }
    if call.client_can("roots") {
        questions.push(("client_roots", list_roots()));
    }
    if questions
        .iter()
        .all(|(key, _)| call.response(key).is_some())
    {
        return text("The client has told all it can.");
    }
    ask(&questions, None)
}

impl Call<'_> {
    /// Returns what the client says to a question.
    pub(super) fn response(&self, key: &str) -> Option<&Value> {
        let response = self.params.input_responses.as_ref()?.get(key)?;
        response.is_object().then_some(response)
    }

    pub(super) fn answered(&self, key: &str, field: &str) -> Option<String> {
        answered(self.params.input_responses.as_ref(), key, field)
    }

    /// Returns the state that the client gives back, if it is ours.
    fn state(&self, of: &str) -> Result<Option<&str>, McpError> {
        let Some(sealed) = self.params.request_state.as_deref() else {
            return Ok(None);
        };
        let state = open(sealed).filter(|state| state.starts_with(of));
        let forged = || McpError::invalid_params("`requestState` is not from this server", None);
        state.map(Some).ok_or_else(forged)
    }
}

/// Returns a field of a form that the user has filled in.
pub(crate) fn answered(
    responses: Option<&InputResponses>,
    key: &str,
    field: &str,
) -> Option<String> {
    let response = responses?.get(key)?;
    if response["action"] != "accept" {
        return None;
    }
    match &response["content"][field] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn sampled(response: &Value) -> Option<&str> {
    response["content"]["text"].as_str()
}

/// A form with one field.
pub(crate) fn form(message: &str, field: &str, kind: &str) -> Value {
    json!({"method": "elicitation/create", "params": {
        "message": message,
        "requestedSchema": {
            "type": "object", "properties": {field: {"type": kind}}, "required": [field],
        },
    }})
}

pub(super) fn sampling(prompt: &str, tokens: u32) -> Value {
    let said = json!({"type": "text", "text": prompt});
    json!({"method": "sampling/createMessage", "params": {
        "messages": [{"role": "user", "content": said}], "maxTokens": tokens,
    }})
}

pub(super) fn list_roots() -> Value {
    json!({"method": "roots/list", "params": {}})
}

/// Says what is needed before there can be an answer.
pub(crate) fn required(
    questions: &[(&str, Value)],
    state: Option<&str>,
) -> Result<InputRequiredResult, McpError> {
    let questions: serde_json::Map<String, Value> = questions
        .iter()
        .map(|(key, question)| ((*key).to_owned(), question.clone()))
        .collect();
    let questions = typed(Value::Object(questions))?;
    Ok(InputRequiredResult::new(Some(questions), state.map(seal)))
}

pub(super) fn ask(questions: &[(&str, Value)], state: Option<&str>) -> Answer {
    required(questions, state).map(CallToolResponse::InputRequired)
}

/// Marks a state as ours. It keeps off a changed byte, not an attacker.
fn seal(state: &str) -> String {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    format!("{state}.{:016x}", hasher.finish())
}

fn open(sealed: &str) -> Option<&str> {
    let (state, _) = sealed.rsplit_once('.')?;
    (seal(state) == sealed).then_some(state)
}
