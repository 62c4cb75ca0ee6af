//! How many instructions a plain call takes: a figure that a busy machine does not change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What is counted, as `examples/hot_path.rs` of the crate `cmdbus` knows it.
const PARTS: [(&str, &str); 6] = [
    ("typed", "typed call, handler in the same registry"),
    ("linked", "call between two registries in memory"),
    ("hop", "the same with a third one in between"),
    ("unix", "call between two registries over a Unix socket"),
    ("daemon", "the same with a third one in between"),
    (
        "events",
        "event to 100 registries in memory, for each of them",
    ),
];
/// The difference between two runs leaves out what is done once.
const CALLS: [u64; 2] = [500, 2500];
/// Smaller differences come from where things happen to lie in memory.
const NOISE: f64 = 0.01;

/// What to do with what was counted, as it was typed.
#[derive(clap::Args)]
pub(crate) struct Instructions {
    /// Print how it differs from `benches/instructions.json`
    #[arg(long)]
    compare: bool,
    /// Write it to `benches/instructions.json`
    #[arg(long, conflicts_with = "compare")]
    save: bool,
}

/// Counts with callgrind, which must be installed, and prints one line for each part. A difference is no failure.
pub(crate) fn run(options: &Instructions) -> Result {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/instructions.json");
    let known: BTreeMap<String, u64> = if options.compare {
        serde_json::from_str(&std::fs::read_to_string(&file)?)?
    } else {
        BTreeMap::new()
    };
    let program = build()?;
    let folder = tempfile::tempdir()?;
    let mut counted = BTreeMap::new();
    for (part, what) in PARTS {
        let mut counts = [0; 2];
        for (count, calls) in counts.iter_mut().zip(CALLS) {
            *count = count_of(&program, folder.path(), part, calls)?;
        }
        let per_call = (counts[1] - counts[0]) / (CALLS[1] - CALLS[0]);
        let compared = if options.compare {
            difference(per_call, known.get(part).copied())
        } else {
            String::new()
        };
        println!("{part:7} {per_call:>7} instructions  {compared:24}{what}");
        counted.insert(part, per_call);
    }
    if options.save {
        std::fs::write(&file, serde_json::to_string_pretty(&counted)? + "\n")?;
    }
    Ok(())
}

/// Says how a count differs from the one that is known.
fn difference(now: u64, known: Option<u64>) -> String {
    let Some(known) = known.filter(|known| *known > 0) else {
        return "not known before".to_owned();
    };
    let by = now as f64 / known as f64 - 1.0;
    if by.abs() < NOISE {
        format!("as before ({known})")
    } else {
        let way = if by > 0.0 { "MORE" } else { "fewer" };
        format!("{:+.1} % {way} ({known})", by * 100.0)
    }
}

fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // This program is `<target>/<profile>/xtask`.
    let own = std::env::current_exe()?;
    let target = own.parent().and_then(Path::parent);
    let target = target.ok_or("this program is in no folder")?;
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--package", "cmdbus"])
        .args([
            "--features",
            "unix",
            "--example",
            "hot_path",
            "--target-dir",
        ])
        .arg(target)
        .status()?;
    if !built.success() {
        return Err("`hot_path` does not build".into());
    }
    Ok(target.join("release/examples/hot_path"))
}

fn count_of(program: &Path, folder: &Path, part: &str, calls: u64) -> Result<u64> {
    let out = folder.join(format!("{part}-{calls}"));
    let run = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args([part, &calls.to_string()])
        .output()
        .map_err(|error| format!("cannot run `valgrind`, which counts: {error}"))?;
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned().into());
    }
    let text = std::fs::read_to_string(&out)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("callgrind wrote no total")?.trim().parse()?)
}
