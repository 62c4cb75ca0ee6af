//! The life of a client: connect, attach, carry, and again.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::attachment::{Attachment, Carried, Wanted};
use super::dial::{Dialler, NotDialled, Socket};
use super::handshake::{Greeted, hello, introduce};
use super::reaction::{Backoff, Reaction, of_close, of_status};
use super::{AttachClient, ClientError, ClientEvent};
use crate::frame::Welcome;

/// What a client has while it runs.
struct Life<'a> {
    client: &'a AttachClient,
    dialler: Dialler,
    /// The attach ids, as they are bound or wanted.
    ids: Vec<Wanted>,
    attachment: Option<Attachment>,
    backoff: Backoff,
    /// The token of the last attempt.
    token: Option<String>,
    /// Whether the gateway has ever answered as one.
    was_there: bool,
}

pub(super) async fn run(
    client: &AttachClient,
    stop: impl Future<Output = ()>,
) -> Result<(), ClientError> {
    let config = &client.config;
    if config.ids.is_empty() {
        return Err(ClientError::NoId);
    }
    let (address, roots, limit) = (
        config.address.clone(),
        config.extra_roots.clone(),
        config.link.max_message,
    );
    let dialler = tokio::task::spawn_blocking(move || Dialler::new(address, &roots, limit))
        .await
        .unwrap_or_else(|_| Err(ClientError::Tls("the runtime is shutting down".to_owned())))?;
    let life = Life {
        client,
        dialler,
        ids: config.ids.iter().map(Wanted::from).collect(),
        attachment: None,
        backoff: Backoff::new(),
        token: None,
        was_there: false,
    };
    let stop = std::pin::pin!(stop);
    life.run(stop).await
}

/// A socket, and how it goes on with it.
struct Connected {
    socket: Socket,
    welcome: Box<Welcome>,
}

impl Life<'_> {
    async fn run(
        mut self,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), ClientError> {
        loop {
            let attempt = tokio::select! {
                biased;
                () = stop.as_mut() => return Ok(()),
                attempt = self.connect() => attempt,
            };
            let (reaction, why) = match attempt {
                Ok(connected) => match self.carry(connected, stop.as_mut()).await? {
                    Some(ended) => ended,
                    None => return Ok(()),
                },
                Err(failed) => failed,
            };
            let least = self.heed(reaction)?;
            let retry_in = self.backoff.next(least);
            (self.client.events)(ClientEvent::Disconnected {
                reason: why,
                retry_in,
            });
            tokio::select! {
                biased;
                () = stop.as_mut() => return Ok(()),
                () = self.wait(retry_in) => {}
            }
        }
    }

    /// Decides whether to try again.
    fn heed(&self, reaction: Reaction) -> Result<Duration, ClientError> {
        match reaction {
            Reaction::Again(least) => Ok(least),
            Reaction::Stop(error) => Err(error),
            // A file may hold another by now. The same one is not tried twice.
            Reaction::OtherToken if (self.client.config.token)() != self.token => {
                Ok(Duration::ZERO)
            }
            Reaction::OtherToken => Err(ClientError::Unauthorized),
        }
    }

    /// Waits. What cannot be taken up again meanwhile is given up.
    async fn wait(&mut self, time: Duration) {
        let until = Instant::now() + time;
        if let Some(expires) = self.attachment.as_ref().and_then(Attachment::expires)
            && expires < until
        {
            sleep_until(expires).await;
            self.attachment = None;
        }
        sleep_until(until).await;
    }

    /// Opens a socket, and introduces the client.
    async fn connect(&mut self) -> Result<Connected, (Reaction, String)> {
        let config = &self.client.config;
        self.token = (config.token)();
        let again = |why: String| (Reaction::Again(Duration::ZERO), why);
        let mut socket = match self.dialler.dial(self.token.as_deref()).await {
            Ok(socket) => socket,
            Err(NotDialled::Unreachable(why)) => return Err(again(why)),
            Err(NotDialled::Never(error)) => {
                let why = error.to_string();
                return Err((Reaction::Stop(error), why));
            }
            Err(NotDialled::Status {
                status,
                retry_after,
            }) => {
                let reaction = of_status(status, retry_after, self.was_there);
                return Err((
                    reaction,
                    format!("the gateway answers with status {status}"),
                ));
            }
        };
        let resume = self.attachment.as_ref().and_then(Attachment::resume);
        let hello = hello(&config.link, config.in_flight, config.bus.is_some(), resume);
        match introduce(&mut socket, hello).await {
            Greeted::Welcome(welcome) => {
                self.was_there = true;
                Ok(Connected { socket, welcome })
            }
            Greeted::Closed { code, reason } => Err((of_close(code, &reason), told(code, &reason))),
            Greeted::Broken(why) => Err(again(why)),
        }
    }

    /// Carries the attachment, a new one or the one from before, as long as the socket lasts. `None`: we were asked to stop.
    async fn carry(
        &mut self,
        connected: Connected,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<(Reaction, String)>, ClientError> {
        let Connected { socket, welcome } = connected;
        let resumed = welcome.resumed == Some(true);
        let kept = self.attachment.take().filter(|_| resumed);
        let mut attachment = match kept.map(|mut kept| (kept.take_up(&welcome), kept)) {
            Some((true, kept)) => kept,
            // The gateway would go on where we cannot: the next attempt begins anew.
            _ if resumed => {
                drop(socket);
                let why = "the attachment could not be taken up again".to_owned();
                return Ok(Some((Reaction::Again(Duration::ZERO), why)));
            }
            _ => Attachment::begin(self.client, &self.ids, &welcome),
        };
        (self.client.events)(ClientEvent::Connected {
            base_url: attachment.base_url().to_owned(),
            resumed,
        });
        let since = Instant::now();
        let carried = attachment
            .carry(self.client, &mut self.ids, socket, stop)
            .await;
        self.backoff.held(since.elapsed());
        let end = match carried {
            Carried::Stopped => return Ok(None),
            Carried::Over(error) => return Err(error),
            Carried::Ended(end) => end,
        };
        if end.suspended && attachment.settings().resume {
            attachment.away_since = Some(Instant::now());
            self.attachment = Some(attachment);
        }
        // What we closed ourselves says nothing about what the gateway thinks.
        let reaction = if end.by_peer {
            of_close(end.code, &end.reason)
        } else {
            Reaction::Again(Duration::ZERO)
        };
        Ok(Some((reaction, told(end.code, &end.reason))))
    }
}

fn told(code: u16, reason: &str) -> String {
    if reason.is_empty() {
        format!("the connection has ended (code {code})")
    } else {
        format!("the connection has ended ({reason}, code {code})")
    }
}
