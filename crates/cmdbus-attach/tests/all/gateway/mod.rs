//! The HTTP front, over back-ends that do what the test says.

mod audit;
mod listen;
mod loopback;
mod modern;
mod post;
mod progress;
mod questions;
mod routes;
mod sessions;
mod streams;
mod support;
