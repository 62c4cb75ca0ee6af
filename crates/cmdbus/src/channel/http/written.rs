//! Events as JSON, written once for all who listen.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use bytes::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::event::Delivery;
use crate::message::MessageId;

/// An event, as it is sent.
#[derive(Debug, PartialEq)]
pub(super) struct Written {
    id: String,
    line: Bytes,
    /// Most listeners are of one kind.
    as_sse: OnceLock<Bytes>,
}

impl Written {
    /// Writes an event. `None`: its payload is no JSON, and would spoil the line. What a peer sent may turn out so.
    fn new(event: &Delivery) -> Option<Self> {
        let payload = match &event.payload {
            None => b"null".into(),
            Some(payload) => payload.to_json(),
        };
        serde_json::from_slice::<&RawValue>(&payload).ok()?;
        let id = event.id.to_string();
        let mut line = Vec::with_capacity(payload.len() + event.event_id.len() + 80);
        line.extend_from_slice(b"{\"event\":");
        line.extend_from_slice(Value::from(event.event_id.as_str()).to_string().as_bytes());
        line.extend_from_slice(b",\"payload\":");
        line.extend_from_slice(&payload);
        line.extend_from_slice(b",\"id\":\"");
        line.extend_from_slice(id.as_bytes());
        line.extend_from_slice(b"\"}\n");
        Some(Self {
            id,
            line: Bytes::from(line),
            as_sse: OnceLock::new(),
        })
    }

    #[cfg(test)]
    pub(super) fn of(id: &str, line: &str) -> Self {
        Self {
            id: id.to_owned(),
            line: Bytes::copy_from_slice(line.as_bytes()),
            as_sse: OnceLock::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.line.len()
    }

    /// Returns a line of JSON.
    pub(super) fn line(&self) -> Bytes {
        self.line.clone()
    }

    /// Returns a server-sent event.
    pub(super) fn as_sse(&self) -> Bytes {
        let write = || {
            let head = format!("id: {}\ndata: ", self.id);
            let mut text = Vec::with_capacity(head.len() + self.line.len() + 1);
            text.extend_from_slice(head.as_bytes());
            text.extend_from_slice(&self.line);
            text.push(b'\n');
            Bytes::from(text)
        };
        self.as_sse.get_or_init(write).clone()
    }
}

/// The event that was written last. Listeners are told of an event one after the other, and so most of them find it here.
#[derive(Default)]
pub(super) struct Latest(Mutex<Option<Seen>>);

struct Seen {
    id: MessageId,
    event_id: String,
    /// Does not keep it when nobody waits for it any more. `None`: it cannot be written.
    written: Option<Weak<Written>>,
}

impl Latest {
    /// Returns an event as it is sent; `None` if it cannot be written.
    pub(super) fn write(&self, event: &Delivery) -> Option<Arc<Written>> {
        if let Some(seen) = &*self.lock()
            && (seen.id, &seen.event_id) == (event.id, &event.event_id)
        {
            let written = seen.written.as_ref()?;
            if let Some(written) = written.upgrade() {
                return Some(written);
            }
        }
        let written = Written::new(event).map(Arc::new);
        *self.lock() = Some(Seen {
            id: event.id,
            event_id: event.event_id.clone(),
            written: written.as_ref().map(Arc::downgrade),
        });
        written
    }

    fn lock(&self) -> MutexGuard<'_, Option<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::message::Payload;

    fn event(number: u128, name: &str) -> Delivery {
        Delivery {
            id: Uuid::from_u128(number),
            event_id: name.to_owned(),
            payload: Some(Payload::from(json!({"n": 1}))),
        }
    }

    #[test]
    fn an_event_is_written_once_for_all_who_listen() {
        let latest = Latest::default();
        let first = latest.write(&event(1, "a.b")).unwrap();
        let again = latest.write(&event(1, "a.b")).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(first.as_sse().as_ptr(), again.as_sse().as_ptr());
        assert_eq!(first.line().as_ptr(), again.line().as_ptr());
        for other in [event(2, "a.b"), event(1, "a.c")] {
            let written = latest.write(&other).unwrap();
            assert!(!Arc::ptr_eq(&first, &written));
            let line = String::from_utf8(written.line().to_vec()).unwrap();
            let wanted = json!({"event": other.event_id, "payload": {"n": 1}, "id": other.id});
            assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), wanted);
        }
    }

    #[test]
    fn an_event_that_nobody_waits_for_takes_no_memory() {
        let latest = Latest::default();
        let written = latest.write(&event(1, "a.b")).unwrap();
        let weak = Arc::downgrade(&written);
        drop(written);
        assert!(weak.upgrade().is_none());
        assert!(latest.write(&event(1, "a.b")).is_some());
    }
}
