//! What a client takes for an answer (attach §4.3).

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

/// The forms in which an answer may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepts {
    pub(super) json: bool,
    pub(super) sse: bool,
}

impl Accepts {
    /// Reads all lines of `Accept`. Without any, everything is acceptable.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let lines: Vec<&str> = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let ranges: Vec<(String, bool)> = lines
            .iter()
            .flat_map(|line| line.split(','))
            .filter_map(range)
            .collect();
        if ranges.is_empty() {
            return Self {
                json: true,
                sse: true,
            };
        }
        Self {
            json: covers(&ranges, "application/json", "application/*"),
            sse: covers(&ranges, "text/event-stream", "text/*"),
        }
    }
}

/// Returns whether a body is said to be JSON, whatever the parameters.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
        return false;
    };
    let essence = value.to_str().unwrap_or_default().split(';').next();
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// Returns a media range, and whether it is wanted at all.
fn range(text: &str) -> Option<(String, bool)> {
    let mut parts = text.split(';');
    let name = parts.next()?.trim();
    if name.is_empty() {
        return None;
    }
    let quality = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .and_then(|(_, value)| value.trim().parse::<f32>().ok());
    Some((
        name.to_ascii_lowercase(),
        quality.is_none_or(|quality| quality > 0.0),
    ))
}

/// The most specific range decides, as everywhere in HTTP.
fn covers(ranges: &[(String, bool)], exact: &str, kind: &str) -> bool {
    [exact, kind, "*/*"]
        .iter()
        .find_map(|wanted| {
            let found = ranges.iter().find(|(name, _)| name == wanted)?;
            Some(found.1)
        })
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(lines: &[&'static str]) -> (bool, bool) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT, line.parse().unwrap());
        }
        let accepts = Accepts::read(&headers);
        (accepts.json, accepts.sse)
    }

    #[test]
    fn w35_every_line_and_every_quality_counts() {
        assert_eq!(accepts(&[]), (true, true));
        assert_eq!(accepts(&["*/*"]), (true, true));
        assert_eq!(accepts(&["application/json"]), (true, false));
        assert_eq!(accepts(&["text/event-stream"]), (false, true));
        assert_eq!(
            accepts(&["application/json", "text/event-stream"]),
            (true, true)
        );
        assert_eq!(
            accepts(&["Application/JSON;q=0.1 , */*;q=0"]),
            (true, false)
        );
        assert_eq!(accepts(&["*/*, text/event-stream;q=0.0"]), (true, false));
        assert_eq!(accepts(&["application/json;q=0, */*"]), (false, true));
        assert_eq!(accepts(&["text/html"]), (false, false));
    }

    #[test]
    fn w35_text_of_any_kind_is_not_json() {
        assert_eq!(accepts(&["text/*"]), (false, true));
        assert_eq!(accepts(&["application/*"]), (true, false));
    }
}
