use cmdbus::prelude::*;

struct WithArguments;

#[command_service("math")]
impl WithArguments {
    #[command("a.b")]
    async fn a(&self) -> Result<(), CommandError> {
        Ok(())
    }
}

struct OfTrait;

trait Greet {
    fn greet(&self);
}

#[command_service]
impl Greet for OfTrait {
    fn greet(&self) {}
}

struct Generic<T>(T);

#[command_service]
impl<T: Send + Sync + 'static> Generic<T> {
    #[command("a.b")]
    async fn a(&self) -> Result<(), CommandError> {
        Ok(())
    }
}

#[command_service]
impl dyn Greet {
    #[command("a.b")]
    async fn a(&self) -> Result<(), CommandError> {
        Ok(())
    }
}

struct NothingTagged;

#[command_service]
impl NothingTagged {
    async fn a(&self) -> Result<(), CommandError> {
        Ok(())
    }
}

#[command_service]
struct NotABlock;

fn main() {}
