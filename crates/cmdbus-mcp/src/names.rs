//! Names of tools, made from command ids, and prefixes of command ids, made from names of servers.
//!
//! Names depend on nothing but the set of public ids: not on who asks, the order of arrival or a
//! restart (attach §6). A call is routed by looking its name up in the table, never by taking a name apart.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Which characters the name of a tool may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// `[A-Za-z0-9_-]`: hosted models refuse dots.
    #[default]
    Llm,
    /// `[A-Za-z0-9_.-]`, all that MCP allows.
    Mcp,
    /// The id as it is, however long.
    Verbatim,
}

impl Style {
    /// Returns whether a name of this style may hold the character.
    pub fn allows(self, c: char) -> bool {
        match self {
            Self::Llm => in_alphabet(c),
            Self::Mcp => in_alphabet(c) || c == '.',
            Self::Verbatim => true,
        }
    }
}

/// How names are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Which characters are kept. Default: [`Style::Llm`].
    pub style: Style,
    /// Most characters of a name, 16 to 128; anything else is read as the nearer end. Default: 64.
    /// [`Style::Verbatim`] knows no limit.
    pub max: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            style: Style::Llm,
            max: 64,
        }
    }
}

/// Names longer than this deserve a warning: clients put prefixes of their own before them.
pub const LONG: usize = 45;
/// `_` and eight hexadecimal digits.
const SUFFIX: usize = 9;

/// The names of all public commands of a bus.
#[derive(Debug, Clone, Default)]
pub struct ToolNames {
    /// Sorted by id.
    tools: Vec<Tool>,
    /// Places in `tools`, sorted by name.
    by_name: Vec<usize>,
    /// Sorted.
    left_out: Vec<Box<str>>,
}

#[derive(Debug, Clone)]
struct Tool {
    id: Box<str>,
    name: Box<str>,
}

impl ToolNames {
    /// Makes the names of these commands. Private ids, and ids that occur again, change nothing.
    pub fn new<'a>(ids: impl IntoIterator<Item = &'a str>, rules: Rules) -> Self {
        Self::reserving(ids, rules, &[])
    }

    /// As [`ToolNames::new`], but no command gets one of the names in `reserved` for its own: an id that
    /// would have it takes the suffix, as in a collision.
    pub fn reserving<'a>(
        ids: impl IntoIterator<Item = &'a str>,
        rules: Rules,
        reserved: &[&str],
    ) -> Self {
        let max = rules.max.clamp(16, 128);
        let mut ids: Vec<&str> = ids.into_iter().filter(|id| !id.starts_with('_')).collect();
        ids.sort_unstable();
        ids.dedup();

        let plain: Vec<String> = ids.iter().map(|id| replaced(id, rules.style)).collect();
        let users = count(
            plain
                .iter()
                .map(String::as_str)
                .chain(reserved.iter().copied()),
        );
        let names: Vec<String> = ids
            .iter()
            .zip(&plain)
            .map(|(id, plain)| match rules.style {
                Style::Verbatim => plain.clone(),
                _ if plain.len() > max || users[plain.as_str()] > 1 => suffixed(plain, id, max),
                _ => plain.clone(),
            })
            .collect();

        // A name with a suffix can still be somebody else's. Then it is nobody's: were one of them to keep
        // it, the name would pass to another command when that one goes.
        let users = count(
            names
                .iter()
                .map(String::as_str)
                .chain(reserved.iter().copied()),
        );
        let usable = |name: &str| !name.is_empty() && users[name] == 1;
        let mut table = Self::default();
        for (id, name) in ids.into_iter().zip(&names) {
            if usable(name) {
                table.tools.push(Tool {
                    id: id.into(),
                    name: name.as_str().into(),
                });
            } else {
                table.left_out.push(id.into());
            }
        }
        table.by_name = (0..table.tools.len()).collect();
        let tools = &table.tools;
        table
            .by_name
            .sort_unstable_by(|a, b| tools[*a].name.cmp(&tools[*b].name));
        table
    }

    /// Returns the command that a tool stands for.
    pub fn id_of(&self, name: &str) -> Option<&str> {
        let found = self
            .by_name
            .binary_search_by(|at| (*self.tools[*at].name).cmp(name))
            .ok()?;
        Some(&self.tools[self.by_name[found]].id)
    }

    /// Returns the tool that stands for a command.
    pub fn name_of(&self, id: &str) -> Option<&str> {
        let found = self
            .tools
            .binary_search_by(|tool| (*tool.id).cmp(id))
            .ok()?;
        Some(&self.tools[found].name)
    }

    /// Returns each command id with its tool name, sorted by command id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.tools.iter().map(|tool| (&*tool.id, &*tool.name))
    }

    /// Returns the sorted ids that have no name because it would not be theirs alone.
    pub fn left_out(&self) -> impl ExactSizeIterator<Item = &str> {
        self.left_out.iter().map(|id| &**id)
    }

    /// Returns each command id whose name is longer than [`LONG`], with that name.
    pub fn long(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(_, name)| name.chars().count() > LONG)
    }

    /// Returns how many tools there are.
    pub fn len(&self) -> usize {
        self.tools.len()
    }

    /// Returns whether there is no tool at all.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }
}

fn in_alphabet(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn replaced(id: &str, style: Style) -> String {
    let keep = |c| if style.allows(c) { c } else { '_' };
    id.chars().map(keep).collect()
}

/// How often each name occurs. A sorted map, because the names come from peers.
fn count<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut users = BTreeMap::new();
    for name in names {
        *users.entry(name).or_insert(0) += 1;
    }
    users
}

/// `plain` holds ASCII only, so a length in bytes is one in characters.
fn suffixed(plain: &str, id: &str, max: usize) -> String {
    let hash = Sha256::digest(id.as_bytes());
    let mut name = plain[..plain.len().min(max - SUFFIX)].to_owned();
    name.push('_');
    for byte in &hash[..4] {
        for digit in [byte >> 4, byte & 15] {
            name.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    name
}

/// What a server is called whose name holds nothing a prefix may begin with.
const NAMELESS: &str = "server";

/// Returns the prefix for the commands of a server of this name: `[A-Za-z0-9_-]`, other characters
/// replaced by `_`, never empty and never beginning with `_`, which would make the commands private.
pub fn prefix(server: &str) -> String {
    let replaced = replaced(server, Style::Llm);
    let prefix = replaced.trim_start_matches('_');
    if prefix.is_empty() {
        NAMELESS.to_owned()
    } else {
        prefix.to_owned()
    }
}

/// Returns what an attach id uses in place of a prefix that belongs to another one already.
pub fn claimed_prefix(prefix: &str, attach_id: &str) -> String {
    let hash = Sha256::digest(attach_id.as_bytes());
    let bits = hash[..4]
        .iter()
        .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    let digit = |at: u32| {
        let five = (bits >> (27 - 5 * at)) & 31;
        char::from(b"abcdefghijklmnopqrstuvwxyz234567"[five as usize])
    };
    let suffix: String = (0..5).map(digit).collect();
    format!("{prefix}-{suffix}")
}
