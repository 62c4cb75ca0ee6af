//! Prompts.

use rmcp::ErrorData as McpError;
use rmcp::model::{GetPromptRequestParams, GetPromptResponse, GetPromptResult, ListPromptsResult};
use serde_json::{Value, json};

use crate::resources::PNG;
use crate::server::complete;
use crate::tools::input;

pub(crate) fn list(with_extra: bool) -> Result<ListPromptsResult, McpError> {
    let argument = |name, what| json!({"name": name, "description": what, "required": true});
    let mut prompts = vec![
        json!({"name": "test_simple_prompt", "description": "Without arguments"}),
        json!({
            "name": "test_prompt_with_arguments", "description": "With two arguments",
            "arguments": [argument("arg1", "The first"), argument("arg2", "The second")],
        }),
        json!({
            "name": "test_prompt_with_embedded_resource", "description": "With a resource in it",
            "arguments": [argument("resourceUri", "Whose resource")],
        }),
        json!({"name": "test_prompt_with_image", "description": "With an image in it"}),
        json!({"name": "test_input_required_result_prompt", "description": "Asks for more"}),
    ];
    if with_extra {
        prompts.push(json!({"name": "extra_prompt", "description": "Comes and goes"}));
    }
    complete(json!({"prompts": prompts}))
}

pub(crate) fn get(params: &GetPromptRequestParams) -> Result<GetPromptResponse, McpError> {
    let argument = |name: &str| {
        let value = params.arguments.as_ref()?.get(name)?;
        value.as_str()
    };
    let argument = |name: &str| {
        argument(name).ok_or_else(|| McpError::invalid_params(format!("`{name}` is missing"), None))
    };
    let messages = match &*params.name {
        "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => {
            let (first, second) = (argument("arg1")?, argument("arg2")?);
            vec![text(&format!(
                "Prompt with arguments: arg1='{first}', arg2='{second}'"
            ))]
        }
        "test_prompt_with_embedded_resource" => vec![
            message(json!({"type": "resource", "resource": {
                "uri": argument("resourceUri")?, "mimeType": "text/plain",
                "text": "Embedded resource content for testing.",
            }})),
            text("Please process the embedded resource above."),
        ],
        "test_prompt_with_image" => vec![
            message(json!({"type": "image", "data": PNG, "mimeType": "image/png"})),
            text("Please analyze the image above."),
        ],
        "test_input_required_result_prompt" => {
            let wanted = [(
                "user_context",
                input::form("What context should the prompt use?", "context", "string"),
            )];
            let Some(context) =
                input::answered(params.input_responses.as_ref(), "user_context", "context")
            else {
                return input::required(&wanted, None).map(GetPromptResponse::InputRequired);
            };
            vec![text(&format!("In the context of {context}"))]
        }
        "extra_prompt" => vec![text("Here for now.")],
        other => {
            let unknown = format!("no prompt `{other}`");
            return Err(McpError::invalid_params(unknown, None));
        }
    };
    let result: GetPromptResult = complete(json!({"messages": messages}))?;
    Ok(result.into())
}

fn text(text: &str) -> Value {
    message(json!({"type": "text", "text": text}))
}

fn message(content: Value) -> Value {
    json!({"role": "user", "content": content})
}
