//! Passes the linker script to the linker, and the addresses from `boot-layout` to the script.

use boot_layout::{STAGE1, disk};

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../linker/stage1.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=-T{script}");
    println!("cargo:rustc-link-arg-bins=--defsym=STAGE1_START={:#x}", STAGE1.start);
    println!("cargo:rustc-link-arg-bins=--defsym=STAGE1_CODE_SIZE={}", disk::STAGE1_CODE.len());
}
