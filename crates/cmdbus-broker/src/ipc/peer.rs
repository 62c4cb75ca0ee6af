//! Whether the process at the other end of a connection is the one it says it is (protocol §3.6).

use std::net::SocketAddr;

use serde::Deserialize;

/// What follows if a stream is opened in the name of another process than the one that holds its socket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifyPeer {
    /// Nothing is looked at.
    Off,
    /// A line in the log.
    #[default]
    Warn,
    /// The stream is refused.
    Enforce,
}

/// Returns whether a process holds the client's end of a connection on this machine. `None` if that cannot be
/// seen: the system does not tell, or the process is another user's. Blocks while it reads `/proc`.
#[cfg(target_os = "linux")]
pub(super) fn holds(pid: u32, client: SocketAddr, server: SocketAddr) -> Option<bool> {
    let sockets = std::fs::read_to_string("/proc/net/tcp").ok()?;
    let inode = inode(&sockets, client, server)?;
    let wanted = format!("socket:[{inode}]");
    let mut files = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    Some(files.any(|file| {
        let target = file.and_then(|file| std::fs::read_link(file.path()));
        target.is_ok_and(|target| target.as_os_str() == wanted.as_str())
    }))
}

/// Returns whether a process holds the client's end of a connection; nobody tells here.
#[cfg(not(target_os = "linux"))]
pub(super) fn holds(_pid: u32, _client: SocketAddr, _server: SocketAddr) -> Option<bool> {
    None
}

/// Finds the socket that goes from one address to another in the text of `/proc/net/tcp`.
#[cfg(target_os = "linux")]
fn inode(sockets: &str, from: SocketAddr, to: SocketAddr) -> Option<&str> {
    let (from, to) = (written(from)?, written(to)?);
    sockets.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let is_it = fields.next()? == from && fields.next()? == to;
        // State, queues, timer, retransmissions, user and timeout stand between.
        is_it.then(|| fields.nth(6)).flatten()
    })
}

/// Returns an address as `/proc/net/tcp` writes it: the bytes of the address as one number of this machine.
#[cfg(target_os = "linux")]
fn written(address: SocketAddr) -> Option<String> {
    let SocketAddr::V4(address) = address else {
        return None;
    };
    let number = u32::from_ne_bytes(address.ip().octets());
    Some(format!("{number:08X}:{:04X}", address.port()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::process::Command;

    use super::*;

    #[test]
    fn the_process_that_holds_a_socket_is_told_from_another() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let socket = TcpStream::connect(server).unwrap();
        let client = socket.local_addr().unwrap();
        assert_eq!(holds(std::process::id(), client, server), Some(true));
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        assert_eq!(holds(other.id(), client, server), Some(false));
        other.kill().unwrap();
        other.wait().unwrap();
        // The server's end is another socket, and a connection that is not there has none.
        assert_eq!(holds(std::process::id(), server, server), None);
    }
}
