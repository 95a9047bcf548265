//! Signed images that were changed after signing.

use anyhow::Result;

use super::keep;
use crate::test::image_builder::{ImageBuilder, MODULE_PATH, SignedSet};
use crate::test::scenario::{LeftOut, Scenario};
use farjump::smoke::KERNEL_OK;

/// What the loader reports when the signature isn't one of this configuration.
const WRONG: &str = "/farjump.sig: no signature of /farjump.conf by the key in stage 2";

/// A signed set that the loader rejects with `line` once `change` was made to it.
fn refused(name: &str, line: &str, change: fn(&mut SignedSet) -> Result<()>) -> Scenario {
    Scenario::halts(
        &format!("signed: {name}"),
        &format!("loader: error: {line}"),
        move |builder: &ImageBuilder| {
            let mut set = builder.signed_set(2)?;
            change(&mut set)?;
            builder.signed(set, 2)
        },
    )
}

pub(super) fn faults() -> Vec<Scenario> {
    let kept = [
        "signed: as it was signed",
        "signed: an older set",
        "signed: another signature",
        "signed: another kernel",
    ];
    keep(&kept, LeftOut::HostBoots, [counters(), signatures(), contents()].concat())
}

/// Sets as they were signed, with newer and older counters.
fn counters() -> Vec<Scenario> {
    vec![
        Scenario::survives("signed: as it was signed", KERNEL_OK, |builder| {
            builder.signed(builder.signed_set(2)?, 2)
        }),
        Scenario::survives("signed: a newer set for an older stage 2", KERNEL_OK, |builder| {
            builder.signed(builder.signed_set(3)?, 2)
        }),
        Scenario::halts(
            "signed: an older set",
            "loader: error: /farjump.sig: the configuration has counter 1",
            |builder| builder.signed(builder.signed_set(1)?, 2),
        ),
    ]
}

/// Signatures that are missing, cut off or wrong.
fn signatures() -> Vec<Scenario> {
    vec![
        refused("no signature", "/farjump.sig: no such file", |set| {
            set.signature.clear();
            Ok(())
        }),
        refused("half a signature", "/farjump.sig: 32 bytes, a signature has 64", |set| {
            set.signature.truncate(32);
            Ok(())
        }),
        refused("another signature", WRONG, |set| {
            set.signature[5] ^= 1;
            Ok(())
        }),
    ]
}

/// Signed contents that were changed, with their digests or without.
fn contents() -> Vec<Scenario> {
    vec![
        refused("another command line, with new hashes", WRONG, |set| {
            let text = String::from_utf8(set.config.clone())?.replace("cmdline = exit", "cmdline = exit x");
            set.config = set.with_hashes(text.as_bytes())?;
            Ok(())
        }),
        refused("a hash left out, with a new config checksum", WRONG, |set| {
            let text =
                String::from_utf8(set.config.clone())?.replace(&format!("module = {MODULE_PATH}\n"), "");
            set.config = set.with_hashes(text.as_bytes())?;
            Ok(())
        }),
        refused("another kernel", "/kernel.elf: SHA-256 mismatch", |set| {
            set.kernel[0x1800] ^= 1;
            Ok(())
        }),
        refused("another kernel, with new hashes", WRONG, |set| {
            set.kernel[0x1800] ^= 1;
            let text = set.config.clone();
            set.config = set.with_hashes(&text)?;
            Ok(())
        }),
        refused("another module", "/modules/numbers.bin: SHA-256 mismatch", |set| {
            set.module[100] ^= 1;
            Ok(())
        }),
    ]
}
