//! Documents of somebody who means harm. That the files made of them compile is tested end to end; here, that nothing of
//! theirs stands where code does.

use std::time::{Duration, Instant};

use cmdbus_gen::{Document, Language, Options, generate};
use serde_json::{Value, json};

use crate::support::{LANGUAGES, made, of, taking};

/// Texts that end a literal or a comment in one language or another. Each holds `EVIL`.
const ATTACKS: [&str; 34] = [
    "\"; EVIL(); \"",
    "'; EVIL(); '",
    "`; EVIL(); `",
    "${EVIL()}",
    "\\\"; EVIL(); //",
    "\\",
    "*/ EVIL() /*",
    "*\\/ EVIL() /*",
    "\n EVIL()\n",
    "\r EVIL()\r",
    "\u{2028} EVIL() \u{2029}",
    "\u{85} EVIL()",
    "\"\"\"\nEVIL()\n\"\"\"",
    "\\\"\"\" EVIL() \\",
    "\"#; EVIL(); r#\"",
    "</script><script>EVIL()</script>",
    "\u{202e} EVIL() \u{202c}",
    "{EVIL}",
    "/EVIL/",
    "\0EVIL",
    "--> EVIL <!--",
    "#EVIL",
    "```\nEVIL()\n```",
    "~~~~ rust\nEVIL()\n~~~~",
    "    EVIL()",
    "a\n\n\tEVIL()\n \t  EVIL()",
    "> ```\n> EVIL()\n> ```",
    "-     EVIL()",
    "1.      EVIL()\n\n        EVIL()",
    "> - * ```EVIL\n\\```",
    "<script>EVIL()</script> \\<img src=x onerror=EVIL()> [a](javascript:EVIL())",
    "@ts-expect-error EVIL",
    "type: EVIL",
    "a # pyright: EVIL",
];

/// A document that holds an attack wherever a text can stand.
fn attacked(attack: &str) -> Document {
    of(json!([{
        "id": attack,
        "description": attack,
        "schema": {
            "request": {
                "type": "object",
                "description": attack,
                "properties": {
                    attack: {"type": "string", "description": attack, "pattern": attack, "format": attack},
                    "value": {"enum": [attack, {attack: attack}], "description": attack},
                    "reference": {"$ref": format!("#/$defs/{}", attack.replace('~', "~0").replace('/', "~1"))},
                    "missing": {"$ref": attack},
                    "odd": {"type": attack},
                    "union": {"oneOf": [{"const": attack, "description": attack}, {"const": "x", "description": attack}]},
                },
                "required": [attack, format!("{attack} 2")],
                "$defs": {attack: {"type": "object", "description": attack, "properties": {attack: {"type": "integer"}}}},
            },
            "response": {"x-cmdbus-stream": {"const": attack}},
        },
    }]))
}

/// All attacks at once, and ids that mean something somewhere.
pub(crate) fn everything() -> Document {
    let attacks = ATTACKS.iter().flat_map(|attack| attacked(attack).commands);
    let odd = odd_ids().into_iter().flat_map(|id| {
        let schema = json!({
            "type": "object",
            "properties": {id.as_str(): {"enum": [id, "Self", "self", ""]}},
            "required": [id],
            "additionalProperties": false,
        });
        of(json!([{"id": id, "description": id, "schema": {"request": schema, "response": {"$ref": format!("#/$defs/{id}"), "$defs": {id.as_str(): schema}}}}])).commands
    });
    Document::of(attacks.chain(odd))
}

/// Returns a file without its literals and comments.
fn code(text: &str, language: Language) -> String {
    let python = language == Language::Python;
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if python && rest.starts_with("\"\"\"") {
            literal_end(rest, "\"\"\"")
        } else if c == '"' {
            literal_end(rest, "\"")
        } else if !python && rest.starts_with("/*") {
            rest.find("*/").expect("a comment ends") + 2
        } else if (python && c == '#') || (!python && rest.starts_with("//")) {
            rest.find('\n').unwrap_or(rest.len())
        } else if !python && language != Language::Rust && c == '/' && rest.starts_with("/^")
            || rest.starts_with("/\\/+$/")
        {
            // The patterns of the runtime.
            rest[1..].find("/,").expect("a pattern ends") + 2
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[skip..];
    }
    code
}

/// Returns where a literal ends that begins here.
fn literal_end(text: &str, quote: &str) -> usize {
    let mut at = quote.len();
    loop {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        let c = rest.chars().next().expect("a literal ends");
        assert!(
            quote.len() == 3 || c != '\n',
            "a literal ends on its line: {text:.60}"
        );
        at += c.len_utf8();
        if c == '\\' {
            at += rest[1..].chars().next().map_or(0, char::len_utf8);
        }
    }
}

#[test]
fn w80_no_text_of_others_becomes_code() {
    for attack in ATTACKS {
        let document = attacked(attack);
        assert_eq!(document.commands.len(), 1);
        for (language, file) in LANGUAGES {
            let options = Options {
                source: Some(attack.to_owned()),
                prefix: Some(attack.to_owned()),
            };
            for options in [Options::default(), options] {
                let text = generate(&document, language, &options);
                let code = code(&text, language);
                assert!(!code.contains("EVIL"), "{file} of {attack:?}: {code}");
                assert!(
                    !text.contains([
                        '\r', '\0', '\u{85}', '\u{2028}', '\u{2029}', '\u{202e}', '\u{202c}'
                    ]),
                    "{file} of {attack:?}"
                );
            }
        }
    }
}

/// Returns how many examples rustdoc finds in the comments of a module, which `cargo test` would run.
fn examples_in(module: &str, name: &str) -> usize {
    let mut file = String::new();
    let mut count = 0;
    for line in module.lines().map(str::trim_start) {
        if line.starts_with("///") {
            file += &format!("{line}\n");
        } else if file.ends_with('\n') {
            file += &format!("pub struct S{count};");
            count += 1;
        }
    }
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, file).unwrap();
    let rustdoc = std::env::var_os("RUSTDOC").unwrap_or("rustdoc".into());
    let ended = std::process::Command::new(rustdoc)
        .args(["--test", "--edition", "2021", "--test-args", "--list"])
        .arg(path)
        .output()
        .unwrap();
    assert!(ended.status.success(), "{ended:?}");
    let listed = String::from_utf8(ended.stdout).unwrap();
    assert!(count > 0 && listed.contains("0 benchmarks"), "{listed}");
    listed.matches(": test\n").count()
}

#[test]
fn w80_no_description_becomes_an_example_that_is_run() {
    let module = made(&everything(), Language::Rust);
    assert_eq!(examples_in(&module, "hostile.rs"), 0);
    // As it is without any care:
    let careless =
        "/// ```\n/// EVIL()\n/// ```\npub struct X;\n/// a\n///\n///     EVIL()\npub struct Y;\n";
    assert_eq!(examples_in(careless, "careless.rs"), 2);
}

#[test]
fn w80_no_description_is_an_order_to_a_tool() {
    let scripts = &[Language::TypeScript, Language::Valibot][..];
    let python = &[Language::Python][..];
    for (languages, text, order) in [
        (scripts, "@ts-expect-error x", "@ts-expect-error"),
        (scripts, "a\n@ts-ignore", "@ts-ignore"),
        (scripts, "@ ts-expect-error x", "/** @"),
        (scripts, "//# sourceMappingURL=x", "sourceMappingURL="),
        (python, "pyright: strict=false", "pyright:"),
        (python, "type: the kind of it", "# type:"),
        (python, "  Type: ignore", "Type:"),
        (python, "mypy: ignore-errors", "mypy:"),
        (python, "a # type: ignore", "type: ignore"),
        (python, "noqa", "# noqa"),
        (python, "flake8: noqa", "flake8:"),
    ] {
        let schema = json!({
            "type": "object",
            "description": text,
            "properties": {"a": {"type": "string", "description": text}, "b": {"$ref": "#/$defs/B"}},
            "additionalProperties": false,
            "$defs": {"B": {"type": "integer", "description": text}},
        });
        for &language in languages {
            let code = made(&taking(schema.clone()), language);
            // Below what the file says of itself.
            let comments: Vec<&str> = code.lines().skip(6).collect();
            let heard = comments.iter().any(|line| line.contains(order));
            assert!(!heard, "{language:?} of {text:?}: {code}");
        }
    }
    // Where Python looks for the name of an encoding, there is nothing of others.
    let options = Options {
        source: Some("http://h/coding:EVIL # type: ignore".to_owned()),
        prefix: None,
    };
    let text = generate(&taking(json!(true)), Language::Python, &options);
    assert!(
        !text.lines().take(2).any(|line| line.contains("EVIL")),
        "{text:.200}"
    );
    assert!(!text.contains("# type: ignore"), "{text:.200}");
}

#[test]
fn w80_what_looks_like_code_in_the_file_is_our_own() {
    // The same file but for its literals and comments, whatever the texts are.
    for (language, file) in LANGUAGES {
        let shape = |attack: &str| {
            let text = code(&made(&attacked(attack), language), language);
            // Names are made of letters and digits of the text; all of these have the same.
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let plain = shape("{EVIL}");
        for attack in ["/EVIL/", "\0EVIL", "#EVIL", "--> EVIL <!--"] {
            let other = shape(attack);
            let differ = plain
                .chars()
                .zip(other.chars())
                .take_while(|(a, b)| a == b)
                .count();
            assert!(
                other == plain,
                "{file} of {attack:?} from here on: {}",
                other
                    .chars()
                    .skip(differ.saturating_sub(200))
                    .take(400)
                    .collect::<String>()
            );
        }
    }
}

/// Ids that mean something in a language, or nothing anywhere.
fn odd_ids() -> Vec<String> {
    let words = "abstract any arguments as async await boolean break call case catch class const constructor continue crate \
        def default del delete do dyn elif else enum eval except export extends extern False false final finally fn for from \
        function gen global if impl implements import in instanceof interface is lambda let loop macro match mod move mut \
        never new None nonlocal not null number object or package pass print priv private protected prototype public pub \
        raise ref return self Self static str string struct super switch symbol then this throw to_string toString trait True \
        true try type typeof undefined union unknown unsafe use valueOf var virtual void where while with yield Client \
        CommandError Commands Error Promise Option Result String Vec Box Some Ok Err Command List Dict Any Union Optional \
        Stream Progress v pattern hasOwnProperty isPrototypeOf begin end check headers path close connection";
    words
        .split_whitespace()
        .map(str::to_owned)
        .chain(
            [
                "1", "2fa", " ", ".", "..", "漢字", "ü", "a.b", "a-b", "a_b", "aB", "A.B", "a b",
                "💥", "a\u{301}", "proto", "x",
            ]
            .map(str::to_owned),
        )
        .collect()
}

#[test]
fn w80_every_id_gets_a_name_of_its_own() {
    let commands: Vec<Value> = odd_ids()
        .iter()
        .map(|id| json!({"id": id, "schema": {"request": {"type": "object", "properties": {id.as_str(): {"type": "string"}}}}}))
        .collect();
    let document = of(Value::from(commands));
    assert_eq!(document.warnings, Vec::<String>::new());
    for (language, declares) in [
        (Language::TypeScript, "export type "),
        (Language::Rust, "pub struct "),
    ] {
        let text = made(&document, language);
        let mut names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix(declares))
            .filter_map(|line| {
                line.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
            })
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(all >= document.commands.len());
    }
}

#[test]
fn w80_proto_is_a_property_and_not_a_prototype() {
    let text = made(
        &taking(
            json!({"type": "object", "properties": {"__proto__": {"type": "string"}, "constructor": {"type": "string"}}, "required": ["__proto__"]}),
        ),
        Language::Valibot,
    );
    assert!(text.contains("[\"__proto__\"]: v.string(),"), "{text}");
    // Every object has one.
    assert!(
        text.contains("constructor: v.optional(v.unknown())"),
        "{text}"
    );
    // As an id it would be private.
    let document =
        Document::from_value(json!({"cmdschema": "1.0.0", "commands": [{"id": "__proto__"}]}))
            .unwrap();
    assert!(document.commands.is_empty() && document.warnings.len() == 1);
}

#[track_caller]
fn quickly<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    // In a debug build on a busy machine; without a bound, these would take hours.
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "{what} took {:?}",
        start.elapsed()
    );
    result
}

#[test]
fn w79_ten_thousand_commands_make_a_file() {
    let commands: Vec<Value> = (0..10_000)
        .map(|number| {
            // Names that are the same but for what is no letter.
            let id = format!("a{}b", "*".repeat(number % 500 + 1)) + &" ".repeat(number / 500);
            json!({"id": id, "schema": {"request": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}}})
        })
        .collect();
    let document = of(Value::from(commands));
    assert_eq!(document.commands.len(), 10_000);
    for (language, file) in LANGUAGES {
        let text = quickly(file, || made(&document, language));
        assert!(text.len() < 20_000_000, "{file}: {}", text.len());
    }
}

#[test]
fn w79_descriptions_of_a_megabyte_are_cut_off_in_comments() {
    let long = "long ".repeat(200_000);
    let document = of(json!([{
        "id": "a",
        "description": long,
        "schema": {"request": {"type": "object", "description": long, "properties": {"a": {"type": "string", "description": long}}}},
    }]));
    for (language, file) in LANGUAGES {
        let text = quickly(file, || made(&document, language));
        // Where it is data, it is there once.
        assert!(text.len() < 1_100_000, "{file}: {}", text.len());
    }
}

#[test]
fn schemas_that_grow_without_end_are_cut_off() {
    // Each definition twice in the next: 2^40 in all.
    let mut definitions = serde_json::Map::new();
    definitions.insert("d0".to_owned(), json!({"anyOf": [{"type": "object", "properties": {"a": {"const": 1}}}, {"type": "object", "properties": {"b": {"const": 1}}}]}));
    for number in 1..40 {
        let before = format!("#/$defs/d{}", number - 1);
        let properties = json!({format!("p{number}"): {"type": "string"}});
        definitions.insert(
            format!("d{number}"),
            json!({"allOf": [{"anyOf": [{"$ref": before}, {"properties": properties}]}, {"anyOf": [{"$ref": before}, {"type": "object"}]}]}),
        );
    }
    let schema = json!({"$ref": "#/$defs/d39", "$defs": definitions});
    for (language, file) in LANGUAGES {
        let text = quickly(file, || made(&taking(schema.clone()), language));
        assert!(text.contains("too large"), "{file}");
        assert!(text.len() < 50_000_000, "{file}: {}", text.len());
    }
}

#[test]
fn w79_alternatives_of_alternatives_end_somewhere() {
    // 64 times 64: each of the two unions is within bounds, and what they are together is not.
    let inner = |n: usize| {
        let of = |m: usize| json!({"type": "object", "properties": {format!("p{n}_{m}"): {"type": "string"}}});
        json!({"anyOf": (0..64).map(of).collect::<Vec<_>>()})
    };
    let schema = json!({"anyOf": (0..64).map(inner).collect::<Vec<_>>()});
    for (language, file) in LANGUAGES {
        let text = quickly(file, || made(&taking(schema.clone()), language));
        assert!(
            text.contains("too large") && text.len() < 100_000,
            "{file}: {}",
            text.len()
        );
    }
    // The values of an enumeration are one alternative, however many they are.
    let values = |from: usize| json!({"enum": (from..from + 100_000).collect::<Vec<_>>()});
    let schema = json!({"anyOf": [values(0), values(50_000)]});
    let text = quickly("values", || made(&taking(schema), Language::TypeScript));
    assert!(text.contains(" | 149999;"));
}

#[test]
fn w79_unions_of_unions_are_compared_and_named_within_bounds() {
    // 2^26 alternatives, if one follows all references.
    let tower = |last: Value| {
        let mut definitions = serde_json::Map::new();
        for level in 0..26 {
            let next = |name: &str| json!({"$ref": format!("#/$defs/{name}{}", level + 1)});
            for name in ["X", "Y"] {
                let union = json!({"anyOf": [next("X"), next("Y")]});
                definitions.insert(format!("{name}{level}"), union);
            }
        }
        definitions.insert("X26".to_owned(), json!({"type": "string"}));
        definitions.insert("Y26".to_owned(), last);
        taking(json!({"$ref": "#/$defs/X0", "$defs": definitions}))
    };
    for new in [
        tower(json!({"type": "boolean"})),
        taking(json!({"type": "integer"})),
    ] {
        let old = tower(json!({"type": "number"}));
        let changes = quickly("a tower", || cmdbus_gen::diff(&old, &new));
        assert!(changes.iter().any(|change| change.breaking), "{changes:?}");
        let longest = changes.iter().map(|change| change.reason.len()).max();
        assert!(longest < Some(1000), "{changes:?}");
    }
    for (language, file) in LANGUAGES {
        quickly(file, || made(&tower(json!({"type": "number"})), language));
    }
}

#[test]
fn w79_many_definitions_that_hold_each_other_take_little() {
    // Each of 60 definitions of a kilobyte leads to all others: as text, what tells one from others is 60 kilobytes, and that
    // of all of them a gigabyte and more.
    let commands: Vec<Value> = (0..300)
        .map(|number| {
            let definition = |at: usize| {
                let next = format!("#/$defs/d{}", (at + 1) % 60);
                let text = format!("{number} {}", "x".repeat(1000));
                (format!("d{at}"), json!({"type": "object", "description": text, "properties": {"next": {"$ref": next}}}))
            };
            let definitions: serde_json::Map<String, Value> = (0..60).map(definition).collect();
            json!({"id": format!("c{number}"), "schema": {"request": {"$ref": "#/$defs/d0", "$defs": definitions}}})
        })
        .collect();
    let document = of(Value::from(commands));
    let text = quickly("definitions", || made(&document, Language::TypeScript));
    assert!(text.matches("export type D0").count() >= 300);
}

#[test]
fn deep_and_long_schemas_do_no_harm() {
    // As deep as JSON that was read can be.
    let mut deep = json!({"type": "string"});
    for _ in 0..110 {
        deep = json!({"items": deep});
    }
    // A chain of references far longer than any stack.
    let mut chain = serde_json::Map::new();
    for number in 0..2000 {
        let next = format!("#/$defs/d{}", number + 1);
        chain.insert(
            format!("d{number}"),
            json!({"type": "object", "properties": {"next": {"$ref": next}}}),
        );
    }
    // The same, where each is the next and nothing else.
    let mut alias = serde_json::Map::new();
    for number in 0..2000 {
        alias.insert(
            format!("d{number}"),
            json!({"$ref": format!("#/$defs/d{}", (number + 1) % 2000)}),
        );
    }
    let merged: Vec<Value> = (0..3000).map(|number| json!({"type": "object", "properties": {format!("p{number}"): {"type": "string"}}})).collect();
    for (what, schema) in [
        ("deep", deep),
        ("chain", json!({"$ref": "#/$defs/d0", "$defs": chain})),
        ("alias", json!({"$ref": "#/$defs/d0", "$defs": alias})),
        ("merged", json!({"allOf": merged})),
        (
            "wide",
            json!({"anyOf": (0..900).map(|n| json!({"type": "object", "properties": {format!("p{n}"): {"const": n}}})).collect::<Vec<_>>()}),
        ),
        (
            "values",
            json!({"enum": (0..20_000).map(|n| format!("v{n}")).collect::<Vec<_>>()}),
        ),
    ] {
        for (language, file) in LANGUAGES {
            quickly(&format!("{file} of {what}"), || {
                made(&taking(schema.clone()), language)
            });
        }
        let document = taking(schema);
        let changes = quickly(what, || {
            cmdbus_gen::diff(&document, &taking(json!({"type": "integer"})))
        });
        assert!(!changes.is_empty());
    }
}

#[test]
fn whatever_stands_where_a_keyword_wants_something_else_does_no_harm() {
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!("x"),
        json!([]),
        json!([1]),
        json!({}),
        json!({"a": 1}),
    ];
    let keywords = "type const enum properties required additionalProperties patternProperties items prefixItems additionalItems \
        minItems maxItems uniqueItems minLength maxLength pattern format minimum maximum exclusiveMinimum exclusiveMaximum \
        multipleOf allOf anyOf oneOf not if $ref $defs definitions $id $anchor nullable description x-cmdbus-stream";
    for keyword in keywords.split_whitespace() {
        for value in &values {
            for typed in [
                None,
                Some("object"),
                Some("array"),
                Some("string"),
                Some("integer"),
            ] {
                let mut schema = json!({keyword: value});
                if let (Some(name), Value::Object(map)) = (typed, &mut schema) {
                    map.entry("type").or_insert(json!(name));
                }
                let document =
                    of(json!([{"id": "a", "schema": {"request": schema, "response": schema}}]));
                for (language, _) in LANGUAGES {
                    assert!(!made(&document, language).is_empty());
                }
            }
        }
    }
}
