//! Passes the linker script to the linker, and the addresses from `boot-layout` to the script.

use boot_layout::{STAGE2, disk};

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../linker/stage2.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=-T{script}");
    println!("cargo:rustc-link-arg-bins=--defsym=STAGE2_START={:#x}", STAGE2.start);
    println!("cargo:rustc-link-arg-bins=--defsym=STAGE2_SIZE={:#x}", STAGE2.end - STAGE2.start);
    println!("cargo:rustc-link-arg-bins=--defsym=SECTOR_SHIFT={}", disk::SECTOR_SIZE.ilog2());
}
