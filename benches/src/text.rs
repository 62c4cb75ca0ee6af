//! What travels: a request that is answered with itself, and an event.

use cmdbus::{Command, CommandError, Event};
use serde::{Deserialize, Serialize};

use crate::Result;

/// Bytes of JSON around the text.
const AROUND: usize = r#"{"text":""}"#.len();

/// A request, its answer, and the payload of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub text: String,
}

impl Text {
    /// Makes one that takes so many bytes of JSON.
    pub fn of(bytes: usize) -> Self {
        Self {
            text: "x".repeat(bytes.saturating_sub(AROUND)),
        }
    }

    /// Checks that an answer is as long as what was asked.
    pub fn answered(&self, bytes: usize) -> Result {
        if self.text.len() + AROUND == bytes {
            Ok(())
        } else {
            Err(format!("an answer has {} bytes of text", self.text.len()).into())
        }
    }
}

/// Answers with what it was asked.
pub struct Echo;

impl Command for Echo {
    const ID: &'static str = "bench.echo";
    type Request = Text;
    type Response = Text;

    async fn handle(&self, text: Text) -> std::result::Result<Text, CommandError> {
        Ok(text)
    }
}

/// What is told to everybody.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Told(pub Text);

impl Event for Told {
    const ID: &'static str = "bench.told";
}
