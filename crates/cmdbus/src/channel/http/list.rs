//! The list of commands: as a message, and as the document `/cmds.json` (protocol §9.1.8 and §9.2).

use std::sync::Arc;

use ::axum::extract::Request;
use ::axum::http::header::CONTENT_TYPE;
use ::axum::http::{Extensions, HeaderValue};
use ::axum::response::Response;
use bytes::Bytes;
use futures_util::stream;

use super::accept::preferred;
use super::answer::{self, JSON, Problem};
use super::endpoint::Shared;
use crate::message::CommandDef;

/// Most commands that are looked at in one go.
const PAGE: usize = 500;
/// Most that goes into a message: more cannot be told to a client that nothing is pushed to.
const MOST_COMMANDS: usize = 10_000;
const MOST_BYTES: usize = 8 << 20;
/// What the message takes beside the commands and the id that it answers.
const ENVELOPE: usize = 256;

impl Shared {
    /// Returns the next commands that somebody may see, and the id after which it goes on, if it does.
    fn page(&self, who: &Extensions, after: Option<&str>) -> (Vec<CommandDef>, Option<String>) {
        let registry = &self.endpoint.registry;
        let (mut commands, more) = if self.endpoint.whole_directory {
            registry.list_commands_page("*", after, PAGE)
        } else {
            registry.local_commands_page(after, PAGE)
        };
        let next = commands.last().filter(|_| more);
        let next = next.map(|command| command.id.clone());
        commands.retain(|command| self.may_call(who, &command.id));
        (commands, next)
    }
}

/// Returns the commands for a reply to a request of so many bytes, whose id comes back.
pub(super) fn for_reply(shared: &Shared, who: &Extensions, asked: usize) -> Vec<CommandDef> {
    let frame = shared.endpoint.limits.frame().frame_bytes;
    let most = MOST_BYTES.min(frame.saturating_sub(ENVELOPE + asked));
    let mut listed = Vec::new();
    let (mut bytes, mut after) = (0, None);
    loop {
        let (commands, next) = shared.page(who, after.as_deref());
        for command in commands {
            // And a comma.
            bytes += serde_json::to_vec(&command).map_or(0, |text| text.len() + 1);
            if listed.len() == MOST_COMMANDS || bytes > most {
                tracing::warn!(
                    listed = listed.len(),
                    "the list is too long for a reply; `/cmds.json` has all of it"
                );
                return listed;
            }
            listed.push(command);
        }
        after = next;
        if after.is_none() {
            return listed;
        }
    }
}

/// Answers with the document, page by page: it may be long.
pub(super) fn document(shared: &Arc<Shared>, request: Request) -> Response {
    if preferred(request.headers(), &[JSON]).is_none() {
        return Problem::not_acceptable(JSON).into_response();
    }
    let (parts, _) = request.into_parts();
    let (text, after) = begin(shared, &parts.extensions);
    if after.is_none() {
        let mut response = Response::new(text.into());
        let json = HeaderValue::from_static(JSON);
        response.headers_mut().insert(CONTENT_TYPE, json);
        return response;
    }
    let state = (shared.clone(), parts.extensions, Some(text), after);
    let pages = stream::unfold(state, async |(shared, who, begun, after)| {
        if let Some(text) = begun {
            return Some((Bytes::from(text), (shared, who, None, after)));
        }
        let (commands, next) = shared.page(&who, Some(&after?));
        let mut text = Vec::new();
        for command in &commands {
            write(&mut text, command);
        }
        if next.is_none() {
            text.extend_from_slice(b"]}");
        }
        Some((Bytes::from(text), (shared, who, None, next)))
    });
    answer::streamed(JSON, pages)
}

/// Writes the first page, and the end if that is all.
fn begin(shared: &Shared, who: &Extensions) -> (Vec<u8>, Option<String>) {
    let mut text = br#"{"cmdschema":"1.0.0","commands":["#.to_vec();
    let mut after = None;
    // Until there is a first command: what follows is put after a comma.
    loop {
        let (commands, next) = shared.page(who, after.as_deref());
        let mut first = true;
        for command in &commands {
            if first {
                // Cannot fail: a definition has nothing that is no JSON.
                let _ = serde_json::to_writer(&mut text, command);
            } else {
                write(&mut text, command);
            }
            first = false;
        }
        if next.is_none() {
            text.extend_from_slice(b"]}");
        }
        after = next;
        if after.is_none() || !first {
            return (text, after);
        }
    }
}

fn write(text: &mut Vec<u8>, command: &CommandDef) {
    text.push(b',');
    // Cannot fail: a definition has nothing that is no JSON.
    let _ = serde_json::to_writer(text, command);
}
