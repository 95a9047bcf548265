//! Registers that reset the machine or switch it off, wherever they are. For `power` alone: what is written here may
//! end the machine, and the kernel with it.

use farjump_acpi_tables::fadt::Register;
use x86_64::instructions::port::{Port, PortReadOnly, PortWriteOnly};

use crate::memory::device::{DeviceError, DeviceMemory};

/// PCI's configuration mechanism #1. Bit 31 of the address switches it on.
///
/// Source: PCI Local Bus Specification 3.0, "Configuration Mechanism #1".
const PCI_ADDRESS: u16 = 0xCF8;
const PCI_DATA: u16 = 0xCFC;
const PCI_ENABLE: u32 = 1 << 31;

/// The port of the BIOS's progress codes: reading it does nothing, and takes about a microsecond.
const SLOW_PORT: u16 = 0x80;

/// Waits for about a microsecond. Needs no clock.
pub(crate) fn pause() {
    // SAFETY: reading it does nothing.
    let _: u8 = unsafe { PortReadOnly::new(SLOW_PORT).read() };
}

/// Reads a status.
pub(crate) fn read_u8(port: u16) -> u8 {
    // SAFETY: a status or control register: reading changes nothing.
    unsafe { PortReadOnly::new(port).read() }
}

/// Reads a control register.
pub(crate) fn read_u16(port: u16) -> u16 {
    // SAFETY: reading a control register changes nothing.
    unsafe { Port::new(port).read() }
}

/// Writes a register that is to end the machine, or to let the kernel do so.
pub(crate) fn write_u8(port: u16, value: u8) {
    // SAFETY: power's registers: the machine ends, or the chip set enters ACPI mode. No memory of the kernel's changes hands.
    unsafe { PortWriteOnly::new(port).write(value) };
}

/// Writes a control register that is to end the machine.
pub(crate) fn write_u16(port: u16, value: u16) {
    // SAFETY: the machine is to be switched off, and this is the register for it.
    unsafe { Port::new(port).write(value) };
}

/// Writes the register that ACPI names, wherever it is.
///
/// # Errors
/// [`DeviceError`]: it is in memory that can't be mapped.
pub(crate) fn write_register(register: Register, value: u8) -> Result<(), DeviceError> {
    match register {
        Register::Port(port) => write_u8(port, value),
        Register::Memory(address) => {
            // SAFETY: the machine is to be reset, and ACPI says that this is the register for it.
            unsafe { DeviceMemory::map("reset register", address, 1) }?.write_u8(0, value);
        }
        Register::PciConfiguration { device, function, offset } => {
            write_pci(device, function, offset, value);
        }
    }
    Ok(())
}

fn write_pci(device: u8, function: u8, offset: u8, value: u8) {
    let address = PCI_ENABLE | u32::from(device) << 11 | u32::from(function) << 8 | u32::from(offset & !3);
    // SAFETY: selects the configuration register that the next access of the data port is for.
    unsafe { PortWriteOnly::new(PCI_ADDRESS).write(address) };
    write_u8(PCI_DATA + u16::from(offset & 3), value);
}
