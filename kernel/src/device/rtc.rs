//! The battery-backed clock at the CMOS ports.
//!
//! Source: RBIL PORT 0070h-007Fh.

use core::sync::atomic::{AtomicU8, Ordering};

use farjump_timekeeping::rtc::{self, CmosRegisters, DateTime, RtcError};
use x86_64::instructions::interrupts::without_interrupts;
use x86_64::instructions::port::{Port, PortWriteOnly};

use crate::acpi::{self, fadt::Fadt};

/// Writing selects a register. Its bit 7 would hold NMIs back.
const INDEX: u16 = 0x70;
const DATA: u16 = 0x71;
const REGISTERS: u8 = 0x7F;

struct Cmos;

impl CmosRegisters for Cmos {
    fn read(&mut self, register: u8) -> u8 {
        without_interrupts(|| {
            // SAFETY: selects a register, and leaves NMIs on.
            unsafe { PortWriteOnly::<u8>::new(INDEX).write(register & REGISTERS) };
            // SAFETY: reading a register of the clock changes at most its interrupt flags, which aren't used.
            unsafe { Port::<u8>::new(DATA).read() }
        })
    }
}

/// The date and the time of day, in the zone that the machine's clock is set to. Where ACPI's tables name no register
/// that holds the century, the year is 2000 to 2099.
///
/// # Errors
/// [`RtcError`]: there is no clock, or it says what is no time.
pub fn now() -> Result<DateTime, RtcError> {
    rtc::read(&mut Cmos, century_register())
}

/// The register that holds the century, by ACPI's tables, which are asked once.
fn century_register() -> Option<u8> {
    /// No register has this number.
    const NOT_ASKED: u8 = 0xFF;
    /// The seconds' own.
    const NONE: u8 = 0;
    static REGISTER: AtomicU8 = AtomicU8::new(NOT_ASKED);
    if REGISTER.load(Ordering::Relaxed) == NOT_ASKED {
        let fadt = acpi::tables().and_then(|tables| Fadt::find(&tables)).ok();
        let register = fadt.and_then(|fadt| fadt.century_register());
        REGISTER.store(register.unwrap_or(NONE), Ordering::Relaxed);
    }
    Some(REGISTER.load(Ordering::Relaxed)).filter(|register| *register != NONE)
}
