//! `cargo run`: builds the kernel, makes an image of it and boots it in QEMU.
//!
//! What follows `cargo run --` goes to `farjump run`: `--headless`, `--memory 1G`, `--gdb` ...

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use farjump::build::Kernel;
use farjump::run;
use farjump::workspace::Workspace;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    run: run::Args,
}

fn main() -> ExitCode {
    farjump::cli::run(boot)
}

fn boot(cli: Cli) -> Result<ExitCode> {
    let farjump = Workspace::locate()?;
    // At run time: one runner, built once, may serve several copies of this directory.
    let runner = env::var_os("CARGO_MANIFEST_DIR").context("start the kernel by `cargo run`")?;
    let manifest = PathBuf::from(runner).with_file_name("Cargo.toml");
    let kernel = Kernel::outside(&farjump, &manifest, "own-kernel").build(&farjump)?;
    // The place to add modules, files or a signature to the image.
    let image = cli.run.image().kernel(kernel);
    run::boot(&cli.run, image)
}
