//! Deadlines, cancellation, progress and streamed results: the rules for calls in progress.
//!
//! Every frame is about one call and is known by the id that the call has on its link, so a hop sends a
//! frame of its own for each that it gets. A frame that fits no open call, comes from somebody else than
//! the other end of that call, or was not agreed on, is ignored and counted: it may just be late.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::calls::Incoming;
use super::effect::{Effect, Outcome, Outgoing, RunId, SessionId, Span, SpanKind};
use super::throttle::{REPORT_INTERVAL, Throttle, Verdict};
use super::timers::TimerId;
use super::{Asked, Node, Outstanding, TimerKey};
use crate::error::ExecuteErrorCode;
use crate::extension::{
    self, CallTerms, CancelReason, Features, Frame, MAX_CREDIT, Progress, Report,
};
use crate::message::{ExecuteError, MessageId, MessageMeta};
use crate::payload::Payload;

/// How many cancellations wait for a peer to say what it can do.
const EARLY_CANCELS: usize = 1024;

/// What a span says of a call that was given up.
pub(super) const CANCELLED: &str = "cancelled";

/// What goes with a request we have sent, beyond its answer. Absent for a plain call.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) progress: Option<Throttle>,
    pub(super) items: Option<Inflow>,
    /// When it was sent, if the caller wants to know.
    traced: Option<Instant>,
    span: Option<OpenSpan>,
}

/// What goes with a handler that works for a peer, beyond its result. Absent for a plain call.
#[derive(Debug, Default)]
pub(super) struct RunExtras {
    pub(super) progress: Option<Throttle>,
    items: Option<Outflow>,
    /// When it was started, if the caller wants to know.
    traced: Option<Instant>,
    /// The traces of calls that the handler has made.
    calls: Vec<Value>,
    span: Option<OpenSpan>,
}

/// Work that an observer will hear of when it is done.
#[derive(Debug)]
pub(super) struct OpenSpan {
    kind: SpanKind,
    command_id: String,
    traceparent: String,
    started: Instant,
}

/// What a span can be attached to.
pub(super) trait Observed: Default {
    fn span(&mut self) -> &mut Option<OpenSpan>;
}

impl Observed for Extras {
    fn span(&mut self) -> &mut Option<OpenSpan> {
        &mut self.span
    }
}

impl Observed for RunExtras {
    fn span(&mut self) -> &mut Option<OpenSpan> {
        &mut self.span
    }
}

/// Items on their way from a callee.
#[derive(Debug)]
pub(super) struct Inflow {
    /// The number of the item that comes next.
    next: u64,
    /// How many the callee may have sent in all.
    allowed: u64,
    /// How many of them it has not been told of yet, because it has not said whether it streams.
    untold: u64,
    /// How long the next one may take, and the timer that says so. Only for calls of this process.
    idle: Option<(Duration, Option<TimerId>)>,
}

/// Items on their way from a handler of this process.
#[derive(Debug)]
pub(super) struct Outflow {
    next: u64,
    allowed: u64,
}

/// Who reports progress: a handler of this process, or the callee of a forwarded call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reporter {
    Run(RunId),
    Route(MessageId),
}

/// What became of an item that a handler wants to send.
#[derive(Debug, PartialEq)]
#[must_use]
pub enum ItemSent {
    /// It is on its way.
    Sent,
    /// The caller has to ask for more first; [`Effect::Credit`] says when.
    NoCredit(Payload),
    /// Nobody waits for items of this run, now or ever.
    Unwanted,
}

impl Extras {
    /// Returns what has to be kept of terms that a peer has been asked for.
    pub(super) fn of(
        terms: CallTerms,
        between_reports: Duration,
        now: Instant,
    ) -> Option<Box<Self>> {
        asks(terms).then(|| {
            Box::new(Self {
                progress: terms.progress.then(|| Throttle::new(between_reports)),
                items: terms.credit.map(|credit| Inflow {
                    next: 0,
                    allowed: credit.into(),
                    untold: 0,
                    idle: None,
                }),
                traced: terms.trace.then_some(now),
                span: None,
            })
        })
    }

    /// Says what is wrong if a reply counts other items than have come.
    pub(super) fn missing_items(&self, meta: Option<&MessageMeta>) -> Option<String> {
        let flow = self.items.as_ref()?;
        let said = extension::items_said(meta).filter(|said| *said != flow.next)?;
        Some(format!("stream broken: {} items came of {said}", flow.next))
    }

    /// Returns the timers that run for it.
    pub(super) fn timers(&self) -> impl Iterator<Item = TimerId> {
        let idle = self.items.as_ref().and_then(|flow| flow.idle);
        let report = self.progress.as_ref().and_then(Throttle::timer);
        idle.and_then(|(_, timer)| timer).into_iter().chain(report)
    }
}

impl RunExtras {
    /// Returns what has to be kept of the terms a peer has called with.
    pub(super) fn of(terms: CallTerms, now: Instant) -> Option<Box<Self>> {
        asks(terms).then(|| {
            Box::new(Self {
                progress: terms.progress.then(|| Throttle::new(REPORT_INTERVAL)),
                items: terms.credit.map(|credit| Outflow {
                    next: 0,
                    allowed: credit.into(),
                }),
                traced: terms.trace.then_some(now),
                calls: Vec::new(),
                span: None,
            })
        })
    }
}

fn asks(terms: CallTerms) -> bool {
    terms.progress || terms.credit.is_some() || terms.trace
}

/// Adds credit to what was allowed, up to the most that may be outstanding. Returns how much counted.
fn extend(allowed: &mut u64, next: u64, add: u64) -> u64 {
    let most = next + u64::from(MAX_CREDIT);
    let added = add.min(most.saturating_sub(*allowed));
    *allowed += added;
    added
}

impl<H: Clone, W> Node<H, W> {
    /// Takes note of what a peer says it can do. It stands for the life of the session: calls may have
    /// begun that need it.
    pub(super) fn on_announcement(&mut self, from: SessionId, meta: Option<&MessageMeta>) {
        let announced = Features::announced(meta).unwrap_or_default();
        let ours = self.config.features;
        let Some(session) = self.sessions.get_mut(&from) else {
            return;
        };
        session.features = session.features.either(ours.both(announced));
        if std::mem::replace(&mut session.introduced, true) {
            return;
        }
        // What could not be said before. The order is that of the ids, so that it is always the same.
        let mut asked: Vec<_> = session.asked.iter().copied().collect();
        asked.sort_unstable();
        for (thid, reason) in std::mem::take(&mut session.early_cancels) {
            self.send_cancel(from, thid, &reason);
        }
        for id in asked {
            self.tell_credit(from, id);
        }
    }

    /// Returns what a callee can be asked for. As long as it has not said what it can do, everything:
    /// it has our word before our request, and a peer that cannot do it does not see the keys.
    pub(super) fn expected_features(&self, session: SessionId) -> Features {
        match self.sessions.get(&session) {
            Some(session) if !session.introduced => self.config.features,
            Some(session) => session.features,
            None => Features::default(),
        }
    }

    /// Returns what can be done on a session, because both ends have said so.
    pub(super) fn features(&self, session: SessionId) -> Features {
        self.sessions
            .get(&session)
            .map(|session| session.features)
            .unwrap_or_default()
    }

    /// Takes a frame from a peer.
    pub(super) fn on_frame(
        &mut self,
        from: SessionId,
        event_id: &str,
        payload: Option<Payload>,
        now: Instant,
    ) {
        let features = self.features(from);
        let taken = match Frame::read(event_id, payload) {
            Some((thid, Frame::Cancel(reason))) if features.cancel => {
                self.on_cancel(from, thid, &reason, now)
            }
            Some((thid, Frame::Progress(report))) if features.progress => {
                self.on_progress(from, thid, report, now)
            }
            Some((thid, Frame::Item { seq, item })) if features.stream => {
                self.on_item(from, thid, seq, item, now)
            }
            Some((thid, Frame::Credit(add))) if features.stream => self.on_credit(from, thid, add),
            _ => false,
        };
        self.stats.ignored_frames += u64::from(!taken);
    }

    fn send_frame(&mut self, to: SessionId, thid: MessageId, frame: Frame) {
        let message = frame.into_message((self.ids)(), thid);
        self.send(to, message);
    }

    // Cancellation

    /// Tells a callee that nobody waits for its answer any more, if it can be told.
    pub(super) fn send_cancel(&mut self, to: SessionId, thid: MessageId, reason: &CancelReason) {
        if self.features(to).cancel {
            return self.send_frame(to, thid, Frame::Cancel(reason.clone()));
        }
        // It may turn out to know what this means.
        if self.config.features.cancel
            && let Some(session) = self.sessions.get_mut(&to)
            && !session.introduced
            && session.early_cancels.len() < EARLY_CANCELS
        {
            session.early_cancels.push((thid, reason.clone()));
        }
    }

    fn on_cancel(
        &mut self,
        from: SessionId,
        thid: MessageId,
        reason: &CancelReason,
        now: Instant,
    ) -> bool {
        match self.incoming(from, thid) {
            Some(Incoming::Forwarded(id)) => self.cancel_route(id, reason, now),
            Some(Incoming::Running(run)) => self.cancel_run(run, reason, now),
            Some(Incoming::Parked(serial)) => drop(self.take_parked(from, serial)),
            None => return false,
        }
        true
    }

    /// Forgets a forwarded call and tells its callee.
    pub(super) fn cancel_route(&mut self, id: MessageId, reason: &CancelReason, now: Instant) {
        if let Some(outstanding) = self.take_outstanding(id) {
            self.send_cancel(outstanding.target, id, reason);
            self.end_span(outstanding.extras, Some(CANCELLED), now);
        }
    }

    /// Lets a handler know that nobody waits for it. It gets nothing out any more; its place stays
    /// taken until the driver says that it is gone.
    pub(super) fn cancel_run(&mut self, id: RunId, reason: &CancelReason, now: Instant) {
        let Some(run) = self.runs.get_mut(&id).filter(|run| !run.closed) else {
            return;
        };
        run.closed = true;
        let session = run.session;
        let due = now.checked_add(self.config.limits.cancel_grace);
        let grace = due.map(|due| self.timers.start(due, TimerKey::Run(id)));
        self.timers.stop(std::mem::replace(&mut run.timer, grace));
        let extras = run.extras.take();
        let report = extras
            .as_ref()
            .and_then(|extras| extras.progress.as_ref()?.timer());
        self.timers.stop(report);
        self.end_span(extras, Some(CANCELLED), now);
        self.effects.push_back(Effect::CancelRun {
            session,
            run: id,
            reason: reason.clone(),
        });
    }

    // Progress

    /// Takes a report of a handler. Ignored unless its caller asked for it. Beyond 20 in a second only
    /// the latest is sent.
    pub fn report(&mut self, run: RunId, progress: Progress, now: Instant) {
        if let Some(throttle) = self.throttle(Reporter::Run(run))
            && let Some(progress) = progress.checked()
        {
            let seq = throttle.next_seq();
            self.offer(Reporter::Run(run), Report { seq, progress }, now);
        }
        self.finish(now);
    }

    fn on_progress(
        &mut self,
        from: SessionId,
        thid: MessageId,
        report: Report,
        now: Instant,
    ) -> bool {
        let Some(outstanding) = self.outstanding.get(&thid) else {
            return false;
        };
        let asked = outstanding
            .extras
            .as_ref()
            .is_some_and(|extras| extras.progress.is_some());
        if outstanding.target != from || !asked {
            return false;
        }
        self.offer(Reporter::Route(thid), report, now)
    }

    fn throttle(&mut self, reporter: Reporter) -> Option<&mut Throttle> {
        match reporter {
            Reporter::Run(run) => self.runs.get_mut(&run)?.extras.as_mut()?.progress.as_mut(),
            Reporter::Route(id) => {
                let extras = self.outstanding.get_mut(&id)?.extras.as_mut()?;
                extras.progress.as_mut()
            }
        }
    }

    /// Returns false if the report goes backwards.
    fn offer(&mut self, reporter: Reporter, report: Report, now: Instant) -> bool {
        let Some(throttle) = self.throttle(reporter) else {
            return false;
        };
        match throttle.offer(report, now) {
            Verdict::Send(report) => self.pass_report(reporter, report),
            Verdict::Wait(report, due) => {
                let timer = self.timers.start(due, TimerKey::Report(reporter));
                if let Some(throttle) = self.throttle(reporter) {
                    throttle.hold(report, timer);
                }
            }
            Verdict::Replaced => {}
            Verdict::Refused => return false,
        }
        true
    }

    pub(super) fn report_due(&mut self, reporter: Reporter, now: Instant) {
        if let Some(throttle) = self.throttle(reporter)
            && let Some(report) = throttle.take_due(now)
        {
            self.pass_report(reporter, report);
        }
    }

    fn pass_report(&mut self, reporter: Reporter, report: Report) {
        match reporter {
            Reporter::Run(id) => {
                if let Some(run) = self.runs.get(&id) {
                    let (to, thid) = (run.session, run.request_id);
                    self.send_frame(to, thid, Frame::Progress(report));
                }
            }
            Reporter::Route(id) => match self.outstanding.get(&id).map(|it| &it.asked) {
                Some(Asked::Call { .. }) => self.tell_progress(id, report),
                Some(Asked::Route { origin, origin_id }) => {
                    let (to, thid) = (*origin, *origin_id);
                    self.send_frame(to, thid, Frame::Progress(report));
                }
                _ => {}
            },
        }
    }

    fn pass_report_to(&mut self, id: MessageId, asked: &Asked<W>, report: Report) {
        match asked {
            Asked::Call { .. } => self.tell_progress(id, report),
            Asked::Route { origin, origin_id } => {
                self.send_frame(*origin, *origin_id, Frame::Progress(report));
            }
            _ => {}
        }
    }

    fn tell_progress(&mut self, call: MessageId, report: Report) {
        self.effects.push_back(Effect::Progress {
            call,
            progress: report.progress,
        });
    }

    // Streams

    /// Sends an item of a handler's result, if its caller has given credit for it.
    pub fn send_item(&mut self, run: RunId, item: Payload, now: Instant) -> ItemSent {
        let Some(run) = self.runs.get_mut(&run) else {
            return ItemSent::Unwanted;
        };
        let (to, thid) = (run.session, run.request_id);
        let extras = run.extras.as_mut();
        let Some(flow) = extras.and_then(|extras| extras.items.as_mut()) else {
            return ItemSent::Unwanted;
        };
        if flow.next >= flow.allowed {
            return ItemSent::NoCredit(item);
        }
        let seq = flow.next;
        flow.next += 1;
        self.pass_item(to, thid, seq, item);
        self.finish(now);
        ItemSent::Sent
    }

    fn pass_item(&mut self, to: SessionId, thid: MessageId, seq: u64, item: Payload) {
        let message = Frame::Item { seq, item }.into_message((self.ids)(), thid);
        self.send_outgoing(to, Outgoing::item(message, thid));
    }

    fn on_item(
        &mut self,
        from: SessionId,
        thid: MessageId,
        seq: u64,
        item: Payload,
        now: Instant,
    ) -> bool {
        let Some(outstanding) = self
            .outstanding
            .get_mut(&thid)
            .filter(|outstanding| outstanding.target == from)
        else {
            return false;
        };
        let extras = outstanding.extras.as_mut();
        let Some(flow) = extras.and_then(|extras| extras.items.as_mut()) else {
            return false;
        };
        if seq != flow.next || seq >= flow.allowed {
            let why = if seq == flow.next {
                format!("stream broken: item {seq} came without credit")
            } else {
                format!("stream broken: item {seq} came in place of {}", flow.next)
            };
            self.break_stream(thid, why, now);
            return true;
        }
        flow.next += 1;
        match &outstanding.asked {
            Asked::Call { .. } => {
                self.effects.push_back(Effect::Item { call: thid, item });
                self.restart_idle(thid, now);
            }
            Asked::Route { origin, origin_id } => {
                let (to, thid) = (*origin, *origin_id);
                self.pass_item(to, thid, seq, item);
            }
            _ => {}
        }
        true
    }

    /// Ends a streamed call whose items cannot be complete any more: the caller hears why, the callee
    /// that it can stop.
    pub(super) fn break_stream(&mut self, id: MessageId, why: String, now: Instant) {
        let Some(outstanding) = self.take_outstanding(id) else {
            return;
        };
        self.send_cancel(outstanding.target, id, &CancelReason::CALLER_GONE);
        let error = ExecuteError::new(ExecuteErrorCode::InternalError, why);
        self.answer(id, outstanding, None, Err(error), now);
    }

    /// Ends a streamed call whose item the caller's channel has refused.
    pub(super) fn item_refused(
        &mut self,
        session: SessionId,
        thid: MessageId,
        text: &str,
        now: Instant,
    ) {
        let why = format!("an item of the result could not be sent: {text}");
        match self.incoming(session, thid) {
            Some(Incoming::Forwarded(id)) => self.break_stream(id, why, now),
            Some(Incoming::Running(run)) => {
                let error = ExecuteError::new(ExecuteErrorCode::InternalError, why);
                self.fail_run(run, error, now);
            }
            Some(Incoming::Parked(_)) | None => {}
        }
    }

    /// Ends a streamed call whose callee's channel has refused credit.
    pub(super) fn credit_refused(
        &mut self,
        session: SessionId,
        id: MessageId,
        text: &str,
        now: Instant,
    ) {
        let asked = self.outstanding.get(&id);
        if asked.is_some_and(|asked| asked.target == session) {
            let why = format!("credit for more items could not be sent: {text}");
            self.break_stream(id, why, now);
        }
    }

    /// Lets the callee of an own call send `add` more items. Unknown calls are ignored: it may have
    /// been answered.
    pub fn give_credit(&mut self, call: MessageId, add: u32, now: Instant) {
        self.pass_credit(call, add.into());
        self.restart_idle(call, now);
        self.finish(now);
    }

    /// Returns false if the call has no items that could be asked for.
    fn pass_credit(&mut self, id: MessageId, add: u64) -> bool {
        let Some(outstanding) = self.outstanding.get_mut(&id) else {
            return false;
        };
        let target = outstanding.target;
        let extras = outstanding.extras.as_mut();
        let Some(flow) = extras.and_then(|extras| extras.items.as_mut()) else {
            return false;
        };
        let added = extend(&mut flow.allowed, flow.next, add);
        flow.untold += added;
        self.tell_credit(target, id);
        true
    }

    /// Passes on the credit that a callee has not been told of, as soon as it can be told.
    fn tell_credit(&mut self, target: SessionId, id: MessageId) {
        if !self.features(target).stream {
            return;
        }
        let outstanding = self.outstanding.get_mut(&id);
        let extras = outstanding.and_then(|it| it.extras.as_mut());
        if let Some(flow) = extras.and_then(|extras| extras.items.as_mut())
            && flow.untold > 0
        {
            let added = std::mem::take(&mut flow.untold);
            let message = Frame::Credit(added).into_message((self.ids)(), id);
            self.send_outgoing(target, Outgoing::credit(message, id));
        }
    }

    fn on_credit(&mut self, from: SessionId, thid: MessageId, add: u64) -> bool {
        match self.incoming(from, thid) {
            Some(Incoming::Forwarded(id)) => return self.pass_credit(id, add),
            Some(Incoming::Running(id)) => {
                let Some(run) = self.runs.get_mut(&id) else {
                    return false;
                };
                let session = run.session;
                let extras = run.extras.as_mut();
                let Some(flow) = extras.and_then(|extras| extras.items.as_mut()) else {
                    return false;
                };
                if extend(&mut flow.allowed, flow.next, add) > 0 {
                    self.effects.push_back(Effect::Credit { session, run: id });
                }
            }
            // It comes before anything that could be sent; the credit is counted from the request on.
            Some(Incoming::Parked(serial)) => {
                let session = self.sessions.get_mut(&from);
                let parked = session.and_then(|it| it.parked.get_mut(&serial));
                let Some(credit) = parked.and_then(|parked| parked.terms.credit.as_mut()) else {
                    return false;
                };
                let add = u32::try_from(add).unwrap_or(u32::MAX);
                *credit = credit.saturating_add(add).min(MAX_CREDIT);
            }
            None => return false,
        }
        true
    }

    /// Bounds how long each item of an own call may take, from now on. Time during which the callee
    /// has no credit does not count.
    pub fn limit_idle(&mut self, call: MessageId, limit: Duration, now: Instant) {
        let extras = self
            .outstanding
            .get_mut(&call)
            .and_then(|it| it.extras.as_mut());
        if let Some(flow) = extras.and_then(|extras| extras.items.as_mut()) {
            let before = flow.idle.replace((limit, None));
            self.timers.stop(before.and_then(|(_, timer)| timer));
            self.restart_idle(call, now);
        }
    }

    fn restart_idle(&mut self, call: MessageId, now: Instant) {
        let extras = self
            .outstanding
            .get_mut(&call)
            .and_then(|it| it.extras.as_mut());
        if let Some(flow) = extras.and_then(|extras| extras.items.as_mut())
            && let Some((limit, timer)) = &mut flow.idle
        {
            self.timers.stop(timer.take());
            if flow.next < flow.allowed {
                *timer = now
                    .checked_add(*limit)
                    .map(|due| self.timers.start(due, TimerKey::Idle(call)));
            }
        }
    }

    /// Ends an own call whose next item took too long.
    pub(super) fn idle_expired(&mut self, call: MessageId, now: Instant) {
        if let Some(outstanding) = self.take_outstanding(call) {
            self.expire_call(call, outstanding, now);
        }
    }

    // The end of a call

    /// Returns whether a peer has as many streams open as it may.
    pub(super) fn streams_too_much(&self, from: SessionId) -> bool {
        let most = self.config.limits.streams_per_session;
        self.sessions
            .get(&from)
            .is_some_and(|session| session.streams >= most)
    }

    /// Ends own and forwarded calls alike: with what came, or with what became of them.
    pub(super) fn answer(
        &mut self,
        id: MessageId,
        mut outstanding: Outstanding<W>,
        mut meta: Option<MessageMeta>,
        result: Result<Option<Payload>, ExecuteError>,
        now: Instant,
    ) {
        let error = result.as_ref().err().map(|error| error.code.as_str());
        let extras = outstanding.extras.as_mut();
        let report = extras.and_then(|extras| extras.progress.as_mut()?.take());
        if let Some(report) = report {
            self.pass_report_to(id, &outstanding.asked, report);
        }
        let traced = outstanding.extras.as_ref().and_then(|extras| extras.traced);
        self.end_span(outstanding.extras, error, now);
        match outstanding.asked {
            Asked::Call { waiter } => {
                let trace = traced.map(|_| extension::take_trace(meta));
                let outcome = Outcome::Call(result, trace.unwrap_or_default());
                self.effects.push_back(Effect::Complete(waiter, outcome));
            }
            Asked::Route { origin, origin_id } => {
                if let Some(sent) = traced {
                    extension::add_to_trace(
                        &mut meta,
                        self.trace_entry("hop", sent, now, Vec::new()),
                    );
                }
                self.respond(origin, origin_id, meta, result);
            }
            _ => debug_assert!(false, "only calls are answered here"),
        }
    }

    /// Sends what has to come before the answer of a handler, and adds to the answer what belongs there.
    pub(super) fn close_own_run(
        &mut self,
        mut extras: RunExtras,
        (to, thid): (SessionId, MessageId),
        meta: &mut Option<MessageMeta>,
        error: Option<&ExecuteError>,
        now: Instant,
    ) {
        let throttle = extras.progress.as_mut();
        self.timers
            .stop(throttle.as_ref().and_then(|it| it.timer()));
        if let Some(report) = throttle.and_then(Throttle::take) {
            self.send_frame(to, thid, Frame::Progress(report));
        }
        if let Some(flow) = &extras.items {
            extension::items_before_reply(meta, flow.next);
        }
        if let Some(started) = extras.traced {
            let calls = std::mem::take(&mut extras.calls);
            extension::add_to_trace(meta, self.trace_entry("handler", started, now, calls));
        }
        let error = error.map(|error| error.code.as_str());
        self.end_span(Some(Box::new(extras)), error, now);
    }

    // Traces

    /// Adds the trace of a call that a handler has made to the handler's own. Ignored unless its caller
    /// asked for one.
    pub fn add_trace(&mut self, run: RunId, entry: Value) {
        let extras = self.runs.get_mut(&run).and_then(|run| run.extras.as_mut());
        if let Some(extras) = extras
            && extras.traced.is_some()
            && extras.calls.len() < extension::TRACE_ENTRIES
        {
            extras.calls.push(entry);
        }
    }

    fn trace_entry(&self, kind: &str, from: Instant, now: Instant, calls: Vec<Value>) -> Value {
        let spent = now.saturating_duration_since(from).as_micros();
        let mut entry = json!({"kind": kind, "us": u64::try_from(spent).unwrap_or(u64::MAX)});
        if let Some(name) = &self.config.name {
            entry["at"] = name.as_str().into();
        }
        if !calls.is_empty() {
            entry["calls"] = calls.into();
        }
        entry
    }

    /// Opens a span for somebody who observes, if the call belongs to a trace.
    pub(super) fn observed<E: Observed>(
        &self,
        extras: Option<Box<E>>,
        kind: SpanKind,
        command_id: &str,
        meta: Option<&MessageMeta>,
        now: Instant,
    ) -> Option<Box<E>> {
        if !self.config.spans {
            return extras;
        }
        let Some(traceparent) = meta.and_then(|meta| meta.traceparent.clone()) else {
            return extras;
        };
        let mut extras = extras.unwrap_or_default();
        *extras.span() = Some(OpenSpan {
            kind,
            command_id: command_id.to_owned(),
            traceparent,
            started: now,
        });
        Some(extras)
    }

    pub(super) fn end_span<E: Observed>(
        &mut self,
        extras: Option<Box<E>>,
        error: Option<&'static str>,
        now: Instant,
    ) {
        if let Some(open) = extras.and_then(|mut extras| extras.span().take()) {
            self.effects.push_back(Effect::Span(Span {
                kind: open.kind,
                command_id: open.command_id,
                traceparent: open.traceparent,
                started: open.started,
                ended: now,
                error,
            }));
        }
    }
}
