//! Hands the linker the kernels' script, for those in `src/bin`. Those in `src/position_independent` are linked as programs
//! would be.

use farjump_api::virtual_memory::KERNEL_BASE;

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../linker/kernel.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rerun-if-changed=src/bin");
    let folder = std::fs::read_dir("src/bin").expect("this package has src/bin");
    for entry in folder {
        let path = entry.expect("src/bin can be read").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a kernel's name is ASCII");
        println!("cargo:rustc-link-arg-bin={name}=-T{script}");
        println!("cargo:rustc-link-arg-bin={name}=--defsym=KERNEL_BASE={KERNEL_BASE:#x}");
    }
}
