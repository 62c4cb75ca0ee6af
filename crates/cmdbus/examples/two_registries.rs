//! A service and its caller, joined in memory: `cargo run -p cmdbus --example two_registries`.

use cmdbus::prelude::*;
use futures_executor::block_on;

#[command("text.shout", description = "Says it louder")]
async fn shout(text: String) -> Result<String, CommandError> {
    Ok(format!("{}!", text.to_uppercase()))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = CommandRegistry::new(Config::default());
    // What the caller does not know itself, it asks the service for.
    let caller = CommandRegistry::new(Config {
        router_channel: Some("service".into()),
        ..Config::default()
    });
    // Each half is named after the registry it leads to.
    let (to_service, to_caller) = InMemoryChannel::pair("service", "caller");
    for driver in [
        block_on(service.register_channel(to_caller))?,
        block_on(caller.register_channel(to_service))?,
    ] {
        // Any executor will do; here each driver has a thread.
        std::thread::spawn(move || block_on(driver));
    }
    block_on(async {
        register_shout(&service).await?;
        println!("{}", caller.execute::<ShoutCommand>("hello".into()).await?);
        service.dispose().await;
        Ok(())
    })
}
