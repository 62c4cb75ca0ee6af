//! `hello` and `welcome`, seen from the client (attach §3.1).

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::dial::Socket;
use crate::frame::{Frame, Hello, Incoming, Limits, Resume, Welcome, WhoAttaches, features};
use crate::link::{Settings, close};

/// How long a gateway may take to answer `hello`.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(10);

/// What became of a `hello`.
#[derive(Debug)]
pub(super) enum Greeted {
    Welcome(Box<Welcome>),
    /// The gateway closed the socket instead.
    Closed {
        code: u16,
        reason: String,
    },
    /// The connection broke, or brought what is no `welcome`.
    Broken(String),
}

/// Returns the `hello` of a client.
pub(super) fn hello(
    settings: &Settings,
    in_flight: usize,
    bus: bool,
    resume: Option<Resume>,
) -> Hello {
    let offered = [
        (settings.resume, features::RESUME),
        (settings.chunk, features::CHUNK),
        (bus, features::BUS),
    ];
    Hello {
        proto: vec![1],
        client: WhoAttaches {
            name: "cmdbus-attach".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            os: std::env::consts::OS.to_owned(),
        },
        features: offered
            .into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| name.to_owned())
            .collect(),
        limits: Limits {
            max_message: Some(settings.max_message as u64),
            max_in_flight: Some(u32::try_from(in_flight).unwrap_or(u32::MAX)),
            max_attach_ids: None,
        },
        resume,
    }
}

/// Introduces the client, and hears the answer.
pub(super) async fn introduce(socket: &mut Socket, hello: Hello) -> Greeted {
    let greeting = async {
        let text = Frame::Hello(hello).to_json();
        if let Err(error) = socket.send(Message::text(text)).await {
            return Greeted::Broken(error.to_string());
        }
        loop {
            match socket.next().await {
                None => return Greeted::Broken("the gateway hung up".to_owned()),
                Some(Err(error)) => return Greeted::Broken(error.to_string()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(frame))) => {
                    let (code, reason) = frame.map_or((close::NO_CODE, String::new()), |frame| {
                        (frame.code.into(), frame.reason.as_str().to_owned())
                    });
                    return Greeted::Closed { code, reason };
                }
                Some(Ok(Message::Text(text))) => {
                    return match Incoming::parse(text.as_str().to_owned()) {
                        Ok(Incoming::Frame(Frame::Welcome(welcome))) => {
                            Greeted::Welcome(Box::new(welcome))
                        }
                        _ => Greeted::Broken("its first frame is no `welcome`".to_owned()),
                    };
                }
                Some(Ok(_)) => {
                    return Greeted::Broken("its first frame is no `welcome`".to_owned());
                }
            }
        }
    };
    timeout(WELCOME_TIMEOUT, greeting)
        .await
        .unwrap_or_else(|_| Greeted::Broken("no `welcome` in time".to_owned()))
}
