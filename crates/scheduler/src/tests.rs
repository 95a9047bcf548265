//! Whole schedules: published ones, ones against a second implementation, and calls in any order.

mod calls;
mod model;
mod properties;
mod support;
mod textbooks;
