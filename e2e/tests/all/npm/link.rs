//! A connection that can be cut: passes everything on to another port until then.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A listener in front of another one. Dropped, it is gone with all its connections.
pub(crate) struct Link {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    open: Mutex<Vec<TcpStream>>,
    closed: AtomicBool,
}

impl Link {
    /// Listens in front of an address.
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared: Arc<Shared> = Arc::default();
        let accepting = shared.clone();
        thread::spawn(move || {
            for near in listener.incoming() {
                if accepting.closed.load(Ordering::SeqCst) {
                    return;
                }
                // The far end may be gone: then the near one finds itself closed.
                if let (Ok(near), Ok(far)) = (near, TcpStream::connect(target)) {
                    accepting.join(near, far);
                }
            }
        });
        Self { address, shared }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts what is connected now. What connects later is passed on.
    pub(crate) fn cut(&self) {
        for stream in self.shared.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn join(&self, near: TcpStream, far: TcpStream) {
        let copy = |from: &TcpStream, to: &TcpStream| {
            let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            thread::spawn(move || {
                let _ = io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
        };
        copy(&near, &far);
        copy(&far, &near);
        self.open.lock().unwrap().extend([near, far]);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.cut();
        // Wakes the one who accepts.
        let _ = TcpStream::connect(self.address);
    }
}
