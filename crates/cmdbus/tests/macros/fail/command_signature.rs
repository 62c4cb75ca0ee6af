use cmdbus::prelude::*;

#[command("a.b")]
fn not_async() -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b")]
async fn two_arguments(a: String, b: String) -> Result<String, CommandError> {
    Ok(a + &b)
}

#[command("a.b")]
async fn borrowed_argument(a: &str) -> Result<String, CommandError> {
    Ok(a.to_owned())
}

#[command("a.b")]
async fn no_return_type() {}

#[command("a.b")]
async fn returns_no_result() -> Option<String> {
    None
}

type Result0 = Result<(), CommandError>;

#[command("a.b")]
async fn returns_an_alias() -> Result0 {
    Ok(())
}

mod own {
    pub type Result = std::result::Result<(), cmdbus::CommandError>;
}

#[command("a.b")]
async fn returns_result_without_generics() -> own::Result {
    Ok(())
}

#[command("a.b")]
async fn generic<T>(a: T) -> Result<T, CommandError> {
    Ok(a)
}

#[command("a.b")]
async unsafe fn not_safe() -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b")]
async fn two_arguments_and_a_context(
    a: String,
    b: String,
    _: CallContext,
) -> Result<String, CommandError> {
    Ok(a + &b)
}

#[command("a.b")]
async fn context_first(_: CallContext, a: String) -> Result<String, CommandError> {
    Ok(a)
}

#[command("a.b")]
async fn two_contexts(_: CallContext, _: cmdbus::CallContext) -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b")]
async fn borrowed_context(_: &CallContext) -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b")]
struct NotAFunction;

struct Host;

impl Host {
    #[command("a.b")]
    async fn no_service_around(&self) -> Result<(), CommandError> {
        Ok(())
    }
}

fn main() {}
