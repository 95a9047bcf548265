//! One picture of six schedules: a row for each policy, all on one axis, with the means beside them.

use anyhow::Result;

use super::canvas::{Anchor, Canvas, TOP, WIDTH, check_size, colours, margin_for};
use super::compare::Comparison;
use super::mean_or_dash;
use super::svg::{strip, strip_size};
use crate::schedule::Figures;

/// Pixels from one policy to the next.
const ROW: f64 = 66.0;

/// Pixels of a bar.
const BAR: f64 = 30.0;

/// Pixels right of the plot, for three columns of means.
const RIGHT: f64 = 270.0;

/// A column of means: its right edge from the picture's, and its name.
const COLUMNS: [(f64, &str); 3] = [(190.0, "turnaround"), (110.0, "waiting"), (24.0, "response")];

/// Six schedules as a picture.
///
/// # Errors
/// It would be too large.
pub(crate) fn compare_svg(rows: &[Comparison]) -> Result<String> {
    check_size(rows.iter().map(|row| strip_size(&row.schedule)).sum())?;
    let start = rows.iter().map(|row| row.schedule.start).min().unwrap_or(0);
    let end = rows.iter().map(|row| row.schedule.end).max().unwrap_or(0);
    let mut canvas = Canvas::new(margin_for(rows.iter().map(|row| row.kind.name())), RIGHT, start, end);
    let bottom = TOP + rows.len() as f64 * ROW;
    canvas.text((24.0, 36.0), Anchor::Start, "title", "One workload, six policies");
    for (right, name) in COLUMNS {
        canvas.text((WIDTH - right, TOP - 8.0), Anchor::End, "figures", name);
    }
    canvas.text(
        (24.0, 60.0),
        Anchor::Start,
        "figures",
        "who runs; hatched: the CPU is idle. Beside it means, in ticks",
    );
    legend(&mut canvas, rows);
    canvas.axis(TOP, bottom);
    let mut top = TOP;
    for row in rows {
        policy(&mut canvas, row, top);
        top += ROW;
    }
    Ok(canvas.finish(bottom + 52.0))
}

/// The tasks' colours, as many as fit.
fn legend(canvas: &mut Canvas, rows: &[Comparison]) {
    let Some(first) = rows.first() else { return };
    let (y, mut x) = (TOP - 26.0, 24.0);
    for (number, task) in first.schedule.tasks.iter().enumerate() {
        let end = x + 36.0 + task.name.chars().count() as f64 * 9.0;
        if end > WIDTH - RIGHT {
            return;
        }
        let (fill, _) = colours(number);
        canvas.push(format_args!(r#"<rect x="{x:.1}" y="{y:.1}" width="14" height="14" fill="{fill}"/>"#));
        canvas.text((x + 20.0, y + 12.0), Anchor::Start, "figures", &task.name);
        x = end;
    }
}

fn policy(canvas: &mut Canvas, row: &Comparison, top: f64) {
    let (left, _) = canvas.edges();
    let bar = top + 26.0;
    let baseline = bar + BAR / 2.0 + 5.0;
    canvas.text((left, top + 18.0), Anchor::Start, "figures", &row.title);
    canvas.text((left - 14.0, baseline), Anchor::End, "name", row.kind.name());
    strip(canvas, &row.schedule, (bar, BAR));
    let Figures { mean, .. } = Figures::of(&row.schedule);
    for ((right, _), mean) in COLUMNS.into_iter().zip([mean.turnaround, mean.waiting, mean.response]) {
        canvas.text((WIDTH - right, baseline), Anchor::End, "name", &mean_or_dash(mean));
    }
}
