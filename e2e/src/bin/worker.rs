//! A service whose command takes its time: `work.rust` says that it is half done, and waits until nobody wants it any more. Prints
//! `begun` and `dropped` when it does.

use cmdbus::CallContext;
use cmdbus::prelude::*;

struct Worker;

/// Says when the work is given up.
struct Work;

impl Drop for Work {
    fn drop(&mut self) {
        println!("dropped");
    }
}

#[command_service]
impl Worker {
    #[command("work.rust", description = "Waits until it is cancelled")]
    async fn work(&self, call: CallContext) -> Result<(), CommandError> {
        println!("begun");
        let _work = Work;
        call.progress(0.5, 1.0, "half");
        std::future::pending().await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bus = cmdbus::connect().await?;
    Worker.register(&bus).await?;
    println!("ready");
    std::future::pending().await
}
