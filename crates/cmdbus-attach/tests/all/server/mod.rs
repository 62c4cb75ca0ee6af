//! The attach server, end to end, with a client that speaks frames by hand (attach §3, §6).

mod bus;
mod faults;
mod frames;
mod handshake;
mod ids;
mod limits;
mod listen;
mod pass_through;
mod peer;
mod resume;
mod shutdown;
mod tokens;
mod tools;
mod who;
mod world;
