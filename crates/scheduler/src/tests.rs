//! Whole schedules: published ones, ones against a second implementation, and calls in any order.

mod calls;
mod support;
mod textbooks;
