//! A Gantt picture: a row for each task, one for the CPU, and an axis.
//!
//! ```text
//! title, figures, legend
//!    A  ▼████░░░░████|         runs, ready, asleep; arrival, completion
//!    B      ▼░░░░████|
//!  CPU   [A  ][B ][A ]/////    who runs; hatched: idle
//!        0   5   10  15
//! ```

use anyhow::Result;

use super::canvas::{Anchor, Canvas, TOP, check_size, colours, margin_for};
use super::mean_or_dash;
use crate::schedule::{Figures, Phase, Schedule};

/// Pixels from one row to the next.
const ROW: f64 = 38.0;

/// Pixels of a bar.
const BAR: f64 = 26.0;

/// Attributes of a time without a task.
pub(super) const IDLE: &str = r#"fill="url(#idle)""#;

/// Attributes of a time in which the CPU switches to another task.
pub(super) const SWITCH: &str = r##"fill="#444444""##;

/// Returns a schedule as a picture.
///
/// # Errors
/// It would be too large.
pub(crate) fn svg(schedule: &Schedule, title: &str) -> Result<String> {
    let spans: usize = schedule.tasks.iter().map(|task| 1 + task.spans.len()).sum();
    check_size(spans + strip_size(schedule) + schedule.boosts.len())?;
    let names = schedule.tasks.iter().map(|task| task.name.as_str());
    let mut canvas = Canvas::new(margin_for(names), 40.0, schedule.start, schedule.end);
    let cpu_top = TOP + schedule.tasks.len() as f64 * ROW + 10.0;
    let bottom = cpu_top + ROW;
    canvas.text((24.0, 36.0), Anchor::Start, "title", title);
    canvas.text((24.0, 60.0), Anchor::Start, "figures", &figures(schedule));
    legend(&mut canvas, schedule);
    canvas.axis(TOP, bottom);
    for number in 0..schedule.tasks.len() {
        row(&mut canvas, schedule, number);
    }
    cpu(&mut canvas, schedule, (cpu_top, BAR));
    for tick in &schedule.boosts {
        let x = canvas.x(*tick);
        canvas.push(format_args!(
            r#"<line x1="{x:.1}" x2="{x:.1}" y1="{TOP}" y2="{bottom:.1}" class="boost"/>"#
        ));
    }
    Ok(canvas.finish(bottom + 52.0))
}

fn figures(schedule: &Schedule) -> String {
    let Figures { mean, .. } = Figures::of(schedule);
    let [turnaround, waiting, response] = [mean.turnaround, mean.waiting, mean.response].map(mean_or_dash);
    let switches = schedule.context_switches;
    format!(
        "mean turnaround {turnaround}, waiting {waiting}, response {response}; {switches} context switches"
    )
}

/// A task's row.
fn row(canvas: &mut Canvas, schedule: &Schedule, number: usize) {
    let task = &schedule.tasks[number];
    let top = TOP + number as f64 * ROW + 6.0;
    let middle = top + BAR / 2.0;
    let (left, _) = canvas.edges();
    canvas.text((left - 14.0, middle + 5.0), Anchor::End, "name", &task.name);
    let (fill, _) = colours(number);
    for span in &task.spans {
        let time = (span.start, span.end);
        match span.phase {
            Phase::Running => canvas.span(time, (top, BAR), &format!(r#"fill="{fill}" rx="2""#)),
            Phase::Ready => {
                canvas.span(time, (middle - 4.0, 8.0), &format!(r#"fill="{fill}" fill-opacity="0.3""#));
            }
            Phase::Waiting => canvas.span(
                time,
                (middle - 1.0, 2.0),
                &format!(r#"fill="none" stroke="{fill}" stroke-dasharray="3 3""#),
            ),
        }
    }
    if let Some(x) = task.arrival.map(|tick| canvas.x(tick)) {
        arrival(canvas, x, top);
    }
    if let Some(x) = task.completion.map(|tick| canvas.x(tick)) {
        completion(canvas, x, top);
    }
}

fn arrival(canvas: &mut Canvas, x: f64, top: f64) {
    let (tip, y) = (top + 3.0, top - 5.0);
    let (left, right) = (x - 5.0, x + 5.0);
    canvas
        .push(format_args!(r##"<path d="M{left:.1} {y:.1}H{right:.1}L{x:.1} {tip:.1}Z" fill="#222222"/>"##));
}

fn completion(canvas: &mut Canvas, x: f64, top: f64) {
    let (from, to) = (top - 4.0, top + BAR + 4.0);
    canvas.push(format_args!(
        r##"<line x1="{x:.1}" x2="{x:.1}" y1="{from:.1}" y2="{to:.1}" stroke="#222222" stroke-width="2.5"/>"##
    ));
}

/// The row with the CPU's tasks.
fn cpu(canvas: &mut Canvas, schedule: &Schedule, place: (f64, f64)) {
    let (left, _) = canvas.edges();
    canvas.text((left - 14.0, place.0 + place.1 / 2.0 + 5.0), Anchor::End, "name", "CPU");
    strip(canvas, schedule, place);
}

/// Bars of [`strip`].
pub(crate) fn strip_size(schedule: &Schedule) -> usize {
    schedule.idle().len() + schedule.switches.len() + schedule.bars.len()
}

/// The bars of all tasks in one row.
pub(super) fn strip(canvas: &mut Canvas, schedule: &Schedule, place: (f64, f64)) {
    for gap in schedule.idle() {
        canvas.span(gap, place, IDLE);
    }
    for switch in &schedule.switches {
        canvas.span(*switch, place, SWITCH);
    }
    for bar in &schedule.bars {
        canvas.bar(bar.task, schedule.name(bar), (bar.start, bar.end), place);
    }
}

fn legend(canvas: &mut Canvas, schedule: &Schedule) {
    let (y, grey) = (70.0, "#777777");
    let boxed = |canvas: &mut Canvas, x: f64, y: f64, height: f64, attributes: &str| {
        canvas
            .push(format_args!(r#"<rect x="{x:.1}" y="{y:.1}" width="22" height="{height}" {attributes}/>"#));
    };
    let mut x = 24.0;
    let mut entry = |canvas: &mut Canvas, name: &str, draw: &dyn Fn(&mut Canvas, f64)| {
        draw(canvas, x);
        canvas.text((x + 28.0, y + 11.0), Anchor::Start, "figures", name);
        x += 52.0 + name.len() as f64 * 7.0;
    };
    entry(canvas, "runs", &|canvas, x| boxed(canvas, x, y, 12.0, &format!(r#"fill="{grey}""#)));
    let ready = format!(r#"fill="{grey}" fill-opacity="0.3""#);
    entry(canvas, "ready", &|canvas, x| boxed(canvas, x, y + 3.0, 6.0, &ready));
    let sleeps = format!(r#"fill="none" stroke="{grey}" stroke-dasharray="3 3""#);
    entry(canvas, "sleeps", &|canvas, x| boxed(canvas, x, y + 5.0, 2.0, &sleeps));
    entry(canvas, "arrival", &|canvas, x| arrival(canvas, x + 11.0, y + 6.0));
    entry(canvas, "completion", &|canvas, x| {
        let x = x + 11.0;
        canvas.push(format_args!(
            r##"<line x1="{x:.1}" x2="{x:.1}" y1="{y:.1}" y2="{:.1}" stroke="#222222" stroke-width="2.5"/>"##,
            y + 12.0
        ));
    });
    entry(canvas, "CPU idle", &|canvas, x| boxed(canvas, x, y, 12.0, IDLE));
    if !schedule.switches.is_empty() {
        entry(canvas, "switch", &|canvas, x| boxed(canvas, x, y, 12.0, SWITCH));
    }
    if !schedule.boosts.is_empty() {
        entry(canvas, "boost", &|canvas, x| {
            let (x, to) = (x + 11.0, y + 12.0);
            canvas.push(format_args!(
                r#"<line x1="{x:.1}" x2="{x:.1}" y1="{y:.1}" y2="{to:.1}" class="boost"/>"#
            ));
        });
    }
}
