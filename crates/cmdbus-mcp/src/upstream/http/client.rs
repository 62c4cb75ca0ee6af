//! HTTP itself: TLS, redirects, and words for what goes wrong.

use std::error::Error as _;
use std::sync::{Arc, Once};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, Response, StatusCode, Url};
use rustls_platform_verifier::Verifier;

use super::config::{HttpConfig, shown};
use super::failed::Failed;

pub(super) type Client = reqwest::Client;

/// Longest time to connect, TLS included (attach §5).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REDIRECTS: usize = 5;
const PROXY_VARIABLES: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Sends a request, and follows redirects that stay at the origin, with method and body unchanged.
///
/// Any other redirect fails: the configured headers are meant for one origin (attach §5).
pub(super) async fn send(
    config: &HttpConfig,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failed> {
    let client = config.client.get_or_try_init(|| make(config)).await?;
    let mut url = config.url.clone();
    for _ in 0..=MAX_REDIRECTS {
        let request = client
            .request(method.clone(), url.clone())
            .headers(headers.clone())
            .body(body.clone());
        let response = request.send().await.map_err(|error| told(&url, &error))?;
        match redirect(&url, &response)? {
            Some(next) => url = next,
            None => return Ok(response),
        }
    }
    Err(Failed::unreachable(format!(
        "`{}` redirects more than {MAX_REDIRECTS} times: give the address itself as `url`",
        config.shown()
    )))
}

/// Returns where a response sends us, if it does.
fn redirect(from: &Url, response: &Response) -> Result<Option<Url>, Failed> {
    let status = response.status();
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let to = response
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| from.join(location).ok());
    match to {
        Some(to) if to.origin() != from.origin() => Err(Failed::unreachable(format!(
            "`{}` redirects to another origin, `{}`, which is not followed: give that address as `url` if you trust it",
            shown(from),
            to.origin().ascii_serialization()
        ))),
        // 303 means: fetch it with GET. That is no way to ask a server something.
        Some(to) if status != StatusCode::SEE_OTHER => Ok(Some(to)),
        _ => Err(Failed::status(&shown(from), status)),
    }
}

async fn make(config: &HttpConfig) -> Result<Client, Failed> {
    name_unused_proxies();
    let config = config.clone();
    tokio::task::spawn_blocking(move || build(&config))
        .await
        .unwrap_or_else(|_| Err("the runtime is shutting down".to_owned()))
        .map_err(|text| Failed::unreachable(format!("cannot set up TLS: {text}")))
}

fn build(config: &HttpConfig) -> Result<Client, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    // Without TLS there is nothing to verify, and a system without certificates is no obstacle.
    let tls = if config.url.scheme() == "https" {
        let verifier = Verifier::new_with_extra_roots(config.extra_roots.clone(), provider)
            .map_err(|error| error.to_string())?;
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()
    } else {
        builder
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth()
    };
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(32)
        .user_agent(concat!("cmdbus/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| error.to_string())
}

fn name_unused_proxies() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let set: Vec<_> = PROXY_VARIABLES
            .iter()
            .filter(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
            .collect();
        if !set.is_empty() {
            tracing::warn!(
                ?set,
                "a proxy is set but not used: MCP servers are reached directly"
            );
        }
    });
}

/// Returns what an error of the HTTP client means. Its own text is not used: it holds the whole address.
fn told(url: &Url, error: &reqwest::Error) -> Failed {
    let shown = shown(url);
    if error.is_connect() {
        return Failed::unreachable(if error.is_timeout() {
            let seconds = CONNECT_TIMEOUT.as_secs();
            format!(
                "cannot reach `{shown}`: no connection within {seconds} s: check `url` and the network"
            )
        } else {
            let cause = cause(error);
            format!("cannot reach `{shown}`: {cause}: check `url` and that the server runs")
        });
    }
    if error.is_builder() {
        return Failed::unreachable(format!("`{shown}` cannot be asked: correct `url`"));
    }
    Failed::lost(format!(
        "the connection to `{shown}` broke before the answer: {}",
        cause(error)
    ))
}

/// Returns the text of the innermost error.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let Some(mut inner) = error.source() else {
        return "nothing more is known".to_owned();
    };
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}
