//! The terminal: keys from keyboard and serial port, and the lines that a person types.

pub mod input;
mod read_line;

pub use read_line::{Input, Line, read_line};
