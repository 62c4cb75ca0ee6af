//! Programs at work for callers: one process, in a group of its own, per call.
//!
//! A process has two sides. [`Process`] is the caller's: it reads what the program prints, and is dropped
//! when nobody wants more of it. [`Keeper`] is a task of its own that sees to the end of the group, whoever
//! asks for it and whether or not anybody reads.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cmdbus::{CallContext, CommandError};
use cmdbus_mcp::upstream::stdio::group::{End, Group};
use futures_util::stream::{self, Stream};
use rustix::io::ioctl_fionread;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::env_vars;

/// Between asking a process group to end and ending it.
const GRACE: Duration = Duration::from_secs(5);
/// How much of a failed program's stderr its caller gets to see.
const STDERR_TAIL: usize = 4 << 10;
/// Longest result, or item of one, that is taken from a program.
const RESULT_LIMIT: usize = 15 << 20;
/// How long output is still read after the program has ended, in case something it left behind holds on to it.
const AFTER_EXIT: Duration = Duration::from_millis(500);
/// How long what a program has left behind is left alone at most. Longer than its output is read, so that
/// nothing that is said on being asked to end gets into a result.
const LEFT_ALONE: Duration = Duration::from_secs(1);
/// What a line of stderr begins with that is a report of progress.
const PROGRESS: &[u8] = b"@progress ";

type CallResult<T> = Result<T, CommandError>;

/// A program that serves a command.
pub(super) struct Programs {
    id: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    timeout: Option<Duration>,
    concurrency: u32,
    /// One permit for each process that may run, taken until its group is gone.
    slots: Arc<Semaphore>,
    /// Whether all of them are to end.
    ending: watch::Sender<bool>,
}

impl Programs {
    pub(super) fn new(
        id: String,
        program: PathBuf,
        arguments: Vec<OsString>,
        timeout: Option<Duration>,
        concurrency: u32,
    ) -> Self {
        Self {
            id,
            program,
            arguments,
            timeout,
            concurrency,
            slots: Arc::new(Semaphore::new(concurrency as usize)),
            ending: watch::Sender::new(false),
        }
    }

    /// Runs the program and returns what it printed. Dropped, the future has it ended.
    pub(super) async fn call(self: Arc<Self>, request: Value) -> CallResult<Value> {
        let mut process = Process::start(self, request).await?;
        let mut out = Vec::new();
        process
            .in_time(async |process| {
                while let Some(chunk) = process.read().await? {
                    // What is too much is read and dropped, so that the program can come to its end.
                    let room = (RESULT_LIMIT + 1).saturating_sub(out.len());
                    out.extend_from_slice(&chunk[..chunk.len().min(room)]);
                }
                process.succeeded().await
            })
            .await?;
        let programs = &process.programs;
        if out.len() > RESULT_LIMIT {
            return Err(programs.error(format!("the result is longer than {RESULT_LIMIT} bytes")));
        }
        if out.is_empty() {
            return Ok(Value::Null);
        }
        value(out).map_err(|message| programs.error(message))
    }

    /// Runs the program and returns each line that it prints. It waits where it is while nobody takes
    /// them, as far as its pipe is long. Dropped, the stream has it ended.
    pub(super) fn lines(self: Arc<Self>, request: Value) -> impl Stream<Item = CallResult<Value>> {
        enum State {
            New(Arc<Programs>, Value),
            Running(Box<Process>),
        }
        stream::try_unfold(State::New(self, request), async |state| {
            let mut process = match state {
                State::New(programs, request) => Box::new(Process::start(programs, request).await?),
                State::Running(process) => process,
            };
            let line = process
                .in_time(async |process| match process.line().await? {
                    Some(line) => Ok(Some(line)),
                    None => process.succeeded().await.map(|()| None),
                })
                .await?;
            let Some(line) = line else {
                return Ok(None);
            };
            let item = value(line).map_err(|message| process.programs.error(message))?;
            Ok(Some((item, State::Running(process))))
        })
    }

    /// Asks every process group to end, and ends it when the grace is over.
    pub(super) async fn end_all(&self) {
        self.ending.send_replace(true);
        // Whoever has been waiting for a slot gives it back at once, the others when their group is gone.
        let all = self.slots.acquire_many(self.concurrency);
        let _ = timeout(GRACE + AFTER_EXIT, all).await;
    }

    fn name(&self) -> String {
        self.program.display().to_string()
    }

    fn error(&self, message: String) -> CommandError {
        CommandError::Internal {
            command_id: self.id.clone(),
            message,
        }
    }
}

/// How far a process has got.
#[derive(Debug)]
enum Stage {
    Running,
    Ended(End, Instant),
    /// It is being ended, because its time was up before its work was done.
    OutOfTime,
}

/// A program at work, as its caller sees it. Dropped, it has its group ended.
struct Process {
    programs: Arc<Programs>,
    deadline: Option<Instant>,
    /// As the keeper tells it. That somebody listens tells the keeper that somebody wants to know.
    stage: watch::Receiver<Stage>,
    stdout: BufReader<ChildStdout>,
    /// How many bytes of what was read have been handed out.
    used: usize,
    /// How many bytes are still read, when reading ends although somebody holds on to stdout.
    rest: Option<u64>,
    /// The end of stderr, as far as it has been read.
    tail: Arc<Mutex<Tail>>,
    stderr_end: oneshot::Receiver<()>,
}

/// Whoever sees to the end of a process and of all it has started. Its slot is taken until then.
struct Keeper {
    group: Group,
    stage: watch::Sender<Stage>,
    deadline: Option<Instant>,
    /// Whether `provide` ends.
    ending: watch::Receiver<bool>,
    /// Once more stdout.
    stdout: Option<OwnedFd>,
    /// Those who feed stdin and read stderr.
    _pipes: JoinSet<()>,
    _slot: OwnedSemaphorePermit,
}

impl Process {
    async fn start(programs: Arc<Programs>, request: Value) -> CallResult<Self> {
        let context = CallContext::current().unwrap_or_default();
        let slot = programs.slots.clone().acquire_owned().await;
        let slot = slot.map_err(|error| programs.error(error.to_string()))?;
        let limits = [context.remaining(), programs.timeout];
        let limit = limits.into_iter().flatten().min();
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let ending = programs.ending.subscribe();
        if *ending.borrow() {
            return Err(programs.error("its provider ends".to_owned()));
        }

        let mut command = Command::new(&programs.program);
        command
            .args(&programs.arguments)
            .env(env_vars::COMMAND, &programs.id)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let meta = context.meta();
        let variables = [
            (env_vars::DEADLINE, limit.map(unix_time_after)),
            (
                env_vars::TRACEPARENT,
                meta.and_then(|meta| meta.traceparent.clone()),
            ),
            (
                env_vars::TRACESTATE,
                meta.and_then(|meta| meta.tracestate.clone()),
            ),
        ];
        for (name, value) in variables {
            // What we were started with ourselves has nothing to do with this call.
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut group = Group::spawn(&mut command).map_err(|error| {
            programs.error(format!("cannot start `{}`: {error}", programs.name()))
        })?;
        let Some((stdin, stdout, stderr)) = group.pipes() else {
            return Err(programs.error("a pipe is missing".to_owned()));
        };
        let mut pipes = JoinSet::new();
        pipes.spawn(feed(stdin, request));
        let tail = Arc::<Mutex<Tail>>::default();
        let (told, stderr_end) = oneshot::channel();
        let read = read_stderr(stderr, context, tail.clone());
        pipes.spawn(async move {
            read.await;
            // Its caller may have gone.
            let _ = told.send(());
        });
        let (tell, stage) = watch::channel(Stage::Running);
        let keeper = Keeper {
            group,
            stage: tell,
            deadline,
            ending,
            stdout: stdout.as_fd().try_clone_to_owned().ok(),
            _pipes: pipes,
            _slot: slot,
        };
        tokio::spawn(keeper.keep());
        Ok(Self {
            programs,
            deadline,
            stage,
            stdout: BufReader::with_capacity(64 << 10, stdout),
            used: 0,
            rest: None,
            tail,
            stderr_end,
        })
    }

    /// Does something for as long as the program has time; one that has ended in time has it for ever.
    async fn in_time<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> CallResult<T>,
    ) -> CallResult<T> {
        let (deadline, mut stage) = (self.deadline, self.stage.clone());
        let over = async {
            let is_over = deadline.is_some_and(|deadline| deadline <= Instant::now());
            // The keeper may not have had its turn.
            if is_over && matches!(*stage.borrow(), Stage::Running) {
                return;
            }
            let over = stage.wait_for(|stage| matches!(stage, Stage::OutOfTime));
            if over.await.is_err() {
                std::future::pending().await
            }
        };
        tokio::select! {
            // A program that is ahead of its reader always has something.
            biased;
            () = over => Err(CommandError::Timeout),
            result = work(self) => result,
        }
    }

    /// Returns what comes next of what the program prints; `None` at the end.
    async fn read(&mut self) -> CallResult<Option<&[u8]>> {
        let used = std::mem::take(&mut self.used);
        self.stdout.consume(used);
        if !self.wait_for_output().await? {
            return Ok(None);
        }
        let chunk = self.stdout.buffer();
        self.used = chunk.len();
        Ok(Some(chunk))
    }

    /// Returns the next line without its end; `None` after the last one.
    async fn line(&mut self) -> CallResult<Option<Vec<u8>>> {
        let mut line = Vec::new();
        loop {
            if !self.wait_for_output().await? {
                return Ok((!line.is_empty()).then_some(line));
            }
            let chunk = self.stdout.buffer();
            let end = chunk.iter().position(|byte| *byte == b'\n');
            line.extend_from_slice(&chunk[..end.unwrap_or(chunk.len())]);
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.stdout.consume(used);
            if line.len() > RESULT_LIMIT {
                let why = format!("a line is longer than {RESULT_LIMIT} bytes");
                return Err(self.programs.error(why));
            }
            if end.is_some() {
                return Ok(Some(line));
            }
        }
    }

    /// Waits until there is something in the buffer. Returns false at the end.
    async fn wait_for_output(&mut self) -> CallResult<bool> {
        if !self.stdout.buffer().is_empty() {
            return Ok(true);
        }
        loop {
            let until = match *self.stage.borrow() {
                Stage::Ended(_, at) => Some(at + AFTER_EXIT),
                _ => None,
            };
            if self.rest.is_none() && until.is_some_and(|until| until <= Instant::now()) {
                // What the program itself has printed is in the pipe, however slow its reader is.
                self.rest = Some(ioctl_fionread(self.stdout.get_ref()).unwrap_or(0));
            }
            if self.rest == Some(0) {
                return Ok(false);
            }
            tokio::select! {
                biased;
                read = self.stdout.fill_buf() => {
                    let read = read.map_err(|error| lost(&self.programs, &error))?.len();
                    if let Some(rest) = &mut self.rest {
                        *rest = rest.saturating_sub(read as u64);
                    }
                    return Ok(read > 0);
                }
                changed = self.stage.changed(), if until.is_none() => {
                    changed.map_err(|_| ended(&self.programs))?;
                }
                () = at(until) => {}
            }
        }
    }

    /// Waits for the end of the program and returns whether it liked its work.
    async fn succeeded(&mut self) -> CallResult<()> {
        let stage = self.stage.wait_for(|it| matches!(it, Stage::Ended(..)));
        let (end, at) = match stage.await.as_deref() {
            Ok(Stage::Ended(end, at)) => (*end, *at),
            _ => return Err(ended(&self.programs)),
        };
        // The last report of progress comes before the result, and the reason of a failure with it.
        let _ = timeout_at(at + AFTER_EXIT, &mut self.stderr_end).await;
        if end == End::Exit(0) {
            return Ok(());
        }
        let said = lock(&self.tail).end();
        let programs = &self.programs;
        Err(programs.error(failure(&programs.name(), end, &said)))
    }
}

impl Keeper {
    async fn keep(mut self) {
        tokio::select! {
            biased;
            end = self.group.leader_end() => if let Ok(end) = end {
                let now = Instant::now();
                self.stage.send_replace(Stage::Ended(end, now));
                // What it has left behind may be about to print the rest, as `tee` is.
                let enough = async {
                    tokio::select! {
                        () = self.stage.closed() => {}
                        () = set(&mut self.ending) => {}
                    }
                };
                let _ = timeout_at(now + LEFT_ALONE, enough).await;
            },
            () = self.stage.closed() => {}
            () = set(&mut self.ending) => {}
            () = at(self.deadline) => {
                self.stage.send_replace(Stage::OutOfTime);
            }
        }
        let out_of_time = matches!(*self.stage.borrow(), Stage::OutOfTime);
        let unread = async {
            // Out of time, nothing of what it still prints is delivered; else somebody may yet want it.
            if !out_of_time {
                self.stage.closed().await;
            }
            drain(self.stdout).await;
        };
        tokio::select! {
            () = self.group.end(GRACE) => {}
            () = unread => {}
        }
    }
}

/// Reads what nobody wants any more: who is asked to end must not die of saying goodbye. Never returns.
async fn drain(stdout: Option<OwnedFd>) {
    if let Some(Ok(mut stdout)) = stdout.map(pipe::Receiver::from_owned_fd) {
        // Whatever happens to it, it only is no longer read.
        let _ = tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await;
    }
    std::future::pending().await
}

/// Waits until it is so, or nobody is left to say so.
async fn set(it: &mut watch::Receiver<bool>) {
    let _ = it.wait_for(|it| *it).await;
}

/// Waits until a point in time, if there is one.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn lock(tail: &Mutex<Tail>) -> MutexGuard<'_, Tail> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The error of a program that was not left to come to its end.
fn ended(programs: &Programs) -> CommandError {
    programs.error(format!("`{}` was ended", programs.name()))
}

fn lost(programs: &Programs, error: &io::Error) -> CommandError {
    programs.error(format!("lost the process: {error}"))
}

/// Returns a time as the program gets it: milliseconds since 1970.
fn unix_time_after(limit: Duration) -> String {
    let time = SystemTime::now().checked_add(limit);
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.unwrap_or_default().as_millis().to_string()
}

async fn feed(mut stdin: ChildStdin, request: Value) {
    // A program that does not read its stdin is none the worse for it.
    if !request.is_null() {
        let _ = stdin.write_all(format!("{request}\n").as_bytes()).await;
    }
    let _ = stdin.shutdown().await;
}

/// Reads all, passes reports of progress on, and keeps the end of the rest.
async fn read_stderr(mut stderr: ChildStderr, context: CallContext, tail: Arc<Mutex<Tail>>) {
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = stderr.read(&mut chunk).await {
        let reports = lock(&tail).take(&chunk[..length]);
        for report in reports {
            context.progress(report.done, report.total, report.message.as_deref());
        }
    }
}

/// The end of what a program has written to stderr.
#[derive(Default)]
struct Tail {
    text: Vec<u8>,
    /// A line that is not complete yet. Never longer than what is kept.
    line: Vec<u8>,
}

/// One report of progress, as a program writes it.
#[derive(Debug, PartialEq)]
struct Report {
    done: f64,
    total: Option<f64>,
    message: Option<String>,
}

impl Tail {
    /// Takes what was read next. Returns the reports in it.
    fn take(&mut self, chunk: &[u8]) -> Vec<Report> {
        let mut reports = Vec::new();
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            let is_complete = self.line.ends_with(b"\n");
            if is_complete && let Some(found) = read_report(&self.line) {
                reports.push(found);
                self.line.clear();
            } else if is_complete || self.line.len() > STDERR_TAIL {
                self.keep();
            }
        }
        reports
    }

    fn keep(&mut self) {
        self.text.append(&mut self.line);
        let surplus = self.text.len().saturating_sub(STDERR_TAIL);
        self.text.drain(..surplus);
    }

    /// Returns what there is, complete or not.
    fn end(&mut self) -> Vec<u8> {
        self.keep();
        std::mem::take(&mut self.text)
    }
}

/// Reads `@progress 0.4 message` or `@progress 4/10 message`.
fn read_report(line: &[u8]) -> Option<Report> {
    let text = std::str::from_utf8(line.strip_prefix(PROGRESS)?).ok()?;
    let text = text.trim();
    let (figures, message) = match text.split_once(char::is_whitespace) {
        Some((figures, message)) => (figures, Some(message.trim_start().to_owned())),
        None => (text, None),
    };
    let number = |text: &str| text.parse::<f64>().ok().filter(|it| it.is_finite());
    let (done, total) = match figures.split_once('/') {
        Some((done, total)) => (number(done)?, Some(number(total)?)),
        None => (number(figures)?, None),
    };
    // A share of the whole is what a bare number up to 1 is.
    let total = total.or((0.0..=1.0).contains(&done).then_some(1.0));
    Some(Report {
        done,
        total,
        message,
    })
}

/// Makes a value of what a program printed: JSON if it is, else text without one final newline.
fn value(out: Vec<u8>) -> Result<Value, String> {
    let text = String::from_utf8(out).map_err(|_| "the result is not UTF-8".to_owned())?;
    match serde_json::from_str(&text) {
        Ok(value) => Ok(value),
        Err(_) => {
            let text = text.strip_suffix('\n').unwrap_or(&text);
            Ok(Value::String(text.to_owned()))
        }
    }
}

fn failure(name: &str, end: End, stderr: &[u8]) -> String {
    let how = match end {
        End::Exit(code) => format!("exited with {code}"),
        End::Signal(signal) => format!("was ended by signal {signal}"),
    };
    let said = String::from_utf8_lossy(stderr);
    match said.trim() {
        "" => format!("`{name}` {how}"),
        said => format!("`{name}` {how}: {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn output_is_json_if_it_is_and_text_otherwise() {
        let take = |text: &str| value(text.as_bytes().to_vec()).unwrap();
        assert_eq!(take("{\"a\":1}\n"), json!({"a": 1}));
        assert_eq!(take("HELLO\n"), json!("HELLO"));
        assert_eq!(take("two\nlines\n\n"), json!("two\nlines\n"));
        assert_eq!(take(""), json!(""));
        assert!(value(vec![0xff]).is_err());
    }

    #[test]
    fn a_report_of_progress_is_a_share_or_a_count_and_maybe_a_text() {
        let report = |done, total, message: Option<&str>| {
            Some(Report {
                done,
                total,
                message: message.map(str::to_owned),
            })
        };
        let read = |line: &'static str| read_report(line.as_bytes());
        assert_eq!(read("@progress 0.4\n"), report(0.4, Some(1.0), None));
        assert_eq!(
            read("@progress 0.4 half way there\r\n"),
            report(0.4, Some(1.0), Some("half way there"))
        );
        assert_eq!(
            read("@progress 3/10 counting"),
            report(3.0, Some(10.0), Some("counting"))
        );
        assert_eq!(read("@progress 512 kB"), report(512.0, None, Some("kB")));
        for no_report in [
            "progress 1",
            "@progress",
            "@progress x",
            "@progress 1/x",
            "@progress NaN",
        ] {
            assert_eq!(read(no_report), None, "{no_report}");
        }
    }

    #[test]
    fn reports_are_taken_out_of_stderr_wherever_it_is_cut() {
        let text = b"first\n@progress 0.5 a\nsecond\n@progress 1\nno end";
        for size in 1..text.len() {
            let (mut tail, mut reports) = (Tail::default(), Vec::new());
            for chunk in text.chunks(size) {
                reports.extend(tail.take(chunk).into_iter().map(|report| report.done));
            }
            assert_eq!(reports, [0.5, 1.0]);
            assert_eq!(tail.end(), b"first\nsecond\nno end");
        }
    }

    #[test]
    fn only_the_end_of_stderr_is_kept_however_long_a_line_is() {
        let mut tail = Tail::default();
        for _ in 0..100 {
            tail.take(&[b'x'; 1000]);
        }
        tail.take(b"the end");
        let kept = tail.end();
        assert!(kept.ends_with(b"xthe end") && kept.len() == STDERR_TAIL);
    }
}
