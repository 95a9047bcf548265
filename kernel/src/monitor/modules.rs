//! `insmod`, `lsmod`, `call`, `rmmod`: modules that are loaded at run time.
//!
//! What a module does is unknown beforehand: initialisers, functions and finalisers run in threads of their own,
//! which end alone by a fault, and by Ctrl-C. Such a thread keeps what it had: the module stays in use for good.

use alloc::string::String;

use super::Monitor;
use super::command::{Command, CommandError};
use super::threads;
use crate::module::{self, ModuleError, ModuleHandle};
use crate::thread::{self, Builder};
use crate::{print, println};

/// Bytes of the stack that a module's code gets.
const STACK_BYTES: u64 = 64 << 10;

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
        help: "call a module's function that returns text, such as call greeter greet",
        run: call,
    },
    Command { name: "rmmod", synopsis: "NAME", help: "unload a module that isn't in use", run: remove },
];

fn insert<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[path] = words else { return Err(CommandError::Usage) };
    let file = module::read(path).map_err(|error| CommandError::about(&module::path_of(path), error))?;
    let name = module::name_of(path);
    let name_owned = String::from(name);
    let module = apart("insmod", name, move || {
        // SAFETY: the user vouches that the module's code may run in the kernel.
        unsafe { module::load(&name_owned, &file) }
    })?;
    print_module(&module);
    Ok(())
}

fn list<'a>(_: &Monitor, _: &[&'a str]) -> Result<(), CommandError<'a>> {
    let modules = module::list();
    if modules.is_empty() {
        println!("no module is loaded");
    }
    // One that is unloaded meanwhile isn't loaded any more.
    let modules = modules.iter().filter_map(|info| module::find(&info.name).ok());
    modules.for_each(|module| print_module(&module));
    Ok(())
}

fn call<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[name, symbol] = words else { return Err(CommandError::Usage) };
    let (name_owned, symbol_owned) = (String::from(name), String::from(symbol));
    let text = apart("call", name, move || {
        // SAFETY: the user vouches that the function returns text. If it doesn't, and faults, its thread ends.
        unsafe { module::call(&name_owned, &symbol_owned) }
    })?;
    println!("{}", text.as_deref().map_or("(no text)".into(), printable));
    Ok(())
}

/// `text` without characters that a terminal obeys. Line feeds and tabs stay.
fn printable(text: &str) -> String {
    let is_obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    text.replace(is_obeyed, "\u{FFFD}")
}

fn remove<'a>(_: &Monitor, words: &[&'a str]) -> Result<(), CommandError<'a>> {
    let &[name] = words else { return Err(CommandError::Usage) };
    let name_owned = String::from(name);
    apart("rmmod", name, move || module::unload(&name_owned))
}

/// Runs what runs a module's code in a thread of its own, called as the command is, and waits for it.
fn apart<'a, T: Send + 'static>(
    command: &'static str,
    module: &'a str,
    run: impl FnOnce() -> Result<T, ModuleError> + Send + 'static,
) -> Result<T, CommandError<'a>> {
    let about = |error: &dyn core::fmt::Display| CommandError::about(module, error);
    let (sender, receiver) = thread::channel(1).map_err(|error| about(&error))?;
    let thread = Builder::new(command).stack_bytes(STACK_BYTES).spawn(move || {
        // The receiver exists until it has got the value, or has stopped waiting.
        let _ = sender.send(run());
    });
    let thread = thread.map_err(|error| about(&error))?;
    let number = thread.number();
    let end = threads::wait_for_end(&thread).unwrap_or_else(|| {
        // Ctrl-C. It may have ended meanwhile.
        let _ = thread::kill(number);
        thread.join()
    });
    match receiver.try_receive() {
        Some(result) => result.map_err(|error| about(&error)),
        None => Err(about(&format_args!("thread {number} {end}; the module stays in use"))),
    }
}

fn print_module(module: &ModuleHandle) {
    let (name, uses) = (module.name(), module.other_uses());
    print!("{name} at {:#x}, {} KiB, used {uses} times, exports", module.base(), module.size() >> 10);
    module.symbols().for_each(|symbol| print!(" {}", symbol.name.escape_ascii()));
    println!();
}
