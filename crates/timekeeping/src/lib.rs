//! Converts the counts of a PC's clocks and timers into seconds.
//!
//! | module | turns |
//! |---|---|
//! | [`pit`] | a rate into the timer's divisor, counts of its clock into nanoseconds |
//! | [`tsc`] | counts of the CPU's time stamp counter into nanoseconds |
//! | [`ticks`] | the time between a timer's interrupts into ticks |
//! | [`pm_timer`] | counts of ACPI's timer into nanoseconds |
//! | [`rtc`] | the registers of the battery-backed clock into a date and a time of day |
//!
//! No hardware and no `unsafe`: the kernel reads the registers, and the decisions about them are tested here
//! on the host. Returns an error for values that no clock can have, and never panics.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod pit;
pub mod pm_timer;
pub mod rtc;
pub mod ticks;
pub mod tsc;

/// Nanoseconds in a second.
pub const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
