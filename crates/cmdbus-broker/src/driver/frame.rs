//! The frame with which a message is pushed (protocol §3.6).

use serde_json::{Map, Value};

use crate::core::{Push, trace_id};
use crate::store::{MessageRow, StoredMessage};

/// What a frame says of a message, wherever it was read.
#[derive(Clone, Copy)]
pub(super) struct Letter<'a> {
    id: &'a str,
    from: &'a str,
    content: &'a str,
    content_type: &'a str,
    metadata: &'a str,
}

impl<'a> From<&'a MessageRow> for Letter<'a> {
    fn from(row: &'a MessageRow) -> Self {
        Self {
            id: row.id.as_str(),
            from: &row.sender,
            content: row.content.as_str(),
            content_type: &row.content_type,
            metadata: row.metadata.as_str(),
        }
    }
}

impl<'a> From<&'a StoredMessage> for Letter<'a> {
    fn from(message: &'a StoredMessage) -> Self {
        Self {
            id: message.id.as_str(),
            from: &message.sender,
            content: message.content.as_str(),
            content_type: &message.content_type,
            metadata: message.metadata.as_str(),
        }
    }
}

/// Writes the frame.
pub(super) fn frame(push: &Push, letter: Letter<'_>) -> String {
    let mut text = String::with_capacity(letter.content.len() + letter.metadata.len() + 256);
    text.push_str("{\"event\":\"message_received\"");
    if let Some(id) = push.push {
        text.push_str(",\"push_id\":\"push_");
        text.push_str(&id.0.to_string());
        text.push('"');
    }
    member(&mut text, "from", letter.from);
    member(&mut text, "content", letter.content);
    member(&mut text, "contentType", letter.content_type);
    text.push_str(",\"metadata\":");
    match &push.extra {
        // Stored metadata is an object that was written here, so it can be passed on as it is.
        None => text.push_str(letter.metadata),
        Some(extra) => text.push_str(&merged(letter.metadata, extra.as_str())),
    }
    member(&mut text, "sourceMessageId", letter.id);
    if let Some(assignment) = &push.assignment {
        text.push_str(",\"runtimeAssignment\":");
        text.push_str(&traced(assignment, letter.metadata).to_string());
    }
    member(&mut text, "endpoint_id", push.endpoint.as_str());
    text.push_str(",\"attempt\":");
    text.push_str(&push.attempt.to_string());
    text.push('}');
    text
}

fn member(text: &mut String, name: &str, value: &str) {
    text.push_str(",\"");
    text.push_str(name);
    text.push_str("\":");
    // Writing text as JSON cannot fail; an empty text would still be a frame.
    text.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "\"\"".to_owned()));
}

/// Adds the trace in which the message was sent, which only its content tells (protocol §10.6).
fn traced(assignment: &Value, metadata: &str) -> Value {
    let mut assignment = assignment.clone();
    let metadata: Map<String, Value> = serde_json::from_str(metadata).unwrap_or_default();
    let trace = metadata
        .get("traceparent")
        .and_then(Value::as_str)
        .and_then(trace_id);
    if let (Some(trace), Some(assignment)) = (trace, assignment.as_object_mut()) {
        assignment
            .entry("originalTraceId")
            .or_insert_with(|| trace.into());
    }
    assignment
}

fn merged(metadata: &str, extra: &str) -> String {
    let mut members: Map<String, Value> = serde_json::from_str(metadata).unwrap_or_default();
    members.extend(serde_json::from_str::<Map<String, Value>>(extra).unwrap_or_default());
    Value::Object(members).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::core::{PushId, StreamId};
    use crate::store::Seq;

    #[test]
    fn a_frame_is_what_the_protocol_shows() {
        let mut row = MessageRow::new(
            Seq(1),
            "msg_1",
            "endpoint:ep_1",
            "endpoint:ep_2",
            "done, \"see\" diff\n",
            0,
        );
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        row.metadata = format!(r#"{{"correlation_id":"c","traceparent":"{trace}"}}"#).into();
        let push = Push {
            stream: StreamId(1),
            push: Some(PushId(7)),
            endpoint: "ep_2".into(),
            seq: Seq(1),
            attempt: 1,
            extra: Some(r#"{"dispatched_from":"msg_1"}"#.into()),
            assignment: Some(json!({"assignmentId": "asg_1"})),
        };
        let text = frame(&push, Letter::from(&row));
        let frame: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            frame,
            json!({
                "event": "message_received",
                "push_id": "push_7",
                "from": "endpoint:ep_1",
                "content": "done, \"see\" diff\n",
                "contentType": "text",
                "metadata": {
                    "correlation_id": "c",
                    "traceparent": trace,
                    "dispatched_from": "msg_1",
                },
                "sourceMessageId": "msg_1",
                "runtimeAssignment": {
                    "assignmentId": "asg_1",
                    "originalTraceId": "4bf92f3577b34da6a3ce929d0e0e4736",
                },
                "endpoint_id": "ep_2",
                "attempt": 1,
            })
        );
    }
}
