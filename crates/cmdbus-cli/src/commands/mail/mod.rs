//! `cmdbus mail`: a mailbox for scripts (protocol §10.11).
//!
//! One task ([`link`]) keeps the mailbox registered whatever happens to the broker, one thread reads stdin
//! ([`lines`]), one writes stdout ([`mod@print`]), and the loop here knows what has become of each message ([`letters`]).
//! Lines are seen to one after the other: a confirmation written after a reply counts only once the reply is kept.
//!
//! At the end the endpoint is unregistered rather than left to be missed. Its close-out puts what is unconfirmed into
//! the inbox in the same way, but the answer says that it is done: `endpoints` shows the mailbox asleep when this
//! process ends, and every confirmation before it is durable.

mod forget;
mod letters;
mod lines;
mod link;
mod name;
mod outgoing;
mod print;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use self::letters::{Letters, Next};
use self::lines::{Line, Read};
use self::link::{FromLink, Session, ToLink};
use self::name::Name;
use self::outgoing::Outgoing;
use self::print::{Printed, Printer};
use super::broker_client::{Push, Request, segment};
use super::signals::Signals;
use crate::args::{Global, Mail};
use crate::exit::{self, Error, Result};
use crate::output;

/// How long confirmations may take to reach a broker that went away, once all else is done.
const DRAIN: Duration = Duration::from_secs(10);
/// How long taking leave of the broker may take.
const LEAVE: Duration = Duration::from_secs(3);
/// What the link may have to tell before it waits for us.
const WAITING: usize = 64;

pub(crate) async fn run(global: &Global, args: &Mail) -> Result<u8> {
    let name = Name::new(&args.name)?;
    let _lock = name.lock(global)?;
    if args.forget {
        return forget::run(global, &name, args.yes).await;
    }
    let mut signals = Signals::new()?;
    let (tell, mut heard) = mpsc::channel(WAITING);
    let link = tokio::spawn(link::keep(global.clone(), name.clone(), tell));
    let (printer, mut printed) = Printer::start()?;
    let mut lines = None;
    let mut mail = Open::new(name, args, printer);
    let end = loop {
        let (idle, drained) = (mail.idle_until(), mail.drain_until);
        tokio::select! {
            event = heard.recv() => match event {
                Some(FromLink::Up(session)) => {
                    mail.up(session);
                    if lines.is_none() {
                        lines = Some(lines::read(args.auto)?);
                    }
                }
                Some(FromLink::Push(push)) => mail.push(&push),
                Some(FromLink::Down) => mail.down(),
                Some(FromLink::Failed(error)) => return Err(error),
                None => return Err(Error::failure("the link to the broker came to a sudden end")),
            },
            read = next(&mut lines), if mail.takes_lines() => match read {
                Some(read) => mail.line(read),
                None => mail.stdin_ended(),
            },
            printed = printed.recv() => match printed {
                Some(Printed::Message(id)) => mail.printed(&id),
                Some(Printed::Failed(error)) => break End::Unprinted(error),
                None => break End::Finished,
            },
            answer = sent(&mut mail.sending) => mail.sent(answer),
            () = at(idle) => break End::NoMail,
            () = at(drained) => break End::Finished,
            () = signals.end() => break End::Told,
        }
        if mail.is_finished() {
            break End::Finished;
        }
    };
    let leave = async {
        mail.leave().await;
        link.abort();
        // Answers to the last lines, and messages that nobody has confirmed yet.
        mail.printer.finish(&mut printed).await;
    };
    tokio::select! {
        () = leave => {}
        () = signals.end() => {}
    }
    match end {
        End::Told | End::Finished => Ok(0),
        End::NoMail => {
            let limit = crate::duration::show(args.timeout.unwrap_or_default());
            Err(Error::new(exit::TIMEOUT, format!("no mail for {limit}")))
        }
        // As after `| head`: what was not written comes again.
        End::Unprinted(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(0),
        End::Unprinted(error) => Err(Error::failure(format!("cannot write to stdout: {error}"))),
    }
}

/// Why it ends.
enum End {
    Told,
    Finished,
    NoMail,
    Unprinted(std::io::Error),
}

/// An open mailbox.
struct Open {
    name: Name,
    auto: bool,
    /// How many messages are still to be done.
    left: Option<u64>,
    /// How many may still be printed.
    to_print: Option<u64>,
    timeout: Option<Duration>,
    letters: Letters,
    printer: Printer,
    session: watch::Sender<Option<Session>>,
    was_up: bool,
    /// The line whose message is being sent, and no further line is looked at meanwhile.
    sending: Option<JoinHandle<Value>>,
    /// The last time something came or was done.
    latest: Instant,
    /// Set when there is nothing more to do than to make sure that the broker knows of it.
    drain_until: Option<Instant>,
    stdin_ended: bool,
}

impl Open {
    fn new(name: Name, args: &Mail, printer: Printer) -> Self {
        Self {
            name,
            auto: args.auto,
            left: args.count,
            // Without `--auto` nobody knows which ones will be done.
            to_print: args.count.filter(|_| args.auto),
            timeout: args.timeout,
            letters: Letters::default(),
            printer,
            session: watch::Sender::new(None),
            was_up: false,
            sending: None,
            latest: Instant::now(),
            drain_until: None,
            stdin_ended: false,
        }
    }

    fn up(&mut self, session: Session) {
        if self.was_up {
            output::note("the broker is back");
        } else {
            output::note(&format!(
                "mailbox `{}` is open as session:{}; Ctrl-C closes it",
                self.name, self.name
            ));
            self.latest = Instant::now();
        }
        self.was_up = true;
        self.session.send_replace(Some(session));
    }

    fn down(&mut self) {
        output::note("the broker went away; waiting for it to come back");
        self.session.send_replace(None);
        self.letters.stream_lost();
    }

    /// Tells the broker something about a push, if the stream on which it came is still there.
    fn tell(&self, what: ToLink) {
        if let Some(session) = &*self.session.borrow() {
            // If it has just gone, the message comes again.
            let _ = session.out.send(what);
        }
    }

    fn push(&mut self, push: &Push) {
        self.tell(ToLink::Seen(push.push_id.clone()));
        let may_print = self.drain_until.is_none() && self.to_print != Some(0);
        match self.letters.arrived(push, may_print) {
            Next::Print => {
                self.latest = Instant::now();
                if let Some(left) = &mut self.to_print {
                    *left -= 1;
                }
                let line = json!({
                    "message_id": push.message_id,
                    "from": push.from,
                    "content": push.content,
                    "content_type": push.content_type,
                    "metadata": push.metadata,
                    "attempt": push.attempt,
                });
                self.printer.message(&push.message_id, &line);
            }
            Next::Wait => {}
            Next::Confirm => self.tell(ToLink::Confirm(push.push_id.clone())),
        }
    }

    fn printed(&mut self, id: &str) {
        if self.auto {
            // It was printed, so it is known.
            let _ = self.confirm(id);
        }
    }

    fn confirm(&mut self, id: &str) -> std::result::Result<(), letters::Unknown> {
        let confirmed = self.letters.confirm(id)?;
        if let Some(push) = confirmed.push {
            self.tell(ToLink::Confirm(push));
        }
        if confirmed.first {
            self.latest = Instant::now();
            if let Some(left) = &mut self.left {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    self.drain();
                }
            }
        }
        Ok(())
    }

    fn drain(&mut self) {
        self.drain_until
            .get_or_insert_with(|| Instant::now() + DRAIN);
    }

    fn takes_lines(&self) -> bool {
        self.was_up && self.sending.is_none() && !self.stdin_ended && self.drain_until.is_none()
    }

    fn stdin_ended(&mut self) {
        self.stdin_ended = true;
        if !self.auto {
            self.drain();
        }
    }

    fn line(&mut self, read: Read) {
        let Read { number, line } = read;
        let done = match line {
            Ok(Line::Confirm(id)) => self.confirm(&id).map_err(|unknown| unknown.problem(&id)),
            Ok(Line::Send(outgoing)) => self.send(*outgoing, number),
            Err(problem) => Err(problem),
        };
        if let Err(problem) = done {
            self.printer.answer(&problem.line(number));
        }
    }

    fn send(&mut self, outgoing: Outgoing, number: u64) -> std::result::Result<(), lines::Problem> {
        let message = outgoing.addressed(&self.letters)?;
        let session = self.session.subscribe();
        self.sending = Some(tokio::spawn(outgoing::send(message, session, number)));
        Ok(())
    }

    fn sent(&mut self, answer: Value) {
        self.sending = None;
        self.printer.answer(&answer);
    }

    /// Returns when there has been no mail for too long. As long as somebody works on a message, there is mail.
    fn idle_until(&self) -> Option<Instant> {
        let busy = self.letters.waiting() > 0 || self.sending.is_some();
        let limit = self.timeout.filter(|_| self.was_up && !busy)?;
        self.latest.checked_add(limit)
    }

    /// Returns whether nothing is left to do or to tell.
    fn is_finished(&self) -> bool {
        self.drain_until.is_some() && self.sending.is_none() && self.letters.owed() == 0
    }

    /// Closes the mailbox, once the broker has every confirmation.
    async fn leave(&mut self) {
        if let Some(sending) = self.sending.take() {
            sending.abort();
        }
        let session = self.session.borrow().clone();
        let left = match session {
            Some(session) => timeout(LEAVE, unregister(&session)).await.unwrap_or(false),
            None => false,
        };
        if !left && self.letters.has_confirmed() {
            output::note(
                "the broker is away; what was confirmed last may come again the next time",
            );
        }
    }
}

/// Has the broker close the endpoint. Returns whether it has.
async fn unregister(session: &Session) -> bool {
    // The Pong comes after the confirmations before it were read; they must not be overtaken on another connection.
    let (read, was_read) = oneshot::channel();
    if session.out.send(ToLink::Barrier(read)).is_err() || was_read.await.is_err() {
        return false;
    }
    let request = Request::delete(format!("/v1/endpoint/{}", segment(&session.endpoint)))
        .by_this_process()
        .header("x-cmdbus-owner-token", &session.owner_token);
    let closed = session.http.ask(&request).await;
    let (closed_stream, was_closed) = oneshot::channel();
    if session.out.send(ToLink::Close(closed_stream)).is_ok() {
        // It goes with the process in any case.
        let _ = was_closed.await;
    }
    if let Err(problem) = &closed {
        tracing::debug!(%problem, "the mailbox could not be closed");
    }
    closed.is_ok()
}

async fn next(lines: &mut Option<mpsc::Receiver<Read>>) -> Option<Read> {
    match lines {
        Some(lines) => lines.recv().await,
        None => std::future::pending().await,
    }
}

/// Waits for the answer to the message that is being sent; for ever if there is none.
async fn sent(sending: &mut Option<JoinHandle<Value>>) -> Value {
    match sending {
        Some(task) => match task.await {
            Ok(answer) => answer,
            Err(error) => {
                json!({"error": {"code": "internal_error", "message": error.to_string()}})
            }
        },
        None => std::future::pending().await,
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
