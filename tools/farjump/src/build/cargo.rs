//! Runs cargo for what boots: always the same flags, whatever the user has configured for other programs.
//!
//! | a user's setting | why it doesn't reach what boots |
//! |---|---|
//! | `RUSTFLAGS`, `build.rustflags`, `target.*.rustflags` | `CARGO_ENCODED_RUSTFLAGS` shuts all others out |
//! | `target.*.linker` | stays for build scripts; of two `-C linker`, rustc takes the flags' |
//! | `build.target` | `--target` is stronger |
//! | `profile.*`, `CARGO_PROFILE_*` | every field of the profile is stated by `--config` |
//! | `CARGO_INCREMENTAL` | set to 0 |

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{Artifact, Message};

use super::{link_error, source_paths};
use crate::output::note;
use crate::workspace::{Workspace, cant_start_cargo, cargo};

/// What all that boots is compiled for: its std, and so its `core`, comes with every x86-64 Linux toolchain.
pub const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The profile in farjump's Cargo.toml that all that boots is built with.
pub const PROFILE: &str = "boot";

/// The profile of the test kernels.
const TEST_PROFILE: &str = "boot-test";

const LINKER: &str = "rust-lld";

/// What a profile is where farjump's Cargo.toml doesn't say.
const PROFILE_DEFAULTS: [(&str, &str); 6] = [
    ("debug-assertions", "false"),
    ("incremental", "false"),
    ("overflow-checks", "false"),
    ("rpath", "false"),
    ("split-debuginfo", "\"off\""),
    ("strip", "\"none\""),
];

/// The memory functions are optimised nevertheless: unoptimised code copies by calling memcpy, and memcpy would call
/// itself.
const DEV_SETTINGS: [&str; 2] =
    ["profile.dev.panic = \"abort\"", "profile.dev.package.farjump-rt.opt-level = 3"];

/// Where what is built is going to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Addresses {
    /// At addresses fixed by a linker script, all below 2 GiB.
    Low,
    /// At addresses fixed by a linker script, all in the first or the last 2 GiB.
    LowOrHigh,
    /// Anywhere.
    Any,
    /// Anywhere, as a shared object: not a program's binaries are built then, but its libraries.
    Shared,
}

impl Addresses {
    /// Returns the directory for what is built with these flags. Where paths are remapped, cargo uses the same file
    /// names for crates built with other flags, and would rebuild everything each time the flags change.
    fn directory(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::LowOrHigh => "kernel",
            Self::Any => "any",
            Self::Shared => "shared",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Low => &["-Crelocation-model=static"],
            // Absolute addresses in 32 bits are sign-extended then; precompiled `core` has none.
            Self::LowOrHigh => &["-Crelocation-model=static", "-Ccode-model=kernel"],
            Self::Any => &["-Crelocation-model=pie", "-Clink-arg=-pie", "-Clink-arg=--no-dynamic-linker"],
            // Its own symbols are its own wherever it is loaded, it has all that it uses, and only what is loaded
            // is in the file: it is read whole.
            Self::Shared => &[
                "-Crelocation-model=pic",
                "-Clink-arg=-Bsymbolic",
                "-Clink-arg=--no-undefined",
                "-Clink-arg=--strip-all",
            ],
        }
    }
}

/// What cargo is to build.
#[derive(Debug, Clone)]
pub(super) struct Job<'a> {
    /// The Cargo.toml of the package or of its workspace.
    pub(super) manifest: &'a Path,
    /// Packages of that workspace.
    pub(super) packages: &'a [&'a str],
    /// Their binaries; none for all. No binaries, but libraries, where `addresses` says shared.
    pub(super) bins: &'a [&'a str],
    /// Features of the packages, as `PACKAGE/FEATURE`.
    pub(super) features: &'a [&'a str],
    /// Where the code is to run.
    pub(super) addresses: Addresses,
    /// How well it is optimised.
    pub(super) profile: Profile,
    /// Arguments for the linker beside those of the packages' build scripts.
    pub(super) link_args: &'a [String],
    /// Whether cargo must not use the network.
    pub(super) offline: bool,
}

/// The ELF file of each binary or shared object by name.
type Executables = BTreeMap<String, PathBuf>;

/// What this process has built, by the command that did it. Nothing is built again: a hundred images of one run of
/// tests are made of the same things, whatever is edited meanwhile, and asking cargo costs half a second each
/// time.
static BUILT: Mutex<BTreeMap<String, Arc<Mutex<Option<Executables>>>>> = Mutex::new(BTreeMap::new());

impl Job<'_> {
    /// Builds it, the same one in one thread at a time. Diagnostics go to standard error.
    pub(super) fn run(&self, workspace: &Workspace) -> Result<Executables> {
        let command = self.command(workspace)?;
        let key = format!("{command:?}");
        let job = BUILT.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        let mut built = job.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(executables) = &*built {
            return Ok(executables.clone());
        }
        let executables = self.build(command)?;
        *built = Some(executables.clone());
        Ok(executables)
    }

    fn build(&self, mut command: Command) -> Result<Executables> {
        let mut child = command.stdout(Stdio::piped()).spawn().with_context(cant_start_cargo)?;
        let output = child.stdout.take().context("cargo's output was asked for")?;
        let mut executables = BTreeMap::new();
        let mut diagnostics = String::new();
        for message in Message::parse_stream(BufReader::new(output)) {
            match message.context("cargo's messages broke off")? {
                Message::CompilerArtifact(artifact) => {
                    if let Some(file) = linked_file(&artifact) {
                        executables.insert(artifact.target.name, file);
                    }
                }
                Message::CompilerMessage(message) => {
                    diagnostics += &link_error::readable(&message.target.name, &message.message);
                }
                _ => {}
            }
        }
        let status = child.wait()?;
        // Not before: cargo writes its progress to standard error, in fragments of a line.
        note!("{diagnostics}");
        if !status.success() {
            bail!("{} didn't build; the reason stands above", self.packages.join(" and "));
        }
        Ok(executables)
    }

    fn command(&self, workspace: &Workspace) -> Result<Command> {
        let mut command = Command::new(cargo());
        command.arg("build").arg("--manifest-path").arg(self.manifest);
        if let Some(directory) = self.manifest.parent() {
            // Cargo reads its configuration, and rustup its toolchain file, from here upwards.
            command.current_dir(directory);
        }
        command.args(self.packages.iter().flat_map(|package| ["--package", package]));
        command.args(self.bins.iter().flat_map(|bin| ["--bin", bin]));
        command.args(self.features.iter().flat_map(|feature| ["--features", feature]));
        command.args((self.addresses == Addresses::Shared).then_some("--lib"));
        command.args(["--target", TARGET, "--profile", self.profile.name()]);
        command.args(["--message-format", message_format()]);
        // A log wants the warnings and not the progress.
        command.args((!io::stderr().is_terminal()).then_some("--quiet"));
        command.arg("--target-dir").arg(workspace.target.join("boot").join(self.directory()));
        for setting in self.profile.settings(&workspace.path("Cargo.toml"))? {
            command.arg("--config").arg(setting);
        }
        command.args(self.offline.then_some("--offline"));
        command.env("CARGO_ENCODED_RUSTFLAGS", self.rustflags(workspace).join("\x1F"));
        command.env("CARGO_INCREMENTAL", "0");
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("CARGO_PROFILE_") {
                command.env_remove(name);
            }
        }
        Ok(command)
    }

    /// Returns the directory for what is built with these flags and features: one variant doesn't replace another.
    fn directory(&self) -> String {
        let features = self.features.iter().map(|feature| feature.replace('/', "-"));
        let linked = (!self.link_args.is_empty()).then(|| "outside".to_owned());
        let parts = [self.addresses.directory().to_owned()].into_iter().chain(features).chain(linked);
        parts.collect::<Vec<_>>().join("-")
    }

    fn rustflags(&self, workspace: &Workspace) -> Vec<String> {
        let linker = format!("-Clinker={LINKER}");
        let always = ["--cfg=farjump_boots", &linker, "-Cforce-frame-pointers=yes", "-Cno-redzone=yes"];
        let link_args = self.link_args.iter().map(|arg| format!("-Clink-arg={arg}"));
        let paths = source_paths::all(workspace, self.manifest).into_iter();
        let paths =
            paths.map(|(directory, name)| format!("--remap-path-prefix={}={name}", directory.display()));
        let always = always.iter().chain(self.addresses.flags()).map(|flag| (*flag).to_owned());
        always.chain(link_args).chain(paths).collect()
    }
}

/// The program or the shared object that cargo has built, if it is one.
fn linked_file(artifact: &Artifact) -> Option<PathBuf> {
    let target = &artifact.target;
    let shared = || artifact.filenames.iter().find(|file| file.extension() == Some("so"));
    let file = if target.is_bin() { artifact.executable.as_ref() } else { shared() };
    file.filter(|_| target.is_bin() || target.is_cdylib()).map(|file| file.clone().into_std_path_buf())
}

fn message_format() -> &'static str {
    if io::stderr().is_terminal() { "json-diagnostic-rendered-ansi" } else { "json" }
}

/// How well something is optimised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// As all that boots: small, and optimised as a whole.
    #[default]
    Boot,
    /// As the test kernels: the same code generation, but each crate is compiled once, not once for each kernel.
    Test,
    /// Not at all, with all checks: cargo's own `dev`.
    Dev,
}

impl Profile {
    /// Cargo's name of it.
    fn name(self) -> &'static str {
        match self {
            Self::Boot => PROFILE,
            Self::Test => TEST_PROFILE,
            Self::Dev => "dev",
        }
    }

    /// The profile as `--config` settings: farjump's Cargo.toml says it for kernels of other workspaces too, and
    /// nothing that a user configured is stronger.
    fn settings(self, manifest: &Path) -> Result<Vec<String>> {
        let profiles: &[&str] = match self {
            Self::Boot => &["release", PROFILE],
            Self::Test => &["release", PROFILE, TEST_PROFILE],
            Self::Dev => return Ok(DEV_SETTINGS.map(str::to_owned).into()),
        };
        let text =
            fs::read_to_string(manifest).with_context(|| format!("can't read {}", manifest.display()))?;
        let toml: toml::Table = text.parse().with_context(|| format!("can't read {}", manifest.display()))?;
        let mut fields: BTreeMap<String, String> =
            PROFILE_DEFAULTS.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        for profile in profiles {
            let stated =
                toml.get("profile").and_then(|profiles| profiles.get(*profile)).and_then(|p| p.as_table());
            let stated =
                stated.with_context(|| format!("{} has no profile `{profile}`", manifest.display()))?;
            add_fields(&mut fields, "", stated);
        }
        // Their fields are all here, and another workspace has only cargo's own profiles.
        fields.insert("inherits".to_owned(), "\"release\"".to_owned());
        let name = self.name();
        Ok(fields.into_iter().map(|(key, value)| format!("profile.{name}.{key} = {value}")).collect())
    }
}

/// Adds a table's values by dotted keys: `--config` takes no inline tables.
fn add_fields(fields: &mut BTreeMap<String, String>, prefix: &str, table: &toml::Table) {
    for (key, value) in table {
        let key = format!("{prefix}{key}");
        match value {
            toml::Value::Table(inner) => add_fields(fields, &format!("{key}."), inner),
            value => {
                fields.insert(key, value.to_string());
            }
        }
    }
}
