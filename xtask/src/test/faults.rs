//! Faults: each must be found and named in a line of its own within two seconds of the guest's time, and end in a
//! halt with interrupts off; or else be harmless, and the kernel boots.
//!
//! | file | faults of |
//! |---|---|
//! | faults/machine.rs | CPU, memory, the way the disk is plugged in |
//! | faults/disk.rs | reads, partition table, a disk that was cut off |
//! | faults/volume.rs | FAT, directories, configuration |
//! | faults/kernel.rs | the kernel's ELF file |
//! | faults/a20.rs | address line 20 |
//! | faults/memory_map.rs | what the BIOS says of memory |
//! | faults/bios_reads.rs | what the BIOS reads: too little, or by cylinders alone |
//! | faults/signed.rs | signed images |
//! | faults/flips.rs | single bits, anywhere |
//!
//! QEMU counts instructions as time, so that what a guest needs doesn't depend on the host. At the end a table says
//! what was expected and seen, and after how many milliseconds.

mod a20;
mod bios_reads;
mod disk;
mod flips;
mod kernel;
mod machine;
mod maker;
mod memory_map;
mod observe;
mod shim;
mod signed;
mod volume;

use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;

use anyhow::{Result, bail};

use super::Tally;
use super::runner::{lock, side_by_side};
use farjump::output::outln;
use farjump::qemu::Machine;
use farjump::workspace::Workspace;
use maker::Maker;
use observe::{Seen, observe};

/// What must come of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// A line that begins so, then a halt.
    Halt(String),
    /// The kernel boots, after a line that begins so.
    Boot(String),
    /// The kernel starts, but for a part of it, and so reports no success; a line that begins so comes.
    HalfStart(String),
    /// The kernel, one of tests/kernels, prints this line and reports success.
    Pass(String),
    /// Either the kernel boots, or the loader says what is wrong and halts.
    FoundOrHarmless,
    /// The loader says what is wrong, in any of its lines, and halts.
    Found,
    /// A line that begins so, of code that is interpreted and not booted.
    Interpreted(String),
}

/// What is booted.
#[derive(Debug, Clone)]
pub(super) struct Media {
    /// The disk.
    pub(super) disk: Disk,
    /// The sector whose reads fail, if one does.
    pub(super) bad_sector: Option<BadSector>,
    /// What QEMU's monitor is told once the CPU has halted for good: the last word is the one that comes after it.
    pub(super) command: Option<&'static str>,
}

/// A disk.
#[derive(Debug, Clone)]
pub(super) enum Disk {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// A file that is there already, and stays.
    File(PathBuf),
}

/// A sector whose reads fail.
#[derive(Debug, Clone, Copy)]
pub(super) struct BadSector {
    /// Its number.
    pub(super) lba: u64,
    /// How often that happens.
    pub(super) failures: Failures,
}

/// How many reads fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failures {
    /// The first so many.
    First(usize),
    /// All.
    All,
}

/// Makes what is booted.
type Make = Box<dyn Fn(&Maker) -> Result<Media> + Send>;

/// What comes of a fault.
enum Trial {
    /// It is booted.
    Boot(Make, Machine),
    /// The code that meets it is interpreted.
    Interpret(fn(&Maker) -> Result<Seen>),
}

/// One fault.
pub(super) struct Fault {
    pub(super) name: String,
    trial: Trial,
    /// A line that must come first.
    first: Option<&'static str>,
    expected: Expected,
}

impl Fault {
    /// A fault of what `make` makes.
    fn new(
        name: &str,
        expected: Expected,
        make: impl Fn(&Maker) -> Result<Vec<u8>> + Send + 'static,
    ) -> Self {
        Self::of(name, expected, move |maker| Ok(Disk::Bytes(make(maker)?)))
    }

    /// The same, of a disk that may be a file.
    fn of(name: &str, expected: Expected, make: impl Fn(&Maker) -> Result<Disk> + Send + 'static) -> Self {
        let make =
            Box::new(move |maker: &Maker| Ok(Media { disk: make(maker)?, bad_sector: None, command: None }));
        // Not `sleep=off`: a CPU that has halted would see time run away until somebody reads the clock.
        let extra = ["-icount", "shift=0"].map(str::to_owned).into();
        let machine = Machine { extra, ..Machine::headless(std::path::PathBuf::new()) };
        Self { name: format!("faults: {name}"), trial: Trial::Boot(make, machine), first: None, expected }
    }

    /// One that must end in a halt behind a line that begins with `line`.
    fn halts(name: &str, line: &str, make: impl Fn(&Maker) -> Result<Vec<u8>> + Send + 'static) -> Self {
        Self::new(name, Expected::Halt(line.to_owned()), make)
    }

    /// One that is harmless: the kernel boots, after a line that begins with `line`.
    fn boots(name: &str, line: &str, make: impl Fn(&Maker) -> Result<Vec<u8>> + Send + 'static) -> Self {
        Self::new(name, Expected::Boot(line.to_owned()), make)
    }

    /// One that is met by code which `run` interprets: a line that begins with `line` comes of it.
    fn interpreted(name: &str, line: &str, run: fn(&Maker) -> Result<Seen>) -> Self {
        let expected = Expected::Interpreted(line.to_owned());
        Self { name: format!("faults: {name}"), trial: Trial::Interpret(run), first: None, expected }
    }

    /// One whose kernel, one of tests/kernels, prints `line` and reports success.
    fn passes(name: &str, line: &str, make: impl Fn(&Maker) -> Result<Vec<u8>> + Send + 'static) -> Self {
        Self::new(name, Expected::Pass(line.to_owned()), make)
    }

    /// Demands that this line comes, too.
    fn after(self, line: &'static str) -> Self {
        Self { first: Some(line), ..self }
    }

    /// Makes the machine another than the usual one.
    fn machine(mut self, change: impl FnOnce(&mut Machine)) -> Self {
        if let Trial::Boot(_, machine) = &mut self.trial {
            change(machine);
        }
        self
    }

    /// Has reads of a sector fail: the one that `place` finds on the disk.
    fn failing_reads(
        self,
        failures: Failures,
        place: impl Fn(&[u8]) -> Result<u64> + Send + 'static,
    ) -> Self {
        self.media(move |media| {
            let lba = match &media.disk {
                Disk::Bytes(bytes) => place(bytes)?,
                Disk::File(path) => bail!("{} isn't searched for a sector", path.display()),
            };
            Ok(Media { bad_sector: Some(BadSector { lba, failures }), ..media })
        })
    }

    /// Tells QEMU's monitor this once the CPU has halted for good.
    fn told_when_halted(self, command: &'static str) -> Self {
        self.media(move |media| Ok(Media { command: Some(command), ..media }))
    }

    /// Boots something else than before.
    fn media(self, change: impl Fn(Media) -> Result<Media> + Send + 'static) -> Self {
        let Trial::Boot(make, machine) = self.trial else { return self };
        let make: Make = Box::new(move |maker| change(make(maker)?));
        Self { trial: Trial::Boot(make, machine), ..self }
    }
}

/// All faults; `flips` is how many bits are flipped in each region.
pub(super) fn all(flips: u32) -> Vec<Fault> {
    let mut faults = machine::faults();
    faults.extend(disk::faults());
    faults.extend(volume::faults());
    faults.extend(kernel::faults());
    faults.extend(a20::faults());
    faults.extend(memory_map::faults());
    faults.extend(bios_reads::faults());
    faults.extend(signed::faults());
    faults.extend(flips::faults(flips));
    faults
}

/// A row of the table.
struct Row {
    place: usize,
    name: String,
    expected: String,
    seen: Result<Seen>,
    failure: Option<String>,
}

/// Boots all `faults` and prints the table.
pub(super) fn run(workspace: &Workspace, faults: Vec<Fault>, offline: bool) -> Result<Tally> {
    if faults.is_empty() {
        return Ok(Tally::default());
    }
    let maker = Maker::new(workspace, offline)?;
    let queue = Mutex::new(faults.into_iter().enumerate());
    let rows = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..side_by_side() {
            scope.spawn(|| {
                while let Some((place, fault)) = { lock(&queue).next() } {
                    let row = judge(place, fault, &maker, workspace);
                    row.print_verdict();
                    lock(&rows).push(row);
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    rows.sort_by_key(|row| row.place);
    print(&rows);
    print_stack(&rows);
    flips::print_summary(&rows);
    let failed: Vec<_> =
        rows.iter().filter(|row| row.failure.is_some()).map(|row| row.name.clone()).collect();
    Ok(Tally { passed: rows.len() - failed.len(), failed, skipped: 0 })
}

fn judge(place: usize, fault: Fault, maker: &Maker, workspace: &Workspace) -> Row {
    let seen = match fault.trial {
        Trial::Boot(make, machine) => {
            make(maker).and_then(|media| observe(workspace, &fault.name, machine, &media, maker.folder()))
        }
        Trial::Interpret(run) => run(maker),
    };
    let failure = match &seen {
        Ok(seen) => seen.failure(&fault.expected, fault.first),
        Err(error) => Some(format!("{error:#}")),
    };
    Row { place, name: fault.name, expected: fault.expected.to_string(), seen, failure }
}

fn print(rows: &[Row]) {
    outln!("{:<62} | {:<58} | {:>5} | seen", "case", "expected", "ms");
    for row in rows {
        let (ms, line) = match &row.seen {
            Ok(seen) => (seen.guest_ms.map_or("-".to_owned(), |ms| ms.to_string()), seen.line.as_str()),
            Err(_) => ("-".to_owned(), "-"),
        };
        let name = row.name.trim_start_matches("faults: ");
        outln!("{name:<62} | {:<58} | {ms:>5} | {line}", row.expected);
    }
}

/// Says which fault took the loader's stack deepest.
fn print_stack(rows: &[Row]) {
    let depths = rows.iter().filter_map(|row| Some((row.seen.as_ref().ok()?.stack_bytes, &row.name)));
    if let Some((bytes @ 1.., name)) = depths.max() {
        outln!("the loader's stack: {bytes} bytes at most, by {name}");
    }
}

impl Row {
    /// Whether the kernel ran.
    fn has_booted(&self) -> bool {
        self.seen.as_ref().is_ok_and(Seen::has_booted)
    }

    /// Prints the test's line, as the other groups do.
    fn print_verdict(&self) {
        match &self.failure {
            None => outln!("test {} ... ok", self.name),
            Some(reason) => outln!("test {} ... FAILED\n{reason}", self.name),
        }
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Halt(line) => write!(f, "{line} ..., halt"),
            Self::Boot(line) => write!(f, "{line} ..., boot"),
            Self::HalfStart(line) => write!(f, "{line} ..., failure"),
            Self::Pass(line) => write!(f, "{line} ..., success"),
            Self::FoundOrHarmless => f.write_str("an error and halt, or boot"),
            Self::Interpreted(line) => write!(f, "{line} ..., interpreted"),
            Self::Found => f.write_str("an error and halt"),
        }
    }
}
