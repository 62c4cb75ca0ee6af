//! The attribute macros of cmdbus, a command bus: [`macro@command`], [`macro@command_service`], [`macro@event`] and
//! [`macro@payload`].
//!
//! Use them through the crate `cmdbus`, which re-exports them at its root and in its prelude. The dependency may be
//! renamed in `Cargo.toml`, and the crate that uses the macros needs neither serde nor schemars in its own.
//!
//! ```text
//! use cmdbus::prelude::*;
//!
//! #[payload]
//! struct AddRequest { a: i64, b: i64 }
//!
//! #[command("math.add", description = "Adds two numbers")]
//! async fn add(request: AddRequest) -> Result<i64, CommandError> {
//!     Ok(request.a + request.b)
//! }
//!
//! // register_add(&registry).await?;
//! // registry.execute::<AddCommand>(AddRequest { a: 1, b: 2 }).await?;
//! ```
//!
//! Whatever a macro generates could be written by hand: an impl of `Command`, `StreamCommand` or `Event`, some derives,
//! and a function that calls `CommandRegistry::register_command`. The crate holds no behaviour of the bus.
//!
//! # Reading the source
//!
//! One file per macro (`command`, `service`, `event`, `payload`), each of which parses, then checks, then generates.
//! `args` reads what stands in the parentheses of an attribute, `handler` knows the rules for signatures and writes the
//! impl of `Command` or `StreamCommand`, `names` makes the names, and `krate` finds cmdbus in the caller's `Cargo.toml`.

mod args;
mod command;
mod event;
mod handler;
mod krate;
mod names;
mod payload;
mod service;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;

/// Makes a command of an async function, or of a method inside a [`macro@command_service`] block.
///
/// ```text
/// /// Greets a user.
/// #[command("user.greet", description = "Greets a user by name")]
/// pub async fn say_hello(name: String) -> Result<String, CommandError> {
///     Ok(format!("hello, {name}"))
/// }
/// ```
///
/// # Accepted form
///
/// The first argument is the id, a string literal that is not empty. After it may stand, in any order, each once at most,
/// and with a trailing comma:
///
/// - `description = "…"`. Without it the command has no description: documentation comments are for Rust readers and are
///   not sent;
/// - `stream`: the function returns its result item by item, see below;
/// - `graceful`: when nobody waits for the result any more, the handler is told by its `CallContext` and may come to an end
///   by itself, for up to 5 s, instead of being dropped at once.
///
/// The function is `async` and returns `Result<Response, CommandError>`, written out. Another error type will do if
/// `CommandError` implements `From` for it. There is at most one argument that is the request, with any pattern; a function
/// without it takes the request `()`. The types are named and own their data (a `&'static str` may be returned), request
/// and response implement `JsonSchema`, the request can be deserialised and the response serialised; [`macro@payload`]
/// derives all of that.
///
/// The last argument may be a `CallContext`, by any path that ends so. It is no part of the request: the handler gets the
/// context of the call that it serves, with the deadline, the way to report progress, and news of a cancellation.
///
/// ```text
/// #[command("files.hash", graceful)]
/// async fn hash(request: Files, call: CallContext) -> Result<Vec<String>, CommandError> {
///     let mut sums = Vec::new();
///     for (done, file) in request.files.iter().enumerate() {
///         call.progress(done as f64, request.files.len() as f64, file.as_str());
///         sums.push(sum_of(file).await?);
///     }
///     Ok(sums)
/// }
/// ```
///
/// # Streams
///
/// With `stream`, the function returns `impl Stream<Item = Result<Item, CommandError>> + Send`, written out, or a `Result`
/// of that if it may fail before the first item. `Stream` is the trait of the futures crates and may be named by any path.
/// The rules for a response hold for an item, and those for errors hold in both places. The stream may borrow from `&self`,
/// but not from the request, which the function owns. It is asked for an item only while the caller has room for more,
/// but for one item ahead, and dropped when nobody waits for it any more.
///
/// ```text
/// #[command_service]
/// impl Notes {
///     #[command("notes.all", stream)]
///     async fn all(&self, from: usize) -> impl Stream<Item = Result<Note, CommandError>> + Send {
///         stream::iter(self.notes.iter().skip(from).cloned().map(Ok))
///     }
/// }
///
/// // let mut notes = registry.call::<notes::All>(0).stream();
/// // while let Some(note) = notes.try_next().await? { .. }
/// ```
///
/// # What is generated
///
/// For the function `say_hello`, all with its visibility and its `#[cfg]`s:
///
/// - the function itself, unchanged;
/// - the unit struct `Say_helloCommand`, with the function's documentation, and its impl of `Command`, or with `stream` of
///   `StreamCommand`, which makes it a `Command` too. The name is the function's with its first letter in upper case, and
///   `Command`. Where that is not camel case, the struct can also be called by its camel-case name, `SayHelloCommand`;
/// - `async fn register_say_hello(&CommandRegistry) -> Result<(), CommandError>`, which registers it.
///
/// `schema()` describes the request and the response. A type whose schema says no more than "null", such as `()` or a
/// unit struct, is left out of it: it carries nothing. With `stream` the response says `x-cmdbus-stream`, with the schema of
/// an item.
///
/// # Compile errors
///
/// The id is missing, not a string literal or empty; another argument is given than those above, one of them twice, or one
/// with a value of the wrong kind; the function is not `async`, is `unsafe` or generic, has two or more arguments besides a
/// `CallContext`, a `CallContext` that is not the last or is borrowed, or an argument that is a reference or `impl Trait`;
/// its return type is not `Result<..>` with its arguments written out, or the response is borrowed or `impl Trait`; it
/// returns a stream without `stream`, or no stream with it; the items of the stream are not `Result<..>`; it has a receiver
/// but stands in a block without `#[command_service]`.
#[proc_macro_attribute]
pub fn command(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = TokenStream2::from(item);
    finish(
        command::expand(&krate::cmdbus_path(), args.into(), item.clone()),
        || item,
    )
}

/// Makes a service of an impl block: a value whose methods are commands.
///
/// ```text
/// struct MathService { calls: AtomicU64 }
///
/// #[command_service]
/// impl MathService {
///     #[command("math.add")]
///     async fn add(&self, request: AddRequest) -> Result<i64, CommandError> {
///         self.calls.fetch_add(1, Ordering::Relaxed);
///         Ok(request.a + request.b)
///     }
///
///     #[command("math.calls")]
///     async fn calls(self: Arc<Self>) -> Result<u64, CommandError> {
///         Ok(self.calls.load(Ordering::Relaxed))
///     }
///
///     fn helper(&self) {}
/// }
///
/// // MathService { calls: AtomicU64::new(0) }.register(&registry).await?;
/// // registry.execute::<math_service::Add>(AddRequest { a: 1, b: 2 }).await?;
/// ```
///
/// # Accepted form
///
/// The attribute takes no arguments. The block is an inherent impl without generic parameters, of a named type. Each
/// method tagged `#[command("id")]` (by whatever path, such as `#[cmdbus::command("id")]`) follows the rules of
/// [`macro@command`] and takes `&self` or `self: Arc<Self>`. Other items of the block are left alone.
///
/// # What is generated
///
/// - the block itself, minus the inner `#[command]` attributes;
/// - a module named after the type, with an underscore before every upper-case letter but the first (`MathService` gives
///   `math_service`, `HTTPServer` gives `h_t_t_p_server`). For each tagged method it holds a struct with the method's
///   documentation, visible where the block stands: the method's name with its first letter in upper case, `Add`, or
///   `Get_user` with the second name `GetUser`. Its field `host` is an `Arc` of the service;
/// - the impls of `Command` or `StreamCommand` for these structs;
/// - `pub async fn register(self, &CommandRegistry) -> Result<(), CommandError>` on the type. It registers the commands in
///   the order of the source. At the first failure, or when its future is dropped, it unregisters what it had registered.
///
/// A `#[cfg]` on a method also governs what is generated for it.
///
/// # Compile errors
///
/// The attribute has arguments; the block implements a trait, is generic, or belongs to a type without a name; no method
/// is tagged; two tagged methods that exist in the same build share an id; a method is called `register`; a tagged method
/// breaks a rule of [`macro@command`], has no receiver, or takes `self` by value or `&mut self`.
#[proc_macro_attribute]
pub fn command_service(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = TokenStream2::from(item);
    finish(
        service::expand(&krate::cmdbus_path(), args.into(), item.clone()),
        || service::without_markers(item),
    )
}

/// Makes an event of a struct or an enum.
///
/// ```text
/// #[event("user.created")]
/// struct UserCreated { name: String }
///
/// // registry.emit(UserCreated { name: "Ada".into() })?;
/// // registry.on(|event: UserCreated| println!("{}", event.name));
/// ```
///
/// # Accepted form
///
/// Exactly one argument, the id: a string literal that is not empty.
///
/// # What is generated
///
/// The derives of [`macro@payload`], and an impl of `Event`. A unit struct has no schema and travels without a payload;
/// any other type, also `struct E {}`, has the schema that schemars derives for it. A generic type is an event for those
/// arguments with which it is `Serialize + JsonSchema + Send + Sync + 'static`.
///
/// # Compile errors
///
/// The id is missing, not a string literal or empty; something follows it; the item is neither a struct nor an enum.
#[proc_macro_attribute]
pub fn event(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = TokenStream2::from(item);
    finish(
        event::expand(&krate::cmdbus_path(), args.into(), item.clone()),
        || item,
    )
}

/// Derives what a type needs to travel over the bus: `Serialize`, `Deserialize` and `JsonSchema`.
///
/// ```text
/// #[payload]
/// #[derive(Debug, Clone)]
/// #[serde(rename_all = "camelCase")]
/// struct AddRequest { left_side: i64, right_side: i64 }
/// ```
///
/// # Accepted form
///
/// No arguments; a struct or an enum. Attributes of serde and schemars work as with the derives themselves.
///
/// # What is generated
///
/// The three derives, through the re-exports of cmdbus. One that the type derives already is left out, so that the user's
/// own `#[derive(Serialize)]` does no harm; it must stand below `#[payload]`, because the macro cannot see what stands
/// above it.
///
/// # Compile errors
///
/// The attribute has arguments; the item is neither a struct nor an enum.
#[proc_macro_attribute]
pub fn payload(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = TokenStream2::from(item);
    finish(
        payload::expand(&krate::cmdbus_path(), args.into(), item.clone()),
        || item,
    )
}

/// Returns the expansion. When there is none, the item stays as it was and the error is added, so that the user does not
/// also hear of every place where the item is used.
fn finish(
    expansion: syn::Result<TokenStream2>,
    item: impl FnOnce() -> TokenStream2,
) -> TokenStream {
    let tokens = expansion.unwrap_or_else(|error| {
        let mut tokens = item();
        tokens.extend(error.into_compile_error());
        tokens
    });
    tokens.into()
}
