//! The page to try commands on, in a browser.
//!
//! The driver is that of `npm ci --prefix e2e/npm`, the browser a Chromium of the machine. What is missing skips a test by name;
//! with `CI` set that is a failure.

mod browser;

use std::fs;

use cmdbus::CommandError;
use cmdbus::command::DynCommand;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use self::browser::Browser;
use crate::processes::bus::{Bus, Running};
use crate::support::eventually;

/// Starts `provide` with a shell script as the program, and a schema.
#[track_caller]
fn provide(bus: &Bus, id: &str, schema: &Value, options: &[&str], script: &str) -> Running {
    let file = bus.folder().join(format!("{id}.json"));
    fs::write(&file, schema.to_string()).unwrap();
    let mut all = vec![id, "--schema", file.to_str().unwrap()];
    all.extend(options);
    bus.provide_script(&all, script)
}

fn token(bus: &Bus) -> String {
    bus.run(["token", "show"]).ok().trim().to_owned()
}

fn order() -> Value {
    json!({"request": {
        "type": "object",
        "properties": {
            "customer": {"type": "string", "description": "Who orders", "examples": ["Ada"]},
            "age": {"type": "integer", "minimum": 18},
            "weight": {"type": "number"},
            "priority": {"enum": ["low", "high"], "default": "low"},
            "express": {"type": "boolean"},
            "note": {"type": ["string", "null"]},
            "pay": {"oneOf": [
                {"type": "object", "properties": {"card": {"type": "string"}}, "required": ["card"]},
                {"description": "By bill", "type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]},
            ]},
            "part": {"$ref": "#/$defs/Part"},
        },
        "required": ["customer", "age", "priority", "express", "pay"],
        "additionalProperties": false,
        "$defs": {"Part": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}}},
            "required": ["name"],
        }},
    }})
}

#[test]
fn a_command_is_called_through_the_form_of_its_schema() {
    let bus = Bus::new();
    let _order = provide(
        &bus,
        "shop.order",
        &order(),
        &["--description", "Takes an order"],
        "cat",
    );
    let _other = bus.provide(["text.upper", "--", "tr", "a-z", "A-Z"]);
    let token = token(&bus);
    let Some(mut page) = Browser::start(&bus) else {
        return;
    };
    // Who has a wrong token is told where the right one is.
    page.open("/docs");
    page.sees("#login", "cmdbus token show");
    page.fill("Token", "wrong");
    page.press("Enter");
    page.sees(
        "#message",
        "does not know this token. `cmdbus token show` prints",
    );
    // All of it can be done with the keyboard.
    page.fill("Token", &token);
    page.press("Enter");
    page.sees("#count", "2 commands");
    page.fill("Filter the commands", "TAKES order");
    page.sees("#count", "1 of 2");
    page.press("ArrowDown");
    page.press("Enter");
    page.sees("#id", "shop.order");
    eventually("the command has the focus", || {
        (page.focused() == "id").then_some(())
    });
    assert_eq!(page.value("customer * (required)"), "Ada");
    page.fill("age * (required)", "36");
    page.choose("priority * (required)", "high");
    page.choose("express * (required)", "true");
    page.check("null for note");
    page.choose("Kind of pay", "By bill");
    page.fill("days * (required)", "12345678901234567890");
    // What contains itself is opened step by step.
    page.click("Add part");
    page.fill("name * (required)", "wheel");
    page.click("Add parts");
    page.press("Control+Enter");
    page.sees("#status", "200 OK");
    let result = page.sees("#result", "Ada");
    let wanted = r#"{"customer":"Ada","age":36,"priority":"high","express":true,"note":null,"pay":{"days":12345678901234567890},"part":{"name":"wheel","parts":[]}}"#;
    let packed: String = result.split_whitespace().collect();
    assert_eq!(packed, wanted);
    let curl = page.sees("#curl", "curl --json");
    assert!(curl.contains(&format!("curl --json '{wanted}'")), "{curl}");
    assert!(
        curl.contains("Bearer $TOKEN") && !curl.contains(&token),
        "{curl}"
    );
    // The same as JSON, where it can be changed to what the form would not say.
    page.check("JSON");
    assert!(page.value("Request as JSON").contains("\"wheel\""));
    page.fill("Request as JSON", "{\"customer\": ");
    page.click("Call");
    page.sees("#status", "Not sent");
    page.fill("Request as JSON", &wanted.replace("Ada", "Bob"));
    page.check("Form");
    assert_eq!(page.value("customer * (required)"), "Bob");
    page.was_good(&token);
}

#[test]
fn what_is_wrong_with_a_request_is_said_at_its_field() {
    let bus = Bus::new();
    let _order = provide(&bus, "shop.order", &order(), &[], "cat");
    let token = token(&bus);
    let Some(mut page) = Browser::start(&bus) else {
        return;
    };
    page.enter(&token, "shop.order");
    // What is no number at all is not sent.
    page.fill("age * (required)", "many");
    page.click("Call");
    page.sees("#status", "Not sent");
    page.sees(".field.wrong", "`many` is no number");
    page.fill("age * (required)", "7");
    page.choose("express * (required)", "false");
    page.click("Call");
    page.sees("#status", "422");
    assert_eq!(page.count(".wrong"), 1);
    let field = page.sees(".field.wrong", "age");
    let summary = page.sees("#problem li", "age");
    let detail = summary.strip_prefix("age: ").unwrap();
    assert!(field.ends_with(detail), "{field} does not say {detail}");
    // From the summary one gets to the field.
    page.click("age");
    let focused = page.focused();
    page.press("Control+A");
    page.press("4");
    page.press("2");
    assert_eq!(page.value("age * (required)"), "42");
    assert!(focused.as_str().unwrap().starts_with("field-"));
    page.click("Call");
    page.sees("#status", "200 OK");
    assert_eq!(page.count(".wrong"), 0);
    page.was_good(&token);
}

#[test]
fn items_and_progress_of_a_stream_are_shown_as_they_come() {
    let bus = Bus::new();
    let go = bus.folder().join("go");
    let script = format!(
        "echo '@progress 1/4 first' >&2; echo '{{\"n\":1}}'; until [ -e {} ]; do sleep 0.02; done; echo '{{\"n\":2}}'",
        go.display()
    );
    let _count = provide(&bus, "count.up", &json!({}), &["--stream"], &script);
    let token = token(&bus);
    let Some(mut page) = Browser::start(&bus) else {
        return;
    };
    page.enter(&token, "count.up");
    page.sees("#curl", "curl -N");
    page.click("Call");
    page.sees("#frames li", r#"{"n":1}"#);
    page.sees("#report", "1 of 4: first");
    page.sees("#status", "Running");
    fs::write(go, "").unwrap();
    page.sees("#frames li", r#"{"n":2}"#);
    page.sees("#tally", "2 items");
    page.sees("#status", "200 OK");
    page.was_good(&token);
}

#[test]
fn cancel_ends_the_program_that_works_for_the_page() {
    let bus = Bus::new();
    let _slow = bus.provide(["do.sleep", "--", "sleep", "79"]);
    let token = token(&bus);
    let Some(mut page) = Browser::start(&bus) else {
        return;
    };
    page.enter(&token, "do.sleep");
    page.click("Call");
    eventually("it runs", || {
        (!bus.programs("sleep 79").is_empty()).then_some(())
    });
    page.click("Cancel");
    page.sees("#status", "Cancelled");
    eventually("it is ended", || {
        bus.programs("sleep 79").is_empty().then_some(())
    });
    // An error comes as a problem, and says what is the matter.
    bus.run(["stop"]).ok();
    page.click("Call");
    page.sees("#problem", "cmdbus status");
    page.was_good(&token);
}

/// Texts that would be markup, a link or code if they were taken for it.
const ATTACKS: [&str; 10] = [
    "<img src=x onerror=\"pwned=alert(1)\">",
    "</script><script>pwned=alert(2)</script>",
    "\"><svg onload=pwned=alert(3)>",
    "' onfocus=pwned=alert(4) autofocus x='",
    "javascript:pwned=alert(5)",
    "${pwned=alert(6)}",
    "{{constructor.constructor('pwned=1')()}}",
    "constructor",
    "a\u{202e}b\u{0}c%2e%2e/%00",
    "..",
];

/// Provides commands of somebody who means harm: many, long, and with attacks wherever a text can be.
async fn provide_harm(bus: &Bus) -> cmdbus::CommandRegistry {
    let registry = cmdbus::connect_to(bus.address()).await.unwrap();
    let fails = |attack: &'static str| {
        move |_: Value| async move {
            Err::<Value, _>(CommandError::InvalidRequest {
                command_id: attack.to_owned(),
                message: attack.to_owned(),
            })
        }
    };
    for attack in ATTACKS {
        let inner = json!({
            "type": "object",
            "description": attack,
            "properties": {
                *attack: {"type": "string", "description": attack, "pattern": attack, "default": attack},
                "__proto__": {"enum": [attack, {*attack: attack}], "title": attack},
                "kind": {"oneOf": [{"title": attack, "type": "object"}, {"const": attack, "description": attack}]},
                "missing": {"$ref": attack},
                "itself": {"$ref": "#"},
                "for ever": {"allOf": [{"$ref": "#/properties/for ever"}]},
            },
            "required": [attack, "itself", "kind"],
        });
        let command = DynCommand::new(attack, fails(attack))
            .description(attack)
            .request_schema(inner);
        registry.register_command(command).await.unwrap();
    }
    let long = DynCommand::new("long", fails("long")).description("long ".repeat(200_000));
    registry.register_command(long).await.unwrap();
    let many = (0..COMMANDS).map(|number| {
        registry.register_command(DynCommand::new(format!("many.n{number}"), fails("many")))
    });
    try_join_all(many).await.unwrap();
    registry
}

const COMMANDS: usize = 3000;

#[test]
fn what_a_hostile_bus_says_is_text_and_nothing_else() {
    let bus = Bus::new();
    bus.start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(mut page) = Browser::start(&bus) else {
        return;
    };
    let _registry = runtime.block_on(provide_harm(&bus));
    let token = token(&bus);
    page.enter(&token, "long");
    page.sees("#description", "Show all 1000000 characters");
    let all = COMMANDS + ATTACKS.len() + 1;
    page.sees("#count", &format!("{all} commands"));
    assert_eq!(page.count("#commands li"), 200);
    page.fill("Filter the commands", "many.n2999");
    page.sees("#count", &format!("1 of {all}"));
    page.fill("Filter the commands", "pwned");
    page.sees("#count", "7 of");
    for attack in ATTACKS {
        let fragment: String = attack.bytes().map(|byte| format!("%{byte:02X}")).collect();
        page.open(&format!("/docs#{fragment}"));
        // A browser shows no character NUL, and spaces as it likes.
        let start = attack.split(['\u{0}', '\u{202e}']).next().unwrap();
        page.sees("#id", start);
        page.sees("#description", start);
        if attack == ".." {
            page.sees("#message", "No address can have this id");
        } else {
            page.click("Call");
            page.sees("#problem", "code");
        }
    }
    page.was_good(&token);
}
