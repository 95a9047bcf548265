//! `insmod`, `lsmod`, `call`, `rmmod`: modules that are loaded at run time.

use super::command::{Command, CommandError};
use crate::module::{self, ModuleInfo};
use crate::{print, println};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "insmod",
        synopsis: "NAME",
        help: "load a module, such as greeter or /modules/greeter.so",
        run: insert,
    },
    Command {
        name: "lsmod",
        synopsis: "",
        help: "the modules that are loaded, and what they export",
        run: list,
    },
    Command {
        name: "call",
        synopsis: "NAME SYMBOL",
        help: "call a module's function that gives text, such as call greeter greet",
        run: call,
    },
    Command { name: "rmmod", synopsis: "NAME", help: "unload a module that nobody uses", run: remove },
];

fn insert<'a>(words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[path] = words else { return Err(CommandError::Usage) };
    let file = module::read(path).map_err(CommandError::reported)?;
    let name = module::name_of(path);
    // SAFETY: whoever types this says that the module's code may run in the kernel.
    unsafe { module::load(name, &file) }.map_err(CommandError::reported)?;
    module::list().iter().filter(|info| info.name == name).for_each(print_info);
    Ok(())
}

fn list<'a>(_: &[&'a str]) -> Result<(), CommandError<'a>> {
    let modules = module::list();
    if modules.is_empty() {
        println!("no module is loaded");
    }
    modules.iter().for_each(print_info);
    Ok(())
}

fn call<'a>(words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[name, symbol] = words else { return Err(CommandError::Usage) };
    // SAFETY: whoever types this says that the function gives text.
    let text = unsafe { module::call(name, symbol) }.map_err(CommandError::reported)?;
    println!("{}", text.as_deref().unwrap_or("(no text)"));
    Ok(())
}

fn remove<'a>(words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[name] = words else { return Err(CommandError::Usage) };
    module::unload(name).map_err(CommandError::reported)
}

fn print_info(info: &ModuleInfo) {
    let ModuleInfo { name, base, size, uses, .. } = info;
    print!("{name} at {base:#x}, {} KiB, used {uses} times, exports", size >> 10);
    // It may be gone meanwhile: then it exports nothing.
    if let Ok(module) = module::find(name) {
        module.symbols().for_each(|symbol| print!(" {}", symbol.name.escape_ascii()));
    }
    println!();
}
