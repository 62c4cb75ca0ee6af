//! What is done about frames that are no good (attach §3.10).

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::frame::Broken;

/// So many bad frames within `WITHIN` close the socket.
const TOO_MANY: usize = 20;
const WITHIN: Duration = Duration::from_secs(60);

/// Counts bad frames.
#[derive(Debug, Default)]
pub(super) struct BadFrames {
    recent: VecDeque<Instant>,
    all: u64,
}

impl BadFrames {
    /// Counts one. True: it was one too many.
    pub(super) fn count(&mut self, now: Instant) -> bool {
        self.all += 1;
        while self
            .recent
            .front()
            .is_some_and(|at| now.duration_since(*at) >= WITHIN)
        {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        if self.recent.len() < TOO_MANY {
            return false;
        }
        // The next socket of the attachment starts anew.
        self.recent.clear();
        true
    }

    /// Returns how many there were.
    pub(super) fn all(&self) -> u64 {
        self.all
    }
}

/// What is done about one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reaction {
    /// The code of the complaint. `None`: who is told answers the request, or fails its waiter.
    pub(super) code: Option<&'static str>,
    /// The `ref` of the complaint.
    pub(super) reference: Option<String>,
    /// Whether it counts.
    pub(super) counts: bool,
    /// Whether it counts as a frame for `ack`: its type is none of those that do not.
    pub(super) is_frame: bool,
    /// Whether it violates the handshake.
    pub(super) handshake: bool,
}

/// Returns what is done about a broken frame.
pub(super) fn reaction(broken: &Broken) -> Reaction {
    let bad = Reaction {
        code: Some("bad_frame"),
        reference: None,
        counts: true,
        is_frame: true,
        handshake: false,
    };
    match broken {
        Broken::NotAFrame(_) => bad,
        Broken::UnknownType { id } => Reaction {
            code: Some("unknown_type"),
            reference: id.clone(),
            counts: false,
            ..bad
        },
        Broken::Body { kind, id, .. } => {
            // The one fails the waiter, the other is answered: nobody waits in vain.
            let told = matches!(kind.as_str(), "server_response" | "server_request");
            Reaction {
                code: if told && id.is_some() { None } else { bad.code },
                reference: id.clone(),
                counts: !(told && id.is_some()),
                is_frame: !matches!(kind.as_str(), "hello" | "welcome" | "ack"),
                handshake: matches!(kind.as_str(), "hello" | "welcome"),
            }
        }
    }
}

/// Returns the complaint's text.
pub(super) fn text(broken: &Broken) -> &str {
    match broken {
        Broken::NotAFrame(text) | Broken::Body { text, .. } => text,
        Broken::UnknownType { .. } => "a frame of this type is not known here",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twentieth_bad_frame_within_a_minute_is_one_too_many() {
        let start = Instant::now();
        let mut bad = BadFrames::default();
        for _ in 0..19 {
            assert!(!bad.count(start));
        }
        assert!(!bad.count(start + WITHIN), "the others are a minute old");
        for _ in 0..18 {
            assert!(!bad.count(start + WITHIN));
        }
        assert!(bad.count(start + WITHIN));
        assert_eq!(bad.all(), 39);
    }

    #[test]
    fn who_waits_for_a_broken_answer_is_told_and_nobody_else_is() {
        let body = |kind: &str, id: Option<&str>| {
            reaction(&Broken::Body {
                kind: kind.to_owned(),
                id: id.map(str::to_owned),
                text: String::new(),
            })
        };
        assert_eq!(body("server_response", Some("q")).code, None);
        assert_eq!(body("server_request", Some("q")).code, None);
        assert_eq!(body("server_response", None).code, Some("bad_frame"));
        assert_eq!(body("attach", Some("a")).reference.as_deref(), Some("a"));
        assert!(!body("ack", None).is_frame);
        assert!(body("hello", None).handshake);
    }
}
