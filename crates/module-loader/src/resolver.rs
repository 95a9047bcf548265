//! What a module may use that it doesn't bring along.

/// Knows the libraries that are there already, and the addresses of their symbols.
pub trait Resolver {
    /// Returns whether the library that `DT_NEEDED` names is there.
    fn has_library(&self, name: &[u8]) -> bool;

    /// Returns the address of a symbol that a module leaves undefined.
    fn address_of(&self, name: &[u8]) -> Option<u64>;
}

/// Nothing is there: a module brings all that it uses.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLibraries;

impl Resolver for NoLibraries {
    fn has_library(&self, _: &[u8]) -> bool {
        false
    }

    fn address_of(&self, _: &[u8]) -> Option<u64> {
        None
    }
}
