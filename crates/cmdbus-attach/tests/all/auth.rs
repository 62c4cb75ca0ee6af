//! What stands in front of a listener's routes, as a request meets it.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, Response, StatusCode};
use axum::routing::any;
use axum::{Extension, Router};
use cmdbus_attach::auth::{self, Authority, Doors, Principal, TokenFile};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower_layer::Layer as _;
use tower_service::Service;

/// A listener whose routes say who asks.
struct Gate {
    folder: TempDir,
    authority: Authority,
    doors: Doors,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

async fn who(principal: Option<Extension<Principal>>, request: Request) -> String {
    assert!(!request.headers().contains_key("authorization"));
    match principal {
        Some(Extension(principal)) => principal.name().to_owned(),
        None => "ok".to_owned(),
    }
}

impl Gate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("profile-token", Self::file_in(&folder)).unwrap();
        let doors = Doors::new(&["gw.example"], &["https://app.example"], None).unwrap();
        Self {
            folder,
            authority,
            doors,
        }
    }

    fn file_in(folder: &TempDir) -> TokenFile {
        TokenFile::at(folder.path().join("tokens.json"))
    }

    /// The same listener where no token is asked for.
    fn without_tokens(self) -> Self {
        let authority = Authority::none(&["127.0.0.1:1".parse().unwrap()]).unwrap();
        Self { authority, ..self }
    }

    fn service(
        self,
    ) -> impl Service<Request, Response = Response<Body>, Error = std::convert::Infallible, Future: Send>
    {
        let router = Router::new()
            .route("/mcp", any(who))
            .route("/healthz", any(who))
            .route("/readyz", any(who));
        auth::layer(Arc::new(self.authority), Arc::new(self.doors)).layer(router)
    }

    /// Sends a request; `Host` is added unless it is among the headers.
    async fn ask(self, method: Method, uri: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "127.0.0.1:7801");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let Ok(response) = self.service().call(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 65_536).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// It is a refusal in the shape of a JSON-RPC error.
    #[track_caller]
    fn is_refused(&self, status: u16, code: i32, word: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/json"));
        let mut body: Value = serde_json::from_str(&self.text).unwrap();
        let message = body["error"]["message"].take();
        assert!(message.as_str().unwrap().contains(word), "{message}");
        let error = json!({"code": code, "message": null});
        assert_eq!(body, json!({"jsonrpc": "2.0", "id": null, "error": error}));
    }
}

const TOKEN: (&str, &str) = ("authorization", "Bearer profile-token");
const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::DELETE,
    Method::PUT,
    Method::OPTIONS,
];

#[tokio::test]
async fn a_token_says_who_asks() {
    let answer = Gate::new().ask(Method::POST, "/mcp", &[TOKEN]).await;
    assert_eq!((answer.status, &*answer.text), (StatusCode::OK, "owner"));
    let gate = Gate::new();
    let made = Gate::file_in(&gate.folder).create("ci", &[], None).unwrap();
    let authority = Authority::new("profile-token", Gate::file_in(&gate.folder)).unwrap();
    let bearer = format!("bearer {}", made.token);
    let asked = Gate { authority, ..gate }
        .ask(Method::GET, "/mcp", &[("authorization", &bearer)])
        .await;
    assert_eq!((asked.status, &*asked.text), (StatusCode::OK, "ci"));
}

#[tokio::test]
async fn w40_without_a_good_token_no_method_and_no_route_is_served() {
    for method in METHODS {
        for uri in ["/mcp", "/attach", "/unknown", "/healthz/x"] {
            let answer = Gate::new().ask(method.clone(), uri, &[]).await;
            answer.is_refused(401, -33007, "a token is needed");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            let wrong = [("authorization", "Bearer profile-tokem")];
            let answer = Gate::new().ask(method.clone(), uri, &wrong).await;
            answer.is_refused(401, -33007, "not known");
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Bearer "), "{challenge}");
        }
    }
    for wrong in ["profile-token", "Basic profile-token", "Bearer", ""] {
        let answer = Gate::new()
            .ask(Method::GET, "/mcp", &[("authorization", wrong)])
            .await;
        answer.is_refused(401, -33007, "not known");
    }
}

#[tokio::test]
async fn w40_a_token_is_taken_from_one_header_and_never_from_the_address() {
    for uri in [
        "/mcp?access_token=profile-token",
        "/mcp?x=1&token=profile-token",
    ] {
        for headers in [&[][..], &[TOKEN]] {
            let answer = Gate::new().ask(Method::GET, uri, headers).await;
            answer.is_refused(400, -32600, "addresses");
            let answer = Gate::new().without_tokens();
            let answer = answer.ask(Method::GET, uri, headers).await;
            answer.is_refused(400, -32600, "addresses");
        }
    }
    let answer = Gate::new().ask(Method::GET, "/mcp", &[TOKEN, TOKEN]).await;
    answer.is_refused(400, -32600, "more than one");
}

#[tokio::test]
async fn w40_a_foreign_host_is_refused_before_the_token_is_looked_at() {
    for method in METHODS {
        for headers in [
            &[("host", "evil.example")][..],
            &[("host", "evil.example"), TOKEN],
            &[("host", "127.0.0.1"), ("host", "127.0.0.1"), TOKEN],
        ] {
            for uri in ["/mcp", "/healthz"] {
                let answer = Gate::new().ask(method.clone(), uri, headers).await;
                answer.is_refused(403, -33007, "`Host`");
            }
        }
    }
    let configured = [("host", "gw.example"), TOKEN];
    let answer = Gate::new().ask(Method::GET, "/mcp", &configured).await;
    assert_eq!(answer.text, "owner");
}

#[tokio::test]
async fn w19_a_foreign_page_opens_no_socket_and_asks_nothing() {
    let upgrade = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("origin", "https://evil.example"),
        TOKEN,
    ];
    let answer = Gate::new().ask(Method::GET, "/mcp", &upgrade).await;
    answer.is_refused(403, -33007, "`Origin`");
    let open = Gate::new().without_tokens();
    let answer = open.ask(Method::GET, "/mcp", &upgrade[..3]).await;
    answer.is_refused(403, -33007, "`Origin`");
    for method in METHODS {
        let page = [("origin", "null"), TOKEN];
        let answer = Gate::new().ask(method, "/mcp", &page).await;
        answer.is_refused(403, -33007, "`Origin`");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn w19_only_allowed_origins_are_told_what_they_may_send() {
    let asks = [
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "authorization, mcp-param-x",
        ),
    ];
    for origin in ["https://app.example", "http://localhost:6274"] {
        let headers = [asks[0], asks[1], ("origin", origin)];
        let answer = Gate::new().ask(Method::OPTIONS, "/mcp", &headers).await;
        assert_eq!((answer.status, &*answer.text), (StatusCode::NO_CONTENT, ""));
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(
            answer.header("access-control-allow-headers"),
            Some(asks[1].1)
        );
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(methods.contains("DELETE") && !methods.contains('*'));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let foreign = [asks[0], ("origin", "https://evil.example")];
    let answer = Gate::new().ask(Method::OPTIONS, "/mcp", &foreign).await;
    answer.is_refused(403, -33007, "`Origin`");
    // No page asks without saying which it is.
    let answer = Gate::new().ask(Method::OPTIONS, "/mcp", &asks).await;
    answer.is_refused(401, -33007, "a token is needed");
}

#[tokio::test]
async fn an_allowed_page_may_read_the_answer_also_a_refusal() {
    let page = ("origin", "https://app.example");
    for (headers, status) in [(&[page, TOKEN][..], 200), (&[page], 401)] {
        let answer = Gate::new().ask(Method::POST, "/mcp", headers).await;
        assert_eq!(answer.status.as_u16(), status);
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, Some(page.1));
        assert_eq!(answer.header("vary"), Some("Origin"));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("Mcp-Session-Id"));
    }
    let answer = Gate::new().ask(Method::POST, "/mcp", &[TOKEN]).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn liveness_and_readiness_need_no_token() {
    for uri in ["/healthz", "/readyz"] {
        for headers in [&[][..], &[("authorization", "Bearer wrong")]] {
            let answer = Gate::new().ask(Method::GET, uri, headers).await;
            assert_eq!((answer.status, &*answer.text), (StatusCode::OK, "ok"));
        }
    }
}

#[tokio::test]
async fn where_no_token_is_asked_for_everybody_is_anonymous() {
    for headers in [&[][..], &[TOKEN]] {
        let answer = Gate::new().without_tokens();
        let answer = answer.ask(Method::POST, "/mcp", headers).await;
        assert_eq!(
            (answer.status, &*answer.text),
            (StatusCode::OK, "anonymous")
        );
    }
}

#[tokio::test]
async fn the_layer_also_goes_around_the_routes_of_a_router() {
    let gate = Gate::new();
    let mut router: Router = Router::new()
        .route("/mcp", any(who))
        .layer(auth::layer(gate.authority.into(), gate.doors.into()));
    let request = Request::builder()
        .uri("/nowhere")
        .header("host", "localhost");
    let request = request.body(Body::empty()).unwrap();
    let Ok(response) = router.call(request).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}
