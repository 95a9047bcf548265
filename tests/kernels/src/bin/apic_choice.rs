//! What interrupts come through where the firmware is at odds with the kernel: `firmware=KIND` on the command line.
//!
//! | kind | the firmware |
//! |---|---|
//! | `memory` | says that the I/O APIC's registers are where usable memory is |
//! | `none` | names no I/O APIC |
//! | `x2apic` | has switched the x2APIC on |

#![no_std]
#![no_main]

use core::time::Duration;

use boot_protocol::{BootInfo, MemoryKind, entry_point};
use kernel::exit::{self, ExitCode};
use kernel::{command_line, println, time};
use spin::Once;
use test_kernels::firmware::{RSDP, RSDT, TABLE, put_rsdp, put_table};
use x86_64::registers::model_specific::Msr;

entry_point!(main);

/// `IA32_APIC_BASE`, and the two bits of it that make an x2APIC.
const APIC_BASE: Msr = Msr::new(0x1B);
const X2APIC_ON: u64 = 0b11 << 10;

fn main(boot_info: &'static BootInfo) -> ! {
    match command_line::value(boot_info.command_line.get(), "firmware") {
        Some("memory") => {
            kernel::init(with_io_apics(boot_info, &[1 | 12 << 8, usable_address(boot_info), 0]))
        }
        Some("none") => kernel::init(with_io_apics(boot_info, &[])),
        Some("x2apic") => {
            switch_x2apic_on();
            kernel::init(boot_info);
        }
        kind => panic!("firmware={kind:?} isn't known"),
    }
    let ticks = time::ticks();
    assert!(time::spin_until(Duration::from_secs(5), || time::ticks() > ticks + 10), "no tick comes");
    println!("interrupts come");
    exit::exit(ExitCode::Success)
}

/// The same machine with tables that have an MADT of these entries and nothing else.
fn with_io_apics(boot_info: &'static BootInfo, entries: &[u32]) -> &'static BootInfo {
    static CHANGED: Once<BootInfo> = Once::new();
    let mut words = [0; 5];
    words[2..][..entries.len()].copy_from_slice(entries);
    let size = 36 + 4 * (2 + entries.len());
    put_rsdp(boot_info, u32::try_from(RSDT).expect("it is low"));
    put_table(boot_info, RSDT, b"RSDT", 40, &[u32::try_from(TABLE).expect("it is low")]);
    put_table(boot_info, TABLE, b"APIC", u32::try_from(size).expect("it is small"), &words);
    CHANGED.call_once(|| BootInfo { rsdp_address: RSDP, ..*boot_info })
}

fn usable_address(boot_info: &BootInfo) -> u32 {
    let usable = boot_info.memory_map.get().iter().find(|region| region.kind == MemoryKind::USABLE);
    u32::try_from(usable.expect("there is memory").start).expect("it is low")
}

fn switch_x2apic_on() {
    let mut base = APIC_BASE;
    // SAFETY: every CPU with an APIC has the register.
    let value = unsafe { base.read() };
    // SAFETY: nothing uses the APIC yet.
    unsafe { base.write(value | X2APIC_ON) };
}
