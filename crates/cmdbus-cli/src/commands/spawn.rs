//! `cmdbus spawn`

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::broker_client::{Broker, Problem, Request, segment};
use super::input;
use super::send::{LONGEST, deadline};
use crate::args::{Global, Spawn};
use crate::exit::{self, Error, Result};
use crate::output;

/// How often is looked whether it has registered.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) async fn run(global: &Global, args: Spawn) -> Result<u8> {
    let deadline = deadline(args.timeout);
    let prompt = match &args.prompt {
        Some(prompt) => input::text(prompt, LONGEST)?,
        None => String::new(),
    };
    let key = match &args.key {
        Some(key) => key.clone(),
        None => Uuid::new_v4().to_string(),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let event = json!({
        "version": 1,
        "type": "spawn_request",
        "idempotency_key": key,
        "emitted_at": u64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(0),
        "prompt": prompt,
        "runtime_kind": args.kind,
        "origin": "owner_initiated_spawn",
    });
    let mut broker = Broker::find(global).await?;
    // It has a key, so it may be repeated.
    let request = Request::post("/v1/control", event);
    let mut ack = broker.ask_until(&request, deadline).await?;
    if args.wait {
        let request = Request::get(format!("/v1/control/{}", segment(&key)));
        while ack["status"] == "received" && Instant::now() < deadline {
            sleep(LOOK).await;
            match broker.ask_until(&request, deadline).await {
                // What is known is that it was started.
                Err(Problem::TimedOut) => break,
                answer => ack = answer?,
            }
        }
    }
    if args.json {
        output::json(&ack, false)?;
    } else if ack["status"] != "failed" {
        let said = match ack["status"].as_str() {
            Some("applied") => "registered",
            _ => "started",
        };
        output::line(&output::printable(&format!("{said} {key}")))?;
    }
    judge(&args, &key, &ack).map(|()| 0)
}

/// Says what is wrong if it did not get as far as it should.
fn judge(args: &Spawn, key: &str, ack: &Value) -> Result<()> {
    let detail = ack["detail"].as_str().unwrap_or_default();
    match ack["status"].as_str() {
        // A broker that does not know the request says so in this way (protocol §8.4).
        Some("applied") if detail == "unknown_variant_dropped" => Err(Error::failure(
            "the broker does not know what to do with this; is it of an older version?",
        )),
        Some("applied") => Ok(()),
        Some("received") if args.wait => Err(Error::new(
            exit::TIMEOUT,
            format!(
                "`{}` was started and has not registered yet; ask later with `--key {key} --wait`",
                args.kind
            ),
        )),
        Some("received") => Ok(()),
        _ => Err(Error::failure(output::printable_line(&format!(
            "`{}` was not started: {detail}{}",
            args.kind,
            mend(detail)
        )))),
    }
}

/// Returns what to do about a failure.
fn mend(detail: &str) -> &'static str {
    if detail.starts_with("runtime_kind_unsupported") {
        "; say how in `[spawn.drivers]` of the configuration, and restart the bus"
    } else if detail.starts_with("spawn_rate_limited") {
        "; there were too many just now, so wait for half a minute"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_tells_how_far_it_got() {
        let code = |wait, ack: Value| {
            let args = Spawn {
                kind: "k".to_owned(),
                prompt: None,
                key: None,
                wait,
                timeout: Duration::ZERO,
                json: false,
            };
            judge(&args, "key", &ack).map_err(|error| error.code())
        };
        assert_eq!(code(false, json!({"status": "received"})), Ok(()));
        assert_eq!(
            code(true, json!({"status": "received"})),
            Err(exit::TIMEOUT)
        );
        assert_eq!(code(true, json!({"status": "applied"})), Ok(()));
        let failed = json!({"status": "failed", "detail": "spawn_exited:1"});
        assert_eq!(code(true, failed), Err(exit::FAILURE));
        let dropped = json!({"status": "applied", "detail": "unknown_variant_dropped"});
        assert_eq!(code(true, dropped), Err(exit::FAILURE));
    }
}
