//! What lives at an address, for the report of a page fault.

use core::fmt;
use core::ops::Range;

use farjump_api::{BootInfo, KernelSegment, SegmentFlags};

use crate::arch::page_walk;
use crate::arch::trap_stacks::TrapStack;
use crate::memory::{PAGE_SIZE, Part, pages};
use crate::thread::{self, ThreadName};

/// What lives at an address.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AddressClass {
    /// The first page, which is never mapped.
    NullPage,
    /// No page can be here.
    NonCanonical,
    /// Below the boot stack, of so many bytes.
    BootStackGuard(u64),
    /// Below a stack of traps.
    TrapStackGuard(TrapStack),
    /// Below the stack of a thread.
    ThreadStackGuard(ThreadName),
    BootStack,
    TrapStack(TrapStack),
    Segment(KernelSegment),
    /// The mapping of physical memory, at this physical address.
    PhysicalMemory(u64),
    /// In its range, at this physical address above 4 GiB, where no RAM is and so nothing is mapped.
    NoPhysicalMemory(u64),
    /// Pages that the kernel has reserved, or a guard page beside them.
    Reserved(&'static str, Part),
    /// Some other page that is mapped, to this physical address.
    Mapped(u64),
    Unmapped,
}

impl AddressClass {
    /// What lives at `address`.
    pub(crate) fn of(address: u64) -> Self {
        if address < PAGE_SIZE {
            return Self::NullPage;
        }
        if !page_walk::is_canonical(address) {
            return Self::NonCanonical;
        }
        if let Some(thread) = thread::guard_page_owner(address) {
            return Self::ThreadStackGuard(thread);
        }
        let known = crate::boot::info().and_then(|boot_info| Self::in_kernel(boot_info, address));
        let known = known.or_else(|| pages::owner(address).map(|(name, part)| Self::Reserved(name, part)));
        known.unwrap_or_else(|| match page_walk::find(address) {
            Some(mapping) => Self::Mapped(mapping.physical_address),
            None => Self::Unmapped,
        })
    }

    /// Whether a stack has grown out of its room.
    pub(super) fn is_stack_overflow(self) -> bool {
        matches!(self, Self::BootStackGuard(_) | Self::TrapStackGuard(_) | Self::ThreadStackGuard(_))
    }

    fn in_kernel(boot_info: &BootInfo, address: u64) -> Option<Self> {
        let kernel = &boot_info.kernel;
        let stack = kernel.stack_top - kernel.stack_size..kernel.stack_top;
        if (stack.start - PAGE_SIZE..stack.start).contains(&address) {
            return Some(Self::BootStackGuard(kernel.stack_size));
        }
        if stack.contains(&address) {
            return Some(Self::BootStack);
        }
        for trap_stack in TrapStack::ALL {
            if trap_stack.guard_page().contains(&address) {
                return Some(Self::TrapStackGuard(trap_stack));
            }
            if trap_stack.pages().contains(&address) {
                return Some(Self::TrapStack(trap_stack));
            }
        }
        let segments = kernel.segments.get();
        if let Some(segment) = segments.iter().find(|segment| range(segment).contains(&address)) {
            return Some(Self::Segment(*segment));
        }
        let physical = address.checked_sub(boot_info.physical_memory_offset)?;
        let place = if boot_info.maps(physical..physical + 1) {
            Self::PhysicalMemory(physical)
        } else {
            Self::NoPhysicalMemory(physical)
        };
        (physical < boot_info.physical_memory_size).then_some(place)
    }
}

fn range(segment: &KernelSegment) -> Range<u64> {
    segment.virtual_address..segment.virtual_address + segment.size
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NullPage => f.write_str("the null page"),
            Self::NonCanonical => f.write_str("what is no address: bits 48 to 63 aren't as bit 47"),
            Self::BootStackGuard(size) => {
                write!(f, "the guard page below the boot stack of {} KiB", size >> 10)
            }
            Self::TrapStackGuard(stack) => write!(f, "the guard page below the {} stack", stack.name()),
            Self::ThreadStackGuard(name) => write!(f, "the guard page below the stack of thread {name}"),
            Self::BootStack => f.write_str("the boot stack"),
            Self::TrapStack(stack) => write!(f, "the {} stack", stack.name()),
            Self::Segment(segment) => f.write_str(segment_name(segment.flags)),
            Self::PhysicalMemory(physical) => write!(f, "physical address {physical:#x}"),
            Self::NoPhysicalMemory(physical) => {
                write!(f, "physical address {physical:#x}, where the memory map has no RAM: it isn't mapped")
            }
            Self::Reserved(name, Part::Pages) => f.write_str(name),
            Self::Reserved(name, Part::GuardBelow) => write!(f, "the guard page below {name}"),
            Self::Reserved(name, Part::GuardAbove) => write!(f, "the guard page above {name}"),
            Self::Mapped(physical) => write!(f, "a page that is mapped to physical address {physical:#x}"),
            Self::Unmapped => f.write_str("a page that isn't mapped"),
        }
    }
}

fn segment_name(flags: SegmentFlags) -> &'static str {
    if flags.contains(SegmentFlags::EXECUTE) {
        "the kernel's code"
    } else if flags.contains(SegmentFlags::WRITE) {
        "the kernel's data"
    } else {
        "the kernel's read-only data"
    }
}
