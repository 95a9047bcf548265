//! The output formats of schedules.

mod canvas;
mod chrome;
mod compare;
mod json;
mod svg;
mod svg_compare;
mod table;
mod text;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::csv;
use crate::schedule::Schedule;
use crate::trace::Trace;
pub use compare::Comparison;

/// How a schedule is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A Gantt chart and a table
    Text,
    /// All figures
    Json,
    /// The events
    Csv,
    /// A Gantt picture
    Svg,
    /// For Perfetto and chrome://tracing
    Chrome,
}

/// Returns a trace in this format.
///
/// # Errors
/// It is too large for a picture.
pub fn show(trace: &Trace, title: &str, format: Format) -> Result<String> {
    let schedule = Schedule::of(trace);
    Ok(match format {
        Format::Text => text::text(&schedule, title),
        Format::Json => json::json(&schedule),
        Format::Csv => csv::write(trace),
        Format::Svg => svg::svg(&schedule, title)?,
        Format::Chrome => chrome::chrome(&schedule, title),
    })
}

/// Returns the schedules of one workload with several policies, side by side.
///
/// # Errors
/// The format supports only one schedule, or the picture would be too large.
pub fn compare(rows: &[Comparison], format: Format) -> Result<String> {
    Ok(match format {
        Format::Text => compare::compare_text(rows),
        Format::Json => compare::compare_json(rows),
        Format::Svg => svg_compare::compare_svg(rows)?,
        Format::Csv | Format::Chrome => bail!("compare has the formats text, json and svg; `run` has all"),
    })
}

/// Returns the text of a number that may be unknown.
fn or_dash(number: Option<u64>) -> String {
    number.map_or_else(|| "–".to_owned(), |number| number.to_string())
}

/// Returns the text of a mean that may be unknown, with two decimals.
fn mean_or_dash(mean: Option<f64>) -> String {
    mean.map_or_else(|| "–".to_owned(), |mean| format!("{mean:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a schedule of two tasks that alternate every tick.
    fn turns(ticks: usize) -> Trace {
        let begin = "0,A,arrive\n0,B,arrive\n".to_owned();
        let turn =
            |tick: usize| format!("{tick},{},dispatch\n", if tick.is_multiple_of(2) { "A" } else { "B" });
        csv::parse((begin + &(0..ticks).map(turn).collect::<String>()).as_bytes()).unwrap()
    }

    #[test]
    fn a_picture_too_large_to_look_at_is_refused_and_says_what_to_do() {
        assert!(show(&turns(5000), "", Format::Svg).is_ok());
        let error = show(&turns(20_000), "", Format::Svg).unwrap_err().to_string();
        assert!(error.contains("20000 is the limit") && error.contains("--format chrome"), "{error}");
        let row = |_| {
            let schedule = Schedule::of(&turns(4000));
            Comparison { kind: farjump_scheduler::PolicyKind::Fcfs, title: String::new(), schedule }
        };
        let rows: Vec<Comparison> = (0..6).map(row).collect();
        assert!(compare(&rows[..5], Format::Svg).is_ok());
        assert!(compare(&rows, Format::Svg).unwrap_err().to_string().contains("is the limit"));
        for format in [Format::Text, Format::Json, Format::Csv, Format::Chrome] {
            assert!(show(&turns(20_000), "", format).is_ok(), "{format:?}");
        }
    }
}
