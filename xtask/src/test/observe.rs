//! Runs a scenario and returns the observations.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use boot_layout::LOADER_STACK;

use super::image_builder::ImageBuilder;
use super::scenario::{BadSector, Bytes, Disk, Emulator, Failures, Media, Scenario};
use crate::bochs;
use farjump::qemu::{self, Logs, Machine, Outcome, Qmp, Report, SeenLine, Watch, is_last_word};
use farjump::smoke::KERNEL_OK;
use farjump::temporary;
use farjump::workspace::Workspace;

/// How long the host waits for the halt that follows a last word.
const HALT_LIMIT: Duration = Duration::from_secs(30);

/// The observations of a run.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// The last word of a stage or the loader; else the demo kernel's; else the last line.
    pub(super) line: String,
    /// When it had come; `None` where the kernel had ended the machine before it could be asked.
    pub(super) guest_ms: Option<u64>,
    /// Whether the CPU then stood still for good.
    pub(super) has_halted: bool,
    /// Whether address line 20 worked then.
    pub(super) has_a20: bool,
    /// All lines.
    pub(super) lines: Vec<SeenLine>,
    pub(super) outcome: Outcome,
    /// What the lines lack.
    pub(super) failure: Option<String>,
    /// The sector that can never be read, which the loader must name.
    pub(super) bad_lba: Option<u64>,
    /// Bytes of the loader's stack that were in use at most; 0 where the loader didn't give up.
    pub(super) stack_bytes: u64,
    pub(super) logs: Option<Logs>,
}

impl Seen {
    /// Nothing but a last line and an end.
    pub(super) fn new(line: String, outcome: Outcome) -> Self {
        Self {
            line,
            guest_ms: None,
            has_halted: false,
            has_a20: false,
            lines: Vec::new(),
            outcome,
            failure: None,
            bad_lba: None,
            stack_bytes: 0,
            logs: None,
        }
    }

    /// Returns the result of interpreted code: a line, after this many instructions of a nanosecond each.
    pub(super) fn interpreted(line: String, instructions: u32) -> Self {
        let guest_ms = Some(u64::from(instructions / 1_000_000));
        Self { guest_ms, ..Self::new(line, Outcome::GaveUp) }
    }

    fn of(report: Report) -> Self {
        let text = |line: &&SeenLine| is_last_word(&line.text) || line.text == KERNEL_OK;
        let last = report.lines.iter().rev().find(text).or(report.lines.last());
        let line = last.map_or(String::new(), |line| line.text.clone());
        let (failure, logs) = (report.failure, Some(report.logs));
        Self { lines: report.lines, failure, logs, ..Self::new(line, report.outcome) }
    }
}

/// Makes what `scenario` boots, and boots it.
pub(super) fn observe(workspace: &Workspace, scenario: &Scenario, builder: &ImageBuilder) -> Result<Seen> {
    let logs = Logs::create(&workspace.target, &scenario.name)?;
    let directory = temporary::Directory::create(&workspace.target, "test-")?;
    let (image, bad_sector) = match &scenario.media {
        Media::Interpreted(run) => return run(builder),
        Media::Image(image) => (builder.image(image, directory.path())?, None),
        Media::Disk(disk) => disk.write(builder, directory.path())?,
    };
    let name = match bad_sector {
        Some(sector) => sector.plug_in(&image, directory.path())?,
        None => image.clone(),
    };
    let mut machine = Machine { image: name, ..scenario.machine.clone() };
    machine.extra.splice(0..0, scenario.firmware.arguments());
    for attach in &scenario.attachments {
        machine.extra.extend(attach(directory.path())?);
    }
    let expected = &scenario.expected;
    let (lines, stop_when_seen) = (expected.lines.clone(), expected.stops_when_seen());
    let watch = Watch { expected: lines, time_limit: scenario.time_limit, stop_when_seen, logs };
    let seen = match scenario.emulator {
        Emulator::Qemu => in_qemu(scenario, machine, watch, &directory.path().join("stack"))?,
        Emulator::Bochs => Seen::of(bochs::boot(&image, watch)?),
    };
    let bad_lba = bad_sector.filter(|sector| sector.failures == Failures::All).map(|sector| sector.lba);
    Ok(Seen { bad_lba, ..seen })
}

/// Boots in QEMU; the loader's stack at its end is saved in `stack`.
fn in_qemu(scenario: &Scenario, machine: Machine, watch: Watch, stack: &Path) -> Result<Seen> {
    let mut end = Ok(End { guest_ms: None, halted: false, a20: true });
    let (mut command, waits) = (scenario.when_halted, scenario.expected.waits_for_halt());
    let report = qemu::boot_with_monitor(machine, watch, scenario.cues.clone(), &mut |line, monitor| {
        if is_last_word(&line.text) && waits {
            if !matches!(end, Ok(End { halted: true, .. })) {
                end = match command.take() {
                    Some(command) => wait_for_second_halt(monitor, command, stack),
                    None => wait_for_halt(monitor, stack),
                };
            }
        } else if line.text == KERNEL_OK {
            end = Ok(End { guest_ms: monitor.guest_ms().ok(), halted: false, a20: true });
        }
    })?;
    let End { guest_ms, halted, a20 } = end?;
    let stack_bytes = if stack.exists() { depth(&fs::read(stack)?) } else { 0 };
    Ok(Seen { guest_ms, has_halted: halted, has_a20: a20, stack_bytes, ..Seen::of(report) })
}

/// What is known of the machine after its last word.
struct End {
    guest_ms: Option<u64>,
    halted: bool,
    a20: bool,
}

/// How deep a stack was used which was all zeros at first.
fn depth(stack: &[u8]) -> u64 {
    let untouched = stack.iter().take_while(|byte| **byte == 0).count();
    (stack.len() - untouched) as u64
}

/// Tells the monitor `command` once the CPU has halted for good, waits until it halts elsewhere, and continues as
/// [`wait_for_halt`].
fn wait_for_second_halt(monitor: &mut Qmp, command: &str, stack: &Path) -> Result<End> {
    let deadline = Instant::now() + HALT_LIMIT;
    let halted_at = |monitor: &mut Qmp| {
        while !monitor.has_halted_for_good()? && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        monitor.stack_pointer()
    };
    let first = halted_at(monitor)?;
    let ended = || format!("the machine ended when it was told `{command}`");
    let answer = monitor.human(command).with_context(ended)?;
    ensure!(answer.trim().is_empty(), "QEMU says to `{command}`: {answer}");
    // The CPU may not have woken up yet.
    while halted_at(monitor).with_context(ended)? == first && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    wait_for_halt(monitor, stack)
}

/// The guest's time, and whether the CPU halts for good within the limit. Ends a machine that has.
fn wait_for_halt(monitor: &mut Qmp, stack: &Path) -> Result<End> {
    let deadline = Instant::now() + HALT_LIMIT;
    loop {
        let halted = monitor.has_halted_for_good()?;
        if halted || Instant::now() >= deadline {
            let guest_ms = Some(monitor.guest_ms()?);
            let a20 = monitor.a20_is_on()?;
            monitor.save_memory(&LOADER_STACK, stack)?;
            if halted {
                monitor.quit();
            }
            return Ok(End { guest_ms, halted, a20 });
        }
        thread::sleep(Duration::from_millis(5));
    }
}

impl Disk {
    /// Makes the disk, in `directory` if it isn't a file already; returns the file, and the sector that can't be read.
    fn write(&self, builder: &ImageBuilder, directory: &Path) -> Result<(PathBuf, Option<BadSector>)> {
        let bytes = match (self.make)(builder)? {
            Bytes::InMemory(bytes) => bytes,
            Bytes::File(path) => {
                ensure!(self.bad_sector.is_none(), "{} isn't searched for a sector", path.display());
                return Ok((path, None));
            }
        };
        let image = directory.join("farjump.img");
        fs::write(&image, &bytes).with_context(|| format!("can't write {}", image.display()))?;
        let bad_sector = match &self.bad_sector {
            Some((failures, find)) => Some(BadSector { lba: find(&bytes)?, failures: *failures }),
            None => None,
        };
        Ok((image, bad_sector))
    }
}

impl BadSector {
    /// Returns QEMU's name for `image` with this sector; `directory` is for a file of rules.
    fn plug_in(self, image: &Path, directory: &Path) -> Result<PathBuf> {
        let rules = directory.join("blkdebug.conf");
        fs::write(&rules, self.rules()).with_context(|| format!("can't write {}", rules.display()))?;
        Ok(format!("blkdebug:{}:{}", rules.display(), image.display()).into())
    }

    /// A configuration of QEMU's blkdebug.
    fn rules(self) -> String {
        let Self { lba, failures } = self;
        let (count, once) = match failures {
            Failures::First(count) => (count, "on"),
            Failures::All => (1, "off"),
        };
        format!(
            "[inject-error]\nevent = \"read_aio\"\nerrno = \"5\"\nsector = \"{lba}\"\nonce = \"{once}\"\n"
        )
        .repeat(count)
    }
}
