//! Printing on a thread of its own: a reader that pauses keeps nothing else waiting, signals least of all.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::progress::{How, Watch};
use super::trace;
use crate::exit::Error;
use crate::output;

/// How many lines may wait for the reader.
const WAITING: usize = 16;
/// How long the end of the program waits for a bar to be taken away.
const LAST_LINES: Duration = Duration::from_millis(200);

/// Something to do for the thread that prints.
enum Print {
    /// A line for stdout.
    Line(String),
    /// There is something new for stderr.
    Look,
}

/// What is to be shown on stderr: of the progress only the latest.
#[derive(Default)]
struct News {
    progress: Option<cmdbus::Progress>,
    traces: Vec<Value>,
}

#[derive(Clone, Default)]
struct Board(Arc<Mutex<News>>);

impl Board {
    fn news(&self) -> MutexGuard<'_, News> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, watch: &mut Watch) {
        let News { progress, traces } = std::mem::take(&mut *self.news());
        if let Some(report) = progress {
            watch.show(&report);
        }
        if !traces.is_empty() {
            watch.beside(|| trace::print(&traces));
        }
    }
}

/// Why nothing more is printed.
#[derive(Debug)]
pub(super) enum Unprinted {
    /// Nobody reads stdout any more, as after `| head`.
    ReaderGone,
    /// It cannot be written to.
    Failed(Error),
}

/// The way to the thread that prints.
pub(super) struct Printer {
    print: mpsc::Sender<Print>,
    board: Board,
    /// Gone when it has told.
    ended: Option<oneshot::Receiver<io::Result<()>>>,
}

impl Printer {
    pub(super) fn start(how: How) -> Self {
        let (print, jobs) = mpsc::channel(WAITING);
        let (end, ended) = oneshot::channel();
        let board = Board::default();
        let read = board.clone();
        thread::spawn(move || {
            // Nobody hears of it if the program is at its end.
            let _ = end.send(print_all(jobs, &read, Watch::new(how)));
        });
        Self {
            print,
            board,
            ended: Some(ended),
        }
    }

    /// Prints a line to stdout, once there is room for it.
    pub(super) async fn line(&mut self, text: String) -> Result<(), Unprinted> {
        match self.print.send(Print::Line(text)).await {
            Ok(()) => Ok(()),
            Err(_) => self.why().await,
        }
    }

    /// Returns a closure that shows reports of progress: the latest whenever there is time to.
    pub(super) fn progress(&self) -> impl Fn(cmdbus::Progress) + Send + Sync + 'static {
        let post = self.post();
        move |report| post(&|news| news.progress = Some(report.clone()))
    }

    /// Returns a closure that shows a trace.
    pub(super) fn trace(&self) -> impl Fn(Vec<Value>) + Send + Sync + 'static {
        let post = self.post();
        move |entries| post(&|news| news.traces.extend_from_slice(&entries))
    }

    fn post(&self) -> impl Fn(&dyn Fn(&mut News)) + Send + Sync + 'static {
        let (print, board) = (self.print.downgrade(), self.board.clone());
        move |write| {
            write(&mut board.news());
            // Where there is no room, lines wait, and it looks with each of them.
            if let Some(print) = print.upgrade() {
                let _ = print.try_send(Print::Look);
            }
        }
    }

    /// Waits until everything has been printed. Nothing can be printed afterwards.
    pub(super) async fn finish(&mut self) -> Result<(), Unprinted> {
        let (closed, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.print, closed));
        self.why().await
    }

    /// Waits a little, so that a terminal is left as it was found.
    pub(super) async fn leave(mut self) {
        let _ = tokio::time::timeout(LAST_LINES, self.finish()).await;
    }

    async fn why(&mut self) -> Result<(), Unprinted> {
        let Some(ended) = &mut self.ended else {
            return Ok(());
        };
        let result = ended.await;
        self.ended = None;
        match result {
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(Unprinted::ReaderGone)
            }
            Ok(Err(error)) => Err(Unprinted::Failed(Error::failure(format!(
                "cannot write to stdout: {error}"
            )))),
            Ok(Ok(())) => Ok(()),
            Err(_) => Err(Unprinted::Failed(Error::failure(
                "the thread that prints has ended",
            ))),
        }
    }
}

fn print_all(mut jobs: mpsc::Receiver<Print>, board: &Board, mut watch: Watch) -> io::Result<()> {
    let mut result = Ok(());
    while let Some(job) = jobs.blocking_recv() {
        if let Print::Line(text) = job {
            result = watch.beside(|| output::try_line(&text));
        }
        board.show(&mut watch);
        if result.is_err() {
            break;
        }
    }
    // The last report, and the trace, come with the end.
    board.show(&mut watch);
    result
}
