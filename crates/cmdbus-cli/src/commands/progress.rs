//! Progress of a call, beside its result.

use std::io::{IsTerminal, stderr};

use cmdbus::Progress as Report;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::args::Progress;
use crate::output;

/// How many steps a bar has: finer than any terminal is wide.
const STEPS: f64 = 1000.0;

/// Shows reports of progress on stderr.
pub(super) struct Watch {
    how: How,
    /// There from the first report on.
    bar: Option<ProgressBar>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Bar,
    Json,
    Nothing,
}

impl How {
    pub(super) fn of(wanted: Progress) -> Self {
        match wanted {
            Progress::Auto if stderr().is_terminal() => Self::Bar,
            Progress::Json => Self::Json,
            Progress::Auto | Progress::None => Self::Nothing,
        }
    }
}

impl Watch {
    pub(super) fn new(how: How) -> Self {
        Self { how, bar: None }
    }

    pub(super) fn show(&mut self, report: &Report) {
        match self.how {
            How::Nothing => {}
            How::Json => output::note(&as_json(report)),
            How::Bar => self.draw(report),
        }
    }

    fn draw(&mut self, report: &Report) {
        let bar = self.bar.get_or_insert_with(|| {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        });
        let share = report.total.filter(|total| *total > 0.0);
        let share = share.map(|total| (report.progress / total).clamp(0.0, 1.0));
        let template = match share {
            Some(_) => "[{elapsed}] {bar:30} {percent:>3}% {msg}",
            None => "[{elapsed}] {spinner} {prefix} {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        if let Some(share) = share {
            bar.set_length(STEPS as u64);
            bar.set_position((share * STEPS) as u64);
        } else {
            bar.set_prefix(report.progress.to_string());
            bar.tick();
        }
        let message = report.message.as_deref().unwrap_or_default();
        bar.set_message(output::printable_line(message));
    }

    /// Prints something without tearing the bar.
    pub(super) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn as_json(report: &Report) -> String {
    let mut json = json!({"progress": number(report.progress)});
    if let Some(total) = report.total {
        json["total"] = number(total);
    }
    if let Some(message) = &report.message {
        // JSON escapes the lower control characters by itself; to a terminal there are others.
        json["message"] = output::printable(message).into();
    }
    json.to_string()
}

/// Writes `3`, not `3.0`, as a program that counts has written it.
fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_as_json_has_what_the_report_has() {
        let report = |total, message: Option<&str>| Report {
            progress: 0.5,
            total,
            message: message.map(str::to_owned),
        };
        assert_eq!(as_json(&report(None, None)), r#"{"progress":0.5}"#);
        assert_eq!(
            as_json(&report(Some(2.0), Some("a\nb"))),
            r#"{"progress":0.5,"total":2,"message":"a\nb"}"#
        );
    }
}
