//! What a client would like to get.

use ::axum::http::HeaderMap;
use ::axum::http::header::ACCEPT;

/// Returns which of the media types offered a request would like most; of those it likes equally, the one it names first.
/// Without an `Accept` header, or where it takes anything, that is the first one offered. `None`: it takes none of them.
///
/// ```
/// use axum::http::HeaderMap;
/// use cmdbus::channel::http::preferred;
///
/// let offered = ["application/json", "text/event-stream"];
/// let mut headers = HeaderMap::new();
/// assert_eq!(preferred(&headers, &offered), Some("application/json"));
/// headers.insert("accept", "text/*;q=0.9, */*;q=0.1".parse().unwrap());
/// assert_eq!(preferred(&headers, &offered), Some("text/event-stream"));
/// headers.insert("accept", "image/png".parse().unwrap());
/// assert_eq!(preferred(&headers, &offered), None);
/// ```
pub fn preferred<'o>(headers: &HeaderMap, offered: &[&'o str]) -> Option<&'o str> {
    let mut named = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .map(Range::read)
        .peekable();
    if named.peek().is_none() {
        return offered.first().copied();
    }
    let named: Vec<Range<'_>> = named.collect();
    let mut best = None;
    for (at, &offer) in offered.iter().enumerate() {
        // The most specific range decides on its weight (RFC 9110 §12.5.1).
        let range = named
            .iter()
            .enumerate()
            .filter(|(_, range)| range.covers(offer))
            .max_by_key(|(place, range)| (range.precision(), std::cmp::Reverse(*place)));
        let Some((place, range)) = range.filter(|(_, range)| range.weight > 0) else {
            continue;
        };
        let rank = (range.weight, std::cmp::Reverse((place, at)));
        if best.is_none_or(|(known, _)| rank > known) {
            best = Some((rank, offer));
        }
    }
    best.map(|(_, offer)| offer)
}

/// One item of `Accept`.
struct Range<'h> {
    media: &'h str,
    /// In thousandths.
    weight: u16,
}

impl<'h> Range<'h> {
    fn read(item: &'h str) -> Self {
        let mut parts = item.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let weight = parts
            .filter_map(|part| part.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
            .and_then(|(_, weight)| weight.trim().parse::<f32>().ok())
            // The cast saturates.
            .map_or(1000, |weight| (weight.clamp(0.0, 1.0) * 1000.0) as u16);
        Self { media, weight }
    }

    fn covers(&self, offer: &str) -> bool {
        match self.media.split_once('/') {
            Some(("*", "*")) => true,
            Some((kind, "*")) => offer
                .split_once('/')
                .is_some_and(|(offered, _)| offered.eq_ignore_ascii_case(kind)),
            _ => self.media.eq_ignore_ascii_case(offer),
        }
    }

    fn precision(&self) -> u8 {
        match self.media.split_once('/') {
            Some(("*", _)) => 0,
            Some((_, "*")) => 1,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: [&str; 2] = ["application/x-ndjson", "text/event-stream"];

    fn chosen(accept: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        preferred(&headers, &OFFERED)
    }

    #[test]
    fn weights_count_first_then_the_order_in_which_types_are_named() {
        for (accept, wanted) in [
            ("", Some(OFFERED[0])),
            ("*/*", Some(OFFERED[0])),
            ("text/event-stream", Some(OFFERED[1])),
            ("Text/Event-Stream; charset=utf-8", Some(OFFERED[1])),
            ("text/event-stream, application/x-ndjson", Some(OFFERED[1])),
            (
                "text/event-stream;q=0.5, application/x-ndjson",
                Some(OFFERED[0]),
            ),
            ("application/x-ndjson;q=0, */*", Some(OFFERED[1])),
            ("text/*, application/x-ndjson;q=0.1", Some(OFFERED[1])),
            ("image/png", None),
            ("*/*;q=0", None),
            ("q=;;;/,", None),
        ] {
            assert_eq!(chosen(accept), wanted, "{accept}");
        }
    }
}
