//! The loaded modules, and their users.
//!
//! The lock is held to look and to note, never while a module's code runs: it may call back, and load or unload
//! another module, or ask for its own end, which is refused.
//!
//! Each [`ModuleHandle`] counts. Every caller of a module has one, so that a module without handles has no
//! code running, and can be unmapped.

use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Deref;

use farjump_module::{ENTRY, Entry, STARTED};
use farjump_module_loader::{Library, NoLibraries, SymbolKind};

use super::error::ModuleError;
use super::host::HOST;
use super::memory::{KernelMapper, ModulePages};
use crate::sync::IrqMutex;

static MODULES: IrqMutex<Vec<Slot>> = IrqMutex::new(Vec::new());

struct Slot {
    name: Arc<str>,
    /// `None` while it is being loaded or unloaded.
    library: Option<Arc<Library<ModulePages>>>,
}

/// Use of a loaded module, which isn't unloaded meanwhile. Dereferences to its [`Library`].
#[derive(Debug, Clone)]
pub struct ModuleHandle {
    name: Arc<str>,
    library: Arc<Library<ModulePages>>,
}

impl ModuleHandle {
    /// Returns the module's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how many handles there are besides this one.
    #[must_use]
    pub fn other_uses(&self) -> usize {
        // This handle and the registry have one each.
        Arc::strong_count(&self.library).saturating_sub(2)
    }
}

/// What is known of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleInfo {
    /// Its name.
    pub name: Arc<str>,
    /// Where it begins.
    pub base: u64,
    /// Bytes of memory.
    pub size: u64,
    /// Symbols that it exports.
    pub exports: usize,
    /// Handles that exist.
    pub uses: usize,
}

impl Deref for ModuleHandle {
    type Target = Library<ModulePages>;

    fn deref(&self) -> &Self::Target {
        &self.library
    }
}

/// Loads a module under this name: checks the file, maps it, calls its initialisers and then its entry function, if
/// it has one. Returns a handle, which keeps it loaded while it lives.
///
/// # Errors
/// [`ModuleError`]; then all of it is freed.
///
/// # Safety
/// The file is a module whose code may run in the kernel.
pub unsafe fn load(name: &str, file: &[u8]) -> Result<ModuleHandle, ModuleError> {
    reserve(name)?;
    // SAFETY: the caller vouches for the file.
    let loaded = unsafe { start(file) };
    let mut modules = MODULES.lock();
    let index = position(&modules, name)?;
    match loaded {
        Ok(library) => {
            let library = Arc::new(library);
            modules[index].library = Some(Arc::clone(&library));
            Ok(ModuleHandle { name: Arc::clone(&modules[index].name), library })
        }
        Err(error) => {
            modules.remove(index);
            Err(error)
        }
    }
}

/// Calls a module's finalisers, unmaps it, and frees its frames.
///
/// # Errors
/// [`ModuleError::InUse`] while there is a [`ModuleHandle`]; [`ModuleError::NotLoaded`].
pub fn unload(name: &str) -> Result<(), ModuleError> {
    let library = take(name)?;
    // Finalisers run here, without the lock.
    drop(library);
    let mut modules = MODULES.lock();
    let index = position(&modules, name)?;
    modules.remove(index);
    Ok(())
}

/// A loaded module, to be called.
///
/// # Errors
/// [`ModuleError::NotLoaded`], [`ModuleError::Busy`].
pub fn find(name: &str) -> Result<ModuleHandle, ModuleError> {
    let modules = MODULES.lock();
    let slot = &modules[position(&modules, name)?];
    let library = slot.library.clone().ok_or(ModuleError::Busy)?;
    Ok(ModuleHandle { name: Arc::clone(&slot.name), library })
}

/// All modules that are loaded, in the order in which they were.
#[must_use]
pub fn list() -> Vec<ModuleInfo> {
    let mut infos = Vec::new();
    loop {
        let count = MODULES.lock().len();
        // Without the lock, which keeps interrupts off. More may be loaded meanwhile.
        infos.reserve(count);
        let modules = MODULES.lock();
        if modules.len() <= infos.capacity() {
            infos.extend(modules.iter().filter_map(Slot::info));
            return infos;
        }
    }
}

/// Calls `show` with the name of the loaded module at `address`, and the offset: for a report, which can't wait.
pub(crate) fn locate<T>(address: u64, show: impl FnOnce(&str, u64) -> T) -> Option<T> {
    let modules = MODULES.try_lock()?;
    let (name, offset) = modules.iter().find_map(|slot| {
        let library = slot.library.as_ref()?;
        let offset = address.checked_sub(library.base()).filter(|offset| *offset < library.size())?;
        Some((&*slot.name, offset))
    })?;
    Some(show(name, offset))
}

impl Slot {
    fn info(&self) -> Option<ModuleInfo> {
        let library = self.library.as_ref()?;
        let (name, uses) = (Arc::clone(&self.name), Arc::strong_count(library) - 1);
        let exports = library.symbols().count();
        Some(ModuleInfo { name, base: library.base(), size: library.size(), exports, uses })
    }
}

fn position(modules: &[Slot], name: &str) -> Result<usize, ModuleError> {
    modules.iter().position(|slot| *slot.name == *name).ok_or(ModuleError::NotLoaded)
}

/// Takes a name, so that no other thread loads a module of this name meanwhile.
fn reserve(name: &str) -> Result<(), ModuleError> {
    let new = Slot { name: name.into(), library: None };
    let mut modules = MODULES.lock();
    match modules.iter().find(|slot| *slot.name == *name) {
        None => {
            modules.push(new);
            Ok(())
        }
        Some(Slot { library: None, .. }) => Err(ModuleError::Busy),
        Some(_) => Err(ModuleError::AlreadyLoaded),
    }
}

/// Takes a module that isn't in use out of its slot. Handles are made under the lock, or from a handle: there is none
/// now, and so there won't be any.
fn take(name: &str) -> Result<Library<ModulePages>, ModuleError> {
    let mut modules = MODULES.lock();
    let index = position(&modules, name)?;
    let slot = &mut modules[index];
    match Arc::try_unwrap(slot.library.take().ok_or(ModuleError::Busy)?) {
        Ok(library) => Ok(library),
        Err(shared) => {
            let uses = Arc::strong_count(&shared) - 1;
            slot.library = Some(shared);
            Err(ModuleError::InUse(uses))
        }
    }
}

/// Loads the file's module and calls its entry function.
///
/// # Safety
/// As for [`load`].
unsafe fn start(file: &[u8]) -> Result<Library<ModulePages>, ModuleError> {
    // SAFETY: the caller vouches for the file; the kernel's pages are what they seem.
    let library = unsafe { Library::load(file, &NoLibraries, &mut KernelMapper) };
    let library = library.map_err(|error| ModuleError::Rejected(error.to_string()))?;
    if let Some(export) = library.find(ENTRY.as_bytes()) {
        if export.kind != SymbolKind::Function {
            return Err(ModuleError::NotAFunction);
        }
        // SAFETY: by this name a module exports a function of this type: that is the interface.
        let entry = unsafe { library.get::<Entry>(ENTRY.as_bytes()) }?;
        let code = entry(&HOST);
        if code != STARTED {
            return Err(ModuleError::Entry(code));
        }
    }
    Ok(library)
}
