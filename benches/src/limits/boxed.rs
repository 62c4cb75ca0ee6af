//! Within one process: an async function in a box, a queue with a place for the answer, and a broadcast.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::Result;
use crate::child::Parent;
use crate::load::{Caller, Round, Work};
use crate::text::Text;

/// A handler whose type nobody knows.
#[derive(Clone)]
pub struct Boxed(Arc<dyn Fn(Text) -> BoxFuture<'static, Result<Text>> + Send + Sync>);

impl Boxed {
    pub fn new() -> Self {
        Self(Arc::new(|text| Box::pin(async move { Ok(text) })))
    }
}

impl Caller for Boxed {
    async fn call(&self, text: Text) -> Result<Text> {
        (self.0)(text).await
    }
}

/// A task that answers what is put into its queue.
#[derive(Clone)]
pub struct Queue(mpsc::Sender<(Text, oneshot::Sender<Text>)>);

impl Queue {
    /// Starts the task. As much fits into the queue as with us may be under way for one peer.
    pub fn start() -> Self {
        let (sender, mut receiver) = mpsc::channel::<(Text, oneshot::Sender<Text>)>(256);
        tokio::spawn(async move {
            while let Some((text, answer)) = receiver.recv().await {
                // A caller that is gone waits for nothing.
                let _ = answer.send(text);
            }
        });
        Self(sender)
    }
}

impl Caller for Queue {
    async fn call(&self, text: Text) -> Result<Text> {
        let (answer, answered) = oneshot::channel();
        self.0.send((text, answer)).await.map_err(|_| "no task")?;
        Ok(answered.await?)
    }
}

/// Sends to so many tasks at once, again when all have it.
pub async fn broadcast(receivers: usize, work: Work, mut parent: Parent) -> Result {
    let (sender, _) = broadcast::channel::<Arc<Text>>(16);
    let heard = Arc::new(AtomicU64::new(0));
    for _ in 0..receivers {
        let (mut receiver, heard) = (sender.subscribe(), heard.clone());
        tokio::spawn(async move {
            while receiver.recv().await.is_ok() {
                heard.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let mut round = Round::default();
    while parent.told(&round).await? {
        round = Round::of(async {
            let over = work.bell();
            let (begin, mut told) = (heard.load(Ordering::Relaxed), 0);
            while !over.load(Ordering::Relaxed) {
                sender.send(Arc::new(work.text()))?;
                told += receivers as u64;
                while heard.load(Ordering::Relaxed) < begin + told {
                    tokio::task::yield_now().await;
                }
            }
            Ok((told, Vec::new()))
        })
        .await?;
    }
    Ok(())
}
