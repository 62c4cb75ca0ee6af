//! The public types of attach §2: its invariants, and the weaknesses of §7 that live there.

mod channels;
mod listeners;
mod pending;
mod requests;
mod support;
mod tracker;
