//! HTTP itself: TLS, redirects, and words for what goes wrong.

use std::error::Error as _;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, Response, StatusCode, Url};

use super::config::{HttpConfig, shown};
use super::failed::Failed;
use crate::tls;

pub(super) type Client = reqwest::Client;

/// Longest time to connect, TLS included (attach §5).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REDIRECTS: usize = 5;

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
    tls::name_unused_proxies();
    let config = config.clone();
    tokio::task::spawn_blocking(move || build(&config))
        .await
        .unwrap_or_else(|_| Err("the runtime is shutting down".to_owned()))
        .map_err(|text| Failed::unreachable(format!("cannot set up TLS: {text}")))
}

fn build(config: &HttpConfig) -> Result<Client, String> {
    let tls = tls::client_config(config.url.scheme() == "https", &config.extra_roots)?;
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
