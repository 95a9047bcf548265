//! The settings of a configuration for the verification of files: `verify`, `checksum`, `sha256`, `seal`, `counter`.
//!
//! A second parser for these lines, which uses only the standard library, must return the same values.

use farjump_loader::config::{self, Config, ConfigError, Verify};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target =
    Target { name: "verification", what: "the configuration's checksums and hashes", corpus, run };

/// Returns configurations with checksums, and with hashes and a counter, each with a config checksum and without.
fn corpus() -> Vec<Vec<u8>> {
    let (checksum, sha256) = ("0123456789abcdef".repeat(4), "00112233445566778899aAbBcCdDeEfF".repeat(2));
    let by_checksum = format!(
        "kernel = /kernel.elf\nmodule = /m\nverify = checksum\n\
         checksum = {checksum} /kernel.elf\nchecksum={checksum}\t/M\nchecksum = {checksum} /m\n"
    );
    let by_hash = format!(
        "kernel=/k\r\nmodule = /a b.so\r\nverify =sha256\r\nsha256 = {sha256} /k\r\n\
         sha256 = {sha256} /a b.so\r\ncounter = 18446744073709551615\r\n"
    );
    let with_checksum = |text: &String| format!("seal = {}\n{text}", config::checksum(text.as_bytes()));
    let with_checksums = [with_checksum(&by_checksum), with_checksum(&by_hash)];
    [by_checksum, by_hash].into_iter().chain(with_checksums).map(String::into_bytes).collect()
}

fn run(bytes: &[u8]) {
    // Damage breaks the config checksum, and nothing is parsed after a wrong one.
    let resealed = resealed(bytes);
    for bytes in [bytes, &resealed] {
        let mut slots = [[0; 2]; _];
        for config in [Config::parse(bytes), Config::parse_indexed(bytes, &mut slots)] {
            match config {
                Ok(config) => compare(&config, &String::from_utf8_lossy(bytes)),
                Err(error) => assert_one_line(&error),
            }
        }
    }
}

/// Returns the same with a correct config checksum, if it has one.
fn resealed(bytes: &[u8]) -> Vec<u8> {
    match (Config::parse(bytes), bytes.iter().position(|byte| *byte == b'\n')) {
        (Err(ConfigError::Checksum(right)), Some(end)) => {
            [format!("seal = {right}\n").as_bytes(), &bytes[end + 1..]].concat()
        }
        _ => bytes.to_vec(),
    }
}

/// Compares how the loader and the second parser read a valid configuration.
fn compare(config: &Config<'_>, text: &str) {
    let lines = Lines(text.trim_start_matches('\u{FEFF}'));
    let verify = lines.value("verify").map_or("checksum", |verify| verify);
    assert_eq!(config.verify, Verify::from_name(verify).unwrap_or(Verify::None));
    assert_eq!(config.verify.name(), verify);
    let counter = lines.value("counter").map_or(Ok(0), str::parse);
    assert_eq!(Ok(config.counter), counter);
    if let Some(checksum_line) = lines.value("seal") {
        let after = lines.0.split_once('\n').map_or("", |(_, after)| after);
        assert!(
            config.has_checksum
                && checksum_line.eq_ignore_ascii_case(&config::checksum(after.as_bytes()).to_string())
        );
    }
    for path in config.modules().chain([config.kernel, "/not/there"]) {
        let checksum = config.checksum_of(path).map(|checksum| checksum.to_string());
        assert_eq!(checksum, lines.digest("checksum", path), "{path}");
        let hash = config.sha256_of(path).map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect());
        assert_eq!(hash, lines.digest("sha256", path), "{path}");
    }
}

/// The second parser.
struct Lines<'a>(&'a str);

impl<'a> Lines<'a> {
    /// Returns the values of a key, in their order.
    fn values(&self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let spaces: &[char] = &[' ', '\t'];
        let lines =
            self.0.split('\n').map(move |line| line.strip_suffix('\r').unwrap_or(line).trim_matches(spaces));
        let pairs = lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
        pairs
            .filter(move |(name, _)| name.trim_matches(spaces) == key)
            .map(move |(_, value)| value.trim_matches(spaces))
    }

    fn value(&self, key: &'a str) -> Option<&'a str> {
        self.values(key).next()
    }

    /// Returns the digits of the first line that names `path`, in lower case.
    fn digest(&self, key: &'a str, path: &str) -> Option<String> {
        let split = |value: &'a str| value.split_once([' ', '\t']);
        let mut pairs = self.values(key).filter_map(split);
        let found = pairs.find(|(_, of)| of.trim_matches([' ', '\t']).eq_ignore_ascii_case(path));
        found.map(|(digits, _)| digits.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configurations_to_begin_with_are_taken_and_have_digests() {
        for bytes in corpus() {
            let config = Config::parse(&bytes).unwrap();
            let kernel =
                (config.checksum_of(config.kernel).is_some(), config.sha256_of(config.kernel).is_some());
            assert_eq!(kernel, (config.verify == Verify::Checksum, config.verify == Verify::Sha256));
        }
    }

    #[test]
    fn a_wrong_config_checksum_is_corrected_so_that_what_follows_is_parsed() {
        let mut bytes = corpus().pop().unwrap();
        let last = bytes.iter().rposition(u8::is_ascii_digit).unwrap();
        bytes[last] = b'4';
        assert!(Config::parse(&bytes).is_err());
        let mended = resealed(&bytes);
        assert_eq!(Config::parse(&mended).unwrap().counter, u64::MAX - 1);
    }
}
