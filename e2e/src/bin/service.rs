//! A service as users write it: joins the bus with `connect`, serves `service.add` and `service.text`, and stays.
//! Says `ready` when its commands can be called.

use cmdbus::prelude::*;

struct Service;

#[payload]
struct Numbers {
    a: i64,
    b: i64,
}

#[command_service]
impl Service {
    #[command("service.add", description = "Adds two numbers")]
    async fn add(&self, numbers: Numbers) -> Result<i64, CommandError> {
        Ok(numbers.a + numbers.b)
    }

    #[command("service.text")]
    async fn text(&self) -> Result<String, CommandError> {
        Ok("a text".to_owned())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bus = cmdbus::connect().await?;
    Service.register(&bus).await?;
    println!("ready");
    std::future::pending().await
}
