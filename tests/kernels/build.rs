//! Hands the linker the kernels' script, for all of them but the one that is linked as a program would be.

use boot_layout::virtual_memory::KERNEL_BASE;

const WITHOUT_SCRIPT: &str = "pie";

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../linker/kernel.ld");
    println!("cargo:rerun-if-changed={script}");
    println!("cargo:rerun-if-changed=src/bin");
    let directory = std::fs::read_dir("src/bin").expect("this package has src/bin");
    for entry in directory {
        let path = entry.expect("src/bin can be read").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a kernel's name is ASCII");
        if name != WITHOUT_SCRIPT {
            println!("cargo:rustc-link-arg-bin={name}=-T{script}");
            println!("cargo:rustc-link-arg-bin={name}=--defsym=KERNEL_BASE={KERNEL_BASE:#x}");
        }
    }
}
