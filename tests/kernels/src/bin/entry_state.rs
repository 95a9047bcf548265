//! The CPU at the kernel's first instruction: every register that the protocol speaks of.

#![no_std]
#![no_main]

use core::arch::naked_asm;
use core::cell::UnsafeCell;

use farjump_api::virtual_memory::{KERNEL_STACK_TOP, PHYSICAL_MEMORY};
use farjump_api::{BootInfo, CpuFeatures};
use test_kernels::{page_table, run_as_entered};
use x86_64::instructions::tables::sidt;
use x86_64::registers::control::{Cr0, Cr4};
use x86_64::registers::model_specific::{Efer, EferFlags};
use x86_64::registers::mxcsr;
use x86_64::registers::segmentation::{CS, FS, GS, SS, Segment};

/// What `_start` finds: RAX, RBX, RCX, RDX, RSI, RBP, R8 to R15, then RSP and RFLAGS.
#[repr(C)]
struct EntryState {
    general: [u64; 14],
    rsp: u64,
    rflags: u64,
}

struct Shared(UnsafeCell<EntryState>);

// SAFETY: `_start` writes it before anything can read it.
unsafe impl Sync for Shared {}

static ENTRY_STATE: Shared =
    Shared(UnsafeCell::new(EntryState { general: [u64::MAX; 14], rsp: 0, rflags: 0 }));

/// Stores every register before the first Rust instruction can change one.
#[unsafe(naked)]
#[unsafe(no_mangle)]
extern "sysv64" fn _start(boot_info: &'static BootInfo) -> ! {
    naked_asm!(
        "mov [rip + {state} + 0], rax",
        "mov [rip + {state} + 8], rbx",
        "mov [rip + {state} + 16], rcx",
        "mov [rip + {state} + 24], rdx",
        "mov [rip + {state} + 32], rsi",
        "mov [rip + {state} + 40], rbp",
        "mov [rip + {state} + 48], r8",
        "mov [rip + {state} + 56], r9",
        "mov [rip + {state} + 64], r10",
        "mov [rip + {state} + 72], r11",
        "mov [rip + {state} + 80], r12",
        "mov [rip + {state} + 88], r13",
        "mov [rip + {state} + 96], r14",
        "mov [rip + {state} + 104], r15",
        "mov [rip + {state} + 112], rsp",
        "pushfq",
        "pop [rip + {state} + 120]",
        "jmp {main}",
        state = sym ENTRY_STATE,
        main = sym main,
    )
}

extern "sysv64" fn main(boot_info: &'static BootInfo) -> ! {
    run_as_entered(
        boot_info,
        &[
            ("general_registers_are_zero", general_registers_are_zero),
            ("all_flags_are_clear", all_flags_are_clear),
            ("the_stack_is_as_after_a_call", the_stack_is_as_after_a_call),
            ("the_cpu_is_in_64_bit_mode_at_cpl_0", the_cpu_is_in_64_bit_mode_at_cpl_0),
            ("control_registers_are_as_promised", control_registers_are_as_promised),
            ("the_idt_has_no_gate", the_idt_has_no_gate),
            ("page_0_is_not_mapped", page_0_is_not_mapped),
            (
                "boot_info_is_in_the_mapping_of_physical_memory",
                boot_info_is_in_the_mapping_of_physical_memory,
            ),
        ],
    )
}

fn state() -> &'static EntryState {
    // SAFETY: written once, by `_start`.
    unsafe { &*ENTRY_STATE.0.get() }
}

fn general_registers_are_zero(_: &'static BootInfo) {
    assert_eq!(state().general, [0; 14]);
}

/// Bit 1 is always 1.
fn all_flags_are_clear(_: &'static BootInfo) {
    assert_eq!(state().rflags, 0b10);
}

fn the_stack_is_as_after_a_call(boot_info: &'static BootInfo) {
    assert_eq!(state().rsp % 16, 8);
    assert_eq!(state().rsp, boot_info.kernel.stack_top - 8);
    assert_eq!(boot_info.kernel.stack_top, KERNEL_STACK_TOP);
}

fn the_cpu_is_in_64_bit_mode_at_cpl_0(_: &'static BootInfo) {
    assert_eq!(CS::get_reg().0 & 3, 0);
    assert_eq!(SS::get_reg().0 & 3, 0);
    assert!(Efer::read().contains(EferFlags::LONG_MODE_ACTIVE));
    assert_eq!((FS::get_reg().0, GS::get_reg().0), (0, 0));
    // Loading a segment register reads the GDT that the loader has left.
    // SAFETY: the same selector that is loaded already.
    unsafe { SS::set_reg(SS::get_reg()) };
    // SAFETY: as above.
    unsafe { CS::set_reg(CS::get_reg()) };
}

/// To the bit: numbers of docs/boot-protocol.md, not the loader's own constants.
fn control_registers_are_as_promised(boot_info: &'static BootInfo) {
    let (cr0, cr4) = (Cr0::read_raw(), Cr4::read_raw());
    assert_eq!(cr0, 0x8001_0033, "CR0 is {cr0:#x}: PG, WP, NE, ET, MP and PE are promised");
    assert_eq!(cr4, 0x620, "CR4 is {cr4:#x}: OSXMMEXCPT, OSFXSR and PAE are promised");
    let no_execute = boot_info.cpu_features.contains(CpuFeatures::NO_EXECUTE);
    let efer = if no_execute { 0xD00 } else { 0x500 };
    assert_eq!(Efer::read_raw(), efer, "EFER: LMA, LME and, where the CPU has it, NXE are promised");
    assert!(boot_info.cpu_features.contains(CpuFeatures::SSE | CpuFeatures::WRITE_PROTECT));
    assert_eq!(mxcsr::read(), mxcsr::MxCsr::default());
}

fn the_idt_has_no_gate(_: &'static BootInfo) {
    assert_eq!(sidt().limit, 0);
}

fn page_0_is_not_mapped(boot_info: &'static BootInfo) {
    assert_eq!(page_table::find(boot_info, 0), None);
}

fn boot_info_is_in_the_mapping_of_physical_memory(boot_info: &'static BootInfo) {
    assert_eq!(boot_info.physical_memory_offset, PHYSICAL_MEMORY);
    let address = core::ptr::from_ref(boot_info).addr() as u64;
    assert!(address > PHYSICAL_MEMORY && address < PHYSICAL_MEMORY + boot_info.physical_memory_size);
}
