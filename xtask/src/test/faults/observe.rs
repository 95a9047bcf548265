//! Boots one fault, and tells what was seen of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use boot_layout::LOADER_STACK;

use super::{BadSector, Disk, Expected, Failures, Media};
use farjump::qemu::{self, Expectation, Logs, Machine, Outcome, Qmp, Watch, is_last_word, matches};
use farjump::smoke::KERNEL_OK;
use farjump::workspace::Workspace;

/// A fault must be found within so much of the guest's time, the BIOS's part included.
const MOST_GUEST_MS: u64 = 2000;

/// So much of its stack may the loader use: half of it is in reserve.
const MOST_STACK_BYTES: u64 = (LOADER_STACK.end - LOADER_STACK.start) / 2;

/// How long the host waits for a boot: far more than any of them takes.
const TIME_LIMIT: Duration = Duration::from_secs(180);

/// How long the host waits for the halt behind a last word.
const HALT_LIMIT: Duration = Duration::from_secs(30);

/// What was seen.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// The last word of a stage or the loader; else the kernel's; else the last line.
    pub(super) line: String,
    /// When it had come; `None` where the kernel had ended the machine before it could be asked.
    pub(super) guest_ms: Option<u64>,
    /// Whether the CPU then stood still for good.
    halted: bool,
    /// Whether address line 20 worked then.
    a20: bool,
    /// All lines.
    lines: Vec<String>,
    outcome: Outcome,
    /// The sector that can never be read, which the loader must name.
    bad_lba: Option<u64>,
    /// Bytes of the loader's stack that were in use at most; 0 where the loader didn't give up.
    pub(super) stack_bytes: u64,
}

/// Boots `media` in `machine`.
pub(super) fn observe(
    workspace: &Workspace,
    name: &str,
    machine: Machine,
    media: &Media,
    folder: &Path,
) -> Result<Seen> {
    let logs = Logs::create(&workspace.target, name)?;
    let image = Files::create(media, folder, name)?;
    let machine = Machine { image: image.name.clone(), ..machine };
    let stack = image.stack.clone();
    let expected = Expectation::default();
    let watch = Watch { expected, time_limit: TIME_LIMIT, stop_when_seen: false, logs };
    let mut end = Ok(End { guest_ms: None, halted: false, a20: true });
    let mut command = media.command;
    let report = qemu::boot_with_monitor(machine, watch, Vec::new(), &mut |line, monitor| {
        if is_last_word(&line.text) {
            if !matches!(end, Ok(End { halted: true, .. })) {
                end = match command.take() {
                    Some(command) => wait_for_second_halt(monitor, command, &stack),
                    None => wait_for_halt(monitor, &stack),
                };
            }
        } else if line.text == KERNEL_OK {
            end = Ok(End { guest_ms: monitor.guest_ms().ok(), halted: false, a20: true });
        }
    })?;
    let lines: Vec<String> = report.lines.into_iter().map(|line| line.text).collect();
    let last = lines.iter().rev().find(|line| is_last_word(line) || *line == KERNEL_OK);
    let line = last.or(lines.last()).cloned().unwrap_or_default();
    let End { guest_ms, halted, a20 } = end?;
    let bad_lba = media.bad_sector.filter(|sector| sector.failures == Failures::All).map(|sector| sector.lba);
    let stack_bytes = if stack.exists() { depth(&fs::read(&stack)?) } else { 0 };
    Ok(Seen { line, guest_ms, halted, a20, lines, outcome: report.outcome, bad_lba, stack_bytes })
}

/// What is known of the machine behind its last word.
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

/// Tells the monitor `command` once the CPU has halted for good, waits until it does so elsewhere, and goes on as
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

impl Seen {
    /// What came of code that was interpreted: a line, after so many instructions, of a nanosecond each.
    pub(super) fn interpreted(line: String, instructions: u32) -> Self {
        let guest_ms = Some(u64::from(instructions / 1_000_000));
        let lines = vec![line.clone()];
        Self {
            line,
            guest_ms,
            halted: false,
            a20: false,
            lines,
            outcome: Outcome::GaveUp,
            bad_lba: None,
            stack_bytes: 0,
        }
    }

    /// What isn't as it should be.
    pub(super) fn failure(&self, expected: &Expected, first: Option<&str>) -> Option<String> {
        let gave_up = self.outcome == Outcome::GaveUp && is_last_word(&self.line);
        let complaint = match expected {
            _ if first.is_some_and(|first| !self.lines.iter().any(|seen| matches(first, seen))) => {
                "the line that must come first didn't"
            }
            Expected::Interpreted(line) if begins(line, &self.line) => return None,
            Expected::Interpreted(_) => "another line",
            Expected::Halt(line) if !begins(line, &self.line) => "another last line",
            Expected::Boot(line) if !self.lines.iter().any(|seen| begins(line, seen)) => {
                "the line didn't come"
            }
            Expected::Boot(_) => self.boot_complaint()?,
            Expected::HalfStart(line) if !self.lines.iter().any(|seen| begins(line, seen)) => {
                "the line didn't come"
            }
            Expected::HalfStart(_) if self.lines.iter().any(|seen| seen == KERNEL_OK) => {
                "it claims to be whole"
            }
            Expected::HalfStart(_) if self.outcome == Outcome::Failed => return None,
            Expected::HalfStart(_) => "it didn't report a failure",
            Expected::Pass(line) if !self.lines.iter().any(|seen| begins(line, seen)) => {
                "the line didn't come"
            }
            Expected::Pass(_) if self.outcome == Outcome::Success => return None,
            Expected::Pass(_) => "the kernel didn't report success",
            Expected::FoundOrHarmless if !gave_up => self.boot_complaint()?,
            _ if !gave_up => "no error was printed",
            _ if !self.halted => "the CPU didn't halt with interrupts off",
            _ if !self.a20 => "A20 was off in the end",
            _ if self.bad_lba.is_some_and(|lba| !self.names(lba)) => "another sector is named",
            _ if self.stack_bytes > MOST_STACK_BYTES => "the loader's stack is too small",
            _ if self.guest_ms.is_none_or(|ms| ms > MOST_GUEST_MS) => "found too late",
            _ => return None,
        };
        let lines = self.lines[self.lines.len().saturating_sub(12)..].join("\n");
        Some(format!("{lines}\n--- {complaint}; {:?} ms; {}", self.guest_ms, self.outcome))
    }

    /// Whether the line names this sector, where its stage has room for a number.
    fn names(&self, lba: u64) -> bool {
        !self.line.starts_with("loader: ") || self.line.contains(&format!(" at LBA {lba}, AH="))
    }

    fn boot_complaint(&self) -> Option<&'static str> {
        (!self.has_booted()).then_some("it neither booted nor said why")
    }

    /// Whether the kernel ran and reported success.
    pub(super) fn has_booted(&self) -> bool {
        self.outcome == Outcome::Success && self.line == KERNEL_OK
    }
}

/// Whether `line` begins as `pattern` says, where `*` stands for any text.
fn begins(pattern: &str, line: &str) -> bool {
    matches(&format!("{pattern}*"), line)
}

/// The files of one boot, removed with it.
struct Files {
    image: PathBuf,
    /// The loader's stack at the end, where it gave up.
    stack: PathBuf,
    /// What is to be removed.
    made: Vec<PathBuf>,
    /// QEMU's name for the image.
    name: PathBuf,
}

impl Files {
    fn create(media: &Media, folder: &Path, name: &str) -> Result<Self> {
        let stem = folder.join(name.replace(|character: char| !character.is_ascii_alphanumeric(), "-"));
        let (image, stack) = (stem.with_extension("img"), stem.with_extension("stack"));
        let mut files = Self { image, made: vec![stack.clone()], stack, name: PathBuf::new() };
        match &media.disk {
            Disk::Bytes(bytes) => files.write(files.image.clone(), bytes)?,
            Disk::File(path) => files.image.clone_from(path),
        }
        files.name.clone_from(&files.image);
        if let Some(bad_sector) = media.bad_sector {
            let rules = stem.with_extension("conf");
            files.write(rules.clone(), bad_sector.rules().as_bytes())?;
            files.name = format!("blkdebug:{}:{}", rules.display(), files.image.display()).into();
        }
        Ok(files)
    }

    fn write(&mut self, path: PathBuf, bytes: &[u8]) -> Result<()> {
        fs::write(&path, bytes).with_context(|| format!("can't write {}", path.display()))?;
        self.made.push(path);
        Ok(())
    }
}

impl BadSector {
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

impl Drop for Files {
    fn drop(&mut self) {
        for path in &self.made {
            // The folder's own end would remove them, too: this only keeps it small.
            let _ = fs::remove_file(path);
        }
    }
}
