//! The ways to reset a PC. Each but the last returns if the machine is still running after some 100 ms.

use farjump_acpi_tables::Error;
use farjump_acpi_tables::fadt::{Fadt, Register};
use x86_64::instructions::port::{Port, PortWriteOnly};

use super::{read_slow_port, wait};
use crate::console;
use crate::memory::device::DeviceMemory;

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

/// PCI's configuration mechanism #1. Bit 31 of the address switches it on.
///
/// Source: PCI Local Bus Specification 3.0, "Configuration Mechanism #1".
const PCI_ADDRESS: u16 = 0xCF8;
const PCI_DATA: u16 = 0xCFC;
const PCI_ENABLE: u32 = 1 << 31;

/// By the register that ACPI names.
///
/// # Errors
/// [`Error`]: it names none.
pub fn by_acpi() -> Result<(), Error> {
    let (register, value) = Fadt::find(&crate::acpi::tables()?)?.reset()?;
    log::info!("reset by ACPI: {value:#x} to {register:x?}");
    console::flush();
    match register {
        Register::Port(port) => write_port(port, value),
        Register::Memory(address) => write_memory(address, value),
        Register::PciConfiguration { device, function, offset } => {
            write_pci(device, function, offset, value);
        }
    }
    wait();
    Ok(())
}

/// By the line from the keyboard controller to the CPU.
pub fn by_keyboard_controller() {
    log::info!("reset by the keyboard controller: {PULSE_RESET:#x} to port {CONTROLLER:#x}");
    console::flush();
    let mut port = Port::<u8>::new(CONTROLLER);
    for _ in 0..STATUS_READS {
        // SAFETY: the status: reading changes nothing.
        if unsafe { port.read() } & INPUT_FULL == 0 {
            break;
        }
        read_slow_port();
    }
    write_port(CONTROLLER, PULSE_RESET);
    wait();
}

/// By an exception that no table has a handler for: the CPU gives up, and the board resets it.
pub fn by_triple_fault() -> ! {
    log::info!("reset by a triple fault");
    console::flush();
    crate::arch::triple_fault()
}

fn write_port(port: u16, value: u8) {
    // SAFETY: the machine is to be reset, and this is the register for it: nothing of the kernel's counts any more.
    unsafe { PortWriteOnly::new(port).write(value) };
}

fn write_memory(address: u64, value: u8) {
    // SAFETY: the machine is to be reset, and ACPI says that this is the register for it.
    match unsafe { DeviceMemory::map("reset register", address, 1) } {
        Ok(register) => register.write_u8(0, value),
        Err(error) => log::warn!("reset by ACPI: {error}"),
    }
}

fn write_pci(device: u8, function: u8, offset: u8, value: u8) {
    let address = PCI_ENABLE | u32::from(device) << 11 | u32::from(function) << 8 | u32::from(offset & !3);
    // SAFETY: selects the configuration register that the next access of the data port is for.
    unsafe { PortWriteOnly::new(PCI_ADDRESS).write(address) };
    write_port(PCI_DATA + u16::from(offset & 3), value);
}
