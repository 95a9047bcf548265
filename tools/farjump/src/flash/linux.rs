//! The steps, in order.

mod check;
mod image_check;
mod machine;
mod system;
mod write;

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};

use super::Args;
use crate::output::{note, noteln, outln};
use crate::workspace::Workspace;
use check::{Permissions, check};
use machine::Disk;

/// Writes the image to the disk and compares.
pub(super) fn overwrite(args: &Args) -> Result<ExitCode> {
    let path = image_path(args)?;
    let mut image = File::open(&path)
        .with_context(|| format!("{}: there is no image; `cargo xtask image` makes one", path.display()))?;
    let size = image.metadata()?.len();
    image_check::check(&mut image, size).with_context(|| {
        format!("{}: no image of farjump's; make one by `cargo xtask image`", path.display())
    })?;
    let (device, target) = system::target(&args.device)?;
    let is_image = path.canonicalize().is_ok_and(|path| path == device);
    ensure!(!is_image, "{}: is the image itself", device.display());
    let machine = system::machine()?;
    let allowed = Permissions { large: args.yes_really, file: args.file };
    let disk = check(&machine, &target, size, allowed).with_context(|| device.display().to_string())?;
    if let Some(disk) = disk {
        confirm(disk, args.confirm.as_deref())?;
    }
    let mut opened = write::open(&device, disk.is_some())?;
    write::write(&mut image, size, &mut opened)?;
    drop(opened);
    write::verify(&mut image, size, &device)?;
    let (written, name) = (disk_image::format_size(size), device.display());
    outln!("{name}: {written} written, read back and the same");
    Ok(ExitCode::SUCCESS)
}

fn image_path(args: &Args) -> Result<PathBuf> {
    match &args.image {
        Some(path) => Ok(path.clone()),
        None => Ok(Workspace::locate()?.target.join("farjump.img")),
    }
}

/// Has the disk's name typed, unless `given` is it.
fn confirm(disk: &Disk, given: Option<&str>) -> Result<()> {
    let name = &disk.device.name;
    noteln!("{disk}");
    let typed = match given {
        Some(given) => given.to_owned(),
        None if io::stdin().is_terminal() => {
            note!("All that is on it will be lost. Type its name ({name}) to go on: ");
            let mut line = String::new();
            io::stdin().read_line(&mut line).context("can't read the answer")?;
            line.trim().to_owned()
        }
        None => bail!("nobody is here to be asked; if it is the right disk: --confirm {name}"),
    };
    ensure!(typed == *name, "`{typed}` isn't {name}; nothing was written");
    Ok(())
}

/// How to do the same as root, where there may be no cargo.
fn as_root() -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| Path::new("xtask").to_owned());
    format!("try: sudo {} flash DEVICE --image PATH", program.display())
}
