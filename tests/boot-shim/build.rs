//! Hands the linker its script, and the script its address.

use boot_layout::STAGE1;

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/shim.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=-T{script}");
    println!("cargo:rustc-link-arg-bins=--defsym=SHIM_START={:#x}", STAGE1.start);
}
