//! `cmdbus demo`: what the bus promises, shown with real processes.
//!
//! A bus in a temporary folder, workers and a caller, each a process of its own. Whatever is claimed is
//! checked; the first thing that does not happen ends the demo with exit code 1.

mod mail;
mod reach;
mod verbs;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use cmdbus::bus::{self, Address, Connect, client_config};
use cmdbus::prelude::*;
use cmdbus::registry::Config;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command as Process};
use tokio::sync::mpsc;

use crate::args::{Demo, DemoWorker, Global};
use crate::exit::{Error, Result};
use crate::{duration, env_vars, output};

/// Longest that any one step may take.
const STEP_LIMIT: Duration = Duration::from_secs(5);

/// What the caller asks of the worker `greeter`.
#[payload]
struct Greeting {
    name: String,
}

/// Told to everybody by the caller.
#[event("demo.bell")]
struct Bell {
    rings: u32,
}

/// The worker `text`, and the one that stands by for it.
struct Text;

#[command_service]
impl Text {
    #[command("demo.upper", description = "Turns a text into capitals")]
    async fn upper(&self, text: String) -> std::result::Result<String, CommandError> {
        Ok(text.to_uppercase())
    }

    #[command(
        "demo.slow",
        description = "Never answers; to be killed while it works"
    )]
    async fn slow(&self) -> std::result::Result<(), CommandError> {
        std::future::pending().await
    }
}

/// The worker `greeter`: serves one command with the help of another's.
struct Greeter {
    bus: cmdbus::WeakRegistry,
}

#[command_service]
impl Greeter {
    #[command("demo.greet", description = "Greets somebody, loudly")]
    async fn greet(&self, greeting: Greeting) -> std::result::Result<String, CommandError> {
        let bus = self
            .bus
            .upgrade()
            .ok_or(CommandError::ChannelDisconnected)?;
        let text = format!("hello, {}!", greeting.name);
        bus.execute::<text::Upper>(text).await
    }
}

/// Plays a worker until stdin ends, which it does with the demo, however that ends.
pub(crate) async fn worker(global: &Global, args: &DemoWorker) -> Result<u8> {
    let registry = CommandRegistry::new(client_config());
    let role = args.role.as_str();
    let heard = DynCommand::new(format!("demo.heard.{role}"), {
        let rings = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
        let count = rings.clone();
        let _for_good = registry.on::<Bell>(move |bell| {
            count.fetch_add(bell.rings, std::sync::atomic::Ordering::SeqCst);
        });
        move |(): ()| {
            let rings = rings.clone();
            async move { Ok(rings.load(std::sync::atomic::Ordering::SeqCst)) }
        }
    });
    registry.register_command(heard).await?;
    match role {
        // Registered before it is connected: whoever comes second stands by.
        "text" | "standby" => Text.register(&registry).await?,
        "greeter" => {
            let greeter = Greeter {
                bus: registry.downgrade(),
            };
            greeter.register(&registry).await?;
        }
        other => return Err(Error::usage(format!("there is no role `{other}`"))),
    }
    super::connection(global)?.join(&registry).await?;
    // They are all in one list, which the daemon may ask for only after it has answered this.
    let own = format!("demo.heard.{role}");
    while bus::describe(&registry, &own).await?.command.is_none() {}
    output::line("ready")?;
    let _ = tokio::io::stdin().read(&mut [0]).await;
    Ok(0)
}

pub(crate) async fn run(args: &Demo) -> Result<u8> {
    let begun = Instant::now();
    let mut told = Told {
        json: args.json,
        steps: Vec::new(),
    };
    told.say("cmdbus demo: a bus, its workers and a caller, each a process of its own\n")?;
    let result = story(&mut told).await;
    let total = begun.elapsed();
    if args.json {
        output::json(
            &json!({
                "ok": result.is_ok(),
                "error": result.as_ref().err().map(Error::message),
                "total_ms": millis(total),
                "steps": told.steps,
            }),
            false,
        )?;
    }
    result?;
    told.say(&format!(
        "\nAll of it happened, in {}. Nothing is left running.\n\
         Next: `cmdbus provide text.upper -- tr a-z A-Z` in one terminal, \
         `cmdbus call text.upper '\"hello\"'` in another.",
        duration::show(total)
    ))?;
    Ok(0)
}

async fn story(told: &mut Told) -> Result<()> {
    let home = tempfile::Builder::new()
        .prefix("cmdbus-demo-")
        .tempdir()
        .map_err(|error| Error::failure(format!("cannot make a temporary folder: {error}")))?;
    let home = home.path();

    let clock = Instant::now();
    let mut daemon = spawn(home, &["daemon", "--tied"])?;
    let socket = home.join("state/default/bus.sock");
    let address = Address::Unix(socket);
    let bus = CommandRegistry::new(Config {
        request_ttl: STEP_LIMIT,
        ..client_config()
    });
    join_when_there(&address, &bus).await?;
    told.step(
        clock.elapsed(),
        &format!("the bus runs (pid {})", pid(&daemon)),
    )?;

    let clock = Instant::now();
    let mut text = worker_process(home, "text").await?;
    let mut greeter = worker_process(home, "greeter").await?;
    told.step(
        clock.elapsed(),
        &format!(
            "two workers join: `text` (pid {}) and `greeter` (pid {})",
            pid(&text),
            pid(&greeter)
        ),
    )?;

    call_anything(told, &bus).await?;
    tell_everybody(told, &bus).await?;
    lose_a_worker(told, &bus, home, &mut text).await?;

    bus.dispose().await;
    for process in [&mut text, &mut greeter] {
        end(process).await?;
    }
    mail::mail(told, home, &mut daemon).await?;
    reach::reach(told, home).await?;

    let clock = Instant::now();
    end(&mut daemon).await?;
    told.step(clock.elapsed(), "everything is cleaned up")
}

/// A typed call to one worker, which calls the other one.
async fn call_anything(told: &mut Told, bus: &CommandRegistry) -> Result<()> {
    let clock = Instant::now();
    let greeting = Greeting {
        name: "world".to_owned(),
    };
    let answer = bus
        .execute::<greeter::Greet>(greeting)
        .await
        .map_err(|error| Error::failure(format!("the call of `demo.greet` failed: {error}")))?;
    let took = clock.elapsed();
    check(answer == "HELLO, WORLD!", || {
        format!("`demo.greet` answered `{answer}`")
    })?;
    told.step(
        took,
        &format!("a typed call, caller → bus → greeter → bus → text, and back: \"{answer}\""),
    )?;
    let clock = Instant::now();
    let wrong = bus.execute_dyn("demo.greet", json!({"name": 7})).await;
    let took = clock.elapsed();
    match wrong {
        Err(CommandError::InvalidRequest { message, .. }) => told.step(
            took,
            &format!("a request that does not fit is refused where it is decoded: {message}"),
        ),
        other => Err(unexpected("a request of the wrong type", &other)),
    }
}

/// An event that reaches every process.
async fn tell_everybody(told: &mut Told, bus: &CommandRegistry) -> Result<()> {
    let (sender, mut here) = mpsc::channel(2);
    let stop = bus.on::<Bell>(move |bell| {
        // Full only if the event came twice, which the count then shows.
        let _ = sender.try_send(bell.rings);
    });
    let clock = Instant::now();
    bus.emit(Bell { rings: 3 })?;
    let own = here.recv().await;
    stop();
    let again = here.try_recv().ok();
    let mut heard = Vec::new();
    for role in ["text", "greeter"] {
        // The bus keeps the order, so the event is there before this call.
        heard.push(
            bus.execute_dyn(&format!("demo.heard.{role}"), Value::Null)
                .await?,
        );
    }
    let took = clock.elapsed();
    let once = own == Some(3) && again.is_none() && heard == [json!(3), json!(3)];
    check(once, || {
        format!("the event was heard as {own:?}, {again:?} here and {heard:?} by the workers")
    })?;
    told.step(
        took,
        "one event, heard by the caller and by both workers, once each",
    )
}

/// A worker is killed while it works for the caller, and another takes over.
async fn lose_a_worker(
    told: &mut Told,
    bus: &CommandRegistry,
    home: &Path,
    text: &mut Child,
) -> Result<()> {
    let clock = Instant::now();
    let standby = worker_process(home, "standby").await?;
    told.step(
        clock.elapsed(),
        &format!(
            "a third worker (pid {}) offers the commands of `text` too, and stands by",
            pid(&standby)
        ),
    )?;
    let (begun, slow) = (Instant::now(), bus.execute_dyn("demo.slow", Value::Null));
    let mut slow = std::pin::pin!(slow);
    // Sent with the first poll. The answer to a later call over the same connection shows that the
    // worker has it.
    tokio::select! {
        biased;
        ended = &mut slow => return Err(unexpected("the slow call", &ended)),
        there = bus.execute_dyn("demo.heard.text", Value::Null) => {
            there?;
        }
    }
    let killed = Instant::now();
    text.start_kill()
        .map_err(|error| Error::failure(format!("cannot kill the worker: {error}")))?;
    let ended = slow.await;
    let (noticed, waited) = (killed.elapsed(), begun.elapsed());
    match ended {
        Err(CommandError::ChannelDisconnected) => {}
        other => return Err(unexpected("the call of the killed worker", &other)),
    }
    check(noticed < Duration::from_secs(1), || {
        format!(
            "the caller heard of it only after {}",
            duration::show(noticed)
        )
    })?;
    told.step(
        noticed,
        &format!(
            "`text` is killed with SIGKILL while a call waits for it: its caller gets `channel_disconnected` \
             at once, not after its time limit ({} in all)",
            duration::show(waited)
        ),
    )?;
    let clock = Instant::now();
    let answer = bus
        .execute::<text::Upper>("still here".to_owned())
        .await
        .map_err(|error| Error::failure(format!("nobody took over: {error}")))?;
    let took = clock.elapsed();
    check(answer == "STILL HERE", || {
        format!("`demo.upper` answered `{answer}`")
    })?;
    *text = standby;
    told.step(
        took,
        &format!("the next call is served by the one that stood by: \"{answer}\""),
    )
}

/// Prints the story as it goes, and keeps it.
struct Told {
    json: bool,
    steps: Vec<Value>,
}

impl Told {
    fn say(&self, text: &str) -> Result<()> {
        if self.json {
            return Ok(());
        }
        output::line(text)
    }

    fn step(&mut self, took: Duration, text: &str) -> Result<()> {
        self.steps.push(json!({"step": text, "ms": millis(took)}));
        self.say(&format!(
            "{:>9}  {}",
            duration::show(took),
            output::printable(text)
        ))
    }
}

fn millis(length: Duration) -> f64 {
    (length.as_secs_f64() * 1e6).round() / 1e3
}

fn check(holds: bool, else_what: impl FnOnce() -> String) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Error::failure(else_what()))
    }
}

fn unexpected(what: &str, got: &std::result::Result<Value, CommandError>) -> Error {
    match got {
        Ok(value) => Error::failure(format!("{what} ended with {value}")),
        Err(error) => Error::failure(format!("{what} ended with: {error}")),
    }
}

fn pid(process: &Child) -> u32 {
    process.id().unwrap_or(0)
}

/// Starts this program once more, on the demo's own bus. It ends when our end of its stdin does.
fn spawn(home: &Path, args: &[&str]) -> Result<Child> {
    command(home, args)?
        .spawn()
        .map_err(|error| Error::failure(format!("cannot start a process: {error}")))
}

/// Makes the command that starts this program once more, on the demo's own bus.
fn command(home: &Path, args: &[&str]) -> Result<Process> {
    let program = std::env::current_exe()
        .map_err(|error| Error::failure(format!("cannot find this program: {error}")))?;
    let mut command = Process::new(program);
    command
        .args(args)
        .env(env_vars::HOME, home)
        .env_remove(env_vars::PROFILE)
        .env_remove(env_vars::BUS)
        .env_remove(env_vars::CONFIG)
        .env_remove(env_vars::USER_DATA)
        .env_remove(env_vars::DISCOVERY_FILE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

async fn worker_process(home: &Path, role: &str) -> Result<Child> {
    let mut child = spawn(home, &["demo-worker", role, "--no-start"])?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        let mut stdout = BufReader::new(stdout);
        let _ = tokio::time::timeout(STEP_LIMIT, stdout.read_line(&mut line)).await;
    }
    check(line.trim_end() == "ready", || {
        format!("the worker `{role}` did not come up")
    })?;
    Ok(child)
}

async fn join_when_there(address: &Address, registry: &CommandRegistry) -> Result<()> {
    let deadline = Instant::now() + STEP_LIMIT;
    loop {
        match Connect::to(address.clone()).join(registry).await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > deadline => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
}

/// Lets a process go and waits for it.
async fn end(process: &mut Child) -> Result<()> {
    drop(process.stdin.take());
    match tokio::time::timeout(STEP_LIMIT, process.wait()).await {
        Ok(Ok(_)) => Ok(()),
        _ => Err(Error::failure(format!(
            "process {} does not end",
            pid(process)
        ))),
    }
}
