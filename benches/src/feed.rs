//! Messages that come from a network: who is told to feed them, and who counts them as they are pushed.
//!
//! A network listens on a Unix socket for lines: the endpoint, and how many messages.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cmdbus_broker::ports::{
    Accepted, Answer, Authority, Connector, ConnectorEvent, Control, ControlEvent, Failure,
    Inbound, Network, NewEndpoint, Outbound, Registered, SendFailure,
};
use cmdbus_broker::{Broker, Options, ShutdownMode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::mpsc::unbounded_channel;

use crate::Result;
use crate::child::Parent;
use crate::daemon::Access;
use crate::load::{Round, Work};
use crate::session::Session;

/// Listens for who wants to be fed, one after the other, and says to whom how many messages go.
pub async fn orders(path: &Path, mut feed: impl FnMut(String, usize)) -> Result {
    let listener = UnixListener::bind(path)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let mut lines = BufReader::new(stream).lines();
        while let Some(line) = lines.next_line().await? {
            let (endpoint, count) = line.split_once(' ').ok_or("no order")?;
            feed(endpoint.to_owned(), count.parse()?);
        }
    }
}

/// A connected client, to which messages are pushed that come from a network.
#[derive(Serialize, Deserialize)]
pub struct Pushes {
    pub access: Access,
    /// Where the network takes orders.
    pub network: PathBuf,
    /// Messages in a round.
    pub count: usize,
}

impl Pushes {
    /// Is pushed to in rounds until the parent ends.
    pub async fn run(self, mut parent: Parent) -> Result {
        let (pushed, more) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let (counts, wakes) = (pushed.clone(), more.clone());
        let session = Session::open(&self.access, "client", move |_| {
            counts.fetch_add(1, Ordering::Relaxed);
            wakes.notify_one();
        })
        .await?;
        let endpoint = session.register("client").await?;
        let mut network = UnixStream::connect(&self.network).await?;
        let order = format!("{endpoint} {}\n", self.count);
        let mut round = Round::default();
        while parent.told(&round).await? {
            round = Round::of(async {
                let all = pushed.load(Ordering::Relaxed) + self.count as u64;
                network.write_all(order.as_bytes()).await?;
                while pushed.load(Ordering::Relaxed) < all {
                    more.notified().await;
                }
                Ok((self.count as u64, Vec::new()))
            })
            .await?;
        }
        Ok(())
    }
}

/// Our broker as the client of a network that is in the same process: it feeds what it is told to at the port.
#[derive(Serialize, Deserialize)]
pub struct Fed {
    pub folder: PathBuf,
    /// Where the network takes orders.
    pub network: PathBuf,
    pub work: Work,
}

impl Fed {
    /// Serves until the parent ends, and says where.
    pub async fn run(self, mut parent: Parent) -> Result {
        let (tell, mut told) = unbounded_channel();
        let mut options = Options::in_folder(&self.folder);
        options.network = Some(Network {
            connector: Arc::new(Stub { tell }),
            authority: Arc::new(Stub::silent()),
            control: Arc::new(Stub::silent()),
        });
        let broker = Broker::start(options).await?;
        let events = told.recv().await.ok_or("the broker does not connect")?;
        let content = serde_json::to_string(&self.work.text())?;
        let path = self.network.clone();
        let mut handle = 0;
        tokio::spawn(async move {
            orders(&path, |endpoint, count| {
                for _ in 0..count {
                    handle += 1;
                    let message = message(handle, &endpoint, &content);
                    // A broker that is gone is pushed nothing, which is seen at the other end.
                    let _ = events.send(ConnectorEvent::Message(message));
                }
            })
            .await
        });
        let access = Access {
            address: broker.ipc_url().trim_start_matches("http://").to_owned(),
            token: broker.bearer_token().to_owned(),
        };
        while parent.told(&access).await? {}
        broker.shutdown(ShutdownMode::Retain).await;
        Ok(())
    }
}

fn message(handle: u64, endpoint: &str, content: &str) -> Inbound {
    Inbound {
        handle,
        from: "peer".to_owned(),
        content: content.to_owned(),
        content_type: "text".to_owned(),
        metadata: json!({"target_endpoint_id": endpoint}),
        message_id: Some(format!("in-{handle}")),
    }
}

/// A network that does as it is asked, at once.
struct Stub {
    /// Takes the way to the broker.
    tell: UnboundedSender<UnboundedSender<ConnectorEvent>>,
}

impl Stub {
    /// Makes one that nobody listens to.
    fn silent() -> Self {
        let (tell, _) = unbounded_channel();
        Self { tell }
    }
}

impl Connector for Stub {
    fn connect(self: Arc<Self>, events: UnboundedSender<ConnectorEvent>) {
        let _ = events.send(ConnectorEvent::Connected);
        let _ = self.tell.send(events);
    }

    fn disconnect(&self) -> Answer<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn send(&self, _: Outbound) -> Answer<'_, std::result::Result<Accepted, SendFailure>> {
        Box::pin(std::future::ready(Ok(Accepted::Stored)))
    }

    fn accept(&self, _: u64) {}

    fn release(&self, _: u64) {}

    fn ack_pending(&self, _: String) {}
}

impl Authority for Stub {
    fn register(
        &self,
        endpoint: NewEndpoint,
    ) -> Answer<'_, std::result::Result<Registered, Failure>> {
        let nonce = endpoint.endpoint_nonce.replace('-', "").to_uppercase();
        Box::pin(std::future::ready(Ok(Registered {
            endpoint_id: format!("ep_{}", &nonce[..26]),
            heartbeat_after: None,
            session_naming: None,
        })))
    }

    fn heartbeat(&self, _: String) -> Answer<'_, std::result::Result<(), Failure>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn emit(&self, _: String, _: Value) -> Answer<'_, std::result::Result<(), Failure>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn claim_inbound_route(&self, _: Value) -> Answer<'_, std::result::Result<bool, Failure>> {
        Box::pin(std::future::ready(Ok(true)))
    }

    fn arbitrates_routes(&self) -> bool {
        true
    }
}

impl Control for Stub {
    fn subscribe(self: Arc<Self>, _: UnboundedSender<ControlEvent>) {}

    fn taken(&self, _: u64) {}

    fn acknowledge(&self, _: Value) -> Answer<'_, std::result::Result<(), Failure>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
