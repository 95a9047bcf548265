//! The loader's half: writes the BootInfo and all that it points to into memory that the kernel keeps.

use crate::arena::Arena;
use crate::{
    BootDevice, BootFlags, BootInfo, Console, CpuFeatures, Efi, Framebuffer, KernelImage, KernelSegment,
    MemoryRegion, Module, SignedFile, Slice, Str, TimelineEntry,
};

/// What the loader knows at the end. Addresses are physical where nothing else is said.
#[derive(Debug, Clone)]
pub struct BootInfoWriter<'a, M, F> {
    /// The memory map, as the kernel gets it.
    pub memory_map: &'a [MemoryRegion],
    /// The modules, in the configuration's order.
    pub modules: M,
    /// The kernel's command line.
    pub command_line: &'a str,
    /// When each step was reached.
    pub timeline: &'a [TimelineEntry],
    /// Virtual address at which physical address zero is mapped.
    pub physical_memory_offset: u64,
    /// Bytes of physical memory that are mapped there.
    pub physical_memory_size: u64,
    /// Address of the RSDP, zero where there is none.
    pub rsdp_address: u64,
    /// What of the CPU is switched on.
    pub cpu_features: CpuFeatures,
    /// Address and number of the [`KernelSegment`]s.
    pub segments: (u64, u64),
    /// Virtual address of the kernel's first instruction.
    pub entry: u64,
    /// What was added to the ELF file's addresses.
    pub load_bias: u64,
    /// Virtual address of the stack's end.
    pub stack_top: u64,
    /// Bytes of stack.
    pub stack_size: u64,
    /// Address of the PML4.
    pub page_table: u64,
    /// Address of the page that the jump comes from.
    pub trampoline_page: u64,
    /// Disk and partition.
    pub boot_device: BootDevice,
    /// Serial port and screen.
    pub console: Console,
    /// What kind of boot it was.
    pub flags: BootFlags,
    /// Paths and SHA-256 hashes of the files that a signed configuration lists.
    pub signed_files: F,
    /// Address of the SMBIOS entry point, zero where there is none or none was looked for.
    pub smbios_address: u64,
    /// Counts of the time stamp counter in a second, zero where it isn't known.
    pub tsc_hz: u64,
    /// The framebuffer, or [`Framebuffer::NONE`].
    pub framebuffer: Framebuffer,
    /// What UEFI has left, or [`Efi::NONE`].
    pub efi: Efi,
}

/// A module that was loaded.
#[derive(Debug, Clone, Copy)]
pub struct ModulePart<'a> {
    /// The path on the boot volume.
    pub path: &'a str,
    /// Address of the first byte.
    pub physical_address: u64,
    /// Bytes.
    pub len_bytes: u64,
}

impl<'a, M, F> BootInfoWriter<'a, M, F>
where
    M: Iterator<Item = ModulePart<'a>> + Clone,
    F: Iterator<Item = (&'a str, [u8; 32])> + Clone,
{
    /// Bytes that [`write`](Self::write) needs for a map of `regions` and a timeline of `timestamps`.
    #[must_use]
    pub fn room(regions: usize, modules: M, signed_files: F, command_line: &str, timestamps: usize) -> usize {
        let room_for_path = |path: &str| Arena::room_for::<u8>(path.len());
        let module_paths = modules.clone().map(|module| room_for_path(module.path)).sum::<usize>();
        let signed_paths = signed_files.clone().map(|(path, _)| room_for_path(path)).sum::<usize>();
        Arena::room_for::<MemoryRegion>(regions)
            + Arena::room_for::<Module>(modules.count())
            + module_paths
            + Arena::room_for::<SignedFile>(signed_files.count())
            + signed_paths
            + Arena::room_for::<u8>(command_line.len())
            + Arena::room_for::<TimelineEntry>(timestamps)
            + Arena::room_for::<BootInfo>(1)
    }

    /// Writes it to `bytes`, which are physical memory from `physical_address` on, a multiple of 16, and returns the
    /// kernel's address of the BootInfo.
    ///
    /// # Panics
    /// `bytes` has less [`room`](Self::room) than needed.
    #[must_use]
    pub fn write(&self, bytes: &mut [u8], physical_address: u64) -> u64 {
        let mut arena = Arena::new(bytes, self.physical_memory_offset + physical_address);
        let memory_map = arena.slice(self.memory_map.len(), self.memory_map.iter().copied());
        let modules = self.put_modules(&mut arena);
        let signed_files = self.put_signed_files(&mut arena);
        let command_line = arena.text(self.command_line);
        let timeline = arena.slice(self.timeline.len(), self.timeline.iter().copied());
        arena.put(BootInfo {
            magic: BootInfo::MAGIC,
            version: BootInfo::VERSION,
            size: size_of::<BootInfo>() as u32,
            memory_map,
            modules,
            timeline,
            command_line,
            physical_memory_offset: self.physical_memory_offset,
            physical_memory_size: self.physical_memory_size,
            rsdp_address: self.rsdp_address,
            cpu_features: self.cpu_features,
            kernel: self.kernel_image(),
            boot_device: self.boot_device,
            console: self.console,
            flags: self.flags,
            signed_files,
            smbios_address: self.smbios_address,
            tsc_hz: self.tsc_hz,
            framebuffer: self.framebuffer,
            efi: self.efi,
        })
    }

    /// Puts the modules' paths in, then the table that points to them.
    fn put_modules(&self, arena: &mut Arena<'_>) -> Slice<Module> {
        let mut next_path = arena.next_address();
        for module in self.modules.clone() {
            arena.text(module.path);
        }
        let modules = self.modules.clone().map(|ModulePart { path, physical_address, len_bytes }| {
            // SAFETY: the paths follow one another from the first on, and nothing writes them any more.
            let name = unsafe { Str::new(next_path, path.len() as u64) };
            next_path += Arena::room_for::<u8>(path.len()) as u64;
            // SAFETY: the module's own frames, which the kernel sees through its mapping of physical memory.
            let bytes = unsafe { Slice::new(self.physical_memory_offset + physical_address, len_bytes) };
            Module { name, bytes, physical_address }
        });
        arena.slice(self.modules.clone().count(), modules)
    }

    /// Puts the signed files' paths in, then the table that points to them.
    fn put_signed_files(&self, arena: &mut Arena<'_>) -> Slice<SignedFile> {
        let mut next_path = arena.next_address();
        for (path, _) in self.signed_files.clone() {
            arena.text(path);
        }
        let files = self.signed_files.clone().map(|(path, sha256)| {
            // SAFETY: the paths follow one another from the first on, and nothing writes them any more.
            let text = unsafe { Str::new(next_path, path.len() as u64) };
            next_path += Arena::room_for::<u8>(path.len()) as u64;
            SignedFile { path: text, sha256 }
        });
        arena.slice(self.signed_files.clone().count(), files)
    }

    fn kernel_image(&self) -> KernelImage {
        let (address, count) = self.segments;
        // SAFETY: the table lies in frames of the kernel's, which it sees through its mapping of physical memory.
        let segments: Slice<KernelSegment> =
            unsafe { Slice::new(self.physical_memory_offset + address, count) };
        KernelImage {
            segments,
            entry: self.entry,
            load_bias: self.load_bias,
            stack_top: self.stack_top,
            stack_size: self.stack_size,
            page_table: self.page_table,
            trampoline_page: self.trampoline_page,
        }
    }
}

#[cfg(test)]
mod tests;
