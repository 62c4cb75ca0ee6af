//! Where a list of commands is read from.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use cmdbus::bus;
use cmdbus_gen::{Definition, Document, Shapes};
use futures_util::StreamExt;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client as Http, StatusCode, Url};

use crate::args::Global;
use crate::commands::Client;
use crate::env_vars;
use crate::exit::{self, Error, Result};
use crate::output;

/// Largest list that is read: 10,000 commands with schemas of a few KiB each.
const MOST_BYTES: u64 = 64 << 20;
/// How long an address may take to answer in full.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a list of commands is.
pub(in crate::commands) enum Source {
    Bus(Box<Global>),
    Address(Url),
    File(PathBuf),
    Stdin,
}

impl Source {
    /// Reads what was typed.
    pub(in crate::commands) fn parse(text: &str) -> Result<Self> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Ok(Self::File(text.into()));
        }
        let mut url: Url = text
            .parse()
            .map_err(|error| Error::usage(format!("`{text}` is no address: {error}")))?;
        // The address of a bus will do: where the list is below it is known.
        if !url.path().ends_with(".json") {
            let path = format!("{}/cmds.json", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        Ok(Self::Address(url))
    }

    /// Returns what it is called in the head of a file; without what may be secret.
    pub(in crate::commands) fn name(&self) -> String {
        match self {
            Self::Bus(_) => "the bus".to_owned(),
            Self::Address(url) => {
                let mut url = url.clone();
                // These fail for addresses that cannot have them.
                let _ = url.set_username("");
                let _ = url.set_password(None);
                url.set_query(None);
                url.set_fragment(None);
                url.into()
            }
            // Only the name: where it lies differs from one machine to the next.
            Self::File(path) => match path.file_name() {
                Some(name) => name.to_string_lossy().into_owned(),
                None => "a file".to_owned(),
            },
            Self::Stdin => "stdin".to_owned(),
        }
    }

    /// Returns the list, and says what was wrong with it.
    pub(in crate::commands) async fn read(&self) -> Result<Document> {
        let document = match self {
            Self::Bus(global) => of_bus(global).await?,
            Self::Address(url) => parse(&fetch(url).await?, &self.name())?,
            Self::File(path) => {
                let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
                let bytes = limited(file).map_err(|error| Error::io("read", path, error))?;
                parse(&bytes, &path.display().to_string())?
            }
            Self::Stdin => {
                let bytes = limited(std::io::stdin().lock())
                    .map_err(|error| Error::failure(format!("cannot read stdin: {error}")))?;
                parse(&bytes, "stdin")?
            }
        };
        for warning in &document.warnings {
            output::note(&format!("warning: {}", output::printable_line(warning)));
        }
        Ok(document)
    }
}

fn parse(bytes: &[u8], name: &str) -> Result<Document> {
    Document::parse(bytes)
        .map_err(|error| Error::failure(output::printable_line(&format!("`{name}`: {error}"))))
}

fn limited(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(std::io::Error::other("it is larger than 64 MiB"));
    }
    Ok(bytes)
}

async fn of_bus(global: &Global) -> Result<Document> {
    let client = Client::new(global).await?;
    let commands = bus::list(&client.registry, "*").await?;
    client.registry.dispose().await;
    Ok(Document::of(commands.into_iter().map(|command| {
        Definition {
            id: command.id,
            description: command.description,
            schema: command.schema.map(|schema| Shapes {
                request: schema.request,
                response: schema.response,
            }),
        }
    })))
}

async fn fetch(url: &Url) -> Result<Vec<u8>> {
    let get = async {
        let http = http(url.scheme() == "https")?;
        let mut request = http.get(url.clone()).header(ACCEPT, "application/json");
        if let Some(token) = token()? {
            request = request.header(AUTHORIZATION, token);
        }
        let answer = request
            .send()
            .await
            .map_err(|error| unreachable(url, &error))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(refused(status));
        }
        let mut bytes = Vec::new();
        let mut body = answer.bytes_stream();
        while let Some(part) = body.next().await {
            bytes.extend_from_slice(&part.map_err(|error| unreachable(url, &error))?);
            if bytes.len() as u64 > MOST_BYTES {
                return Err(Error::failure("the list of commands is larger than 64 MiB"));
            }
        }
        Ok(bytes)
    };
    match tokio::time::timeout(PATIENCE, get).await {
        Ok(got) => got,
        Err(_) => Err(Error::new(
            exit::TIMEOUT,
            format!("no answer within {} s", PATIENCE.as_secs()),
        )),
    }
}

fn http(tls: bool) -> Result<Http> {
    cmdbus_mcp::tls::name_unused_proxies();
    let config = cmdbus_mcp::tls::client_config(tls, &[])
        .map_err(|error| Error::failure(format!("cannot use TLS: {error}")))?;
    Http::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::limited(5))
        .build()
        .map_err(|error| Error::failure(format!("cannot use HTTP: {error}")))
}

fn token() -> Result<Option<HeaderValue>> {
    let Some(token) = env_vars::get(env_vars::TOKEN) else {
        return Ok(None);
    };
    let header = token
        .into_string()
        .ok()
        .and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok());
    let Some(mut header) = header else {
        return Err(Error::usage("`CMDBUS_TOKEN` holds no token"));
    };
    header.set_sensitive(true);
    Ok(Some(header))
}

fn unreachable(url: &Url, error: &reqwest::Error) -> Error {
    // The error alone says only that something failed; the innermost one says what.
    let mut source: &dyn std::error::Error = error;
    while let Some(inner) = source.source() {
        source = inner;
    }
    let host = url.host_str().unwrap_or_default();
    Error::failure(output::printable_line(&format!(
        "cannot reach `{host}`: {source}"
    )))
}

fn refused(status: StatusCode) -> Error {
    let reason = status.canonical_reason().unwrap_or("unknown");
    let mend = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "; give a token that may see the commands in `CMDBUS_TOKEN`"
        }
        StatusCode::NOT_FOUND => "; give the address of a `/cmds.json`",
        _ => "",
    };
    Error::failure(format!("HTTP {}: {reason}{mend}", status.as_u16()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_bus_is_that_of_its_list() {
        for (given, meant) in [
            ("http://127.0.0.1:1", "http://127.0.0.1:1/cmds.json"),
            ("http://127.0.0.1:1/", "http://127.0.0.1:1/cmds.json"),
            ("https://h/base/", "https://h/base/cmds.json"),
            ("https://h/old.json?x=1", "https://h/old.json?x=1"),
        ] {
            let Source::Address(url) = Source::parse(given).unwrap() else {
                panic!("`{given}` is an address");
            };
            assert_eq!(url.as_str(), meant);
        }
        assert!(Source::parse("http://").is_err());
        assert!(matches!(Source::parse("-").unwrap(), Source::Stdin));
        assert!(matches!(
            Source::parse("https.json").unwrap(),
            Source::File(_)
        ));
    }

    #[test]
    fn the_head_of_a_file_tells_no_secret() {
        let source = Source::parse("https://user:secret@h/a.json?token=secret#secret").unwrap();
        assert_eq!(source.name(), "https://h/a.json");
        assert_eq!(Source::parse("/home/me/a.json").unwrap().name(), "a.json");
    }
}
