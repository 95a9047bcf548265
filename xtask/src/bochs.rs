//! Bochs: a second opinion on a boot, by another emulator with another BIOS.
//!
//! It has no exit port for the guest, so a boot is judged by its lines and ended from outside, unless the guest
//! switches the machine off. Debian's is
//! built with the debugger, which waits at a prompt unless a file of commands tells it to continue.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use farjump::install::Tool;
use farjump::qemu::{self, Child, Report, Watch, serial};

/// How often the serial port's file is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What Bochs's log says when the guest has switched the machine off: by ACPI, by port 8900h.
const SWITCHED_OFF: [&str; 2] = ["ACPI control: soft power off", "Shutdown port: shutdown requested"];

/// Boots a copy of `image` and watches the serial port until all lines have come or the time is up.
///
/// [`farjump::qemu::Outcome::Stopped`], the only good end there is here beside switching off, is reported as success.
pub fn boot(image: &Path, watch: Watch) -> Result<Report> {
    let directory = tempfile::tempdir().context("can't create a temporary directory")?;
    let disk = directory.path().join("disk.img");
    fs::copy(image, &disk).with_context(|| format!("can't copy {}", image.display()))?;
    let serial = directory.path().join("com1.txt");
    File::create(&serial)?;
    fs::write(directory.path().join("bochsrc"), configuration(&watch))?;
    fs::write(directory.path().join("commands"), "c\n")?;

    let mut command = Command::new(Tool::Bochs.program());
    command.current_dir(directory.path()).env("TERM", "xterm");
    command.args(["-q", "-f", "bochsrc", "-rc", "commands"]).stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let mut child = Child::start(&mut command)?;
    let over = Arc::new(AtomicBool::new(false));
    let growing = GrowingFile { file: File::open(&serial)?, over: Arc::clone(&over) };
    let lines = serial::lines(growing, false);
    let watch = Watch { stop_when_seen: true, ..watch };
    let report = qemu::watch(&mut child, &lines, started, watch, &mut |_| ());
    over.store(true, Ordering::Relaxed);
    let mut report = report?;
    fs::copy(&serial, &report.logs.serial)?;
    report.outcome = match report.outcome {
        qemu::Outcome::Stopped => qemu::Outcome::Success,
        qemu::Outcome::Died { .. } if was_switched_off(&report)? => qemu::Outcome::PoweredOff,
        outcome => outcome,
    };
    Ok(report)
}

/// Returns whether the guest switched the machine off: Bochs then panics, and says why at the end of its log.
fn was_switched_off(report: &Report) -> Result<bool> {
    let log = fs::read(&report.logs.qemu).context("can't read Bochs's log")?;
    let log = String::from_utf8_lossy(&log);
    Ok(SWITCHED_OFF.iter().any(|reason| log.contains(reason)))
}

/// Bochs's configuration. Its own log goes where QEMU's would.
fn configuration(watch: &Watch) -> String {
    format!(
        "megs: 64\n\
         cpu: model=corei7_haswell_4770, count=1, ips=50000000, reset_on_triple_fault=0\n\
         romimage: file=$BXSHARE/BIOS-bochs-latest\n\
         vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest\n\
         ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n\
         ata0-master: type=disk, path=disk.img, mode=flat\n\
         boot: disk\n\
         com1: enabled=1, mode=file, dev=com1.txt\n\
         log: {}\n\
         panic: action=fatal\n\
         display_library: term\n",
        watch.logs.qemu.display()
    )
}

/// A file that another process still writes to: its end isn't the end until `over` says so.
struct GrowingFile {
    file: File,
    over: Arc<AtomicBool>,
}

impl Read for GrowingFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.file.read(buffer)?;
            if length > 0 || self.over.load(Ordering::Relaxed) {
                return Ok(length);
            }
            thread::sleep(POLL_INTERVAL);
        }
    }
}
