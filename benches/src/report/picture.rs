//! The picture: bars without a library, in two columns, on a ground of its own, so that it can be read wherever it is shown.

use std::fmt::Write as _;

use super::words::figure;
use crate::rows::Target;
use crate::table::{Column, Kind, Line, Table};

/// The rows that are shown, in this order, and what is written above them.
const SHOWN: [(&str, &str); 10] = [
    ("core/local", "Typed call in one process"),
    ("core/memory-64", "Two registries in memory, 64 in flight"),
    ("core/unix-1", "Unix socket, 1 in flight, all on one CPU"),
    ("core/unix-64", "Unix socket, 64 in flight"),
    (
        "core/daemon-1",
        "Through the daemon, 1 in flight, all on one CPU",
    ),
    ("core/daemon-64", "Through the daemon, 64 in flight"),
    (
        "core/daemon-4k-64",
        "Through the daemon, 4 KiB, 64 in flight",
    ),
    ("core/daemon-1m-8", "Through the daemon, 1 MiB, 8 in flight"),
    ("core/websocket-64", "WebSocket, 64 in flight"),
    ("broker/durable-64", "Durable send, 64 senders over HTTP"),
];

const WIDTH: usize = 800;
const HALF: usize = WIDTH / 2;
/// Where the groups begin, below what the colours mean.
const TOP: usize = 40;
/// Where bars begin in their column, and how long the longest is.
const LEFT: usize = 150;
const LONGEST: f64 = 160.0;
const BAR: usize = 11;
const STEP: usize = 15;
const HEAD: usize = 20;
const GAP: usize = 12;

const STYLE: &str = "\
.back{fill:#ffffff}text{fill:#57606a}.head{font-weight:600;fill:#24292f}.ours{fill:#1a7f64}.limit{fill:#afb8c1}\
.peer{fill:#6ea0dc}.aim{fill:#cf222e}\
@media(prefers-color-scheme:dark){.back{fill:#0d1117}text{fill:#9aa4af}.head{fill:#e6edf3}.ours{fill:#3fb996}\
.limit{fill:#59636e}.peer{fill:#3f6ea8}.aim{fill:#ff7b72}}";

pub fn draw(table: &Table) -> String {
    let mut bars = String::new();
    let mut ends = [TOP; 2];
    for (slug, head) in SHOWN {
        let line = table.lines.iter().find(|line| line.slug == slug);
        // A bar alone says nothing.
        if let Some(line) = line.filter(|line| line.columns.len() > 1) {
            let column = usize::from(ends[1] < ends[0]);
            ends[column] = group(line, head, column * HALF, ends[column], &mut bars);
        }
    }
    let height = ends[0].max(ends[1]);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"11\" role=\"img\">\n<title>What calls cost: cmdbus, limits and \
         others</title>\n<style>{STYLE}</style>\n<rect class=\"back\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n\
         {}{bars}</svg>\n",
        legend()
    )
}

/// Says what the colours mean.
fn legend() -> String {
    let mut legend = String::new();
    let mut x = 12;
    for (class, width, text) in [
        ("ours", BAR, "cmdbus"),
        ("limit", BAR, "a limit: the same with nothing in between"),
        ("peer", BAR, "others"),
        ("aim", 2, "what cmdbus aims at"),
    ] {
        // A string takes whatever is written to it.
        let _ = writeln!(
            legend,
            "<rect class=\"{class}\" x=\"{x}\" y=\"12\" width=\"{width}\" height=\"{BAR}\" rx=\"1\"/>\
             <text x=\"{}\" y=\"21\">{text}</text>",
            x + width + 6
        );
        x += width + 24 + text.len() * 6;
    }
    let _ = writeln!(
        legend,
        "<text x=\"{}\" y=\"21\" text-anchor=\"end\">longer is faster</text>",
        WIDTH - 12
    );
    legend
}

/// How fast a median is.
fn speed(line: &Line, median: f64) -> f64 {
    if line.less_is_better() {
        1.0 / median
    } else {
        median
    }
}

/// Returns how fast ours has to be for the row to be as aimed.
fn needed(line: &Line) -> Option<f64> {
    let of = |kind| {
        let needed = line.columns.iter().filter_map(move |column| {
            let than = speed(line, column.median);
            match column.target? {
                Target::AtMost(most) => Some(than / most),
                Target::AtLeast(least) => Some(than * least),
                Target::Below(median) => Some(speed(line, median)),
            }
            .filter(|_| column.kind == kind)
        });
        needed.reduce(f64::max)
    };
    match (of(Kind::Limit), of(Kind::Peer)) {
        (Some(limit), Some(peers)) if line.either => Some(limit.min(peers)),
        (Some(limit), Some(peers)) => Some(limit.max(peers)),
        (limit, peers) => limit.or(peers),
    }
}

/// Draws a row, and returns where the next begins. Of the limits it shows the one that counts.
fn group(line: &Line, head: &str, left: usize, mut y: usize, bars: &mut String) -> usize {
    let limit = line
        .columns
        .iter()
        .position(|each| each.kind == Kind::Limit);
    let columns: Vec<&Column> = line
        .columns
        .iter()
        .enumerate()
        .filter(|(at, column)| column.kind != Kind::Limit || Some(*at) == limit)
        .map(|(_, column)| column)
        .collect();
    let needed = needed(line);
    let fastest = columns
        .iter()
        .map(|column| speed(line, column.median))
        .chain(needed)
        .fold(f64::MIN, f64::max);
    let from = left + LEFT;
    let _ = writeln!(
        bars,
        "<text class=\"head\" x=\"{}\" y=\"{}\">{}</text>",
        left + 12,
        y + BAR,
        escaped(head)
    );
    y += HEAD;
    for column in columns {
        let class = match column.kind {
            Kind::Ours => "ours",
            Kind::Limit => "limit",
            Kind::Peer => "peer",
        };
        let aim = needed.filter(|_| column.kind == Kind::Ours);
        let long = (speed(line, column.median) / fastest * LONGEST).max(1.0);
        let mark = aim.map_or(0.0, |needed| needed / fastest * LONGEST);
        let text = y + BAR - 2;
        let _ = write!(
            bars,
            "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{class}\" x=\"{from}\" y=\"{y}\" width=\"{long:.1}\" height=\"{BAR}\" rx=\"2\"/>\
             <text x=\"{:.1}\" y=\"{text}\">{}</text>",
            from - 6,
            escaped(&column.name),
            from as f64 + long.max(mark) + 6.0,
            figure(column.median, line.unit)
        );
        if aim.is_some() {
            let _ = write!(
                bars,
                "<rect class=\"aim\" x=\"{:.1}\" y=\"{}\" width=\"2\" height=\"{}\"/>",
                from as f64 + mark - 1.0,
                y - 1,
                BAR + 2
            );
        }
        bars.push('\n');
        y += STEP;
    }
    y + GAP
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
