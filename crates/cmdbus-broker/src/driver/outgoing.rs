//! What is written on each stream, in order, although some of it has to be read from the store first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::frame::{Letter, frame};
use crate::core::{Push, StreamId};
use crate::ipc::ToStream;
use crate::store::{Content, Reader, Seq};

/// Something for a stream.
pub(super) enum Item {
    Ready(ToStream),
    /// A message whose content has to be read.
    Read(Push),
}

/// The queues of all streams. How much is in one is bounded by the core.
pub(super) struct Outgoing {
    reader: Arc<dyn Reader>,
    streams: Mutex<FxHashMap<StreamId, Arc<Line>>>,
}

/// The way to one stream.
struct Line {
    sender: UnboundedSender<ToStream>,
    /// What waits for a read before it; `None` if nothing is being read.
    backlog: Mutex<Option<VecDeque<Item>>>,
}

impl Line {
    fn backlog(&self) -> MutexGuard<'_, Option<VecDeque<Item>>> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands on to the socket. If that is gone, so is whoever would have read it.
    fn hand_on(&self, what: ToStream) {
        let _ = self.sender.send(what);
    }
}

impl Outgoing {
    pub(super) fn new(reader: Arc<dyn Reader>) -> Self {
        Self {
            reader,
            streams: Mutex::new(FxHashMap::default()),
        }
    }

    fn streams(&self) -> MutexGuard<'_, FxHashMap<StreamId, Arc<Line>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(&self, stream: StreamId) -> UnboundedReceiver<ToStream> {
        let (sender, receiver) = unbounded_channel();
        let line = Line {
            sender,
            backlog: Mutex::new(None),
        };
        self.streams().insert(stream, Arc::new(line));
        receiver
    }

    pub(super) fn close(&self, stream: StreamId) {
        self.streams().remove(&stream);
    }

    pub(super) fn close_all(&self) {
        self.streams().clear();
    }

    /// Puts something behind everything that was put before. Content that cannot be delivered is told to
    /// `damaged`, later and elsewhere.
    pub(super) fn put(
        &self,
        stream: StreamId,
        item: Item,
        runtime: &tokio::runtime::Handle,
        damaged: impl Fn(Seq, String) + Send + 'static,
    ) {
        let Some(line) = self.streams().get(&stream).cloned() else {
            return;
        };
        let mut backlog = line.backlog();
        if let Some(backlog) = &mut *backlog {
            backlog.push_back(item);
            return;
        }
        match item {
            Item::Ready(what) => line.hand_on(what),
            Item::Read(_) => {
                *backlog = Some(VecDeque::from([item]));
                drop(backlog);
                let reader = self.reader.clone();
                runtime.spawn_blocking(move || line.catch_up(&*reader, damaged));
            }
        }
    }
}

impl Line {
    /// Reads and hands on until nothing waits.
    fn catch_up(&self, reader: &dyn Reader, damaged: impl Fn(Seq, String)) {
        loop {
            let item = {
                let mut backlog = self.backlog();
                match backlog.as_mut().and_then(VecDeque::pop_front) {
                    Some(item) => item,
                    None => {
                        *backlog = None;
                        return;
                    }
                }
            };
            match item {
                Item::Ready(what) => self.hand_on(what),
                Item::Read(push) => match reader.content(push.seq) {
                    Ok(Some(Content::Whole(message))) => {
                        self.hand_on(ToStream::Frame(frame(&push, Letter::from(&*message))));
                    }
                    Ok(Some(Content::Damaged(damage))) => damaged(push.seq, damage.what),
                    // It has ended meanwhile; or if it has not, it cannot be delivered either.
                    Ok(Some(Content::Dropped) | None) => {
                        damaged(push.seq, "the content is not there".to_owned());
                    }
                    // The client confirms nothing, so it is pushed again.
                    Err(error) => tracing::error!(%error, "cannot read a message to push"),
                },
            }
        }
    }
}
