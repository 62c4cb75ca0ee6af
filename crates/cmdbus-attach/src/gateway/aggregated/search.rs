//! The pair of tools that stands in for a long list.

use cmdbus_mcp::rpc::{Raw, RpcError, codes, raw, splice};
use cmdbus_mcp::search::{Found, Query, Searched, search};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Asked;

impl Asked {
    /// Answers `search_tools`.
    pub(super) fn search(&self, arguments: Option<&RawValue>) -> Result<Value, RpcError> {
        let arguments: Option<Value> =
            arguments.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let query = match Query::read(arguments.as_ref()) {
            Ok(query) => query,
            Err(said) => {
                return Ok(json!({"content": [{"type": "text", "text": said}], "isError": true}));
            }
        };
        let catalogue = self.aggregator.catalogue();
        let shown: Vec<_> = self.shown(&catalogue, None).collect();
        let searched = shown.iter().map(|(name, command)| Searched {
            name,
            title: Some(command.id()),
            description: command.definition.description.as_deref(),
        });
        let schemas: Vec<(usize, Raw)> = search(&query, searched)
            .into_iter()
            .map(|place| (place, raw(&shown[place].1.input.schema)))
            .collect();
        let found: Vec<Found<'_>> = schemas
            .iter()
            .map(|(place, schema)| {
                let (name, command) = shown[*place];
                Found {
                    name,
                    description: command
                        .definition
                        .description
                        .as_deref()
                        .unwrap_or_default(),
                    input_schema: schema,
                }
            })
            .collect();
        let found = json!({"tools": found});
        Ok(json!({
            "content": [{"type": "text", "text": found.to_string()}],
            "structuredContent": found,
        }))
    }
}

/// Returns the parameters of the call that `call_tool` stands for.
pub(super) fn inner_params(params: &RawValue) -> Result<Raw, RpcError> {
    let invalid = || {
        RpcError::new(
            codes::INVALID_PARAMS,
            "`call_tool` needs `name`, the name of a tool, and may have `arguments`, an object",
        )
    };
    let name = splice::get(params, &["arguments", "name"]).ok_or_else(invalid)?;
    if !name.get().starts_with('"') {
        return Err(invalid());
    }
    let named = splice::set(params, &["name"], name.get()).ok_or_else(invalid)?;
    match splice::get(params, &["arguments", "arguments"]) {
        Some(arguments) => splice::set(&named, &["arguments"], arguments.get()).ok_or_else(invalid),
        None => splice::remove(&named, &["arguments"]).ok_or_else(invalid),
    }
}
