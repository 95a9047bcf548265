//! The steps, in order.

mod check;
mod identity;
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
use identity::Identity;
use machine::Disk;
use system::Named;

/// Writes the image to the disk and compares.
pub(super) fn overwrite(args: &Args) -> Result<ExitCode> {
    let path = image_path(args)?;
    let mut image = File::open(&path)
        .with_context(|| format!("{}: there is no image; `cargo xtask image` makes one", path.display()))?;
    let size = image.metadata()?.len();
    image_check::check(&mut image, size).with_context(|| {
        format!("{}: no image of farjump's; make one by `cargo xtask image`", path.display())
    })?;
    let device = system::named(&args.device)?;
    let name = device.path.display();
    let is_image = path.canonicalize().is_ok_and(|path| path == device.path);
    ensure!(!is_image, "{name}: is the image itself");
    let machine = system::machine()?;
    let allowed = Permissions { large: args.yes_really, file: args.file };
    let disk = check(&machine, &device.target, size, allowed).with_context(|| name.to_string())?;
    let mut opened = open_as_shown(&device, disk)?;
    if let Some(disk) = disk {
        confirm(disk, args.confirm.as_deref())?;
    }
    write::write(&mut image, size, &mut opened)?;
    write::verify(&mut image, size, &mut opened)?;
    outln!("{name}: {} written, read back and the same", disk_image::format_size(size));
    Ok(ExitCode::SUCCESS)
}

/// Opens the device exclusively, and refuses what isn't the one that was checked and is shown.
fn open_as_shown(device: &Named, disk: Option<&Disk>) -> Result<File> {
    let opened = write::open(&device.path, disk.is_some())?;
    let found =
        Identity::opened(&opened).with_context(|| format!("{}: can't look at it", device.path.display()))?;
    if let Some(difference) = Identity::shown(&device.metadata, disk).difference(&found) {
        bail!(
            "{}: it isn't what was there a moment ago: {difference}; nothing was written, look again",
            device.path.display()
        );
    }
    Ok(opened)
}

fn image_path(args: &Args) -> Result<PathBuf> {
    match &args.image {
        Some(path) => Ok(path.clone()),
        None => Ok(Workspace::locate()?.target.join("farjump.img")),
    }
}

/// Asks for the disk's name, unless `passed` is it.
fn confirm(disk: &Disk, passed: Option<&str>) -> Result<()> {
    let name = &disk.device.name;
    noteln!("{disk}");
    let typed = match passed {
        Some(name) => name.to_owned(),
        None if io::stdin().is_terminal() => {
            note!("All that is on it will be lost. Type its name ({name}) to continue: ");
            let mut line = String::new();
            io::stdin().read_line(&mut line).context("can't read the answer")?;
            line.trim().to_owned()
        }
        None => bail!("not a terminal: if it is the right disk, pass --confirm {name}"),
    };
    ensure!(typed == *name, "`{typed}` isn't {name}; nothing was written");
    Ok(())
}

/// How to do the same as root, where there may be no cargo.
fn as_root() -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| Path::new("xtask").to_owned());
    format!("try: sudo {} flash DEVICE --image PATH", program.display())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_takes_the_devices_place_between_check_and_open_is_not_written_to() {
        let directory = tempfile::tempdir().unwrap();
        let [device, other] = ["device", "other"].map(|name| directory.path().join(name));
        fs::write(&device, "an old image").unwrap();
        fs::write(&other, "precious one").unwrap();
        let named = system::named(&device).unwrap();
        open_as_shown(&named, None).unwrap();
        fs::rename(&other, &device).unwrap();
        let error = open_as_shown(&named, None).unwrap_err().to_string();
        assert!(error.contains("isn't what was there a moment ago: its device number is another"), "{error}");
        assert_eq!(fs::read(&device).unwrap(), b"precious one");
    }
}
