//! `POST /cmd`: one message in, one line out (protocol §9.1).

use std::time::{Duration, Instant};

use ::axum::extract::Request;
use ::axum::http::header::HeaderMap;
use ::axum::http::{Extensions, StatusCode};
use ::axum::response::Response;
use bytes::Bytes;
use cmdbus_proto::wire;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::accept::preferred;
use super::answer::{self, JSON, NDJSON, Problem};
use super::endpoint::Shared;
use super::{body, list};
use crate::call::{CallOptions, call_encoded};
use crate::channel::codec::{Codec, Incoming};
use crate::error::{CommandError, ExecuteErrorCode};
use crate::message::{ExecuteError, Message, MessageId, MessageMeta, Payload};

/// What clients of this protocol are called in the log.
const CHANNEL: &str = "http";

pub(super) async fn answer(shared: &Shared, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let frame = match read(shared, &parts.headers, body).await {
        Ok(frame) => frame,
        Err(problem) => return problem.into_response(),
    };
    // One per request: two clients that happen to use the same id have nothing to do with each other.
    let codec = Codec::new(shared.endpoint.limits.frame());
    let message = match codec.decode(CHANNEL, frame.clone()) {
        Incoming::Message(message) => message,
        Incoming::Answer(refusal) => return line(&codec, refusal),
        Incoming::Nothing => return invalid(),
    };
    match message {
        Message::ListCommandsRequest { id, .. } => {
            let commands = list::for_reply(shared, &parts.extensions, frame.len());
            let reply = Message::ListCommandsResponse {
                id: Uuid::new_v4(),
                meta: None,
                thid: id,
                commands,
            };
            line(&codec, reply)
        }
        Message::ExecuteCommandRequest {
            id,
            meta,
            command_id,
            request,
        } => {
            // A hop would leave that to whoever decodes it. Here the body as a whole is said to be JSON.
            if !std::str::from_utf8(&frame).is_ok_and(wire::is_json) {
                return invalid();
            }
            let call = Call {
                shared,
                who: &parts.extensions,
                frame: &frame,
                command_id,
            };
            let result = call.run(meta, request).await;
            line(&codec, response(id, result))
        }
        // A client provides nothing, so there is nothing of ours it could answer.
        other => answer::error(
            StatusCode::FORBIDDEN,
            &format!("Message type {} is not allowed", other.type_name()),
        ),
    }
}

async fn read(
    shared: &Shared,
    headers: &HeaderMap,
    body: ::axum::body::Body,
) -> Result<Bytes, Problem> {
    body::check_type(headers)?;
    if preferred(headers, &[NDJSON, JSON]).is_none() {
        return Err(Problem::not_acceptable(NDJSON));
    }
    body::read(headers, body, &shared.budget, shared.endpoint.body_limits()).await
}

fn invalid() -> Response {
    answer::error(StatusCode::BAD_REQUEST, "Invalid message format")
}

fn response(thid: MessageId, result: Result<Option<Payload>, ExecuteError>) -> Message {
    Message::ExecuteCommandResponse {
        id: Uuid::new_v4(),
        meta: None,
        thid,
        response: result.into(),
    }
}

/// Writes the line. A call that was taken is answered with one, if it is at all possible.
fn line(codec: &Codec, message: Message) -> Response {
    let written = codec.encode(&message).or_else(|error| {
        // Whoever asked for anything else would not know what to make of it.
        let Message::ExecuteCommandResponse { thid, .. } = message else {
            return Err(error);
        };
        let error = ExecuteError::new(ExecuteErrorCode::InternalError, error.to_string());
        codec.encode(&response(thid, Err(error)))
    });
    match written {
        Ok(frame) => {
            let mut text = Vec::with_capacity(frame.len() + 1);
            frame.write_to(&mut text);
            answer::line(text)
        }
        Err(error) => answer::error(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// One call of one client. Dropped when the client goes away, which cancels it.
struct Call<'r> {
    shared: &'r Shared,
    who: &'r Extensions,
    /// What has come, for those who look up the id as it was written.
    frame: &'r Bytes,
    command_id: String,
}

impl Call<'_> {
    async fn run(
        &self,
        meta: Option<MessageMeta>,
        request: Option<Payload>,
    ) -> Result<Option<Payload>, ExecuteError> {
        if !self.shared.may_call(self.who, &self.command_id) {
            let error = CommandError::NotFound(self.command_id.clone());
            return Err(error.to_wire(&self.command_id));
        }
        let Ok(_place) = self.shared.calls.try_acquire() else {
            return Err(ExecuteError::new(
                ExecuteErrorCode::InternalError,
                "overloaded",
            ));
        };
        let endpoint = &self.shared.endpoint;
        let limit =
            asked_time(meta.as_ref()).map_or(endpoint.timeout, |asked| asked.min(endpoint.longest));
        let hops = number(meta.as_ref(), "cmdbus-hops").unwrap_or(0);
        let mut options = CallOptions::default()
            .timeout(limit)
            .hops(hops.saturating_add(1));
        options.meta = meta;
        let begun = Instant::now();
        let call = call_encoded(&endpoint.registry, &self.command_id, request, options);
        let result = tokio::select! {
            biased;
            () = self.cut_off() => Err(CommandError::ChannelDisconnected),
            // It ends at its own time limit: a timer of the runtime besides would cost as much as reading the request.
            result = call => result,
        };
        result.map_err(|error| match error {
            // Ours, and not that of somebody further on.
            CommandError::Timeout if begun.elapsed() >= limit => self.too_late(limit),
            error => error.to_wire(&self.command_id),
        })
    }

    /// Waits until nobody may be answered any more, or there is nobody who could.
    async fn cut_off(&self) {
        match self.shared.endpoint.access.ended(self.who) {
            None => self.shared.over().await,
            Some(ended) => tokio::select! {
                () = ended => {}
                () = self.shared.over() => {}
            },
        }
    }

    fn too_late(&self, limit: Duration) -> ExecuteError {
        #[derive(Deserialize)]
        struct Named {
            id: String,
        }
        let id = serde_json::from_slice(self.frame).map_or(String::new(), |named: Named| named.id);
        let ms = limit.as_millis();
        ExecuteError::new(
            ExecuteErrorCode::Timeout,
            format!("Request {id} timed out after {ms}ms"),
        )
    }
}

fn number(meta: Option<&MessageMeta>, key: &str) -> Option<u64> {
    meta?.extra.get(key).and_then(Value::as_u64)
}

/// Returns how long the caller waits, if it says so.
fn asked_time(meta: Option<&MessageMeta>) -> Option<Duration> {
    number(meta, "cmdbus-timeout-ms").map(Duration::from_millis)
}
