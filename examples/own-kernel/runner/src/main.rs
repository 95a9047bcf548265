//! `cargo run`: builds the kernel, makes an image of it and boots it in QEMU.
//!
//! What stands behind `cargo run --` goes to `cargo xtask run`: `--headless`, `--memory 1G`, `--gdb` ...

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;
use xtask::build::Kernel;
use xtask::cli::Cli;
use xtask::workspace::Workspace;

fn main() -> ExitCode {
    boot().unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn boot() -> Result<ExitCode> {
    let farjump = Workspace::locate()?;
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.toml");
    let kernel = Kernel::outside(&farjump, &manifest, "own-kernel").build(&farjump)?;
    let command = ["cargo xtask".into(), "run".into(), "--kernel".into(), kernel.into_os_string()];
    Cli::parse_from(command.into_iter().chain(env::args_os().skip(1))).command.run()
}
