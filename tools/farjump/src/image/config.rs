//! `/farjump.conf`: generated from the options, or the user's file.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use farjump_loader::config::{self, Config};

use super::{Args, KERNEL_PATH, symbols};
use crate::build;

/// What `/farjump.conf` is to hold.
pub(super) fn contents(args: &Args) -> Result<Vec<u8>> {
    if let Some(raw) = &args.raw_config {
        return Ok(raw.clone());
    }
    let (bytes, name) = match &args.config {
        Some(path) => {
            (fs::read(path).with_context(|| format!("{}: can't read it", path.display()))?, path.as_path())
        }
        None => (generated(args)?.into_bytes(), Path::new(config::PATH)),
    };
    check(&bytes, args).with_context(|| name.display().to_string())?;
    Ok(bytes)
}

/// Refuses what the loader would refuse, and names of files that won't be in the image.
fn check(bytes: &[u8], args: &Args) -> Result<()> {
    let config = Config::parse(bytes).map_err(|error| anyhow!("{error}"))?;
    let modules = args.modules.iter().map(|module| module_path(module)).collect::<Result<Vec<_>>>()?;
    let files = args.files.iter().map(|file| file.destination.as_str());
    let generated = [KERNEL_PATH].into_iter().chain((!args.no_symbols).then_some(symbols::PATH));
    let own = if args.has_own_modules() {
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
    Ok(())
}

/// The name in the image of the module `source`.
pub(super) fn module_path(source: &Path) -> Result<String> {
    let name = source.file_name().with_context(|| format!("{}: not a file", source.display()))?;
    let name = name.to_str().with_context(|| format!("{}: its name isn't UTF-8", source.display()))?;
    Ok(format!("/modules/{name}"))
}

fn generated(args: &Args) -> Result<String> {
    let mut text = format!("kernel = {KERNEL_PATH}\n");
    if let Some(cmdline) = args.cmdline.as_deref().filter(|cmdline| !cmdline.is_empty()) {
        ensure!(
            !cmdline.contains(['\n', '\r']),
            "the kernel's command line is one line; leave out the line break"
        );
        text += &format!("cmdline = {cmdline}\n");
    }
    for module in &args.modules {
        text += &format!("module = {}\n", module_path(module)?);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_command_line_and_modules_become_a_line_each() {
        let args = Args {
            cmdline: Some("log=info exit".to_owned()),
            modules: vec!["target/greeter.so".into(), "a b.bin".into()],
            ..Args::default()
        };
        let expected = "kernel = /kernel.elf\ncmdline = log=info exit\nmodule = /modules/greeter.so\n\
                        module = /modules/a b.bin\n";
        assert_eq!(generated(&args).unwrap(), expected);
    }

    #[test]
    fn a_command_line_of_two_lines_is_refused() {
        let args = Args { cmdline: Some("quiet\nmodule = /x".to_owned()), ..Args::default() };
        assert!(generated(&args).is_err());
    }

    #[test]
    fn a_configuration_that_names_a_file_outside_the_image_is_refused() {
        let refusal = |text: &str| check(text.as_bytes(), &Args::default()).unwrap_err().to_string();
        assert!(refusal("kernel = /other.elf\n").contains("--file SRC=/other.elf"));
        assert!(refusal("kernel = /kernel.elf\nmodule = /m\n").contains("it names /m"));
        check(b"kernel = /KERNEL.ELF\n", &Args::default()).unwrap();
        check(b"kernel = /kernel.elf\nmodule = /modules/greeter.so\n", &Args::default()).unwrap();
    }

    #[test]
    fn bytes_for_the_configuration_go_in_as_they_are() {
        let args = Args { raw_config: Some(vec![0xFF, 0]), ..Args::default() };
        assert_eq!(contents(&args).unwrap(), [0xFF, 0]);
    }
}
