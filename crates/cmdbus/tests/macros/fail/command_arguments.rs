use cmdbus::prelude::*;

#[command]
async fn id_missing_without_parentheses() -> Result<(), CommandError> {
    Ok(())
}

#[command()]
async fn id_missing() -> Result<(), CommandError> {
    Ok(())
}

#[command(description = "text")]
async fn description_instead_of_id() -> Result<(), CommandError> {
    Ok(())
}

#[command(42)]
async fn id_not_a_string() -> Result<(), CommandError> {
    Ok(())
}

const ID: &str = "some.id";

#[command(ID)]
async fn id_not_a_literal() -> Result<(), CommandError> {
    Ok(())
}

#[command("")]
async fn id_empty() -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b", summary = "text")]
async fn unknown_argument() -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b", "text")]
async fn argument_without_name() -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b", description = 42)]
async fn description_not_a_string() -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b", description = "one", description = "two")]
async fn description_twice() -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b", graceful, description = "text", graceful)]
async fn graceful_twice() -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b", graceful = true)]
async fn graceful_with_a_value() -> Result<(), CommandError> {
    Ok(())
}

#[command("a.b", stream(32))]
async fn stream_with_a_value() -> Result<(), CommandError> {
    Ok(())
}

fn main() {}
