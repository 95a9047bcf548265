//! Boot tests of modules that are loaded at run time.

use crate::image::Args;
use crate::test::case::{Case, Kernel};

/// Has the loader put both modules into memory.
const CONFIG: &str = "kernel = /kernel.elf\ncmdline = exit\nmodule = /modules/kernel.sym\n\
                      module = /modules/greeter.so\nmodule = /modules/calculator.so\n";

pub(super) fn cases() -> Vec<Case> {
    vec![
        in_memory("modules are loaded, called, guarded and unloaded").lines(&[
            "test initialisers_and_finalisers_run ... calculator: goodbye; evaluations: 0",
            "test a_module_calls_its_host_and_is_called_by_name ... calculator: goodbye; evaluations: 1",
            "9 passed, 0 failed",
        ]),
        in_memory("modules are loaded on a CPU without no-execute pages")
            .lines(&["9 passed, 0 failed"])
            .machine(|machine| machine.cpu = Some("qemu64,-nx".to_owned())),
        Case::new("modules are read from the volume", Kernel::Test("module_on_volume"))
            .image(|args| args.own_modules = true)
            .file("/modules/large.so", (16 << 20) + 1)
            .lines(&["2 passed, 0 failed"]),
    ]
}

fn in_memory(name: &str) -> Case {
    let change = |args: &mut Args| {
        args.own_modules = true;
        args.raw_config = Some(CONFIG.into());
    };
    Case::new(name, Kernel::Test("loaded_modules")).image(change)
}
