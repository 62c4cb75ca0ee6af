//! One connection: how long it may take, and what becomes of its socket afterwards.

use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Backend;
use super::handler;
use super::server::{Limits, Shared};
use super::stream::{self, Opened};

/// What the handler of a request and the connection it came on have in common.
pub(super) struct Link<B: Backend> {
    /// The client's end of the connection.
    pub(super) client: SocketAddr,
    pace: Arc<Pace>,
    opened: Mutex<Option<Opened<B>>>,
}

impl<B: Backend> Link<B> {
    /// Leaves a stream that was allowed, for the connection to carry on with.
    pub(super) fn leave(&self, opened: Opened<B>) {
        *lock(&self.opened) = Some(opened);
    }
}

/// Serves a connection to its end.
pub(super) async fn serve<B: Backend>(
    socket: TcpStream,
    client: SocketAddr,
    shared: Arc<Shared<B>>,
) {
    let limits = &shared.limits;
    let link = Arc::new(Link {
        client,
        pace: Arc::new(Pace::new()),
        opened: Mutex::new(None),
    });
    let service = {
        let (shared, link) = (shared.clone(), link.clone());
        service_fn(move |request| {
            let (shared, link) = (shared.clone(), link.clone());
            async move {
                link.pace.set(State::Busy);
                let answer = handler::handle(&shared, &link, request).await;
                link.pace.set(State::Idle);
                Ok::<_, std::convert::Infallible>(answer)
            }
        })
    };
    let io = TokioIo::new(Paced {
        socket,
        pace: link.pace.clone(),
    });
    let mut http = http1::Builder::new()
        .header_read_timeout(None)
        .max_header_size(limits.header_bytes)
        .max_buf_size(limits.header_bytes.max(8192))
        .serve_connection(io, service);

    let mut closing = pin!(shared.closing());
    let mut told = false;
    let mut timer = pin!(sleep_until(Instant::now() + limits.idle_timeout));
    std::future::poll_fn(|cx| {
        if !told && closing.as_mut().poll(cx).is_ready() {
            told = true;
            Pin::new(&mut http).graceful_shutdown();
        }
        if let Poll::Ready(result) = Pin::new(&mut http).poll(cx) {
            if let Err(error) = result {
                tracing::debug!("connection ended: {error}");
            }
            return Poll::Ready(());
        }
        link.pace.poll_late(limits, timer.as_mut(), cx)
    })
    .await;

    let opened = lock(&link.opened).take();
    let parts = http.into_parts();
    drop(parts.service);
    let socket = parts.io.into_inner().socket;
    match opened {
        Some(opened) => stream::run(socket, &parts.read_buf, opened, limits).await,
        None => {
            // A connection that the broker ends because it ends itself has nothing left to say.
            let time = if told {
                limits.close_timeout
            } else {
                limits.drain_time
            };
            linger(socket, limits.drain_bytes, time).await;
        }
    }
}

/// Ends a connection so that the other side gets what was written: whoever closes a socket with unread
/// bytes in it resets it, and the other side may lose what it has not read yet (W10).
pub(super) async fn linger<I>(mut io: I, bytes: u64, time: Duration)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let until = Instant::now() + time;
    if !matches!(timeout_at(until, io.shutdown()).await, Ok(Ok(()))) {
        return;
    }
    let mut left = bytes;
    let mut scrap = vec![0; 16 * 1024];
    while left > 0 {
        match timeout_at(until, io.read(&mut scrap)).await {
            Ok(Ok(read)) if read > 0 => left = left.saturating_sub(read as u64),
            _ => return,
        }
    }
}

/// What a connection is doing, and since when. Time is counted only where the client makes the broker wait.
struct Pace(Mutex<(State, Instant)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was asked yet, or the last answer was given, if perhaps not read.
    Idle,
    /// The first byte of a header has come.
    Header,
    /// A request is worked on. Its body has a time limit of its own.
    Busy,
}

impl Pace {
    fn new() -> Self {
        Self(Mutex::new((State::Idle, Instant::now())))
    }

    fn set(&self, state: State) {
        *lock(&self.0) = (state, Instant::now());
    }

    /// Notes that bytes have come.
    fn read(&self) {
        let mut now = lock(&self.0);
        if now.0 == State::Idle {
            *now = (State::Header, Instant::now());
        }
    }

    /// Notes that bytes have gone, so that a long answer to a slow reader is not cut off.
    fn wrote(&self) {
        let mut now = lock(&self.0);
        if now.0 == State::Idle {
            now.1 = Instant::now();
        }
    }

    fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let (state, since) = *lock(&self.0);
        match state {
            State::Idle => Some(since + limits.idle_timeout),
            State::Header => Some(since + limits.header_timeout),
            State::Busy => None,
        }
    }

    /// Is ready when the client has taken too long. The timer is moved only where it would be late, or has
    /// run out too early, so that most requests never touch it.
    fn poll_late(
        &self,
        limits: &Limits,
        mut timer: Pin<&mut tokio::time::Sleep>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        loop {
            let Some(deadline) = self.deadline(limits) else {
                return Poll::Pending;
            };
            if deadline < timer.deadline() {
                timer.as_mut().reset(deadline);
            }
            ready!(timer.as_mut().poll(cx));
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }
}

/// A lock is held for one assignment, so a panic cannot leave anything half done behind it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A socket that notes when something was read and written.
struct Paced {
    socket: TcpStream,
    pace: Arc<Pace>,
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = ready!(Pin::new(&mut self.socket).poll_read(cx, buffer));
        if buffer.filled().len() > before {
            self.pace.read();
        }
        Poll::Ready(result)
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.socket).poll_write(cx, bytes));
        self.pace.wrote();
        Poll::Ready(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.socket).poll_write_vectored(cx, slices));
        self.pace.wrote();
        Poll::Ready(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
