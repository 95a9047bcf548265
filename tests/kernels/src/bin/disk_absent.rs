//! A machine whose boot disk isn't at an ATA channel: the error says what is there, a line each.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::ToString as _;

use farjump_api::BootInfo;
use farjump_kernel::println;
use farjump_kernel::volume::{BootVolume, VolumeError};
use test_kernels::test_kernel;

test_kernel!(the_boot_volume_is_not_found_and_the_error_says_what_is);

fn the_boot_volume_is_not_found_and_the_error_says_what_is(_: &'static BootInfo) {
    let error = BootVolume::open().map(|_| ()).expect_err("there is no such disk");
    assert!(matches!(error, VolumeError::NoBootDisk { .. }), "{error}");
    println!();
    // The positions in lines of their own, for who watches.
    error.to_string().split("): ").flat_map(|part| part.split("; ")).for_each(|line| println!("{line}"));
}
