//! Figures, printed as medians with their spread. Nothing here passes or fails.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use cmdbus::bus::{Address, Connect, client_config};
use cmdbus::prelude::*;
use serde_json::{Value, json};
use tokio::process::{Child, Command as Process};

type Outcome = Result<(), Box<dyn Error>>;

pub(crate) fn run(part: &str) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    if "pending".contains(part) {
        // On one thread, so that what is measured is the work and not the waking of threads.
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(pending())?;
    }
    runtime.block_on(async {
        if "timeout".contains(part) {
            timeout().await?;
        }
        if "killed".contains(part) {
            killed().await?;
        }
        if "cancel".contains(part) {
            cancel().await?;
        }
        if "stream".contains(part) {
            stream().await?;
        }
        if "large".contains(part) {
            large().await?;
        }
        if "idle".contains(part) {
            idle().await?;
        }
        if "restart".contains(part) {
            restart().await?;
        }
        Ok(())
    })
}

fn report(name: &str, unit: &str, mut figures: Vec<f64>) {
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
    println!(
        "{name:52} median {:>9.2} {unit}   p10 {:.2}, p90 {:.2}, n {}",
        at(0.5),
        at(0.1),
        at(0.9),
        figures.len()
    );
}

/// Two registries in memory, joined and driven.
async fn pair() -> Result<(CommandRegistry, CommandRegistry), Box<dyn Error>> {
    let (a, b) = (
        CommandRegistry::new(client_config()),
        CommandRegistry::new(Config::default()),
    );
    let (to_b, to_a) = InMemoryChannel::pair("hub", "a");
    let drive_b = b.register_channel(to_a).await?;
    tokio::spawn(drive_b);
    let drive_a = a.register_channel(to_b).await?;
    tokio::spawn(drive_a);
    Ok((a, b))
}

/// What one call costs while many others wait, on the same pair of registries.
async fn pending() -> Outcome {
    let (caller, callee) = pair().await?;
    let echo = DynCommand::new("echo", |value: Value| async move { Ok(value) });
    callee.register_command(echo).await?;
    let waiting = CommandRegistry::new(Config {
        max_in_flight_per_channel: 0,
        ..Config::default()
    });
    let never = DynCommand::new("never", |(): ()| {
        std::future::pending::<Result<(), CommandError>>()
    });
    waiting.register_command(never).await?;
    let (to_caller, to_waiting) = InMemoryChannel::pair("a", "waiting");
    let drive_waiting = waiting.register_channel(to_caller).await?;
    tokio::spawn(drive_waiting);
    let drive_caller = caller.register_channel(to_waiting).await?;
    tokio::spawn(drive_caller);
    while caller.describe_command("never").is_none() {
        tokio::task::yield_now().await;
    }

    async fn batch(caller: &CommandRegistry) -> Result<f64, CommandError> {
        const CALLS: u32 = 2000;
        let clock = Instant::now();
        for n in 0..CALLS {
            caller.execute_dyn("echo", json!(n)).await?;
        }
        Ok(clock.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS))
    }
    batch(&caller).await?;
    let mut ratios = Vec::new();
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let alone = batch(&caller).await?;
        let calls: Vec<_> = (0..50_000)
            .map(|_| {
                let caller = caller.clone();
                tokio::spawn(async move { caller.execute_dyn("never", Value::Null).await })
            })
            .collect();
        // All of them at the callee too.
        while waiting.load().running < 50_000 {
            tokio::task::yield_now().await;
        }
        let beside = batch(&caller).await?;
        for call in &calls {
            call.abort();
        }
        while caller.load().outstanding + waiting.load().running > 0 {
            tokio::task::yield_now().await;
        }
        without.push(alone);
        with.push(beside);
        ratios.push(beside / alone);
    }
    report("call in memory, nothing pending", "µs", without);
    report("call in memory, 50 000 pending", "µs", with);
    report("  ratio", "x ", ratios);
    Ok(())
}

/// How late a time limit fires on an idle bus.
async fn timeout() -> Outcome {
    let bus = Bus::start().await?;
    let provider = bus.client(Duration::from_secs(30)).await?;
    let never = DynCommand::new("never", |(): ()| {
        std::future::pending::<Result<(), CommandError>>()
    });
    provider.register_command(never).await?;
    let mut late = Vec::new();
    for _ in 0..20 {
        let limit = Duration::from_millis(200);
        let caller = bus.client(limit).await?;
        let clock = Instant::now();
        let ended = caller.execute_dyn("never", Value::Null).await;
        if !matches!(ended, Err(CommandError::Timeout)) {
            return Err(format!("ended with {ended:?}").into());
        }
        late.push((clock.elapsed().as_secs_f64() - limit.as_secs_f64()) * 1e3);
        caller.dispose().await;
    }
    report("time limit of 200 ms fires late by", "ms", late);
    bus.stop().await
}

/// From SIGKILL of a provider to the error at its caller.
async fn killed() -> Outcome {
    let bus = Bus::start().await?;
    let caller = bus.client(Duration::from_secs(30)).await?;
    let mut noticed = Vec::new();
    for _ in 0..20 {
        let mut provider = bus.spawn(&["provide", "slow", "--", "sleep", "60"])?;
        eventually(async || {
            cmdbus::bus::describe(&caller, "slow")
                .await
                .is_ok_and(|d| d.command.is_some())
        })
        .await?;
        let call = {
            let caller = caller.clone();
            tokio::spawn(async move { caller.execute_dyn("slow", Value::Null).await })
        };
        eventually(async || {
            cmdbus::bus::status(&caller)
                .await
                .is_ok_and(|status| status["calls_open"] == 1)
        })
        .await?;
        let clock = Instant::now();
        provider.start_kill()?;
        let ended = call.await?;
        noticed.push(clock.elapsed().as_secs_f64() * 1e3);
        if !matches!(ended, Err(CommandError::ChannelDisconnected)) {
            return Err(format!("ended with {ended:?}").into());
        }
        provider.wait().await?;
        // What the killed provider had started is not ours to know; it ends by itself.
    }
    report("provider killed, caller hears after", "ms", noticed);
    bus.stop().await
}

/// From giving a call up to the end of its handler, in another process, through the daemon.
async fn cancel() -> Outcome {
    struct Tell(tokio::sync::mpsc::UnboundedSender<Instant>);

    impl Drop for Tell {
        fn drop(&mut self) {
            let _ = self.0.send(Instant::now());
        }
    }

    let bus = Bus::start().await?;
    let provider = bus.client(Duration::from_secs(30)).await?;
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let (ended, mut ends) = tokio::sync::mpsc::unbounded_channel();
    let slow = DynCommand::new("slow", move |_: Value| {
        let (begun, tell) = (begun.clone(), Tell(ended.clone()));
        async move {
            let _tell = tell;
            let _ = begun.send(());
            std::future::pending::<Result<Value, CommandError>>().await
        }
    });
    provider.register_command(slow).await?;
    let caller = bus.client(Duration::from_secs(30)).await?;
    let mut took = Vec::new();
    for _ in 0..1000 {
        let (handle, future) = caller.call_dyn("slow", Value::Null).handle();
        begins.recv().await.ok_or("the handler never began")?;
        let clock = Instant::now();
        handle.cancel();
        drop(future);
        let end = ends.recv().await.ok_or("the handler never ended")?;
        took.push(end.duration_since(clock).as_secs_f64() * 1e6);
    }
    report("call given up, handler gone after", "µs", took);
    bus.stop().await
}

/// Items of 64 bytes through the daemon, with the credit that is given unless said otherwise.
async fn stream() -> Outcome {
    const ITEMS: usize = 20_000;
    let bus = Bus::start().await?;
    let provider = bus.client(Duration::from_secs(30)).await?;
    let item = "x".repeat(62);
    let items = DynCommand::streaming("items", move |count: usize| {
        futures_util::stream::iter(std::iter::repeat_n(item.clone(), count).map(Ok))
    });
    provider.register_command(items).await?;
    let caller = bus.client(Duration::from_secs(30)).await?;
    let mut rates = Vec::new();
    for _ in 0..7 {
        let clock = Instant::now();
        let mut items = caller.call_dyn("items", json!(ITEMS)).stream();
        let mut count = 0;
        while let Some(item) = futures_util::StreamExt::next(&mut items).await {
            item?;
            count += 1;
        }
        if count != ITEMS {
            return Err(format!("{count} items came").into());
        }
        rates.push(ITEMS as f64 / clock.elapsed().as_secs_f64() / 1e3);
    }
    report("64-byte items through the daemon, one stream", "k/s", rates);
    bus.stop().await
}

/// Payloads of 1 MiB through the daemon.
async fn large() -> Outcome {
    let bus = Bus::start().await?;
    let provider = bus.client(Duration::from_secs(30)).await?;
    let echo = DynCommand::new("echo", |text: String| async move { Ok(text) });
    provider.register_command(echo).await?;
    let caller = bus.client(Duration::from_secs(30)).await?;
    let text = Value::from("x".repeat(1 << 20));
    let mut took = Vec::new();
    for _ in 0..50 {
        let clock = Instant::now();
        caller.execute_dyn("echo", text.clone()).await?;
        took.push(clock.elapsed().as_secs_f64() * 1e3);
    }
    report("1 MiB there and back through the daemon", "ms", took);
    bus.stop().await
}

/// What a daemon costs when nothing happens.
async fn idle() -> Outcome {
    let bus = Bus::start().await?;
    let client = bus.client(Duration::from_secs(30)).await?;
    cmdbus::bus::status(&client).await?;
    let pid = bus.pid();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = switches(pid)?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let after = switches(pid)?;
    println!(
        "{:52} {} kB resident, {} context switches in 10 s",
        "idle daemon with one client",
        resident(pid)?,
        after - before
    );
    bus.stop().await
}

/// From a killed daemon's successor to the first answered call.
async fn restart() -> Outcome {
    let mut bus = Bus::start().await?;
    let service = bus.client(Duration::from_secs(30)).await?;
    let echo = DynCommand::new("echo", |value: Value| async move { Ok(value) });
    service.register_command(echo).await?;
    let mut took = Vec::new();
    for _ in 0..10 {
        bus.daemon.start_kill()?;
        bus.daemon.wait().await?;
        let clock = Instant::now();
        bus.daemon = spawn(&bus.home(), &["daemon", "--tied"])?;
        let caller = bus.client(Duration::from_secs(30)).await?;
        eventually(async || caller.execute_dyn("echo", json!(1)).await.is_ok()).await?;
        took.push(clock.elapsed().as_secs_f64() * 1e3);
        caller.dispose().await;
    }
    report("daemon killed: new one to first answer", "ms", took);
    bus.stop().await
}

/// A daemon of its own in a temporary folder.
struct Bus {
    home: tempfile::TempDir,
    daemon: Child,
}

impl Bus {
    async fn start() -> Result<Self, Box<dyn Error>> {
        let home = tempfile::Builder::new()
            .prefix("cmdbus-measure-")
            .tempdir()?;
        let daemon = spawn(home.path(), &["daemon", "--tied"])?;
        Ok(Self { home, daemon })
    }

    fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    fn pid(&self) -> u32 {
        self.daemon.id().unwrap_or(0)
    }

    fn spawn(&self, args: &[&str]) -> std::io::Result<Child> {
        spawn(self.home.path(), args)
    }

    async fn client(&self, limit: Duration) -> Result<CommandRegistry, Box<dyn Error>> {
        let registry = CommandRegistry::new(Config {
            request_ttl: limit,
            ..client_config()
        });
        let address = Address::Unix(self.home.path().join("state/default/bus.sock"));
        eventually(async || Connect::to(address.clone()).join(&registry).await.is_ok()).await?;
        Ok(registry)
    }

    async fn stop(mut self) -> Outcome {
        drop(self.daemon.stdin.take());
        self.daemon.wait().await?;
        Ok(())
    }
}

fn spawn(home: &Path, args: &[&str]) -> std::io::Result<Child> {
    Process::new(program())
        .args(args)
        .env("CMDBUS_HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// The program beside this one, built with the same profile.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.with_file_name("cmdbus")
}

async fn eventually(holds: impl AsyncFn() -> bool) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds().await {
        if Instant::now() > deadline {
            return Err("waited 10 s in vain".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

fn switches(pid: u32) -> Result<u64, Box<dyn Error>> {
    let mut sum = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let status = std::fs::read_to_string(task?.path().join("status"))?;
        sum += status
            .lines()
            .filter(|line| line.contains("ctxt_switches"))
            .filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok())
            .sum::<u64>();
    }
    Ok(sum)
}

fn resident(pid: u32) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kilobytes = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    Ok(kilobytes.unwrap_or(0))
}
