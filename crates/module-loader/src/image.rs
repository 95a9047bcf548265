//! The second step: memory is reserved, filled, relocated and protected. None of the module has been called yet.

use alloc::vec::Vec;
use core::fmt;

use farjump_kernel_memory::protection::Protection;

use crate::exports::{Export, Exports};
use crate::initialisers::Calls;
use crate::memory::{Mapped, Mapper, MemoryError, Region, Reserved};
use crate::plan::Plan;
use crate::relocations::{Change, WORD_SIZE};
use crate::segments::{Segment, Segments, page_end, page_start};
use crate::validation_error::Rejected;

/// A module in memory, ready to be started. Dropping it frees the memory.
#[derive(Debug)]
pub struct Image<M: Mapped> {
    memory: M,
    base: u64,
    size: u64,
    pub(crate) exports: Exports,
    pub(crate) calls: Calls,
}

impl<'a> Plan<'a> {
    /// Copies the module to memory of `mapper`'s, relocates it, and takes the rights away that it needn't have.
    ///
    /// # Errors
    /// [`LoadError`]; then the memory is freed.
    pub fn map<M: Mapper>(&self, mapper: &mut M) -> Result<Mappable<M>, LoadErrorOf<'a, M>> {
        let span = self.segments.span();
        let mut reserved = mapper.reserve(span.end - span.start).map_err(LoadError::Memory)?;
        let bias = reserved.address().wrapping_sub(span.start);
        let image = reserved.bytes_mut();
        for segment in self.segments.loaded() {
            let start = (segment.addresses.start - span.start) as usize;
            let contents = self.segments.contents(segment);
            image[start..start + contents.len()].copy_from_slice(contents);
        }
        self.relocate(image, bias)?;
        let calls = self.initialisers.read(image, &self.segments, bias)?;
        let (base, exports) = (reserved.address(), Exports::new(self, bias));
        let memory = reserved.protect(&regions(&self.segments)).map_err(LoadError::Memory)?;
        Ok(Image { memory, base, size: span.end - span.start, exports, calls })
    }

    fn relocate(&self, image: &mut [u8], bias: u64) -> Result<(), Rejected<'a>> {
        let start = self.segments.span().start;
        self.for_each_relocation(|address, change| {
            let offset = (address - start) as usize;
            // In range: all of its bytes are in a segment, which `for_each_relocation` has checked, and all segments
            // are in the image.
            let word = &mut image[offset..offset + WORD_SIZE as usize];
            let value = match change {
                Change::Set(value) => value.moved_by(bias),
                Change::Move => {
                    word.first_chunk().map_or(0, |word| u64::from_le_bytes(*word)).wrapping_add(bias)
                }
            };
            word.copy_from_slice(&value.to_le_bytes());
        })?;
        Ok(())
    }
}

/// What a [`Mapper`] makes a module to.
pub type Mappable<M> = Image<<<M as Mapper>::Reserved as Reserved>::Mapped>;

/// Why a [`Mapper`]'s memory has no module.
pub type LoadErrorOf<'a, M> = LoadError<'a, MemoryError<<M as Mapper>::Reserved>>;

impl<M: Mapped> Image<M> {
    /// Returns what it exports by this name, which has no NUL.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<Export<'_>> {
        self.exports.find(name)
    }

    /// Returns what it exports, in the order of the symbol table.
    pub fn symbols(&self) -> impl ExactSizeIterator<Item = Export<'_>> {
        self.exports.iter()
    }

    /// Returns where it begins.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Returns the number of bytes of memory, whole pages.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn unmap(self) -> Result<(), M::Error> {
        self.memory.unmap()
    }
}

/// Returns what becomes of which pages, ascending; gaps between segments are in none.
fn regions(segments: &Segments<'_>) -> Vec<Region> {
    let (start, relro) = (segments.span().start, &segments.relro);
    let mut regions = Vec::new();
    let mut add = |from: u64, to: u64, protection| {
        if from < to {
            regions.push(Region { range: from - start..to - start, protection });
        }
    };
    for Segment { addresses, protection, .. } in segments.loaded() {
        let (from, to) = (page_start(addresses.start), page_end(addresses.end));
        let read_only = relro.start.clamp(from, to)..relro.end.clamp(from, to);
        add(from, read_only.start, *protection);
        add(read_only.start, read_only.end, Protection::ReadOnly);
        add(read_only.end, to, *protection);
    }
    regions
}

/// Why a module wasn't loaded. Nothing of it is left in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError<'a, E> {
    /// The file breaks a rule.
    Rejected(Rejected<'a>),
    /// There is no memory for it.
    Memory(E),
}

impl<'a, E> From<Rejected<'a>> for LoadError<'a, E> {
    fn from(error: Rejected<'a>) -> Self {
        Self::Rejected(error)
    }
}

impl<E: fmt::Display> fmt::Display for LoadError<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(error) => error.fmt(f),
            Self::Memory(error) => write!(f, "no memory for the module: {error}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for LoadError<'_, E> {}
