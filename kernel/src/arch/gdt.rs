//! The kernel's global descriptor table, and its one task state segment.
//!
//! In long mode the CPU reads little of either: of a segment that it is 64-bit code, and of the task state
//! segment where each trap's stack is.
//!
//! Source: Intel SDM vol. 3A, "Segment Descriptors", "64-Bit Task State Segment".

use spin::Once;
use x86_64::VirtAddr;
use x86_64::instructions::tables::load_tss;
use x86_64::registers::segmentation::{CS, DS, ES, SS, Segment};
use x86_64::structures::gdt::{Descriptor, GlobalDescriptorTable, SegmentSelector};
use x86_64::structures::tss::TaskStateSegment;

use super::trap_stacks::TrapStack;

/// The table and the selectors into it.
struct Segments {
    gdt: GlobalDescriptorTable,
    code: SegmentSelector,
    data: SegmentSelector,
    tss: SegmentSelector,
}

// Both are written but once; what LTR changes in the table, the `x86_64` crate keeps in atomics.
static TSS: Once<TaskStateSegment> = Once::new();
static SEGMENTS: Once<Segments> = Once::new();

/// Loads the table, all segment registers that count, and the task register.
pub(super) fn load() {
    let segments = SEGMENTS.call_once(segments);
    segments.gdt.load();
    // SAFETY: 64-bit code of CPL 0, as what runs now.
    unsafe { CS::set_reg(segments.code) };
    // SAFETY: a data segment of CPL 0.
    unsafe { SS::set_reg(segments.data) };
    // SAFETY: as above.
    unsafe { DS::set_reg(segments.data) };
    // SAFETY: as above.
    unsafe { ES::set_reg(segments.data) };
    // SAFETY: the descriptor is of the static segment, which isn't loaded yet: `load` is called once.
    unsafe { load_tss(segments.tss) };
}

fn segments() -> Segments {
    let tss = TSS.call_once(task_state_segment);
    let mut gdt = GlobalDescriptorTable::new();
    let code = gdt.append(Descriptor::kernel_code_segment());
    let data = gdt.append(Descriptor::kernel_data_segment());
    let tss = gdt.append(Descriptor::tss_segment(tss));
    Segments { gdt, code, data, tss }
}

fn task_state_segment() -> TaskStateSegment {
    let mut tss = TaskStateSegment::new();
    for stack in TrapStack::ALL {
        tss.interrupt_stack_table[usize::from(stack.ist_index())] = VirtAddr::new(stack.pages().end);
    }
    tss
}
