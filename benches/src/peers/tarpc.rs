//! tarpc over a Unix socket, with bincode or JSON.

use std::future::ready;
use std::path::Path;

use futures_util::StreamExt;
use tarpc::serde_transport::unix;
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::{Bincode, Json};
use tarpc::{client, context};

use super::until_the_end;
use crate::Result;
use crate::child::Parent;
use crate::load::{Caller, Work, calls};
use crate::text::Text;

#[tarpc::service]
trait Bench {
    async fn echo(text: Text) -> Text;
}

#[derive(Clone)]
struct Echo;

impl Bench for Echo {
    async fn echo(self, _: context::Context, text: Text) -> Text {
        text
    }
}

impl Caller for BenchClient {
    async fn call(&self, text: Text) -> Result<Text> {
        Ok(self.echo(context::current(), text).await?)
    }
}

/// Serves what comes over transports of either format.
macro_rules! accept {
    ($listener:expr) => {{
        let connections = $listener
            .await?
            .filter_map(|transport| ready(transport.ok()));
        tokio::spawn(
            connections
                .map(BaseChannel::with_defaults)
                .for_each(|channel| {
                    let calls = channel.execute(Echo.serve());
                    tokio::spawn(calls.for_each(|call| {
                        tokio::spawn(call);
                        ready(())
                    }));
                    ready(())
                }),
        );
    }};
}

pub(super) async fn serve(path: &Path, json: bool, parent: Parent) -> Result {
    if json {
        accept!(unix::listen(path, Json::default));
    } else {
        accept!(unix::listen(path, Bincode::default));
    }
    until_the_end(parent).await
}

pub(super) async fn call(path: &Path, json: bool, work: Work, parent: Parent) -> Result {
    let config = client::Config::default();
    let client = if json {
        BenchClient::new(config, unix::connect(path, Json::default).await?).spawn()
    } else {
        BenchClient::new(config, unix::connect(path, Bincode::default).await?).spawn()
    };
    calls(client, work, parent).await
}
