//! What a boot test is made of.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use farjump::image;
use farjump::qemu::{Cue, Expectation, Machine, Outcome, SeenLine, Typing};

/// The kernel of a boot test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kernel {
    /// The one in kernel/, told to exit.
    Shown,
    /// The same with a read-only segment added, so that so many MiB are loaded.
    ShownOfMib(u32),
    /// The one in this directory of examples/, copied out of farjump's tree as a user would.
    Example(&'static str),
    /// A binary of tests/kernels, linked to a fixed address.
    Test(&'static str),
    /// A binary of tests/kernels, position independent.
    TestPie(&'static str),
}

/// Makes what is plugged into a machine, in a folder that is the boot's own; gives QEMU's arguments.
pub(super) type Attach = fn(&Path) -> Result<Vec<String>>;

/// What boots the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emulator {
    /// QEMU, which reports how the kernel ended.
    Qemu,
    /// Bochs, if it is installed: the lines alone count.
    Bochs,
}

/// What a boot's lines are to be like, beyond what [`Expectation`] can say.
pub(super) type Check = fn(&[SeenLine]) -> Result<()>;

/// One boot test: what is booted where, and what must come of it.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The sentence that it proves.
    pub(super) name: String,
    pub(super) kernel: Kernel,
    pub(super) image: image::Args,
    /// The configuration, put into the finished image unchecked.
    pub(super) config: Option<&'static str>,
    /// Whether the image is signed, by a key of its own.
    pub(super) signed: bool,
    /// Done to the finished image; gives the one to boot.
    pub(super) finish: Option<fn(&Path) -> Result<PathBuf>>,
    /// Names and sizes of modules; byte N of each is N modulo 251.
    pub(super) modules: Vec<(&'static str, usize)>,
    /// Files of the same kind that are only put on the volume: their absolute names, and sizes.
    pub(super) files: Vec<(&'static str, usize)>,
    /// Make what else is plugged in, in a folder of the boot's own, and give QEMU's arguments for it.
    pub(super) attachments: Vec<Attach>,
    pub(super) machine: Machine,
    pub(super) emulator: Emulator,
    pub(super) expected: Expectation,
    /// Lines that must not come.
    pub(super) never: Vec<&'static str>,
    /// What is typed, and when.
    pub(super) cues: Vec<Cue>,
    /// Looks at all lines that came.
    pub(super) check: Option<Check>,
    pub(super) outcome: Outcome,
    pub(super) time_limit: Duration,
}

impl Case {
    /// `kernel` on the usual machine, which has to report success within two minutes.
    pub(super) fn new(name: &str, kernel: Kernel) -> Self {
        Self {
            name: format!("boot: {name}"),
            kernel,
            image: image::Args { cmdline: Some("exit".into()), ..image::Args::default() },
            config: None,
            signed: false,
            finish: None,
            modules: Vec::new(),
            files: Vec::new(),
            attachments: Vec::new(),
            machine: Machine::headless(PathBuf::new()),
            emulator: Emulator::Qemu,
            expected: Expectation::default(),
            never: Vec::new(),
            cues: Vec::new(),
            check: None,
            outcome: Outcome::Success,
            time_limit: Duration::from_secs(120),
        }
    }

    /// Serial lines that must come in this order; a `*` stands for any text.
    pub(super) fn lines(self, lines: &[&str]) -> Self {
        self.expected(Expectation::new(lines.iter().copied()))
    }

    /// The same, said in full.
    pub(super) fn expected(self, expected: Expectation) -> Self {
        Self { expected, ..self }
    }

    /// Lines of which none must come, from the first to the last of the boot; a `*` stands for any text.
    pub(super) fn never(mut self, lines: &[&'static str]) -> Self {
        self.never.extend(lines);
        self
    }

    /// Types something when a line comes; cues are waited for in their order.
    pub(super) fn on(mut self, line: &'static str, typing: Typing) -> Self {
        self.cues.push((line, typing));
        self
    }

    /// Has all lines of a boot that went well looked at.
    pub(super) fn check(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }

    /// How it must end, if not with success.
    pub(super) fn outcome(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// Makes the machine another than the usual one.
    pub(super) fn machine(mut self, change: impl FnOnce(&mut Machine)) -> Self {
        change(&mut self.machine);
        self
    }

    /// Makes the image another than the usual one.
    pub(super) fn image(mut self, change: impl FnOnce(&mut image::Args)) -> Self {
        change(&mut self.image);
        self
    }

    /// Puts a configuration into the finished image, whatever it says.
    pub(super) fn config(self, text: &'static str) -> Self {
        Self { config: Some(text), ..self }
    }

    /// Adds a module of so many bytes, of which byte N is N modulo 251.
    pub(super) fn module(mut self, name: &'static str, size: usize) -> Self {
        self.modules.push((name, size));
        self
    }

    /// Puts a file of so many bytes on the volume, of which byte N is N modulo 251.
    pub(super) fn file(mut self, path: &'static str, size: usize) -> Self {
        self.files.push((path, size));
        self
    }

    /// Plugs in something more.
    pub(super) fn attach(mut self, attach: Attach) -> Self {
        self.attachments.push(attach);
        self
    }

    /// Signs the image.
    pub(super) fn signed(self) -> Self {
        Self { signed: true, ..self }
    }

    /// Does something to the finished image.
    pub(super) fn finish(self, finish: fn(&Path) -> Result<PathBuf>) -> Self {
        Self { finish: Some(finish), ..self }
    }

    /// Boots in another emulator.
    pub(super) fn emulator(self, emulator: Emulator) -> Self {
        Self { emulator, ..self }
    }

    /// The time it may take, if not two minutes.
    pub(super) fn seconds(self, seconds: u64) -> Self {
        Self { time_limit: Duration::from_secs(seconds), ..self }
    }
}
