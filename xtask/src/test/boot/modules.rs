//! Boot tests of modules that are loaded at run time.

use super::interrupts::on_virtual_time;
use crate::test::scenario::{Kernel, Scenario};
use farjump::qemu::Outcome;

/// Has the loader put both modules into memory.
const CONFIG: &str = "kernel = /kernel.elf\ncmdline = exit\nmodule = /modules/kernel.sym\n\
                      module = /modules/greeter.so\nmodule = /modules/calculator.so\n";

pub(super) fn cases() -> Vec<Scenario> {
    vec![
        in_memory("modules are loaded, called, guarded and unloaded").lines(&[
            "test initialisers_and_finalisers_run ... calculator: goodbye; evaluations: 0",
            "test a_module_calls_its_host_and_is_called_by_name ... calculator: goodbye; evaluations: 1",
        ]),
        in_memory("modules are loaded on a CPU without no-execute pages")
            .machine(|machine| machine.cpu = Some("qemu64,-nx".to_owned())),
        Scenario::tests("modules are read from the volume", "module_on_volume")
            .with_modules()
            .file("/modules/large.so", (16 << 20) + 1),
        in_memory_of("a module in which a thread runs is not unloaded", "module_threads")
            .machine(on_virtual_time),
        commands(),
        wrong_commands(),
        by_commands(
            "monitor: a module's function that faults ends its thread alone",
            "insmod calculator;call calculator each_operation;rmmod calculator;uptime",
        )
        .lines(&[
            "exception *",
            "in thread *, call",
            "calculator: thread * raised exception *; the module stays in use",
            "> rmmod calculator",
            "calculator: the module is in use, 1 times",
            "up 0 days, *",
            "run: 4 commands, 2 failed",
        ])
        .outcome(Outcome::Failed),
    ]
}

fn in_memory(name: &str) -> Scenario {
    in_memory_of(name, "loaded_modules")
}

/// A test kernel with both modules in memory.
fn in_memory_of(name: &str, kernel: &'static str) -> Scenario {
    Scenario::tests(name, kernel).with_modules().config(CONFIG)
}

/// The demo kernel, with the modules on its volume.
fn by_commands(name: &str, script: &str) -> Scenario {
    let command_line = format!("exit run=\"{script}\"");
    Scenario::boot(name, Kernel::Demo).with_modules().command_line(command_line)
}

fn commands() -> Scenario {
    let script = "insmod greeter;call greeter greet;insmod /modules/calculator.so;call calculator demo;lsmod;\
                  rmmod greeter;rmmod calculator;lsmod;insmod greeter;call greeter greet";
    by_commands("monitor: modules are loaded, called and unloaded by commands", script).lines(&[
        "> insmod greeter",
        "greeter at 0xfffffe*",
        "> call greeter greet",
        "Hello from Rust!",
        "> call calculator demo",
        "1 2 3 4 5 6 * + - * + = -61",
        "> lsmod",
        "greeter at 0xfffffe*",
        "calculator at 0xfffffe*",
        "> rmmod calculator",
        "calculator: goodbye; evaluations: 1",
        "no module is loaded",
        "Hello from Rust!",
        "run: 10 commands, 0 failed",
    ])
}

fn wrong_commands() -> Scenario {
    let script = "rmmod greeter;insmod kernel.sym;insmod nothing;insmod /modules;insmod greeter;insmod greeter;call greeter shout;call greeter";
    by_commands("monitor: what can't be done with modules is said", script)
        .lines(&[
            "greeter: no module of this name is loaded",
            "kernel.sym: refused: magic: not an ELF file, at file offset 0x0",
            "/modules/nothing.so: no such file or directory",
            "/modules: is a directory, not a file",
            "> insmod greeter",
            "greeter: a module of this name is loaded; unload it first",
            "greeter: the module exports no such symbol",
            "usage: call NAME SYMBOL",
            "run: 8 commands, 7 failed",
        ])
        .outcome(Outcome::Failed)
}
