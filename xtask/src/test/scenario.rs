//! A test that boots a machine: its media, machine and firmware, and the expected result.
//!
//! All tables of `cargo xtask test` that boot something are lists of [`Scenario`]s.

mod media;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use disk_image::FatKind;

use super::expected::{Check, End, Expected, Tests};
use super::image_builder::ImageBuilder;
use super::observe::Seen;
use farjump::qemu::{Expectation, Machine, Outcome, Trigger, Typing};
use farjump::smoke::KERNEL_OK;

pub(super) use media::{BadSector, Bytes, Disk, Failures, Image, Kernel, Media};

/// Creates additional devices in the boot's own directory; returns QEMU's arguments.
pub(super) type Attach = fn(&Path) -> Result<Vec<String>>;

/// What boots the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emulator {
    /// QEMU, which reports how the kernel ended.
    Qemu,
    /// Bochs, if it is installed: only its serial lines are checked.
    Bochs,
}

/// The firmware of a machine. A table of scenarios can be run with each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Firmware {
    /// QEMU's own, SeaBIOS.
    Bios,
}

impl Firmware {
    /// Each of them.
    pub(super) const ALL: [Self; 1] = [Self::Bios];

    /// QEMU's arguments for a machine that has it.
    pub(super) fn arguments(self) -> Vec<String> {
        match self {
            Self::Bios => Vec::new(),
        }
    }

    /// Returns the suffix of a scenario's name.
    fn suffix(self) -> &'static str {
        match self {
            Self::Bios => "",
        }
    }
}

/// Why a default run skips a scenario. It runs with `--all` or if it is selected by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// It depends only on the loader's core, and `tools/host-boot/tests/faults.rs` boots it on the host. One of
    /// each kind also boots in QEMU in a default run.
    HostBoots,
    /// It is a variant of another scenario, with another number or another location.
    Varies,
}

/// One test.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    /// Its group and the statement that it checks.
    pub(super) name: String,
    pub(super) media: Media,
    pub(super) firmware: Firmware,
    pub(super) machine: Machine,
    pub(super) emulator: Emulator,
    /// Make what else is plugged in, and return QEMU's arguments for it.
    pub(super) attachments: Vec<Attach>,
    /// What is typed, and when.
    pub(super) cues: Vec<Trigger>,
    /// A command for QEMU's monitor once the CPU has halted for good: the line after it counts as the last one.
    pub(super) when_halted: Option<&'static str>,
    pub(super) expected: Expected,
    pub(super) time_limit: Duration,
    pub(super) left_out: Option<LeftOut>,
}

impl Scenario {
    fn new(name: String, media: Media, expected: Expected) -> Self {
        Self {
            name,
            media,
            firmware: Firmware::Bios,
            machine: Machine::headless(PathBuf::new()),
            emulator: Emulator::Qemu,
            attachments: Vec::new(),
            cues: Vec::new(),
            when_halted: None,
            expected,
            time_limit: Duration::from_secs(120),
            left_out: None,
        }
    }

    /// Boots `kernel` on the default machine; it has to report success within two minutes.
    pub(super) fn boot(name: &str, kernel: Kernel) -> Self {
        Self::new(format!("boot: {name}"), Media::Image(Image::new(kernel)), Expected::success())
    }

    /// The test kernel with this name, all of whose tests have to pass.
    pub(super) fn tests(name: &str, kernel: &'static str) -> Self {
        Self::boot(name, Kernel::Test(kernel)).all_tests_pass()
    }

    /// A fault of the disk that `make` makes.
    ///
    /// QEMU counts instructions as time, so that what a guest needs doesn't depend on the host.
    pub(super) fn fault(
        name: &str,
        expected: Expected,
        make: impl Fn(&ImageBuilder) -> Result<Bytes> + Send + Sync + 'static,
    ) -> Self {
        let disk = Disk { make: Arc::new(make), test_kernel: None, bad_sector: None };
        // Not `sleep=off`: a CPU that has halted would see time run away until the clock is read.
        let extra = ["-icount", "shift=0"].map(str::to_owned).into();
        let machine = Machine { extra, ..Machine::headless(PathBuf::new()) };
        let scenario = Self::new(format!("faults: {name}"), Media::Disk(disk), expected);
        Self { machine, time_limit: Duration::from_secs(180), ..scenario }
    }

    /// A fault of the bytes of a disk.
    pub(super) fn damaged(
        name: &str,
        expected: Expected,
        make: impl Fn(&ImageBuilder) -> Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self::fault(name, expected, move |builder| Ok(Bytes::InMemory(make(builder)?)))
    }

    /// A fault that must end in a halt after a line that begins with `line`.
    pub(super) fn halts(
        name: &str,
        line: &str,
        make: impl Fn(&ImageBuilder) -> Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self::damaged(name, Expected::halt(line), make)
    }

    /// A fault that is harmless: the demo kernel boots, after a line that begins with `line`.
    pub(super) fn survives(
        name: &str,
        line: &str,
        make: impl Fn(&ImageBuilder) -> Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self::damaged(name, Expected::boot(line), make)
    }

    /// A fault that is either harmless or found.
    pub(super) fn boots_or_halts(
        name: &str,
        make: impl Fn(&ImageBuilder) -> Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self::damaged(name, Expected::boot_or_halt(), make)
    }

    /// A fault that all tests of a test kernel pass in spite of; `make` makes the disk that boots of the kernel's.
    pub(super) fn survives_tests(
        name: &str,
        kernel: &'static str,
        make: impl Fn(&ImageBuilder, Vec<u8>) -> Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let make = move |builder: &ImageBuilder| make(builder, builder.disk_of_test_kernel(kernel)?);
        let mut scenario = Self::damaged(name, Expected::success(), make).all_tests_pass();
        if let Media::Disk(disk) = &mut scenario.media {
            disk.test_kernel = Some(kernel);
        }
        scenario
    }

    /// A fault that is met by code which `run` interprets: a line that begins with `line` comes of it.
    pub(super) fn interpreted(name: &str, line: &str, run: fn(&ImageBuilder) -> Result<Seen>) -> Self {
        Self::new(format!("faults: {name}"), Media::Interpreted(run), Expected::interpreted(line))
    }

    /// Expects serial lines in this order; a `*` matches any text.
    pub(super) fn lines(self, lines: &[&str]) -> Self {
        self.expected(Expectation::new(lines.iter().copied()))
    }

    /// Expects lines as an [`Expectation`] describes them.
    pub(super) fn expected(mut self, lines: Expectation) -> Self {
        self.expected.lines = lines;
        self
    }

    /// Expects this line, too, at any position.
    pub(super) fn and_line(mut self, line: &'static str) -> Self {
        self.expected.anywhere.push(line);
        self
    }

    /// Expects that none of these lines appears during the boot; a `*` matches any text.
    pub(super) fn never(mut self, lines: &[&'static str]) -> Self {
        self.expected.lines = self.expected.lines.without(lines.iter().copied());
        self
    }

    /// Types something when a line appears; triggers are awaited in their order.
    pub(super) fn on(mut self, line: &'static str, typing: Typing) -> Self {
        self.cues.push((line, typing));
        self
    }

    /// Sends this command to QEMU's monitor once the CPU has halted for good.
    pub(super) fn told_when_halted(self, command: &'static str) -> Self {
        Self { when_halted: Some(command), ..self }
    }

    /// Adds a check of all lines of a successful boot.
    pub(super) fn check(mut self, check: Check) -> Self {
        self.expected.check = Some(check);
        self
    }

    /// Expects this outcome instead of success.
    pub(super) fn outcome(mut self, outcome: Outcome) -> Self {
        self.expected.end = End::Machine(outcome);
        self
    }

    /// Expects that exactly the tests on the kernel's list run and pass.
    pub(super) fn all_tests_pass(mut self) -> Self {
        self.expected.tests = Tests::AllPass;
        self
    }

    /// Changes the default machine.
    pub(super) fn machine(mut self, change: impl FnOnce(&mut Machine)) -> Self {
        change(&mut self.machine);
        self
    }

    /// Boots with this firmware.
    pub(super) fn with(mut self, firmware: Firmware) -> Self {
        self.name += firmware.suffix();
        Self { firmware, ..self }
    }

    /// Adds a device.
    pub(super) fn attach(mut self, attach: Attach) -> Self {
        self.attachments.push(attach);
        self
    }

    /// Boots in another emulator.
    pub(super) fn emulator(self, emulator: Emulator) -> Self {
        Self { emulator, ..self }
    }

    /// Sets the time limit, instead of two minutes.
    pub(super) fn seconds(self, seconds: u64) -> Self {
        Self { time_limit: Duration::from_secs(seconds), ..self }
    }

    /// Skips it in default runs.
    pub(super) fn left_out(self, reason: LeftOut) -> Self {
        Self { left_out: Some(reason), ..self }
    }

    /// Returns the test kernel that it boots, if any.
    pub(super) fn test_kernel(&self) -> Option<&'static str> {
        match &self.media {
            Media::Image(Image { kernel: Kernel::Test(name), .. }) => Some(name),
            Media::Disk(disk) => disk.test_kernel,
            _ => None,
        }
    }
}

/// Options of the image, for scenarios that boot one.
impl Scenario {
    fn image(mut self, change: impl FnOnce(&mut Image)) -> Self {
        if let Media::Image(image) = &mut self.media {
            change(image);
        }
        self
    }

    /// Sets the command line, instead of `exit`.
    pub(super) fn command_line(self, text: impl Into<String>) -> Self {
        self.image(|image| image.command_line = Some(text.into()))
    }

    /// Makes an image without a command line.
    pub(super) fn no_command_line(self) -> Self {
        self.image(|image| image.command_line = None)
    }

    /// A configuration of these bytes, instead of the one that is generated.
    pub(super) fn config(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.image(|image| image.config = Some(bytes.into()))
    }

    /// No table of the kernel's function names.
    pub(super) fn without_symbols(self) -> Self {
        self.image(|image| image.has_symbols = false)
    }

    /// Puts farjump's modules and programs on the volume.
    pub(super) fn with_modules(self) -> Self {
        self.image(|image| image.has_own_modules = true)
    }

    /// Signs the image.
    pub(super) fn signed(self) -> Self {
        self.image(|image| image.is_signed = true)
    }

    /// Sets the size of the image.
    pub(super) fn size(self, bytes: u64) -> Self {
        self.image(|image| image.size = Some(bytes))
    }

    /// A volume of this kind.
    pub(super) fn fat(self, kind: FatKind) -> Self {
        self.image(|image| image.fat = Some(kind))
    }

    /// Adds a module of this many bytes, of which byte N is N modulo 251.
    pub(super) fn module(self, name: &'static str, size: usize) -> Self {
        self.image(|image| image.modules.push((name, size)))
    }

    /// Adds a file of this many bytes to the volume, of which byte N is N modulo 251.
    pub(super) fn file(self, path: &'static str, size: usize) -> Self {
        self.image(|image| image.files.push((path, size)))
    }

    /// Does something to the finished image; returns the one to boot.
    pub(super) fn finish(self, finish: fn(&Path) -> Result<PathBuf>) -> Self {
        self.image(|image| image.finish = Some(finish))
    }

    /// Has reads of a sector fail: the one that `place` finds on the disk.
    pub(super) fn failing_reads(
        mut self,
        failures: Failures,
        place: impl Fn(&[u8]) -> Result<u64> + Send + Sync + 'static,
    ) -> Self {
        if let Media::Disk(disk) = &mut self.media {
            disk.bad_sector = Some((failures, Arc::new(place)));
        }
        self
    }
}

impl Expected {
    fn success() -> Self {
        Self::new(End::Machine(Outcome::Success))
    }

    /// The loader's last word begins with `line`; then it halts.
    pub(super) fn halt(line: &str) -> Self {
        Self::new(End::Halt(line.to_owned()))
    }

    /// Expects an error of the loader, in any of its lines, and a halt.
    pub(super) fn any_halt() -> Self {
        Self::halt("")
    }

    /// Expects that the demo kernel boots, or that the loader prints an error and halts.
    pub(super) fn boot_or_halt() -> Self {
        Self::new(End::BootOrHalt)
    }

    /// The demo kernel boots, after a line that begins with `line`.
    pub(super) fn boot(line: &str) -> Self {
        let before = (line != KERNEL_OK).then(|| format!("{line}*"));
        let lines = Expectation::new(before.into_iter().chain([KERNEL_OK.to_owned()]));
        Self { lines, ..Self::success() }
    }

    /// The demo kernel starts, but for a part of it, and so reports no success; a line that begins with `line` comes.
    pub(super) fn partial_start(line: &str) -> Self {
        let lines = Expectation::new([format!("{line}*")]).without([KERNEL_OK]);
        Self { lines, ..Self::new(End::Machine(Outcome::Failed)) }
    }

    fn interpreted(line: &str) -> Self {
        Self::new(End::Interpreted(line.to_owned()))
    }
}
