//! `GET /openapi.json`: the commands there are right now, as an OpenAPI 3.1 document.

mod common;
mod schema;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::http::{Extensions, HeaderMap, Method, StatusCode};
use axum::response::Response;
use cmdbus::channel::http::preferred;
use cmdbus::message::CommandDef;
use serde_json::{Map, Value, json};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use self::schema::Components;
use super::Edge;
use super::call::{JSON, NDJSON, SSE};
use super::problem::Problem;
use super::validate::{Schemas, has_rules};

/// Most commands that are looked at in one go.
const PAGE: usize = 500;
/// About the most that a document may have, in bytes. Commands beyond are left out, and the document says so.
const MOST_BYTES: usize = 32 << 20;
/// How long a request waits until it is its turn.
const TURN: Duration = Duration::from_secs(10);

/// What is said of a schema that cannot be used.
const NOT_CHECKED: &str = "This schema is not checked before the command is called: it is no JSON Schema (2020-12), refers to something elsewhere, or is too large";

/// Answers a request.
pub(super) async fn answer(edge: &Arc<Edge>, request: Request) -> Result<Response, Problem> {
    let (request, _) = request.into_parts();
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Err(Problem::wrong_method("GET"));
    }
    let media = [JSON, "application/vnd.oai.openapi+json"];
    let Some(media) = preferred(&request.headers, &media) else {
        let detail = "the document is application/json; name that in `Accept`, or send none";
        let status = StatusCode::NOT_ACCEPTABLE;
        return Err(Problem::new(status, "not_acceptable", detail));
    };
    let turn = timeout(TURN, edge.documents.clone().acquire_owned()).await;
    let Ok(Ok(turn)) = turn else {
        return Err(Problem::overloaded());
    };
    let (edge, who) = (edge.clone(), request.extensions);
    let server = server(edge.public_url.as_deref(), &request.headers);
    // Of a large directory it takes its time. The turn ends with the work, even if nobody waits for it any more.
    let written = spawn_blocking(move || {
        let _turn = turn;
        write(&edge, &who, MOST_BYTES).finish(&server).to_string()
    });
    let text = written.await.map_err(|_| {
        let detail = "the document cannot be written; `cmdbus doctor` may say why";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Problem::new(status, "internal_error", detail)
    })?;
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Writes down what a caller may call.
fn write<'e>(edge: &'e Edge, who: &Extensions, most: usize) -> Document<'e> {
    let mut document = Document::new(&edge.schemas, edge.registry.directory_version(), most);
    let mut after = None;
    loop {
        let (commands, more) = edge
            .registry
            .list_commands_page("*", after.as_deref(), PAGE);
        for command in &commands {
            if edge.may_call(who, &command.id) {
                document.add(command);
            }
        }
        after = commands.last().map(|command| command.id.clone());
        // Those that do not fit are counted to the end.
        if !more {
            return document;
        }
    }
}

/// Returns the address of this server as its caller knows it. The layer in front has looked at the host.
fn server(public_url: Option<&str>, headers: &HeaderMap) -> String {
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    match public_url {
        Some(url) if url.contains(&format!("//{host}")) => url.to_owned(),
        _ if host.is_empty() => "/".to_owned(),
        _ => format!("http://{host}"),
    }
}

/// A document that is being written.
struct Document<'e> {
    schemas: &'e Schemas,
    /// Of the directory.
    version: u64,
    /// Most bytes of definitions.
    most: usize,
    paths: Map<String, Value>,
    components: Components,
    tags: BTreeSet<String>,
    bytes: usize,
    left_out: usize,
}

impl<'e> Document<'e> {
    fn new(schemas: &'e Schemas, version: u64, most: usize) -> Self {
        Self {
            schemas,
            version,
            most,
            paths: Map::new(),
            components: Components::default(),
            tags: BTreeSet::new(),
            bytes: 0,
            left_out: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.bytes > self.most
    }

    fn add(&mut self, command: &CommandDef) {
        if !self.is_full() {
            self.bytes += serde_json::to_vec(command).map_or(0, |text| text.len());
        }
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        let schema = command.schema.as_ref();
        let response = schema.and_then(|schema| schema.response.as_ref());
        let mut operation = json!({
            "operationId": command.id,
            "summary": command.id,
            "responses": self.responses(&command.id, schema.is_some(), response),
            "parameters": [
                {"$ref": "#/components/parameters/Prefer"},
                {"$ref": "#/components/parameters/IdempotencyKey"},
            ],
        });
        if let Some(description) = &command.description {
            operation["description"] = description.as_str().into();
        }
        if let Some((tag, _)) = command.id.rsplit_once('.') {
            operation["tags"] = json!([tag]);
            self.tags.insert(tag.to_owned());
        }
        match schema {
            // Unknown shape: anything goes.
            None => operation["requestBody"] = body(&json!({}), false),
            Some(schema) => {
                if let Some(request) = &schema.request {
                    let schema = self.schemas.look(self.version, &command.id, request);
                    let is_checked = schema.is_some() || !has_rules(request);
                    let takes_nothing = schema.is_none_or(|it| it.may_be_left_out());
                    let shown = self.components.add(&command.id, "request", request);
                    operation["requestBody"] = body(&shown, !takes_nothing);
                    if !is_checked {
                        operation["requestBody"]["description"] = NOT_CHECKED.into();
                    }
                }
            }
        }
        let path = format!("/call/{}", escaped(&command.id));
        self.paths.insert(path, json!({"post": operation}));
    }

    fn responses(&mut self, id: &str, is_known: bool, response: Option<&Value>) -> Value {
        let (mut result, item) = match response {
            Some(schema) => self.components.add_response(id, schema),
            None if is_known => (json!({"type": "null"}), None),
            None => (json!({}), None),
        };
        let mut description = "The result".to_owned();
        if let Some(item) = item {
            // What a caller gets that asks for no stream (protocol §8.5.8).
            let collected = json!({
                "type": "object",
                "properties": {"items": {"type": "array", "items": item}, "result": result},
                "required": ["items"],
            });
            result = collected;
            description.push_str(
                ". The command streams: with `Accept: application/x-ndjson` or `text/event-stream` items come one by one",
            );
        }
        let lines = json!({"schema": {"type": "string"}});
        let mut responses = Map::new();
        responses.insert(
            "200".to_owned(),
            json!({
                "description": description,
                "headers": common::result_headers(),
                "content": {JSON: {"schema": result}, NDJSON: lines, SSE: lines},
            }),
        );
        for status in common::statuses() {
            let reference = format!("#/components/responses/Problem{status}");
            responses.insert(status.to_owned(), json!({"$ref": reference}));
        }
        Value::Object(responses)
    }

    fn finish(self, server: &str) -> Value {
        let mut info = json!({
            "title": "cmdbus",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The commands on this bus, as they are now. A command is called by `POST /call/ID`: the request is the body, and so is the result.",
        });
        if self.left_out > 0 {
            let note = format!(
                " {} more commands did not fit into this document.",
                self.left_out
            );
            let text = info["description"].as_str().unwrap_or_default().to_owned() + &note;
            info["description"] = text.into();
        }
        let mut schemas = self.components.finish();
        // Those of commands have a dot in their names.
        schemas["Problem"] = common::problem();
        let tags: Vec<Value> = self.tags.iter().map(|tag| json!({"name": tag})).collect();
        json!({
            "openapi": "3.1.0",
            "info": info,
            "servers": [{"url": server}],
            "security": [{"token": []}],
            "tags": tags,
            "paths": self.paths,
            "components": {
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer", "description": "`cmdbus token create` makes one"},
                },
                "parameters": common::parameters(),
                "headers": common::headers(),
                "responses": common::problems(),
                "schemas": schemas,
            },
        })
    }
}

fn body(schema: &Value, required: bool) -> Value {
    json!({"required": required, "content": {JSON: {"schema": schema}}})
}

/// Writes an id so that it is one segment of a path, and nothing in braces, which would be a parameter.
fn escaped(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests;
