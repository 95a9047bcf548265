//! The third step: a module that runs.

use core::ffi::{c_char, c_int};
use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::ops::Deref;
use core::ptr;

use crate::exports::Export;
use crate::image::{Image, LoadErrorOf};
use crate::memory::{Mapped, Mapper, Reserved};
use crate::plan::Plan;
use crate::resolver::Resolver;

/// A loaded module. Dropping it calls its finalisers and unmaps it.
#[derive(Debug)]
pub struct Library<M: Mapped> {
    /// `None` once it is closed.
    image: Option<Image<M>>,
}

/// A function or static of a library, as a `T`; it can't outlive the library.
///
/// Dereferences to `T`: a function pointer, or a raw pointer to a static.
pub struct Symbol<'lib, T> {
    address: *const (),
    library: PhantomData<&'lib T>,
}

/// The signature of initialisers: hosted systems pass them the program's arguments.
type Initialiser = extern "C" fn(c_int, *const *const c_char, *const *const c_char);

impl<M: Mapped> Library<M> {
    /// Checks a file, maps it, relocates it, and calls its initialisers.
    ///
    /// # Errors
    /// [`LoadError`](crate::LoadError), which names the rule that the file breaks. Then nothing of it is left, and
    /// none of it has run.
    ///
    /// # Safety
    /// The file is a module whose code does no harm: its initialisers now, its finalisers when it is dropped. And
    /// `mapper` returns memory that is at the address it says, and that has the protection it was asked for.
    pub unsafe fn load<'a, P>(
        file: &'a [u8],
        resolver: &dyn Resolver,
        mapper: &mut P,
    ) -> Result<Self, LoadErrorOf<'a, P>>
    where
        P: Mapper,
        P::Reserved: Reserved<Mapped = M>,
    {
        let image = Plan::new(file, resolver)?.map(mapper)?;
        // SAFETY: the caller vouches for the module's code and for the memory.
        Ok(unsafe { image.start() })
    }

    /// Returns the symbol `name`, with or without one NUL at its end.
    ///
    /// # Errors
    /// [`SymbolError`].
    ///
    /// # Safety
    /// What the symbol names has the type that `T` says: `T` is the type of the function, as a pointer to it, or a
    /// raw pointer to the static.
    pub unsafe fn get<T>(&self, name: &[u8]) -> Result<Symbol<'_, T>, SymbolError> {
        let name = checked_name(name)?;
        if size_of::<T>() != size_of::<*const ()>() {
            return Err(SymbolError::WrongSize(size_of::<T>()));
        }
        let export = self.find(name).ok_or(SymbolError::Undefined)?;
        Ok(Symbol { address: ptr::with_exposed_provenance(export.address as usize), library: PhantomData })
    }

    /// Returns what it exports by this name, which has no NUL.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<Export<'_>> {
        self.image.as_ref()?.find(name)
    }

    /// Returns what it exports, in the order of the symbol table.
    pub fn symbols(&self) -> impl Iterator<Item = Export<'_>> {
        self.image.iter().flat_map(Image::symbols)
    }

    /// Returns where it begins in memory.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.image.as_ref().map_or(0, Image::base)
    }

    /// Returns the number of bytes of memory that it has, whole pages.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.image.as_ref().map_or(0, Image::size)
    }

    /// Calls its finalisers and unmaps it, as dropping it does, and returns the result.
    ///
    /// # Errors
    /// Its memory can't be freed.
    pub fn close(mut self) -> Result<(), M::Error> {
        self.stop().map_or(Ok(()), Image::unmap)
    }

    /// Calls the finalisers, the first time.
    fn stop(&mut self) -> Option<Image<M>> {
        let image = self.image.take()?;
        for address in &image.calls.on_unload {
            // SAFETY: code of the module, which is mapped still; who loaded it vouched for it.
            unsafe { call(*address) };
        }
        Some(image)
    }
}

impl<M: Mapped> Drop for Library<M> {
    fn drop(&mut self) {
        drop(self.stop());
    }
}

impl<M: Mapped> Image<M> {
    /// Calls the initialisers.
    ///
    /// # Safety
    /// As for [`Library::load`].
    #[must_use]
    pub unsafe fn start(self) -> Library<M> {
        for address in &self.calls.on_load {
            // SAFETY: an address in the module's code, which the caller vouches for.
            unsafe { call(*address) };
        }
        Library { image: Some(self) }
    }
}

/// Calls an initialiser or a finaliser, with no arguments of a program's.
///
/// # Safety
/// There is such a function at `address`, and it may be called now.
unsafe fn call(address: u64) {
    let pointer: *const () = ptr::with_exposed_provenance(address as usize);
    // SAFETY: the caller vouches for the function. A function that takes fewer arguments doesn't look at the others.
    let function = unsafe { mem::transmute::<*const (), Initialiser>(pointer) };
    let end_of_list = ptr::null();
    function(0, &raw const end_of_list, &raw const end_of_list);
}

/// Returns the name without its one final NUL.
fn checked_name(name: &[u8]) -> Result<&[u8], SymbolError> {
    let name = name.strip_suffix(&[0]).unwrap_or(name);
    match name.iter().position(|byte| *byte == 0) {
        Some(position) => Err(SymbolError::InteriorNul(position)),
        None if name.is_empty() => Err(SymbolError::Empty),
        None => Ok(name),
    }
}

impl<T> Deref for Symbol<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        let pointer = (&raw const self.address).cast::<T>();
        // SAFETY: `get` has checked that a `T` has a pointer's size, and its caller has said that it is one.
        unsafe { &*pointer }
    }
}

impl<T> Clone for Symbol<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Symbol<'_, T> {}

impl<T> fmt::Debug for Symbol<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbol({:p})", self.address)
    }
}

/// Why a symbol wasn't found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolError {
    /// The name has no characters.
    Empty,
    /// The name has a NUL here, before its end.
    InteriorNul(usize),
    /// The library exports nothing by this name.
    Undefined,
    /// The requested type has this many bytes, not a pointer's 8.
    WrongSize(usize),
}

impl fmt::Display for SymbolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the symbol's name is empty"),
            Self::InteriorNul(position) => write!(f, "the symbol's name has a NUL, at byte {position}"),
            Self::Undefined => f.write_str("the module exports no such symbol"),
            Self::WrongSize(size) => {
                write!(f, "a symbol is a pointer of 8 bytes; the type that was asked for has {size}")
            }
        }
    }
}

impl core::error::Error for SymbolError {}
