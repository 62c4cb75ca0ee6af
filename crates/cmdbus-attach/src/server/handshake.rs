//! `hello` and `welcome` (attach §3.1).

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::Shared;
use super::carried::Turn;
use super::connection::Connection;
use crate::auth::Principal;
use crate::frame::{Frame, Hello, Incoming, Limits, Welcome, features};
use crate::link::{Link, Settings, Wire, close};
use crate::registry::{Attachment, PendingRequests, ReverseAttachGuard};

/// The major that is spoken.
const PROTO: u32 = 1;

/// How a client that has introduced itself goes on.
pub(super) enum Admitted {
    /// A new attachment.
    New(Box<Fresh>),
    /// One that is taken up again, in turn.
    Again(Arc<Connection>, Turn),
}

pub(super) struct Fresh {
    pub(super) link: Link,
    pub(super) guard: ReverseAttachGuard,
    pub(super) resume_token: Option<String>,
    pub(super) bus: bool,
    pub(super) client: String,
}

type Socket<S> = WebSocketStream<Wire<S>>;

/// Hears the client's `hello`, and answers it. `None`: it was refused, and the socket is closed.
pub(super) async fn shake_hands<S: AsyncRead + AsyncWrite + Unpin>(
    server: &Arc<Shared>,
    principal: &Principal,
    socket: &mut Socket<S>,
) -> Option<Admitted> {
    // One limit for all of it: a client that does not read its `welcome` is no better than one that says nothing.
    let limit = server.parts.config.settings.hello_timeout;
    let shaken = tokio::time::timeout(limit, shake(server, principal, socket)).await;
    let (code, why) = match shaken {
        Ok(Ok(admitted)) => return Some(admitted),
        Ok(Err(refused)) => refused,
        Err(_) => (close::HANDSHAKE, "no `hello` in time"),
    };
    let limit = server.parts.config.link.close_timeout;
    // Whoever does not take it in time is closed all the same when the socket is dropped.
    let _ = tokio::time::timeout(limit, refuse(socket, code, why)).await;
    None
}

async fn shake<S: AsyncRead + AsyncWrite + Unpin>(
    server: &Arc<Shared>,
    principal: &Principal,
    socket: &mut Socket<S>,
) -> Result<Admitted, (u16, &'static str)> {
    let hello = hello(socket).await.map_err(|why| (close::HANDSHAKE, why))?;
    if !hello.proto.contains(&PROTO) {
        let why = "this server speaks version 1; upgrade the client";
        return Err((close::VERSION, why));
    }
    if server.connections().closed {
        return Err((close::RESTART, "the server is about to end"));
    }
    let (admitted, welcome) = admit(server, principal, &hello).await;
    let text = Frame::Welcome(welcome).to_json();
    let sent = socket.send(Message::text(text)).await;
    sent.map_err(|_| (close::HANDSHAKE, "the client has gone"))?;
    Ok(admitted)
}

async fn hello<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut Socket<S>,
) -> Result<Hello, &'static str> {
    loop {
        let message = socket.next().await.ok_or("the client has gone")?;
        match message.map_err(|_| "the connection broke")? {
            Message::Text(text) => {
                return match Incoming::parse(text.to_string()) {
                    Ok(Incoming::Frame(Frame::Hello(hello))) => Ok(hello),
                    _ => Err("the first frame must be `hello`"),
                };
            }
            Message::Ping(_) | Message::Pong(_) => {}
            _ => return Err("the first frame must be `hello`"),
        }
    }
}

async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(socket: &mut Socket<S>, code: u16, why: &str) {
    let frame = CloseFrame {
        code: code.into(),
        reason: why.to_owned().into(),
    };
    if socket.close(Some(frame)).await.is_ok() {
        // Until the other side hangs up: hanging up on unread bytes would take back the close as well.
        while let Some(Ok(_)) = socket.next().await {}
    }
}

/// Decides how it goes on, and says so in a `welcome`.
async fn admit(server: &Arc<Shared>, principal: &Principal, hello: &Hello) -> (Admitted, Welcome) {
    let offers = |name: &str| hello.features.iter().any(|feature| feature == name);
    let asks_resume = hello.resume.is_some();
    if let Some((connection, have, turn)) = take_up(server, principal, hello).await {
        let token = connection.resume_token().map(str::to_owned);
        let settings = connection.link().settings().clone();
        let welcome = Welcome {
            resumed: Some(true),
            have: Some(have),
            ..welcome(server, connection.channel().conn_id(), &settings, token)
        };
        return (Admitted::Again(connection, turn), welcome);
    }
    let own = server.parts.config.link.clone();
    let other = hello
        .limits
        .max_message
        .and_then(|bytes| usize::try_from(bytes).ok());
    let settings = Settings {
        max_message: other
            .unwrap_or(own.max_message)
            .clamp(1024, own.max_message.max(1024)),
        chunk: own.chunk && offers(features::CHUNK),
        resume: own.resume
            && offers(features::RESUME)
            && !server.parts.config.settings.grace.is_zero(),
        bus: offers(features::BUS) && principal.may_bus(),
        ..own
    };
    let link = Link::new(settings.clone());
    let limits = &server.parts.config.settings;
    let cap = hello
        .limits
        .max_in_flight
        .map_or(usize::MAX, |most| most as usize);
    let pending = PendingRequests::with_cap(cap.clamp(1, limits.server_in_flight));
    let attachment = Attachment {
        max_ids: limits.ids_per_socket,
        max_ids_of_principal: limits.ids_per_principal,
        tracker_capacity: limits.tracker_capacity,
        ..Attachment::by(principal.clone())
    };
    let conn = attachment.conn_id.clone();
    let registry = server.parts.config.registry.clone();
    let guard = ReverseAttachGuard::of(attachment, registry, link.sink(), pending);
    let token = settings
        .resume
        .then(|| format!("rt_{}", PendingRequests::mint()));
    let welcome = Welcome {
        resumed: asks_resume.then_some(false),
        ..welcome(server, &conn, &settings, token.clone())
    };
    let fresh = Fresh {
        link,
        guard,
        resume_token: token,
        bus: settings.bus,
        client: format!("{} {}", hello.client.name, hello.client.version)
            .chars()
            .take(100)
            .collect(),
    };
    (Admitted::New(Box::new(fresh)), welcome)
}

/// Finds the attachment that the client takes up again. Its older socket, if it still seems to be there, is replaced.
async fn take_up(
    server: &Arc<Shared>,
    principal: &Principal,
    hello: &Hello,
) -> Option<(Arc<Connection>, u64, Turn)> {
    let resume = hello.resume.as_ref()?;
    let known = server.connections().resumable.get(&resume.token)?.clone();
    let connection = known.upgrade()?;
    if !connection.channel().principal().is_same(principal) {
        return None;
    }
    let turn = connection.carried().turn().await;
    connection
        .link()
        .vacate(close::REPLACED, "a newer socket took the attachment up")
        .await;
    match connection.link().resume(resume.have) {
        Ok(have) => Some((connection, have, turn)),
        Err(error) => {
            tracing::info!(%error, "an attachment cannot be taken up again");
            connection
                .link()
                .end(close::DEAD, "it could not be taken up again");
            None
        }
    }
}

fn welcome(
    server: &Shared,
    conn: &str,
    settings: &Settings,
    resume_token: Option<String>,
) -> Welcome {
    let limits = &server.parts.config.settings;
    let millis =
        |length: std::time::Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    let on = [
        (settings.resume, features::RESUME),
        (settings.chunk, features::CHUNK),
        (settings.bus, features::BUS),
    ];
    Welcome {
        proto: PROTO,
        conn: conn.to_owned(),
        features: on
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| (*name).to_owned())
            .collect(),
        heartbeat_ms: millis(settings.heartbeat),
        grace_ms: if settings.resume {
            millis(limits.grace)
        } else {
            0
        },
        resume_token,
        resumed: None,
        have: None,
        limits: Limits {
            max_message: Some(server.parts.config.link.max_message as u64),
            max_in_flight: u32::try_from(limits.client_in_flight).ok(),
            max_attach_ids: u32::try_from(limits.ids_per_socket).ok(),
        },
        base_url: server.parts.base_url.clone(),
    }
}
