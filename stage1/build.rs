//! Hands the linker its script, and the script its addresses.

use boot_layout::{STAGE1, disk};

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../linker/stage1.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=-T{script}");
    println!("cargo:rustc-link-arg-bins=--defsym=STAGE1_START={:#x}", STAGE1.start);
    println!("cargo:rustc-link-arg-bins=--defsym=STAGE1_CODE_SIZE={}", disk::STAGE1_CODE.len());
}
