//! Drivers. None waits without a limit, and each can do without its device.
//!
//! | module | drives |
//! |---|---|
//! | `apic` | local APIC and I/O APICs, as one interrupt controller |
//! | `ata_ports` | the ports of the PC's two ATA channels |
//! | `keyboard` | the keyboard and its controller |
//! | `debug_exit` | QEMU's device that ends the machine |
//! | [`pic`] | the pair of 8259 interrupt controllers |
//! | [`pit`] | the interval timer: ticks, and channel 2 in one-shot mode |
//! | `local_timer` | the local APIC's timer, where the interval timer doesn't tick |
//! | `pm_timer` | ACPI's timer: a clock where the interval timer doesn't count |
//! | `power_ports` | registers that reset the machine or switch it off |
//! | [`rtc`] | the battery-backed clock |
//! | `screen` | the text screen |
//! | `serial` | the serial port |

pub(crate) mod apic;
pub(crate) mod ata_ports;
pub(crate) mod debug_exit;
mod io_apic;
pub(crate) mod keyboard;
mod local_apic;
pub(crate) mod local_timer;
pub mod pic;
pub mod pit;
pub(crate) mod pm_timer;
pub(crate) mod power_ports;
pub mod rtc;
pub(crate) mod screen;
pub(crate) mod serial;

use farjump_line_editor::Key;

use crate::arch::trap;
use crate::interrupts::Controller;
use local_apic::LocalApic;
use pic::PICS;

/// Where a driver puts the keys that come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeySink {
    /// Adds a key. Called in interrupt handlers.
    pub push: fn(Key),
    /// Whether `push` would wait for nothing. It would in the handler of an exception or of a non-maskable interrupt that
    /// has interrupted the holder of a lock that `push` takes.
    pub can_push: fn() -> bool,
}

/// Chooses what interrupts come through, with all lines masked: the APICs where they can be used, or else the
/// 8259s. `requested` is the command line's `irq=`.
pub(crate) fn interrupt_controller(requested: Option<&str>) -> &'static dyn Controller {
    PICS.init();
    if let Some(word) = requested.filter(|word| !matches!(*word, "apic" | "pic")) {
        log::warn!("irq={word}: no such interrupt controller; use apic or pic");
    }
    if let Ok(apic) = LocalApic::get() {
        apic.mask_leftovers();
        trap::set_unknown(|vector| {
            if let Ok(apic) = LocalApic::get() {
                apic.end_unknown(vector);
            }
        });
    }
    let controller = match requested {
        Some("pic") => &PICS,
        _ => apic::init().unwrap_or_else(|error| {
            log::info!("no I/O APIC: {error}");
            &PICS
        }),
    };
    log::info!("interrupts come through the {}", controller.name());
    controller
}
