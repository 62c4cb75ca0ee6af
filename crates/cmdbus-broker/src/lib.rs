//! The broker of cmdbus: durable mailboxes ("endpoints") for the processes and agent sessions on a machine.
//!
//! Processes register over loopback HTTP and one WebSocket each, send to each other, and are given their
//! messages in order and at least once. What was acknowledged is on the disk. Whatever has no receiver waits
//! in an inbox. `spec/broker.md` is the protocol; comments cite its sections.
//!
//! [`core`] holds the rules, as one synchronous state machine without clock, socket, thread or disk.
//! [`driver`] carries out what it wants, [`ipc`] speaks to clients, [`store`] keeps what was acknowledged,
//! [`process`] starts and watches processes, [`discovery`] is how clients find a broker, and [`ports`] are the
//! seams for a network of several. The crate knows nothing of the command bus.
//!
//! Start reading at [`core::Core::handle`], or follow a message: `ipc/send.rs`, `core/outbound.rs`,
//! `core/routing.rs`, `driver/mod.rs`, `store/writer.rs`, then `core/pump.rs` and `driver/outgoing.rs`.
//!
//! ```
//! use cmdbus_broker::{Broker, Options, ShutdownMode};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let broker = Broker::start(Options::in_folder(folder.path())).await?;
//! assert!(broker.ipc_url().starts_with("http://127.0.0.1:"));
//! broker.shutdown(ShutdownMode::Retain).await;
//! # Ok(())
//! # }
//! ```

mod broker;
pub mod core;
pub mod discovery;
pub mod driver;
pub mod ids;
mod import;
pub mod ipc;
pub mod ports;
pub mod process;
pub mod store;

pub use broker::{Broker, Ending, Options, StartError};
pub use ipc::ShutdownMode;
