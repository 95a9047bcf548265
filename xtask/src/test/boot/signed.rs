//! Boot tests of signed images whose volume was changed afterwards: of the files that the kernel reads itself it runs
//! those that were signed, and no others.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::test::scenario::{Kernel, Scenario};
use farjump::qemu::Outcome;
use farjump::update_checksums::volume;

const GREETER: &str = "/modules/greeter.so";

/// The text that `call greeter greet` prints.
const TEXT: &[u8; 16] = b"Hello from Rust!";

/// What an attacker puts in its place.
const OTHER_TEXT: &[u8; 16] = b"Hello from Evil!";

pub(super) fn cases() -> Vec<Scenario> {
    vec![untouched(), replaced_module(), replaced_program(), unlisted_files(), unsigned_image()]
}

/// An image with modules, programs and another file, and these commands.
fn by_commands(name: &str, script: &str) -> Scenario {
    let command_line = format!("exit run=\"{script}\"");
    let case =
        Scenario::boot(&format!("signed: {name}"), Kernel::Demo).with_modules().command_line(command_line);
    case.file("/Notes and more.txt", 100)
}

fn untouched() -> Scenario {
    by_commands(
        "modules and programs that were signed are run, however their paths are written",
        "insmod greeter;call greeter greet;rmmod greeter;insmod /MODULES//Greeter.SO;insmod calculator;spawn worker;ls",
    )
    .signed()
    .lines(&[
        "> call greeter greet",
        "Hello from Rust!",
        "> insmod /MODULES//Greeter.SO",
        "Greeter* at 0xfffffe*",
        "calculator at 0xfffffe*",
        "> spawn worker",
        "thread *",
        "* Notes and more.txt",
        "run: 7 commands, 0 failed",
    ])
}

fn replaced_module() -> Scenario {
    by_commands(
        "a module that was replaced on the volume isn't run",
        "insmod greeter;call greeter greet;insmod /Modules/GREETER.so;insmod calculator",
    )
    .signed()
    .finish(attack)
    .lines(&[
        "> insmod greeter",
        "/modules/greeter.so: damaged, or not the file that was signed: its SHA-256 hash isn't the one in the signed \
         configuration",
        "> call greeter greet",
        "greeter: no module of this name is loaded",
        "/Modules/GREETER.so: damaged, or not the file that was signed: *",
        "> insmod calculator",
        "calculator at 0xfffffe*",
        "run: 4 commands, 3 failed",
    ])
    .outcome(Outcome::Failed)
}

fn replaced_program() -> Scenario {
    by_commands("a program that was replaced by another signed one isn't run", "spawn worker;spawn fibonacci")
        .signed()
        .finish(|image| {
            let other = volume(image)?.read("/programs/fibonacci.bin")?;
            volume(image)?.replace("/programs/worker.bin", &other)?;
            Ok(image.to_owned())
        })
        .lines(&[
            "> spawn worker",
            "/programs/worker.bin: damaged, or not the file that was signed: *",
            "> spawn fibonacci",
            "thread *",
            "run: 2 commands, 1 failed",
        ])
        .outcome(Outcome::Failed)
}

/// Files that were added, and signed ones by paths that the configuration doesn't list.
fn unlisted_files() -> Scenario {
    const NOT_SIGNED: &str = "not signed: the signed configuration has no SHA-256 hash of it";
    let refused = [
        "/modules/extra.so",
        "/greeter.so",
        "/modules/../modules/greeter.so",
        "/modules/CALCUL~1.SO",
        "/programs/extra.bin",
    ];
    let refused = refused.map(|path| format!("{path}: {NOT_SIGNED}"));
    let others = [
        "/modules: is a directory, not a file",
        "/modules/nothing.so: no such file or directory",
        "> cat /extra.txt",
        "hello",
        "greeter at 0xfffffe*",
        "run: 9 commands, 7 failed",
    ];
    let lines: Vec<&str> = refused.iter().map(String::as_str).chain(others).collect();
    by_commands(
        "files that weren't signed are shown and not run",
        "insmod extra;insmod /greeter.so;insmod /modules/../modules/greeter.so;insmod /modules/CALCUL~1.SO;spawn extra;\
         insmod /modules;insmod nothing;cat /extra.txt;insmod greeter",
    )
    .signed()
    .finish(add_files)
    .lines(&lines)
    .outcome(Outcome::Failed)
}

fn unsigned_image() -> Scenario {
    by_commands("an image that isn't signed runs what is on its volume", "insmod greeter;call greeter greet")
        .finish(attack)
        .lines(&["> call greeter greet", "Hello from Evil!", "run: 2 commands, 0 failed"])
}

fn attack(image: &Path) -> Result<PathBuf> {
    replace_text(image, OTHER_TEXT)?;
    Ok(image.to_owned())
}

/// Replaces the text that `call greeter greet` prints.
pub(super) fn replace_text(image: &Path, text: &[u8; 16]) -> Result<()> {
    let mut module = volume(image)?.read(GREETER)?;
    let place = module.windows(TEXT.len()).position(|window| window == TEXT);
    let place = place.context("the module doesn't contain the text")?;
    module[place..place + text.len()].copy_from_slice(text);
    Ok(volume(image)?.replace(GREETER, &module)?)
}

fn add_files(image: &Path) -> Result<PathBuf> {
    let volume = volume(image)?;
    let (module, program) = (volume.read(GREETER)?, volume.read("/programs/worker.bin")?);
    volume.add("/modules/extra.so", &module)?;
    volume.add("/greeter.so", &module)?;
    volume.add("/programs/extra.bin", &program)?;
    volume.add("/extra.txt", b"hello\n")?;
    Ok(image.to_owned())
}
