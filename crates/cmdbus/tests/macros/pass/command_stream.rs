//! Streams, contexts and graceful commands in the shapes that people write, in a program that tolerates no warning.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]

use std::sync::Arc;

use cmdbus::StreamCommand;
use cmdbus::prelude::*;
use futures_util::stream::{self, Stream, StreamExt};

/// An item.
#[payload]
#[derive(Debug, Clone)]
pub struct Note {
    /// A line.
    pub line: String,
}

/// Counts.
#[command("stream.count", stream, description = "Counts")]
pub async fn count(to: u64) -> impl Stream<Item = Result<u64, CommandError>> + Send {
    stream::iter((0..to).map(Ok))
}

#[cmdbus::command("stream.fallible", graceful, stream)]
async fn fallible_stream(
    mut to: u64,
) -> std::result::Result<
    impl Send + ::futures_util::Stream<Item = std::result::Result<Note, cmdbus::CommandError>> + Unpin,
    cmdbus::CommandError,
> {
    to += 1;
    let note = Note {
        line: to.to_string(),
    };
    Ok(stream::iter([Ok(note)]))
}

/// An error with a conversion.
#[derive(Debug)]
pub struct OutOfPaper;

impl From<OutOfPaper> for CommandError {
    fn from(_: OutOfPaper) -> Self {
        Self::InvalidMessage("out of paper".into())
    }
}

#[command("stream.own_errors", stream)]
async fn own_errors() -> Result<impl Stream<Item = Result<(), OutOfPaper>>, OutOfPaper> {
    Ok(stream::iter([Err(OutOfPaper)]))
}

type Shorthand<T> = Result<T, OutOfPaper>;

mod aliases {
    pub(super) type Result<T> = super::Shorthand<T>;
}

#[command("stream.aliases", stream)]
async fn with_aliases() -> aliases::Result<impl Stream<Item = aliases::Result<u8>>> {
    Ok(stream::empty())
}

#[command("stream.static", stream)]
async fn borrowed_for_ever() -> impl Stream<Item = Result<&'static str, CommandError>> {
    stream::iter([Ok("text")])
}

// Names that must not collide with those of the expansion.
#[command("request", stream)]
async fn request(request: String) -> impl Stream<Item = Result<String, CommandError>> {
    stream::iter([Ok(request)])
}

#[command("items", stream)]
async fn items(items: u8, context: CallContext) -> impl Stream<Item = Result<u8, CommandError>> {
    context.progress(0.0, None, None);
    stream::iter([Ok(items)])
}

#[command("context")]
async fn context(CallContext { .. }: CallContext) -> Result<(), CommandError> {
    Ok(())
}

#[command("context.of.a.path", graceful)]
async fn by_path(_: (), mut call: ::cmdbus::CallContext) -> Result<bool, CommandError> {
    call = call.clone();
    Ok(call.is_cancelled())
}

// The generated items must vanish with the function.
#[command("absent", stream)]
#[cfg(any())]
async fn absent(_: CallContext) -> impl Stream<Item = Result<TypeOfAnotherPlatform, CommandError>> {
}

macro_rules! repeats {
    ($name:ident, $id:literal, $item:ty, $context:ty) => {
        #[command($id, stream)]
        async fn $name(_: $context) -> impl Stream<Item = Result<$item, CommandError>> {
            stream::repeat_with(|| Ok(<$item>::default()))
        }
    };
}
repeats!(zeros, "stream.zeros", u8, CallContext);

mod inner {
    // Nothing imported: the expansion names everything in full.
    #[cmdbus::command("inner.empty", stream)]
    pub(super) async fn empty(
        _: Option<Box<u8>>,
        _: cmdbus::CallContext,
    ) -> impl futures_util::Stream<Item = Result<u8, cmdbus::CommandError>> {
        futures_util::stream::empty()
    }
}

/// A service.
#[derive(Debug)]
pub struct Notebook {
    notes: Vec<Note>,
}

#[command_service]
impl Notebook {
    /// Borrows.
    #[command("notebook.all", stream)]
    pub async fn get_all(&self) -> impl Stream<Item = Result<Note, CommandError>> + Send {
        stream::iter(&self.notes).then(|note| async { Ok(self.copy(note)) })
    }

    #[command("notebook.some", stream)]
    async fn some<'a>(
        self: &'a Arc<Self>,
        from: usize,
        call: CallContext,
    ) -> Result<impl Stream<Item = Result<Note, OutOfPaper>> + use<'a>, CommandError> {
        let notes = self.notes.get(from..).unwrap_or_default().iter();
        Ok(stream::iter(notes).map(move |note| {
            call.progress(1.0, None, None);
            Ok(self.copy(note))
        }))
    }

    #[command("notebook.shared", stream, graceful)]
    async fn shared(
        self: Arc<Self>,
    ) -> impl Stream<Item = Result<[Note; Self::ONE], CommandError>> {
        stream::iter(0..self.notes.len()).map(move |number| Ok([self.copy(&self.notes[number])]))
    }

    #[command("notebook.length", graceful)]
    async fn length(&self, _: CallContext) -> Result<usize, CommandError> {
        Ok(self.notes.len())
    }

    #[cfg(any())]
    #[command("notebook.absent", stream)]
    async fn absent(&self) -> impl Stream<Item = Result<TypeOfAnotherPlatform, CommandError>> {}

    const ONE: usize = 1;

    fn copy(&self, note: &Note) -> Note {
        note.clone()
    }
}

fn main() {
    fn streams<C: StreamCommand + Command>(_: C) -> &'static str {
        <C as StreamCommand>::ID
    }
    fn is_send<T: Send>(_: T) {}

    assert_eq!(streams(CountCommand), "stream.count");
    assert_eq!(streams(FallibleStreamCommand), "stream.fallible");
    assert_eq!(streams(OwnErrorsCommand), "stream.own_errors");
    assert_eq!(streams(WithAliasesCommand), "stream.aliases");
    assert_eq!(streams(BorrowedForEverCommand), "stream.static");
    assert_eq!(streams(RequestCommand), "request");
    assert_eq!(streams(ItemsCommand), "items");
    assert_eq!(streams(ZerosCommand), "stream.zeros");
    assert_eq!(streams(inner::EmptyCommand), "inner.empty");
    assert_eq!(ContextCommand::ID, "context");
    assert!(Command::graceful(&ByPathCommand) && Command::graceful(&FallibleStreamCommand));

    let registry = CommandRegistry::new(Config::default());
    is_send(register_count(&registry));
    is_send(register_own_errors(&registry));
    let host = Arc::new(Notebook { notes: Vec::new() });
    is_send(StreamCommand::items(
        &notebook::GetAll { host: host.clone() },
        (),
    ));
    assert_eq!(streams(notebook::Some { host }), "notebook.some");
    is_send(Notebook { notes: Vec::new() }.register(&registry));
}
