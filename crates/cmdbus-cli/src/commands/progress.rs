//! Progress of a call, beside its result.

use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    bar: Mutex<Option<ProgressBar>>,
}

enum How {
    Bar,
    Json,
    Nothing,
}

impl Watch {
    pub(super) fn new(wanted: Progress) -> Self {
        Self {
            how: match wanted {
                Progress::Auto if stderr().is_terminal() => How::Bar,
                Progress::Json => How::Json,
                Progress::Auto | Progress::None => How::Nothing,
            },
            bar: Mutex::default(),
        }
    }

    /// Returns whether anything is to be shown.
    pub(super) fn wanted(&self) -> bool {
        !matches!(self.how, How::Nothing)
    }

    pub(super) fn show(&self, report: &Report) {
        match self.how {
            How::Nothing => {}
            How::Json => output::note(&as_json(report)),
            How::Bar => self.draw(report),
        }
    }

    fn draw(&self, report: &Report) {
        let mut bar = self.bar();
        let bar = bar.get_or_insert_with(|| {
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
        bar.set_message(output::printable(message).replace('\n', " "));
    }

    /// Prints something without tearing the bar.
    pub(super) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        let bar = self.bar().clone();
        match bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn as_json(report: &Report) -> String {
    let mut json = json!({"progress": number(report.progress)});
    if let Some(total) = report.total {
        json["total"] = number(total);
    }
    if let Some(message) = &report.message {
        json["message"] = message.as_str().into();
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
