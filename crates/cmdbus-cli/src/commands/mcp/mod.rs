//! `cmdbus mcp`: the endpoint over everything, on stdio (attach §6).
//!
//! It carries messages and looks into none: what the gateway names, shows and refuses is the same as by HTTP. [`Relay`] takes the
//! client's messages, a [`call`] carries a request to its answer, [`keeper`] knows whether the gateway is there and brings the way to
//! it back, and [`out`] is stdout.

mod asked;
mod call;
mod door;
mod keeper;
mod lines;
mod out;
mod relay;

use std::time::Duration;

use tokio::time::timeout;

use self::keeper::Keeper;
use self::lines::Line;
use self::out::Out;
use self::relay::Relay;
use super::Client;
use super::gateway::gateway_of;
use super::signals::Signals;
use crate::args::Global;
use crate::exit::{Error, Result};

/// How long answers may take once the client has said all it wants to.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// How long leaving may take: giving back the session, and writing what is left.
const LEAVING: Duration = Duration::from_secs(2);

pub(crate) async fn run(global: &Global) -> Result<u8> {
    let mut signals = Signals::new()?;
    let client = Client::new(global).await?;
    let facts = gateway_of(&client.registry, global).await?;
    let mut lines = lines::read()?;
    let (out, mut written) = Out::start();
    let mut relay = Relay::new(out);
    let keeper = Keeper::new(global, client, relay.shared(), &facts)?;
    let mut keeping = tokio::spawn(keeper.run());

    let code = loop {
        tokio::select! {
            line = lines.recv() => match line {
                Some(Line::Text(text)) => relay.take(&text).await,
                Some(Line::TooLong) => relay.too_long().await,
                None => {
                    tokio::select! {
                        _ = timeout(LAST_ANSWERS, relay.finish()) => break 0,
                        // Nobody reads the answers.
                        _ = &mut written => break 0,
                        code = signals.fatal() => break code,
                    }
                }
            },
            () = relay.reap() => {}
            // Nobody reads what we write, so there is nobody to serve.
            _ = &mut written => break 0,
            ended = &mut keeping => {
                return Err(match ended {
                    Ok(()) => Error::failure("the link to the bus has ended"),
                    Err(error) => Error::failure(format!("the relay came to a sudden end: {error}")),
                });
            }
            code = signals.fatal() => break code,
        }
    };
    keeping.abort();
    let leaving = async {
        relay.leave().await;
        // It is through when nobody can say anything any more.
        drop(relay);
        let _ = keeping.await;
        if !written.is_finished() {
            let _ = (&mut written).await;
        }
    };
    tokio::select! {
        _ = timeout(LEAVING, leaving) => {}
        _ = signals.fatal() => {}
    }
    Ok(code)
}
