//! A client in Python: one file that needs only the standard library.

mod types;

use std::fmt::Write;

use self::types::Types;
use crate::Options;
use crate::model::{Api, Operation, Slot};
use crate::names::{Names, pascal, snake};
use crate::text::{comment_lines, python, shown};

const HEAD: &str = include_str!("head.py");
const RUNTIME: &str = include_str!("runtime.py");

/// Words that cannot be names.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// Types that the file uses itself. Those with an underscore cannot be made from an id.
const RESERVED_TYPES: [&str; 34] = [
    "Any",
    "AttributeError",
    "BaseClient",
    "BaseException",
    "Callable",
    "CommandError",
    "Dict",
    "ErrorCode",
    "Exception",
    "False",
    "Generic",
    "ImportError",
    "Iterator",
    "List",
    "Literal",
    "None",
    "NotRequired",
    "OSError",
    "Optional",
    "Progress",
    "RecursionError",
    "StopIteration",
    "Stream",
    "TracebackType",
    "True",
    "Tuple",
    "Type",
    "TypeAlias",
    "TypeAliasType",
    "TypeVar",
    "TypedDict",
    "UnicodeDecodeError",
    "Union",
    "ValueError",
];

/// Methods of every client, and types that a method of the same name would hide.
const RESERVED_METHODS: [&str; 15] = [
    "begin",
    "bool",
    "float",
    "int",
    "str",
    "call_any",
    "check",
    "close",
    "connection",
    "default_timeout",
    "end",
    "headers",
    "path",
    "self",
    "stream_any",
];

/// Returns the source of a client.
pub(crate) fn client(api: &Api, options: &Options) -> String {
    let class = match &options.prefix {
        Some(prefix) => format!("{}Client", pascal(prefix)),
        None => "Client".to_owned(),
    };
    let mut names = Names::with(&RESERVED_TYPES);
    let class = names.take(&class);
    let mut types = Types::new(api, names);
    let mut out = head(options);
    out.push_str(HEAD);
    for item in types.items() {
        out.push('\n');
        out.push_str(&item);
    }
    out.push_str("\n\n");
    out.push_str(RUNTIME);
    methods(&mut out, api, &types, &class);
    out
}

fn head(options: &Options) -> String {
    let mut head =
        String::from("# Made by `cmdbus gen python`. Do not edit: make it anew.\n# flake8: noqa\n");
    if let Some(source) = &options.source {
        // Not in the second line, where Python looks for the name of an encoding. Writing to a text cannot fail.
        let _ = writeln!(head, "# Generated from: {}", no_order(&shown(source)));
    }
    // What this file itself may leave unused: which names it needs depends on the commands.
    head.push_str("# ruff: noqa\n# pylint: skip-file\n# pyright: reportUnusedImport=false, reportUnusedClass=false\n");
    head
}

fn methods(out: &mut String, api: &Api, types: &Types<'_>, class: &str) {
    let _ = write!(
        out,
        "\n\nclass {class}(BaseClient):\n    \"\"\"A method for every command.\"\"\"\n"
    );
    let mut names = Names::with(&RESERVED_METHODS);
    for operation in &api.operations {
        let name = names.take(&plain_name(&operation.id));
        method(out, operation, types, &name);
    }
}

/// Returns a name that is no keyword.
fn plain_name(text: &str) -> String {
    let name = snake(text);
    if KEYWORDS.contains(&name.as_str()) {
        format!("{name}_")
    } else {
        name
    }
}

fn method(out: &mut String, operation: &Operation, types: &Types<'_>, name: &str) {
    let slot = |slot: Slot| match slot {
        Slot::Unknown => ("Any", "None"),
        Slot::Void => ("None", "None"),
        Slot::Is(id) => (types.name(id), types.name(id)),
    };
    let (response, response_type) = slot(operation.response);
    let (request, request_type) = slot(operation.request);
    let (parameter, argument) = match operation.request {
        Slot::Void => (String::new(), "None"),
        Slot::Unknown => ("        request: Any = None,\n".to_owned(), "request"),
        Slot::Is(_) => (format!("        request: {request},\n"), "request"),
    };
    let (verb, returns, item) = match operation.item {
        Some(item) => {
            let item = types.name(item);
            (
                "_stream",
                format!("Stream[{item}, {response}]"),
                format!("{item}, "),
            )
        }
        None => ("_call", response.to_owned(), String::new()),
    };
    let _ = write!(
        out,
        "
    def {name}(
        self,
{parameter}        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> {returns}:
"
    );
    docstring(out, operation);
    let _ = writeln!(
        out,
        "        return self.{verb}(\n            {}, {argument}, timeout, on_progress, {request_type}, {item}{response_type}\n        )",
        python(&operation.id)
    );
}

fn docstring(out: &mut String, operation: &Operation) {
    let lines = operation
        .description
        .as_deref()
        .map(comment_lines)
        .unwrap_or_default();
    if lines.is_empty() {
        return;
    }
    // Nothing is left that could end the literal, or be the beginning of an escape.
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.replace('\\', "\\\\").replace('"', "\\\""))
        .collect();
    let text = lines.join("\n        ");
    let end = if lines.len() > 1 { "\n        " } else { "" };
    for line in format!("        \"\"\"{text}{end}\"\"\"").lines() {
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// Words that begin a comment which a tool obeys, most of them with a colon.
const ORDERS: [&str; 21] = [
    "autopep8",
    "black",
    "flake8",
    "fmt",
    "isort",
    "mypy",
    "noqa",
    "nosec",
    "nosemgrep",
    "pragma",
    "pylint",
    "pyre",
    "pyrefly",
    "pyright",
    "pytype",
    "ruff",
    "ty",
    "type",
    "vim",
    "yapf",
    "zuban",
];

/// Returns a line for a comment in which tools find nothing that is for them, with a space in or behind such a word.
fn no_order(line: &str) -> String {
    let parts = line.split('#').map(|part| {
        let text = part.trim_start();
        let end = text
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        if !ORDERS.contains(&word.to_ascii_lowercase().as_str()) {
            return part.to_owned();
        }
        let space = &part[..part.len() - text.len()];
        match word.len() {
            // These count without a colon, too: `noqa`, `nosec`, `nosemgrep`.
            4.. if word[..2].eq_ignore_ascii_case("no") => {
                format!("{space}{} {}{rest}", &word[..2], &word[2..])
            }
            _ => format!("{space}{word} {rest}"),
        }
    });
    parts.collect::<Vec<_>>().join("#")
}

/// Writes a comment, if there is something to say.
fn comment(out: &mut String, lines: &[String], indent: usize) {
    let pad = "    ".repeat(indent);
    for line in lines {
        let line = format!("{pad}# {}", no_order(line));
        let _ = writeln!(out, "{}", line.trim_end());
    }
}
