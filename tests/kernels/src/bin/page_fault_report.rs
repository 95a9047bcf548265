//! An unhandled page fault: what its report says, by the word `fault=` on the command line.

#![no_std]
#![no_main]
#![expect(clippy::cast_possible_truncation, reason = "usize and u64 are the same here")]

use core::hint::black_box;
use core::mem::ManuallyDrop;
use core::ops::Range;

use farjump_api::BootInfo;
use farjump_kernel::command_line;
use farjump_kernel::memory::pages::VirtualRegion;
use farjump_kernel::memory::{PAGE_SIZE, Protection};
use test_kernels::test_kernel;

test_kernel!(ends, faults_as_the_command_line_says);

static CONSTANT: [u8; 8] = *b"constant";

static DATA: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(0);

fn faults_as_the_command_line_says(boot_info: &'static BootInfo) {
    let code: fn(&'static BootInfo) = faults_as_the_command_line_says;
    match command_line::value(boot_info.command_line.get(), "fault") {
        Some("null") => read_from(0),
        Some("code") => write_to(code as usize),
        Some("rodata") => write_to((&raw const CONSTANT).addr()),
        Some("jump") => execute_at((&raw const DATA).addr()),
        Some("unmapped") => read_from(0xFFFF_FFFF_0000_0000),
        Some("hole") => read_from((boot_info.physical_memory_offset + end_of_ram(boot_info)) as usize),
        Some("reserved") => write_to(reserved_pages().start as usize),
        Some("guard") => read_from(reserved_pages().end as usize),
        Some("non-canonical") => read_by_rax(0x8000_0000_0000_0000),
        other => panic!("fault={other:?}"),
    }
}

/// Where the last RAM ends.
fn end_of_ram(boot_info: &BootInfo) -> u64 {
    let last = boot_info.memory_map.get().iter().rfind(|region| region.kind.is_ram());
    last.expect("there is RAM").end
}

/// Read-only pages between guard pages, for ever.
fn reserved_pages() -> Range<u64> {
    let pages = VirtualRegion::new("some pages", PAGE_SIZE, Protection::ReadOnly).expect("there is memory");
    ManuallyDrop::new(pages).range()
}

#[inline(never)]
fn read_from(address: usize) {
    let pointer = core::ptr::with_exposed_provenance::<u8>(black_box(address));
    // SAFETY: there is none: this is the fault.
    black_box(unsafe { pointer.read_volatile() });
}

#[inline(never)]
fn read_by_rax(address: usize) {
    // SAFETY: as above.
    unsafe { core::arch::asm!("mov rax, [rax]", inout("rax") address => _) };
}

#[inline(never)]
fn write_to(address: usize) {
    let pointer = core::ptr::with_exposed_provenance_mut::<u8>(black_box(address));
    // SAFETY: as above.
    unsafe { pointer.write_volatile(1) };
    black_box(());
}

#[inline(never)]
fn execute_at(address: usize) {
    // SAFETY: as above.
    let function = unsafe { core::mem::transmute::<usize, fn()>(black_box(address)) };
    function();
    black_box(());
}
