//! What waits for one listener of events: bounded, and honest about what did not fit.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures_util::task::AtomicWaker;

use super::written::Written;

/// What a listener is told.
#[derive(Debug, PartialEq)]
pub(super) enum Told {
    Event(Arc<Written>),
    /// So many did not fit at this point.
    Dropped(u64),
}

/// The queue of one listener.
pub(super) struct Feed {
    state: Mutex<State>,
    reader: AtomicWaker,
    most: (usize, usize),
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Told>,
    bytes: usize,
    /// Since the last that did fit.
    dropped: u64,
    over: bool,
}

/// The end that events are put in at. Gone, the feed ends once it is empty.
pub(super) struct Inlet(Arc<Feed>);

impl Feed {
    /// Returns a feed that holds so many events, and bytes of them. One always fits if nothing waits.
    pub(super) fn new(most: (usize, usize)) -> (Inlet, Arc<Self>) {
        let feed = Arc::new(Self {
            state: Mutex::default(),
            reader: AtomicWaker::new(),
            most,
        });
        (Inlet(feed.clone()), feed)
    }

    /// Returns the next thing to be told; `None` at the end. Cancel safe.
    pub(super) async fn next(&self) -> Option<Told> {
        poll_fn(|cx| {
            self.reader.register(cx.waker());
            let mut state = self.lock();
            if let Some(told) = state.waiting.pop_front() {
                if let Told::Event(event) = &told {
                    state.bytes -= event.len();
                }
                return Poll::Ready(Some(told));
            }
            match std::mem::take(&mut state.dropped) {
                0 if state.over => Poll::Ready(None),
                0 => Poll::Pending,
                dropped => Poll::Ready(Some(Told::Dropped(dropped))),
            }
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inlet {
    pub(super) fn push(&self, event: Arc<Written>) {
        let mut guard = self.0.lock();
        let state = &mut *guard;
        let (events, bytes) = self.0.most;
        let fits = state.waiting.is_empty()
            || state.waiting.len() < events && state.bytes + event.len() <= bytes;
        if fits {
            if state.dropped > 0 {
                let dropped = std::mem::take(&mut state.dropped);
                state.waiting.push_back(Told::Dropped(dropped));
            }
            state.bytes += event.len();
            state.waiting.push_back(Told::Event(event));
        } else {
            state.dropped += 1;
        }
        drop(guard);
        self.0.reader.wake();
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.reader.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn push(inlet: &Inlet, json: &str) {
        inlet.push(Arc::new(Written::of("x", json)));
    }

    fn event(json: &str) -> Option<Told> {
        Some(Told::Event(Arc::new(Written::of("x", json))))
    }

    #[test]
    fn what_does_not_fit_is_counted_where_it_is_missing() {
        let (inlet, feed) = Feed::new((2, 100));
        for json in ["1", "2", "3", "4"] {
            push(&inlet, json);
        }
        assert_eq!(feed.next().now_or_never(), Some(event("1")));
        push(&inlet, "5");
        push(&inlet, "6");
        assert_eq!(feed.next().now_or_never(), Some(event("2")));
        assert_eq!(feed.next().now_or_never(), Some(Some(Told::Dropped(2))));
        assert_eq!(feed.next().now_or_never(), Some(event("5")));
        assert_eq!(feed.next().now_or_never(), Some(Some(Told::Dropped(1))));
        assert_eq!(feed.next().now_or_never(), None);
        drop(inlet);
        assert_eq!(feed.next().now_or_never(), Some(None));
    }

    #[test]
    fn bytes_are_bounded_but_an_event_always_fits_into_an_empty_queue() {
        let (inlet, feed) = Feed::new((10, 4));
        push(&inlet, "\"longer than four\"");
        push(&inlet, "1");
        assert_eq!(
            feed.next().now_or_never(),
            Some(event("\"longer than four\""))
        );
        assert_eq!(feed.next().now_or_never(), Some(Some(Told::Dropped(1))));
        push(&inlet, "12");
        push(&inlet, "34");
        push(&inlet, "5");
        assert_eq!(feed.next().now_or_never(), Some(event("12")));
        assert_eq!(feed.next().now_or_never(), Some(event("34")));
        assert_eq!(feed.next().now_or_never(), Some(Some(Told::Dropped(1))));
    }
}
