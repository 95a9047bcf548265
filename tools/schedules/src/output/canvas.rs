//! Parts of an SVG picture with a time axis. Text alone: the same schedule makes the same bytes.

#![expect(clippy::cast_possible_truncation, reason = "a picture has few columns and labels")]

use std::fmt::Write as _;

use anyhow::{Result, ensure};

/// Width of every picture, in pixels.
pub(super) const WIDTH: f64 = 1200.0;

/// Pixels between the plot and the picture's edges, on top.
pub(super) const TOP: f64 = 96.0;

/// Bars of a picture, at most. With more of them a bar is far less than a pixel, and no browser shows it in time.
const MAX_BARS: usize = 20_000;

/// Labels of the axis, at most.
const MAX_LABELS: u64 = 16;

/// Pixels of a letter, at most, in the size that names are written in.
const LETTER: f64 = 9.0;

/// Fills of tasks and the colour of text on them, which colour-blind readers can tell apart.
///
/// Source: Paul Tol, *Colour Schemes*, "bright" and "muted".
const FILLS: [(&str, &str); 10] = [
    ("#4477aa", "#ffffff"),
    ("#ee6677", "#ffffff"),
    ("#228833", "#ffffff"),
    ("#ccbb44", "#222222"),
    ("#66ccee", "#222222"),
    ("#aa3377", "#ffffff"),
    ("#332288", "#ffffff"),
    ("#ddcc77", "#222222"),
    ("#44aa99", "#222222"),
    ("#882255", "#ffffff"),
];

/// A picture under construction.
#[derive(Debug)]
pub(super) struct Canvas {
    body: String,
    left: f64,
    right: f64,
    start: u64,
    ticks: u64,
}

/// Where a text is anchored.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Rejects a picture of more than [`MAX_BARS`].
///
/// # Errors
/// It would have this many.
pub(crate) fn check_size(bars: usize) -> Result<()> {
    ensure!(
        bars <= MAX_BARS,
        "the picture would have {bars} bars, and {MAX_BARS} is the limit: --format chrome makes a file in which \
         one can zoom, --format text a chart of {} columns; or draw a part of the trace",
        super::text::WIDTH
    );
    Ok(())
}

/// Returns the fill of a task and the colour of text on it.
pub(super) fn colours(task: usize) -> (&'static str, &'static str) {
    FILLS[task % FILLS.len()]
}

/// Pixels that names need, on the left of a plot.
pub(super) fn margin_for<'a>(names: impl Iterator<Item = &'a str>) -> f64 {
    let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
    (longest as f64 * LETTER + 40.0).clamp(90.0, 400.0)
}

impl Canvas {
    /// A canvas whose plot shows `start..end` between two margins.
    pub(super) fn new(left: f64, right: f64, start: u64, end: u64) -> Self {
        Self { body: String::new(), left, right: WIDTH - right, start, ticks: (end - start).max(1) }
    }

    /// Returns the horizontal position of an instant.
    pub(super) fn x(&self, tick: u64) -> f64 {
        self.left + (tick - self.start) as f64 * (self.right - self.left) / self.ticks as f64
    }

    /// Left and right edge of the plot.
    pub(super) fn edges(&self) -> (f64, f64) {
        (self.left, self.right)
    }

    /// Appends SVG.
    pub(super) fn push(&mut self, svg: std::fmt::Arguments<'_>) {
        // Writing to a String can't fail.
        let _ = self.body.write_fmt(svg);
        self.body.push('\n');
    }

    /// Text with its baseline at `y`.
    pub(super) fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escape(text);
        self.push(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" class="{class}">{text}</text>"#
        ));
    }

    /// A box from one instant to another.
    pub(super) fn span(&mut self, (start, end): (u64, u64), (y, height): (f64, f64), attributes: &str) {
        let (x, width) = (self.x(start), self.x(end) - self.x(start));
        self.push(format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" {attributes}/>"#
        ));
    }

    /// A task's bar, with its name in it if it fits.
    pub(super) fn bar(&mut self, task: usize, name: &str, span: (u64, u64), place: (f64, f64)) {
        let (fill, ink) = colours(task);
        self.span(span, place, &format!(r##"fill="{fill}" stroke="#ffffff""##));
        let room = self.x(span.1) - self.x(span.0);
        if name.chars().count() as f64 * LETTER + 4.0 <= room {
            let middle = (self.x(span.0) + room / 2.0, place.0 + place.1 / 2.0 + 5.0);
            let class = if ink == "#ffffff" { "light" } else { "dark" };
            self.text(middle, Anchor::Middle, class, name);
        }
    }

    /// Lines across the plot, and their instants below it.
    pub(super) fn axis(&mut self, top: f64, bottom: f64) {
        let step = step(self.ticks);
        let first = self.start.next_multiple_of(step);
        for tick in (first..=self.start + self.ticks).step_by(step as usize) {
            let x = self.x(tick);
            self.push(format_args!(
                r#"<line x1="{x:.1}" x2="{x:.1}" y1="{top:.1}" y2="{bottom:.1}" class="grid"/>"#
            ));
            self.text((x, bottom + 18.0), Anchor::Middle, "axis", &tick.to_string());
        }
        let (left, right) = self.edges();
        self.push(format_args!(
            r#"<line x1="{left:.1}" x2="{right:.1}" y1="{bottom:.1}" y2="{bottom:.1}" class="line"/>"#
        ));
        self.text((right, bottom + 38.0), Anchor::End, "axis", "ticks");
    }

    /// Returns the whole picture.
    pub(super) fn finish(self, height: f64) -> String {
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0}" width="{WIDTH}" height="{height:.0}" font-family="Helvetica, Arial, sans-serif">
<style>
text {{ fill: #222222; font-size: 15px }}
.title {{ font-size: 22px; font-weight: bold }}
.figures, .axis {{ font-size: 13px; fill: #555555 }}
.light {{ fill: #ffffff }}
.grid {{ stroke: #dddddd }}
.line {{ stroke: #555555 }}
.boost {{ stroke: #999999; stroke-dasharray: 4 3 }}
</style>
<defs><pattern id="idle" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="8" height="8" fill="#f4f4f4"/><rect width="2" height="8" fill="#cccccc"/></pattern></defs>
<rect width="{WIDTH}" height="{height:.0}" fill="#ffffff"/>
{}</svg>
"##,
            self.body
        )
    }
}

/// Returns the number of ticks from one label of the axis to the next: 1, 2 or 5 times a power of ten.
fn step(ticks: u64) -> u64 {
    let steps = (0..18).flat_map(|power| [1, 2, 5].map(|factor| factor * 10_u64.pow(power)));
    steps.into_iter().find(|step| ticks / step <= MAX_LABELS).unwrap_or(ticks)
}

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            // XML has no way to say these.
            letter if letter.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_has_round_numbers_and_not_too_many() {
        for (ticks, expected) in [(1, 1), (16, 1), (20, 2), (40, 5), (100, 10), (1_000_000, 100_000)] {
            assert_eq!(step(ticks), expected, "{ticks}");
        }
    }

    #[test]
    fn names_cannot_break_the_picture() {
        assert_eq!(escape("<a>&\"\u{7}"), "&lt;a&gt;&amp;\"\u{FFFD}");
    }
}
