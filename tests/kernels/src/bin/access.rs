//! Bytes at any address: what is in use can be read and not written, what isn't there is an error, and a fault in
//! the access itself is one too.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::boxed::Box;
use core::sync::atomic::AtomicU8;

use farjump_api::BootInfo;
use farjump_kernel::arch::trap;
use farjump_kernel::memory::access::{self, AccessError};
use farjump_kernel::memory::{Protection, frames, paging};
use test_kernels::test_kernel;
use x86_64::VirtAddr;
use x86_64::structures::paging::{Page, PhysFrame, Size4KiB};

test_kernel!(
    a_free_byte_is_written_and_put_back,
    what_is_in_use_is_read_and_not_written,
    what_is_not_there_is_an_error,
    a_fault_in_the_access_is_an_error,
);

/// In no area of the loader's or the kernel's.
const FREE_PAGE: u64 = 0xFFFF_C000_0020_0000;

static DATA: AtomicU8 = AtomicU8::new(7);
static CONSTANT: u8 = 8;

/// A frame that is handed out to this test.
fn frame() -> PhysFrame<Size4KiB> {
    frames::allocate().expect("a frame is free")
}

fn free(frame: PhysFrame<Size4KiB>) {
    // SAFETY: handed out to this test, and not referred to.
    assert_eq!(unsafe { frames::free(frame) }, Ok(()));
}

fn address_of<T: ?Sized>(object: *const T) -> u64 {
    object.cast::<u8>().addr() as u64
}

fn a_free_byte_is_written_and_put_back(boot_info: &'static BootInfo) {
    let frame = frame();
    let address = boot_info.physical_memory_offset + frame.start_address().as_u64() + 5;
    assert!(matches!(access::write(address, 1), Err(AccessError::InUse(at)) if at == address));
    free(frame);
    let old = access::write(address, 0xA5).expect("it is free");
    assert_eq!(access::read(address).ok(), Some(0xA5));
    assert_eq!(access::write(address, old).ok(), Some(0xA5));
}

fn what_is_in_use_is_read_and_not_written(boot_info: &'static BootInfo) {
    let physical = |address| boot_info.physical_memory_offset + address;
    let (on_stack, on_heap) = (9_u8, Box::new(10_u8));
    let code = address_of(what_is_in_use_is_read_and_not_written as *const ());
    for (address, byte) in [
        (address_of(DATA.as_ptr()), Some(7)),
        (address_of(&raw const CONSTANT), Some(8)),
        (address_of(&raw const on_stack), Some(9)),
        (address_of(&raw const *on_heap), Some(10)),
        (address_of(boot_info), Some(b'F')),
        (code, None),
        (physical(boot_info.kernel.page_table), None),
        (physical(boot_info.kernel.segments.get()[0].physical_address), None),
        (address_of(boot_info.modules.get()[0].bytes.get()), None),
    ] {
        let found = access::read(address).expect("it is memory");
        assert!(byte.is_none_or(|byte| byte == found), "{found} at {address:#x}");
        let refused = access::write(address, found);
        assert!(matches!(refused, Err(AccessError::InUse(_))), "{refused:?} at {address:#x}");
    }
}

fn what_is_not_there_is_an_error(boot_info: &'static BootInfo) {
    const LOCAL_APIC: u64 = 0xFEE0_0000;
    let device = boot_info.physical_memory_offset + LOCAL_APIC;
    for (address, name) in [
        (0, "NotMapped"),
        (boot_info.kernel.stack_top - boot_info.kernel.stack_size - 1, "NotMapped"),
        (boot_info.kernel.stack_top, "NotMapped"),
        (FREE_PAGE, "NotMapped"),
        (u64::MAX, "NotMapped"),
        (1 << 47, "NonCanonical"),
        (u64::MAX >> 1, "NonCanonical"),
        (device, "NoMemory"),
    ] {
        for error in [access::read(address).err(), access::write(address, 0).err()] {
            let error = error.expect("it is refused");
            assert!(alloc::format!("{error:?}").starts_with(name), "{error:?} at {address:#x}");
        }
    }
}

/// A read-only page whose frame is free again: nothing but the CPU knows that it can't be written there.
fn a_fault_in_the_access_is_an_error(_: &'static BootInfo) {
    let page = Page::<Size4KiB>::containing_address(VirtAddr::new(FREE_PAGE));
    let frame = frame();
    // SAFETY: the page is unused, and the frame is this test's.
    assert_eq!(unsafe { paging::map(page, frame, Protection::ReadOnly) }, Ok(()));
    free(frame);
    let before = trap::count(14);
    assert!(matches!(access::write(FREE_PAGE, 1), Err(AccessError::Faulted(FREE_PAGE))));
    assert_eq!(trap::count(14), before + 1);
    assert!(access::read(FREE_PAGE).is_ok());
    // SAFETY: nothing refers to the page.
    assert_eq!(unsafe { paging::unmap(page) }, Ok(frame));
}
