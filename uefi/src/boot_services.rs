//! The end of boot services.
//!
//! ```text
//! room for the memory map, with some to spare      allocating changes the map
//! repeat: GetMemoryMap, ExitBootServices           until the map hasn't changed between the two
//! ```
//!
//! Between the two calls no other service is called, not even the console's. The firmware's own events may change the map
//! there; then ExitBootServices fails, and only memory services may be called until it is tried again.
//!
//! Source: UEFI 2.10, "EFI_BOOT_SERVICES.ExitBootServices()".

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

use farjump_api::EfiMemoryMap;
use uefi::Status;
use uefi_raw::table::boot::{BootServices, MemoryDescriptor};

/// The maximum number of tries.
const TRIES: u32 = 10;

/// Descriptors for which there is room beyond the current number.
const SPARE_DESCRIPTORS: usize = 32;

static ENDED: AtomicBool = AtomicBool::new(false);

/// Returns whether the firmware's services can still be called.
pub(crate) fn are_available() -> bool {
    !ENDED.load(Ordering::Relaxed)
}

/// Why boot services couldn't be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitError {
    /// There is no memory map.
    NoMap(Status),
    /// The map changed before each try.
    Refused(Status),
}

impl fmt::Display for ExitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMap(status) => write!(f, "GetMemoryMap failed: {status}: update the firmware"),
            Self::Refused(status) => {
                write!(f, "ExitBootServices failed {TRIES} times: {status}: update the firmware")
            }
        }
    }
}

fn services() -> &'static BootServices {
    let table = uefi::table::system_table_raw().unwrap_or_else(|| unreachable!("efi_main has set it"));
    // SAFETY: the firmware's table, whose boot services are there until they are ended, which is checked.
    let services = unsafe { table.as_ref() }.boot_services;
    assert!(are_available());
    // SAFETY: as the firmware has set it; it doesn't change.
    unsafe { &*services }
}

/// Returns how many bytes the memory map may need, in descriptors of the firmware's size.
pub(crate) fn map_size() -> Result<usize, ExitError> {
    let (mut size, mut key, mut descriptor_size, mut version) = (0, 0, 0, 0);
    // SAFETY: no descriptor is written to a buffer of no bytes.
    let status = unsafe {
        (services().get_memory_map)(
            &raw mut size,
            core::ptr::null_mut(),
            &raw mut key,
            &raw mut descriptor_size,
            &raw mut version,
        )
    };
    if status != Status::BUFFER_TOO_SMALL || descriptor_size == 0 {
        return Err(ExitError::NoMap(status));
    }
    Ok(size + SPARE_DESCRIPTORS * descriptor_size)
}

/// Reads the memory map into `buffer`. Returns it and its key.
pub(crate) fn memory_map(buffer: &mut [u8]) -> Result<(EfiMemoryMap, usize), ExitError> {
    assert!(buffer.as_ptr().cast::<MemoryDescriptor>().is_aligned());
    let (mut size, mut key, mut descriptor_size, mut version) = (buffer.len(), 0, 0, 0);
    // SAFETY: the buffer has `size` bytes, and is aligned.
    let status = unsafe {
        (services().get_memory_map)(
            &raw mut size,
            buffer.as_mut_ptr().cast(),
            &raw mut key,
            &raw mut descriptor_size,
            &raw mut version,
        )
    };
    if status != Status::SUCCESS || descriptor_size < size_of::<MemoryDescriptor>() {
        return Err(ExitError::NoMap(status));
    }
    let map = EfiMemoryMap {
        physical_address: buffer.as_ptr().addr() as u64,
        len_bytes: size as u64,
        descriptor_size: u32::try_from(descriptor_size).unwrap_or(u32::MAX),
        descriptor_version: version,
    };
    Ok((map, key))
}

/// Ends boot services. `buffer` gets the final memory map.
pub(crate) fn exit(buffer: &mut [u8]) -> Result<EfiMemoryMap, ExitError> {
    let mut last = Status::SUCCESS;
    for _ in 0..TRIES {
        let (map, key) = memory_map(buffer)?;
        // SAFETY: everything that needs boot services is done; what is printed from here on goes to the serial port.
        last = unsafe { (services().exit_boot_services)(uefi::boot::image_handle().as_ptr(), key) };
        if last == Status::SUCCESS {
            ENDED.store(true, Ordering::Relaxed);
            x86_64::instructions::interrupts::disable();
            return Ok(map);
        }
    }
    Err(ExitError::Refused(last))
}

/// Returns the descriptors of a map, step by step of their size.
pub(crate) fn descriptors(map: &[u8], descriptor_size: usize) -> impl Iterator<Item = MemoryDescriptor> + '_ {
    map.chunks_exact(descriptor_size).map(|bytes| {
        // SAFETY: a chunk has at least the bytes of a descriptor, any bytes are one, and it needn't be aligned.
        unsafe { bytes.as_ptr().cast::<MemoryDescriptor>().read_unaligned() }
    })
}
