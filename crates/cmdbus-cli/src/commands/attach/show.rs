//! Printing what happens on a thread of its own: a reader that is slow, or a terminal that is held, holds up nothing else.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use cmdbus_attach::client::{ClientEvent, ClientEvents, LogLevel};
use cmdbus_attach::frame::Target;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::news::{Known, Lines};
use super::text::{Print, Text};
use crate::exit::{Error, Result};
use crate::output;

/// Events that wait to be printed. More are dropped, and said to be.
const QUEUE: usize = 4096;
/// How long at the end a reader is waited for that takes nothing.
const LAST_LINES: Duration = Duration::from_secs(1);

enum Told {
    Event(ClientEvent),
    /// The client has been told to end.
    Ending,
    End,
}

/// The way to the thread that prints.
pub(super) struct Show {
    tell: SyncSender<Told>,
    lost: Arc<AtomicU64>,
    /// Gone when it has told.
    ended: Option<oneshot::Receiver<io::Result<()>>>,
}

impl Show {
    /// Starts the thread. It shows these servers, under so many attach ids.
    pub(super) fn start(as_json: bool, targets: Vec<Target>, ids: usize) -> Result<Self> {
        let (tell, told) = sync_channel(QUEUE);
        let (end, ended) = oneshot::channel();
        let lost = Arc::new(AtomicU64::new(0));
        let counted = lost.clone();
        let known = Known::new(targets);
        let print = move || {
            let printed = match as_json {
                true => print_json(&told, Lines::new(known), &counted),
                false => print_text(&told, Text::new(known, ids), &counted),
            };
            // Nobody hears of it if the program is at its end.
            let _ = end.send(printed);
        };
        std::thread::Builder::new()
            .name("print".to_owned())
            .spawn(print)
            .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))?;
        Ok(Self {
            tell,
            lost,
            ended: Some(ended),
        })
    }

    /// Returns what hears of events. It never waits.
    pub(super) fn events(&self) -> ClientEvents {
        let (tell, lost) = (self.tell.clone(), self.lost.clone());
        Arc::new(move |event| {
            if tell.try_send(Told::Event(event)).is_err() {
                lost.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    /// Says that the client has been told to end: what becomes of the servers now is no news to a person.
    pub(super) fn ending(&self) {
        // Without room, a line too many is printed.
        let _ = self.tell.try_send(Told::Ending);
    }

    /// Waits until nothing can be printed any more. That nobody reads it is no error. Cancel safe.
    pub(super) async fn ended(&mut self) -> Result<()> {
        let Some(ended) = &mut self.ended else {
            return std::future::pending().await;
        };
        let printed = ended.await;
        self.ended = None;
        match printed {
            Ok(Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::failure(format!("cannot write to stdout: {error}")))
            }
            Ok(_) => Ok(()),
            Err(_) => Err(Error::failure("printing came to a sudden end")),
        }
    }

    /// Waits a little for what has not been printed yet.
    pub(super) async fn finish(&mut self) {
        // With a full queue there is a reader that takes nothing.
        let _ = self.tell.try_send(Told::End);
        if self.ended.is_some() {
            let _ = timeout(LAST_LINES, self.ended()).await;
        }
    }
}

fn print_json(told: &Receiver<Told>, mut lines: Lines, lost: &AtomicU64) -> io::Result<()> {
    loop {
        match told.recv() {
            Ok(Told::Event(event)) => {
                log(&event);
                if let Some(line) = lines.line(&event) {
                    output::try_line(&output::escaped(line.to_string()))?;
                }
                say_lost(lost);
            }
            Ok(Told::Ending) => {}
            Ok(Told::End) | Err(_) => return Ok(()),
        }
    }
}

fn print_text(told: &Receiver<Told>, mut text: Text, lost: &AtomicU64) -> io::Result<()> {
    loop {
        let next = match text.deadline() {
            Some(until) => told.recv_timeout(until.saturating_duration_since(Instant::now())),
            None => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let prints = match next {
            Ok(Told::Event(event)) => {
                log(&event);
                text.take(&event, Instant::now())
            }
            Ok(Told::Ending) => {
                text.ending();
                continue;
            }
            Err(RecvTimeoutError::Timeout) => text.tick(Instant::now()),
            Ok(Told::End) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
        for print in prints {
            match print {
                Print::Line(line) => output::try_line(&line)?,
                Print::Note(note) => output::note(&note),
            }
        }
        say_lost(lost);
    }
}

/// What servers write to stderr is seen with `CMDBUS_LOG=info`; what goes wrong with them, without.
fn log(event: &ClientEvent) {
    let ClientEvent::Log {
        target,
        level,
        text,
    } = event
    else {
        return;
    };
    let text = output::printable_line(text);
    match level {
        LogLevel::Info => tracing::info!(server = %target, "{text}"),
        LogLevel::Warning => tracing::warn!(server = %target, "{text}"),
        LogLevel::Error => tracing::error!(server = %target, "{text}"),
    }
}

fn say_lost(lost: &AtomicU64) {
    let lost = lost.swap(0, Ordering::Relaxed);
    if lost > 0 {
        output::note(&format!(
            "{lost} events came faster than they could be printed and are lost"
        ));
    }
}
