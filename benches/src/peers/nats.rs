//! async-nats: requests by way of a server, and messages that it stores.

use async_nats::Client;
use async_nats::jetstream::{self, stream};
use futures_util::StreamExt;

use super::until_the_end;
use crate::Result;
use crate::child::Parent;
use crate::load::{Caller, Work, calls};
use crate::text::Text;

const SUBJECT: &str = "bench.echo";

impl Caller for Client {
    async fn call(&self, text: Text) -> Result<Text> {
        let request = serde_json::to_vec(&text)?;
        let answer = self.request(SUBJECT, request.into()).await?;
        Ok(serde_json::from_slice(&answer.payload)?)
    }
}

pub(super) async fn serve(address: &str, parent: Parent) -> Result {
    let client = async_nats::connect(address).await?;
    let mut requests = client.subscribe(SUBJECT).await?;
    client.flush().await?;
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let Some(reply) = request.reply else {
                continue;
            };
            let text: Text = serde_json::from_slice(&request.payload)?;
            let answer = serde_json::to_vec(&text)?;
            client.publish(reply, answer.into()).await?;
        }
        Ok::<_, crate::Error>(())
    });
    until_the_end(parent).await
}

pub(super) async fn call(address: &str, work: Work, parent: Parent) -> Result {
    calls(async_nats::connect(address).await?, work, parent).await
}

/// Stores messages, each of which is on the disk when its text comes back.
#[derive(Clone)]
struct Stored(jetstream::Context);

impl Caller for Stored {
    async fn call(&self, text: Text) -> Result<Text> {
        let message = serde_json::to_vec(&text)?;
        self.0.publish(SUBJECT, message.into()).await?.await?;
        Ok(text)
    }
}

pub(super) async fn store(address: &str, work: Work, parent: Parent) -> Result {
    let context = jetstream::new(async_nats::connect(address).await?);
    let config = stream::Config {
        name: "bench".to_owned(),
        subjects: vec![SUBJECT.to_owned()],
        ..stream::Config::default()
    };
    context.create_stream(config).await?;
    calls(Stored(context), work, parent).await
}
