//! Names of files in the image: absolute, separated by `/`, such as FAT can hold.

use std::collections::BTreeSet;

use crate::error::Error;

/// The most UTF-16 units in a FAT name.
///
/// Source: Microsoft FAT specification, "Long Directory Entries".
const MAX_NAME_UNITS: usize = 255;

/// Characters that no FAT name has, besides control characters.
const FORBIDDEN: [char; 8] = ['"', '*', ':', '<', '>', '?', '\\', '|'];

/// Checks `path` and returns its components.
pub(crate) fn components(path: &str) -> Result<Vec<&str>, Error> {
    let refuse = |reason| Error::Destination { path: path.to_owned(), reason };
    let relative = path.strip_prefix('/').ok_or_else(|| refuse("it must begin with /"))?;
    let components: Vec<&str> = relative.split('/').collect();
    for name in &components {
        check_name(name).map_err(refuse)?;
    }
    Ok(components)
}

fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("a part of the name is empty");
    }
    if name.encode_utf16().count() > MAX_NAME_UNITS {
        return Err("a part of the name is longer than 255 characters");
    }
    if name.chars().any(|letter| letter.is_control() || FORBIDDEN.contains(&letter)) {
        return Err("FAT names hold no control characters and none of \" * : < > ? \\ |");
    }
    if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        return Err("a FAT name must not end with a full stop or a space, nor begin with a space");
    }
    Ok(())
}

/// Returns all directories above the files `paths`, each before what is in it.
pub(crate) fn directories<'a>(paths: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    paths.flat_map(|path| path.match_indices('/').skip(1).map(|(end, _)| &path[..end])).collect()
}

/// Returns what two names have in common that are the same to FAT.
pub(crate) fn fold_case(path: &str) -> String {
    path.to_uppercase()
}

/// Entries of 32 bytes that a name takes in its directory: the short one, and one for each 13 units.
pub(crate) fn directory_entries(name: &str) -> u64 {
    1 + name.encode_utf16().count().div_ceil(13) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_fat_can_not_hold_is_refused() {
        let long = format!("/{}", "x".repeat(256));
        for path in ["", "a", "/", "//a", "/a/", "/a//b", "/a:b", "/a\nb", "/..", "/a/./b", "/a ", &long] {
            assert!(matches!(components(path), Err(Error::Destination { .. })), "{path:?}");
        }
    }

    #[test]
    fn a_long_name_of_255_units_passes() {
        let path = format!("/subdir/{}", "é".repeat(255));
        assert_eq!(components(&path).unwrap().len(), 2);
    }

    #[test]
    fn directories_come_before_what_is_in_them() {
        let paths = ["/b/c/file", "/file", "/b/other"];
        assert_eq!(directories(paths.into_iter()).into_iter().collect::<Vec<_>>(), ["/b", "/b/c"]);
    }
}
