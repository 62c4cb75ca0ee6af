//! What happens, for people: a table of what is attached, then a line for each change.

use std::time::{Duration, Instant};

use cmdbus_attach::client::ClientEvent;
use cmdbus_attach::frame::{Bound, ServerState};

use super::news::{Known, word};
use crate::commands::table::Table;
use crate::output::printable_line;

/// How long the table waits for servers that are being started, so that it can say how they do.
const SETTLE: Duration = Duration::from_secs(5);

/// Something to print.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Print {
    /// To stdout.
    Line(String),
    /// To stderr.
    Note(String),
}

/// What a person sees.
pub(super) struct Text {
    known: Known,
    /// How many attach ids have no answer yet.
    unanswered: usize,
    /// Whether there is one alone, whose refusal is the end and is said there.
    is_only: bool,
    /// By attach id.
    bound: Vec<(String, Vec<Bound>)>,
    /// Until when the table waits at most.
    until: Option<Instant>,
    /// The table as it was printed.
    table: Option<Vec<String>>,
    is_away: bool,
    is_ending: bool,
}

impl Text {
    pub(super) fn new(known: Known, ids: usize) -> Self {
        Self {
            known,
            unanswered: ids,
            is_only: ids == 1,
            bound: Vec::new(),
            until: None,
            table: None,
            is_away: false,
            is_ending: false,
        }
    }

    /// From now on every server stops because it is told to.
    pub(super) fn ending(&mut self) {
        self.is_ending = true;
    }

    /// Returns when [`tick`](Self::tick) has something to do, whatever else happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.until
    }

    /// Takes in an event, and returns what is to be printed.
    pub(super) fn take(&mut self, event: &ClientEvent, now: Instant) -> Vec<Print> {
        let mut prints = Vec::new();
        let mut note = |text: String| prints.push(Print::Note(printable_line(&text)));
        match event {
            ClientEvent::Attached {
                attach_id,
                took_over,
                servers,
            } => {
                if *took_over {
                    note(format!(
                        "took `{attach_id}` over from another client of yours"
                    ));
                }
                self.unanswered = self.unanswered.saturating_sub(1);
                match self.bound.iter_mut().find(|bound| bound.0 == *attach_id) {
                    Some(bound) => bound.1.clone_from(servers),
                    None => self.bound.push((attach_id.clone(), servers.clone())),
                }
                self.until.get_or_insert(now + SETTLE);
            }
            ClientEvent::Refused {
                attach_id, message, ..
            } => {
                self.unanswered = self.unanswered.saturating_sub(1);
                if !self.is_only {
                    let id = attach_id.as_deref().unwrap_or_default();
                    note(format!("not attached as `{id}`: {message}"));
                }
            }
            ClientEvent::Detached { attach_id } => {
                self.bound.retain(|bound| bound.0 != *attach_id);
                if !self.is_only {
                    note(format!(
                        "no longer attached as `{attach_id}`: another client has it"
                    ));
                }
            }
            ClientEvent::Server {
                target,
                state,
                detail,
            } => {
                let has_changed = self.known.set(target, *state, detail.as_deref());
                // Being started is no news once it has been up: what comes of it is.
                let is_news = *state != ServerState::Starting && !self.is_ending;
                if has_changed && self.table.is_some() && is_news {
                    note(status(&target.to_string(), *state, detail.as_deref()));
                }
            }
            ClientEvent::Disconnected { reason, retry_in } => {
                self.is_away = true;
                let seconds = retry_in.as_secs_f64();
                note(format!(
                    "no gateway: {reason}; the next attempt is in {seconds:.1} s"
                ));
            }
            ClientEvent::Connected { .. } => {
                if std::mem::take(&mut self.is_away) {
                    note("the gateway is there".to_owned());
                }
            }
            ClientEvent::Log { .. } => {}
        }
        prints.extend(self.tick(now));
        prints
    }

    /// Returns the table, if it is time to print it.
    pub(super) fn tick(&mut self, now: Instant) -> Vec<Print> {
        let Some(until) = self.until else {
            return Vec::new();
        };
        let is_starting = |state| state == ServerState::Starting;
        let waits = self.unanswered > 0 || self.known.all().any(|(_, state, _)| is_starting(state));
        if waits && now < until && self.table.is_none() {
            return Vec::new();
        }
        self.until = None;
        let endpoints = self.endpoints();
        if self.table.as_ref() == Some(&endpoints) {
            // Attached again, at the same places.
            return Vec::new();
        }
        self.table = Some(endpoints);
        let mut prints: Vec<Print> = self.lines().into_iter().map(Print::Line).collect();
        for (target, state, detail) in self.known.all() {
            // The rest is in the table.
            if detail.is_some() {
                let text = status(&target.to_string(), state, detail);
                prints.push(Print::Note(printable_line(&text)));
            }
        }
        prints
    }

    fn endpoints(&self) -> Vec<String> {
        let rows = self.bound.iter().flat_map(|(_, servers)| servers);
        rows.map(|bound| format!("{:?} {:?}", bound.prefix, bound.url))
            .collect()
    }

    fn lines(&self) -> Vec<String> {
        let mut table = Table::new(["SERVER", "STATE", "PREFIX", "ENDPOINT"]);
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        for bound in self.bound.iter().flat_map(|(_, servers)| servers) {
            let state = word(self.known.state(&bound.target)).to_owned();
            let (prefix, url) = (shown(&bound.prefix), shown(&bound.url));
            table.row([bound.target.to_string(), state, prefix, url]);
        }
        table.lines()
    }
}

fn status(server: &str, state: ServerState, detail: Option<&str>) -> String {
    match (state, detail) {
        (_, Some(detail)) => format!("{server}: {}: {detail}", word(state)),
        (ServerState::Stopped, None) => format!("{server}: stopped until the next call"),
        (_, None) => format!("{server}: {}", word(state)),
    }
}

#[cfg(test)]
mod tests {
    use cmdbus_attach::frame::Target;

    use super::*;

    fn named(name: &str) -> Target {
        Target::Named {
            name: name.to_owned(),
        }
    }

    fn attached(id: &str, servers: &[&str]) -> ClientEvent {
        let servers = servers
            .iter()
            .map(|name| Bound {
                target: named(name),
                prefix: Some((*name).to_owned()),
                url: Some(format!("http://g/a/{id}/mcp/{name}")),
            })
            .collect();
        ClientEvent::Attached {
            attach_id: id.to_owned(),
            took_over: false,
            servers,
        }
    }

    fn state(name: &str, state: ServerState, detail: Option<&str>) -> ClientEvent {
        ClientEvent::Server {
            target: named(name),
            state,
            detail: detail.map(str::to_owned),
        }
    }

    fn line(text: &str) -> Print {
        Print::Line(text.to_owned())
    }

    fn note(text: &str) -> Print {
        Print::Note(text.to_owned())
    }

    fn text(names: &[&str]) -> Text {
        let targets = names.iter().map(|name| named(name)).collect();
        Text::new(Known::new(targets), 1)
    }

    #[test]
    fn the_table_waits_until_the_servers_are_up_and_then_every_change_is_a_line() {
        let now = Instant::now();
        let mut text = text(&["fs", "search"]);
        assert_eq!(text.take(&attached("h", &["fs", "search"]), now), []);
        assert_eq!(text.take(&state("fs", ServerState::Ready, None), now), []);
        let failed = state("search", ServerState::Failed, Some("cannot start"));
        assert_eq!(
            text.take(&failed, now),
            [
                line("SERVER  STATE   PREFIX  ENDPOINT"),
                line("fs      ready   fs      http://g/a/h/mcp/fs"),
                line("search  failed  search  http://g/a/h/mcp/search"),
                note("search: failed: cannot start"),
            ]
        );
        let starting = state("search", ServerState::Starting, None);
        assert_eq!(text.take(&starting, now), []);
        let ready = state("search", ServerState::Ready, None);
        assert_eq!(text.take(&ready, now), [note("search: ready")]);
        assert_eq!(text.take(&ready, now), []);
        let stopped = state("search", ServerState::Stopped, None);
        assert_eq!(
            text.take(&stopped, now),
            [note("search: stopped until the next call")]
        );
    }

    #[test]
    fn a_server_that_takes_long_does_not_keep_the_table_back_for_ever() {
        let now = Instant::now();
        let mut text = text(&["fs"]);
        assert_eq!(text.take(&attached("h", &["fs"]), now), []);
        let until = text.deadline().unwrap();
        assert_eq!(text.tick(until - Duration::from_millis(1)), []);
        let table = text.tick(until);
        assert_eq!(
            table[1],
            line("fs      starting  fs      http://g/a/h/mcp/fs")
        );
        assert_eq!(text.deadline(), None);
    }

    #[test]
    fn a_gateway_that_comes_back_is_told_and_the_table_only_if_it_has_changed() {
        let now = Instant::now();
        let mut text = text(&["fs"]);
        text.take(&state("fs", ServerState::Ready, None), now);
        assert_eq!(text.take(&attached("h", &["fs"]), now).len(), 2);
        let gone = ClientEvent::Disconnected {
            reason: "ended\u{1b}".to_owned(),
            retry_in: Duration::from_millis(1250),
        };
        assert_eq!(
            text.take(&gone, now),
            [note(
                "no gateway: ended\u{fffd}; the next attempt is in 1.2 s"
            )]
        );
        let back = ClientEvent::Connected {
            base_url: String::new(),
            resumed: false,
        };
        assert_eq!(text.take(&back, now), [note("the gateway is there")]);
        assert_eq!(text.take(&attached("h", &["fs"]), now), []);
        let elsewhere = ClientEvent::Attached {
            attach_id: "h".to_owned(),
            took_over: true,
            servers: Vec::new(),
        };
        assert_eq!(
            text.take(&elsewhere, now),
            [
                note("took `h` over from another client of yours"),
                line("SERVER  STATE  PREFIX  ENDPOINT"),
            ]
        );
    }

    #[test]
    fn with_several_ids_the_table_waits_for_all_and_a_refusal_is_told() {
        let now = Instant::now();
        let mut text = Text::new(Known::new(vec![named("fs")]), 2);
        text.take(&state("fs", ServerState::Ready, None), now);
        assert_eq!(text.take(&attached("a", &["fs"]), now), []);
        let refused = ClientEvent::Refused {
            attach_id: Some("b".to_owned()),
            code: "forbidden".to_owned(),
            message: "not yours".to_owned(),
        };
        let prints = text.take(&refused, now);
        assert_eq!(prints[0], note("not attached as `b`: not yours"));
        assert_eq!(prints.len(), 3);
        let detached = ClientEvent::Detached {
            attach_id: "a".to_owned(),
        };
        assert_eq!(
            text.take(&detached, now),
            [note("no longer attached as `a`: another client has it")]
        );
    }
}
