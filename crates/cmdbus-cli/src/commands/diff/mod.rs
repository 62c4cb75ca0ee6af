//! `cmdbus diff`

use cmdbus_gen::{Change, Document, diff};
use serde_json::{Value, json};

use super::r#gen::{Source, count};
use crate::args::Diff;
use crate::exit::{self, Error, Result};
use crate::output;

pub(crate) async fn run(args: &Diff) -> Result<u8> {
    if args.old == "-" && args.new == "-" {
        return Err(Error::usage(
            "only one of the two lists can be read from stdin",
        ));
    }
    let old = Source::parse(&args.old)?.read().await?;
    let new = Source::parse(&args.new)?.read().await?;
    let changes = diff(&old, &new);
    let breaking = changes.iter().filter(|change| change.breaking).count();
    if args.json {
        output::json(&as_json(&changes), false)?;
    } else {
        print(&changes, &new)?;
    }
    Ok(if breaking > 0 { exit::FAILURE } else { 0 })
}

fn as_json(changes: &[Change]) -> Value {
    let entries: Vec<Value> = changes
        .iter()
        .map(|change| {
            json!({
                "id": change.id,
                "breaking": change.breaking,
                "kind": change.kind.as_str(),
                "path": change.path,
                "reason": change.reason,
            })
        })
        .collect();
    let breaking = changes.iter().any(|change| change.breaking);
    json!({"breaking": breaking, "changes": entries})
}

fn print(changes: &[Change], new: &Document) -> Result<()> {
    let mut last = None;
    for change in changes {
        if last != Some(&change.id) {
            output::line(&output::printable_line(&change.id))?;
            last = Some(&change.id);
        }
        let mark = if change.breaking { "breaks" } else { "fine  " };
        let text = format!("  {mark}  {}: {}", change.path, change.reason);
        output::line(&output::printable_line(&text))?;
    }
    let breaking = changes.iter().filter(|change| change.breaking).count();
    output::note(&summary(changes.len(), breaking, new.commands.len()));
    Ok(())
}

fn summary(all: usize, breaking: usize, commands: usize) -> String {
    let changes = count(all, "change");
    match (all, breaking) {
        (0, _) => format!("nothing has changed in {}", count(commands, "command")),
        (1, 0) => format!("{changes}, which breaks no caller"),
        (1, _) => format!("{changes}, which breaks callers"),
        (_, 0) => format!("{changes}, none of which breaks callers"),
        (_, 1) => format!("{changes}, 1 of which breaks callers"),
        (_, _) => format!("{changes}, {breaking} of which break callers"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        for (all, breaking, wanted) in [
            (0, 0, "nothing has changed in 1 command"),
            (1, 0, "1 change, which breaks no caller"),
            (1, 1, "1 change, which breaks callers"),
            (2, 0, "2 changes, none of which breaks callers"),
            (2, 1, "2 changes, 1 of which breaks callers"),
            (3, 2, "3 changes, 2 of which break callers"),
        ] {
            assert_eq!(summary(all, breaking, 1), wanted);
        }
        assert_eq!(summary(0, 0, 2), "nothing has changed in 2 commands");
    }
}
