//! `GET /docs`: a page to try commands on. It holds nothing but itself, and asks for the token before it asks the bus.
//!
//! The page is made of plain files. `page.js` is where its program begins; it follows one command from the list (`list.js`) through
//! its request (`request.js`, whose form is made of `fields.js` and `groups.js`) and its call (`call.js`) to what came of it
//! (`result.js`).

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

const PAGE: &str = include_str!("page.html");
/// What the page asks for, by its name under `/docs/`.
const FILES: [(&str, &str); 11] = [
    ("call.js", include_str!("call.js")),
    ("dom.js", include_str!("dom.js")),
    ("fields.js", include_str!("fields.js")),
    ("groups.js", include_str!("groups.js")),
    ("json.js", include_str!("json.js")),
    ("list.js", include_str!("list.js")),
    ("page.css", include_str!("page.css")),
    ("page.js", include_str!("page.js")),
    ("request.js", include_str!("request.js")),
    ("result.js", include_str!("result.js")),
    ("schema.js", include_str!("schema.js")),
];

/// What the page may load and do: its own files and this server, nothing written into it, and no text made into markup or code.
/// Nobody may put it into a page of theirs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Answers with the page, or with one of its files.
pub(super) fn answer(file: Option<&str>, method: &Method) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Problem::wrong_method("GET").into_response();
    }
    let found = match file {
        None => Some(("text/html; charset=utf-8", PAGE)),
        Some(name) => FILES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(name, text)| (media(name), *text)),
    };
    let Some((media, text)) = found else {
        let detail = "the page has no such file; it is at `/docs`";
        return Problem::new(StatusCode::NOT_FOUND, "not_found", detail).into_response();
    };
    let headers: [(HeaderName, &str); 8] = [
        (CONTENT_TYPE, media),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (OPENER_POLICY, "same-origin"),
        (RESOURCE_POLICY, "same-origin"),
        // The next release of the daemon has other files under the same names.
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

fn media(name: &str) -> &'static str {
    if name.ends_with(".css") {
        "text/css; charset=utf-8"
    } else {
        "text/javascript; charset=utf-8"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_ask_for_nothing_that_is_not_there() {
        let known = |name: &str| FILES.iter().any(|(other, _)| *other == name);
        for (name, text) in FILES.into_iter().chain([("page.html", PAGE)]) {
            for wanted in text.split("from \"./").skip(1) {
                let wanted = wanted.split('"').next().unwrap();
                assert!(known(wanted), "`{name}` imports `{wanted}`");
            }
            for wanted in text.split("\"docs/").skip(1) {
                let wanted = wanted.split('"').next().unwrap();
                assert!(known(wanted), "`{name}` asks for `{wanted}`");
            }
            // Nothing of the page may come from, or lead, elsewhere.
            assert!(!text.contains("://"), "`{name}` names an address");
            assert!(
                !text.contains("style=") && !text.contains("onclick"),
                "{name}"
            );
        }
    }

    #[test]
    fn each_file_has_its_kind_and_the_policy() {
        for (file, kind) in [
            (None, "text/html"),
            (Some("page.css"), "text/css"),
            (Some("page.js"), "text/javascript"),
            (Some("schema.js"), "text/javascript"),
        ] {
            let response = answer(file, &Method::GET);
            let headers = response.headers();
            assert_eq!(response.status(), StatusCode::OK);
            assert!(headers[CONTENT_TYPE].to_str().unwrap().starts_with(kind));
            let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
            assert!(!policy.contains("unsafe"));
        }
        for (file, method, status) in [
            (None, Method::POST, StatusCode::METHOD_NOT_ALLOWED),
            (Some("mod.rs"), Method::GET, StatusCode::NOT_FOUND),
            (Some("../mod.rs"), Method::GET, StatusCode::NOT_FOUND),
        ] {
            assert_eq!(answer(file, &method).status(), status);
        }
    }
}
