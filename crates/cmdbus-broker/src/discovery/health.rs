//! Whether the broker that a discovery file names is alive, and the one that is meant.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::Discovery;

/// The most of an answer that is looked at: `HTTP/1.1 200`.
const STATUS_LINE: usize = 12;

/// Returns whether `GET /health` with the file's token answers 200 in time. Blocks.
///
/// The token is shown because a stale file may name a port that another broker has taken since; that one
/// says 401 (protocol §3.2).
pub fn is_healthy(broker: &Discovery, timeout: Duration) -> bool {
    ask(broker, Instant::now() + timeout)
        .is_some_and(|answer| answer.starts_with(b"HTTP/1.") && answer.ends_with(b" 200"))
}

fn ask(broker: &Discovery, deadline: Instant) -> Option<[u8; STATUS_LINE]> {
    let address = address(&broker.ipc_url)?;
    // It goes into a header as it is.
    let token = &broker.bearer_token;
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let left = || {
        let left = deadline.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    };
    let mut stream = TcpStream::connect_timeout(&address, left()?).ok()?;
    stream.set_write_timeout(Some(left()?)).ok()?;
    let request = format!(
        "GET /health HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let (mut answer, mut filled) = ([0; STATUS_LINE], 0);
    while filled < STATUS_LINE {
        stream.set_read_timeout(Some(left()?)).ok()?;
        match stream.read(&mut answer[filled..]).ok()? {
            0 => return None,
            read => filled += read,
        }
    }
    Some(answer)
}

/// Returns where a broker listens. One that is not on this machine is none of ours: it is not shown the token.
fn address(ipc_url: &str) -> Option<SocketAddr> {
    let authority = ipc_url.strip_prefix("http://")?;
    let address = match authority.strip_prefix("localhost:") {
        Some(port) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?),
        None => authority.parse().ok()?,
    };
    address.ip().is_loopback().then_some(address)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use serde_json::Map;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(20);

    /// Answers one request, if it shows the token `right`; otherwise says 401.
    fn broker(answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let served = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            let request = String::from_utf8(request).unwrap();
            let known = request.contains("Authorization: Bearer right\r\n");
            let answer = if known {
                answer
            } else {
                "HTTP/1.1 401 Unauthorized\r\n\r\n"
            };
            stream.write_all(answer.as_bytes()).unwrap();
            request
        });
        (address, served)
    }

    fn at(ipc_url: String, token: &str) -> Discovery {
        Discovery {
            pid: 1,
            started_at: String::new(),
            ipc_url,
            bearer_token: token.to_owned(),
            extra: Map::new(),
        }
    }

    #[test]
    fn only_a_plain_yes_is_healthy() {
        for (answer, healthy) in [
            ("HTTP/1.1 200 OK\r\n\r\n{}", true),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n", false),
            ("HTTP/1.1 2", false),
            ("SSH-2.0-x 200\r\n", false),
        ] {
            let (address, served) = broker(answer);
            let broker = at(format!("http://{address}"), "right");
            assert_eq!(is_healthy(&broker, TIMEOUT), healthy, "{answer}");
            assert!(
                served
                    .join()
                    .unwrap()
                    .starts_with("GET /health HTTP/1.1\r\n")
            );
        }
    }

    #[test]
    fn w37_another_broker_on_the_port_of_a_stale_file_is_not_taken_for_it() {
        let (address, served) = broker("HTTP/1.1 200 OK\r\n\r\n{}");
        assert!(!is_healthy(
            &at(format!("http://{address}"), "stale"),
            TIMEOUT
        ));
        served.join().unwrap();
    }

    #[test]
    fn nobody_and_whoever_says_nothing_are_not_healthy() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        assert!(!is_healthy(
            &at(url.clone(), "t"),
            Duration::from_millis(20)
        ));
        drop(listener);
        assert!(!is_healthy(&at(url, "t"), TIMEOUT));
    }

    #[test]
    fn a_token_is_shown_to_this_machine_alone_and_cannot_forge_headers() {
        for url in [
            "https://127.0.0.1:1",
            "http://192.0.2.1:80",
            "http://127.0.0.1",
            "http://127.0.0.1:1/",
            "http://localhost:x",
            "",
        ] {
            assert_eq!(address(url), None, "{url}");
        }
        assert!(address("http://localhost:80").is_some());
        assert!(address("http://[::1]:80").is_some());
        let (address, _served) = broker("HTTP/1.1 200 OK\r\n\r\n");
        let forged = at(
            format!("http://{address}"),
            "x\r\nAuthorization: Bearer right",
        );
        assert!(!is_healthy(&forged, TIMEOUT));
    }
}
