//! Resolves paths such as `/modules/greeter.so` to the file's clusters, one directory after the other.

use core::ops::ControlFlow;

use super::directory::{Directory, Entry};
use super::name::MAX_NAME_BYTES;
use super::{Attributes, FatError, File, PathError, Volume};
use crate::BlockDevice;

/// The result of resolving a path.
enum Node {
    File(File),
    Directory(Directory),
}

impl Volume {
    /// Opens the file at `path`, which must begin with a slash. Its names may be long or short ones, in any case.
    ///
    /// # Errors
    /// [`FatError::Path`] if there is no such file, [`FatError::Read`], [`FatError::Chain`].
    pub fn open<R: BlockDevice>(&mut self, reader: &mut R, path: &str) -> Result<File, FatError<R::Error>> {
        match self.resolve(reader, path)? {
            Node::File(file) => Ok(file),
            Node::Directory(_) => Err(PathError::IsADirectory.into()),
        }
    }

    /// Calls `visit` with name, size in bytes, and attributes, for each entry of the directory at `path`, in the
    /// order on the disk. `.` and `..` are left out. In a name, U+FFFD stands for each control character.
    ///
    /// # Errors
    /// [`FatError::Path`] if there is no such directory, [`FatError::Read`], [`FatError::Chain`].
    pub fn for_each_entry<R: BlockDevice>(
        &mut self,
        reader: &mut R,
        path: &str,
        mut visit: impl FnMut(&str, u64, Attributes),
    ) -> Result<(), FatError<R::Error>> {
        let Node::Directory(directory) = self.resolve(reader, path)? else {
            return Err(PathError::NotADirectory { file_len: path.len() }.into());
        };
        let mut buffer = [0; MAX_NAME_BYTES];
        self.visit_entries(reader, directory, &mut |entry| {
            if !entry.is_dots() {
                visit(entry.name(&mut buffer), u64::from(entry.size), entry.attributes);
            }
            ControlFlow::Continue(())
        })
    }

    /// Follows a path from the root directory.
    fn resolve<R: BlockDevice>(&mut self, reader: &mut R, path: &str) -> Result<Node, FatError<R::Error>> {
        if !path.starts_with('/') {
            return Err(PathError::Relative.into());
        }
        let mut node = Node::Directory(self.root());
        let mut start = 0;
        for name in path.split('/') {
            let end = start + name.len();
            // Empty: at the first or last slash, or between two adjacent slashes.
            if !name.is_empty() {
                let Node::Directory(directory) = node else {
                    return Err(PathError::NotADirectory { file_len: start.saturating_sub(1) }.into());
                };
                let root = self.root();
                let mut found = None;
                self.visit_entries(reader, directory, &mut |entry| {
                    if !entry.is_named(name) {
                        return ControlFlow::Continue(());
                    }
                    found = Some(Node::new(entry, root));
                    ControlFlow::Break(())
                })?;
                node = found.ok_or(PathError::NotFound { directory_len: start })?;
            }
            start = end + 1;
        }
        Ok(node)
    }
}

impl Node {
    /// Returns what `entry` refers to. A directory in cluster 0 is the root: `..` has this number in the root's directories.
    fn new(entry: &Entry<'_>, root: Directory) -> Self {
        match (entry.attributes.is_directory(), entry.first_cluster) {
            (false, first_cluster) => Self::File(File::new(first_cluster, entry.size)),
            (true, 0) => Self::Directory(root),
            (true, first_cluster) => Self::Directory(Directory::Chain(first_cluster)),
        }
    }
}
