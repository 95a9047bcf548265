//! `cargo xtask update-checksums DIR` on a volume that can't take the new configuration: the old one is intact
//! afterwards.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A configuration of more than `BLOCKS` blocks of 512 bytes.
fn config() -> String {
    format!("kernel = /kernel.elf\nmodule = /m\n{}", "# a comment that takes space\n".repeat(200))
}

/// Blocks that a file may have where writing has to fail.
const BLOCKS: u32 = 1;

/// A directory as a mounted volume: a configuration, a kernel that is none, and a module.
fn volume() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("farjump.conf"), config()).unwrap();
    fs::write(directory.path().join("kernel.elf"), "no ELF file").unwrap();
    fs::write(directory.path().join("m"), "a module").unwrap();
    directory
}

/// Runs `cargo xtask update-checksums` on `directory`; `limit` is what the shell does first.
fn update(directory: &Path, limit: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_farjump");
    let script = format!("{limit}\nexec \"$0\" update-checksums \"$1\"");
    Command::new("sh").arg("-c").arg(script).arg(program).arg(directory).output().unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let names =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn a_write_that_fails_leaves_the_old_configuration_and_no_other_file() {
    let directory = volume();
    let output = update(directory.path(), &format!("trap '' XFSZ; ulimit -f {BLOCKS}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{error}");
    assert!(error.contains("farjump.conf: can't write it"), "{error}");
    assert_eq!(fs::read_to_string(directory.path().join("farjump.conf")).unwrap(), config());
    assert_eq!(names(directory.path()), ["farjump.conf", "kernel.elf", "m"]);
}

#[test]
fn a_write_that_succeeds_replaces_the_configuration_and_leaves_no_other_file() {
    let directory = volume();
    let output = update(directory.path(), "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let updated = fs::read(directory.path().join("farjump.conf")).unwrap();
    let updated = farjump_loader::config::Config::parse(&updated).unwrap();
    assert!(updated.has_checksum && updated.checksum_of("/m").is_some());
    assert_eq!(names(directory.path()), ["farjump.conf", "kernel.elf", "m"]);
}
