//! Drivers. None waits without a limit, and each can do without its device.
//!
//! | module | drives |
//! |---|---|
//! | `apic` | local APIC and I/O APICs, as one interrupt controller |
//! | [`ata`] | disks at the PC's two ATA channels |
//! | `keyboard` | the keyboard and its controller |
//! | [`pic`] | the pair of 8259 interrupt controllers |
//! | [`pit`] | the interval timer: ticks, and a stopwatch |
//! | [`rtc`] | the battery-backed clock |
//! | `serial` | the serial port |

pub(crate) mod apic;
pub mod ata;
mod io_apic;
pub(crate) mod keyboard;
mod local_apic;
pub mod pic;
pub mod pit;
pub mod rtc;
pub(crate) mod serial;

use crate::interrupts::Controller;
use pic::PICS;

/// Chooses what interrupts come through, with all lines masked: the APICs where they can be used, or else the
/// 8259s. `wish` is the command line's `irq=`.
pub(crate) fn interrupt_controller(wish: Option<&str>) -> &'static dyn Controller {
    PICS.init();
    if let Some(wish) = wish.filter(|wish| !matches!(*wish, "apic" | "pic")) {
        log::warn!("irq={wish}: no such interrupt controller; use apic or pic");
    }
    let controller = match wish {
        Some("pic") => &PICS,
        _ => apic::init().unwrap_or_else(|error| {
            log::info!("no I/O APIC: {error}");
            &PICS
        }),
    };
    log::info!("interrupts come through the {}", controller.name());
    controller
}
