//! Where the servers are attached, and with which token.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use cmdbus_attach::client::{Address, TokenSource};
use cmdbus_mcp::upstream::Transport;

use super::entry::Server;
use crate::args::{Attach, Global};
use crate::commands::gateway::own_gateway;
use crate::env_vars;
use crate::exit::{Error, Result};

/// Longest file with a token, and with certificates.
const TOKEN_BYTES: u64 = 4096;
const CA_BYTES: u64 = 1 << 20;

/// A gateway to attach to.
pub(super) struct Gateway {
    pub(super) address: Address,
    pub(super) token: TokenSource,
    /// Authorities to trust beside those of the system, as PEM.
    pub(super) roots: Vec<u8>,
}

impl Gateway {
    /// Finds the one that is named, or that of the profile, which is started if need be.
    pub(super) async fn find(global: &Global, args: &Attach) -> Result<Self> {
        let Some(url) = &args.url else {
            let own = own_gateway(global).await?;
            let token = own.token;
            return Ok(Self {
                address: address(&own.url)?,
                token: Arc::new(move || Some(token.clone())),
                roots: Vec::new(),
            });
        };
        let token: TokenSource = match &args.token_file {
            Some(path) => {
                // So that a wrong name is said at once; the file is read again whenever the token is not taken.
                token_in(path)?;
                let path = path.clone();
                Arc::new(move || token_in(&path).ok())
            }
            None => {
                let token = env_vars::get(env_vars::TOKEN)
                    .map(|token| token.into_string())
                    .transpose()
                    .map_err(|_| Error::usage("`CMDBUS_TOKEN` is no token: it is not UTF-8"))?;
                Arc::new(move || token.clone())
            }
        };
        let roots = match &args.ca {
            Some(path) => bytes(path, CA_BYTES, "certificates")?,
            None => Vec::new(),
        };
        Ok(Self {
            address: address(url)?,
            token,
            roots,
        })
    }
}

fn address(url: &str) -> Result<Address> {
    Address::parse(url).map_err(|error| Error::usage(error.to_string()))
}

fn token_in(path: &Path) -> Result<String> {
    let text = bytes(path, TOKEN_BYTES, "token")?;
    let token = std::str::from_utf8(&text).unwrap_or_default().trim();
    let is_plain = |c: char| c.is_ascii_graphic();
    if token.is_empty() || !token.chars().all(is_plain) {
        return Err(Error::usage(format!(
            "`{}` holds no token: put nothing else in it than what `cmdbus token create` has printed",
            path.display()
        )));
    }
    Ok(token.to_owned())
}

fn bytes(path: &Path, most: u64, what: &str) -> Result<Vec<u8>> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| {
        Error::usage(format!(
            "cannot read the {what} in `{}`: {error}",
            path.display()
        ))
    })
}

/// Says that proxies are not used, where that may be the reason why something cannot be reached.
pub(super) fn warn_of_proxies(args: &Attach, servers: &[Server]) {
    let reaches = |server: &Server| matches!(server.upstream.transport, Transport::Http { .. });
    if args.url.is_none() && !servers.iter().any(reaches) {
        return;
    }
    // Programs disagree about upper and lower case.
    let lower = env_vars::PROXIES.map(str::to_lowercase);
    let names = env_vars::PROXIES
        .into_iter()
        .chain(lower.iter().map(String::as_str));
    let set: Vec<&str> = names.filter(|name| env_vars::get(name).is_some()).collect();
    if !set.is_empty() {
        tracing::warn!(
            variables = set.join(", "),
            "a proxy is set, and not used: cmdbus connects directly"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_a_token_and_nothing_else() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let with = |text: &[u8]| {
            std::fs::write(file.path(), text).unwrap();
            token_in(file.path())
        };
        assert_eq!(with(b"cbt_x-y_z\n").unwrap(), "cbt_x-y_z");
        for wrong in [&b""[..], b"\n", b"a b", b"a\nb", b"\xff", b"a\x01"] {
            assert!(with(wrong).is_err(), "{wrong:?}");
        }
        let missing = token_in(Path::new("/no/such/file")).unwrap_err();
        assert!(missing.message().contains("`/no/such/file`"));
    }
}
