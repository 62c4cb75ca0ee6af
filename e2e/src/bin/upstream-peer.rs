//! A process of the upstream crate on the bus at the socket given: serves `upstream.reverse` and `upstream.hang`,
//! says `ready`, and prints the id of every event `text.said` that it hears.

use std::sync::Arc;

use cmdbus_e2e::UpstreamLines;
use coralstack_cmd_ipc::serde_json::Value;
use coralstack_cmd_ipc::{CommandError, CommandRegistry, Config, DynCommand};
use tokio::net::UnixStream;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let socket = std::env::args().nth(1).ok_or("no socket given")?;
    let registry = CommandRegistry::new(Config {
        id: Some("upstream".to_owned()),
        router_channel: Some("bus".to_owned()),
        ..Config::default()
    });
    let _for_good = registry.on_dyn("text.said", |payload: Value| println!("heard {payload}"));
    let stream = UnixStream::connect(socket).await?;
    let channel = Arc::new(UpstreamLines::new("bus", stream));
    let driver = tokio::spawn(registry.register_channel(channel).await?);
    let reverse = DynCommand::new("upstream.reverse", |text: String| async move {
        Ok::<_, CommandError>(text.chars().rev().collect::<String>())
    });
    registry.register_command(reverse).await?;
    let hang = DynCommand::new("upstream.hang", |_: Value| {
        std::future::pending::<Result<Value, CommandError>>()
    });
    registry.register_command(hang).await?;
    println!("ready");
    driver.await?;
    Ok(())
}
