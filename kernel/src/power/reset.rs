//! The ways to reset a PC. Each but the last returns if the machine is still running after some 100 ms.

use farjump_acpi_tables::Error;
use farjump_acpi_tables::fadt::Fadt;

use super::wait;
use crate::console;
use crate::device::power_ports as ports;

/// The keyboard controller's status and command port.
const CONTROLLER: u16 = 0x64;
/// Status: it hasn't taken the last byte yet.
const INPUT_FULL: u8 = 1 << 1;
/// Command: a pulse on output line 0, which is the CPU's reset.
///
/// Source: RBIL PORT 0060h-006Fh, keyboard controller command FEh.
const PULSE_RESET: u8 = 0xFE;
/// Reads of the status at most: some 100 ms.
const STATUS_READS: u32 = 100_000;

/// By the register that ACPI names.
///
/// # Errors
/// [`Error`]: it names none.
pub fn by_acpi() -> Result<(), Error> {
    let (register, value) = Fadt::find(&crate::acpi::tables()?)?.reset()?;
    log::info!("reset by ACPI: {value:#x} to {register:x?}");
    console::flush();
    match ports::write_register(register, value) {
        Ok(()) => wait(),
        Err(error) => log::warn!("reset by ACPI: {error}"),
    }
    Ok(())
}

/// By the line from the keyboard controller to the CPU.
pub fn by_keyboard_controller() {
    log::info!("reset by the keyboard controller: {PULSE_RESET:#x} to port {CONTROLLER:#x}");
    console::flush();
    for _ in 0..STATUS_READS {
        if ports::read_u8(CONTROLLER) & INPUT_FULL == 0 {
            break;
        }
        ports::pause();
    }
    ports::write_u8(CONTROLLER, PULSE_RESET);
    wait();
}

/// By an exception that no table has a handler for: the CPU gives up, and the board resets it.
pub fn by_triple_fault() -> ! {
    log::info!("reset by a triple fault");
    console::flush();
    crate::arch::triple_fault()
}
