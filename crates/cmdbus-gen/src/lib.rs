//! Typed clients for the commands of a bus, and what a change of their schemas breaks.
//!
//! A [`Document`] is the list of commands as `/cmds.json` publishes it; [`generate`] writes a client for it in some
//! language. Everything in the document is text of others: it cannot become code, and whatever it says, the
//! result is a file that compiles. The same document always gives the same file.
//!
//! This crate reads no files and opens no connections. Start reading at [`Document::parse`], then `lower`, which makes
//! types of JSON Schema, then one of the languages.
//!
//! ```
//! use cmdbus_gen::{Document, Language, Options, generate};
//!
//! let list = r#"{"cmdschema": "1.0.0", "commands": [
//!     {"id": "text.upper", "schema": {"request": {"type": "string"}, "response": {"type": "string"}}}
//! ]}"#;
//! let document = Document::parse(list.as_bytes())?;
//! let file = generate(&document, Language::TypeScript, &Options::default());
//! assert!(file.contains("export type TextUpperRequest = string;"));
//! # Ok::<(), cmdbus_gen::DocumentError>(())
//! ```

mod diff;
mod document;
mod graph;
mod lower;
mod model;
mod names;
mod python;
mod rust;
mod say;
mod text;
mod typescript;
mod valibot;

pub use diff::{Change, ChangeKind, diff};
pub use document::{Definition, Document, DocumentError, MAX_COMMANDS, MAX_ID, Shapes};

/// A language to write a client in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// One file without dependencies, for Node and browsers.
    TypeScript,
    /// Valibot schemas of all commands, for the library `@coralstack/cmd-ipc`.
    Valibot,
    /// One file that needs the standard library, and can use pydantic.
    Python,
    /// One module for programs that use the crate `cmdbus`.
    Rust,
}

/// How a client is written.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the document came from, for the head of the file.
    pub source: Option<String>,
    /// What stands before every id, with a dot in between; also part of the client's name.
    pub prefix: Option<String>,
}

/// Returns the source file of a client.
pub fn generate(document: &Document, language: Language, options: &Options) -> String {
    let mut api = lower::api(document);
    if let Some(prefix) = &options.prefix {
        for operation in &mut api.operations {
            operation.id = format!("{prefix}.{}", operation.id);
        }
    }
    match language {
        Language::TypeScript => typescript::client(&api, options),
        Language::Valibot => valibot::schemas(&api, options),
        Language::Python => python::client(&api, options),
        Language::Rust => rust::module(&api, options),
    }
}
