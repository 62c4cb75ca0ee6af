//! What has become of the messages that came.
//!
//! The broker sends again what it has no confirmation of, so a message may come several times. Within one run it is
//! printed once: whether it is waited for or confirmed already is known here by its id.

use std::collections::{HashMap, HashSet, VecDeque};

use super::super::broker_client::Push;
use super::lines::Problem;

/// How many confirmed messages are remembered: those that may come again because their confirmation was lost with
/// the broker, which is at most what its writer holds, and those that may still be answered.
const REMEMBERED: usize = 16_384;

/// The messages of one run.
#[derive(Debug, Default)]
pub(super) struct Letters {
    letters: HashMap<String, Letter>,
    /// Oldest first.
    confirmed: VecDeque<String>,
    /// Confirmed, and the broker has not been told.
    owed: HashSet<String>,
}

#[derive(Debug)]
struct Letter {
    from: String,
    correlation: Option<String>,
    /// The name of its latest push; none if the stream it came on is gone.
    push: Option<String>,
    is_confirmed: bool,
}

/// What to do with a push.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Print,
    Wait,
    Confirm,
}

/// No such message came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown;

impl Unknown {
    pub(super) fn problem(self, id: &str) -> Problem {
        Problem::new(
            "unknown_message",
            format!("no message `{id}` came to this mailbox since it was opened"),
        )
    }
}

/// What there is to do for a confirmation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Confirmed {
    /// Whether it is the first one.
    pub(super) first: bool,
    /// The push to confirm; none if it will come again.
    pub(super) push: Option<String>,
}

impl Letters {
    /// Takes note of a push. `may_print` is for what has not been printed.
    pub(super) fn arrived(&mut self, push: &Push, may_print: bool) -> Next {
        if let Some(letter) = self.letters.get_mut(&push.message_id) {
            if letter.is_confirmed {
                self.owed.remove(&push.message_id);
                return Next::Confirm;
            }
            letter.push = Some(push.push_id.clone());
            return Next::Wait;
        }
        if !may_print {
            return Next::Wait;
        }
        let correlation = push.metadata.get("correlation_id");
        let letter = Letter {
            from: push.from.clone(),
            correlation: correlation.and_then(|id| id.as_str()).map(str::to_owned),
            push: Some(push.push_id.clone()),
            is_confirmed: false,
        };
        self.letters.insert(push.message_id.clone(), letter);
        Next::Print
    }

    /// Takes note that a message is done.
    pub(super) fn confirm(&mut self, id: &str) -> Result<Confirmed, Unknown> {
        let letter = self.letters.get_mut(id).ok_or(Unknown)?;
        let first = !letter.is_confirmed;
        let push = letter.push.take();
        letter.is_confirmed = true;
        if first {
            if push.is_none() {
                self.owed.insert(id.to_owned());
            }
            self.confirmed.push_back(id.to_owned());
            if self.confirmed.len() > REMEMBERED
                && let Some(oldest) = self.confirmed.pop_front()
            {
                self.letters.remove(&oldest);
                self.owed.remove(&oldest);
            }
        }
        Ok(Confirmed { first, push })
    }

    /// The stream is gone, and the names of its pushes mean nothing any more.
    pub(super) fn stream_lost(&mut self) {
        for letter in self.letters.values_mut() {
            letter.push = None;
        }
    }

    /// Returns how many messages are printed, or about to be, and not done.
    pub(super) fn waiting(&self) -> usize {
        self.letters.len() - self.confirmed.len()
    }

    /// Returns how many confirmations the broker has not been told of.
    pub(super) fn owed(&self) -> usize {
        self.owed.len()
    }

    /// Returns whether anything was confirmed.
    pub(super) fn has_confirmed(&self) -> bool {
        !self.confirmed.is_empty()
    }

    /// Returns who sent a message, and the conversation it is part of.
    pub(super) fn origin(&self, id: &str) -> Result<(&str, Option<&str>), Unknown> {
        let letter = self.letters.get(id).ok_or(Unknown)?;
        Ok((&letter.from, letter.correlation.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn push(id: &str, push: &str, attempt: u64) -> Push {
        let mut metadata = Map::new();
        metadata.insert("correlation_id".to_owned(), json!("c"));
        Push {
            push_id: push.to_owned(),
            message_id: id.to_owned(),
            from: "endpoint:ep_1".to_owned(),
            content: String::new(),
            content_type: "text".to_owned(),
            metadata,
            attempt,
        }
    }

    fn confirmed(first: bool, push: Option<&str>) -> Result<Confirmed, Unknown> {
        let push = push.map(str::to_owned);
        Ok(Confirmed { first, push })
    }

    #[test]
    fn a_message_that_comes_again_is_not_printed_again_and_its_new_push_is_confirmed() {
        let mut letters = Letters::default();
        assert_eq!(letters.arrived(&push("m", "push_1", 1), true), Next::Print);
        letters.stream_lost();
        assert_eq!(letters.arrived(&push("m", "push_9", 2), true), Next::Wait);
        assert_eq!(letters.waiting(), 1);
        assert_eq!(letters.confirm("m"), confirmed(true, Some("push_9")));
        assert_eq!((letters.waiting(), letters.owed()), (0, 0));
    }

    #[test]
    fn a_confirmation_without_a_stream_is_owed_until_the_message_comes_again() {
        let mut letters = Letters::default();
        letters.arrived(&push("m", "push_1", 1), true);
        letters.stream_lost();
        assert_eq!(letters.confirm("m"), confirmed(true, None));
        assert_eq!(letters.confirm("m"), confirmed(false, None));
        assert_eq!(letters.owed(), 1);
        assert_eq!(
            letters.arrived(&push("m", "push_2", 2), true),
            Next::Confirm
        );
        assert_eq!(letters.owed(), 0);
        // The confirmation may have been lost with another broker.
        assert_eq!(
            letters.arrived(&push("m", "push_3", 3), true),
            Next::Confirm
        );
    }

    #[test]
    fn only_what_came_can_be_confirmed_or_answered() {
        let mut letters = Letters::default();
        assert_eq!(letters.confirm("m"), Err(Unknown));
        // Not printed, so nobody can know it.
        assert_eq!(letters.arrived(&push("m", "push_1", 1), false), Next::Wait);
        assert_eq!(letters.confirm("m"), Err(Unknown));
        letters.arrived(&push("m", "push_2", 1), true);
        assert_eq!(letters.origin("m"), Ok(("endpoint:ep_1", Some("c"))));
        assert_eq!(letters.origin("n"), Err(Unknown));
    }

    #[test]
    fn what_is_confirmed_is_forgotten_in_time() {
        let mut letters = Letters::default();
        for number in 0..=REMEMBERED {
            let id = format!("m{number}");
            letters.arrived(&push(&id, "push", 1), true);
            letters.confirm(&id).unwrap();
        }
        assert_eq!(letters.letters.len(), REMEMBERED);
        assert_eq!((letters.waiting(), letters.owed()), (0, 0));
        assert_eq!(letters.confirm("m0"), Err(Unknown));
        assert_eq!(letters.confirm("m1"), confirmed(false, None));
    }
}
