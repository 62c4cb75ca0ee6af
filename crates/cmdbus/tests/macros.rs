//! The attribute macros as a user meets them: what they generate is registered and called here; `tests/macros/` holds
//! programs that must compile without a warning, and programs that must not compile, with the messages a user sees.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use cmdbus::prelude::*;
use cmdbus::serde_json::{Value, json};
use cmdbus::{Collected, StreamCommand};
use futures_executor::block_on;
use futures_util::future::poll_immediate;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

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

/// A service whose streams borrow from it.
struct Library {
    titles: Vec<String>,
    read: AtomicU64,
}

fn library() -> Library {
    Library {
        titles: ["Emma", "Ulysses", "Walden"].map(String::from).into(),
        read: AtomicU64::new(0),
    }
}

#[command_service]
impl Library {
    #[command("library.titles", stream, description = "Lists")]
    async fn all_titles(
        &self,
        from: usize,
    ) -> impl Stream<Item = Result<String, CommandError>> + Send {
        stream::iter(self.titles.iter().skip(from)).map(|title| {
            self.read.fetch_add(1, Ordering::Relaxed);
            Ok(title.clone())
        })
    }

    /// Fails at once, or at the letter `x`.
    #[cmdbus::command("library.letters", stream)]
    async fn letters(
        &self,
        number: usize,
    ) -> Result<impl futures_util::Stream<Item = Result<char, OutOfStock>> + Send, OutOfStock> {
        let title = self.titles.get(number).ok_or(OutOfStock)?;
        let letters = title.chars().chain(['x']);
        Ok(stream::iter(letters.map(|letter| match letter {
            'x' => Err(OutOfStock),
            letter => Ok(letter),
        })))
    }

    #[command("library.lengths", stream)]
    async fn lengths(self: Arc<Self>) -> impl Stream<Item = Result<usize, CommandError>> {
        let numbers = 0..self.titles.len();
        stream::iter(numbers.map(move |number| Ok(self.titles[number].len())))
    }

    #[cfg(any())]
    #[command("library.absent", stream)]
    async fn absent(&self) -> impl Stream<Item = Result<TypeOfAnotherPlatform, CommandError>> {}
}

#[command("math.count", stream)]
async fn count(to: u64) -> impl Stream<Item = Result<u64, CommandError>> + Send {
    stream::iter((0..to).map(Ok))
}

#[test]
fn a_streaming_function_yields_its_items() {
    block_on(async {
        let registry = registry();
        register_count(&registry).await.expect("registers");
        let counted: Vec<u64> = registry
            .call::<CountCommand>(3)
            .stream()
            .try_collect()
            .await
            .expect("streams");
        assert_eq!(counted, [0, 1, 2]);
        assert_eq!(count(2).await.count().await, 2);
    });
}

#[test]
fn a_stream_may_borrow_from_its_host_and_runs_only_as_far_as_it_is_read() {
    block_on(async {
        let registry = registry();
        let host = Arc::new(library());
        let titles = library::AllTitles { host: host.clone() };
        registry.register_command(titles).await.expect("registers");
        let titles = registry.call::<library::All_titles>(1).stream();
        let titles: Vec<String> = titles.try_collect().await.expect("streams");
        assert_eq!(titles, ["Ulysses", "Walden"]);

        let mut titles = registry.call::<library::AllTitles>(0).stream();
        let first = titles.try_next().await.expect("streams");
        assert_eq!(first.as_deref(), Some("Emma"));
        drop(titles);
        assert!(host.read.load(Ordering::Relaxed) < 5);
    });
}

#[test]
fn a_stream_may_own_its_host() {
    block_on(async {
        let registry = registry();
        library().register(&registry).await.expect("registers");
        let lengths = registry.call::<library::Lengths>(()).stream();
        let lengths: Vec<usize> = lengths.try_collect().await.expect("streams");
        assert_eq!(lengths, [4, 7, 6]);
    });
}

#[test]
fn a_streaming_command_may_fail_before_and_after_its_first_item_with_its_own_error() {
    block_on(async {
        let registry = registry();
        library().register(&registry).await.expect("registers");

        let mut none = registry.call::<library::Letters>(9).stream();
        let error = none.try_next().await.expect_err("there is no such title");
        assert!(error.to_string().contains("out of stock"), "{error}");

        let letters = registry.call::<library::Letters>(0).stream();
        let letters: Vec<_> = letters.collect().await;
        let (last, letters) = letters.split_last().expect("several");
        let letters: String = letters.iter().flatten().collect();
        assert_eq!(letters, "Emma");
        let error = last.as_ref().expect_err("the last one");
        assert!(error.to_string().contains("out of stock"), "{error}");
    });
}

#[test]
fn a_streaming_command_returns_its_items_together_to_whoever_does_not_ask_for_them_one_by_one() {
    block_on(async {
        let registry = registry();
        library().register(&registry).await.expect("registers");
        let titles: Collected<String> = registry
            .execute::<library::AllTitles>(1)
            .await
            .expect("answers");
        assert_eq!(titles.items, ["Ulysses", "Walden"]);
        assert_eq!(titles.result, None);
        let titles = registry.execute_dyn("library.titles", json!(2)).await;
        assert_eq!(titles.expect("answers"), json!({"items": ["Walden"]}));
        let error = registry.execute::<library::Letters>(0).await;
        let error = error.expect_err("its last item is an error");
        assert!(error.to_string().contains("out of stock"), "{error}");
    });
}

#[payload]
struct Reading {
    celsius: f64,
}

#[command("sensor.read", stream)]
async fn readings(_: AddRequest) -> impl Stream<Item = Result<Reading, CommandError>> {
    stream::empty()
}

#[command("void.stream", stream)]
async fn nothings() -> impl Stream<Item = Result<(), CommandError>> {
    stream::iter([Ok(()), Ok(())])
}

#[test]
fn the_schema_of_a_streaming_command_says_so() {
    block_on(async {
        let registry = registry();
        register_readings(&registry).await.expect("registers");
        register_nothings(&registry).await.expect("registers");
        library().register(&registry).await.expect("registers");

        let reading = schema(&registry, "sensor.read");
        let request = reading.request.expect("a request schema");
        assert_eq!(request["required"], json!(["a", "b"]));
        let response = reading.response.expect("a response schema");
        let item = &response["x-cmdbus-stream"];
        assert_eq!(item["properties"]["celsius"]["type"], "number");
        assert_eq!((item.get("title"), item.get("$schema")), (None, None));

        let nothing = schema(&registry, "void.stream");
        assert_eq!(nothing.request, None);
        let response = nothing.response.expect("a response schema");
        assert!(response.get("x-cmdbus-stream").is_some(), "{response}");
        let nothings = registry.execute::<NothingsCommand>(()).await;
        assert_eq!(nothings.expect("answers").items, [(), ()]);

        let titles = definition(&registry, "library.titles");
        assert_eq!(titles.description.as_deref(), Some("Lists"));
        let titles = titles.schema.expect("macros always give a schema");
        let item = &titles.response.expect("a response schema")["x-cmdbus-stream"];
        assert_eq!(item["type"], "string");
        assert!(!ids(&registry).contains(&"library.absent".to_owned()));
    });
}

#[test]
fn a_streaming_command_can_be_declared_inside_a_function() {
    #[payload]
    #[derive(Debug, PartialEq)]
    struct Line(String);

    struct Poem;

    #[command_service]
    impl Poem {
        #[command("poem.lines", stream)]
        async fn lines(&self) -> impl Stream<Item = Result<Line, CommandError>> {
            stream::iter([Ok(Line("la".into()))])
        }
    }

    block_on(async {
        let registry = registry();
        Poem.register(&registry).await.expect("registers");
        let lines = registry.call::<poem::Lines>(()).stream();
        let lines: Vec<Line> = lines.try_collect().await.expect("streams");
        assert_eq!(lines, [Line("la".into())]);
    });
}

/// What a handler has learned of its call.
#[payload]
#[derive(Debug, PartialEq)]
struct Learned {
    has_deadline: bool,
    cancelled: bool,
}

impl From<CallContext> for Learned {
    fn from(call: CallContext) -> Self {
        Self {
            has_deadline: call.deadline().is_some(),
            cancelled: call.is_cancelled(),
        }
    }
}

#[command("context.steps")]
async fn steps(total: u32, call: CallContext) -> Result<Learned, CommandError> {
    for done in 1..=total {
        call.progress(done.into(), f64::from(total), "stepping");
    }
    Ok(call.into())
}

#[command("context.void")]
async fn learn(call: cmdbus::CallContext) -> Result<Learned, CommandError> {
    Ok(call.into())
}

struct Watchful;

#[command_service]
impl Watchful {
    #[command("context.method")]
    async fn learn(self: Arc<Self>, call: CallContext) -> Result<Learned, CommandError> {
        Ok(call.into())
    }

    #[command("context.stream", stream)]
    async fn learn_again(
        &self,
        times: u32,
        call: CallContext,
    ) -> impl Stream<Item = Result<Learned, CommandError>> + Send {
        stream::iter(0..times).map(move |done| {
            call.progress(done.into(), None, None);
            Ok(call.clone().into())
        })
    }
}

/// Collects the progress of a call.
fn notebook() -> (
    Arc<Mutex<Vec<f64>>>,
    impl Fn(cmdbus::Progress) + Send + Sync + 'static,
) {
    let seen = Arc::<Mutex<Vec<f64>>>::default();
    let notes = seen.clone();
    let note = move |progress: cmdbus::Progress| {
        notes.lock().expect("no panic").push(progress.progress);
    };
    (seen, note)
}

const LONG: Duration = Duration::from_secs(600);

#[test]
fn a_handler_with_a_context_knows_its_deadline_and_reports_progress() {
    block_on(async {
        let registry = registry();
        register_steps(&registry).await.expect("registers");
        let (seen, note) = notebook();
        let learned = registry
            .call::<StepsCommand>(3)
            .timeout(LONG)
            .on_progress(note)
            .await
            .expect("answers");
        assert!(learned.has_deadline);
        assert_eq!(*seen.lock().expect("no panic"), [1.0, 2.0, 3.0]);

        let learned = registry.call::<StepsCommand>(3).await.expect("answers");
        assert!(!learned.has_deadline);
    });
}

#[test]
fn a_context_is_no_part_of_the_request() {
    block_on(async {
        let registry = registry();
        register_steps(&registry).await.expect("registers");
        register_learn(&registry).await.expect("registers");
        Watchful.register(&registry).await.expect("registers");
        let request = schema(&registry, "context.steps").request;
        assert_eq!(request.expect("a request schema")["type"], "integer");
        for id in ["context.void", "context.method"] {
            assert_eq!(schema(&registry, id).request, None);
            let learned = registry.execute_dyn(id, Value::Null).await;
            let learned = learned.expect("answers");
            assert_eq!(learned, json!({"has_deadline": false, "cancelled": false}));
        }
        let learned = registry.call::<watchful::Learn>(()).timeout(LONG).await;
        assert!(learned.expect("answers").has_deadline);
    });
}

#[test]
fn a_streaming_handler_may_have_a_context_too() {
    block_on(async {
        let registry = registry();
        Watchful.register(&registry).await.expect("registers");
        let (seen, note) = notebook();
        let learned: Vec<Learned> = registry
            .call::<watchful::LearnAgain>(2)
            .timeout(LONG)
            .on_progress(note)
            .stream()
            .try_collect()
            .await
            .expect("streams");
        assert_eq!(learned.len(), 2);
        assert!(learned.iter().all(|learned| learned.has_deadline));
        assert_eq!(*seen.lock().expect("no panic"), [0.0, 1.0]);
    });
}

#[test]
fn a_handler_outside_of_any_call_has_an_empty_context() {
    block_on(async {
        let learned = Command::handle(&LearnCommand, ()).await.expect("answers");
        let nothing = Learned {
            has_deadline: false,
            cancelled: false,
        };
        assert_eq!(learned, nothing);
        assert_eq!(
            learn(CallContext::default()).await.expect("answers"),
            nothing
        );
    });
}

/// The context is that of the call whose handler is polled, not of whoever made the future.
#[command("context.nested")]
async fn nested() -> Result<Learned, CommandError> {
    let outside = registry();
    register_learn(&outside).await?;
    outside.call::<LearnCommand>(()).detached().await
}

#[test]
fn a_context_belongs_to_the_call_that_is_served() {
    block_on(async {
        let registry = registry();
        register_nested(&registry).await.expect("registers");
        let learned = registry.call::<NestedCommand>(()).timeout(LONG).await;
        assert!(!learned.expect("answers").has_deadline);
    });
}

/// Keeps what it has when nobody waits any more, if it is given the time.
#[derive(Default)]
struct Saver {
    saved: AtomicBool,
}

impl Saver {
    async fn work(&self, call: CallContext) {
        call.cancelled().await;
        self.saved.store(true, Ordering::Relaxed);
    }
}

#[command_service]
impl Saver {
    #[command("saver.graceful", graceful)]
    async fn gracefully(&self, call: CallContext) -> Result<(), CommandError> {
        self.work(call).await;
        Ok(())
    }

    #[command("saver.plain")]
    async fn plainly(&self, call: CallContext) -> Result<(), CommandError> {
        self.work(call).await;
        Ok(())
    }

    #[command("saver.stream", graceful, description = "Both", stream)]
    async fn streaming(&self) -> impl Stream<Item = Result<(), CommandError>> {
        stream::empty()
    }
}

#[test]
fn only_a_graceful_handler_may_go_on_when_nobody_waits() {
    block_on(async {
        let registry = registry();
        let host = Arc::new(Saver::default());
        let gracefully = saver::Gracefully { host: host.clone() };
        let plainly = saver::Plainly { host: host.clone() };
        let streaming = saver::Streaming { host: host.clone() };
        assert!(gracefully.graceful());
        assert!(!plainly.graceful());
        assert!(Command::graceful(&streaming) && StreamCommand::graceful(&streaming));
        assert!(!Command::graceful(&CountCommand));
        registry
            .register_command(gracefully)
            .await
            .expect("registers");
        registry.register_command(plainly).await.expect("registers");
        registry
            .register_command(streaming)
            .await
            .expect("registers");

        let (handle, mut call) = registry.call::<saver::Plainly>(()).handle();
        assert!(poll_immediate(&mut call).await.is_none());
        handle.cancel();
        call.await.expect_err("cancelled");
        assert!(!host.saved.load(Ordering::Relaxed));

        let (handle, mut call) = registry.call::<saver::Gracefully>(()).handle();
        assert!(poll_immediate(&mut call).await.is_none());
        handle.cancel();
        let _ended_either_way = call.await;
        assert!(host.saved.load(Ordering::Relaxed));
    });
}
