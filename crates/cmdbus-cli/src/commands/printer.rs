//! Printing on a thread of its own: a reader that pauses keeps nothing else waiting, signals least of all.

use std::io;
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

/// Something to print.
enum Print {
    /// To stdout.
    Line(String),
    /// To stderr.
    Progress(cmdbus::Progress),
    Trace(Vec<Value>),
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
    /// Gone when it has told.
    ended: Option<oneshot::Receiver<io::Result<()>>>,
}

impl Printer {
    pub(super) fn start(how: How) -> Self {
        let (print, jobs) = mpsc::channel(WAITING);
        let (end, ended) = oneshot::channel();
        thread::spawn(move || {
            // Nobody hears of it if the program is at its end.
            let _ = end.send(print_all(jobs, Watch::new(how)));
        });
        Self {
            print,
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

    /// Returns a closure that shows reports of progress. One that finds no room is left out.
    pub(super) fn progress(&self) -> impl Fn(cmdbus::Progress) + Send + Sync + 'static {
        let print = self.print.downgrade();
        move |report| {
            if let Some(print) = print.upgrade() {
                let _ = print.try_send(Print::Progress(report));
            }
        }
    }

    /// Returns a closure that shows a trace.
    pub(super) fn trace(&self) -> impl Fn(Vec<Value>) + Send + Sync + 'static {
        let print = self.print.downgrade();
        move |entries| {
            if let Some(print) = print.upgrade() {
                let _ = print.try_send(Print::Trace(entries));
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
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }
}

fn print_all(mut jobs: mpsc::Receiver<Print>, mut watch: Watch) -> io::Result<()> {
    while let Some(job) = jobs.blocking_recv() {
        match job {
            Print::Line(text) => watch.beside(|| output::try_line(&text))?,
            Print::Progress(report) => watch.show(&report),
            Print::Trace(entries) => watch.beside(|| trace::print(&entries)),
        }
    }
    Ok(())
}
