//! What all operations of the document have in common: parameters, headers, and problems.

use serde_json::{Map, Value, json};

use super::super::problem::PROBLEM;

/// Statuses of an answer that is a problem, what they mean, and the headers that may come with them.
const PROBLEMS: [(&str, &str, &[&str]); 14] = [
    ("400", "The body is not JSON, or a header is malformed", &[]),
    ("401", "A token is needed", &["WWW-Authenticate"]),
    ("403", "The `Host` or `Origin` is not allowed", &[]),
    (
        "404",
        "Nobody provides the command, the token may not call it, or it says so itself",
        &[],
    ),
    ("406", "None of the media types in `Accept` can be had", &[]),
    ("408", "The body did not arrive in time", &[]),
    (
        "409",
        "The `Idempotency-Key` belongs to another request, to a call that is running, or to one of which nobody knows whether it has run",
        &["Retry-After"],
    ),
    ("413", "The body is too large", &[]),
    (
        "415",
        "The body is not said to be JSON, or is compressed",
        &[],
    ),
    (
        "422",
        "The request does not fit the command: `errors` says where, unless only the command itself knows",
        &["Idempotency-Replayed"],
    ),
    ("500", "The command failed", &["Idempotency-Replayed"]),
    (
        "502",
        "The provider of the command went away; whether the command has run is not known",
        &[],
    ),
    (
        "503",
        "Too much is going on. Nothing has run, unless `detail` says that it is not known",
        &["Retry-After"],
    ),
    ("504", "There was no result in time", &[]),
];

pub(super) fn statuses() -> impl Iterator<Item = &'static str> {
    PROBLEMS.iter().map(|(status, ..)| *status)
}

pub(super) fn parameters() -> Value {
    json!({
        "Prefer": {
            "name": "Prefer",
            "in": "header",
            "required": false,
            "description": "`wait=SECONDS`: how long to wait for the result",
            "schema": {"type": "string"},
            "example": "wait=60",
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "A name for this one call. Sent again within 24 h, the call does not run again, and the answer is the same. Only for answers in application/json",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        },
    })
}

pub(super) fn headers() -> Value {
    let text =
        |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        "Preference-Applied": text("`wait=SECONDS`, as it was taken from `Prefer`"),
        "Idempotency-Replayed": {
            "description": "Nothing has run: this is the answer that was given before",
            "schema": {"const": "true"},
        },
        "Retry-After": {
            "description": "Seconds after which to try again",
            "schema": {"type": "integer"},
        },
        "WWW-Authenticate": text("`Bearer`, and what is wrong with the token that was sent"),
    })
}

pub(super) fn result_headers() -> Value {
    refer(&["Preference-Applied", "Idempotency-Replayed"])
}

fn refer(headers: &[&str]) -> Value {
    let refer = |name: &&str| {
        let place = format!("#/components/headers/{name}");
        ((*name).to_owned(), json!({"$ref": place}))
    };
    Value::Object(headers.iter().map(refer).collect())
}

pub(super) fn problems() -> Value {
    let mut responses = Map::new();
    for (status, description, headers) in PROBLEMS {
        let response = json!({
            "description": description,
            "headers": refer(headers),
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
        responses.insert(format!("Problem{status}"), response);
    }
    Value::Object(responses)
}

/// Returns the schema of a problem (RFC 9457).
pub(super) fn problem() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "description": "Why there is no result (RFC 9457)",
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "code": {"type": "string", "description": "A word for programs"},
            "detail": {"type": "string", "description": "A sentence for people"},
            "errors": {
                "type": "array",
                "description": "What in the request does not fit the schema of the command",
                "minItems": 1,
                "maxItems": 16,
                "items": {
                    "type": "object",
                    "properties": {
                        "pointer": {
                            "type": "string",
                            "description": "Where, as a JSON pointer in the form of a fragment; for a member that is missing, where it would be",
                            "examples": ["#/age"],
                        },
                        "detail": {"type": "string", "description": "What about it", "examples": ["must be at least 0"]},
                    },
                    "required": ["pointer", "detail"],
                },
            },
        },
        "required": ["type", "title", "status", "code", "detail"],
    })
}
