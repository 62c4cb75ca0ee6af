//! A command bus for the processes and agent sessions on a machine.
//!
//! A [`CommandRegistry`] holds typed [commands](Command) and [event](Event) listeners of one process
//! and is joined to others by [channels](CommandChannel). A call goes to whoever provides the id,
//! over any number of hops; the caller never knows which.
//!
//! ```
//! use cmdbus::prelude::*;
//!
//! struct Notes(std::sync::Mutex<Vec<String>>);
//!
//! #[command_service]
//! impl Notes {
//!     #[command("notes.append", description = "Appends a line and returns the number of lines")]
//!     async fn append(&self, line: String) -> Result<usize, CommandError> {
//!         let mut lines = self.0.lock().expect("nothing panics while it is held");
//!         lines.push(line);
//!         Ok(lines.len())
//!     }
//! }
//!
//! # futures_executor::block_on(async {
//! let registry = CommandRegistry::new(Config::default());
//! Notes(Default::default()).register(&registry).await?;
//! let lines = registry.execute::<notes::Append>("buy milk".into()).await?;
//! assert_eq!(lines, 1);
//! # Ok::<(), CommandError>(())
//! # }).unwrap();
//! ```
//!
//! The plain crate needs no async runtime and joins registries of one process with
//! [`InMemoryChannel`]. Everything that crosses a process boundary is a feature: `unix`, `tcp`,
//! `stdio`, `websocket`, `axum`, `http`; they need tokio. With `unix`, `bus::connect` joins the bus of
//! this machine, which the program `cmdbus` runs.
//!
//! What this crate does not contain: the rules of the protocol, which are in `cmdbus-proto`, and durable
//! messages. Start reading at [`registry`]; a call is walked through in `ARCHITECTURE.md`.

#[cfg(all(unix, feature = "unix"))]
pub mod bus;
pub mod call;
pub mod channel;
pub mod command;
mod context;
mod directory;
mod driver;
pub mod event;
mod handlers;
mod inner;
mod items;
mod listeners;
pub mod registry;
mod timer;
pub mod ttl_map;

/// Errors of calls, registrations and channels, and their codes on the wire.
pub mod error {
    pub use cmdbus_proto::error::{
        ChannelError, CommandError, ExecuteErrorCode, RegisterErrorCode,
    };
}

/// What travels between registries.
pub mod message {
    pub use cmdbus_proto::Payload;
    pub use cmdbus_proto::message::{
        CommandDef, CommandSchema, ExecuteError, ExecuteResult, False, Message, MessageId,
        MessageMeta, RegisterResult, True,
    };
}

/// JSON schemas of commands and events.
pub mod schema {
    pub use cmdbus_proto::normalize_schema;
}

/// What most programs need.
pub mod prelude {
    pub use crate::channel::{CommandChannel, InMemoryChannel};
    pub use crate::command::{BoxedDynCommand, Command, DynCommand};
    pub use crate::context::CallContext;
    pub use crate::error::{ChannelError, CommandError};
    pub use crate::event::{DynEvent, Event};
    pub use crate::message::{CommandDef, CommandSchema};
    pub use crate::registry::{CommandRegistry, Config};
    pub use crate::{command, command_service, event, payload};
}

#[cfg(all(unix, feature = "unix"))]
pub use bus::{connect, connect_to};
pub use call::{Call, CallHandle, CallOptions, CallStream};
pub use channel::{CommandChannel, InMemoryChannel};
pub use cmdbus_macros::{command, command_service, event, payload};
pub use cmdbus_proto::pattern;
pub use command::{
    BoxedDynCommand, BoxedHandler, Collected, Command, DynCommand, DynStream, StreamCommand,
};
pub use context::{CallContext, CancelReason, Progress};
pub use directory::DirectoryChanges;
pub use error::{ChannelError, CommandError, ExecuteErrorCode, RegisterErrorCode};
pub use event::{DynEvent, Event};
pub use message::{
    CommandDef, CommandSchema, ExecuteError, ExecuteResult, False, Message, MessageId, MessageMeta,
    Payload, RegisterResult, True,
};
pub use registry::{CommandRegistry, Config, WeakRegistry};
pub use schema::normalize_schema;
pub use ttl_map::TtlMap;
pub use {schemars, serde, serde_json, uuid};

/// What the macros' expansions use and nobody else should.
#[doc(hidden)]
pub mod __private {
    use schemars::JsonSchema;
    use serde_json::Value;

    use crate::{Command, CommandError, CommandRegistry};

    /// Returns the normalised schema of a type; `None` if it says that there is nothing.
    pub fn schema_of<T: JsonSchema>() -> Option<Value> {
        let schema = crate::normalize_schema(schemars::schema_for!(T).to_value());
        (schema != serde_json::json!({"type": "null"})).then_some(schema)
    }

    /// Returns the response schema of a command that streams items of this type.
    pub fn stream_schema_of<T: JsonSchema>() -> Value {
        let item = crate::normalize_schema(schemars::schema_for!(T).to_value());
        crate::command::stream_schema(Some(item))
    }

    /// Tells the module generated for a service the type of its host. The host may be declared inside a function, where no
    /// path from the module leads.
    pub trait Service {
        /// The type whose methods are the commands.
        type Host;
    }

    /// What one call of a generated `register` has registered so far. Dropped before [`keep`](Self::keep), be it on an
    /// error or because the caller dropped the future, it takes all of that back, last first (W33).
    #[derive(Debug)]
    pub struct ServiceRegistration<'a> {
        registry: &'a CommandRegistry,
        ids: Vec<&'static str>,
    }

    impl<'a> ServiceRegistration<'a> {
        /// Starts with nothing registered.
        pub fn new(registry: &'a CommandRegistry) -> Self {
            Self {
                registry,
                ids: Vec::new(),
            }
        }

        /// Registers one more command.
        pub async fn register<C: Command>(&mut self, command: C) -> Result<(), CommandError> {
            self.registry.register_command(command).await?;
            self.ids.push(C::ID);
            Ok(())
        }

        /// Lets everything registered stay.
        pub fn keep(mut self) {
            self.ids.clear();
        }
    }

    impl Drop for ServiceRegistration<'_> {
        fn drop(&mut self) {
            for id in self.ids.drain(..).rev() {
                self.registry.unregister_command(id);
            }
        }
    }
}
