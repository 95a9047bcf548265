//! The stacks that traps enter on: all seven of the interrupt stack table, each with a guard page below it.
//!
//! A gate with a stack of its own never writes below the interrupted code's RSP, where that code may have
//! its red zone: precompiled `core` has one. And a trap on one of these stacks may be interrupted by a trap
//! on another. One of the same stack would start at the same top, over the first one's frame; so what can
//! come in the midst of what has a stack of its own:
//!
//! ```text
//! may come in the midst of     →  interrupt  exception  debug  page fault  NMI  machine check  double fault
//! an interrupt's handler          no (IF=0)  yes        yes    yes         yes  yes            yes
//! an exception's handler          no (IF=0)  fatal      yes    yes         yes  yes            yes
//! a page fault's handler          no (IF=0)  yes        yes    fatal       yes  yes            yes
//! ```
//!
//! `fatal`: the outer frame is lost. A handler that faults so is a bug; its own report comes all the same.
//!
//! ```text
//! guard page    unmapped: what overflows is a page fault, on the stack above or on the double fault's
//! stack         STACK_SIZE bytes, down from what the task state segment says
//! ```

use core::cell::UnsafeCell;
use core::ops::Range;

use super::page_walk;

/// Bytes in a page.
const PAGE_SIZE: usize = farjump_x86::paging::PAGE_SIZE as usize;

/// Bytes in a stack: a report takes less than half of them. They are part of `.bss`, which the loader
/// fills with zeros: more would make each boot dearer.
const STACK_SIZE: usize = 2 * PAGE_SIZE;

/// Stacks that the CPU's table has room for.
const STACKS: usize = 7;

/// A kind of trap that has a stack of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum TrapStack {
    /// Page faults, so that a handler of another exception may run into one.
    PageFault,
    /// Double faults: the way out when another stack can't be used.
    DoubleFault,
    /// Non-maskable interrupts, which come at any time.
    NonMaskable,
    /// Machine checks, which come at any time too.
    MachineCheck,
    /// Debug exceptions and breakpoints, so that any handler may be debugged.
    Debug,
    /// All other exceptions.
    Exception,
    /// Interrupts. Their gates keep further interrupts off.
    Interrupt,
}

#[repr(C, align(4096))]
struct Guarded {
    guard: [u8; PAGE_SIZE],
    stack: [u8; STACK_SIZE],
}

struct Stacks(UnsafeCell<[Guarded; STACKS]>);

// SAFETY: nothing in Rust refers to the bytes; the CPU alone uses them, as stacks.
unsafe impl Sync for Stacks {}

static MEMORY: Stacks =
    Stacks(UnsafeCell::new([const { Guarded { guard: [0; PAGE_SIZE], stack: [0; STACK_SIZE] } }; STACKS]));

impl TrapStack {
    pub(crate) const ALL: [Self; STACKS] = [
        Self::PageFault,
        Self::DoubleFault,
        Self::NonMaskable,
        Self::MachineCheck,
        Self::Debug,
        Self::Exception,
        Self::Interrupt,
    ];

    /// Where it stands in the interrupt stack table, counted from zero.
    pub(super) const fn ist_index(self) -> u8 {
        self as u8
    }

    /// The stack's addresses. It grows down from the end.
    pub(crate) fn pages(self) -> Range<u64> {
        let start = self.guard_page().end;
        start..start + STACK_SIZE as u64
    }

    /// The page below the stack.
    pub(crate) fn guard_page(self) -> Range<u64> {
        let first = MEMORY.0.get().addr() + usize::from(self.ist_index()) * size_of::<Guarded>();
        first as u64..(first + PAGE_SIZE) as u64
    }

    /// Whose stack it is, for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PageFault => "page fault",
            Self::DoubleFault => "double fault",
            Self::NonMaskable => "non-maskable interrupt",
            Self::MachineCheck => "machine check",
            Self::Debug => "debug",
            Self::Exception => "exception",
            Self::Interrupt => "interrupt",
        }
    }
}

/// Takes the guard pages out of the page tables.
pub(super) fn unmap_guard_pages() {
    for stack in TrapStack::ALL {
        // SAFETY: the page is a static's that nothing ever refers to, and the loader maps a kernel's
        // segments by 4 KiB pages.
        unsafe { page_walk::unmap_page(stack.guard_page().start) };
    }
}
