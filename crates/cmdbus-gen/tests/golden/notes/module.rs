// Made by `cmdbus gen rust`. Do not edit: make it anew.
// Generated from: http://127.0.0.1:7420/cmds.json
#![allow(dead_code, missing_docs, non_camel_case_types, non_snake_case, unused_qualifications, unreachable_pub, rustdoc::all, clippy::all, clippy::pedantic)]

/// Appends a note.
///
/// Returns how many there are.
#[derive(Debug, Clone, Copy, Default)]
pub struct NotesAppend;

impl ::cmdbus::command::Command for NotesAppend {
    const ID: &'static str = "notes.append";
    const DESCRIPTION: Option<&'static str> = Some("Appends a note.\n\nReturns how many there are.");
    type Request = NotesAppendRequest;
    type Response = NotesAppendResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Throws all notes away
#[derive(Debug, Clone, Copy, Default)]
pub struct NotesClear;

impl ::cmdbus::command::Command for NotesClear {
    const ID: &'static str = "notes.clear";
    const DESCRIPTION: Option<&'static str> = Some("Throws all notes away");
    type Request = ();
    type Response = ();

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Nobody knows
#[derive(Debug, Clone, Copy, Default)]
pub struct NotesMagic;

impl ::cmdbus::command::Command for NotesMagic {
    const ID: &'static str = "notes.magic";
    const DESCRIPTION: Option<&'static str> = Some("Nobody knows");
    type Request = ::cmdbus::serde_json::Value;
    type Response = ::cmdbus::serde_json::Value;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct NotesRead;

impl ::cmdbus::command::Command for NotesRead {
    const ID: &'static str = "notes.read";
    const DESCRIPTION: Option<&'static str> = None;
    type Request = NotesReadRequest;
    type Response = NotesReadResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Every note as it is written
#[derive(Debug, Clone, Copy, Default)]
pub struct NotesWatch;

impl ::cmdbus::command::StreamCommand for NotesWatch {
    const ID: &'static str = "notes.watch";
    const DESCRIPTION: Option<&'static str> = Some("Every note as it is written");
    type Request = ();
    type Item = NotesWatchItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

pub type NotesAppendRequest = Note;

/// A note
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Note {
    /// At least 1.
    pub id: u64,
    /// What is written on it
    ///
    /// Characters: at least 1.
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replies: Option<Vec<Note>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Priority {
    #[serde(rename = "low")]
    Low,
    #[serde(rename = "high")]
    High,
}

/// At least 0.
pub type NotesAppendResponse = u64;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct NotesReadRequest {
    pub id: i64,
}

pub type NotesReadResponse = Option<Note>;

pub type NotesWatchItem = Note;
