//! `/farjump.conf`: generated from what the image holds, or the user's file.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use farjump_loader::config::{self, Config, Verify};

use super::{ImageSpec, KERNEL_PATH, symbols};
use crate::build;

/// A configuration of the user's that fits the image.
#[derive(Debug)]
pub(super) struct UserConfig {
    pub(super) bytes: Vec<u8>,
    /// How it has kernel and modules checked.
    pub(super) verify: Verify,
}

impl UserConfig {
    /// Reads a file. Refuses what the loader would refuse, and names of files that won't be in the image.
    pub(super) fn read(path: &Path, spec: &ImageSpec) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("{}: can't read it", path.display()))?;
        Self::check(bytes, spec).with_context(|| path.display().to_string())
    }

    fn check(bytes: Vec<u8>, spec: &ImageSpec) -> Result<Self> {
        let config = Config::parse(&bytes).map_err(|error| anyhow!("{error}"))?;
        let modules = spec.modules.iter().map(|module| module_path(module)).collect::<Result<Vec<_>>>()?;
        let files = spec.files.iter().map(|file| file.destination.as_str());
        let generated = [KERNEL_PATH].into_iter().chain(spec.wants_symbols()?.then_some(symbols::PATH));
        let own = if spec.has_own_modules() {
            build::MODULES.map(|name| format!("/modules/{name}.so")).into()
        } else {
            Vec::new()
        };
        let present = modules.iter().chain(&own).map(String::as_str).chain(files).chain(generated);
        let present: Vec<&str> = present.collect();
        for wanted in config.modules().chain([config.kernel]) {
            ensure!(
                present.iter().any(|path| path.eq_ignore_ascii_case(wanted)),
                "it names {wanted}, which isn't in the image; add it by --file SRC={wanted}"
            );
        }
        let verify = config.verify;
        Ok(Self { bytes, verify })
    }
}

/// The name in the image of the module `source`.
pub(super) fn module_path(source: &Path) -> Result<String> {
    let name = source.file_name().with_context(|| format!("{}: not a file", source.display()))?;
    let name = name.to_str().with_context(|| format!("{}: its name isn't UTF-8", source.display()))?;
    Ok(format!("/modules/{name}"))
}

/// Returns the configuration of an image that the user has none for.
pub(super) fn generated(spec: &ImageSpec, has_symbols: bool) -> Result<String> {
    let mut text = format!("kernel = {KERNEL_PATH}\n");
    if let Some(line) = spec.command_line.as_deref().filter(|line| !line.is_empty()) {
        ensure!(
            !line.contains(['\n', '\r']),
            "the kernel's command line is one line; leave out the line break"
        );
        text += &format!("cmdline = {line}\n");
    }
    let symbols = has_symbols.then(|| Ok(symbols::PATH.to_owned()));
    for path in spec.modules.iter().map(|module| module_path(module)).chain(symbols) {
        text += &format!("module = {}\n", path?);
    }
    Config::parse(text.as_bytes()).map_err(|error| anyhow!("{error}")).context(config::PATH)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_command_line_and_modules_become_a_line_each() {
        let spec =
            ImageSpec::demo().command_line("log=info exit").module("target/greeter.so").module("a b.bin");
        let expected = "kernel = /kernel.elf\ncmdline = log=info exit\nmodule = /modules/greeter.so\n\
                        module = /modules/a b.bin\n";
        assert_eq!(generated(&spec, false).unwrap(), expected);
        assert_eq!(generated(&spec, true).unwrap(), format!("{expected}module = /modules/kernel.sym\n"));
    }

    #[test]
    fn a_command_line_of_two_lines_is_refused() {
        let spec = ImageSpec::demo().command_line("quiet\nmodule = /x");
        assert!(generated(&spec, false).is_err());
    }

    #[test]
    fn a_configuration_that_names_a_file_outside_the_image_is_refused() {
        let check = |text: &str| UserConfig::check(text.as_bytes().to_vec(), &ImageSpec::demo());
        let rejection = |text: &str| check(text).unwrap_err().to_string();
        assert!(rejection("kernel = /other.elf\n").contains("--file SRC=/other.elf"));
        assert!(rejection("kernel = /kernel.elf\nmodule = /m\n").contains("it names /m"));
        check("kernel = /KERNEL.ELF\n").unwrap();
        check("kernel = /kernel.elf\nmodule = /modules/greeter.so\n").unwrap();
    }

    #[test]
    fn how_a_configuration_verifies_is_kept() {
        let text = b"kernel = /kernel.elf\nverify = sha256\n".to_vec();
        assert_eq!(UserConfig::check(text, &ImageSpec::demo()).unwrap().verify, Verify::Sha256);
    }
}
