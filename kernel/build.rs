//! Hands the linker its script, and the script its address.

use farjump_api::virtual_memory::KERNEL_BASE;

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../linker/kernel.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rustc-link-arg-bins=-T{script}");
    println!("cargo:rustc-link-arg-bins=--defsym=KERNEL_BASE={KERNEL_BASE:#x}");
}
