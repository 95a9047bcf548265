//! Physical memory: contiguous bytes from address zero on.

use farjump_api::MemoryKind;
use farjump_loader::PAGE_SIZE;
use farjump_loader::memory_map::{FirmwareRegion, MapError, MemoryMap};
use farjump_loader::platform::{Frames, Memory};

/// End of the memory below 1 MiB that a PC can use.
const BASE_MEMORY_END: u64 = 0x9_FC00;

/// Start of the memory above 1 MiB.
const EXTENDED_MEMORY: u64 = 1 << 20;

/// A machine's memory. It can be used for several boots; each finds the contents that the previous one left.
#[derive(Debug, Clone)]
pub struct Ram {
    bytes: Vec<u8>,
}

impl Ram {
    /// Returns `mib` MiB of memory.
    #[must_use]
    pub fn new(mib: usize) -> Self {
        Self { bytes: vec![0; mib << 20] }
    }

    /// Returns the `len` bytes at a physical address; `None` if there is no memory.
    #[must_use]
    pub fn get(&self, address: u64, len: usize) -> Option<&[u8]> {
        self.bytes.get(usize::try_from(address).ok()?..)?.get(..len)
    }
}

/// Memory with an allocator of frames.
pub(crate) struct HostMemory<'m> {
    map: MemoryMap,
    /// The free memory: address and contents.
    free: Vec<(u64, &'m mut [u8])>,
}

impl<'m> HostMemory<'m> {
    pub(crate) fn new(ram: &'m mut Ram) -> Result<Self, MapError> {
        let mut map = MemoryMap::new();
        let end = ram.bytes.len() as u64;
        map.set_from_firmware(&[
            FirmwareRegion::usable(0, BASE_MEMORY_END),
            FirmwareRegion::usable(EXTENDED_MEMORY, end.saturating_sub(EXTENDED_MEMORY)),
        ])?;
        Ok(Self { map, free: vec![(0, &mut ram.bytes)] })
    }

    /// Removes these addresses from the free memory.
    fn take(&mut self, start: u64, size: usize) -> Option<&'m mut [u8]> {
        let holds = |(address, bytes): &(u64, &mut [u8])| {
            *address <= start && start + size as u64 <= *address + bytes.len() as u64
        };
        let (address, bytes) = self.free.swap_remove(self.free.iter().position(holds)?);
        let (before, rest) = bytes.split_at_mut(usize::try_from(start - address).ok()?);
        let (taken, after) = rest.split_at_mut(size);
        self.free.push((address, before));
        self.free.push((start + size as u64, after));
        Some(taken)
    }
}

impl<'m> Memory<'m> for HostMemory<'m> {
    fn source(&self) -> &'static str {
        "host"
    }

    fn map(&self) -> &MemoryMap {
        &self.map
    }

    fn allocate(&mut self, size_bytes: u64, kind: MemoryKind) -> Result<Frames<'m>, MapError> {
        let start = self.map.allocate(size_bytes, kind)?;
        let size = size_bytes.max(1).next_multiple_of(PAGE_SIZE);
        let bytes = usize::try_from(size).ok().and_then(|size| self.take(start, size));
        Ok(Frames::new(start, bytes.expect("the map allocates each frame once")))
    }
}
