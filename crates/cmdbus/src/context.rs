//! What a handler can learn of the call it serves.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::message::MessageMeta;

thread_local! {
    static CURRENT: RefCell<Option<CallContext>> = const { RefCell::new(None) };
}

/// The call that is being served.
#[derive(Debug, Clone, Default)]
pub struct CallContext {
    meta: Option<Arc<MessageMeta>>,
}

impl CallContext {
    pub(crate) fn new(meta: Option<MessageMeta>) -> Self {
        Self {
            meta: meta.map(Arc::new),
        }
    }

    /// Returns the context of the handler that is being polled on this thread; `None` outside of
    /// handlers, such as in a task that a handler has spawned.
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Returns the `_meta` envelope the call came with.
    pub fn meta(&self) -> Option<&MessageMeta> {
        self.meta.as_deref()
    }
}

/// What a call may be given besides its request.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// The `_meta` envelope to send, for example a trace context.
    pub meta: Option<MessageMeta>,
}

impl CallOptions {
    /// Sets the `_meta` envelope.
    #[must_use]
    pub fn meta(mut self, meta: MessageMeta) -> Self {
        self.meta = Some(meta);
        self
    }
}

/// A future that is polled with a context in place, which needs no runtime.
pub(crate) struct InContext<F> {
    pub(crate) context: CallContext,
    pub(crate) future: F,
}

/// Puts the previous context back, also when the handler panics.
struct Restore(Option<CallContext>);

impl Drop for Restore {
    fn drop(&mut self) {
        let previous = self.0.take();
        CURRENT.with_borrow_mut(|current| *current = previous);
    }
}

impl<F: Future + Unpin> Future for InContext<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let context = self.context.clone();
        let _restore = Restore(CURRENT.with_borrow_mut(|current| current.replace(context)));
        Pin::new(&mut self.future).poll(cx)
    }
}
