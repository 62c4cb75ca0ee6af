//! What was measured: printed for people, and as lines of JSON for programs.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::{Result, machine};

/// Where the figures of one part go.
pub struct Figures {
    file: Option<File>,
    run: String,
    part: &'static str,
}

impl Figures {
    /// Opens the file, to append.
    pub fn new(path: Option<&Path>) -> Result<Self> {
        let file = match path {
            Some(path) => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                Some(OpenOptions::new().create(true).append(true).open(path)?)
            }
            None => None,
        };
        Ok(Self {
            file,
            run: uuid::Uuid::new_v4().to_string(),
            part: "machine",
        })
    }

    /// Says to which part the following figures belong, and how busy the machine is already.
    pub fn part(&mut self, name: &'static str) -> Result {
        self.part = name;
        println!("\n{name}");
        self.note(&format!("load {:.1} before", machine::load()))
    }

    /// Writes a remark.
    pub fn note(&mut self, text: &str) -> Result {
        println!("  {text}");
        self.line(json!({"note": text}))
    }

    /// Writes the median of what was measured several times, with its spread, and returns it.
    pub fn median(&mut self, name: &str, unit: &str, values: &[f64]) -> Result<f64> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = share(&sorted, 0.5);
        let (p10, p90) = (share(&sorted, 0.1), share(&sorted, 0.9));
        println!(
            "  {name:54} {:>11} {unit:6} p10 {}, p90 {}, n {}",
            short(median),
            short(p10),
            short(p90),
            values.len()
        );
        self.line(json!({
            "name": name, "unit": unit, "median": median, "p10": p10, "p90": p90, "n": values.len(),
            "values": values,
        }))?;
        Ok(median)
    }

    /// Writes how two series compare, taken pair by pair, because what else the machine did hits both.
    pub fn ratio(&mut self, name: &str, these: &[f64], those: &[f64]) -> Result<f64> {
        let ratios: Vec<f64> = these.iter().zip(those).map(|(a, b)| a / b).collect();
        self.median(name, "x", &ratios)
    }

    fn line(&mut self, figure: Value) -> Result {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let mut line = json!({"run": self.run, "part": self.part});
        if let (Some(line), Value::Object(figure)) = (line.as_object_mut(), figure) {
            line.extend(figure);
        }
        writeln!(file, "{line}")?;
        Ok(())
    }
}

/// Returns the value below which this share of sorted values lies.
pub fn share(sorted: &[f64], share: f64) -> f64 {
    match sorted.len() {
        0 => f64::NAN,
        count => sorted[((count - 1) as f64 * share).round() as usize],
    }
}

/// Writes a figure with as many digits as are worth reading.
pub fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}
