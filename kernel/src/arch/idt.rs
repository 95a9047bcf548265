//! The interrupt descriptor table: a gate for each vector, each to its stub in `trap.S`.
//!
//! All are interrupt gates: they clear IF, so that a handler isn't interrupted unless it sets IF.
//!
//! Source: Intel SDM vol. 3A, "64-Bit Mode IDT".

use spin::Once;
use x86_64::VirtAddr;
use x86_64::instructions::tables::lidt;
use x86_64::structures::DescriptorTablePointer;
use x86_64::structures::idt::{Entry, HandlerFunc};

use super::trap::{STUB_SIZE, VECTORS};
use super::trap_stacks::TrapStack;
use farjump_x86::Exception;

type Table = [Entry<HandlerFunc>; VECTORS];

static IDT: Once<Table> = Once::new();

unsafe extern "C" {
    static trap_stubs: [u8; VECTORS * STUB_SIZE];
}

/// Loads the table. The kernel's GDT is loaded before: gates hold the code selector of this moment.
pub(super) fn load() {
    let table = IDT.call_once(table);
    #[expect(clippy::cast_possible_truncation, reason = "4096 bytes")]
    let limit = (size_of::<Table>() - 1) as u16;
    let base = VirtAddr::from_ptr(table);
    // SAFETY: a static table, whose gates lead to stubs that save and restore all that they change.
    unsafe { lidt(&DescriptorTablePointer { limit, base }) };
}

/// Takes all gates away: the next trap is a triple fault.
pub(super) fn unload() {
    // SAFETY: a table of no gates is never read, and the end is what is wanted.
    unsafe { lidt(&DescriptorTablePointer { limit: 0, base: VirtAddr::zero() }) };
}

fn table() -> Table {
    let mut table = [const { Entry::missing() }; VECTORS];
    let mut stub = VirtAddr::from_ptr(&raw const trap_stubs);
    for (vector, entry) in (0..=u8::MAX).zip(&mut table) {
        // SAFETY: `trap.S` has a stub for this vector here.
        let options = unsafe { entry.set_handler_addr(stub) };
        // SAFETY: the task state segment has this stack, and which traps share it is well considered.
        unsafe { options.set_stack_index(stack(vector).ist_index().into()) };
        stub += STUB_SIZE as u64;
    }
    table
}

/// The stack that traps of `vector` enter on.
fn stack(vector: u8) -> TrapStack {
    match Exception::of_vector(vector.into()) {
        Some(Exception::PAGE_FAULT) => TrapStack::PageFault,
        Some(Exception::DOUBLE_FAULT) => TrapStack::DoubleFault,
        Some(Exception::NON_MASKABLE_INTERRUPT) => TrapStack::NonMaskable,
        Some(Exception::MACHINE_CHECK) => TrapStack::MachineCheck,
        Some(Exception::DEBUG | Exception::BREAKPOINT) => TrapStack::Debug,
        Some(_) => TrapStack::Exception,
        None => TrapStack::Interrupt,
    }
}
