//! The ways to switch a PC off. Each returns if the machine is still running after some 100 ms.

use farjump_acpi_tables::Error;
use farjump_acpi_tables::fadt::{AcpiEnable, Fadt};
use farjump_acpi_tables::soft_off::SleepType;
use x86_64::instructions::port::{Port, PortWriteOnly};

use super::{read_slow_port, wait};
use crate::arch::cpu;
use crate::console;

/// PM1 control: the machine is in ACPI mode.
///
/// Source: ACPI 6.5, "PM1 Control Registers Fixed Hardware Feature Control Bits".
const SCI_ENABLE: u16 = 1 << 0;
/// PM1 control: which sleeping state, in three bits.
const SLEEP_TYPE_SHIFT: u32 = 10;
const SLEEP_TYPE_MASK: u16 = 0b111 << SLEEP_TYPE_SHIFT;
/// PM1 control: enter it.
const SLEEP_ENABLE: u16 = 1 << 13;

/// Looks at PM1 control at most until ACPI mode is on: some 3 seconds, which is what others allow firmware.
const ENABLE_READS: u32 = 1_500_000;

/// PM1 control of QEMU's boards, whatever the tables say. On a real PC anything may be there.
const QEMU_PORT: u16 = 0x604;
/// Bochs switches off when it is written these bytes, one after the other.
///
/// Source: Bochs, iodev/unmapped.cc.
const BOCHS_PORT: u16 = 0x8900;
const BOCHS_WORD: &[u8] = b"Shutdown";

/// By ACPI's state S5, "soft off".
///
/// AML isn't executed, so the method `_PTS`, by which a firmware hears of it first, isn't called: few need it.
///
/// # Errors
/// [`Error`]: the tables don't say how.
pub fn by_acpi() -> Result<(), Error> {
    let tables = crate::acpi::tables()?;
    let fadt = Fadt::find(&tables)?;
    let sleep_type = SleepType::find(&tables, &fadt)?;
    let (pm1a, pm1b) = (fadt.pm1a_control()?, fadt.pm1b_control());
    if let Some(enable) = fadt.acpi_enable() {
        enter_acpi_mode(enable, pm1a);
    }
    log::info!("power off by ACPI: sleep type {}, port {pm1a:#x}", sleep_type.a);
    console::flush();
    let registers = [(pm1a, sleep_type.a)].into_iter().chain(pm1b.map(|pm1b| (pm1b, sleep_type.b)));
    for (port, sleep_type) in registers.clone() {
        set_control(port, sleep_type, 0);
    }
    for (port, sleep_type) in registers {
        set_control(port, sleep_type, SLEEP_ENABLE);
    }
    wait();
    Ok(())
}

/// By the register of QEMU's boards, where ACPI is switched off. Returns at once where no hypervisor says that it is one:
/// a board's chip set may have GPIO or SMBus registers at that port.
pub fn by_qemu() {
    if !cpu::is_virtual() {
        log::info!("port {QEMU_PORT:#x} is left alone: this isn't a virtual machine");
        return;
    }
    log::info!("power off as QEMU's boards do: port {QEMU_PORT:#x}");
    console::flush();
    write(QEMU_PORT, SLEEP_ENABLE);
    wait();
}

/// By Bochs' own port.
pub fn by_bochs() {
    log::info!("power off as Bochs does: port {BOCHS_PORT:#x}");
    console::flush();
    for byte in BOCHS_WORD {
        // SAFETY: the machine is to be switched off; no PC has anything else there that it still needs.
        unsafe { PortWriteOnly::new(BOCHS_PORT).write(*byte) };
    }
    wait();
}

/// Takes power management over from the firmware, if that has it.
fn enter_acpi_mode(enable: AcpiEnable, pm1a: u16) {
    if read(pm1a) & SCI_ENABLE != 0 {
        return;
    }
    log::debug!("ACPI mode: {:#x} to port {:#x}", enable.value, enable.port);
    // SAFETY: the firmware's handler changes the chip set and gives no memory of the kernel's away.
    unsafe { PortWriteOnly::new(enable.port).write(enable.value) };
    for _ in 0..ENABLE_READS {
        if read(pm1a) & SCI_ENABLE != 0 {
            return;
        }
        read_slow_port();
    }
    log::warn!("the firmware doesn't switch ACPI mode on; trying without");
}

fn set_control(port: u16, sleep_type: u8, enable: u16) {
    let others = read(port) & !(SLEEP_TYPE_MASK | SLEEP_ENABLE);
    write(port, others | u16::from(sleep_type) << SLEEP_TYPE_SHIFT | enable);
}

fn read(port: u16) -> u16 {
    // SAFETY: reading a control register changes nothing.
    unsafe { Port::new(port).read() }
}

fn write(port: u16, value: u16) {
    // SAFETY: the machine is to be switched off, and this is the register for it.
    unsafe { Port::new(port).write(value) };
}
