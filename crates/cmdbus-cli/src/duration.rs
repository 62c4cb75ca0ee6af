//! Lengths of time on the command line and in the configuration.

use std::time::Duration;

/// Reads `30`, `1.5` (seconds), `500ms`, `2m`, `1h 30m`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string());
    }
    humantime::parse_duration(text)
        .map_err(|_| "use a number of seconds, or a length such as `500ms`, `2m`, `1h`".to_owned())
}

/// Writes a length as people read it, with three figures at most.
pub(crate) fn show(length: Duration) -> String {
    let seconds = length.as_secs_f64();
    if seconds < 0.001 {
        format!("{:.0} µs", seconds * 1e6)
    } else if seconds < 0.01 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        humantime::format_duration(Duration::from_secs(length.as_secs())).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_are_seconds() {
        assert_eq!(parse("30"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse("1h"), Ok(Duration::from_secs(3600)));
        for text in ["", "-1", "soon", "1e400", "NaN"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
