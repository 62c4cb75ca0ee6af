//! Standard input and output: between a process and a child that speaks the protocol, or over any two streams.
//!
//! The protocol owns the child's standard input and output. Its standard error is never protocol.

use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use super::CommandChannel;
use super::limits::ChannelLimits;
use super::line::{Line, LineChannel, LineReader, Reader, Writer};
use super::queue::OutQueue;
use crate::error::ChannelError;
use crate::message::Message;

/// How long a child may take to end by itself, and again after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
/// How long what an ended child has written is still read, should another process hold its output open.
const AFTERLIFE: Duration = Duration::from_secs(2);
/// How much of a line on standard error goes to the log.
const LOG_LINE_BYTES: usize = 4 << 10;

/// Where a child's standard error goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ChildStderrMode {
    /// Where the command says; unless it does, where this process's own goes.
    #[default]
    AsCommand,
    /// To the log, line by line, at level `info` with the channel's id. Lines are cut after 4 KiB.
    Log,
}

/// A connection over standard input and output: one message per line.
///
/// The parent spawns the child and is the channel's other end:
///
/// ```no_run
/// # async fn example(registry: cmdbus::CommandRegistry) -> Result<(), cmdbus::ChannelError> {
/// use std::sync::Arc;
/// use cmdbus::channel::StdioChannel;
///
/// let command = tokio::process::Command::new("plugin");
/// let driver = registry
///     .register_channel(Arc::new(StdioChannel::spawn("plugin", command)))
///     .await?;
/// tokio::spawn(driver);
/// # Ok(()) }
/// ```
///
/// and the child, which usually has the parent as its [router](crate::Config::router_channel):
///
/// ```no_run
/// # async fn example(registry: cmdbus::CommandRegistry) -> Result<(), cmdbus::ChannelError> {
/// use std::sync::Arc;
/// use cmdbus::channel::StdioChannel;
///
/// let driver = registry
///     .register_channel(Arc::new(StdioChannel::current_process("parent")))
///     .await?;
/// driver.await; // until the parent closes standard input
/// # Ok(()) }
/// ```
///
/// Needs a tokio runtime with I/O and time.
pub struct StdioChannel {
    lines: LineChannel,
    source: Mutex<Option<Source>>,
    child: Mutex<Option<ChildState>>,
}

enum Source {
    Spawn(Box<Command>, ChildStderrMode),
    CurrentProcess,
    Streams(Reader, Writer),
}

#[derive(Clone)]
struct ChildState {
    id: Option<u32>,
    /// Holds the child's end once it has been reaped.
    ended: watch::Receiver<Option<ExitStatus>>,
}

impl StdioChannel {
    /// Makes a channel that starts a child when it is started itself.
    ///
    /// Standard input and output of the command are the channel's, whatever they were set to; so is the process group,
    /// of which the child is the leader. [`start`](CommandChannel::start) fails if the program cannot be run.
    ///
    /// [`close`](CommandChannel::close) ends the child's standard input; if the child has not ended 2 s later its
    /// process group gets SIGTERM, and after 2 s more SIGKILL. Dropping the channel does the same in the
    /// background, and the end of the runtime kills the group at once. A child that ends by itself ends the channel.
    /// It is reaped in each case.
    pub fn spawn(id: impl Into<String>, command: Command) -> Self {
        Self::spawn_with(
            id,
            command,
            ChildStderrMode::default(),
            ChannelLimits::default(),
        )
    }

    /// As [`spawn`](Self::spawn), with a choice of what becomes of standard error, and bounds of your choice.
    pub fn spawn_with(
        id: impl Into<String>,
        command: Command,
        stderr: ChildStderrMode,
        limits: ChannelLimits,
    ) -> Self {
        Self::new(id.into(), Source::Spawn(Box::new(command), stderr), limits)
    }

    /// Makes a channel over standard input and output of this process. It can be started once per process.
    ///
    /// From then on, what else reads standard input finds it empty, and what else writes to standard output, such as
    /// `println!`, writes to standard error: neither can disturb the protocol, and no child inherits it. This holds for
    /// pipes and sockets, which is what parents give. With anything else, such as a terminal, they are left as
    /// they are, and a tokio runtime may not end before the next line is typed.
    pub fn current_process(id: impl Into<String>) -> Self {
        Self::current_process_with(id, ChannelLimits::default())
    }

    /// As [`current_process`](Self::current_process), with bounds of your choice.
    pub fn current_process_with(id: impl Into<String>, limits: ChannelLimits) -> Self {
        Self::new(id.into(), Source::CurrentProcess, limits)
    }

    /// Makes a channel over any two streams, such as those of a connection that somebody else has opened. Nothing is
    /// checked or said before the first message.
    ///
    /// `reader` must tolerate that a read is dropped before it is ready, as tokio's streams do.
    pub fn over(
        id: impl Into<String>,
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        limits: ChannelLimits,
    ) -> Self {
        let source = Source::Streams(Box::new(reader), Box::new(writer));
        Self::new(id.into(), source, limits)
    }

    fn new(id: String, source: Source, limits: ChannelLimits) -> Self {
        Self {
            lines: LineChannel::new(id, limits),
            source: Mutex::new(Some(source)),
            child: Mutex::new(None),
        }
    }

    /// Returns how many lines of the peer were not taken, because they are no messages or over a limit.
    pub fn dropped_frames(&self) -> u64 {
        self.lines.dropped_frames()
    }

    /// Returns the process id of the child; `None` before it was started, after it was reaped, and if there is none.
    pub fn child_id(&self) -> Option<u32> {
        let child = self.child()?;
        let running = child.ended.borrow().is_none() && child.ended.has_changed().is_ok();
        child.id.filter(|_| running)
    }

    /// Waits for the child to end and returns how it did; `None` if there is none, or if it was lost with its
    /// runtime. Does not end it: that is what `close` is for.
    ///
    /// Cancel safe.
    pub async fn child_ended(&self) -> Option<ExitStatus> {
        let mut ended = self.child()?.ended;
        ended.wait_for(Option::is_some).await.ok().and_then(|s| *s)
    }

    fn child(&self) -> Option<ChildState> {
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.clone()
    }

    async fn open(&self) -> Result<(), ChannelError> {
        let source = self
            .source
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match source {
            None => Err(ChannelError::Other("the channel was started before".into())),
            Some(Source::Spawn(command, stderr)) => self.open_child(*command, stderr).await,
            Some(Source::CurrentProcess) => {
                let (reader, writer) = take_standard_streams()?;
                self.attach(reader, writer, Duration::ZERO).await
            }
            Some(Source::Streams(reader, writer)) => {
                self.attach(reader, writer, Duration::ZERO).await
            }
        }
    }

    async fn attach(
        &self,
        reader: Reader,
        writer: Writer,
        linger: Duration,
    ) -> Result<(), ChannelError> {
        self.lines
            .attach(LineReader::new(reader), writer, linger)
            .await
    }

    async fn open_child(
        &self,
        mut command: Command,
        stderr: ChildStderrMode,
    ) -> Result<(), ChannelError> {
        if self.lines.queue().is_closing() {
            return Err(ChannelError::Closed);
        }
        command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if stderr == ChildStderrMode::Log {
            command.stderr(std::process::Stdio::piped());
        }
        let mut group = Group::spawn(&mut command)?;
        let (input, output) = (group.child.stdin.take(), group.child.stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(ChannelError::Other("the child has no pipes".into()));
        };
        if let Some(stderr) = group
            .child
            .stderr
            .take()
            .filter(|_| stderr == ChildStderrMode::Log)
        {
            tokio::spawn(log_lines(self.lines.id().to_owned(), stderr));
        }
        let (tell, ended) = watch::channel(None);
        *self.child.lock().unwrap_or_else(PoisonError::into_inner) = Some(ChildState {
            id: group.child.id(),
            ended,
        });
        // From here on the task answers for the child, also if the channel was closed in the meantime.
        let (queue, id) = (self.lines.queue().clone(), self.lines.id().to_owned());
        tokio::spawn(supervise(group, queue, id, tell));
        // What a child says on its way out must not kill it.
        self.attach(Box::new(output), Box::new(input), 2 * GRACE)
            .await
    }

    async fn end(&self) {
        self.lines.close().await;
        self.child_ended().await;
    }
}

/// A child that leads a process group. Dropped before it was reaped, it takes the group with it.
struct Group {
    child: Child,
    leader: Option<Pid>,
}

impl Group {
    fn spawn(command: &mut Command) -> Result<Self, ChannelError> {
        // The arguments may hold secrets.
        let child = command.spawn().map_err(|error| {
            let program = command.as_std().get_program().display();
            ChannelError::Other(format!("cannot start `{program}`: {error}"))
        })?;
        let leader = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        Ok(Self { child, leader })
    }

    /// Waits for the child to end and reaps it. Its id means nothing afterwards.
    async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.leader = None;
        Ok(status)
    }

    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // It may have ended just now, with all of its group.
            let _ = kill_process_group(leader, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Reaped by tokio, at some time.
        self.signal(Signal::KILL);
    }
}

/// Waits for a child to end, hastens its end once its standard input has ended, and reaps it.
async fn supervise(
    mut group: Group,
    queue: Arc<OutQueue>,
    channel: String,
    tell: watch::Sender<Option<ExitStatus>>,
) {
    let by_itself = tokio::select! {
        status = group.wait() => Some(status),
        () = async {
            queue.until_closing().await;
            queue.until_flushed().await;
        } => None,
    };
    let status = match by_itself {
        Some(status) => {
            tracing::debug!(channel, ?status, "the child has ended");
            // Usually its output has ended with it, and the reader notices. A process that it has left behind may hold
            // the pipes open.
            let _ = timeout(AFTERLIFE, queue.until_closing()).await;
            queue.abandon();
            status
        }
        None => end(&mut group, &channel).await,
    };
    match status {
        Ok(status) => drop(tell.send(Some(status))),
        Err(error) => tracing::error!(channel, %error, "cannot wait for the child"),
    }
}

/// Ends a child whose standard input has ended.
async fn end(group: &mut Group, channel: &str) -> std::io::Result<ExitStatus> {
    if let Ok(status) = timeout(GRACE, group.wait()).await {
        return status;
    }
    tracing::debug!(channel, "the child goes on without input; sending SIGTERM");
    group.signal(Signal::TERM);
    if let Ok(status) = timeout(GRACE, group.wait()).await {
        return status;
    }
    tracing::warn!(channel, "the child ignores SIGTERM; sending SIGKILL");
    group.signal(Signal::KILL);
    group.wait().await
}

/// Passes a child's standard error to the log until it ends.
async fn log_lines(channel: String, stderr: ChildStderr) {
    let mut lines = LineReader::new(Box::new(stderr));
    loop {
        let line = match lines.line(LOG_LINE_BYTES).await {
            Ok(Line::Whole(line) | Line::TooLong(line)) => line,
            Ok(Line::End) | Err(_) => return,
        };
        // What a child writes must not be able to look like lines or colours of ours.
        let line: String = String::from_utf8_lossy(&line)
            .chars()
            .map(|c| {
                if c.is_control() && c != '\t' {
                    '\u{fffd}'
                } else {
                    c
                }
            })
            .collect();
        tracing::info!(channel, "{line}");
    }
}

/// Whether a channel of this process has taken standard input and output.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Takes standard input and output of this process away from everything else in it.
fn take_standard_streams() -> Result<(Reader, Writer), ChannelError> {
    if TAKEN.swap(true, Ordering::AcqRel) {
        return Err(ChannelError::Other(
            "standard input and output of this process are taken by an earlier channel".into(),
        ));
    }
    let taken = || -> std::io::Result<(Reader, Writer)> {
        // The copies are not inherited, so that no child of ours keeps the parent waiting for the end.
        let reader: Reader = match Stream::of(&std::io::stdin())? {
            Stream::Pipe(fd) => Box::new(pipe::Receiver::from_owned_fd(fd)?),
            Stream::Socket(socket) => Box::new(socket),
            Stream::Other => Box::new(tokio::io::stdin()),
        };
        let writer: Writer = match Stream::of(&std::io::stdout())? {
            Stream::Pipe(fd) => Box::new(pipe::Sender::from_owned_fd(fd)?),
            Stream::Socket(socket) => Box::new(socket),
            Stream::Other => Box::new(tokio::io::stdout()),
        };
        Ok((reader, writer))
    };
    let streams = taken().and_then(|streams| {
        if !matches!(Stream::kind(&std::io::stdin())?, Kind::Other) {
            rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
        }
        if !matches!(Stream::kind(&std::io::stdout())?, Kind::Other) {
            rustix::stdio::dup2_stdout(std::io::stderr())?;
        }
        Ok(streams)
    });
    streams.map_err(|error| {
        ChannelError::Other(format!("cannot take standard input and output: {error}"))
    })
}

enum Kind {
    Pipe,
    Socket,
    Other,
}

/// A copy of a standard stream that tokio can wait for without a thread.
enum Stream {
    Pipe(std::os::fd::OwnedFd),
    Socket(UnixStream),
    Other,
}

impl Stream {
    fn kind(stream: &impl std::os::fd::AsFd) -> std::io::Result<Kind> {
        use rustix::fs::FileType;
        let mode = rustix::fs::fstat(stream)?.st_mode;
        Ok(match FileType::from_raw_mode(mode) {
            FileType::Fifo => Kind::Pipe,
            // Some runtimes give their children socket pairs, Node.js among them.
            FileType::Socket => Kind::Socket,
            _ => Kind::Other,
        })
    }

    fn of(stream: &impl std::os::fd::AsFd) -> std::io::Result<Self> {
        let copy = || stream.as_fd().try_clone_to_owned();
        Ok(match Self::kind(stream)? {
            Kind::Pipe => Self::Pipe(copy()?),
            Kind::Socket => {
                let socket = std::os::unix::net::UnixStream::from(copy()?);
                socket.set_nonblocking(true)?;
                Self::Socket(UnixStream::from_std(socket)?)
            }
            Kind::Other => Self::Other,
        })
    }
}

impl CommandChannel for StdioChannel {
    fn id(&self) -> &str {
        self.lines.id()
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        self.open().boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.end().boxed()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        self.lines.send(&message)
    }

    fn frame_limit(&self) -> Option<usize> {
        Some(self.lines.frame_limit())
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.lines.recv().boxed()
    }

    fn try_recv(&self) -> Option<Message> {
        self.lines.try_recv()
    }
}

impl std::fmt::Debug for StdioChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StdioChannel")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
