//! `POST /cmd`, `GET /cmds.json` and `GET /events`: the HTTP channel of the library, as the daemon serves it.

use std::sync::Arc;
use std::time::Duration;

use cmdbus::CommandRegistry;
use cmdbus::channel::ChannelLimits;
use cmdbus::channel::http::HttpEndpoint;

use super::access::Rights;
use crate::config::Config;

/// Returns the channel, where a call takes so long if its caller does not say, and at most so long.
pub(super) fn endpoint(
    registry: &CommandRegistry,
    rights: &Arc<Rights>,
    config: &Config,
    (timeout, longest): (Duration, Duration),
) -> HttpEndpoint {
    HttpEndpoint::behind(registry.clone(), rights.clone())
        // What is answered comes from the bus, and may be as long as there. What is sent is for the gateway to bound.
        .limits(ChannelLimits::default().frame_bytes(config.bus.frame_bytes))
        .body_bytes(config.gateway.body_bytes)
        .timeout(timeout)
        .longest_timeout(longest)
        .whole_directory()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use cmdbus::{CommandError, Config as Bus, DynCommand};
    use cmdbus_attach::auth::{Authority, Principal};
    use http_body_util::BodyExt;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn results_are_bounded_as_on_the_bus_and_bodies_as_at_the_gateway() {
        let config = Config::default();
        let long = "x".repeat(config.gateway.body_bytes + 1);
        let registry = CommandRegistry::new(Bus::default());
        let result = long.clone();
        let big = DynCommand::new("do.big", move |_: Value| {
            let result = result.clone();
            async move { Ok::<_, CommandError>(result) }
        });
        registry.register_command(big).await.unwrap();
        let authority = Authority::none(&["127.0.0.1:80".parse().unwrap()]).unwrap();
        let rights = Arc::new(Rights(Arc::new(authority)));
        let minute = Duration::from_secs(60);
        let endpoint = endpoint(&registry, &rights, &config, (minute, minute));
        let routes = TowerToHyperService::new(endpoint.routes());
        let post = async |request: &str| {
            let message = json!({"type": "execute.command.request", "id": "1", "commandId": "do.big", "request": request});
            let request = Request::post("/cmd")
                .header("content-type", "application/json")
                .extension(Principal::anonymous())
                .body(Body::from(message.to_string()))
                .unwrap();
            let (head, body) = routes.call(request).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let line: Value = serde_json::from_slice(&body).unwrap();
            (head.status.as_u16(), line)
        };
        let (status, line) = post("short").await;
        assert_eq!(status, 200);
        assert!(line["response"]["result"] == long);
        assert_eq!(post(&long).await.0, 413);
    }
}
