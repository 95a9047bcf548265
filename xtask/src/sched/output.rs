//! Schedules for people and for programs.

mod canvas;
mod chrome;
mod compare;
mod json;
mod svg;
mod svg_compare;
mod table;
mod text;

pub(super) use chrome::chrome;
pub(super) use compare::{Comparison, compare_json, compare_text};
pub(super) use json::json;
pub(super) use svg::svg;
pub(super) use svg_compare::compare_svg;
pub(super) use text::text;

/// A number that may not be known.
fn or_dash(number: Option<u64>) -> String {
    number.map_or_else(|| "–".to_owned(), |number| number.to_string())
}

/// A mean that may not be known, with two decimals.
fn mean_or_dash(mean: Option<f64>) -> String {
    mean.map_or_else(|| "–".to_owned(), |mean| format!("{mean:.2}"))
}
