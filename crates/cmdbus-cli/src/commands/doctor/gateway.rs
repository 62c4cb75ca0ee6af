//! Whether agents and attaching clients find the gateway, and whether its files are as they should be.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use cmdbus_attach::auth::TokenFile;
use cmdbus_attach::server::Claims;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Check;
use crate::config::{Auth, Gateway};
use crate::instance::TOKENS_FILE;

const NAME: &str = "gateway";
/// It answers within a tenth of this, whatever it has to do.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Looks at the gateway whose state is in a folder. `status`: what the daemon says, if it runs.
pub(super) async fn look(own: &Gateway, state: &Path, status: Option<&Value>) -> Vec<Check> {
    let mut checks = Vec::new();
    if own.enabled {
        checks.extend(listener(own, state, status).await);
        checks.extend(exposure(own));
    } else {
        checks.push(Check::note(
            NAME,
            "switched off (`gateway.enabled`): no MCP, and nobody attaches",
            "nothing, if you mean it",
        ));
    }
    checks.extend(tokens(&state.join(TOKENS_FILE)));
    let claims = state.join("prefixes.json");
    if claims.exists()
        && let Err(error) = Claims::open(&claims)
    {
        checks.push(Check::problem(
            "tool prefixes",
            error.to_string(),
            format!(
                "move `{}` away; prefixes are given anew then",
                claims.display()
            ),
        ));
    }
    checks
}

/// Looks for the listener: at its address if it runs, else whether its port is to be had.
async fn listener(own: &Gateway, state: &Path, status: Option<&Value>) -> Option<Check> {
    let kept = fs::read_to_string(state.join("gateway-port")).ok();
    let kept = kept.and_then(|text| text.trim().parse::<u16>().ok());
    let Some(status) = status else {
        let port = match own.listen.port() {
            0 => kept?,
            port => port,
        };
        let address = std::net::SocketAddr::new(own.listen.ip(), port);
        // Let go of at once; a daemon that starts in this very moment takes another try.
        return match std::net::TcpListener::bind(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Some(in_use(own, port)),
            _ => None,
        };
    };
    let Some(url) = status["gateway"]["url"].as_str() else {
        return Some(Check::ok(NAME, "opens when a verb asks for it"));
    };
    if !is_healthy(url).await {
        return Some(Check::problem(
            NAME,
            format!("does not answer at {url}"),
            "`cmdbus stop`; the next verb starts the bus anew",
        ));
    }
    if own.listen.port() != 0
        && Some(u64::from(own.listen.port())) != status["gateway"]["port"].as_u64()
    {
        return Some(Check::note(
            NAME,
            format!(
                "is at {url}, and `gateway.listen` says `{}` now",
                own.listen
            ),
            "`cmdbus stop`; the next verb starts the bus anew",
        ));
    }
    if let Some(before) = status["gateway"]["port_before"].as_u64() {
        return Some(Check::note(
            NAME,
            format!("is at {url}: somebody else had port {before}, which clients were told before"),
            "give them the new address, or end what has the port, write it into `gateway.listen`, and restart the bus",
        ));
    }
    Some(Check::ok(NAME, format!("answers at {url}")))
}

fn in_use(own: &Gateway, port: u16) -> Check {
    let found = format!("somebody else has its port, {port}");
    if own.listen.port() == 0 {
        let mend =
            "end them; otherwise the next start takes another port, and clients have to be told";
        return Check::note(NAME, found, mend);
    }
    let mend = "end them, or choose another port in `gateway.listen`: the bus does not start so";
    Check::problem(NAME, found, mend)
}

fn exposure(own: &Gateway) -> Vec<Check> {
    let mut checks = Vec::new();
    if own.auth == Auth::None {
        checks.push(Check::note(
            "gateway auth",
            "none: every process of this machine, of any user, may call and attach",
            "`auth = \"token\"` in `[gateway]`",
        ));
    }
    if let (Some(address), true) = (own.public_listen, own.allow_plaintext) {
        checks.push(Check::note(
            "gateway TLS",
            format!("none at {address}: whoever is on the way reads tokens and calls"),
            "`tls_cert` and `tls_key` in place of `allow_plaintext` in `[gateway]`",
        ));
    }
    checks
}

/// Looks at the file of named tokens.
fn tokens(path: &Path) -> Option<Check> {
    let meta = fs::metadata(path).ok()?;
    let mode = meta.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Some(Check::problem(
            "tokens",
            format!("others may get at `{}` (mode {mode:o})", path.display()),
            format!("chmod 600 {}", path.display()),
        ));
    }
    match TokenFile::at(path).list() {
        Ok(tokens) => Some(Check::ok("tokens", format!("{} with a name", tokens.len()))),
        Err(error) => Some(Check::problem(
            "tokens",
            error.to_string(),
            format!("move `{}` away, and make the tokens anew", path.display()),
        )),
    }
}

/// Returns whether a gateway says at its address that it is well.
async fn is_healthy(url: &str) -> bool {
    let Some(address) = url.strip_prefix("http://") else {
        return false;
    };
    let ask = async {
        let mut socket = TcpStream::connect(address).await?;
        // Of this version, so that the answer ends with the connection.
        let request = format!("GET /healthz HTTP/1.0\r\nhost: {address}\r\n\r\n");
        socket.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        socket.take(4096).read_to_end(&mut answer).await?;
        io::Result::Ok(answer)
    };
    let answer = timeout(TIMEOUT, ask).await;
    answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer.starts_with(b"HTTP/1.0 200")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::super::Verdict;
    use super::*;

    fn shown(checks: &[Check]) -> Vec<(&'static str, Verdict)> {
        checks
            .iter()
            .map(|check| (check.name, check.verdict))
            .collect()
    }

    #[tokio::test]
    async fn a_profile_that_never_had_a_gateway_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let checks = look(&Gateway::default(), folder.path(), None).await;
        assert!(checks.is_empty(), "{checks:?}");
    }

    #[tokio::test]
    async fn a_port_that_somebody_else_has_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        fs::write(
            folder.path().join("gateway-port"),
            address.port().to_string(),
        )
        .unwrap();
        let checks = look(&Gateway::default(), folder.path(), None).await;
        assert_eq!(shown(&checks), [(NAME, Verdict::Note)]);
        let fixed = Gateway {
            listen: address,
            ..Gateway::default()
        };
        let checks = look(&fixed, folder.path(), None).await;
        assert_eq!(shown(&checks), [(NAME, Verdict::Problem)]);
        assert!(checks[0].found.contains(&address.port().to_string()));
    }

    #[tokio::test]
    async fn a_gateway_that_does_not_answer_is_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", gone.local_addr().unwrap());
        drop(gone);
        let status = json!({"gateway": {"url": url}});
        let checks = look(&Gateway::default(), folder.path(), Some(&status)).await;
        assert_eq!(shown(&checks), [(NAME, Verdict::Problem)]);
    }

    #[tokio::test]
    async fn files_that_others_read_or_nobody_can_are_problems() {
        let folder = tempfile::tempdir().unwrap();
        let (tokens, claims) = (
            folder.path().join(TOKENS_FILE),
            folder.path().join("prefixes.json"),
        );
        fs::write(&tokens, "nonsense").unwrap();
        fs::write(&claims, "nonsense").unwrap();
        for mode in [0o644, 0o600] {
            fs::set_permissions(&tokens, fs::Permissions::from_mode(mode)).unwrap();
            let checks = look(&Gateway::default(), folder.path(), None).await;
            assert_eq!(
                shown(&checks),
                [
                    ("tokens", Verdict::Problem),
                    ("tool prefixes", Verdict::Problem)
                ]
            );
            assert_eq!(checks[0].found.contains("mode 644"), mode == 0o644);
        }
    }

    #[tokio::test]
    async fn who_needs_no_token_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let open = Gateway {
            auth: Auth::None,
            ..Gateway::default()
        };
        let checks = look(&open, folder.path(), None).await;
        assert_eq!(shown(&checks), [("gateway auth", Verdict::Note)]);
    }
}
