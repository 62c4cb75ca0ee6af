//! One request of the client, from its line to its answer.

use std::sync::Arc;
use std::time::Duration;

use cmdbus_mcp::carry::{Call, Limits};
use cmdbus_mcp::rpc::{Era, Id, Message, Raw, RpcError, codes, raw, splice};
use cmdbus_mcp::upstream::Fate;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout_at};

use super::door::Door;
use super::relay::Shared;

pub(super) const LISTEN: &str = "subscriptions/listen";
pub(super) const SUBSCRIPTION: &[&str] = &["_meta", "io.modelcontextprotocol/subscriptionId"];
/// How much longer than the gateway we wait, so that it is the one that says what is late.
const GRACE: Duration = Duration::from_secs(5);
/// How often a gateway that is ending is asked whether it has changed its mind.
const ENDING: Duration = Duration::from_millis(200);

/// A request of the client.
pub(super) struct Request {
    pub(super) id: Id,
    pub(super) method: String,
    pub(super) params: Option<Raw>,
    pub(super) era: Era,
}

/// Carries a request, and answers it.
pub(super) async fn run(shared: Arc<Shared>, request: Request) {
    let outcome = carry(&shared, &request).await;
    let answer = Message::Response {
        id: request.id,
        outcome,
    };
    shared.out.answer(answer.to_json()).await;
}

async fn carry(shared: &Arc<Shared>, request: &Request) -> Result<Raw, RpcError> {
    let deadline = Instant::now() + patience(&request.method);
    let starts = request.era == Era::Legacy && request.method == "initialize";
    if request.era == Era::Legacy && !starts {
        shared.handshaken().await;
    }
    let mut listened = false;
    loop {
        let door = wait_for(shared, request, deadline).await?;
        if listened {
            tell_of_changes(shared, request);
        }
        let call = Call {
            limits: longer(Limits::of_method(&request.method)),
            ..Call::new(request.era, &*request.method, request.params.clone())
        };
        let hears = shared.ear_of(&request.method, &request.id, listened);
        let fate = tokio::select! {
            biased;
            outcome = door.of(request.era).ask(call, hears) => match outcome {
                // A handshake that the next door does not know of is none.
                Ok(_) if starts && !shared.has_shaken_hands(&door, request.params.clone()) => Fate::Lost,
                Ok(result) => return Ok(named(request, result)),
                Err(failed) if matches!(failed.fate, Fate::Answered | Fate::GivenUp) => {
                    return Err(failed.error);
                }
                Err(failed) => failed.fate,
            },
            () = door.lost() => Fate::Lost,
        };
        match fate {
            Fate::Lost if !changes_nothing(&request.method) => return Err(lost()),
            Fate::NotTaken | Fate::Lost => door.lose(),
            // It may still answer others.
            _ => tokio::select! {
                () = door.lost() => {}
                () = sleep(ENDING) => {}
            },
        }
        listened = request.method == LISTEN;
    }
}

/// Waits until the gateway is there.
async fn wait_for(
    shared: &Shared,
    request: &Request,
    deadline: Instant,
) -> Result<Arc<Door>, RpcError> {
    // Whoever listens has nothing better to do.
    if request.method == LISTEN {
        return Ok(shared.door().await);
    }
    // A door that is open would be found after the deadline as well.
    if Instant::now() < deadline
        && let Ok(door) = timeout_at(deadline, shared.door()).await
    {
        return Ok(door);
    }
    let seconds = patience(&request.method).as_secs();
    let why = shared.why_closed();
    let text = format!("the bus did not come back within {seconds} s: {why}");
    Err(RpcError::new(codes::TIMEOUT, text))
}

/// Returns how long a request waits for the bus.
fn patience(method: &str) -> Duration {
    let limits = Limits::of_method(method);
    let least = [limits.idle, limits.total].into_iter().flatten().min();
    least
        .unwrap_or(Duration::MAX / 2)
        .min(Duration::from_secs(86_400))
}

fn longer(limits: Limits) -> Limits {
    let longer = |limit: Option<Duration>| limit.map(|limit| limit + GRACE);
    Limits {
        idle: longer(limits.idle),
        total: longer(limits.total),
    }
}

/// Returns whether a request may be sent again although it may have been carried out.
fn changes_nothing(method: &str) -> bool {
    matches!(method, "initialize" | "server/discover" | "ping" | LISTEN)
        || method.ends_with("/list")
}

fn lost() -> RpcError {
    RpcError::new(
        codes::CHANNEL_LOST,
        "the bus went away while the call was in progress; whether it was carried out is not known",
    )
}

/// Returns a result as the client knows its request.
fn named(request: &Request, result: Raw) -> Raw {
    if request.method != LISTEN {
        return result;
    }
    splice::set(&result, SUBSCRIPTION, request.id.as_json()).unwrap_or(result)
}

/// Tells a client that listens again that what it knows may be out of date.
fn tell_of_changes(shared: &Shared, request: &Request) {
    let wants = request
        .params
        .as_deref()
        .and_then(|params| splice::get(params, &["notifications", "toolsListChanged"]));
    if wants.is_some_and(|wanted| wanted.get() == "true") {
        let meta = json!({"io.modelcontextprotocol/subscriptionId": request.id});
        shared.out.tell(&Message::Notification {
            method: "notifications/tools/list_changed".to_owned(),
            params: Some(raw(&json!({"_meta": meta}))),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_nothing_is_sent_twice() {
        for method in [
            "initialize",
            "tools/list",
            "server/discover",
            "ping",
            LISTEN,
        ] {
            assert!(changes_nothing(method), "{method}");
        }
        for method in ["tools/call", "prompts/get", "logging/setLevel", "list"] {
            assert!(!changes_nothing(method), "{method}");
        }
    }

    #[test]
    fn a_call_waits_for_the_bus_as_long_as_it_would_for_progress() {
        assert_eq!(patience("tools/call"), Duration::from_secs(60));
        assert_eq!(patience("tools/list"), Duration::from_secs(30));
        assert_eq!(patience("ping"), Duration::from_secs(5));
        // It has no end, and a point in time is made of it.
        assert!(Instant::now().checked_add(patience(LISTEN)).is_some());
    }
}
