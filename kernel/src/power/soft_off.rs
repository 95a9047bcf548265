//! The ways to switch a PC off. Each returns if the machine is still running after some 100 ms.

use farjump_acpi_tables::Error;
use farjump_acpi_tables::fadt::{AcpiEnable, Fadt};
use farjump_acpi_tables::soft_off::SleepType;

use super::wait;
use crate::arch::cpu;
use crate::console;
use crate::device::power_ports as ports;

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
    ports::write_u16(QEMU_PORT, SLEEP_ENABLE);
    wait();
}

/// By Bochs' own port.
pub fn by_bochs() {
    log::info!("power off as Bochs does: port {BOCHS_PORT:#x}");
    console::flush();
    for byte in BOCHS_WORD {
        ports::write_u8(BOCHS_PORT, *byte);
    }
    wait();
}

/// Takes power management over from the firmware, if that has it.
fn enter_acpi_mode(enable: AcpiEnable, pm1a: u16) {
    if ports::read_u16(pm1a) & SCI_ENABLE != 0 {
        return;
    }
    log::debug!("ACPI mode: {:#x} to port {:#x}", enable.value, enable.port);
    ports::write_u8(enable.port, enable.value);
    for _ in 0..ENABLE_READS {
        if ports::read_u16(pm1a) & SCI_ENABLE != 0 {
            return;
        }
        ports::pause();
    }
    log::warn!("the firmware doesn't switch ACPI mode on; trying without");
}

fn set_control(port: u16, sleep_type: u8, enable: u16) {
    let others = ports::read_u16(port) & !(SLEEP_TYPE_MASK | SLEEP_ENABLE);
    ports::write_u16(port, others | u16::from(sleep_type) << SLEEP_TYPE_SHIFT | enable);
}
