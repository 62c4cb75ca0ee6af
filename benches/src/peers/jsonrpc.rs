//! jsonrpsee over a WebSocket.

use std::sync::Arc;

use jsonrpsee::core::{RpcResult, async_trait};
use jsonrpsee::proc_macros::rpc;
use jsonrpsee::server::Server;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};

use crate::Result;
use crate::child::Parent;
use crate::load::{Caller, Work, calls};
use crate::text::Text;

#[rpc(client, server)]
trait Bench {
    #[method(name = "bench.echo")]
    async fn echo(&self, text: Text) -> RpcResult<Text>;
}

struct Echo;

#[async_trait]
impl BenchServer for Echo {
    async fn echo(&self, text: Text) -> RpcResult<Text> {
        Ok(text)
    }
}

#[derive(Clone)]
struct Client(Arc<WsClient>);

impl Caller for Client {
    async fn call(&self, text: Text) -> Result<Text> {
        Ok(self.0.echo(text).await?)
    }
}

/// Serves, and says where.
pub(super) async fn serve(mut parent: Parent) -> Result {
    let server = Server::builder().build("127.0.0.1:0").await?;
    let address = format!("ws://{}", server.local_addr()?);
    let _serving = server.start(Echo.into_rpc());
    while parent.told(&address).await? {}
    Ok(())
}

pub(super) async fn call(address: &str, work: Work, parent: Parent) -> Result {
    let client = WsClientBuilder::default().build(address).await?;
    calls(Client(Arc::new(client)), work, parent).await
}
