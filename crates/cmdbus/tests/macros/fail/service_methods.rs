use cmdbus::prelude::*;

struct Receivers;

#[command_service]
impl Receivers {
    #[command("a.none")]
    async fn none() -> Result<(), CommandError> {
        Ok(())
    }

    #[command("a.value")]
    async fn value(self) -> Result<(), CommandError> {
        Ok(())
    }

    #[command("a.mutable")]
    async fn mutable(&mut self) -> Result<(), CommandError> {
        Ok(())
    }

    #[command("a.boxed")]
    async fn boxed(self: Box<Self>) -> Result<(), CommandError> {
        Ok(())
    }
}

struct SharedId;

#[command_service]
impl SharedId {
    #[command("a.b")]
    async fn first(&self) -> Result<(), CommandError> {
        Ok(())
    }

    #[command("a.c")]
    async fn between(&self) -> Result<(), CommandError> {
        Ok(())
    }

    #[command("a.b")]
    async fn second(&self) -> Result<(), CommandError> {
        Ok(())
    }
}

struct SameRules;

// The rules of `#[command]` hold here too, and every fault is reported.
#[command_service]
impl SameRules {
    #[command]
    async fn id_missing_without_parentheses(&self) -> Result<(), CommandError> {
        Ok(())
    }

    #[command = "a.b"]
    async fn id_after_an_equals_sign(&self) -> Result<(), CommandError> {
        Ok(())
    }

    #[command("")]
    async fn id_empty(&self) -> Result<(), CommandError> {
        Ok(())
    }

    #[cmdbus::command("a.b", summary = "text")]
    async fn unknown_argument(&self) -> Result<(), CommandError> {
        Ok(())
    }

    #[command("a.c")]
    fn not_async(&self) -> Result<(), CommandError> {
        Ok(())
    }

    #[command("a.d")]
    async fn two_arguments(&self, a: String, b: String) -> Result<String, CommandError> {
        Ok(a + &b)
    }

    #[command("a.e")]
    async fn returns_no_result(&self) -> String {
        String::new()
    }

    #[command("a.f")]
    #[command("a.g")]
    async fn two_commands(&self) -> Result<(), CommandError> {
        Ok(())
    }

    async fn register(&self) {}
}

fn main() {}
