//! Traces as CSV: a line `t,task,kind` for each event, after a heading with these names.
//!
//! Names with commas or quotes are quoted, as RFC 4180 says. Empty lines and comments, which begin with `#`, are
//! skipped. So a kernel's other output may stay in the file if it is commented out.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail, ensure};
use farjump_scheduler::EventKind;

use crate::name;
use crate::trace::{Trace, TraceEvent};

/// The heading.
const HEADING: &str = "t,task,kind";

/// The maximum number of events.
const MAX_EVENTS: usize = 10_000_000;

/// The maximum number of tasks.
const MAX_TASKS: usize = 100_000;

/// The last tick. A kernel that counts milliseconds reaches it in 34 years.
const MAX_TICK: u64 = 1 << 40;

/// Returns a trace as text.
#[must_use]
pub fn write(trace: &Trace) -> String {
    let mut text = format!("{HEADING}\n");
    for TraceEvent { tick, task, kind } in &trace.events {
        let name = task.map_or("", |task| trace.names[task].as_str());
        // Writing to a String can't fail.
        let _ = writeln!(text, "{tick},{},{kind}", quoted(name));
    }
    text
}

fn quoted(name: &str) -> String {
    let is_plain = !name.contains([',', '"']) && !name.starts_with('#');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Parses a trace.
///
/// # Errors
/// A line isn't an event, or there are more lines than the maximum.
pub fn parse(bytes: &[u8]) -> Result<Trace> {
    let text =
        str::from_utf8(bytes).context("isn't UTF-8; a trace is text, a line `t,task,kind` an event")?;
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line == HEADING {
            continue;
        }
        reader.line(line).with_context(|| format!("line {number}"))?;
    }
    ensure!(!reader.trace.events.is_empty(), "has no event; a trace has a line `t,task,kind` for each");
    Ok(reader.trace)
}

#[derive(Debug, Default)]
struct Reader {
    trace: Trace,
    numbers: HashMap<String, usize>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<()> {
        let (tick, rest) = line.split_once(',').context("no comma; an event is `t,task,kind`")?;
        let (name, kind) = rest.rsplit_once(',').context("one comma; an event is `t,task,kind`")?;
        let tick: u64 = tick.parse().with_context(|| format!("{tick:?} is no tick, a whole number"))?;
        let kind = EventKind::from_name(kind).with_context(|| format!("{kind:?} is no kind of event"))?;
        if let Some(last) = self.trace.events.last() {
            ensure!(last.tick <= tick, "tick {tick} comes after tick {}", last.tick);
        }
        ensure!(tick <= MAX_TICK, "tick {tick}; {MAX_TICK} is the limit");
        ensure!(self.trace.events.len() < MAX_EVENTS, "more than {MAX_EVENTS} events, which is the limit");
        let name = unquoted(name)?;
        if name.is_empty() != (kind == EventKind::Boost) {
            bail!("{kind}: each event but a boost has a task");
        }
        let task = if kind == EventKind::Boost { None } else { Some(self.number(name)?) };
        self.trace.events.push(TraceEvent { tick, task, kind });
        Ok(())
    }

    /// Returns the number of the task with this name, a new one if it hasn't been seen.
    fn number(&mut self, name: String) -> Result<usize> {
        if let Some(number) = self.numbers.get(&name) {
            return Ok(*number);
        }
        name::check(&name).context("the task's name")?;
        let number = self.trace.names.len();
        ensure!(number < MAX_TASKS, "more than {MAX_TASKS} tasks, which is the limit");
        self.trace.names.push(name.clone());
        self.numbers.insert(name, number);
        Ok(number)
    }
}

fn unquoted(name: &str) -> Result<String> {
    let Some(quoted) = name.strip_prefix('"') else { return Ok(name.to_owned()) };
    let inner = quoted.strip_suffix('"').context("a quoted name has no closing quote")?;
    Ok(inner.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_read_back() {
        let text = "t,task,kind\n0,\"a,\"\"b\"\"\",arrive\n0,c,priority:3\n7,,boost\n7,\"#d\",kill\n";
        assert_eq!(write(&parse(text.as_bytes()).unwrap()), text);
    }

    #[test]
    fn a_name_that_a_chart_cannot_show_is_refused_and_one_that_is_long_enough_for_all_is_not() {
        let error_of =
            |name: &str| parse(format!("0,{name},arrive").as_bytes()).err().map(|error| format!("{error:#}"));
        assert_eq!(error_of(&"a".repeat(64)), None);
        let long = "line 1: the task's name: has more than 64 characters";
        assert_eq!(error_of(&"a".repeat(65)).as_deref(), Some(long));
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, message) in [
            ("0,a", "line 1"),
            ("# x\n\n-1,a,arrive", "line 3"),
            ("0,a,arrives", "line 1"),
            ("5,a,arrive\n4,a,dispatch", "line 2"),
            ("0,,arrive", "line 1"),
            ("0,a,boost", "line 1"),
            ("0,\"a,arrive", "line 1"),
            ("1099511627777,a,arrive", "line 1"),
            ("0,\u{1b}[2J,arrive", "line 1"),
            ("", "has no event; a trace has a line `t,task,kind` for each"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().to_string(), message, "{text}");
        }
    }
}
