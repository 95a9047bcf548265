//! Drivers.
//!
//! | module | drives |
//! |---|---|
//! | [`ata`] | disks at the PC's two ATA channels |

pub mod ata;
