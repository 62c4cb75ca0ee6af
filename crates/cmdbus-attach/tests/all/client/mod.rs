//! The attaching client against the real attach server and gateway, over loopback.

mod lifecycle;
mod resume;
mod support;
