//! Console input, from bytes to edited lines.
//!
//! ```text
//! keyboard ── scan codes ──▶ Key ─┐
//!                                 ├─▶ InputQueue ─▶ LineEditor ─▶ Line
//! serial port ── KeyDecoder ─▶ Key┘                   └─▶ echo: printable ASCII, \x08, \n, \x07
//! ```
//!
//! | module | has |
//! |---|---|
//! | [`key`] | keys, and the bytes and escape sequences that a terminal sends for them |
//! | [`queue`] | keys that wait to be read, as many as fit |
//! | [`mod@line`] | a line of at most 240 characters |
//! | [`history`] | the last lines |
//! | [`editor`] | the line that is being typed, and the keys that change it |
//!
//! Assumes a screen of 80 columns that knows backspace. Returns no errors: invalid input is ignored, and
//! excess input is counted or answered with a bell. No hardware, no `unsafe`, no allocation; tested on the host.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod editor;
pub mod history;
pub mod key;
pub mod line;
pub mod queue;
mod view;

pub use editor::{Event, LineEditor};
pub use key::{Key, KeyDecoder};
pub use line::Line;
pub use queue::InputQueue;

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
