//! A module's file: everything that the module loader does with it, except for calling its functions.

use farjump_module_loader::memory::{Scratch, ScratchMemory};
use farjump_module_loader::sample::Sample;
use farjump_module_loader::{LoadError, NoLibraries, Plan, Rejected};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "module", what: "a module's shared object", corpus, run };

/// Returns a module with everything that is supported, one with `DT_HASH` only, and one with `DT_GNU_HASH` only.
fn corpus() -> Vec<Vec<u8>> {
    let without = |tag| {
        let mut sample = Sample::new();
        sample.remove_dynamic(tag);
        sample.bytes
    };
    vec![Sample::new().bytes, without(0x6FFF_FEF5), without(4)]
}

fn run(bytes: &[u8]) {
    if let Err(error) = load(bytes) {
        assert_one_line(&error);
    }
}

/// Loads a module, and returns the number of its exports.
fn load(file: &[u8]) -> Result<usize, Rejected<'_>> {
    let plan = Plan::new(file, &NoLibraries)?;
    let image = plan.map(&mut Scratch).map_err(|error| match error {
        LoadError::Rejected(error) => error,
        LoadError::Memory(never) => match never {},
    })?;
    assert!(image.base() == ScratchMemory::ADDRESS && image.size() % 4096 == 0);
    for symbol in image.symbols() {
        let end = symbol.address.checked_add(symbol.size);
        let is_inside =
            symbol.address >= image.base() && end.is_some_and(|end| end <= image.base() + image.size());
        assert!(is_inside, "{symbol:?}");
        assert!(image.find(symbol.name).is_some());
    }
    Ok(image.symbols().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modules_to_begin_with_are_loaded() {
        for file in corpus() {
            assert_eq!(load(&file), Ok(2));
        }
    }
}
