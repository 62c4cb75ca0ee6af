//! The broker of cmdbus: durable mailboxes ("endpoints") for the processes and agent sessions on a machine.
//!
//! What is here so far is [`store`], which keeps everything that was acknowledged, and [`ids`], the names of
//! what it keeps. The crate contains no rule of routing and no network: those are told what the store holds,
//! and say what it shall hold next. It knows nothing of the command bus.
//!
//! Start reading at [`store::Store`] for what a store promises, at [`store::Op`] for what can change, and at
//! [`store::Writer`] for how acknowledgements wait for the disk.
//!
//! ```
//! use cmdbus_broker::store::{MemoryStore, MessageRow, Op, Pos, QueueRow, Seq, Store};
//!
//! let mut store = MemoryStore::new();
//! let message = MessageRow::new(Seq(1), "msg_01", "node:n1", "endpoint:ep_01", "hello", 1_772_439_330_120);
//! let place = QueueRow::new("ep_01", Pos(1), Seq(1), message.size());
//! store.commit(&[Op::message(message), Op::QueuePush(place)])?;
//!
//! assert_eq!(store.load()?.queues[0].count, 1);
//! # Ok::<(), cmdbus_broker::store::StoreError>(())
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
