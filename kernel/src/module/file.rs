//! Finds a module's file: among those that the loader has put into memory, then on the volume that was booted from.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use farjump_module_loader::{Rule, ValidationError, limits};

use super::error::ModuleError;
use crate::volume::BootVolume;

/// Where modules are on the volume.
const DIRECTORY: &str = "/modules";

/// The name that the module in a file has: `/modules/greeter.so` is `greeter`.
#[must_use]
pub fn name_of(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.strip_suffix(".so").unwrap_or(file)
}

/// Where the file of a module is on the volume: `/modules/greeter.so`, for `greeter` too.
#[must_use]
pub fn path_of(name: &str) -> Cow<'_, str> {
    if name.starts_with('/') { name.into() } else { format!("{DIRECTORY}/{}.so", name_of(name)).into() }
}

/// The file of a module: `greeter`, `greeter.so` or `/modules/greeter.so`.
///
/// # Errors
/// [`ModuleError::Volume`]: it isn't in memory, and can't be read from the volume, or isn't signed as it must be after
/// a signed boot. A file that is too large for a module isn't read.
pub fn read(name: &str) -> Result<Cow<'static, [u8]>, ModuleError> {
    if let Some(bytes) = in_memory(name) {
        return Ok(Cow::Borrowed(bytes));
    }
    let path = &path_of(name);
    let mut volume = BootVolume::open()?;
    let file = volume.open_code(path)?;
    let size = file.size();
    if size > limits::FILE_SIZE as u64 {
        let error =
            ValidationError { rule: Rule::FileSize, location: None, number: Some(size), names: Vec::new() };
        return Err(ModuleError::Rejected(error.to_string()));
    }
    Ok(Cow::Owned(volume.read_opened_code(file)?))
}

/// The file if the loader has put it into memory: `module = /modules/greeter.so` in `/farjump.conf`. A signed boot's
/// loader has verified it.
#[must_use]
pub fn in_memory(name: &str) -> Option<&'static [u8]> {
    let files = crate::boot::info()?.modules.get();
    let is_meant =
        |path: &str| path == name || path.rsplit('/').next() == Some(name) || name_of(path) == name;
    let file = files.iter().find(|file| is_meant(file.name.get()))?;
    Some(file.bytes.get())
}
