//! What is x86-64's own: descriptor tables, and the way from an exception or interrupt to Rust and back.
//!
//! | file | has |
//! |---|---|
//! | `arch/gdt.rs` | the kernel's segments and its one task state segment |
//! | `arch/trap_stacks.rs` | a stack with a guard page for each kind of trap |
//! | `arch/idt.rs` | a gate for each of the 256 vectors |
//! | `arch/trap.S` | what all gates lead to: registers and SSE state saved, restored |
//! | [`trap`] | the frame that is left on the stack, and the handlers that get it |
//! | `arch/machine_check.rs` | errors of the hardware: their registers |
//! | `arch/frame_pointer.rs` | the calls on the stack, by frame pointers |
//! | [`page_walk`] | where an address is mapped |
//! | `arch/probe.rs` | a byte that may not be there |
//! | `arch/raise.rs` | exceptions on purpose |

pub mod cpu;
pub(crate) mod frame_pointer;
mod gdt;
mod idt;
pub(crate) mod machine_check;
pub mod page_walk;
pub(crate) mod probe;
pub(crate) mod raise;
pub mod trap;
pub(crate) mod trap_stacks;

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
    cpu::halt()
}
