//! Resources.

use rmcp::ErrorData as McpError;
use rmcp::model::{ListResourceTemplatesResult, ListResourcesResult, ReadResourceResult};
use serde_json::json;

use crate::server::complete;
use crate::skills;

/// One red pixel.
pub(crate) const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

pub(crate) fn list() -> Result<ListResourcesResult, McpError> {
    complete(json!({"resources": [
        {
            "uri": "test://static-text", "name": "Static text",
            "description": "A text that stays", "mimeType": "text/plain",
        },
        {
            "uri": "test://static-binary", "name": "Static binary",
            "description": "An image that stays", "mimeType": "image/png",
        },
        {
            "uri": "test://watched-resource", "name": "Watched",
            "description": "A text to subscribe to", "mimeType": "text/plain",
        },
        skills::manifest(),
    ]}))
}

pub(crate) fn templates() -> Result<ListResourceTemplatesResult, McpError> {
    complete(json!({"resourceTemplates": [{
        "uriTemplate": "test://template/{id}/data", "name": "Template",
        "description": "Data of an id", "mimeType": "application/json",
    }]}))
}

pub(crate) fn read(uri: &str) -> Result<ReadResourceResult, McpError> {
    let of_template = uri
        .strip_prefix("test://template/")
        .and_then(|rest| rest.strip_suffix("/data"));
    let content = match (uri, of_template) {
        (_, Some(id)) => {
            let text =
                json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")});
            json!({"uri": uri, "mimeType": "application/json", "text": text.to_string()})
        }
        ("test://static-text", _) => json!({
            "uri": uri, "mimeType": "text/plain",
            "text": "This is the content of the static text resource.",
        }),
        ("test://static-binary", _) => json!({"uri": uri, "mimeType": "image/png", "blob": PNG}),
        ("test://watched-resource", _) => {
            json!({"uri": uri, "mimeType": "text/plain", "text": "Watched."})
        }
        _ => skills::read(uri).ok_or_else(|| {
            let unknown = json!({"uri": uri});
            McpError::resource_not_found("Resource not found", Some(unknown))
        })?,
    };
    complete(json!({"contents": [content]}))
}
