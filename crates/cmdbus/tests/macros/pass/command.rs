//! Commands in the shapes that people write, in a program that tolerates no warning.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]

use cmdbus::prelude::*;

/// A request.
#[payload]
#[derive(Debug)]
pub struct Pair {
    /// One half.
    pub left: i64,
    /// The other half.
    pub right: i64,
}

/// Adds.
#[command("math.add", description = "Adds")]
pub async fn add(Pair { left, right }: Pair) -> Result<i64, CommandError> {
    Ok(left + right)
}

#[cmdbus::command("private.one")]
async fn private_one(mut n: i64) -> std::result::Result<i64, cmdbus::CommandError> {
    n += 1;
    Ok(n)
}

#[command("void.unit")]
pub(crate) async fn unit(_: ()) -> Result<(), CommandError> {
    Ok(())
}

type Shorthand<T> = Result<T, CommandError>;

mod aliases {
    pub(super) type Result<T> = super::Shorthand<T>;
}

#[command("alias")]
async fn with_alias() -> aliases::Result<Vec<String>> {
    Ok(Vec::new())
}

#[command("static")]
async fn borrowed_for_ever() -> Result<&'static str, CommandError> {
    Ok("text")
}

// Names that must not collide with those of the expansion, and a raw identifier.
#[command("request")]
async fn request(request: String) -> Result<String, CommandError> {
    Ok(request)
}

#[command("registry")]
async fn registry() -> Result<(), CommandError> {
    Ok(())
}

#[command("raw")]
async fn r#move(r#type: String) -> Result<String, CommandError> {
    Ok(r#type)
}

#[command("_private.id")]
async fn _hidden() -> Result<(), CommandError> {
    Ok(())
}

// The generated items must vanish with the function.
#[command("absent")]
#[cfg(any())]
async fn absent(_: TypeOfAnotherPlatform) -> Result<(), CommandError> {
    Ok(())
}

macro_rules! answers {
    ($name:ident, $id:literal, $answer:ty) => {
        #[command($id)]
        async fn $name() -> Result<$answer, CommandError> {
            Ok(<$answer>::default())
        }
    };
}
answers!(zero, "answer.zero", u8);

mod inner {
    #![allow(non_snake_case)]
    // Nothing imported: the expansion names everything in full.
    #[cmdbus::command("inner.oddName")]
    pub(super) async fn oddName(value: Option<Box<u8>>) -> Result<u8, cmdbus::CommandError> {
        Ok(value.map_or(0, |value| *value))
    }
}

#[allow(non_camel_case_types)]
type Say = Private_oneCommand;

fn main() {
    fn is_command<C: Command>(_: C) -> &'static str {
        C::ID
    }
    assert_eq!(is_command(AddCommand), "math.add");
    assert_eq!(is_command(PrivateOneCommand), "private.one");
    assert_eq!(<Say as Command>::DESCRIPTION, None);
    assert_eq!(AddCommand::DESCRIPTION, Some("Adds"));
    assert_eq!(is_command(UnitCommand), "void.unit");
    assert_eq!(is_command(WithAliasCommand), "alias");
    assert_eq!(is_command(BorrowedForEverCommand), "static");
    assert_eq!(is_command(RequestCommand), "request");
    assert_eq!(is_command(RegistryCommand), "registry");
    assert_eq!(is_command(MoveCommand), "raw");
    assert_eq!(is_command(HiddenCommand), "_private.id");
    assert_eq!(is_command(ZeroCommand), "answer.zero");
    assert_eq!(is_command(inner::OddNameCommand), "inner.oddName");
    let _ = (
        register_add(&CommandRegistry::new(Config::default())),
        format!("{AddCommand:?}"),
    );
}
