//! Where the time of a call goes: for a person at the terminal, and for whoever collects traces.

use std::time::Duration;

use cmdbus::registry::Options;
use serde_json::Value;

use crate::{duration, env_vars, output};

/// Whoever wants to hear of the work of this process that belongs to traces. Without the feature
/// `otel`, or with nobody to send it to, nobody does.
pub(crate) struct Observed {
    #[cfg(feature = "otel")]
    exporter: Option<crate::otel::Exporter>,
}

/// Begins to observe this process under a name.
pub(crate) fn observe(service: &'static str) -> Observed {
    #[cfg(feature = "otel")]
    return Observed {
        exporter: crate::otel::start(service),
    };
    #[cfg(not(feature = "otel"))]
    {
        let _ = service;
        Observed {}
    }
}

impl Observed {
    /// Returns the options of a registry that is observed.
    pub(crate) fn options(&self) -> Options {
        let options = Options::default();
        #[cfg(feature = "otel")]
        if let Some(exporter) = &self.exporter {
            return options.on_span(exporter.on_span());
        }
        options
    }

    /// Returns the trace context for a call from here: that of whoever runs us, else a new one if
    /// somebody collects traces. The second part is its `tracestate`.
    pub(crate) fn context(&self) -> Option<(String, Option<String>)> {
        let variable = |name| env_vars::get(name)?.into_string().ok();
        if let Some(parent) = variable(env_vars::TRACEPARENT) {
            return Some((parent, variable(env_vars::TRACESTATE)));
        }
        #[cfg(feature = "otel")]
        if let Some(exporter) = &self.exporter {
            return Some((exporter.root(), None));
        }
        None
    }

    /// Sends what has not been sent yet.
    pub(crate) fn end(self) {
        #[cfg(feature = "otel")]
        if let Some(exporter) = self.exporter {
            exporter.shutdown();
        }
    }
}

/// Prints the trace of a call to stderr.
pub(crate) fn print(entries: &[Value]) {
    let mut lines = Vec::new();
    for entry in entries {
        describe(entry, 0, &mut lines);
    }
    let width = lines.iter().map(|line| line.what.chars().count()).max();
    let width = width.unwrap_or(0);
    for Line { what, took, note } in lines {
        let gap = " ".repeat(width - what.chars().count());
        let took = duration::show(took);
        output::note(format!("{what}{gap}  {took:>8}  {note}").trim_end());
    }
}

struct Line {
    what: String,
    took: Duration,
    note: String,
}

/// Describes a call: itself, then each hop below the one before it, then the handler with the calls it made.
fn describe(call: &Value, depth: usize, lines: &mut Vec<Line>) {
    let command = output::printable_line(call["command"].as_str().unwrap_or("?"));
    let took = time(call);
    push(lines, depth, command, took, String::new());
    let hops = call["hops"].as_array().map(Vec::as_slice).unwrap_or(&[]);
    // Each has added itself on the way back, so the nearest one is the last.
    let mut outer = took;
    for (below, hop) in hops.iter().rev().enumerate() {
        let took = time(hop);
        let at = hop["at"].as_str().map(output::printable_line);
        let what = match (hop["kind"].as_str(), at) {
            (Some("handler"), Some(at)) => format!("handler in {at}"),
            (Some("handler"), None) => "handler".to_owned(),
            (_, Some(at)) => format!("hop {at}"),
            (_, None) => "hop".to_owned(),
        };
        let way = duration::show(outer.saturating_sub(took));
        push(
            lines,
            depth + 1 + below,
            what,
            took,
            format!("{way} to get there and back"),
        );
        outer = took;
        let calls = hop["calls"].as_array().map(Vec::as_slice).unwrap_or(&[]);
        for call in calls {
            describe(call, depth + 2 + below, lines);
        }
    }
}

fn push(lines: &mut Vec<Line>, depth: usize, what: String, took: Duration, note: String) {
    let what = format!("{}{what}", "  ".repeat(depth));
    lines.push(Line { what, took, note });
}

fn time(entry: &Value) -> Duration {
    Duration::from_micros(entry["us"].as_u64().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_trace_is_a_tree_of_hops_with_the_calls_of_the_handler_below() {
        let inner = json!({"kind": "call", "command": "inner", "us": 300, "hops": [{"kind": "hop", "us": 100}]});
        let call = json!({"kind": "call", "command": "outer\u{7}", "us": 2500, "hops": [
            {"kind": "handler", "us": 1000, "calls": [inner]},
            {"kind": "hop", "at": "cmdbus", "us": 2000},
        ]});
        let mut lines = Vec::new();
        describe(&call, 0, &mut lines);
        let shown: Vec<_> = lines
            .iter()
            .map(|line| {
                (
                    line.what.as_str(),
                    line.took.as_micros(),
                    line.note.as_str(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("outer\u{fffd}", 2500, ""),
                ("  hop cmdbus", 2000, "500 µs to get there and back"),
                ("    handler", 1000, "1.0 ms to get there and back"),
                ("      inner", 300, ""),
                ("        hop", 100, "200 µs to get there and back"),
            ]
        );
    }
}
