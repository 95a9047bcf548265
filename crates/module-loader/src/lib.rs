//! Loads a shared object at run time: what `dlopen` and `dlsym` do, without an operating system, in `libloading`'s
//! shape.
//!
//! ```text
//! bytes ──Plan::new──> Plan ──map──> Image ──start──> Library ──get──> Symbol
//!         every rule         reserve, copy,   run            by name, typed
//!         checked            relocate,        initialisers
//!                            protect
//! ```
//!
//! [`Library::load`] does all of it. The file is hostile until it has passed: [`Plan::new`] only reads the bytes
//! and writes nothing, and each [`Rule`] that a file may break has a name. An error at any step undoes all steps
//! before it.
//!
//! | module | does |
//! |---|---|
//! | [`rule`], [`validation_error`] | the rules, and the error for a file that breaks one |
//! | `header`, `segments` | ELF header, program headers; addresses to bytes of the file |
//! | `dynamic` | `PT_DYNAMIC`: where all tables are |
//! | `names`, `symbols`, `hash` | the symbol table, and the check that the hash tables agree with it |
//! | `relocations`, `initialisers` | which words to write, and which functions to call |
//! | [`plan`], [`image`], [`library`] | the three steps |
//! | [`memory`], [`resolver`] | what the caller provides |
//!
//! Assumes 64-bit x86 and pages of 4 KiB. Never reads sections, `e_entry`, `DT_SONAME` or version tables. Rejects
//! thread-local storage, ifuncs, text relocations, and all else that [`Rule`] lists.
//!
//! `unsafe` is only where a module's code is called, and in the traits' contract that memory is what it seems.
//!
//! Source: System V ABI, "Object Files" and "Dynamic Linking"; its AMD64 supplement, "Relocation".

#![cfg_attr(not(test), no_std)]
#![expect(clippy::cast_possible_truncation, reason = "usize has 64 bits")]

extern crate alloc;

mod dynamic;
mod exports;
mod hash;
mod header;
pub mod image;
mod initialisers;
pub mod library;
pub mod limits;
pub mod memory;
mod names;
pub mod plan;
mod relocations;
pub mod resolver;
pub mod rule;
#[cfg(feature = "sample")]
pub mod sample;
mod segments;
mod symbols;
pub mod validation_error;

pub use exports::{Export, SymbolKind};
pub use image::{Image, LoadError};
pub use library::{Library, Symbol, SymbolError};
pub use memory::{Mapped, Mapper, Region, Reserved};
pub use plan::Plan;
pub use resolver::{NoLibraries, Resolver};
pub use rule::Rule;
pub use validation_error::{Location, NameList, Rejected, ValidationError};

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
