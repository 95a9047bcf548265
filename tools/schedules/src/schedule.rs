//! A schedule: the bars, the times of tasks, and the figures that result from a trace.
//!
//! Assumes nothing about the trace, which may be a kernel's that lacks its beginning: unknown values are `None`.

mod figures;
mod task;
#[cfg(test)]
mod tests;

use farjump_scheduler::EventKind;

use crate::trace::{Trace, TraceEvent};
pub(crate) use figures::{Figures, Totals};
pub(crate) use task::{Phase, Span, TaskTimes};

/// A time on the CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bar {
    /// The task's number.
    pub(crate) task: usize,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// The result of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub(crate) tasks: Vec<TaskTimes>,
    /// In order; adjacent times of one task are joined.
    pub(crate) bars: Vec<Bar>,
    /// Times in which the CPU switched to another task.
    pub(crate) switches: Vec<(u64, u64)>,
    pub(crate) boosts: Vec<u64>,
    /// Dispatches of another task than the last.
    pub(crate) context_switches: u64,
    pub(crate) preemptions: u64,
    /// The first event's tick.
    pub(crate) start: u64,
    /// The last event's tick.
    pub(crate) end: u64,
}

/// The state while the events are processed.
#[derive(Debug, Default)]
struct Reader {
    running: Option<(usize, u64)>,
    switching: Option<u64>,
    last: Option<usize>,
}

impl Schedule {
    /// Returns the schedule of a trace.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        let ticks = || trace.events.iter().map(|event| event.tick);
        let mut schedule = Self {
            tasks: trace.names.iter().map(|name| TaskTimes::new(name)).collect(),
            bars: Vec::new(),
            switches: Vec::new(),
            boosts: Vec::new(),
            context_switches: 0,
            preemptions: 0,
            start: ticks().min().unwrap_or(0),
            end: ticks().max().unwrap_or(0),
        };
        let mut reader = Reader::default();
        for event in &trace.events {
            schedule.take(&mut reader, event);
        }
        schedule.close_bar(&mut reader, schedule.end);
        for task in &mut schedule.tasks {
            task.close(schedule.end);
        }
        schedule
    }

    fn take(&mut self, reader: &mut Reader, event: &TraceEvent) {
        let tick = event.tick;
        let Some(number) = event.task else { return self.boosts.push(tick) };
        match event.kind {
            EventKind::Switch => reader.switching = Some(tick),
            EventKind::Dispatch => {
                self.close_bar(reader, tick);
                self.switches.extend(reader.switching.take().map(|start| (start, tick)));
                self.context_switches += u64::from(reader.last.is_some_and(|last| last != number));
                reader.running = Some((number, tick));
                reader.last = Some(number);
            }
            kind if kind.is_stop() && reader.running.is_some_and(|(task, _)| task == number) => {
                self.close_bar(reader, tick);
            }
            EventKind::Kill => reader.switching = None,
            _ => {}
        }
        self.preemptions += u64::from(event.kind == EventKind::Preempt);
        self.tasks[number].take(tick, event.kind);
    }

    fn close_bar(&mut self, reader: &mut Reader, end: u64) {
        let Some((task, start)) = reader.running.take().filter(|(_, start)| *start < end) else { return };
        match self.bars.last_mut().filter(|last| last.task == task && last.end == start) {
            Some(last) => last.end = end,
            None => self.bars.push(Bar { task, start, end }),
        }
    }

    /// Returns the number of ticks in which a task ran.
    #[must_use]
    pub fn busy(&self) -> u64 {
        self.bars.iter().map(|bar| bar.end - bar.start).sum()
    }

    /// Returns the task of a bar, by name.
    pub(crate) fn name(&self, bar: &Bar) -> &str {
        &self.tasks[bar.task].name
    }

    /// Returns the times without a running task or a switch, between the first event and the last.
    pub(crate) fn idle(&self) -> Vec<(u64, u64)> {
        let mut used: Vec<(u64, u64)> = self.bars.iter().map(|bar| (bar.start, bar.end)).collect();
        used.extend(&self.switches);
        used.sort_unstable();
        used.push((self.end, self.end));
        let mut gaps = Vec::new();
        let mut now = self.start;
        for (start, end) in used {
            if now < start {
                gaps.push((now, start));
            }
            now = now.max(end);
        }
        gaps
    }
}
