//! The figures of the protocol's table (§4.4), with the names they have in the configuration.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Longest time: what is added to a clock must not run over.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Shortest time of what is done again and again, so that it leaves time for anything else.
const SHORTEST: Duration = Duration::from_millis(10);

/// Reads a number of seconds, with a fraction if need be.
fn seconds<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    let figure = f64::deserialize(input)?;
    match Duration::try_from_secs_f64(figure) {
        Ok(time) if time <= LONGEST => Ok(time),
        Ok(_) => Err(Error::custom(format!(
            "{figure} s is longer than 100 years"
        ))),
        Err(_) => Err(Error::custom(format!(
            "{figure} is not a number of seconds"
        ))),
    }
}

/// Reads the time between two of the same.
fn interval<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    let time = seconds(input)?;
    if time < SHORTEST {
        return Err(Error::custom(format!(
            "{} s is too often; it must be at least {} s",
            time.as_secs_f64(),
            SHORTEST.as_secs_f64()
        )));
    }
    Ok(time)
}

/// Reads a number of which there must be one at least, or nothing would ever be done.
fn some<'de, D: Deserializer<'de>>(input: D) -> Result<usize, D::Error> {
    match usize::deserialize(input)? {
        0 => Err(Error::custom("0 is too few; it must be at least 1")),
        number => Ok(number),
    }
}

/// Writes the struct, and its defaults beside each field.
macro_rules! figures {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $([$($serde:tt)+])? $field:ident: $type:ty = $default:expr,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* $(#[serde($($serde)+)])? pub $field: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }
    };
}

figures! {
    /// Times and bounds of a broker (protocol §4.4). In the configuration a time has its unit in its name, as
    /// in `endpoint_grace_s`.
    Figures {
        /// How long an endpoint without a stream may take to come back. Default: 600 s.
        [rename = "endpoint_grace_s", deserialize_with = "seconds"]
        endpoint_grace: Duration = Duration::from_secs(600),
        /// How often the process of such an endpoint is looked at. Default: 5 s.
        [rename = "liveness_probe_s", deserialize_with = "interval"]
        liveness_probe: Duration = Duration::from_secs(5),
        /// How long the network may be away before presence is `offline`. Default: 600 s.
        [rename = "presence_grace_s", deserialize_with = "seconds"]
        presence_grace: Duration = Duration::from_secs(600),

        /// After how long a push without receipt is noticed and the stream is asked whether it reads. Default: 2 s.
        [rename = "push_receipt_warning_s", deserialize_with = "interval"]
        push_receipt_warning: Duration = Duration::from_secs(2),
        /// How long after that Pong a push is sent again. Default: 5 s.
        [rename = "push_resend_s", deserialize_with = "interval"]
        push_resend: Duration = Duration::from_secs(5),
        /// How often it is sent again on one stream. Default: 3.
        push_resends: u32 = 3,
        /// Unconfirmed pushes of an endpoint, at most. Default: 16.
        [deserialize_with = "some"]
        pushes_in_flight: usize = 16,
        /// Messages in the queue of an endpoint, at most. Default: 10,000.
        queue_messages: u64 = 10_000,
        /// Bytes in the queue of an endpoint, at most. Default: 64 MiB.
        queue_bytes: u64 = 64 << 20,
        /// Bytes written to a stream and not confirmed yet, at most. Default: 4 MiB.
        stream_output_bytes: u64 = 4 << 20,

        /// Records in the undispatched inbox, at most. Default: 100,000.
        inbox_messages: u64 = 100_000,
        /// Bytes in the undispatched inbox, at most. Default: 1 GiB.
        inbox_bytes: u64 = 1 << 30,
        /// How long a claim may wait to be accepted. Default: 30 s.
        [rename = "assignment_acceptance_s", deserialize_with = "seconds"]
        assignment_acceptance: Duration = Duration::from_secs(30),
        /// How long a staged message may wait to be accepted. Default: 600 s.
        [rename = "staged_acceptance_s", deserialize_with = "seconds"]
        staged_acceptance: Duration = Duration::from_secs(600),
        /// How long a request for staged messages is held open. Default: 25 s.
        [rename = "staged_hold_s", deserialize_with = "seconds"]
        staged_hold: Duration = Duration::from_secs(25),
        /// How long the assignment of a lost endpoint is kept for its return, and a reply record. Default: 24 h.
        [rename = "reply_record_s", deserialize_with = "seconds"]
        reply_record: Duration = Duration::from_secs(24 * 3600),
        /// How often messages are claimed ahead of time. Default: 20 s.
        [rename = "mailroom_interval_s", deserialize_with = "interval"]
        mailroom_interval: Duration = Duration::from_secs(20),
        /// How many candidates are looked at then, for each endpoint. Default: 32.
        mailroom_page: usize = 32,

        /// How long a received correlation id is remembered. Default: 86,400 s.
        [rename = "reply_correlation_ttl_s", deserialize_with = "seconds"]
        reply_correlation_ttl: Duration = Duration::from_secs(86_400),
        /// How many of an endpoint are. Default: 1000.
        reply_correlations: usize = 1000,
        /// How long an inbound message id is remembered. Default: 86,400 s.
        [rename = "inbound_dedupe_s", deserialize_with = "seconds"]
        inbound_dedupe: Duration = Duration::from_secs(86_400),
        /// How many of them are, at most. Default: 1,000,000.
        inbound_dedupe_ids: usize = 1_000_000,

        /// Events that wait for the authority, at most. Default: 100,000.
        outbox_entries: usize = 100_000,

        /// Spawns in one window, at most. Default: 3.
        spawn_rate: usize = 3,
        /// The length of that window. Default: 30 s.
        [rename = "spawn_window_s", deserialize_with = "seconds"]
        spawn_window: Duration = Duration::from_secs(30),
        /// How long a spawned process may take to register. Default: 30 s.
        [rename = "spawn_correlation_s", deserialize_with = "seconds"]
        spawn_correlation: Duration = Duration::from_secs(30),
        /// Outcomes of control events, and keys of sends, are kept so long. Default of the first: 7 days.
        [rename = "control_outcomes_s", deserialize_with = "seconds"]
        control_outcomes: Duration = Duration::from_secs(7 * 86_400),
        /// How many of them are, at most. Default: 10,000.
        control_outcome_keys: usize = 10_000,

        /// How long a receipt is kept after its end. Default: 7 days.
        [rename = "receipts_s", deserialize_with = "seconds"]
        receipts: Duration = Duration::from_secs(7 * 86_400),
        /// How many of them are, at most. Default: 1,000,000.
        receipts_kept: u64 = 1_000_000,
        /// How long an idempotency key of a send is kept. Default: 86,400 s.
        [rename = "idempotency_keys_s", deserialize_with = "seconds"]
        idempotency_keys: Duration = Duration::from_secs(86_400),
        /// How many of them are, at most. Default: 1,000,000.
        idempotency_keys_kept: u64 = 1_000_000,
        /// Whether content is kept for history after a message has ended. Default: yes.
        history: bool = true,
        /// For how long. Default: 7 days.
        [rename = "history_s", deserialize_with = "seconds"]
        history_time: Duration = Duration::from_secs(7 * 86_400),
        /// How much of it, at most. Default: 256 MiB.
        history_bytes: u64 = 256 << 20,
        /// How long the tombstone of a closed endpoint is kept. Default: 7 days.
        [rename = "tombstones_s", deserialize_with = "seconds"]
        tombstones: Duration = Duration::from_secs(7 * 86_400),
        /// How many of them are, at most. Default: 4096.
        tombstones_kept: u64 = 4096,
        /// How often what is over its time is swept away. Default: 60 s.
        [rename = "sweep_s", deserialize_with = "interval"]
        sweep: Duration = Duration::from_secs(60),
        /// How long expiry and retention pause after a jump of the wall clock. Default: 600 s.
        [rename = "clock_jump_pause_s", deserialize_with = "seconds"]
        clock_jump_pause: Duration = Duration::from_secs(600),

        /// Streams at once, at most. Default: 2048.
        streams: usize = 2048,
        /// Endpoints at once, at most. Default: 4096.
        endpoints: usize = 4096,
        /// Endpoints of one process at once, at most. Default: 64.
        endpoints_per_process: usize = 64,
        /// How often one process may replace its stream within a minute. Default: 10.
        stream_replacements: usize = 10,
        /// How often each stream is pinged. Default: 30 s.
        [rename = "ping_s", deserialize_with = "interval"]
        ping: Duration = Duration::from_secs(30),
        /// How long the Pong may take. Default: 10 s.
        [rename = "pong_s", deserialize_with = "interval"]
        pong: Duration = Duration::from_secs(10),
        /// How long a new stream may take to answer its first Ping. Default: 20 s.
        [rename = "gate_s", deserialize_with = "seconds"]
        gate: Duration = Duration::from_secs(20),

        /// Whether every call on an endpoint must prove that it comes from its owner. Default: no.
        strict_ownership: bool = false,
        /// Whether a reply is pushed only to endpoints that said so (protocol §5.3). Default: no.
        strict_foreground_gate: bool = false,
        /// Whether a registration takes over the endpoint it matches (protocol §4.1.3). Default: yes.
        adoption: bool = true,
        /// Another name of this node, beside `node:self`, as in `node:<alias>`. Default: none.
        node_alias: Option<String> = None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_under_the_names_of_the_protocol() {
        let figures: Figures =
            serde_json::from_str(r#"{"endpoint_grace_s": 1.5, "pushes_in_flight": 2}"#).unwrap();
        assert_eq!(figures.endpoint_grace, Duration::from_millis(1500));
        assert_eq!(figures.pushes_in_flight, 2);
        assert_eq!(figures.gate, Figures::default().gate);
    }

    #[test]
    fn an_unknown_figure_and_a_negative_time_are_refused() {
        assert!(serde_json::from_str::<Figures>(r#"{"endpoint_grace": 1}"#).is_err());
        assert!(serde_json::from_str::<Figures>(r#"{"gate_s": -1}"#).is_err());
    }

    #[test]
    fn figures_with_which_nothing_else_could_be_done_are_refused() {
        for text in [
            r#"{"ping_s": 0}"#,
            r#"{"sweep_s": 0.001}"#,
            r#"{"endpoint_grace_s": 1e19}"#,
            r#"{"pushes_in_flight": 0}"#,
        ] {
            assert!(serde_json::from_str::<Figures>(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Figures>(r#"{"endpoint_grace_s": 0}"#).is_ok());
    }
}
