//! The Chrome trace format, which Perfetto (<https://ui.perfetto.dev>) and chrome://tracing open. A tick is a
//! millisecond, as in the kernel.
//!
//! Source: *Trace Event Format*, the design document of Chrome's trace viewer.

use serde_json::{Value, json};

use super::super::schedule::{Phase, Schedule};

/// Microseconds of a tick.
const TICK: u64 = 1000;

/// The process that all tasks belong to.
const PROCESS: u64 = 1;

/// A schedule as a Chrome trace. A task's row has the number of the task, counted from 1; row 0 has the boosts.
pub(in super::super) fn chrome(schedule: &Schedule, title: &str) -> String {
    let mut events = vec![metadata("process_name", 0, title), metadata("thread_name", 0, "scheduler")];
    for (row, task) in (1..).zip(&schedule.tasks) {
        events.push(metadata("thread_name", row, &task.name));
        events.extend(task.arrival.map(|tick| instant("arrival", row, tick, "t")));
        events.extend(task.spans.iter().filter(|span| span.phase != Phase::Ready).map(|span| {
            let name = if span.phase == Phase::Running { task.name.as_str() } else { "sleep" };
            let length = (span.end - span.start) * TICK;
            json!({"name": name, "cat": "sched", "ph": "X", "pid": PROCESS, "tid": row, "ts": span.start * TICK, "dur": length})
        }));
    }
    events.extend(schedule.boosts.iter().map(|tick| instant("boost", 0, *tick, "p")));
    let trace = json!({"displayTimeUnit": "ms", "traceEvents": events});
    format!("{trace:#}\n")
}

fn metadata(what: &str, row: u64, name: &str) -> Value {
    json!({"name": what, "ph": "M", "pid": PROCESS, "tid": row, "args": {"name": name}})
}

fn instant(name: &str, row: u64, tick: u64, scope: &str) -> Value {
    json!({"name": name, "cat": "sched", "ph": "i", "pid": PROCESS, "tid": row, "ts": tick * TICK, "s": scope})
}
