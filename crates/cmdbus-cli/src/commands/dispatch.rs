//! `cmdbus dispatch`

use serde_json::{Value, json};

use super::broker_client::{Broker, Request};
use super::endpoints;
use crate::args::{Dispatch, Global};
use crate::exit::{self, Error, Result};
use crate::output;

pub(crate) async fn run(global: &Global, args: &Dispatch) -> Result<u8> {
    let mut broker = Broker::find(global).await?;
    let known = endpoints::list(&mut broker).await?;
    let target = resolve(&args.endpoint, &known)?;
    let body = json!({"undispatched_id": args.id, "target_endpoint_id": target});
    broker.ask(&Request::post("/v1/dispatch", body)).await?;
    if args.json {
        output::json(
            &json!({"undispatched_id": args.id, "endpoint_id": target}),
            false,
        )?;
    } else {
        output::line(&output::printable(&format!(
            "dispatched {} to {target}",
            args.id
        )))?;
    }
    Ok(0)
}

/// Returns the id of the endpoint that an address names. A message is given to somebody who is there.
fn resolve(address: &str, endpoints: &[Value]) -> Result<String> {
    let (kind, name) = address.split_once(':').unwrap_or(("endpoint", address));
    let (key, is_session) = match kind {
        "endpoint" => return Ok(name.to_owned()),
        "session" => ("runtime_session_id", true),
        "agent" => ("agent_id", false),
        _ => {
            return Err(Error::usage(format!(
                "`{address}` names no endpoint; use its id, session:NAME or agent:NAME"
            )));
        }
    };
    let named = endpoints
        .iter()
        .filter(|endpoint| endpoint["metadata"][key] == name);
    let (asleep, mut live): (Vec<&Value>, Vec<&Value>) =
        named.partition(|endpoint| endpoint["state"] == "asleep");
    // A session is where it was seen last (protocol §1.7); an agent may be several.
    live.sort_by_key(|endpoint| endpoint["state_since"].as_str());
    let id = |endpoint: &Value| endpoint["id"].as_str().unwrap_or_default().to_owned();
    match live.as_slice() {
        [only] => Ok(id(only)),
        [.., latest] if is_session => Ok(id(latest)),
        [] if !asleep.is_empty() => Err(Error::failure(format!(
            "`{address}` is asleep, and can be given a message when it is open again"
        ))),
        [] => Err(Error::new(
            exit::NOT_FOUND,
            format!("nobody here is called `{address}`; `cmdbus endpoints` shows who is there"),
        )),
        several => Err(Error::failure(format!(
            "`{address}` is {} endpoints; name one: {}",
            several.len(),
            several
                .iter()
                .map(|endpoint| id(endpoint))
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(id: &str, agent: &str, session: &str, state: &str, since: &str) -> Value {
        json!({
            "id": id, "state": state, "state_since": since,
            "metadata": {"agent_id": agent, "runtime_session_id": session},
        })
    }

    #[test]
    fn an_address_leads_to_somebody_who_is_there() {
        let endpoints = [
            endpoint("ep_1", "a", "s", "reconnecting", "2026-01-02"),
            endpoint("ep_2", "b", "s", "active", "2026-01-03"),
            endpoint("ep_3", "b", "t", "active", "2026-01-01"),
            endpoint("ep_4", "m", "m", "asleep", "2026-01-01"),
        ];
        let to = |address| resolve(address, &endpoints);
        assert_eq!(to("ep_9").unwrap(), "ep_9");
        assert_eq!(to("endpoint:ep_9").unwrap(), "ep_9");
        assert_eq!(to("session:s").unwrap(), "ep_2");
        assert_eq!(to("agent:a").unwrap(), "ep_1");
        assert!(to("agent:b").unwrap_err().message().contains("ep_3, ep_2"));
        assert!(to("session:m").unwrap_err().message().contains("asleep"));
        assert_eq!(to("session:x").unwrap_err().code(), exit::NOT_FOUND);
        assert_eq!(to("node:self").unwrap_err().code(), exit::USAGE);
    }
}
