//! A signed configuration and its signature, as a stage 2 for signed images verifies them.
//!
//! ```text
//! input   the signature, then the configuration
//! ```

use std::sync::LazyLock;

use ed25519_compact::{KeyPair, Seed};
use farjump_loader::config::Config;
use farjump_loader::signature::{SIZE, VerificationKey};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "signature", what: "signed configurations", corpus, run };

/// The minimum counter.
const MIN_COUNTER: u64 = 3;

/// Signed configurations: the current one, a newer one, and an older one.
static SIGNED: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| [3, 4, 2].map(signed));

static VERIFICATION_KEY: LazyLock<VerificationKey> =
    LazyLock::new(|| VerificationKey::new(*key().pk, MIN_COUNTER));

fn key() -> KeyPair {
    KeyPair::from_seed(Seed::new([7; Seed::BYTES]))
}

fn signed(counter: u64) -> Vec<u8> {
    let hash = "0123456789abcdef".repeat(4);
    let text = format!(
        "kernel = /k\ncmdline = log=info\nverify = sha256\nsha256 = {hash} /k\ncounter = {counter}\n"
    );
    [&*key().sk.sign(&text, None), text.as_bytes()].concat()
}

fn corpus() -> Vec<Vec<u8>> {
    SIGNED.to_vec()
}

/// Checks that a configuration that is accepted was signed with the key, and has at least the minimum counter.
fn run(bytes: &[u8]) {
    let (signature, configuration) = bytes.split_at(bytes.len().min(SIZE));
    if let Err(error) = VERIFICATION_KEY.check(configuration, signature) {
        return assert_one_line(&error);
    }
    assert!(SIGNED.iter().any(|signed| signed == bytes), "a forged signature");
    match Config::parse(configuration).map(|config| (VERIFICATION_KEY.check_counter(config.counter), config))
    {
        Ok((Ok(()), config)) => assert!(config.counter >= MIN_COUNTER),
        Ok((Err(error), config)) => {
            assert!(config.counter < MIN_COUNTER);
            assert_one_line(&error);
        }
        Err(error) => assert_one_line(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sets_to_begin_with_are_signed_and_the_last_is_one_of_before() {
        let taken = corpus().into_iter().map(|bytes| {
            let (signature, configuration) = bytes.split_at(SIZE);
            assert_eq!(VERIFICATION_KEY.check(configuration, signature), Ok(()));
            VERIFICATION_KEY.check_counter(Config::parse(configuration).unwrap().counter).is_ok()
        });
        assert!(taken.eq([true, true, false]));
    }
}
