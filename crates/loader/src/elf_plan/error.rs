//! Why a kernel can't be loaded. Addresses are virtual, load bias included, unless a variant says
//! otherwise.

use core::fmt;

use farjump_api::{BootInfo, KernelRequests};

/// Why a kernel can't be loaded: which part of it is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElfError {
    /// The file's own header.
    Header(HeaderError),
    /// The program headers.
    Segment(SegmentError),
    /// The dynamic section, or a relocation.
    Relocation(RelocationError),
    /// The kernel's requests.
    Request(RequestError),
}

/// What is wrong with the ELF header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderError {
    /// Only this many bytes, where 64 should be.
    Truncated(usize),
    /// These four bytes, first byte high, instead of 7F `ELF`.
    Magic(u32),
    /// This `EI_CLASS`: not ELF64.
    Class(u8),
    /// This `EI_DATA`: not little-endian.
    Endianness(u8),
    /// This version of the format, not 1.
    Version(u32),
    /// This `e_machine`: not x86-64.
    Machine(u16),
    /// This `e_type`: neither an executable nor a shared object.
    FileType(u16),
    /// Program headers of this many bytes, not 56.
    ProgramHeaderSize(u16),
    /// No program headers, or 65535, which means "more than that".
    ProgramHeaderCount(u16),
    /// The program headers are longer than the file.
    ProgramHeadersPastEnd {
        /// Offset after the last.
        end: u64,
        /// Bytes of the file.
        file_size: u64,
    },
}

/// What is wrong with the program headers, or with what they describe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentError {
    /// Only this many bytes of program headers.
    Truncated(usize),
    /// A program interpreter is asked for.
    Interpreter,
    /// Thread local storage of this many bytes is asked for.
    ThreadLocal(u64),
    /// Nothing is to be loaded.
    NoSegments,
    /// A segment has more bytes in the file than in memory.
    FileLargerThanMemory {
        /// The segment.
        address: u64,
        /// Bytes in the file.
        file: u64,
        /// Bytes in memory.
        memory: u64,
    },
    /// A segment's bytes aren't all in the file.
    PastFileEnd {
        /// The segment.
        address: u64,
        /// Its offset in the file.
        offset: u64,
        /// Bytes of the file.
        file_size: u64,
    },
    /// Notes that aren't all in the file.
    NotesPastFileEnd {
        /// Their offset in the file.
        offset: u64,
        /// Bytes of the file.
        file_size: u64,
    },
    /// A segment that may be written and executed.
    WritableAndExecutable(u64),
    /// A segment whose addresses aren't all canonical, or wrap, or reach the last page of all.
    NotCanonical {
        /// The segment.
        address: u64,
        /// Its bytes.
        size: u64,
    },
    /// A segment in page 0, which stays unmapped.
    PageZero(u64),
    /// A segment asks for an alignment that isn't a power of two, or is more than 1 GiB.
    Alignment {
        /// The segment's address in the file.
        address: u64,
        /// The alignment.
        align: u64,
    },
    /// Segments in descending order.
    Descending {
        /// The one that comes first.
        first: u64,
        /// The one that comes after it, at a lower address.
        second: u64,
    },
    /// Two segments need the same page, or overlap.
    SharedPage {
        /// The lower one.
        first: u64,
        /// The upper one.
        second: u64,
    },
    /// A segment where the loader needs the addresses.
    Reserved {
        /// The segment.
        address: u64,
        /// What the addresses are needed for.
        name: &'static str,
        /// Where they begin.
        start: u64,
    },
    /// The entry point isn't in the file's executable bytes.
    Entry(u64),
}

/// Why a kernel can't be relocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelocationError {
    /// An address that relocation needs is in no loaded segment.
    NotLoaded(u64),
    /// The kernel is linked against a shared library: `DT_NEEDED`.
    NeedsLibrary,
    /// `DT_RELR`.
    Packed,
    /// `DT_REL`.
    WithoutAddend,
    /// `DT_JMPREL` with this many bytes.
    Lazy(u64),
    /// A relocation table with a partial entry, or of unknown address.
    Table {
        /// `DT_RELASZ`.
        size: u64,
        /// `DT_RELAENT`, which must be 24.
        entry_size: u64,
    },
    /// A relocation other than `R_X86_64_RELATIVE`.
    Type {
        /// Its type.
        kind: u32,
        /// Its `r_offset`, as it stands in the file.
        offset: u64,
    },
}

/// What is wrong with a kernel's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestError {
    /// The descriptor doesn't begin with [`KernelRequests::MAGIC`].
    Magic,
    /// The descriptor has only this many bytes, fewer than it says.
    Short(usize),
    /// The kernel was built for this version of the protocol.
    Version(u32),
    /// A stack of this many bytes is requested.
    StackSize(u32),
    /// Physical memory is requested at this address.
    PhysicalMemoryOffset(u64),
}

impl fmt::Display for ElfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(error) => error.fmt(f),
            Self::Segment(error) => error.fmt(f),
            Self::Relocation(error) => error.fmt(f),
            Self::Request(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Truncated(size) => write!(f, "not an ELF file: only {size} bytes of header"),
            Self::Magic(found) => write!(f, "not an ELF file: it begins with {found:08x}, not 7f454c46"),
            Self::Class(class) => write!(f, "ELF class {class}, not 2 (64 bits): build for x86-64"),
            Self::Endianness(data) => write!(f, "ELF data encoding {data}, not 1 (little-endian)"),
            Self::Version(version) => write!(f, "ELF version {version}, not 1"),
            Self::Machine(machine) => write!(f, "ELF machine {machine}, not 62 (x86-64)"),
            Self::FileType(1) => f.write_str("an object file (ELF type 1): link it"),
            Self::FileType(kind) => {
                write!(f, "ELF type {kind}, neither 2 (executable) nor 3 (shared object)")
            }
            Self::ProgramHeaderSize(size) => write!(f, "program headers of {size} bytes, not 56"),
            Self::ProgramHeaderCount(count) => write!(f, "{count} program headers, not 1 to 65534"),
            Self::ProgramHeadersPastEnd { end, file_size } => {
                write!(f, "program headers up to byte {end} of a file of {file_size}: was it cut short?")
            }
        }
    }
}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Truncated(size) => write!(f, "only {size} bytes of program headers"),
            Self::Interpreter => {
                f.write_str("it asks for a program interpreter: link with --no-dynamic-linker")
            }
            Self::ThreadLocal(size) => {
                write!(f, "{size} bytes of thread local storage, which the loader doesn't set up")
            }
            Self::NoSegments => f.write_str("nothing in it is to be loaded"),
            Self::FileLargerThanMemory { address, file, memory } => {
                write!(f, "segment at {address:#x} has {file} bytes in the file, only {memory} in memory")
            }
            Self::PastFileEnd { address, offset, file_size } => write!(
                f,
                "segment at {address:#x}, from byte {offset}, reaches past the file's {file_size} bytes: was it \
                 cut short?"
            ),
            Self::NotesPastFileEnd { offset, file_size } => {
                write!(
                    f,
                    "notes from byte {offset} reach past the file's {file_size} bytes: was it cut short?"
                )
            }
            Self::WritableAndExecutable(address) => write!(
                f,
                "segment at {address:#x} may be written and executed: separate code and data in the linker script"
            ),
            Self::NotCanonical { address, size } => {
                write!(f, "segment at {address:#x} with {size:#x} bytes leaves the canonical addresses")
            }
            Self::PageZero(address) => {
                write!(f, "segment at {address:#x} is in page 0, which stays unmapped: link it higher")
            }
            Self::Alignment { address, align } => {
                write!(f, "segment at {address:#x} wants alignment {align:#x}: at most 1 GiB, a power of two")
            }
            Self::Descending { first, second } => {
                write!(f, "segment at {second:#x} comes after the one at {first:#x}: sort them by address")
            }
            Self::SharedPage { first, second } => write!(
                f,
                "segments at {first:#x} and {second:#x} share a page: align them to 4096 in the linker script"
            ),
            Self::Reserved { address, name, start } => {
                write!(f, "segment at {address:#x} overlaps {name} at {start:#x}: link it elsewhere")
            }
            Self::Entry(entry) => write!(f, "entry point {entry:#x} isn't in an executable segment"),
        }
    }
}

impl fmt::Display for RelocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotLoaded(address) => write!(f, "relocation needs {address:#x}, which is in no segment"),
            Self::NeedsLibrary => f.write_str("it needs a shared library: link it statically"),
            Self::Packed => f.write_str("packed relocations (DT_RELR): link with -z nopack-relative-relocs"),
            Self::WithoutAddend => f.write_str("relocations without addend (DT_REL): link with -z rela"),
            Self::Lazy(size) => {
                write!(f, "{size} bytes of PLT relocations (DT_JMPREL): link it statically, with -Bsymbolic")
            }
            Self::Table { size, entry_size } => {
                write!(
                    f,
                    "relocation table of {size} bytes in entries of {entry_size}: not whole entries of 24"
                )
            }
            Self::Type { kind, offset } => write!(
                f,
                "relocation of type {kind} at {offset:#x}, only 8 (R_X86_64_RELATIVE) is known: is a symbol \
                 undefined?"
            ),
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Magic => f.write_str(
                "the farjump note doesn't begin with REQUESTS: it is for version 1 of the boot protocol, or \
                 damaged: rebuild the kernel",
            ),
            Self::Short(size) => write!(f, "the farjump note is cut off after {size} bytes"),
            Self::Version(version) => write!(
                f,
                "the kernel is for version {version} of the boot protocol, the loader for version {}: rebuild the \
                 older one",
                BootInfo::VERSION
            ),
            Self::StackSize(size) => write!(
                f,
                "the kernel requests {size} bytes of stack, not 4 KiB to 16 MiB (default: {})",
                KernelRequests::DEFAULT.stack_size
            ),
            Self::PhysicalMemoryOffset(offset) => write!(
                f,
                "the kernel requests physical memory at {offset:#x}: not a multiple of 1 GiB in the higher half"
            ),
        }
    }
}

impl core::error::Error for ElfError {}

impl From<HeaderError> for ElfError {
    fn from(error: HeaderError) -> Self {
        Self::Header(error)
    }
}

impl From<SegmentError> for ElfError {
    fn from(error: SegmentError) -> Self {
        Self::Segment(error)
    }
}

impl From<RelocationError> for ElfError {
    fn from(error: RelocationError) -> Self {
        Self::Relocation(error)
    }
}

impl From<RequestError> for ElfError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}
