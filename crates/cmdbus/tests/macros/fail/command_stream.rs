use cmdbus::prelude::*;
use futures_util::stream::{self, BoxStream, Stream};

#[command("a.b")]
async fn stream_not_announced() -> impl Stream<Item = Result<u8, CommandError>> {
    stream::empty()
}

#[command("a.b")]
async fn stream_in_a_result_not_announced()
-> Result<impl Stream<Item = Result<u8, CommandError>>, CommandError> {
    Ok(stream::empty())
}

#[command("a.b", stream)]
async fn no_stream() -> Result<u8, CommandError> {
    Ok(1)
}

#[command("a.b", stream)]
async fn nothing() {}

#[command("a.b", stream)]
async fn boxed() -> BoxStream<'static, Result<u8, CommandError>> {
    Box::pin(stream::empty())
}

#[command("a.b", stream)]
async fn no_items() -> impl Stream {
    stream::empty::<u8>()
}

#[command("a.b", stream)]
async fn item_not_a_result() -> impl Stream<Item = u8> {
    stream::empty()
}

#[command("a.b", stream)]
async fn item_in_a_result_not_a_result() -> Result<impl Stream<Item = Option<u8>>, CommandError> {
    Ok(stream::empty())
}

#[command("a.b", stream)]
fn not_async() -> impl Stream<Item = Result<u8, CommandError>> {
    stream::empty()
}

struct Host(String);

#[command_service]
impl Host {
    #[command("a.b", stream)]
    async fn borrowed_item(&self) -> impl Stream<Item = Result<&str, CommandError>> {
        stream::iter([Ok(self.0.as_str())])
    }

    #[command("a.c")]
    async fn not_announced(&self) -> impl Stream<Item = Result<u8, CommandError>> {
        stream::empty()
    }
}

fn main() {}
