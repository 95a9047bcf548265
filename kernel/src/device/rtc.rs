//! The battery-backed clock behind the CMOS ports.
//!
//! Source: RBIL PORT 0070h-007Fh.

use core::sync::atomic::{AtomicU8, Ordering};

use timekeeping::rtc::{self, CmosRegisters, DateTime, RtcError};
use x86_64::instructions::interrupts::without_interrupts;
use x86_64::instructions::port::{Port, PortWriteOnly};

/// Writing selects a register. Its bit 7 would hold NMIs back.
const INDEX: u16 = 0x70;
const DATA: u16 = 0x71;
const REGISTERS: u8 = 0x7F;

/// The register that holds the century; zero, the seconds' own, where none is known.
static CENTURY_REGISTER: AtomicU8 = AtomicU8::new(0);

struct Cmos;

impl CmosRegisters for Cmos {
    fn read(&mut self, register: u8) -> u8 {
        without_interrupts(|| {
            // SAFETY: selects a register, and leaves NMIs on.
            unsafe { PortWriteOnly::<u8>::new(INDEX).write(register & REGISTERS) };
            // SAFETY: reading a register of the clock changes at most its interrupt flags, which nobody uses.
            unsafe { Port::<u8>::new(DATA).read() }
        })
    }
}

/// Says which register holds the century: ACPI's FADT knows. Zero for none.
pub fn set_century_register(register: u8) {
    CENTURY_REGISTER.store(register, Ordering::Relaxed);
}

/// The date and the time of day, in the zone that the machine's clock is set to. Without
/// [`set_century_register`] the year is 2000 to 2099.
///
/// # Errors
/// [`RtcError`]: there is no clock, or it says what is no time.
pub fn now() -> Result<DateTime, RtcError> {
    let century_register = match CENTURY_REGISTER.load(Ordering::Relaxed) {
        0 => None,
        register => Some(register),
    };
    rtc::read(&mut Cmos, century_register)
}
