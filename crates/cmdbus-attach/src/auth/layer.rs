//! What stands in front of every route of a listener.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, Request, Response, Uri};
use tower_layer::Layer;
use tower_service::Service;

use super::authority::Authority;
use super::doors::{Doors, is_preflight, preflight, show_to};
use super::principal::Principal;
use super::refusal::Refusal;

/// What is asked by those who watch over the process, and the page to try commands on, which a browser asks for before it has a
/// token. They tell nothing, and neither do the files of the page.
const WITHOUT_TOKEN: [&str; 3] = ["/healthz", "/readyz", "/docs"];
const FILES_WITHOUT_TOKEN: &str = "/docs/";
/// Names under which others take tokens in an address.
const QUERY_NAMES: [&str; 2] = ["access_token", "token"];

/// Returns the layer that lets in requests of allowed hosts and origins that show a token.
///
/// In this order: `Host` and `Origin` (403), preflight (204), token (401, or 400 where it is given in a way that is not
/// allowed). It does so for every method and for upgrades, so it belongs around a whole router. `/healthz`,
/// `/readyz` and the files under `/docs` need no token. What is inside finds the [`Principal`] in the extensions of the request, and no
/// `Authorization` header any more, so that nobody can forward or log it.
pub fn layer(authority: Arc<Authority>, doors: Arc<Doors>) -> AuthLayer {
    AuthLayer { authority, doors }
}

/// See [`layer()`].
#[derive(Debug, Clone)]
pub struct AuthLayer {
    authority: Arc<Authority>,
    doors: Arc<Doors>,
}

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Auth<S> {
        Auth {
            inner,
            guard: self.clone(),
        }
    }
}

/// What [`layer()`] makes of a service.
#[derive(Debug, Clone)]
pub struct Auth<S> {
    inner: S,
    guard: AuthLayer,
}

impl<S> Service<Request<Body>> for Auth<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let origin = match self.guard.doors.check(request.uri(), request.headers()) {
            Ok(origin) => origin,
            Err(refusal) => return Box::pin(async move { Ok(refusal.into_response()) }),
        };
        let answer = self.guard.answer(&mut request, origin.as_ref());
        let inner = match answer {
            Some(response) => Err(response),
            None => Ok(self.inner.call(request)),
        };
        Box::pin(async move {
            let mut response = match inner {
                Ok(response) => response.await?,
                Err(response) => response,
            };
            if let Some(origin) = origin {
                show_to(&mut response, &origin);
            }
            Ok(response)
        })
    }
}

impl AuthLayer {
    /// Answers a request that comes from where it may, but gets no further; otherwise says in it who sent it.
    fn answer(
        &self,
        request: &mut Request<Body>,
        origin: Option<&HeaderValue>,
    ) -> Option<Response<Body>> {
        if origin.is_some() && is_preflight(request) {
            return Some(preflight(request));
        }
        let path = request.uri().path();
        if WITHOUT_TOKEN.contains(&path) || path.starts_with(FILES_WITHOUT_TOKEN) {
            request.headers_mut().remove(AUTHORIZATION);
            return None;
        }
        match self.who(request.uri(), request.headers()) {
            Ok(principal) => {
                request.headers_mut().remove(AUTHORIZATION);
                request.extensions_mut().insert(principal);
                None
            }
            Err(refusal) => Some(refusal.into_response()),
        }
    }

    fn who(&self, uri: &Uri, headers: &HeaderMap) -> Result<Principal, Refusal> {
        if has_token(uri) {
            return Err(Refusal::malformed(
                "tokens are not taken from addresses, which end up in logs; send `Authorization: Bearer …`",
            ));
        }
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let first = given.next();
        if given.next().is_some() {
            return Err(Refusal::malformed(
                "there is more than one `Authorization` header",
            ));
        }
        if let Some(principal) = self.authority.without_token() {
            return Ok(principal);
        }
        let Some(value) = first else {
            return Err(Refusal::unauthorized(
                "Bearer",
                "a token is needed: send `Authorization: Bearer …`; `cmdbus token create` makes one",
            ));
        };
        bearer(value)
            .and_then(|token| self.authority.check(token))
            .ok_or_else(|| {
                Refusal::unauthorized(
                    "Bearer error=\"invalid_token\"",
                    "this token is not known, or it has expired; `cmdbus token list` shows those there are",
                )
            })
    }
}

fn has_token(uri: &Uri) -> bool {
    let names = uri.query().unwrap_or_default().split('&');
    names
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name))
        .any(|name| {
            QUERY_NAMES
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
        })
}

/// Returns the token of a header value, if it is one.
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_has_its_scheme_in_any_case() {
        let read =
            |value: &'static str| bearer(&HeaderValue::from_static(value)).map(str::to_owned);
        for value in ["Bearer abc", "bearer abc", "BEARER   abc "] {
            assert_eq!(read(value).as_deref(), Some("abc"), "{value}");
        }
        for value in ["", "abc", "Bearer", "Bearer ", "Basic abc", "Bearerabc"] {
            assert_eq!(read(value), None, "{value}");
        }
        assert_eq!(
            bearer(&HeaderValue::from_bytes(b"Bearer \xff").unwrap()),
            None
        );
    }

    #[test]
    fn a_token_in_an_address_is_found_wherever_it_stands() {
        let has = |uri: &'static str| has_token(&Uri::from_static(uri));
        assert!(has("/mcp?token=x") && has("/mcp?a=b&access_token=x") && has("/mcp?Token"));
        assert!(!has("/mcp") && !has("/token=x?tokens=1&x=token"));
    }
}
