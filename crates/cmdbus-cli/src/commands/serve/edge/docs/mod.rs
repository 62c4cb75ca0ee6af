//! `GET /docs`: a page to try commands on. It holds nothing but itself, and asks for the token before it asks the bus.

use axum::http::Method;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

/// What the page may load and do: its own files and this server, and nothing written into it. Nobody may put it into a page of
/// theirs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
#[derive(Clone, Copy)]
pub(super) enum File {
    Page,
    Script,
    Style,
}

pub(super) fn answer(file: File, method: &Method) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Problem::wrong_method("GET").into_response();
    }
    let (media, text) = match file {
        File::Page => ("text/html; charset=utf-8", PAGE),
        File::Script => ("text/javascript; charset=utf-8", SCRIPT),
        File::Style => ("text/css; charset=utf-8", STYLE),
    };
    let headers: [(HeaderName, &str); 6] = [
        (CONTENT_TYPE, media),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
