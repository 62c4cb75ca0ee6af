//! A daemon that has nothing to do, and one that has just been started.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Target;
use crate::parts::Bench;
use crate::table::{Column, Kind, Line};
use crate::{Result, machine};

/// How long what was begun may take to end before it is watched, and how long that is.
const SETTLE: Duration = Duration::from_secs(2);
const WATCHED: Duration = Duration::from_secs(10);
/// Between two tries to connect to what has just been started.
const PAUSE: Duration = Duration::from_micros(100);
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn run(bench: &mut Bench) -> Result {
    if bench.wants("idle/memory") || bench.wants("idle/wakeups") {
        idle(bench).await?;
    }
    if bench.wants("start") {
        start(bench).await?;
    }
    Ok(())
}

/// What processes that do nothing are seen to do.
#[derive(Default)]
struct Watched {
    memory: Vec<f64>,
    switches: Vec<f64>,
    busy: Vec<f64>,
}

impl Watched {
    async fn watch(&mut self, pid: u32) -> Result {
        tokio::time::sleep(SETTLE).await;
        let (switches, cpu) = (machine::switches(pid)?, machine::processor(pid)?);
        tokio::time::sleep(WATCHED).await;
        self.memory.push(machine::resident(pid)? / 1024.0);
        self.switches.push(machine::switches(pid)? - switches);
        let busy = (machine::processor(pid)? - cpu) / WATCHED.as_secs_f64();
        self.busy.push(busy * 100.0);
        Ok(())
    }
}

async fn idle(bench: &mut Bench) -> Result {
    bench.figures().part("idle")?;
    let home = bench.home("idle").await?;
    let nats = bench.nats();
    let (mut ours, mut theirs) = (Watched::default(), Watched::default());
    // They do not disturb each other, and they take their time.
    for _ in 0..bench.reps().min(3) {
        let (daemon, _) = home.start().await?;
        let server = match &nats {
            Some(program) => Some(Started::nats(program, &bench.sub("nats")?)?),
            None => None,
        };
        ours.watch(daemon.pid()).await?;
        if let Some(server) = &server {
            theirs.watch(server.process.id()).await?;
        }
        daemon.stop().await?;
    }
    line(
        bench,
        "idle/memory",
        "resident memory of an idle daemon",
        "MiB",
        12.0,
        [&ours.memory, &theirs.memory],
    )?;
    line(
        bench,
        "idle/wakeups",
        "wake-ups of an idle daemon in 10 s",
        "",
        1.0,
        [&ours.switches, &theirs.switches],
    )?;
    line(
        bench,
        "idle/busy",
        "processor of an idle daemon",
        "%",
        0.06,
        [&ours.busy, &theirs.busy],
    )
}

/// Starts them in turn, and asks each as soon as it can be asked.
async fn start(bench: &mut Bench) -> Result {
    bench.figures().part("start")?;
    let home = bench.home("start").await?;
    // What is only made once is not measured.
    home.start().await?.0.stop().await?;
    let nats = bench.nats();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..bench.reps().max(5) {
        let (started, took) = Started::daemon(home.program(), home.folder(), &home.socket())?;
        ours.push(took.as_secs_f64() * 1e3);
        started.stop()?;
        if let Some(program) = &nats {
            let (folder, begun) = (bench.sub("nats")?, Instant::now());
            let started = Started::nats(program, &folder)?;
            theirs.push(begun.elapsed().as_secs_f64() * 1e3);
            drop(started);
        }
    }
    line(
        bench,
        "start",
        "start of a daemon to the first answered call",
        "ms",
        15.0,
        [&ours, &theirs],
    )
}

/// Prints a row whose figures are known, and adds it to the table.
fn line(
    bench: &mut Bench,
    slug: &'static str,
    name: &'static str,
    unit: &'static str,
    below: f64,
    values: [&[f64]; 2],
) -> Result {
    let figures = bench.figures();
    figures.note(name)?;
    let ours = figures.median("cmdbus", unit, values[0])?;
    let column = |kind, name: &str, median, ratio, target| Column {
        name: name.to_owned(),
        kind,
        target,
        median,
        p99: None,
        cpu: None,
        ratio,
        errors: 0,
    };
    let mut columns = vec![column(
        Kind::Ours,
        "cmdbus",
        ours,
        1.0,
        Some(Target::Below(below)),
    )];
    if values[1].is_empty() {
        bench.skip("nats-server", "there is none")?;
    } else {
        let theirs = bench.figures().median("nats-server", unit, values[1])?;
        columns.push(column(
            Kind::Peer,
            "nats-server",
            theirs,
            ours / theirs,
            None,
        ));
    }
    bench.table().add(Line {
        slug,
        name,
        unit,
        columns,
        either: false,
    });
    Ok(())
}

/// A program that has answered. Dropped, it is killed.
struct Started {
    process: Child,
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Started {
    /// Starts a daemon. Returns how long it took until it answered a call.
    fn daemon(program: &Path, home: &Path, socket: &Path) -> Result<(Self, Duration)> {
        const ID: &str = "9b2f6a0e-6f0f-4f53-8a0b-0d5d4d7f2c11";
        let begun = Instant::now();
        let mut command = Command::new(program);
        command.args(["daemon", "--tied"]).env("CMDBUS_HOME", home);
        let started = Self::spawn(command.stdin(Stdio::piped()))?;
        let mut stream = connect(|| UnixStream::connect(socket))?;
        let call = format!(
            "{{\"type\":\"execute.command.request\",\"id\":\"{ID}\",\"commandId\":\"_cmdbus.status\"}}\n"
        );
        stream.write_all(call.as_bytes())?;
        for line in BufReader::new(stream).lines() {
            let line = line?;
            if line.contains(ID) && line.contains("\"ok\":true") {
                return Ok((started, begun.elapsed()));
            }
        }
        Err("the daemon does not answer".into())
    }

    /// Starts a NATS server, and waits until it answers a ping.
    fn nats(program: &Path, folder: &Path) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let mut command = Command::new(program);
        command.args(["-a", "127.0.0.1", "-p", &port.to_string()]);
        let started = Self::spawn(command.current_dir(folder).stdin(Stdio::null()))?;
        let mut stream = connect(|| TcpStream::connect(("127.0.0.1", port)))?;
        stream.write_all(b"CONNECT {\"verbose\":false}\r\nPING\r\n")?;
        let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
        while !heard.windows(4).any(|part| part == b"PONG") {
            match stream.read(&mut buffer)? {
                0 => return Err("nats-server does not answer".into()),
                count => heard.extend_from_slice(&buffer[..count]),
            }
        }
        Ok(started)
    }

    fn spawn(command: &mut Command) -> Result<Self> {
        let process = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { process })
    }

    /// Ends a daemon in order.
    fn stop(mut self) -> Result {
        drop(self.process.stdin.take());
        self.process.wait()?;
        Ok(())
    }
}

/// Connects as soon as somebody listens.
fn connect<T>(mut connect: impl FnMut() -> std::io::Result<T>) -> Result<T> {
    let begun = Instant::now();
    loop {
        match connect() {
            Ok(stream) => return Ok(stream),
            Err(error)
                if begun.elapsed() < PATIENCE
                    && matches!(
                        error.kind(),
                        ErrorKind::NotFound | ErrorKind::ConnectionRefused
                    ) =>
            {
                std::thread::sleep(PAUSE);
            }
            Err(error) => return Err(error.into()),
        }
    }
}
