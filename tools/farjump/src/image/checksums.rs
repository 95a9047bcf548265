//! The digests of kernel and modules, or in a signed configuration of all files, and the config checksum.
//!
//! ```text
//! seal = DIGITS              the checksum of all that follows
//! kernel = /kernel.elf       whatever there was
//! verify = checksum
//! checksum = DIGITS /kernel.elf
//! ```
//!
//! What a kernel's digest covers is what a loader reads of it: its headers and its segments' bytes.

use anyhow::{Context as _, Result, anyhow};
use farjump_checksum::{Checksum, Sums};
use farjump_loader::config::{self, Config, Verify};
use farjump_loader::elf_plan::{KernelHeader, KernelPlan};
use sha2::{Digest as _, Sha256};

/// Line 2, for those who edit the file.
const ADVICE: &str = "# after an edit: cargo xtask seal, or delete line 1\n";

/// Keys of lines that are made again.
const MADE: [&str; 3] = ["seal", "checksum", "sha256"];

/// Returns the configuration `text`, valid but perhaps with an old config checksum, with new digests and a new config
/// checksum. `verify` overrides the configuration's own setting. `others` get a digest too, beside kernel and modules.
/// `read` returns the bytes of a file in the image.
///
/// # Errors
/// An error of `read`; an invalid configuration, or one that the digests make too large.
pub fn update(
    text: &[u8],
    verify: Option<Verify>,
    others: &[&str],
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(text)?.trim_start_matches('\u{FEFF}');
    let has_key = |line: &str, keys: &[&str]| {
        line.split_once('=').is_some_and(|(key, _)| keys.contains(&key.trim_matches([' ', '\t'])))
    };
    let mut kept: String = text
        .split_inclusive('\n')
        .filter(|line| !has_key(line, &MADE) && *line != ADVICE)
        .filter(|line| verify.is_none() || !has_key(line, &["verify"]))
        .collect();
    if !kept.is_empty() && !kept.ends_with('\n') {
        kept.push('\n');
    }
    let parsed = kept.clone();
    let config = Config::parse(parsed.as_bytes()).map_err(|error| anyhow!("{error}"))?;
    let verify = verify.unwrap_or(config.verify);
    if !kept.lines().any(|line| has_key(line, &["verify"])) {
        kept += &format!("verify = {}\n", verify.name());
    }
    let is_other = |path: &&str| {
        !config.modules().chain([config.kernel]).any(|listed| listed.eq_ignore_ascii_case(path))
    };
    let others = others.iter().copied().filter(is_other);
    for (index, path) in [config.kernel].into_iter().chain(config.modules()).chain(others).enumerate() {
        if verify != Verify::None {
            let bytes = read(path)?;
            // What isn't a kernel gets no digest: the loader refuses it in its own words.
            let parts = if index == 0 { kernel_parts(&bytes) } else { Some(vec![&*bytes]) };
            kept.extend(parts.map(|parts| digest_line(verify, path, &parts)));
        }
    }
    let body = format!("{ADVICE}{kept}");
    let updated = format!("seal = {}\n{body}", config::checksum(body.as_bytes())).into_bytes();
    Config::parse(&updated).map_err(|error| anyhow!("{error}")).context("with a digest of each file")?;
    Ok(updated)
}

fn digest_line(verify: Verify, path: &str, parts: &[&[u8]]) -> String {
    if verify == Verify::Sha256 {
        let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
        let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        return format!("sha256 = {digits} {path}\n");
    }
    let mut sums = Sums::new();
    parts.iter().for_each(|part| sums.part(part));
    let checksum: Checksum = sums.finish();
    format!("checksum = {checksum} {path}\n")
}

/// The parts of a kernel's file that a loader reads.
fn kernel_parts(file: &[u8]) -> Option<Vec<&[u8]>> {
    let size = file.len() as u64;
    let part = |range: std::ops::Range<u64>| {
        file.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
    };
    let header = KernelHeader::parse(file, size).ok()?;
    let plan = KernelPlan::new(&header, part(header.program_headers())?, size).ok()?;
    plan.file_parts(&header).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn updated(text: &str, verify: Option<Verify>) -> String {
        updated_with(text, verify, &[]).unwrap()
    }

    fn updated_with(text: &str, verify: Option<Verify>, others: &[&str]) -> Result<String> {
        let updated =
            update(text.as_bytes(), verify, others, &mut |path| Ok(format!("bytes of {path}").into_bytes()))?;
        Ok(String::from_utf8(updated)?)
    }

    #[test]
    fn other_files_get_a_hash_each_once_and_after_kernel_and_modules() {
        let others = ["/K", "/a = b", "/m", "/programs/x.bin"];
        let text = updated_with("kernel = /k\nmodule = /M\n", Some(Verify::Sha256), &others).unwrap();
        let config = Config::parse(text.as_bytes()).unwrap();
        let paths: Vec<_> = config.hashed_files().map(|(path, _)| path).collect();
        assert_eq!(paths, ["/M", "/a = b", "/programs/x.bin"]);
        let hash = config.sha256_of("/PROGRAMS/x.bin").unwrap();
        assert_eq!(hash[..], Sha256::digest("bytes of /programs/x.bin")[..]);
    }

    #[test]
    fn more_files_than_a_configuration_can_list_are_an_error() {
        let paths: Vec<String> = (0..1000).map(|index| format!("/{index}")).collect();
        let others: Vec<&str> = paths.iter().map(String::as_str).collect();
        let error = updated_with("kernel = /k\n", Some(Verify::Sha256), &others).unwrap_err();
        assert!(format!("{error:#}").contains("with a digest of each file: "), "{error:#}");
        assert!(updated_with("kernel = /k\n", Some(Verify::Sha256), &others[..800]).is_ok());
    }

    #[test]
    fn an_updated_configuration_is_one_that_the_loader_takes() {
        let text = updated("kernel = /k\nmodule = /m\ncmdline = a", None);
        let config = Config::parse(text.as_bytes()).unwrap();
        assert!(config.has_checksum);
        assert_eq!(config.command_line, "a");
        assert_eq!(config.checksum_of("/m"), Some(Checksum::of(b"bytes of /m")));
        assert_eq!(config.checksum_of("/k"), None, "it is no ELF file");
    }

    #[test]
    fn updating_again_changes_nothing_and_an_edit_is_kept() {
        let once = updated("# mine\r\nkernel = /k\r\nmodule = /m\r\n", None);
        assert_eq!(updated(&once, None), once);
        let edited = once.replace("# mine", "# yours");
        assert!(Config::parse(edited.as_bytes()).is_err());
        assert!(updated(&edited, None).contains("# yours\r\n"));
    }

    #[test]
    fn checksums_of_an_older_farjump_are_made_anew() {
        let old = format!("seal = {0:032}\nkernel = /k\nmodule = /m\nchecksum = {0:032} /m\n", 0);
        assert!(
            Config::parse(old.as_bytes()).is_err_and(|error| error.to_string().contains("older farjump"))
        );
        let new = updated(&old, None);
        assert_eq!(new, updated("kernel = /k\nmodule = /m\n", None));
        assert!(Config::parse(new.as_bytes()).is_ok_and(|config| config.has_checksum));
    }

    #[test]
    fn how_to_verify_is_changed_and_old_digests_go() {
        let once = updated("kernel = /k\nmodule = /m\n", Some(Verify::Sha256));
        assert!(once.contains("verify = sha256\nsha256 = "), "{once}");
        let never = updated(&once, Some(Verify::None));
        assert!(never.ends_with("module = /m\nverify = none\n"), "{never}");
    }
}
