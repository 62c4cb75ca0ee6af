//! Export of spans to an OpenTelemetry collector: OTLP as protobuf over plain HTTP.
//!
//! A [`Span`] of the registry becomes one span of OpenTelemetry. They wait in a bounded queue for a thread
//! of their own that sends them with a blocking client, so it makes no difference which runtime the verb
//! has, or whether it has one. What the bus carries is never exported: only the ids of commands, times and
//! error codes.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use cmdbus::registry::{Span, SpanKind};
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind as OtelKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TIMEOUT,
    OTEL_EXPORTER_OTLP_TIMEOUT_DEFAULT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT, RetryPolicy, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, IdGenerator, OTEL_BSP_MAX_QUEUE_SIZE,
    OTEL_BSP_MAX_QUEUE_SIZE_DEFAULT, RandomIdGenerator, SpanData, SpanEvents, SpanExporter,
    SpanLinks, SpanProcessor,
};

use crate::env_vars;

/// `true` switches everything off.
const OTEL_SDK_DISABLED: &str = "OTEL_SDK_DISABLED";
/// `none` switches spans off.
const OTEL_TRACES_EXPORTER: &str = "OTEL_TRACES_EXPORTER";
/// What the spans' service is called.
const OTEL_SERVICE_NAME: &str = "OTEL_SERVICE_NAME";

/// How long the end of the program waits for the last spans to be sent.
const FLUSH: Duration = Duration::from_secs(3);
/// Roots whose calls have not ended yet. The oldest is forgotten for one more: its call becomes a child
/// of a span that nobody exports.
const ROOTS: usize = 1024;
/// A collector's answer is a few bytes; what is longer counts as none.
const ANSWER_BYTES: u64 = 64 << 10;

/// Starts the export, if the environment asks for it. `service` is the service's name unless
/// `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` has one.
pub(crate) fn start(service: &'static str) -> Option<Exporter> {
    if !wanted(env_vars::get) {
        return None;
    }
    Exporter::new(service, None)
        .inspect_err(|error| tracing::warn!(%error, "spans are not exported"))
        .ok()
}

fn wanted(get: impl Fn(&str) -> Option<OsString>) -> bool {
    let is = |name, value| get(name).is_some_and(|it| it.eq_ignore_ascii_case(value));
    let endpoints = [
        OTEL_EXPORTER_OTLP_ENDPOINT,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    ];
    endpoints.into_iter().any(|name| get(name).is_some())
        && !is(OTEL_SDK_DISABLED, "true")
        && !is(OTEL_TRACES_EXPORTER, "none")
}

/// Sends spans to a collector, from a thread of its own.
pub(crate) struct Exporter {
    shared: Arc<Shared>,
}

struct Shared {
    processor: BatchSpanProcessor,
    counts: Arc<Counts>,
    /// Most spans that wait or are being sent.
    queue: usize,
    ids: RandomIdGenerator,
    scope: InstrumentationScope,
    roots: Mutex<VecDeque<(TraceId, SpanId)>>,
    closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Counts {
    /// Taken, and not yet sent or given up.
    waiting: AtomicUsize,
    /// Given up, or refused because too many were waiting, and not yet told of in the log.
    lost: AtomicUsize,
}

impl Exporter {
    /// `endpoint` is the whole URL, and goes before the environment's.
    fn new(service: &'static str, endpoint: Option<&str>) -> Result<Self, ExporterBuildError> {
        // A client from outside has to keep the library's time limit itself.
        let timeout = number(OTEL_EXPORTER_OTLP_TRACES_TIMEOUT)
            .or_else(|| number(OTEL_EXPORTER_OTLP_TIMEOUT))
            .map_or(OTEL_EXPORTER_OTLP_TIMEOUT_DEFAULT, Duration::from_millis);
        let mut builder = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new(timeout))
            .with_timeout(timeout)
            // One more attempt, since a connection that was kept may have been closed. Not more: a verb
            // whose collector is away would wait for them when it ends.
            .with_retry_policy(RetryPolicy::recommended().with_max_retries(1));
        if let Some(endpoint) = endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let counts = Arc::<Counts>::default();
        let exporter = Counted {
            exporter: builder.build()?,
            counts: counts.clone(),
        };
        let queue = number(OTEL_BSP_MAX_QUEUE_SIZE)
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(OTEL_BSP_MAX_QUEUE_SIZE_DEFAULT)
            .max(1);
        let config = BatchConfigBuilder::default().with_max_queue_size(queue);
        let mut processor = BatchSpanProcessor::new(exporter, config.build());
        processor.set_resource(&resource(service));
        let scope = InstrumentationScope::builder("cmdbus")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        Ok(Self {
            shared: Arc::new(Shared {
                processor,
                counts,
                queue,
                ids: RandomIdGenerator::default(),
                scope,
                roots: Mutex::default(),
                closed: AtomicBool::new(false),
            }),
        })
    }

    /// Returns what to give to `cmdbus::registry::Options::on_span`. It never waits.
    pub(crate) fn on_span(&self) -> impl Fn(Span) + Send + Sync + 'static {
        let shared = self.shared.clone();
        move |span| shared.take(span)
    }

    /// Returns a `traceparent` for a call that begins a trace. The span of the call that carries it has
    /// the span id that is in it, and no parent.
    pub(crate) fn root(&self) -> String {
        let (trace, span) = (
            self.shared.ids.new_trace_id(),
            self.shared.ids.new_span_id(),
        );
        let mut roots = self.shared.roots();
        if roots.len() == ROOTS {
            roots.pop_front();
        }
        roots.push_back((trace, span));
        format!("00-{trace}-{span}-01")
    }

    /// Sends what waits, for at most three seconds. Blocks the thread; spans that come later are dropped.
    pub(crate) fn shutdown(self) {
        self.close(FLUSH);
    }

    fn close(self, limit: Duration) {
        let shared = self.shared;
        shared.closed.store(true, Ordering::Release);
        let _ = shared.processor.shutdown_with_timeout(limit);
        let waiting = shared.counts.waiting.load(Ordering::Acquire);
        shared.counts.lost.fetch_add(waiting, Ordering::AcqRel);
        shared.counts.tell();
    }
}

impl Shared {
    fn take(&self, span: Span) {
        if self.closed.load(Ordering::Acquire) {
            return;
        }
        let Some(context) = parse(&span.traceparent) else {
            return;
        };
        // The processor has as many places, but keeps to itself how often they did not suffice.
        if self.counts.waiting.fetch_add(1, Ordering::AcqRel) >= self.queue {
            self.counts.waiting.fetch_sub(1, Ordering::AcqRel);
            self.counts.lost.fetch_add(1, Ordering::AcqRel);
            return;
        }
        let data = self.convert(span, context);
        self.processor.on_end(data);
    }

    fn convert(&self, span: Span, (trace, parent): (TraceId, SpanId)) -> SpanData {
        let is_root = span.kind == SpanKind::Call && self.take_root((trace, parent));
        let (id, parent) = if is_root {
            (parent, SpanId::INVALID)
        } else {
            (self.ids.new_span_id(), parent)
        };
        let (verb, kind) = match span.kind {
            SpanKind::Call => ("call", OtelKind::Client),
            SpanKind::Hop => ("forward", OtelKind::Internal),
            SpanKind::Handler => ("handle", OtelKind::Server),
        };
        // The two clocks are compared anew for each span: the daemon lives long, and the wall clock is
        // set and goes on while the machine is suspended.
        let age = Instant::now().saturating_duration_since(span.ended);
        let end_time = before(SystemTime::now(), age);
        let took = span.ended.saturating_duration_since(span.started);
        SpanData {
            span_context: SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE),
            parent_span_id: parent,
            parent_span_is_remote: !is_root,
            span_kind: kind,
            name: format!("{verb} {}", span.command_id).into(),
            start_time: before(end_time, took),
            end_time,
            attributes: vec![KeyValue::new("cmdbus.command", span.command_id)],
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: span.error.map_or(Status::Unset, Status::error),
            instrumentation_scope: self.scope.clone(),
        }
    }

    fn take_root(&self, root: (TraceId, SpanId)) -> bool {
        let mut roots = self.roots();
        let place = roots.iter().position(|&it| it == root);
        place.and_then(|place| roots.remove(place)).is_some()
    }

    fn roots(&self) -> std::sync::MutexGuard<'_, VecDeque<(TraceId, SpanId)>> {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn before(time: SystemTime, by: Duration) -> SystemTime {
    time.checked_sub(by).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Reads a W3C `traceparent`; none if it is invalid or its trace is not recorded.
fn parse(text: &str) -> Option<(TraceId, SpanId)> {
    let mut parts = text.split('-');
    let mut hex = |digits: usize| {
        let part = parts.next()?;
        let valid = part
            .bytes()
            .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
        (part.len() == digits && valid).then_some(part)
    };
    let version = hex(2)?;
    let trace = TraceId::from_hex(hex(32)?).ok()?;
    let span = SpanId::from_hex(hex(16)?).ok()?;
    let flags = u8::from_str_radix(hex(2)?, 16).ok()?;
    // Later versions may append parts.
    let known = version != "ff" && (version != "00" || parts.next().is_none());
    let recorded = flags & 1 == 1;
    (known && recorded && trace != TraceId::INVALID && span != SpanId::INVALID)
        .then_some((trace, span))
}

fn resource(service: &'static str) -> Resource {
    // Later ones go before earlier ones.
    let resource = Resource::builder_empty()
        .with_service_name(service)
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(EnvResourceDetector::new()));
    match env_vars::get(OTEL_SERVICE_NAME).and_then(|name| name.into_string().ok()) {
        Some(name) => resource.with_service_name(name),
        None => resource,
    }
    .build()
}

fn number(name: &str) -> Option<u64> {
    env_vars::get(name)?.to_str()?.parse().ok()
}

/// Keeps count of what becomes of the spans.
#[derive(Debug)]
struct Counted {
    exporter: opentelemetry_otlp::SpanExporter,
    counts: Arc<Counts>,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let result = self.exporter.export(batch).await;
        if result.is_ok() {
            self.counts.tell();
        } else {
            self.counts.lost.fetch_add(count, Ordering::AcqRel);
        }
        self.counts.waiting.fetch_sub(count, Ordering::AcqRel);
        result
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl Counts {
    fn tell(&self) {
        let count = self.lost.swap(0, Ordering::AcqRel);
        if count > 0 {
            tracing::warn!(count, "spans lost");
        }
    }
}

/// The blocking client, which is only ever called on the processor's thread.
#[derive(Debug)]
struct Client {
    agent: ureq::Agent,
    /// The last attempt failed, and the log has said so.
    failing: AtomicBool,
}

impl Client {
    fn new(timeout: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            // A proxy for the world outside would be asked for the collector on loopback too.
            .proxy(None)
            .build();
        Self {
            agent: config.new_agent(),
            failing: AtomicBool::new(false),
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (head, body) = request.into_parts();
        let response = self.agent.run(Request::from_parts(head, &body[..]))?;
        let (head, mut body) = response.into_parts();
        let body = body.with_config().limit(ANSWER_BYTES).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let result = self.send(request);
        let error = match &result {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("the collector answered {}", response.status())),
            Err(error) => Some(error.to_string()),
        };
        match error {
            None => {
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("spans are exported again");
                }
            }
            Some(error) => {
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(error, "spans cannot be exported");
                }
            }
        }
        Ok(result?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::process::Command;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread::JoinHandle;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const LONG: Duration = Duration::from_secs(10);

    fn span(kind: SpanKind, traceparent: &str) -> Span {
        let now = Instant::now();
        Span {
            kind,
            command_id: "text.upper".to_owned(),
            traceparent: traceparent.to_owned(),
            started: now,
            ended: now,
            error: None,
        }
    }

    #[test]
    fn a_span_arrives_with_its_parent_name_kind_times_and_error() {
        let (collector, exporter) = collector();
        let tell = exporter.on_span();
        let earliest = SystemTime::now();
        let now = Instant::now();
        let ended = now.checked_sub(Duration::from_secs(2)).unwrap();
        tell(Span {
            started: ended
                .checked_sub(Duration::from_nanos(3_000_000_007))
                .unwrap(),
            ended,
            error: Some("not_found"),
            ..span(SpanKind::Call, PARENT)
        });
        let latest = SystemTime::now();
        tell(span(SpanKind::Hop, PARENT));
        tell(span(SpanKind::Handler, PARENT));
        exporter.shutdown();

        let request = collector.request();
        let spans = request.spans();
        let [call, hop, handler] = &spans[..] else {
            panic!("{} spans", spans.len());
        };
        let shown = |span: &Seen| (span.name.clone(), span.kind);
        assert_eq!(shown(call), ("call text.upper".to_owned(), CLIENT));
        assert_eq!(shown(hop), ("forward text.upper".to_owned(), INTERNAL));
        assert_eq!(shown(handler), ("handle text.upper".to_owned(), SERVER));
        for span in &spans {
            assert_eq!(span.trace, "4bf92f3577b34da6a3ce929d0e0e4736");
            assert_eq!(span.parent, "00f067aa0ba902b7");
            assert_eq!(span.attributes, [attribute("cmdbus.command", "text.upper")]);
        }
        assert!(call.id != hop.id && hop.id != handler.id && handler.id != call.id);
        assert!(
            spans
                .iter()
                .all(|span| span.id.len() == 16 && span.id != span.parent)
        );

        assert_eq!(call.status, Some(("not_found".to_owned(), ERROR)));
        assert_eq!(hop.status.as_ref().map_or(0, |status| status.1), 0);
        assert_eq!(call.ended - call.started, 3_000_000_007);
        let ago = |time| nanos(before(time, Duration::from_secs(2)));
        assert!((ago(earliest)..=ago(latest)).contains(&call.ended));
    }

    #[test]
    fn the_call_that_carries_a_root_is_the_root() {
        let (collector, exporter) = collector();
        let (root, other) = (exporter.root(), exporter.root());
        assert_ne!(root, other);
        let tell = exporter.on_span();
        tell(span(SpanKind::Handler, &root));
        tell(span(SpanKind::Call, &root));
        // A call made within the trace.
        tell(span(SpanKind::Call, &root));
        exporter.shutdown();

        let request = collector.request();
        let spans = request.spans();
        let [handler, call, within] = &spans[..] else {
            panic!("{} spans", spans.len());
        };
        assert_eq!(root, format!("00-{}-{}-01", call.trace, call.id));
        assert_eq!(call.parent, "");
        for child in [handler, within] {
            assert_eq!((&child.trace, &child.parent), (&call.trace, &call.id));
            assert_ne!(child.id, call.id);
        }
    }

    #[test]
    fn the_oldest_root_is_forgotten_when_there_are_too_many() {
        let (_collector, exporter) = collector();
        let oldest = exporter.root();
        let next = exporter.root();
        for _ in 0..ROOTS - 1 {
            exporter.root();
        }
        let known = |root: &str| exporter.shared.take_root(parse(root).unwrap());
        assert!(!known(&oldest));
        assert!(known(&next));
        assert!(!known(&next), "a root is taken once");
    }

    #[test]
    fn invalid_and_unrecorded_contexts_are_skipped() {
        let skipped = [
            "",
            "t",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ];
        let (collector, exporter) = collector();
        let tell = exporter.on_span();
        for traceparent in skipped {
            assert_eq!(parse(traceparent), None, "{traceparent}");
            tell(span(SpanKind::Hop, traceparent));
        }
        // A later version may say more, and other flags mean nothing here.
        tell(span(
            SpanKind::Hop,
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-x",
        ));
        exporter.shutdown();
        assert_eq!(collector.request().spans().len(), 1);
    }

    #[test]
    fn without_a_collector_the_end_comes_all_the_same() {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        let exporter = exporter_to(&gone);
        drop(gone);
        let tell = exporter.on_span();
        let shared = exporter.shared.clone();
        tell(span(SpanKind::Call, PARENT));
        let begun = Instant::now();
        exporter.shutdown();
        assert!(begun.elapsed() < LONG);
        assert_eq!(shared.counts.waiting.load(Ordering::Acquire), 0);
        // Told to nobody, and harmless.
        tell(span(SpanKind::Call, PARENT));
        assert_eq!(shared.counts.waiting.load(Ordering::Acquire), 0);
    }

    #[test]
    fn a_collector_that_does_not_answer_holds_up_neither_spans_nor_the_end() {
        // Connections are made, and nobody reads from them.
        let mute = TcpListener::bind("127.0.0.1:0").unwrap();
        let exporter = exporter_to(&mute);
        let shared = exporter.shared.clone();
        let tell = exporter.on_span();
        let surplus = 100;
        let begun = Instant::now();
        for _ in 0..shared.queue + surplus {
            tell(span(SpanKind::Hop, PARENT));
        }
        assert_eq!(shared.counts.lost.load(Ordering::Acquire), surplus);
        exporter.close(Duration::from_millis(20));
        assert!(begun.elapsed() < LONG);
    }

    #[test]
    fn a_failed_attempt_is_repeated_once() {
        let (collector, exporter) = answering(&["503 Service Unavailable", "200 OK"]);
        exporter.on_span()(span(SpanKind::Hop, PARENT));
        let shared = exporter.shared.clone();
        exporter.shutdown();
        assert_eq!(collector.request().body, collector.request().body);
        assert_eq!(shared.counts.waiting.load(Ordering::Acquire), 0);
    }

    #[test]
    fn only_an_endpoint_in_the_environment_starts_the_export() {
        let wanted = |variables: &[(&str, &str)]| {
            super::wanted(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| OsString::from(value))
            })
        };
        let endpoint = (OTEL_EXPORTER_OTLP_ENDPOINT, "http://localhost:4318");
        assert!(!wanted(&[]));
        assert!(wanted(&[endpoint]));
        assert!(wanted(&[(
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
            "http://localhost:4318/x"
        )]));
        assert!(wanted(&[endpoint, (OTEL_SDK_DISABLED, "false")]));
        assert!(!wanted(&[endpoint, (OTEL_SDK_DISABLED, "True")]));
        assert!(!wanted(&[endpoint, (OTEL_TRACES_EXPORTER, "none")]));
    }

    /// Set in the process that the test below starts.
    const CHILD: &str = "CMDBUS_TEST_CHILD";

    /// The library reads the variables, and a process cannot safely change its own: so the test runs
    /// itself once more.
    #[test]
    fn the_environment_says_where_to_and_as_whom() {
        if std::env::var_os(CHILD).is_some() {
            let exporter = start("cmdbus").unwrap();
            exporter.on_span()(span(SpanKind::Hop, PARENT));
            return exporter.shutdown();
        }
        let name = "otel::tests::the_environment_says_where_to_and_as_whom";
        let run = |variables: &[(&str, &str)]| {
            let (collector, exporter) = collector();
            drop(exporter);
            let mut child = Command::new(std::env::current_exe().unwrap());
            for (key, _) in std::env::vars_os() {
                if key.to_string_lossy().starts_with("OTEL_") {
                    child.env_remove(key);
                }
            }
            let endpoint = format!("http://{}", collector.address);
            let output = child
                .args(["--exact", name])
                .env(CHILD, "1")
                .env(OTEL_EXPORTER_OTLP_ENDPOINT, endpoint)
                // Not for a collector on loopback.
                .env("http_proxy", "http://127.0.0.1:9")
                .envs(variables.iter().copied())
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            collector.request()
        };
        let plain = run(&[]);
        assert!(plain.has_header("post /v1/traces http/1.1"));
        assert!(plain.has_header("content-type: application/x-protobuf"));
        assert!(
            plain
                .resource()
                .contains(&attribute("service.name", "cmdbus"))
        );
        let named = run(&[
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=one%20two"),
            (
                "OTEL_RESOURCE_ATTRIBUTES",
                "service.name=mine,host.name=box",
            ),
        ]);
        assert!(named.has_header("x-tenant: one two"));
        assert!(
            named
                .resource()
                .contains(&attribute("service.name", "mine"))
        );
        assert!(named.resource().contains(&attribute("host.name", "box")));
        let renamed = run(&[
            ("OTEL_SERVICE_NAME", "theirs"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine"),
        ]);
        assert!(
            renamed
                .resource()
                .contains(&attribute("service.name", "theirs"))
        );
    }

    /// A collector on loopback that takes one request from each connection, until it is dropped.
    struct Collector {
        address: std::net::SocketAddr,
        requests: Receiver<Received>,
        stop: Arc<AtomicBool>,
        thread: Option<JoinHandle<()>>,
    }

    fn collector() -> (Collector, Exporter) {
        answering(&["200 OK"])
    }

    /// The last answer is repeated.
    fn answering(answers: &'static [&'static str]) -> (Collector, Exporter) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let exporter = exporter_to(&listener);
        let (sender, requests) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let collector = Collector {
            address: listener.local_addr().unwrap(),
            requests,
            stop: stop.clone(),
            thread: Some(std::thread::spawn(move || {
                serve(&listener, &stop, &sender, answers);
            })),
        };
        (collector, exporter)
    }

    fn exporter_to(listener: &TcpListener) -> Exporter {
        let address = listener.local_addr().unwrap();
        Exporter::new("cmdbus", Some(&format!("http://{address}/v1/traces"))).unwrap()
    }

    fn serve(
        listener: &TcpListener,
        stop: &AtomicBool,
        sender: &Sender<Received>,
        answers: &[&str],
    ) {
        let mut answers = answers.iter();
        let mut answer = answers.next().unwrap();
        while let Ok((stream, _)) = listener.accept() {
            if stop.load(Ordering::Acquire) {
                return;
            }
            stream.set_read_timeout(Some(LONG)).unwrap();
            let Some(request) = Received::read(&stream) else {
                continue;
            };
            let head =
                format!("HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            // Whether the client is still there shows in the test.
            let _ = (&stream).write_all(head.as_bytes());
            let _ = sender.send(request);
            answer = answers.next().unwrap_or(answer);
        }
    }

    impl Collector {
        fn request(&self) -> Received {
            self.requests.recv_timeout(LONG).unwrap()
        }
    }

    impl Drop for Collector {
        fn drop(&mut self) {
            self.stop.store(true, Ordering::Release);
            // Wakes the thread. If that fails it is over already.
            let _ = TcpStream::connect(self.address);
            let _ = self.thread.take().map(JoinHandle::join);
        }
    }

    struct Received {
        head: Vec<String>,
        body: Vec<u8>,
    }

    impl Received {
        fn read(stream: &TcpStream) -> Option<Self> {
            let mut reader = BufReader::new(stream);
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).ok()?;
                match line.trim_end() {
                    "" => break,
                    line => head.push(line.to_ascii_lowercase()),
                }
            }
            let length = head
                .iter()
                .find_map(|it| it.strip_prefix("content-length: "));
            let mut body = vec![0; length?.parse().ok()?];
            reader.read_exact(&mut body).ok()?;
            Some(Self { head, body })
        }

        /// The first line counts as one, and case does not matter.
        fn has_header(&self, line: &str) -> bool {
            self.head.iter().any(|it| it == line)
        }

        fn resource(&self) -> Vec<(String, String)> {
            let resource = fields(&self.body).bytes(1).one().bytes(1).one();
            resource.bytes(1).each(pair)
        }

        fn spans(&self) -> Vec<Seen> {
            let scope = fields(&self.body).bytes(1).one().bytes(2).one();
            assert_eq!(fields(scope.bytes(1).0[0]).text(1), "cmdbus");
            scope.bytes(2).each(Seen::read)
        }
    }

    // Values of OTLP.
    const INTERNAL: u64 = 1;
    const SERVER: u64 = 2;
    const CLIENT: u64 = 3;
    const ERROR: u64 = 2;

    struct Seen {
        trace: String,
        id: String,
        parent: String,
        name: String,
        kind: u64,
        started: u64,
        ended: u64,
        attributes: Vec<(String, String)>,
        /// Message and code.
        status: Option<(String, u64)>,
    }

    impl Seen {
        fn read(span: &Fields<'_>) -> Self {
            let hex = |number| {
                let bytes = span.bytes(number).0.first().copied().unwrap_or_default();
                bytes.iter().map(|byte| format!("{byte:02x}")).collect()
            };
            let flags = span.number(16);
            assert_eq!(flags & 1, 1, "recorded");
            Self {
                trace: hex(1),
                id: hex(2),
                parent: hex(4),
                name: span.text(5),
                kind: span.number(6),
                started: span.number(7),
                ended: span.number(8),
                attributes: span.bytes(9).each(pair),
                status: span.bytes(15).each(|it| (it.text(2), it.number(3))).pop(),
            }
        }
    }

    fn pair(pair: &Fields<'_>) -> (String, String) {
        (pair.text(1), pair.bytes(2).one().text(1))
    }

    fn attribute(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    fn nanos(time: SystemTime) -> u64 {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        u64::try_from(since.as_nanos()).unwrap()
    }

    /// The fields of a protobuf message: number and value.
    struct Fields<'a>(Vec<(u64, Value<'a>)>);

    enum Value<'a> {
        Number(u64),
        Bytes(&'a [u8]),
    }

    struct Messages<'a>(Vec<&'a [u8]>);

    fn fields(mut message: &[u8]) -> Fields<'_> {
        let mut found = Vec::new();
        while !message.is_empty() {
            let tag = varint(&mut message);
            let value = match tag & 7 {
                0 => Value::Number(varint(&mut message)),
                1 => Value::Number(fixed(&mut message, 8)),
                2 => {
                    let length = usize::try_from(varint(&mut message)).unwrap();
                    Value::Bytes(message.split_off(..length).unwrap())
                }
                5 => Value::Number(fixed(&mut message, 4)),
                other => panic!("wire type {other}"),
            };
            found.push((tag >> 3, value));
        }
        Fields(found)
    }

    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *bytes.split_off_first().unwrap();
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return value;
            }
        }
        panic!("a number that is too long");
    }

    fn fixed(bytes: &mut &[u8], size: usize) -> u64 {
        let bytes = bytes.split_off(..size).unwrap();
        bytes
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    impl<'a> Fields<'a> {
        fn bytes(&self, number: u64) -> Messages<'a> {
            let chosen = self.0.iter().filter_map(|(it, value)| match value {
                Value::Bytes(bytes) if *it == number => Some(*bytes),
                _ => None,
            });
            Messages(chosen.collect())
        }

        fn text(&self, number: u64) -> String {
            let bytes = self.bytes(number).0.first().copied().unwrap_or_default();
            String::from_utf8(bytes.to_vec()).unwrap()
        }

        fn number(&self, number: u64) -> u64 {
            let chosen = self.0.iter().find_map(|(it, value)| match value {
                Value::Number(value) if *it == number => Some(*value),
                _ => None,
            });
            chosen.unwrap_or(0)
        }
    }

    impl<'a> Messages<'a> {
        fn one(&self) -> Fields<'a> {
            let [message] = self.0[..] else {
                panic!("{} messages", self.0.len());
            };
            fields(message)
        }

        fn each<T>(&self, read: impl Fn(&Fields<'a>) -> T) -> Vec<T> {
            self.0
                .iter()
                .map(|message| read(&fields(message)))
                .collect()
        }
    }
}
