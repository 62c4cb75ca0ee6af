//! A client in TypeScript: one file, no dependencies.

mod types;

use std::fmt::Write;

pub(crate) use self::types::{Types, key};
use crate::Options;
use crate::model::{Api, Operation, Slot};
use crate::names::{Names, camel, pascal};
use crate::text::{comment_lines, js, shown};

const RUNTIME: &str = include_str!("runtime.ts");

/// Types of the language and of the runtime below, which must not be hidden.
const RESERVED_TYPES: [&str; 34] = [
    "AbortController",
    "AbortSignal",
    "Answer",
    "Array",
    "AsyncGenerator",
    "BaseClient",
    "Boolean",
    "CallOptions",
    "ClientOptions",
    "CommandError",
    "Commands",
    "Date",
    "Error",
    "ErrorCode",
    "Function",
    "Iterable",
    "Iterator",
    "JSON",
    "Limit",
    "Map",
    "Math",
    "Number",
    "Object",
    "Progress",
    "Promise",
    "Record",
    "Request",
    "Response",
    "ReturnType",
    "Set",
    "String",
    "TextDecoder",
    "TypeError",
    "Uint8Array",
];

/// Methods of every object, and of every client. An object with `then` would be taken for a promise.
const RESERVED_METHODS: [&str; 17] = [
    "call",
    "callAny",
    "catch",
    "constructor",
    "finally",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "prototype",
    "stream",
    "streamAny",
    "streams",
    "then",
    "toJSON",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// Returns the source of a client.
pub(crate) fn client(api: &Api, options: &Options) -> String {
    let class = match &options.prefix {
        Some(prefix) => format!("{}Client", pascal(prefix)),
        None => "Client".to_owned(),
    };
    let mut names = Names::with(&RESERVED_TYPES);
    let class = names.take(&class);
    let types = Types::new(api, &mut names);
    let mut out = head(options);
    for id in 0..api.types.len() {
        types.declare(&mut out, id);
    }
    commands(&mut out, api, &types);
    out.push('\n');
    // Before the class that is made of it.
    out.push_str(RUNTIME);
    methods(&mut out, api, &types, &class);
    out
}

/// Returns the comment that a file begins with.
pub(crate) fn head(options: &Options) -> String {
    let mut head = String::from("// Made by `cmdbus gen typescript`. Do not edit: make it anew.\n");
    if let Some(source) = &options.source {
        // Writing to a text cannot fail.
        let _ = writeln!(head, "// Generated from: {}", shown(source));
    }
    head.push_str("/* eslint-disable */\n");
    head
}

fn slot(types: &Types<'_>, slot: Slot, void: &str) -> String {
    match slot {
        Slot::Unknown => "unknown".to_owned(),
        Slot::Void => void.to_owned(),
        Slot::Is(id) => types.name(id).to_owned(),
    }
}

/// The map from ids to types.
fn commands(out: &mut String, api: &Api, types: &Types<'_>) {
    out.push_str("\n/** The commands, by id. */\nexport interface Commands {\n");
    for operation in &api.operations {
        doc(out, &description(operation), 1);
        let request = slot(types, operation.request, "undefined");
        let response = slot(types, operation.response, "void");
        let item = operation.item.map_or("never", |item| types.name(item));
        let _ = writeln!(
            out,
            "  {}: {{ request: {request}; response: {response}; item: {item} }};",
            js(&operation.id)
        );
    }
    out.push_str("}\n");
    out.push_str(ANSWER);
}

const ANSWER: &str = "
/** What a call gives: of a command that streams, all items together, and what ended them. */
export type Answer<Id extends keyof Commands> = [Commands[Id][\"item\"]] extends [never]
  ? Commands[Id][\"response\"]
  : { items: Commands[Id][\"item\"][]; result?: Commands[Id][\"response\"] };
";

/// The class with one method per command.
fn methods(out: &mut String, api: &Api, types: &Types<'_>, class: &str) {
    let _ = write!(
        out,
        "\n/** A method for every command. */\nexport class {class} extends BaseClient {{\n{CALLS}"
    );
    streams(out, api);
    let mut names = Names::with(&RESERVED_METHODS);
    for operation in &api.operations {
        method(out, operation, types, &names.take(&camel(&operation.id)));
    }
    out.push_str("}\n");
}

const CALLS: &str = "  /** Calls a command by its id. */
  async call<Id extends keyof Commands>(
    id: Id,
    request: Commands[Id][\"request\"],
    options?: CallOptions,
  ): Promise<Answer<Id>> {
    return (await this.callAny(id, request, options)) as Answer<Id>;
  }

  /** Calls a command by its id, and gives its result item by item. */
  stream<Id extends keyof Commands>(
    id: Id,
    request: Commands[Id][\"request\"],
    options?: CallOptions,
  ): AsyncGenerator<Commands[Id][\"item\"], Commands[Id][\"response\"], undefined> {
    return this.streamAny(id, request, options) as AsyncGenerator<
      Commands[Id][\"item\"],
      Commands[Id][\"response\"],
      undefined
    >;
  }
";

/// Says which commands stream: of one without items, the end looks like that of any other.
fn streams(out: &mut String, api: &Api) {
    let streaming = api.operations.iter().filter(|one| one.item.is_some());
    let ids: Vec<String> = streaming.map(|one| js(&one.id)).collect();
    if ids.is_empty() {
        return;
    }
    // Writing to a text cannot fail.
    let _ = write!(
        out,
        "
  protected override streams(id: string): boolean {{
    return [
      {},
    ].includes(id);
  }}
",
        ids.join(",\n      ")
    );
}

fn method(out: &mut String, operation: &Operation, types: &Types<'_>, name: &str) {
    let (parameter, argument) = match operation.request {
        Slot::Void => (String::new(), "undefined"),
        Slot::Unknown => ("request?: unknown, ".to_owned(), "request"),
        Slot::Is(id) => (format!("request: {}, ", types.name(id)), "request"),
    };
    let response = slot(types, operation.response, "void");
    let id = js(&operation.id);
    out.push('\n');
    doc(out, &description(operation), 1);
    let (returns, verb) = match operation.item {
        Some(item) => {
            let item = types.name(item);
            (
                format!("AsyncGenerator<{item}, {response}, undefined>"),
                "stream",
            )
        }
        None => (format!("Promise<{response}>"), "call"),
    };
    let _ = writeln!(
        out,
        "  {name}({parameter}options?: CallOptions): {returns} {{\n    return this.{verb}({id}, {argument}, options);\n  }}"
    );
}

fn description(operation: &Operation) -> Vec<String> {
    operation
        .description
        .as_deref()
        .map(comment_lines)
        .unwrap_or_default()
}

/// Returns text for a comment: what would end it is taken apart, and so is what tools take for a word to them.
pub(crate) fn safe(text: &str) -> String {
    text.replace("*/", "*\\/")
        .replace("@ts-", "@ ts-")
        .replace("ourceMappingURL=", "ourceMappingURL =")
}

/// Writes a comment, if there is something to say.
pub(crate) fn doc(out: &mut String, lines: &[String], indent: usize) {
    let pad = "  ".repeat(indent);
    match lines {
        [] => {}
        // What begins a comment of one line may be an order to the compiler.
        [line] if !line.trim_start().starts_with('@') => {
            let _ = writeln!(out, "{pad}/** {} */", safe(line));
        }
        lines => {
            let _ = writeln!(out, "{pad}/**");
            for line in lines {
                let line = format!("{pad} * {}", safe(line));
                let _ = writeln!(out, "{}", line.trim_end());
            }
            let _ = writeln!(out, "{pad} */");
        }
    }
}
