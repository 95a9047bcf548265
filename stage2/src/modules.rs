//! Modules: whole files, each in frames of its own.

use farjump_api::MemoryKind;
use farjump_loader::config::Config;
use farjump_loader::memory_map::MemoryMap;

use crate::boot_error::BootError;
use crate::console;
use crate::memory::{self, Plain, to_usize};
use crate::physical_memory::allocate;
use crate::verify::Verifier;
use crate::volume::BootVolume;

/// Where a module is.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct LoadedModule {
    pub(crate) physical_address: u64,
    pub(crate) len_bytes: u64,
}

// SAFETY: two integers without padding.
unsafe impl Plain for LoadedModule {}

/// Reads all modules that the configuration names, in its order.
pub(crate) fn load(
    volume: &mut BootVolume,
    map: &mut MemoryMap,
    config: &Config<'static>,
) -> Result<&'static [LoadedModule], BootError<'static>> {
    let count = config.modules().count();
    if count == 0 {
        return Ok(&[]);
    }
    let table = allocate(map, (count * size_of::<LoadedModule>()) as u64, MemoryKind::LOADER_RECLAIMABLE)?;
    // SAFETY: the frames are this table's from here on.
    let table: &'static mut [LoadedModule] = unsafe { memory::slice_mut(table.start(), count) };
    for (entry, path) in table.iter_mut().zip(config.modules()) {
        *entry = load_module(volume, map, config, path)?;
    }
    Ok(table)
}

fn load_module(
    volume: &mut BootVolume,
    map: &mut MemoryMap,
    config: &Config<'static>,
    path: &'static str,
) -> Result<LoadedModule, BootError<'static>> {
    let mut file = volume.open_file(path)?;
    let len_bytes = file.size();
    let mut frames = allocate(map, len_bytes, MemoryKind::MODULE)?;
    let (contents, behind) = frames.bytes_mut().split_at_mut(to_usize(len_bytes));
    let refuse = |cause| BootError::Unverified { path, cause };
    let mut verifier = Verifier::new(config, path).map_err(refuse)?;
    volume.read(&mut file, 0..len_bytes, contents, &mut verifier)?;
    verifier.finish(path).map_err(refuse)?;
    behind.fill(0);
    console::info!("{path}: {len_bytes} bytes at {:#x}", frames.start());
    Ok(LoadedModule { physical_address: frames.start(), len_bytes })
}
