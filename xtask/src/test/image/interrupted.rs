//! `cargo xtask image`, ended by a signal in the middle of its work.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::Bench;

/// Bytes of a file on the image: so many that copying them takes longer than a signal.
const LARGE: u64 = 1 << 30;

/// How long it may take until the image is begun: both stages and the kernel are built already.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Starts to replace an image, and ends that in the middle.
pub(super) fn leaves_the_old_image(bench: &Bench<'_>) -> Result<()> {
    let directory = bench.path("interrupted");
    fs::create_dir(&directory)?;
    let (image, large) = (directory.join("disk.img"), bench.path("large.bin"));
    fs::write(&image, "the old image")?;
    File::create(&large)?.set_len(LARGE)?;
    let mut command = Command::new(this_program()?);
    command.current_dir(&bench.workspace.root).arg("image").arg("-o").arg(&image);
    command.arg("--file").arg(format!("{}=/large.bin", large.display()));
    command.args(bench.offline.then_some("--offline"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let begun = wait_for_temporary(&directory);
    kill_process(Pid::from_child(&child), Signal::TERM)?;
    let status = child.wait()?;
    begun?;
    ensure!(!status.success(), "it was done before the signal came");
    ensure!(fs::read(&image)? == b"the old image", "the old image isn't what it was");
    ensure!(count(&directory)? == 1, "{} files stand beside it", count(&directory)? - 1);
    Ok(())
}

/// This program's file. There may be another file at its path by now: `cargo test` builds it with other features. Linux
/// keeps a link to the file itself.
fn this_program() -> Result<PathBuf> {
    let file = Path::new("/proc/self/exe");
    if file.exists() { Ok(file.to_owned()) } else { Ok(env::current_exe()?) }
}

fn wait_for_temporary(directory: &Path) -> Result<()> {
    let deadline = Instant::now() + TIME_LIMIT;
    while count(directory)? < 2 {
        if Instant::now() > deadline {
            bail!("after {} s no image was begun", TIME_LIMIT.as_secs());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn count(directory: &Path) -> Result<usize> {
    Ok(fs::read_dir(directory)?.count())
}
