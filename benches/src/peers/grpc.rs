//! tonic over a Unix socket.

use std::path::Path;

use futures_util::stream;
use tokio::net::UnixListener;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};

use super::until_the_end;
use crate::Result;
use crate::child::Parent;
use crate::load::{Caller, Work, calls};
use crate::text::Text;

/// What `build.rs` makes.
#[allow(unreachable_pub, missing_docs, clippy::all)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/bench.Bench.rs"));
}

use generated::bench_client::BenchClient;
use generated::bench_server::{Bench, BenchServer};

/// A request, and its answer.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Line {
    #[prost(string, tag = "1")]
    text: String,
}

struct Echo;

#[tonic::async_trait]
impl Bench for Echo {
    async fn echo(&self, line: Request<Line>) -> std::result::Result<Response<Line>, Status> {
        Ok(Response::new(line.into_inner()))
    }
}

impl Caller for BenchClient<Channel> {
    async fn call(&self, text: Text) -> Result<Text> {
        // Its clones share the connection, which is how it is meant to be used at once.
        let answer = self.clone().echo(Line { text: text.text }).await?;
        Ok(Text {
            text: answer.into_inner().text,
        })
    }
}

pub(super) async fn serve(path: &Path, parent: Parent) -> Result {
    let listener = UnixListener::bind(path)?;
    let connections = stream::unfold(listener, async |listener| {
        let accepted = listener.accept().await.map(|(stream, _)| stream);
        Some((accepted, listener))
    });
    let server = Server::builder().add_service(BenchServer::new(Echo));
    tokio::spawn(server.serve_with_incoming(Box::pin(connections)));
    until_the_end(parent).await
}

pub(super) async fn call(path: &Path, work: Work, parent: Parent) -> Result {
    let endpoint = Endpoint::try_from(format!("unix:{}", path.display()))?;
    calls(BenchClient::new(endpoint.connect().await?), work, parent).await
}
