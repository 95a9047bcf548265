//! Drivers. None waits without a limit, and each can do without its device.
//!
//! | module | drives |
//! |---|---|
//! | [`ata`] | disks at the PC's two ATA channels |
//! | `keyboard` | the keyboard and its controller |
//! | [`pic`] | the pair of 8259 interrupt controllers |
//! | [`pit`] | the interval timer: ticks, and a stopwatch |
//! | [`rtc`] | the battery-backed clock |
//! | `serial` | the serial port |

pub mod ata;
pub(crate) mod keyboard;
pub mod pic;
pub mod pit;
pub mod rtc;
pub(crate) mod serial;
