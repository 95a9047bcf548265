//! Memory that can be executed, for `module-loader` on the host.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use farjump_kernel_memory::protection::Protection;
use farjump_module_loader::{Mapped, Mapper, Region, Reserved};
use rustix::io::Errno;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
}

/// Modules that this thread has in memory.
pub(crate) fn live() -> usize {
    LIVE.get()
}

/// Anonymous mappings.
#[derive(Debug)]
pub(crate) struct Pages;

/// One of them.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: *mut c_void,
    size: usize,
}

impl Mapper for Pages {
    type Reserved = Mapping;

    fn reserve(&mut self, size_bytes: u64) -> Result<Mapping, Errno> {
        let size = usize::try_from(size_bytes).unwrap();
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping, at an address of the system's choice.
        let start = unsafe { mmap_anonymous(ptr::null_mut(), size, protection, MapFlags::PRIVATE) }?;
        LIVE.set(LIVE.get() + 1);
        Ok(Mapping { start, size })
    }
}

impl Reserved for Mapping {
    type Mapped = Self;

    fn address(&self) -> u64 {
        self.start.expose_provenance() as u64
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: mapped, writable, and this mapping's alone.
        unsafe { std::slice::from_raw_parts_mut(self.start.cast(), self.size) }
    }

    fn protect(self, regions: &[Region]) -> Result<Self, Errno> {
        // SAFETY: there is no reference to the bytes any more.
        unsafe { mprotect(self.start, self.size, MprotectFlags::empty()) }?;
        for Region { range, protection } in regions {
            let flags = match protection {
                Protection::ReadOnly => MprotectFlags::READ,
                Protection::ReadWrite => MprotectFlags::READ | MprotectFlags::WRITE,
                Protection::ReadExecute => MprotectFlags::READ | MprotectFlags::EXEC,
            };
            let start = self.start.wrapping_byte_add(usize::try_from(range.start).unwrap());
            let size = usize::try_from(range.end - range.start).unwrap();
            // SAFETY: as above; the region is in the mapping.
            unsafe { mprotect(start, size, flags) }?;
        }
        Ok(self)
    }
}

impl Mapped for Mapping {
    type Error = Errno;

    fn unmap(self) -> Result<(), Errno> {
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this mapping's own pages, to which there is no reference any more.
        unsafe { munmap(self.start, self.size) }.unwrap();
        LIVE.set(LIVE.get() - 1);
    }
}
