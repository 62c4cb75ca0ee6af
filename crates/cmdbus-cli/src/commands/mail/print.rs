//! Printing on a thread of its own, which says what is printed: a reader that pauses keeps nothing else waiting.

use std::io;
use std::thread;

use serde_json::Value;
use tokio::sync::mpsc;

use crate::exit::{Error, Result};
use crate::output;

/// What has become of a line.
#[derive(Debug)]
pub(super) enum Printed {
    /// The line of this message is written and flushed.
    Message(String),
    /// Nothing more can be written.
    Failed(io::Error),
}

struct Job {
    text: String,
    message: Option<String>,
}

/// The way to the thread that prints.
pub(super) struct Printer {
    // Not bounded here: the broker leaves only so many messages unconfirmed (protocol §7.3), and no line is taken
    // from stdin before the answer to the one before it is on its way.
    jobs: Option<mpsc::UnboundedSender<Job>>,
}

impl Printer {
    pub(super) fn start() -> Result<(Self, mpsc::UnboundedReceiver<Printed>)> {
        let (sender, mut jobs) = mpsc::unbounded_channel::<Job>();
        let (tell, printed) = mpsc::unbounded_channel();
        thread::Builder::new()
            .name("print".to_owned())
            .spawn(move || {
                while let Some(Job { text, message }) = jobs.blocking_recv() {
                    let told = match (output::try_line(&text), message) {
                        (Ok(()), None) => continue,
                        (Ok(()), Some(id)) => tell.send(Printed::Message(id)),
                        (Err(error), _) => {
                            // Whoever would hear of it has ended.
                            let _ = tell.send(Printed::Failed(error));
                            return;
                        }
                    };
                    if told.is_err() {
                        return;
                    }
                }
            })
            .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))?;
        let jobs = Some(sender);
        Ok((Self { jobs }, printed))
    }

    /// Prints a message.
    pub(super) fn message(&self, id: &str, line: &Value) {
        self.print(line, Some(id.to_owned()));
    }

    /// Prints the answer to a line.
    pub(super) fn answer(&self, line: &Value) {
        self.print(line, None);
    }

    fn print(&self, line: &Value, message: Option<String>) {
        let text = output::escaped(line.to_string());
        if let Some(jobs) = &self.jobs {
            // The thread has said why it ended.
            let _ = jobs.send(Job { text, message });
        }
    }

    /// Waits until all is printed, or nothing more can be.
    pub(super) async fn finish(&mut self, printed: &mut mpsc::UnboundedReceiver<Printed>) {
        self.jobs = None;
        while printed.recv().await.is_some() {}
    }
}
