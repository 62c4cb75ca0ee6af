//! Payloads and events in the shapes that people write, in a program that tolerates no warning.

#![deny(warnings, missing_docs, unreachable_pub)]

use cmdbus::prelude::*;
use cmdbus::schemars::JsonSchema;
use cmdbus::serde::{Deserialize, Serialize};

/// Below a derive of the user and with attributes of both crates.
#[payload]
#[derive(Debug, Clone, Default, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(description = "a payload")]
pub struct Plain {
    /// A field.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub some_field: u8,
}

/// All derives are the user's own.
#[payload]
#[derive(Serialize, cmdbus::serde::Deserialize, JsonSchema)]
#[serde(crate = "cmdbus::serde")]
#[schemars(crate = "cmdbus::schemars")]
pub struct Own;

/// One derive is the user's own.
#[payload]
#[derive(Deserialize)]
pub struct Half(pub u8);

/// Generic, as a payload and as an event.
#[event("generic")]
#[payload]
pub struct Generic<T, const N: usize>
where
    T: Clone,
{
    /// A field.
    pub value: Vec<T>,
}

/// An enum in serde's tagged form.
#[event("tagged")]
#[serde(tag = "kind")]
pub enum Tagged {
    /// A variant.
    A,
    /// A variant.
    B {
        /// A field.
        b: u8,
    },
}

/// Absent as a whole.
#[event("absent")]
#[cfg(any())]
pub struct Absent(TypeOfAnotherPlatform);

fn main() {
    fn is_payload<T: Serialize + for<'de> Deserialize<'de> + JsonSchema>() {}
    is_payload::<Plain>();
    is_payload::<Own>();
    is_payload::<Half>();
    is_payload::<Generic<u8, 1>>();
    is_payload::<Tagged>();
    assert_eq!(<Generic<u8, 1> as Event>::ID, "generic");
    assert_eq!(Tagged::ID, "tagged");
}
