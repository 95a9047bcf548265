//! Calls functions that return text: `call greeter greet`.

use alloc::string::String;
use alloc::vec::Vec;

use farjump_module::TextFunction;
use farjump_module_loader::SymbolKind;

use super::error::ModuleError;
use super::registry;
use crate::memory::{PAGE_SIZE, access};

/// Bytes of text that are looked at for its end.
const TEXT_LIMIT: u64 = PAGE_SIZE;

/// Calls the function `symbol` of a loaded module, and returns its text; `None` for a null pointer.
///
/// # Errors
/// [`ModuleError`]: there is no such module or function, or what it returned isn't text.
///
/// # Safety
/// The function has the type [`TextFunction`].
pub unsafe fn call(module: &str, symbol: &str) -> Result<Option<String>, ModuleError> {
    let module = registry::find(module)?;
    if module.find(symbol.as_bytes()).is_some_and(|export| export.kind != SymbolKind::Function) {
        return Err(ModuleError::NotAFunction);
    }
    // SAFETY: the caller vouches for the type.
    let function = unsafe { module.get::<TextFunction>(symbol.as_bytes()) }?;
    // The handle lives until the text has been copied.
    let address = function().expose_provenance() as u64;
    if address == 0 {
        return Ok(None);
    }
    let bytes = text_at(address).ok_or(ModuleError::NoText(address))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The bytes from `address` to a NUL; `None` if there is something else than memory before there is one, or there is
/// none. A device's registers are no text, and some mind being read.
fn text_at(address: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for place in address..address.checked_add(TEXT_LIMIT)? {
        match access::read(place).ok()? {
            0 => return Some(bytes),
            byte => bytes.push(byte),
        }
    }
    None
}
