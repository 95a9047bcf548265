//! What is x86-64's own: descriptor tables, and the way from an exception or interrupt to Rust and back.
//!
//! | file | has |
//! |---|---|
//! | `arch/gdt.rs` | the kernel's segments and its one task state segment |
//! | `arch/trap_stacks.rs` | a stack with a guard page for each kind of trap |
//! | `arch/idt.rs` | a gate for each of the 256 vectors |
//! | `arch/trap.S` | what all gates lead to: registers and SSE state saved, restored |
//! | [`trap`] | the frame that is left on the stack, and the handlers that get it |
//! | [`exception`] | names, error codes, and the report of an exception that nobody handles |
//! | `arch/machine_check.rs` | errors of the hardware: their registers |
//! | [`page_walk`] | where an address is mapped |
//! | `arch/probe.rs` | a byte that may not be there |
//! | `arch/raise.rs` | exceptions on purpose |
//! | [`backtrace`] | who called whom, by frame pointers |

pub mod backtrace;
pub mod exception;
mod faulting_address;
mod gdt;
mod idt;
pub(crate) mod machine_check;
pub mod page_walk;
pub(crate) mod probe;
pub(crate) mod raise;
pub mod trap;
mod trap_stacks;

pub(crate) use faulting_address::Place;

/// Puts the kernel's own descriptor tables in the place of the loader's. Call it once.
pub(crate) fn init() {
    trap_stacks::unmap_guard_pages();
    gdt::load();
    idt::load();
}

/// Has the CPU give up, which resets the machine: an exception comes, and no table has a gate for it.
pub(crate) fn triple_fault() -> ! {
    x86_64::instructions::interrupts::disable();
    idt::unload();
    x86_64::instructions::interrupts::int3();
    crate::cpu::halt()
}
