//! Signing keys: `cargo xtask keygen`, and what `cargo xtask image --sign` does with one.
//!
//! A key file is one line of 64 hexadecimal digits, the seed of RFC 8032; only its owner may read it. The public key
//! follows from it, and goes into stage 2.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use ed25519_compact::{KeyPair, Seed};

use crate::output::outln;

/// Options of `cargo xtask keygen`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The file to make; it must not exist
    #[arg(value_name = "KEY")]
    path: PathBuf,
}

/// Makes a key and prints its public half.
///
/// # Errors
/// The file exists, or can't be written.
pub fn run(args: &Args) -> Result<ExitCode> {
    let key = SigningKey(KeyPair::generate());
    let path = args.path.display();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options
        .open(&args.path)
        .with_context(|| format!("{path}: can't make it; a key that exists is never replaced"))?;
    writeln!(file, "{}", hex(&*key.0.sk.seed())).with_context(|| format!("{path}: can't write it"))?;
    outln!("{path}: keep it secret; the public key is {}", hex(&key.public()));
    Ok(ExitCode::SUCCESS)
}

/// A key that signs.
pub struct SigningKey(KeyPair);

impl SigningKey {
    /// Reads a key file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("{}: can't read it", path.display()))?;
        let seed = unhex(text.trim());
        let seed = seed
            .with_context(|| format!("{}: no signing key; cargo xtask keygen makes one", path.display()))?;
        Ok(Self::from_seed(seed))
    }

    /// Makes the key that follows from `seed`.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(KeyPair::from_seed(Seed::new(seed)))
    }

    /// What stage 2 gets.
    pub fn public(&self) -> [u8; 32] {
        *self.0.pk
    }

    /// The signature over `message`. The same message always gets the same one.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        *self.0.sk.sign(message, None)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", hex(&self.public()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    (pairs.len() == 32 && rest.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_of_the_standard_makes_the_standards_key_and_signature() {
        // RFC 8032, section 7.1, test 1.
        let seed = unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let key = SigningKey::from_seed(seed);
        assert_eq!(hex(&key.public()), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert!(
            hex(&key.sign(b""))
                .starts_with("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")
        );
    }

    #[test]
    fn a_key_that_was_made_is_read_again_and_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let args = Args { path: directory.path().join("key") };
        assert_eq!(run(&args).unwrap(), ExitCode::SUCCESS);
        let key = SigningKey::read(&args.path).unwrap();
        assert!(run(&args).is_err());
        assert_eq!(SigningKey::read(&args.path).unwrap().public(), key.public());
        fs::write(&args.path, "no key").unwrap();
        assert!(SigningKey::read(&args.path).unwrap_err().to_string().contains("keygen"));
    }
}
