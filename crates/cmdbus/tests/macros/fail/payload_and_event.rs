use cmdbus::prelude::*;

#[event]
struct IdMissingWithoutParentheses;

#[event()]
struct IdMissing;

#[event(42)]
struct IdNotAString;

#[event("")]
struct IdEmpty;

#[event("a.b", description = "text")]
struct EventArguments;

#[event("a.b")]
fn not_a_type() {}

#[payload("a.b")]
struct PayloadArguments;

#[payload(rename_all = "camelCase")]
enum PayloadArgumentsOnEnum {
    A,
}

#[payload]
union NotSupported {
    a: u8,
}

fn main() {}
