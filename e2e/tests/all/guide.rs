//! The guide: what one page says can be pasted is pasted, and must print what the page says.

use std::path::PathBuf;
use std::{env, fs};

use crate::mcp::peers;
use crate::processes::bus::{Bus, Running, program, workspace};
use crate::support::{eventually, installed, node};

const SET_UP_NPM: &str = "npm ci --prefix e2e/npm";
const SET_UP_SYSTEM: &str = "apt-get install curl python3";
/// Stands in the output behind that of each block.
const END: &str = "=== end of a block ===";

/// A block to be pasted.
struct Block {
    text: String,
    /// What the page says it prints.
    prints: String,
}

/// Returns the blocks of shell of a page, each with the block of plain text behind it, if there is one.
fn blocks(page: &str) -> Vec<Block> {
    let text = fs::read_to_string(workspace().join("docs/guide").join(page)).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let content: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let content = content.join("\n");
        match (language, blocks.last_mut()) {
            ("sh", _) => blocks.push(Block {
                text: content,
                prints: String::new(),
            }),
            ("", Some(before)) => before.prints = content,
            _ => {}
        }
    }
    blocks
}

/// Leaves out what differs from one run to the next.
fn settled(text: &str) -> String {
    let lines = text.trim().lines().map(str::trim_end);
    let lines = lines.map(|line| match line.split_once(r#","id":""#) {
        _ if line.starts_with("date: ") => "date: …",
        Some((event, _)) if line.starts_with(r#"{"event":"#) => event,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns where a program of the system is, or where it might be.
fn on_path(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path).map(|folder| folder.join(name));
    let found = places.find(|file| file.exists());
    found.unwrap_or_else(|| PathBuf::from(name))
}

#[test]
fn the_page_about_http_works_by_copy_and_paste() {
    if !installed(&[node()], SET_UP_NPM)
        || !installed(&[on_path("curl"), on_path("python3")], SET_UP_SYSTEM)
    {
        return;
    }
    let bus = Bus::new();
    let own = [program().parent().unwrap(), node().parent().unwrap()].map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(own.into_iter().chain(env::split_paths(&path))).unwrap();
    let terminal = |script: &str| {
        let mut command = bus.command("bash");
        command
            .args(["-c", script])
            .current_dir(bus.folder())
            .env("PATH", &path);
        command
    };

    let mut blocks = blocks("http.md").into_iter();
    let provide = blocks.next().unwrap().text;
    let _providers = Running::start(&mut terminal(&format!("{provide}\nwait")));
    eventually("both commands are there", || {
        let commands = bus.run(["ls", "--json"]).json();
        (commands.as_array().unwrap().len() == 2).then_some(())
    });

    let blocks: Vec<Block> = blocks.collect();
    // In a terminal there is no meter where the result goes to.
    let mut script = "exec 2>&1\ncurl() { command curl -s \"$@\"; }\n".to_owned();
    for block in &blocks {
        script += &format!("{}\necho; echo '{END}'\n", block.text);
    }
    let printed = peers::end(&mut terminal(&script)).ok();
    let mut printed = printed.split(END);
    for block in &blocks {
        let seen = settled(printed.next().unwrap());
        assert_eq!(seen, settled(&block.prints), "{}", block.text);
    }
}
