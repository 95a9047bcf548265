//! What the loader and a kernel say to each other.
//!
//! The loader hands a kernel one pointer, to a [`BootInfo`]; the kernel's ELF file carries one note, its
//! [`KernelRequests`]. Both are plain `repr(C)` memory with a magic, a version and a size, so that either side
//! may be older than the other. `docs/boot-protocol.md` says the same for a kernel in another language.
//!
//! ```ignore
//! use farjump_api::{BootInfo, entry_point};
//!
//! entry_point!(main);
//!
//! fn main(boot_info: &'static BootInfo) -> ! {
//!     // ...
//! }
//! ```
//!
//! Refuses: a `BootInfo` with another magic, of another version, or of an impossible size ([`BootInfo::from_loader`]).

#![cfg_attr(not(test), no_std)]
#![expect(
    clippy::cast_possible_truncation,
    reason = "usize and u64 are the same on x86-64, and sizes are small"
)]

mod arena;
mod boot_info;
mod check;
mod console;
mod device;
#[cfg(test)]
mod documented;
mod efi;
mod framebuffer;
mod kernel;
mod memory;
mod module;
mod requests;
mod signed_file;
mod slice;
mod timeline;
pub mod virtual_memory;
mod writer;

pub use boot_info::{BootFlags, BootInfo, BootInfoCell, CpuFeatures, ProtocolError};
pub use console::{Console, TextScreen};
pub use device::{BootDevice, PartitionId, PartitionTable};
pub use efi::{Efi, EfiMemoryMap};
pub use framebuffer::{ColorMask, Framebuffer, MemoryType};
pub use kernel::{KernelImage, KernelSegment, SegmentFlags};
pub use memory::{MemoryKind, MemoryRegion};
pub use module::Module;
pub use requests::{KernelRequests, NOTE_NAME, NOTE_TYPE_REQUESTS, RequestFlags, RequestsNote};
pub use signed_file::SignedFile;
pub use slice::{Slice, Str};
pub use timeline::{Phase, TimelineEntry};
pub use writer::{BootInfoWriter, ModulePart};

/// Makes `$main` the kernel's entry point and puts its requests into the ELF file.
///
/// `$main` must be a `fn(&'static BootInfo) -> !`: any other signature doesn't compile. The second form
/// takes [`KernelRequests`] that differ from [`KernelRequests::DEFAULT`].
///
/// ```ignore
/// entry_point!(main);
/// entry_point!(main, requests = KernelRequests { stack_size: 1 << 20, ..KernelRequests::DEFAULT });
/// ```
#[macro_export]
macro_rules! entry_point {
    ($main:path) => {
        $crate::entry_point!($main, requests = $crate::KernelRequests::DEFAULT);
    };
    ($main:path, requests = $requests:expr) => {
        #[used]
        #[unsafe(link_section = ".note.farjump")]
        static FARJUMP_REQUESTS: $crate::RequestsNote = $crate::RequestsNote::new($requests);

        /// Where the loader jumps to. RDI holds the address of the `BootInfo`.
        #[unsafe(no_mangle)]
        extern "sysv64" fn _start(boot_info: *const $crate::BootInfo) -> ! {
            static BOOT_INFO: $crate::BootInfoCell = $crate::BootInfoCell::empty();
            let main: fn(&'static $crate::BootInfo) -> ! = $main;
            // SAFETY: the loader passes the address of the BootInfo that it made for this kernel and keeps in memory
            // that it has marked as the kernel's; it calls this function once, and no other code runs yet.
            let boot_info = unsafe { BOOT_INFO.init(boot_info) };
            match boot_info {
                Ok(boot_info) => main(boot_info),
                Err(error) => panic!("incompatible boot protocol: {error}"),
            }
        }
    };
}
