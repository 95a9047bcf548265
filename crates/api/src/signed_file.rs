//! A file of the boot volume that a signed configuration lists.

use crate::Str;

/// A file of the boot volume and the SHA-256 hash that its bytes must have.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct SignedFile {
    /// The path on the boot volume, as the configuration spells it.
    pub path: Str,
    /// The hash of all bytes of the file.
    pub sha256: [u8; 32],
}

const _: () = assert!(size_of::<SignedFile>() == 48);

impl SignedFile {
    /// Whether `path` leads to this file: the same names in the same order.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        let own = self.path.get();
        let is_absolute = own.starts_with('/') && path.starts_with('/');
        let (mut own, mut names) = (names(own), names(path));
        is_absolute
            && own.by_ref().all(|name| names.next().is_some_and(|other| other.eq_ignore_ascii_case(name)))
            && names.next().is_none()
    }
}

/// The names in a path.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}
