//! Programs at work for callers: one process, in a group of its own, per call.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cmdbus::{CallContext, CommandError};
use futures_util::stream::{self, Stream};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::env_vars;

/// How much of a failed program's stderr its caller gets to see.
const STDERR_TAIL: usize = 4 << 10;
/// Longest result, or item of one, that is taken from a program.
const RESULT_LIMIT: usize = 16 << 20;
/// Between asking a process group to end and ending it.
const CANCEL_GRACE: Duration = Duration::from_secs(5);
/// How long output is still read after the program has ended, in case something it left behind holds on to it.
const AFTER_EXIT: Duration = Duration::from_millis(500);
/// What a line of stderr begins with that is a report of progress.
const PROGRESS: &[u8] = b"@progress ";

type CallResult<T> = Result<T, CommandError>;

/// A program that serves a command.
pub(super) struct Programs {
    id: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    timeout: Option<Duration>,
    /// One permit for each process that may run.
    slots: Arc<Semaphore>,
    /// The process groups that are at work.
    groups: Mutex<HashSet<Pid>>,
}

impl Programs {
    pub(super) fn new(
        id: String,
        program: PathBuf,
        arguments: Vec<OsString>,
        timeout: Option<Duration>,
        concurrency: usize,
    ) -> Self {
        Self {
            id,
            program,
            arguments,
            timeout,
            slots: Arc::new(Semaphore::new(concurrency)),
            groups: Mutex::default(),
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
        let groups: Vec<Pid> = self.groups().iter().copied().collect();
        for group in groups {
            signal(group, Signal::TERM);
        }
        let deadline = Instant::now() + CANCEL_GRACE;
        while !self.groups().is_empty() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for group in self.groups().iter() {
            signal(*group, Signal::KILL);
        }
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

    fn groups(&self) -> MutexGuard<'_, HashSet<Pid>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A program at work. Dropped before its end, its group is asked to end, and ended after the grace.
struct Process {
    programs: Arc<Programs>,
    deadline: Option<Instant>,
    /// Gone when its end is somebody else's affair.
    running: Option<Running>,
    stdout: BufReader<ChildStdout>,
    /// How many bytes of what was read have been handed out.
    used: usize,
    stderr: JoinHandle<Vec<u8>>,
    status: Option<ExitStatus>,
    /// When reading ends although somebody holds on to stdout.
    read_until: Option<Instant>,
}

struct Running {
    child: Child,
    group: Option<Pid>,
    _slot: OwnedSemaphorePermit,
}

impl Process {
    async fn start(programs: Arc<Programs>, request: Value) -> CallResult<Self> {
        let context = CallContext::current().unwrap_or_default();
        let slot = programs.slots.clone().acquire_owned().await;
        let slot = slot.map_err(|error| programs.error(error.to_string()))?;
        let limits = [context.remaining(), programs.timeout];
        let limit = limits.into_iter().flatten().min();

        let mut command = Command::new(&programs.program);
        command
            .args(&programs.arguments)
            .env(env_vars::COMMAND, &programs.id)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that everything the program starts ends with it.
            .process_group(0);
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
        let mut child = command.spawn().map_err(|error| {
            programs.error(format!("cannot start `{}`: {error}", programs.name()))
        })?;
        let group = child
            .id()
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw);
        programs.groups().extend(group);
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let running = Running {
            child,
            group,
            _slot: slot,
        };
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(programs.error("a pipe is missing".to_owned()));
        };
        tokio::spawn(feed(stdin, request));
        Ok(Self {
            deadline: limit.and_then(|limit| Instant::now().checked_add(limit)),
            programs,
            running: Some(running),
            stdout: BufReader::with_capacity(64 << 10, stdout),
            used: 0,
            stderr: tokio::spawn(read_stderr(stderr, context)),
            status: None,
            read_until: None,
        })
    }

    /// Does something for as long as the program has time.
    async fn in_time<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> CallResult<T>,
    ) -> CallResult<T> {
        match self.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, work(self))
                .await
                .unwrap_or(Err(CommandError::Timeout)),
            None => work(self).await,
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
            let Some(running) = &mut self.running else {
                return Ok(false);
            };
            let until = self.read_until;
            let over = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                read = self.stdout.fill_buf() => {
                    let read = read.map_err(|error| lost(&self.programs, &error))?;
                    return Ok(!read.is_empty());
                }
                status = running.child.wait(), if self.status.is_none() => {
                    self.status = Some(status.map_err(|error| lost(&self.programs, &error))?);
                    self.read_until = Some(Instant::now() + AFTER_EXIT);
                }
                () = over => return Ok(false),
            }
        }
    }

    /// Waits for the end of the program and returns whether it liked its work.
    async fn succeeded(&mut self) -> CallResult<()> {
        let status = match (self.status, &mut self.running) {
            (Some(status), _) => status,
            (None, Some(running)) => {
                let status = running.child.wait().await;
                let status = status.map_err(|error| lost(&self.programs, &error))?;
                self.status = Some(status);
                status
            }
            (None, None) => return Ok(()),
        };
        self.forget();
        if status.success() {
            return Ok(());
        }
        let said = timeout(AFTER_EXIT, &mut self.stderr).await;
        let said = said.ok().and_then(Result::ok).unwrap_or_default();
        let programs = &self.programs;
        Err(programs.error(failure(&programs.name(), status, &said)))
    }

    /// Ends what the program has left behind, after its own end.
    fn forget(&mut self) {
        if let Some(Running {
            group: Some(group), ..
        }) = self.running.take()
        {
            signal(group, Signal::KILL);
            self.programs.groups().remove(&group);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stderr.abort();
        if self.status.is_some() {
            return self.forget();
        }
        let Some(running) = self.running.take() else {
            return;
        };
        if let Some(group) = running.group {
            signal(group, Signal::TERM);
        }
        let programs = self.programs.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(end(programs, running));
        } else if let Some(group) = running.group {
            signal(group, Signal::KILL);
        }
    }
}

/// Sees to it that a process group that has been asked to end does. Its slot is taken until then.
async fn end(programs: Arc<Programs>, mut running: Running) {
    let _ = timeout(CANCEL_GRACE, running.child.wait()).await;
    if let Some(group) = running.group {
        signal(group, Signal::KILL);
        let _ = running.child.wait().await;
        programs.groups().remove(&group);
    }
}

fn signal(group: Pid, signal: Signal) {
    // There may be nobody left in it.
    let _ = kill_process_group(group, signal);
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

/// Reads all, passes reports of progress on, and returns the end of the rest.
async fn read_stderr(mut stderr: ChildStderr, context: CallContext) -> Vec<u8> {
    let mut tail = Tail::default();
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = stderr.read(&mut chunk).await {
        tail.take(&chunk[..length], |report| {
            let Report {
                done,
                total,
                message,
            } = report;
            context.progress(done, total, message);
        });
    }
    tail.end()
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
struct Report<'a> {
    done: f64,
    total: Option<f64>,
    message: Option<&'a str>,
}

impl Tail {
    fn take(&mut self, chunk: &[u8], mut report: impl FnMut(Report<'_>)) {
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            let is_complete = self.line.ends_with(b"\n");
            if is_complete && let Some(found) = read_report(&self.line) {
                report(found);
                self.line.clear();
            } else if is_complete || self.line.len() > STDERR_TAIL {
                self.keep();
            }
        }
    }

    fn keep(&mut self) {
        self.text.append(&mut self.line);
        let surplus = self.text.len().saturating_sub(STDERR_TAIL);
        self.text.drain(..surplus);
    }

    fn end(mut self) -> Vec<u8> {
        self.keep();
        self.text
    }
}

/// Reads `@progress 0.4 message` or `@progress 4/10 message`.
fn read_report(line: &[u8]) -> Option<Report<'_>> {
    let text = std::str::from_utf8(line.strip_prefix(PROGRESS)?).ok()?;
    let text = text.trim();
    let (figures, message) = match text.split_once(char::is_whitespace) {
        Some((figures, message)) => (figures, Some(message.trim_start())),
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

fn failure(name: &str, status: ExitStatus, stderr: &[u8]) -> String {
    let how = match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => status.to_string(),
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
        let report = |done, total, message| {
            Some(Report {
                done,
                total,
                message,
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
                tail.take(chunk, |report| reports.push(report.done));
            }
            assert_eq!(reports, [0.5, 1.0]);
            assert_eq!(tail.end(), b"first\nsecond\nno end");
        }
    }

    #[test]
    fn only_the_end_of_stderr_is_kept_however_long_a_line_is() {
        let mut tail = Tail::default();
        for _ in 0..100 {
            tail.take(&[b'x'; 1000], |_| {});
        }
        tail.take(b"the end", |_| {});
        let kept = tail.end();
        assert!(kept.ends_with(b"xthe end") && kept.len() == STDERR_TAIL);
    }
}
