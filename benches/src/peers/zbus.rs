//! zbus, from peer to peer and through a bus.

use std::path::Path;

use tokio::net::{UnixListener, UnixStream};
use zbus::connection::Builder;
use zbus::{Guid, interface, proxy};

use super::until_the_end;
use crate::Result;
use crate::child::Parent;
use crate::load::{Caller, Work, calls};
use crate::text::Text;

const PATH: &str = "/bench";
const NAME: &str = "dev.cmdbus.Bench";

struct Echo;

#[interface(name = "dev.cmdbus.Bench")]
impl Echo {
    fn echo(&self, text: String) -> String {
        text
    }
}

#[proxy(
    interface = "dev.cmdbus.Bench",
    default_path = "/bench",
    default_service = "dev.cmdbus.Bench"
)]
trait Bench {
    fn echo(&self, text: &str) -> zbus::Result<String>;
}

impl Caller for BenchProxy<'static> {
    async fn call(&self, text: Text) -> Result<Text> {
        Ok(Text {
            text: self.echo(&text.text).await?,
        })
    }
}

pub(super) async fn serve_peer(path: &Path, parent: Parent) -> Result {
    let listener = UnixListener::bind(path)?;
    tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            let connection = Builder::unix_stream(stream.into_std()?)
                .server(Guid::generate())
                .p2p()
                .serve_at(PATH, Echo)
                .build()
                .await?;
            connections.push(connection);
        }
        Ok::<_, crate::Error>(())
    });
    until_the_end(parent).await
}

pub(super) async fn call_peer(path: &Path, work: Work, parent: Parent) -> Result {
    let stream = UnixStream::connect(path).await?;
    let connection = Builder::unix_stream(stream.into_std()?)
        .p2p()
        .build()
        .await?;
    calls(BenchProxy::new(&connection).await?, work, parent).await
}

pub(super) async fn serve_bus(address: &str, parent: Parent) -> Result {
    let _connection = Builder::address(address)
        .name(NAME)
        .serve_at(PATH, Echo)
        .build()
        .await?;
    until_the_end(parent).await
}

pub(super) async fn call_bus(address: &str, work: Work, parent: Parent) -> Result {
    let connection = Builder::address(address).build().await?;
    calls(BenchProxy::new(&connection).await?, work, parent).await
}
