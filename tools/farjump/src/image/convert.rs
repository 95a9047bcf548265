//! Formats other than raw, by qemu-img.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use super::Format;

const PROGRAM: &str = "qemu-img";

/// Refuses `format` where there is no qemu-img, and says how to get one.
pub(super) fn check_installed(format: Format) -> Result<()> {
    let answer = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if answer.is_err() {
        bail!(
            "there is no {PROGRAM}, which makes {} images; install it (Debian, Ubuntu: apt install qemu-utils; \
             Fedora: dnf install qemu-img; Arch: pacman -S qemu-img; macOS: brew install qemu)",
            format.ending()
        );
    }
    Ok(())
}

/// Turns the raw image `raw` into `output`, a file that [`disk_image::replaceable`] returned and that is replaced
/// in one step.
pub(super) fn convert(raw: &Path, format: Format, output: &Path) -> Result<()> {
    let converted = raw.with_extension("converted");
    let status = Command::new(PROGRAM)
        .args(["convert", "-f", "raw", "-O", format.ending()])
        .args([raw, &converted])
        .status()
        .with_context(|| format!("can't start {PROGRAM}"))?;
    ensure!(status.success(), "{PROGRAM} couldn't make the {} image ({status})", format.ending());
    fs::rename(&converted, output).with_context(|| format!("can't write {}", output.display()))
}
