//! The attribute macros as a user meets them: what they generate is registered and called here; `tests/macros/` holds
//! programs that must compile without a warning, and programs that must not compile, with the messages a user sees.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};

use cmdbus::prelude::*;
use cmdbus::serde_json::{Value, json};
use futures_executor::block_on;

#[test]
fn programs_compile_quietly_or_fail_with_a_clear_message() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/macros/pass/*.rs");
    cases.compile_fail("tests/macros/fail/*.rs");
}

fn registry() -> CommandRegistry {
    CommandRegistry::new(Config::default())
}

fn definition(registry: &CommandRegistry, id: &str) -> CommandDef {
    let known = registry.list_commands();
    known
        .into_iter()
        .find(|command| command.id == id)
        .expect("the command is registered")
}

fn schema(registry: &CommandRegistry, id: &str) -> CommandSchema {
    definition(registry, id)
        .schema
        .expect("macros always give a schema")
}

fn ids(registry: &CommandRegistry) -> Vec<String> {
    registry
        .list_commands()
        .into_iter()
        .map(|command| command.id)
        .collect()
}

#[payload]
struct AddRequest {
    a: i64,
    b: i64,
}

/// Documentation for Rust readers.
#[command("math.add", description = "Adds two numbers")]
async fn add(AddRequest { a, b }: AddRequest) -> Result<i64, CommandError> {
    Ok(a + b)
}

/// Documentation for Rust readers.
#[command("user.hello")]
async fn say_hello(name: String) -> Result<String, CommandError> {
    Ok(format!("hello, {name}"))
}

#[test]
fn a_command_function_stays_callable_and_can_be_registered_and_executed() {
    block_on(async {
        let registry = registry();
        register_add(&registry).await.expect("registers");
        let sum = registry
            .execute::<AddCommand>(AddRequest { a: 1, b: 2 })
            .await
            .expect("answers");
        assert_eq!(sum, 3);
        assert_eq!(add(AddRequest { a: 1, b: 2 }).await.expect("answers"), 3);
    });
}

#[test]
fn a_generated_command_type_can_be_registered_by_hand() {
    block_on(async {
        let registry = registry();
        registry
            .register_command(AddCommand)
            .await
            .expect("registers");
        let sum = registry
            .execute_dyn("math.add", json!({"a": 1, "b": 2}))
            .await
            .expect("answers");
        assert_eq!(sum, json!(3));
    });
}

#[test]
fn a_description_is_what_the_attribute_says_and_never_a_doc_comment() {
    block_on(async {
        let registry = registry();
        register_add(&registry).await.expect("registers");
        register_say_hello(&registry).await.expect("registers");
        assert_eq!(
            definition(&registry, "math.add").description.as_deref(),
            Some("Adds two numbers")
        );
        assert_eq!(definition(&registry, "user.hello").description, None);
    });
}

#[test]
fn w65_a_snake_case_command_answers_to_both_of_its_names() {
    block_on(async {
        let registry = registry();
        registry
            .register_command(SayHelloCommand)
            .await
            .expect("registers");
        let said = registry
            .execute::<Say_helloCommand>("Ada".into())
            .await
            .expect("answers");
        assert_eq!(said, "hello, Ada");
    });
}

#[test]
fn request_and_response_schemas_are_advertised_in_normal_form() {
    block_on(async {
        let registry = registry();
        register_add(&registry).await.expect("registers");
        let schema = schema(&registry, "math.add");
        let request = schema.request.expect("a request schema");
        assert_eq!(request["type"], "object");
        assert_eq!(request["required"], json!(["a", "b"]));
        assert_eq!(request["properties"]["a"]["type"], "integer");
        let response = schema.response.expect("a response schema");
        assert_eq!(response["type"], "integer");
        assert_eq!(
            (response.get("title"), response.get("$schema")),
            (None, None)
        );
    });
}

#[command("void.in_and_out")]
async fn in_and_out(_: ()) -> Result<(), CommandError> {
    Ok(())
}

#[test]
fn slots_of_the_unit_type_have_no_schema() {
    block_on(async {
        let registry = registry();
        register_in_and_out(&registry).await.expect("registers");
        let schema = schema(&registry, "void.in_and_out");
        assert_eq!((schema.request, schema.response), (None, None));
        registry
            .execute::<InAndOutCommand>(())
            .await
            .expect("answers");
    });
}

#[command("void.ping")]
async fn ping() -> Result<String, CommandError> {
    Ok("pong".into())
}

struct Clock;

#[command_service]
impl Clock {
    #[command("clock.now")]
    async fn now(&self) -> Result<u64, CommandError> {
        Ok(7)
    }
}

#[test]
fn w64_zero_argument_handlers_compile_and_run() {
    block_on(async {
        let registry = registry();
        register_ping(&registry).await.expect("registers");
        Clock.register(&registry).await.expect("registers");
        assert_eq!(
            registry.execute::<PingCommand>(()).await.expect("answers"),
            "pong"
        );
        assert_eq!(
            registry.execute::<clock::Now>(()).await.expect("answers"),
            7
        );
        assert_eq!(
            registry
                .execute_dyn("void.ping", Value::Null)
                .await
                .expect("answers"),
            json!("pong")
        );
        assert_eq!(schema(&registry, "void.ping").request, None);
        assert_eq!(schema(&registry, "clock.now").request, None);
    });
}

#[payload]
struct Nothing;

#[command("void.unit_struct")]
async fn unit_struct(_: Nothing) -> Result<Nothing, CommandError> {
    Ok(Nothing)
}

#[test]
fn w66_a_unit_struct_request_advertises_no_schema() {
    block_on(async {
        let registry = registry();
        register_unit_struct(&registry).await.expect("registers");
        let schema = schema(&registry, "void.unit_struct");
        assert_eq!((schema.request, schema.response), (None, None));
        registry
            .execute::<UnitStructCommand>(Nothing)
            .await
            .expect("answers");
    });
}

#[derive(Debug)]
struct OutOfStock;

impl From<OutOfStock> for CommandError {
    fn from(_: OutOfStock) -> Self {
        Self::Internal {
            command_id: "shop.buy".into(),
            message: "out of stock".into(),
        }
    }
}

#[command("shop.buy")]
async fn buy() -> Result<(), OutOfStock> {
    Err(OutOfStock)
}

#[test]
fn a_handler_may_fail_with_its_own_error_if_that_converts() {
    block_on(async {
        let registry = registry();
        register_buy(&registry).await.expect("registers");
        let error = registry.execute::<BuyCommand>(()).await.expect_err("fails");
        assert!(error.to_string().contains("out of stock"), "{error}");
    });
}

#[test]
fn a_command_can_be_declared_inside_a_function() {
    #[command("local.double")]
    async fn double_it(n: i64) -> Result<i64, CommandError> {
        Ok(2 * n)
    }
    block_on(async {
        let registry = registry();
        register_double_it(&registry).await.expect("registers");
        assert_eq!(
            registry
                .execute::<DoubleItCommand>(4)
                .await
                .expect("answers"),
            8
        );
    });
}

#[test]
fn a_service_can_be_declared_inside_a_function() {
    #[payload]
    struct Line(String);

    struct Notes;

    #[command_service]
    impl Notes {
        #[command("notes.length")]
        async fn length(&self, line: Line) -> Result<usize, CommandError> {
            Ok(line.0.len())
        }
    }

    block_on(async {
        let registry = registry();
        Notes.register(&registry).await.expect("registers");
        let length = registry.execute::<notes::Length>(Line("four".into())).await;
        assert_eq!(length.expect("answers"), 4);
    });
}

/// A service with state, every accepted receiver, and items the macro leaves alone.
struct CounterService {
    count: AtomicU64,
}

#[command_service]
impl CounterService {
    const STEP: u64 = 1;

    #[command("counter.next", description = "Counts")]
    async fn next(&self) -> Result<u64, CommandError> {
        Ok(self.advance(Self::STEP))
    }

    #[cmdbus::command("counter.add")]
    async fn add_many(self: Arc<Self>, by: u64) -> Result<u64, CommandError> {
        Ok(self.advance(by))
    }

    // `Arc` has a method of this name, too.
    #[command("counter.clone")]
    async fn clone(self: &Arc<Self>) -> Result<u64, CommandError> {
        Ok(self.advance(0))
    }

    #[cfg(any())]
    #[command("counter.absent")]
    async fn absent(&self, request: TypeOfAnotherPlatform) -> Result<(), CommandError> {}

    fn advance(&self, by: u64) -> u64 {
        self.count.fetch_add(by, Ordering::Relaxed) + by
    }
}

fn counter() -> CounterService {
    CounterService {
        count: AtomicU64::new(0),
    }
}

#[test]
fn the_commands_of_a_service_share_one_host() {
    block_on(async {
        let registry = registry();
        counter().register(&registry).await.expect("registers");
        assert_eq!(
            registry
                .execute::<counter_service::Next>(())
                .await
                .expect("answers"),
            1
        );
        assert_eq!(
            registry
                .execute::<counter_service::AddMany>(5)
                .await
                .expect("answers"),
            6
        );
        assert_eq!(
            registry
                .execute::<counter_service::Add_many>(1)
                .await
                .expect("answers"),
            7
        );
        assert_eq!(
            registry
                .execute::<counter_service::Clone>(())
                .await
                .expect("answers"),
            7
        );
        assert_eq!(
            definition(&registry, "counter.next").description.as_deref(),
            Some("Counts")
        );
    });
}

#[test]
fn one_command_of_a_service_can_be_registered_by_hand() {
    block_on(async {
        let registry = registry();
        let host = Arc::new(counter());
        registry
            .register_command(counter_service::Next {
                host: Arc::clone(&host),
            })
            .await
            .expect("registers");
        registry
            .execute::<counter_service::Next>(())
            .await
            .expect("answers");
        assert_eq!(host.count.load(Ordering::Relaxed), 1);
        assert_eq!(ids(&registry), ["counter.next"]);
    });
}

#[test]
fn w65_a_cfg_on_a_method_governs_its_registration_and_qualified_attributes_count() {
    block_on(async {
        let registry = registry();
        counter().register(&registry).await.expect("registers");
        assert_eq!(
            ids(&registry),
            ["counter.add", "counter.clone", "counter.next"]
        );
    });
}

#[command("counter.clone")]
async fn squatter() -> Result<(), CommandError> {
    Ok(())
}

#[test]
fn w33_a_failed_service_registration_leaves_nothing_behind_and_can_be_repeated() {
    block_on(async {
        let registry = registry();
        register_squatter(&registry).await.expect("registers");
        let error = counter()
            .register(&registry)
            .await
            .expect_err("the id is taken");
        assert!(matches!(error, CommandError::DuplicateCommand(id) if id == "counter.clone"));
        assert_eq!(ids(&registry), ["counter.clone"]);

        assert!(registry.unregister_command("counter.clone"));
        counter().register(&registry).await.expect("registers");
        assert_eq!(ids(&registry).len(), 3);
    });
}

struct Halfway;

#[command_service]
impl Halfway {
    // A private command is registered at once, a public one only when the router has agreed.
    #[command("_halfway.private")]
    async fn private(&self) -> Result<(), CommandError> {
        Ok(())
    }

    #[command("halfway.public")]
    async fn public(&self) -> Result<(), CommandError> {
        Ok(())
    }
}

#[test]
fn w33_a_service_registration_that_is_dropped_halfway_leaves_nothing_behind() {
    block_on(async {
        let router_channel = Some("router".to_owned());
        let registry = CommandRegistry::new(Config {
            router_channel,
            ..Config::default()
        });
        let (to_router, _silent_router) = InMemoryChannel::pair("router", "node");
        let _driver = registry
            .register_channel(to_router)
            .await
            .expect("connects");
        {
            let mut registration = pin!(Halfway.register(&registry));
            let mut context = Context::from_waker(Waker::noop());
            assert!(registration.as_mut().poll(&mut context).is_pending());
            registry
                .execute_dyn("_halfway.private", Value::Null)
                .await
                .expect("answers");
        }
        assert!(!registry.unregister_command("_halfway.private"));
    });
}

#[payload]
#[derive(Debug, Clone, PartialEq, cmdbus::serde::Serialize)]
#[serde(crate = "cmdbus::serde", rename_all = "camelCase")]
struct FullName {
    first_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
}

#[command("user.upper")]
async fn upper(mut name: FullName) -> Result<FullName, CommandError> {
    name.first_name = name.first_name.to_uppercase();
    Ok(name)
}

#[test]
fn payload_respects_the_derives_and_serde_attributes_of_the_user() {
    block_on(async {
        let registry = registry();
        register_upper(&registry).await.expect("registers");
        let answer = registry
            .execute_dyn("user.upper", json!({"firstName": "ada"}))
            .await
            .expect("answers");
        assert_eq!(answer, json!({"firstName": "ADA"}));
        let request = schema(&registry, "user.upper")
            .request
            .expect("a request schema");
        assert_eq!(request["required"], json!(["firstName"]));
    });
}

#[payload]
enum Shape {
    Circle { radius: u32 },
    Point,
}

#[command("shape.width")]
async fn width(shape: Shape) -> Result<u32, CommandError> {
    Ok(match shape {
        Shape::Circle { radius } => 2 * radius,
        Shape::Point => 0,
    })
}

#[event("door")]
#[derive(Debug, Clone, PartialEq)]
enum Door {
    Opened,
    Closed { by: String },
}

#[test]
fn w65_payloads_and_events_may_be_enums() {
    block_on(async {
        let registry = registry();
        register_width(&registry).await.expect("registers");
        assert_eq!(
            registry
                .execute::<WidthCommand>(Shape::Circle { radius: 3 })
                .await
                .expect("answers"),
            6
        );
        assert_eq!(
            registry
                .execute::<WidthCommand>(Shape::Point)
                .await
                .expect("answers"),
            0
        );
    });
    assert_eq!(heard(Door::Opened), Door::Opened);
    assert_eq!(
        heard(Door::Closed { by: "Ada".into() }),
        Door::Closed { by: "Ada".into() }
    );
    assert!(Event::schema(&Door::Opened).is_some());
}

/// Emits an event in a fresh registry and returns what a listener there hears.
fn heard<E: Event + cmdbus::serde::de::DeserializeOwned>(event: E) -> E {
    let registry = registry();
    let (sender, receiver) = std::sync::mpsc::channel();
    let _unsubscribe = registry.on(move |event: E| sender.send(event).expect("the test listens"));
    registry.emit(event).expect("emits");
    receiver
        .recv_timeout(std::time::Duration::from_secs(10))
        .expect("the listener was called")
}

#[event("user.created")]
#[derive(Debug, Clone, PartialEq)]
struct UserCreated {
    name: String,
}

#[event("cache.cleared")]
#[derive(Debug, Clone, PartialEq)]
struct CacheCleared;

#[event("cache.filled")]
struct CacheFilled {}

#[event("value.changed")]
struct Changed<T> {
    value: T,
}

#[test]
fn an_event_reaches_its_listener() {
    let event = UserCreated { name: "Ada".into() };
    assert_eq!(UserCreated::ID, "user.created");
    assert_eq!(heard(event.clone()), event);
    assert_eq!(heard(CacheCleared), CacheCleared);
    assert_eq!(heard(Changed { value: 5 }).value, 5);
}

#[test]
fn only_a_unit_struct_event_has_no_schema() {
    let schema = Event::schema(&UserCreated {
        name: String::new(),
    })
    .expect("a schema");
    assert_eq!(schema["properties"]["name"]["type"], "string");
    assert_eq!(Event::schema(&CacheCleared), None);
    assert!(Event::schema(&CacheFilled {}).is_some());
    assert!(Event::schema(&Changed { value: 5 }).is_some());
}
