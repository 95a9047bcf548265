//! What interrupts come through where the firmware is at odds with the kernel: `firmware=KIND` on the command line.
//!
//! | kind | the firmware |
//! |---|---|
//! | `memory` | says that the I/O APIC's registers are where usable memory is |
//! | `none` | names no I/O APIC |
//! | `absent` | names one where nothing is |
//! | `wrong-line` | says that the timer's line is one to which nothing is connected |
//! | `leftovers` | has left entries of the local APIC unmasked, on vectors of its own |
//! | `x2apic` | has switched the x2APIC on |

#![no_std]
#![no_main]

use core::time::Duration;

use farjump_api::{BootInfo, MemoryKind, entry_point};
use farjump_kernel::exit::{self, ExitCode};
use farjump_kernel::{command_line, println, time};
use spin::Once;
use test_kernels::firmware::{RSDP, RSDT, TABLE, put_rsdp, put_table};
use x86_64::registers::model_specific::Msr;

entry_point!(main);

/// `IA32_APIC_BASE`, and the two bits of it that make an x2APIC.
const APIC_BASE: Msr = Msr::new(0x1B);
const X2APIC_ON: u64 = 0b11 << 10;

/// Where QEMU's boards have an I/O APIC, and where they have nothing.
const IO_APIC: u32 = 0xFEC0_0000;
const NOTHING: u32 = 0xFEC1_0000;

fn main(boot_info: &'static BootInfo) -> ! {
    match command_line::value(boot_info.command_line.get(), "firmware") {
        Some("memory") => {
            farjump_kernel::init(with_io_apics(boot_info, &[1 | 12 << 8, usable_address(boot_info), 0]))
        }
        Some("none") => farjump_kernel::init(with_io_apics(boot_info, &[])),
        Some("absent") => farjump_kernel::init(with_io_apics(boot_info, &[1 | 12 << 8, NOTHING, 0])),
        // Of the boards that this boots on, the timer is at line 2, and an override says so.
        Some("wrong-line") => farjump_kernel::init(with_io_apics(boot_info, &[1 | 12 << 8, IO_APIC, 0])),
        Some("leftovers") => {
            leftovers::leave(boot_info);
            farjump_kernel::init(boot_info);
            leftovers::check(boot_info);
        }
        Some("x2apic") => {
            switch_x2apic_on();
            farjump_kernel::init(boot_info);
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
    CHANGED.call_once(|| {
        let mut changed = *boot_info;
        changed.rsdp_address = RSDP;
        changed
    })
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

/// Entries of the local vector table that a firmware has used itself.
///
/// Source: Intel SDM vol. 3A, "Local Vector Table".
mod leftovers {
    use farjump_api::BootInfo;
    use farjump_kernel::println;

    const LOCAL_APIC: u64 = 0xFEE0_0000;
    const SPURIOUS_VECTOR: u64 = 0xF0;
    const ENABLED: u32 = 1 << 8 | 0xFF;
    const TIMER: u64 = 0x320;
    /// Timer, thermal sensor, performance counters, error.
    const ENTRIES: [u64; 4] = [TIMER, 0x330, 0x340, 0x370];
    const INITIAL_COUNT: u64 = 0x380;
    const MASKED: u32 = 1 << 16;
    const PERIODIC: u32 = 1 << 17;
    /// Above all vectors of devices: while it isn't ended, none of those comes.
    const VECTOR: u32 = 0xE0;

    fn register(boot_info: &BootInfo, offset: u64) -> *mut u32 {
        let address = boot_info.physical_memory_offset + LOCAL_APIC + offset;
        core::ptr::with_exposed_provenance_mut(usize::try_from(address).expect("64 bits"))
    }

    fn write(boot_info: &BootInfo, offset: u64, value: u32) {
        // SAFETY: mapped with all physical memory; a register of the local APIC's.
        unsafe { register(boot_info, offset).write_volatile(value) };
    }

    fn read(boot_info: &BootInfo, offset: u64) -> u32 {
        // SAFETY: as above.
        unsafe { register(boot_info, offset).read_volatile() }
    }

    pub(super) fn leave(boot_info: &BootInfo) {
        write(boot_info, SPURIOUS_VECTOR, ENABLED);
        ENTRIES.into_iter().for_each(|entry| write(boot_info, entry, VECTOR));
        write(boot_info, TIMER, PERIODIC | VECTOR);
        write(boot_info, INITIAL_COUNT, 1000);
    }

    pub(super) fn check(boot_info: &BootInfo) {
        for entry in ENTRIES {
            assert!(read(boot_info, entry) & MASKED != 0, "the entry at {entry:#x} comes");
        }
        println!("leftovers are masked");
    }
}
