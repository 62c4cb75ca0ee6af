//! What a text message on the socket is.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Frame;

/// A text message that has arrived.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // taken apart where it is made, never stored
pub enum Incoming {
    /// A frame of the attach protocol.
    Frame(Frame),
    /// A message of the command protocol, as it came.
    Bus(String),
}

/// A message that is no good. The socket stays (attach §3.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// Not JSON, or no object.
    NotAFrame(String),
    /// A type that nobody here knows.
    UnknownType {
        /// The id, if it has one.
        id: Option<String>,
    },
    /// A known type whose members are not what they must be.
    Body {
        /// The type.
        kind: String,
        /// The id, if it has one: whoever waits for it is told.
        id: Option<String>,
        /// What is wrong, for people. Names members, never values.
        text: String,
    },
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type", default)]
    kind: Option<serde_json::Value>,
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(rename = "eventId", default)]
    event_id: Option<serde::de::IgnoredAny>,
}

impl Incoming {
    /// Reads a text message.
    ///
    /// # Errors
    /// It is no good; see [`Broken`].
    pub fn parse(text: String) -> Result<Self, Broken> {
        if !text.trim_ascii_start().starts_with('{') {
            return Err(Broken::NotAFrame("a frame is a JSON object".to_owned()));
        }
        let head: Head = serde_json::from_str(&text)
            .map_err(|error| Broken::NotAFrame(format!("not JSON: {error}")))?;
        let id = head.id.and_then(|id| Some(id.as_str()?.to_owned()));
        let Some(serde_json::Value::String(kind)) = head.kind else {
            return Err(Broken::UnknownType { id });
        };
        if kind.contains('.') || (kind == "event" && head.event_id.is_some()) {
            return Ok(Self::Bus(text));
        }
        Self::body(&kind, &text, id).map(Self::Frame)
    }

    fn body(kind: &str, text: &str, id: Option<String>) -> Result<Frame, Broken> {
        fn read<T: DeserializeOwned>(
            text: &str,
            frame: impl FnOnce(T) -> Frame,
        ) -> Result<Frame, serde_json::Error> {
            serde_json::from_str(text).map(frame)
        }
        let frame = match kind {
            "hello" => read(text, Frame::Hello),
            "welcome" => read(text, Frame::Welcome),
            "attach" => read(text, Frame::Attach),
            "attached" => read(text, Frame::Attached),
            "detach" => read(text, Frame::Detach),
            "detached" => read(text, Frame::Detached),
            "server_request" => read(text, Frame::ServerRequest),
            "server_notify" => read(text, Frame::ServerNotify),
            "server_response" => read(text, Frame::ServerResponse),
            "client_request" => read(text, Frame::ClientRequest),
            "client_response" => read(text, Frame::ClientResponse),
            "cancel" => read(text, Frame::Cancel),
            "ack" => read(text, Frame::Ack),
            "error" => read(text, Frame::Error),
            "goodbye" => read(text, Frame::Goodbye),
            _ => return Err(Broken::UnknownType { id }),
        };
        frame.map_err(|error| Broken::Body {
            kind: kind.to_owned(),
            id,
            // serde quotes strings it did not expect, which may be anybody's.
            text: format!(
                "column {} of a `{kind}` frame is not what it must be",
                error.column()
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn raw_members_of_a_frame_survive_byte_for_byte() {
        let text = r#"{"type":"server_response","id":"q","kind":"ok","result":{"z":1.10,"a":123456789012345678901234567890}}"#;
        let Incoming::Frame(frame) = Incoming::parse(text.to_owned()).unwrap() else {
            panic!("a frame");
        };
        assert_eq!(frame.to_json(), text);
    }

    #[test]
    fn messages_of_the_command_protocol_are_left_alone() {
        for text in [
            r#"{"type":"execute.command.request","id":"1"}"#,
            r#"{"type":"event","id":"1","eventId":"x"}"#,
        ] {
            assert!(
                matches!(Incoming::parse(text.to_owned()), Ok(Incoming::Bus(same)) if same == text)
            );
        }
        assert!(matches!(
            Incoming::parse(r#"{"type":"event"}"#.to_owned()),
            Err(Broken::UnknownType { id: None })
        ));
    }

    #[test]
    fn w13_an_unknown_type_is_told_from_a_broken_body() {
        assert_eq!(
            Incoming::parse(r#"{"type":"novelty","id":"n1"}"#.to_owned()).unwrap_err(),
            Broken::UnknownType {
                id: Some("n1".to_owned())
            }
        );
        let Broken::Body { kind, id, .. } =
            Incoming::parse(r#"{"type":"server_response","id":"q1","kind":7}"#.to_owned())
                .unwrap_err()
        else {
            panic!("a broken body");
        };
        assert_eq!(
            (kind.as_str(), id.as_deref()),
            ("server_response", Some("q1"))
        );
        for text in ["", "{", "[]", "7", "\"x\""] {
            assert!(matches!(
                Incoming::parse(text.to_owned()),
                Err(Broken::NotAFrame(_))
            ));
        }
    }
}
