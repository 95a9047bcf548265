//! The Chrome trace format, which Perfetto (<https://ui.perfetto.dev>) and chrome://tracing open. A tick is a
//! millisecond, as in the kernel.
//!
//! Source: *Trace Event Format*, the design document of Chrome's trace viewer.

use serde::Serialize;

use crate::schedule::{Phase, Schedule, Span, TaskTimes};

/// Microseconds of a tick.
const TICK: u64 = 1000;

/// The process that all tasks belong to.
const PROCESS: u64 = 1;

/// The row of events without a task: the boosts. A task's row has the number of the task, counted from 1.
const SCHEDULER: u64 = 0;

/// An event of the format. Fields that it doesn't have are left out.
#[derive(Debug, Serialize)]
struct Event<'a> {
    name: &'a str,
    ph: &'static str,
    pid: u64,
    tid: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Name<'a>>,
}

#[derive(Debug, Serialize)]
struct Name<'a> {
    name: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace<'a> {
    display_time_unit: &'static str,
    trace_events: Vec<Event<'a>>,
}

/// Returns a schedule as a Chrome trace.
pub(crate) fn chrome(schedule: &Schedule, title: &str) -> String {
    let mut events = vec![
        Event::metadata("process_name", SCHEDULER, title),
        Event::metadata("thread_name", SCHEDULER, "scheduler"),
    ];
    for (row, task) in (SCHEDULER + 1..).zip(&schedule.tasks) {
        events.push(Event::metadata("thread_name", row, &task.name));
        events.extend(task.arrival.map(|tick| Event::instant("arrival", row, tick, "t")));
        let spans = task.spans.iter().filter(|span| span.phase != Phase::Ready);
        events.extend(spans.map(|span| Event::span(task, row, span)));
    }
    events.extend(schedule.boosts.iter().map(|tick| Event::instant("boost", SCHEDULER, *tick, "p")));
    let trace = Trace { display_time_unit: "ms", trace_events: events };
    // It holds nothing that JSON can't.
    serde_json::to_string_pretty(&trace).unwrap_or_default() + "\n"
}

impl<'a> Event<'a> {
    fn new(name: &'a str, ph: &'static str, tid: u64) -> Self {
        Self { name, ph, pid: PROCESS, tid, cat: None, ts: None, dur: None, s: None, args: None }
    }

    fn metadata(what: &'static str, row: u64, name: &'a str) -> Self {
        Self { args: Some(Name { name }), ..Self::new(what, "M", row) }
    }

    fn instant(name: &'static str, row: u64, tick: u64, scope: &'static str) -> Self {
        Self { cat: Some("sched"), ts: Some(tick * TICK), s: Some(scope), ..Self::new(name, "i", row) }
    }

    fn span(task: &'a TaskTimes, row: u64, span: &Span) -> Self {
        let name = if span.phase == Phase::Running { &task.name } else { "sleep" };
        let (ts, dur) = (Some(span.start * TICK), Some((span.end - span.start) * TICK));
        Self { cat: Some("sched"), ts, dur, ..Self::new(name, "X", row) }
    }
}
