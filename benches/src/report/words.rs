//! Figures, ratios and aims as people read them.

use crate::rows::Target;
use crate::table::{Column, Line};

/// Writes a figure with three digits and its unit.
pub fn figure(value: f64, unit: &str) -> String {
    let text = match unit {
        "/s" if value >= 1e6 => format!("{} M/s", digits(value / 1e6)),
        "/s" if value >= 1e3 => format!("{} k/s", digits(value / 1e3)),
        "µs" if value >= 1e3 => format!("{} ms", digits(value / 1e3)),
        _ => format!("{} {unit}", digits(value)),
    };
    text.trim_end().to_owned()
}

/// Writes a number with three digits.
pub fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        small if small >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Says how ours compares with a column: "0.35× the rate of *raw relay*".
pub fn beside(line: &Line, column: &Column) -> String {
    let what = match line.unit {
        "µs" | "ms" => "the time",
        "/s" | "MiB/s" => "the rate",
        "MiB" => "the memory",
        _ => "that",
    };
    format!("{}× {what} of *{}*", digits(column.ratio), column.name)
}

/// Says what is aimed at.
pub fn aim(target: Target, unit: &str) -> String {
    match target {
        Target::AtMost(most) => format!("at most {most}×"),
        Target::AtLeast(least) => format!("at least {least}×"),
        Target::Below(figure) => format!("below {figure} {unit}").trim_end().to_owned(),
    }
}
