//! `Prefer: wait=SECONDS` (RFC 7240): how long the caller waits.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Returns how many seconds a caller says it waits. What is no number is ignored, as preferences are.
pub(super) fn wait(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get_all(PREFER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|preference| preference.split(';').next()?.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))
        .and_then(|(_, seconds)| seconds.trim().trim_matches('"').parse().ok())
        .map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_to_wait_is_found_among_preferences() {
        for (value, seconds) in [
            ("wait=10", Some(10)),
            ("respond-async, Wait = 5; x=1", Some(5)),
            ("wait=\"7\"", Some(7)),
            ("wait=0", Some(0)),
            ("wait", None),
            ("wait=soon", None),
            ("wait=-1", None),
            ("wait=1.5", None),
            ("waiting=1", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(PREFER, value.parse().unwrap());
            assert_eq!(wait(&headers), seconds.map(Duration::from_secs), "{value}");
        }
        assert_eq!(wait(&HeaderMap::new()), None);
    }
}
