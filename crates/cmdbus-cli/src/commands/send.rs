//! `cmdbus send`

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::broker_client::{Broker, Request, segment};
use super::input;
use crate::args::{Global, Send, Wait};
use crate::exit::{self, Error, Result};
use crate::output;

/// The largest body that the broker takes (protocol §3.1); what is to be sent cannot be longer.
pub(super) const LONGEST: u64 = 1 << 20;
/// How long the broker holds a request for a receipt at most (protocol §6.5).
const HOLD: Duration = Duration::from_secs(25);
/// How long a message may be worth delivering.
const SHORTEST_TTL: Duration = Duration::from_secs(1);
const LONGEST_TTL: Duration = Duration::from_secs(30 * 86_400);

pub(crate) async fn run(global: &Global, args: Send) -> Result<u8> {
    let deadline = deadline(args.timeout);
    if let Some(id) = &args.receipt {
        let mut broker = Broker::find(global).await?;
        return receipt(&mut broker, &args, id, deadline).await;
    }
    let (Some(to), Some(content)) = (&args.to, &args.content) else {
        return Err(Error::usage("say to whom, and what"));
    };
    let body = body(&args, to, input::text(content, LONGEST)?)?;
    let key = body["idempotency_key"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut broker = Broker::find(global).await?;
    // It has a key, so it may be repeated however the broker fares.
    let request = Request::post("/v1/send", body);
    let mut sent = match broker.ask_until(&request, deadline).await {
        Ok(sent) => sent,
        Err(problem) => return Err(repeatable(problem.into(), &key)),
    };
    let id = sent["messageId"].as_str().unwrap_or_default().to_owned();
    if !args.json {
        let status = sent["status"].as_str().unwrap_or("sent");
        output::line(&format!("{status} {id}"))?;
    }
    let waited = match args.wait {
        None => Ok(()),
        Some(goal) => match follow(&mut broker, &id, goal, deadline).await {
            Ok(receipt) => {
                let state = receipt["state"].as_str().unwrap_or_default();
                if !args.json {
                    output::line(&format!("{state} {id}"))?;
                }
                let waited = judge(goal, &id, &receipt);
                sent["receipt"] = receipt;
                waited
            }
            // Sent it is all the same.
            Err(error) => Err(error),
        },
    };
    if args.json {
        output::json(&sent, false)?;
    }
    waited.map(|()| 0)
}

/// Adds how a send that ran out of time is repeated so that it is never kept twice.
fn repeatable(error: Error, key: &str) -> Error {
    if error.code() != exit::TIMEOUT {
        return error;
    }
    let key = key.replace('\'', r"'\''");
    Error::new(
        error.code(),
        format!(
            "{}; it may be kept all the same: repeat it with `--key '{key}'`, which keeps it once",
            error.message()
        ),
    )
}

pub(super) fn deadline(timeout: Duration) -> Instant {
    // Longer than anybody waits.
    let longest = Duration::from_secs(365 * 86_400);
    Instant::now() + timeout.min(longest)
}

fn body(args: &Send, to: &str, content: String) -> Result<Value> {
    let key = match &args.key {
        Some(key) => key.clone(),
        None => Uuid::new_v4().to_string(),
    };
    let metadata: Map<String, Value> = args
        .meta
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    let mut body = json!({
        "endpoint_id": "node:self",
        "to": to,
        "content": content,
        "contentType": args.content_type,
        "metadata": metadata,
        "idempotency_key": key,
    });
    if let Some(ttl) = args.ttl {
        if !(SHORTEST_TTL..=LONGEST_TTL).contains(&ttl) {
            return Err(Error::usage("`--ttl` must be from 1 s to 30 days"));
        }
        body["ttl_ms"] = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).into();
    }
    Ok(body)
}

/// Shows what became of an earlier message.
async fn receipt(broker: &mut Broker, args: &Send, id: &str, deadline: Instant) -> Result<u8> {
    let (receipt, judged) = match args.wait {
        Some(goal) => {
            let receipt = follow(broker, id, goal, deadline).await?;
            let judged = judge(goal, id, &receipt);
            (receipt, judged)
        }
        None => {
            let request = Request::get(format!("/v1/receipts/{}", segment(id)));
            (broker.ask_until(&request, deadline).await?, Ok(()))
        }
    };
    if args.json {
        output::json(&receipt, false)?;
    } else {
        print(&receipt)?;
    }
    judged.map(|()| 0)
}

/// Waits for a receipt to say something. Returns what it says at last.
async fn follow(broker: &mut Broker, id: &str, goal: Wait, deadline: Instant) -> Result<Value> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let path = format!(
            "/v1/receipts/{}?wait={}&timeout_ms={}",
            segment(id),
            word(goal),
            left.min(HOLD).as_millis()
        );
        // The broker answers at the deadline; until that has come, it takes a moment.
        let answered_by = deadline + Duration::from_secs(1);
        let receipt = broker.ask_until(&Request::get(path), answered_by).await?;
        if state_of(goal, &receipt) != State::Waits || Instant::now() >= deadline {
            return Ok(receipt);
        }
    }
}

fn word(goal: Wait) -> &'static str {
    match goal {
        Wait::Delivered => "pushed",
        Wait::Confirmed => "confirmed",
    }
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Reached,
    Waits,
    EndedOtherwise,
}

fn state_of(goal: Wait, receipt: &Value) -> State {
    match receipt["state"].as_str().unwrap_or_default() {
        "confirmed" => State::Reached,
        "pushed" if goal == Wait::Delivered => State::Reached,
        "settled" | "expired" => State::EndedOtherwise,
        _ => State::Waits,
    }
}

/// Says what is wrong if a message did not get as far as it should.
fn judge(goal: Wait, id: &str, receipt: &Value) -> Result<()> {
    let state = receipt["state"].as_str().unwrap_or_default();
    match state_of(goal, receipt) {
        State::Reached => Ok(()),
        State::Waits => Err(Error::new(
            exit::TIMEOUT,
            format!("`{id}` is only `{state}` yet; ask later with `cmdbus send --receipt {id}`"),
        )),
        State::EndedOtherwise => {
            let reason = receipt["reason"].as_str();
            let reason = reason.map(|reason| format!(": {reason}"));
            let reason = reason.unwrap_or_default();
            Err(Error::failure(format!("`{id}` is `{state}`{reason}")))
        }
    }
}

fn print(receipt: &Value) -> Result<()> {
    for (name, value) in [
        ("message", &receipt["message_id"]),
        ("to", &receipt["to"]),
        ("endpoint", &receipt["endpoint_id"]),
        ("state", &receipt["state"]),
        ("reason", &receipt["reason"]),
        ("attempts", &receipt["attempts"]),
        ("accepted", &receipt["times"]["accepted"]),
        ("pushed", &receipt["times"]["pushed"]),
        ("inbox", &receipt["times"]["inbox"]),
        ("ended", &receipt["times"]["ended"]),
        ("expires", &receipt["expires_at"]),
    ] {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        output::line(&format!("{name:10} {}", output::printable_line(&text)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_where_it_is_meant_to_or_with_the_message() {
        use State::{EndedOtherwise, Reached, Waits};
        for (state, delivered, confirmed) in [
            ("accepted", Waits, Waits),
            ("durable", Waits, Waits),
            ("inbox", Waits, Waits),
            ("pushed", Reached, Waits),
            ("confirmed", Reached, Reached),
            ("settled", EndedOtherwise, EndedOtherwise),
            ("expired", EndedOtherwise, EndedOtherwise),
        ] {
            let receipt = json!({"state": state});
            assert_eq!(state_of(Wait::Delivered, &receipt), delivered, "{state}");
            assert_eq!(state_of(Wait::Confirmed, &receipt), confirmed, "{state}");
        }
    }

    #[test]
    fn what_went_otherwise_is_told_with_its_exit_code() {
        let code = |receipt: Value| judge(Wait::Confirmed, "msg_1", &receipt).map_err(|e| e.code());
        assert_eq!(code(json!({"state": "confirmed"})), Ok(()));
        assert_eq!(code(json!({"state": "inbox"})), Err(exit::TIMEOUT));
        assert_eq!(code(json!({"state": "expired"})), Err(exit::FAILURE));
    }
}
