//! An HTTP server that answers everything with the same.

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use tokio::net::TcpListener;

use crate::Result;
use crate::child::Parent;

/// 64 bytes of JSON.
const ANSWER: &str = r#"{"text":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#;

/// Listens until the parent ends, and says where.
pub async fn constant(mut parent: Parent) -> Result {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let answer = async |body: Bytes| {
        drop(body);
        ([(CONTENT_TYPE, "application/json")], ANSWER)
    };
    let router = Router::new().route("/{*path}", post(answer));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    while parent.told(&address).await? {}
    serving.abort();
    Ok(())
}
