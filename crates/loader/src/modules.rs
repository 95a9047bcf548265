//! Loads boot modules: whole files, each in its own frames.

use farjump_api::MemoryKind;

use crate::boot_error::BootError;
use crate::config::Config;
use crate::console::{self, Failed};
use crate::platform::{Platform, to_usize};
use crate::story::{Machine, allocate};
use crate::verify::Verifier;

/// Address and size of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoadedModule {
    pub(crate) physical_address: u64,
    pub(crate) len_bytes: u64,
}

/// Address and size of all modules, in the configuration's order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadedModules<'m>(&'m [u8]);

impl<'m> LoadedModules<'m> {
    /// Returns an iterator over the modules.
    pub(crate) fn iter(self) -> impl Iterator<Item = LoadedModule> + Clone + use<'m> {
        self.0.as_chunks().0.iter().map(LoadedModule::from_bytes)
    }
}

impl LoadedModule {
    /// Bytes in an entry of the table.
    const SIZE: usize = 2 * size_of::<u64>();

    fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..8].copy_from_slice(&self.physical_address.to_le_bytes());
        bytes[8..].copy_from_slice(&self.len_bytes.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let [address, length] = [0, 1].map(|index| u64::from_le_bytes(bytes.as_chunks().0[index]));
        Self { physical_address: address, len_bytes: length }
    }
}

/// Loads all modules that the configuration names, in its order.
pub(crate) fn load<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    config: &Config<'m>,
) -> Result<LoadedModules<'m>, Failed> {
    let size = config.modules().count() * LoadedModule::SIZE;
    if size == 0 {
        return Ok(LoadedModules(&[]));
    }
    let Machine { memory, log, .. } = machine;
    let table = allocate::<P>(memory, log, size as u64, MemoryKind::LOADER_RECLAIMABLE)?.into_bytes();
    for (entry, path) in table.as_chunks_mut().0.iter_mut().zip(config.modules()) {
        *entry = load_module(machine, config, path)?.to_bytes();
    }
    Ok(LoadedModules(&table[..size]))
}

fn load_module<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    config: &Config<'m>,
    path: &'m str,
) -> Result<LoadedModule, Failed> {
    let Machine { memory, volume, log, policy } = machine;
    let mut file = volume.open_file::<P>(log, path)?;
    let len_bytes = file.size();
    let mut frames = allocate::<P>(memory, log, len_bytes, MemoryKind::MODULE)?;
    let physical_address = frames.start();
    let (contents, padding) = frames.bytes_mut().split_at_mut(to_usize(len_bytes));
    let mut verifier = Verifier::new(policy, config, path)
        .map_err(|cause| log.fail::<P>(&BootError::VerificationFailed { path, cause }))?;
    volume.read::<P>(log, &mut file, 0..len_bytes, contents, &mut verifier)?;
    verifier
        .finish(log, path)
        .map_err(|cause| log.fail::<P>(&BootError::VerificationFailed { path, cause }))?;
    padding.fill(0);
    console::info!(log, "{path}: {len_bytes} bytes at {physical_address:#x}");
    Ok(LoadedModule { physical_address, len_bytes })
}
