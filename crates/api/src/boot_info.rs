//! The structure that the kernel's entry point gets.

use core::cell::UnsafeCell;
use core::mem::{MaybeUninit, offset_of};
use core::ops::Range;
use core::{fmt, ptr};

use crate::virtual_memory::FULLY_MAPPED_END;
use crate::{
    BootDevice, Console, Efi, EfiMemoryMap, Framebuffer, KernelImage, MemoryRegion, Module, SignedFile,
    Slice, Str, TimelineEntry,
};

/// All that the loader tells the kernel. RDI holds its address at the kernel's entry.
///
/// The loader's structure lives, with everything it points to, in memory of
/// [`MemoryKind::KERNEL`](crate::MemoryKind), at addresses inside the mapping of physical memory.
///
/// Either side may be older: new fields are only ever added at the end, and `size` says how much of the structure the
/// loader wrote. The public fields are those that every loader of this version writes. A method returns each of the
/// others: `None` if the loader is older than the field, or the machine has no such thing.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct BootInfo {
    /// [`Self::MAGIC`].
    pub magic: u64,
    /// [`Self::VERSION`] of the loader: grows when a field changes its meaning.
    pub version: u32,
    /// Bytes of this structure that the loader wrote: [`Self::BASE_SIZE`] or more.
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
    /// Disk and partition.
    pub boot_device: BootDevice,
    /// Serial port and screen.
    pub console: Console,
    /// What kind of boot it was.
    pub flags: BootFlags,
    /// The files that a signed configuration lists, the kernel left out; none where the boot isn't
    /// [`SIGNED`](BootFlags::SIGNED). [`Self::signed_file`] looks one up.
    pub signed_files: Slice<SignedFile>,
    // What follows may be past `size`: read by methods alone.
    pub(crate) smbios_address: u64,
    pub(crate) tsc_hz: u64,
    pub(crate) framebuffer: Framebuffer,
    pub(crate) efi: Efi,
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
    pub const VERSION: u32 = 2;

    /// Bytes that every loader of this version writes: up to the end of `signed_files`.
    pub const BASE_SIZE: usize = offset_of!(Self, smbios_address);

    /// Returns a copy of the structure at `address`, once magic, version and size are known to fit this crate, its
    /// pointers to lead into the mapping of physical memory, and its memory map to be sorted.
    ///
    /// A copy, because the loader's structure may be shorter than this crate's, or longer.
    ///
    /// # Errors
    /// [`ProtocolError`] says what doesn't fit.
    ///
    /// # Safety
    /// `address` is what a loader passed in RDI: 16 readable bytes at least, and if the magic is there, a `BootInfo` of
    /// that version and size, with all physical memory mapped where it says. What it points to is never written again.
    pub unsafe fn from_loader(address: *const Self) -> Result<Self, ProtocolError> {
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
        if (size as usize) < Self::BASE_SIZE {
            return Err(ProtocolError::Size(size));
        }
        let mut copy = MaybeUninit::<Self>::zeroed();
        let known_size = size_of::<Self>().min(size as usize);
        // SAFETY: magic, version and size say that so many bytes are there, and the copy has room for them.
        unsafe { ptr::copy_nonoverlapping(address.cast::<u8>(), copy.as_mut_ptr().cast(), known_size) };
        // SAFETY: all fields are numbers, of which any bytes are a value.
        let boot_info = unsafe { copy.assume_init() };
        boot_info.check()?;
        Ok(boot_info)
    }

    /// Returns the physical address of the SMBIOS entry point, `_SM3_` or `_SM_`. A loader may look for it only if the
    /// kernel [requests](crate::RequestFlags::SMBIOS) it.
    #[must_use]
    pub fn smbios_address(&self) -> Option<u64> {
        self.written(offset_of!(Self, smbios_address), self.smbios_address).filter(|address| *address != 0)
    }

    /// Returns how often a second the time stamp counter counts, if the CPU or the hypervisor says so.
    #[must_use]
    pub fn tsc_hz(&self) -> Option<u64> {
        self.written(offset_of!(Self, tsc_hz), self.tsc_hz).filter(|hz| *hz != 0)
    }

    /// Returns the framebuffer that the screen shows.
    #[must_use]
    pub fn framebuffer(&self) -> Option<Framebuffer> {
        let framebuffer = self.written(offset_of!(Self, framebuffer), self.framebuffer);
        framebuffer.filter(|framebuffer| framebuffer.physical_address != 0)
    }

    /// Returns the physical address of UEFI's system table.
    #[must_use]
    pub fn efi_system_table(&self) -> Option<u64> {
        let efi = self.written(offset_of!(Self, efi), self.efi);
        efi.map(|efi| efi.system_table).filter(|address| *address != 0)
    }

    /// Returns UEFI's own memory map.
    #[must_use]
    pub fn efi_memory_map(&self) -> Option<EfiMemoryMap> {
        let efi = self.written(offset_of!(Self, efi), self.efi);
        efi.map(|efi| efi.memory_map).filter(|map| map.physical_address != 0)
    }

    /// Returns the field at `offset` if the loader wrote all of it.
    fn written<T>(&self, offset: usize, field: T) -> Option<T> {
        (offset + size_of::<T>() <= self.size as usize).then_some(field)
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

/// Where a kernel keeps its copy of the [`BootInfo`]: `entry_point!` has one, and a kernel with an entry point of its own
/// makes one.
pub struct BootInfoCell(UnsafeCell<MaybeUninit<BootInfo>>);

// SAFETY: `init`, the only way to what is in the cell, is called once.
unsafe impl Sync for BootInfoCell {}

impl BootInfoCell {
    /// Makes a cell without a `BootInfo` in it.
    #[must_use]
    pub const fn empty() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Copies the structure at `address` to the cell, as [`BootInfo::from_loader`] does.
    ///
    /// # Errors
    /// As [`BootInfo::from_loader`].
    ///
    /// # Safety
    /// As for [`BootInfo::from_loader`], and this is the only call of this function for this cell.
    pub unsafe fn init(&'static self, address: *const BootInfo) -> Result<&'static BootInfo, ProtocolError> {
        // SAFETY: as for the caller.
        let boot_info = unsafe { BootInfo::from_loader(address) }?;
        // SAFETY: the only call makes the only reference.
        let cell = unsafe { &mut *self.0.get() };
        Ok(cell.write(boot_info))
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
    /// Fewer bytes than [`BootInfo::BASE_SIZE`].
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
            Self::Size(size) => write!(f, "{size} bytes of BootInfo, not {} or more", BootInfo::BASE_SIZE),
        }
    }
}

// Kernels in other languages read the structure by these offsets: docs/boot-protocol.md lists them.
const _: () = {
    assert!(size_of::<BootInfo>() == 376);
    assert!(BootInfo::BASE_SIZE == 296);
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
    assert!(offset_of!(BootInfo, console) == 248);
    assert!(offset_of!(BootInfo, flags) == 272);
    assert!(offset_of!(BootInfo, signed_files) == 280);
    assert!(offset_of!(BootInfo, smbios_address) == 296);
    assert!(offset_of!(BootInfo, tsc_hz) == 304);
    assert!(offset_of!(BootInfo, framebuffer) == 312);
    assert!(offset_of!(BootInfo, efi) == 344);
};

#[cfg(test)]
pub(crate) mod tests;
