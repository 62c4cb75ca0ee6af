//! What was said in a conversation (protocol §10.10).

use serde_json::{Value, json};

use super::Then;
use super::claim::missing_background;
use crate::core::views::iso;
use crate::core::{Caller, Core, Found, History, Query, Refusal, Reply, ReqId, Then as CoreThen};
use crate::store::{Content, HistoryItem};

/// What the id of a conversation has before its correlation id.
const PREFIX: &str = "conv_";

/// Names a conversation.
pub(super) fn conversation_ref(correlation: &str) -> Value {
    json!({"kind": "session_conversation", "id": format!("{PREFIX}{correlation}")})
}

impl Core {
    pub(in crate::core) fn history(
        &mut self,
        req: ReqId,
        caller: &Caller,
        history: History,
    ) -> Result<(), Refusal> {
        let endpoint = self.owned_active(caller, &history.endpoint, history.pid)?;
        if endpoint.metadata().background().is_none() {
            return Err(missing_background(&history.endpoint));
        }
        let correlation = history
            .conversation
            .strip_prefix(PREFIX)
            .ok_or_else(conversation_unknown)?
            .to_owned();
        let query = Query::History {
            correlation,
            sender: format!("endpoint:{}", history.endpoint),
            endpoint: history.endpoint,
            before: history.before,
            after: history.after,
            limit: history.limit,
        };
        let conversation = history.conversation;
        self.ask(
            query,
            CoreThen::Assignments(Then::History { req, conversation }),
        );
        Ok(())
    }

    pub(super) fn history_read(&mut self, req: ReqId, conversation: &str, found: Found) {
        let Found::History(Some(page)) = found else {
            return self.refuse(req, conversation_unknown());
        };
        let items: Vec<Value> = page
            .items
            .iter()
            .map(|item| self.history_view(item))
            .collect();
        let body = json!({
            "conversation_ref": {"kind": "session_conversation", "id": conversation},
            "items": items,
            "has_more": page.more,
        });
        self.answer(req, Reply::Json(body));
    }

    /// Both ends are on this node. Content that is gone or damaged is left out.
    fn history_view(&self, item: &HistoryItem) -> Value {
        let mut view = json!({
            "message_id": item.record.id.as_str(),
            "source_node_id": self.node,
            "target_node_id": self.node,
            "timestamp": iso(item.record.stored_at),
        });
        if let (Content::Whole(message), Some(view)) = (&item.content, view.as_object_mut()) {
            view.insert("content".to_owned(), message.content.as_str().into());
            view.insert(
                "content_type".to_owned(),
                message.content_type.as_str().into(),
            );
        }
        view
    }
}

fn conversation_unknown() -> Refusal {
    Refusal::new(
        404,
        "conversation_unknown",
        "this endpoint took no part in such a conversation",
    )
}
