//! A way between an attaching client and its gateway that a test can break.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Forwards TCP connections until it is dropped.
pub(super) struct Proxy {
    address: SocketAddr,
    way: Arc<Way>,
}

struct Way {
    /// Where the gateway listens.
    to: String,
    /// Whether connections are let through.
    open: AtomicBool,
    /// Whether nothing is read from the gateway.
    stalled: AtomicBool,
    over: AtomicBool,
    passed: AtomicUsize,
    streams: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Stands before a gateway.
    pub(super) fn before(gateway: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let way = Arc::new(Way {
            to: gateway.strip_prefix("http://").unwrap().to_owned(),
            open: AtomicBool::new(true),
            stalled: AtomicBool::new(false),
            over: AtomicBool::new(false),
            passed: AtomicUsize::new(0),
            streams: Mutex::default(),
        });
        let of_thread = way.clone();
        thread::spawn(move || of_thread.accept(&listener));
        Self { address, way }
    }

    /// Returns what the client takes for the address of the gateway.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns how many connections it has let through so far.
    pub(super) fn passed(&self) -> usize {
        self.way.passed.load(Ordering::SeqCst)
    }

    /// Breaks every connection.
    pub(super) fn cut(&self) {
        for stream in self.way.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets connections through, or none from now on.
    pub(super) fn open(&self, open: bool) {
        self.way.open.store(open, Ordering::SeqCst);
    }

    /// Reads nothing from the gateway, or goes on.
    pub(super) fn stall(&self, stalled: bool) {
        self.way.stalled.store(stalled, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.way.over.store(true, Ordering::SeqCst);
        self.cut();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Way {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.over.load(Ordering::SeqCst) {
                return;
            }
            if self.open.load(Ordering::SeqCst)
                && let (Ok(client), Ok(gateway)) = (stream, TcpStream::connect(&self.to))
            {
                self.clone().join(client, gateway);
            }
        }
    }

    fn join(self: Arc<Self>, client: TcpStream, gateway: TcpStream) {
        let [to_client, to_gateway] = [&client, &gateway].map(|stream| {
            let _ = stream.set_nodelay(true);
            stream.try_clone().unwrap()
        });
        let kept = [&client, &gateway].map(|stream| stream.try_clone().unwrap());
        self.streams.lock().unwrap().extend(kept);
        self.passed.fetch_add(1, Ordering::SeqCst);
        thread::spawn(move || carry(client, to_gateway, || {}));
        thread::spawn(move || {
            carry(gateway, to_client, || {
                while self.stalled.load(Ordering::SeqCst) && !self.over.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(5));
                }
            });
        });
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, before_each: impl Fn()) {
    let mut chunk = vec![0; 64 << 10];
    loop {
        before_each();
        match from.read(&mut chunk) {
            Ok(length @ 1..) if to.write_all(&chunk[..length]).is_ok() => {}
            _ => break,
        }
    }
    for stream in [from, to] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}
