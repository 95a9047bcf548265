//! The structure that the kernel's entry point gets.

use core::fmt;
use core::ops::Range;

use crate::virtual_memory::FULLY_MAPPED_END;
use crate::{BootDevice, Console, KernelImage, MemoryRegion, Module, SignedFile, Slice, Str, TimelineEntry};

/// All that the loader tells the kernel. RDI holds its address at the kernel's entry.
///
/// Lives, with everything it points to, in memory of [`MemoryKind::KERNEL`](crate::MemoryKind), at
/// addresses inside the mapping of physical memory. New fields are only ever added at the end; `size`
/// says how much of the structure the loader wrote.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct BootInfo {
    /// [`Self::MAGIC`].
    pub magic: u64,
    /// [`Self::VERSION`] of the loader: grows when a field changes its meaning.
    pub version: u32,
    /// Bytes of this structure that the loader wrote.
    pub size: u32,
    /// Physical memory: ascending, disjoint, page aligned, nothing empty, neighbours of a kind joined.
    pub memory_map: Slice<MemoryRegion>,
    /// The configuration's modules, in its order.
    pub modules: Slice<Module>,
    /// When each step was reached, in order.
    pub timeline: Slice<TimelineEntry>,
    /// The configuration's `cmdline`.
    pub command_line: Str,
    /// Virtual address at which physical address zero is mapped.
    pub physical_memory_offset: u64,
    /// Bytes of virtual memory that the mapping of physical memory takes there. Below 4 GiB all of it is mapped; above,
    /// only what [lies in RAM](crate::MemoryKind::lies_in_ram) by the memory map: see [`Self::maps`].
    pub physical_memory_size: u64,
    /// Physical address of the ACPI root system description pointer, zero where there is none.
    pub rsdp_address: u64,
    /// What of the CPU the loader has switched on.
    pub cpu_features: CpuFeatures,
    /// Where the kernel itself is.
    pub kernel: KernelImage,
    /// Drive and partition.
    pub boot_device: BootDevice,
    /// Serial port and screen.
    pub console: Console,
    /// What kind of boot it was.
    pub flags: BootFlags,
    /// The files that a signed configuration lists, the kernel left out; none where the boot isn't
    /// [`SIGNED`](BootFlags::SIGNED). [`Self::signed_file`] looks one up.
    pub signed_files: Slice<SignedFile>,
}

bitflags::bitflags! {
    /// What kind of boot it was.
    #[repr(transparent)]
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct BootFlags: u64 {
        /// The loader boots only what is signed. The kernel must then run no file of the volume whose SHA-256 hash
        /// isn't the one in [`BootInfo::signed_files`].
        const SIGNED = 1 << 0;
    }
}

bitflags::bitflags! {
    /// What of the CPU the loader has switched on.
    #[repr(transparent)]
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct CpuFeatures: u64 {
        /// EFER.NXE: pages can be no-execute. Where it is missing, data can be executed.
        const NO_EXECUTE = 1 << 0;
        /// CR4.OSFXSR and CR4.OSXMMEXCPT: SSE. Always set.
        const SSE = 1 << 1;
        /// CR0.WP: read-only pages bind the kernel too. Always set.
        const WRITE_PROTECT = 1 << 2;
        /// The CPU has 1 GiB pages; whole GiBs of RAM above 4 GiB are mapped by them.
        const GIB_PAGES = 1 << 3;
    }
}

impl BootInfo {
    /// The bytes `FARJUMP` and a NUL.
    pub const MAGIC: u64 = u64::from_le_bytes(*b"FARJUMP\0");

    /// Version of the protocol.
    pub const VERSION: u32 = 1;

    /// The structure at `address`, once magic, version and size are known to fit this crate, its pointers to lead into
    /// the mapping of physical memory, and its memory map to be sorted.
    ///
    /// # Errors
    /// [`ProtocolError`] says what doesn't fit.
    ///
    /// # Safety
    /// `address` is what a loader passed in RDI: 16 readable bytes at least, and if the magic is there,
    /// a `BootInfo` of that version whose memory nobody writes, with all physical memory mapped where it says.
    pub unsafe fn from_loader(address: *const Self) -> Result<&'static Self, ProtocolError> {
        if address.is_null() || !address.is_aligned() {
            return Err(ProtocolError::Address(address.addr()));
        }
        // SAFETY: the caller vouches for 16 readable bytes; alignment is checked above.
        let Prefix { magic, version, size } = unsafe { address.cast::<Prefix>().read() };
        if magic != Self::MAGIC {
            return Err(ProtocolError::Magic(magic));
        }
        if version != Self::VERSION {
            return Err(ProtocolError::Version(version));
        }
        if (size as usize) < size_of::<Self>() {
            return Err(ProtocolError::Size(size));
        }
        // SAFETY: magic, version and size say that the whole structure is there; the caller vouches
        // that nobody writes it.
        let boot_info = unsafe { &*address };
        boot_info.check()?;
        Ok(boot_info)
    }

    /// The signed file at `path`: the first entry of [`Self::signed_files`] with this path. FAT ignores the case of
    /// ASCII letters and repeated slashes, and so does this. Any other spelling, such as one with `..` or with a short
    /// name, isn't found.
    #[must_use]
    pub fn signed_file(&self, path: &str) -> Option<&'static SignedFile> {
        self.signed_files.get().iter().find(|file| file.is_at(path))
    }

    /// RAM that the kernel may sooner or later use, in bytes.
    #[must_use]
    pub fn ram_bytes(&self) -> u64 {
        let ram = self.memory_map.get().iter().filter(|region| region.kind.is_ram());
        ram.map(MemoryRegion::len_bytes).sum()
    }

    /// Whether the loader has mapped all of these physical addresses at [`Self::physical_memory_offset`]: what is below
    /// 4 GiB, and RAM. False for what is empty.
    #[must_use]
    pub fn maps(&self, physical: Range<u64>) -> bool {
        let mut mapped_end = physical.start.max(FULLY_MAPPED_END);
        for region in self.memory_map.get() {
            if region.kind.lies_in_ram() && region.range().contains(&mapped_end) {
                mapped_end = region.end;
            }
        }
        !physical.is_empty()
            && physical.end <= self.physical_memory_size
            && (physical.end <= FULLY_MAPPED_END || physical.end <= mapped_end)
    }
}

/// The fields that every version of [`BootInfo`] begins with.
#[repr(C)]
struct Prefix {
    magic: u64,
    version: u32,
    size: u32,
}

/// Why a pointer isn't to a [`BootInfo`] that this crate understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolError {
    /// Null or misaligned.
    Address(usize),
    /// Not [`BootInfo::MAGIC`].
    Magic(u64),
    /// Not [`BootInfo::VERSION`].
    Version(u32),
    /// Fewer bytes than this crate's `BootInfo` has.
    Size(u32),
    /// This lies outside the mapping of physical memory.
    Outside(&'static str),
    /// The region that begins here overlaps one before it, is empty, or isn't in whole pages.
    MemoryMap(u64),
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address:#x} is no BootInfo's address"),
            Self::Magic(magic) => write!(f, "magic {magic:#x}, not {:#x}", BootInfo::MAGIC),
            Self::Version(version) => write!(f, "version {version}, not {}", BootInfo::VERSION),
            Self::Outside(what) => write!(f, "{what} can't be where it says"),
            Self::MemoryMap(start) => write!(f, "the memory map is out of order at {start:#x}"),
            Self::Size(size) => write!(f, "{size} bytes of BootInfo, not {}", size_of::<BootInfo>()),
        }
    }
}

// Kernels in other languages read the structure by these offsets: docs/boot-protocol.md lists them.
const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<BootInfo>() == 248);
    assert!(offset_of!(BootInfo, memory_map) == 16);
    assert!(offset_of!(BootInfo, modules) == 32);
    assert!(offset_of!(BootInfo, timeline) == 48);
    assert!(offset_of!(BootInfo, command_line) == 64);
    assert!(offset_of!(BootInfo, physical_memory_offset) == 80);
    assert!(offset_of!(BootInfo, physical_memory_size) == 88);
    assert!(offset_of!(BootInfo, rsdp_address) == 96);
    assert!(offset_of!(BootInfo, cpu_features) == 104);
    assert!(offset_of!(BootInfo, kernel) == 112);
    assert!(offset_of!(BootInfo, boot_device) == 176);
    assert!(offset_of!(BootInfo, console) == 200);
    assert!(offset_of!(BootInfo, flags) == 224);
    assert!(offset_of!(BootInfo, signed_files) == 232);
};

#[cfg(test)]
pub(crate) mod tests;
