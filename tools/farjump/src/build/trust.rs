//! Whom a stage 2 for signed images trusts: written into its bytes, at the symbol that it has for that.

use anyhow::{Context as _, Result, ensure};
use boot_layout::{STAGE2, stage2_header};
use farjump_loader::signature::VerificationKey;

use super::elf_size::symbol;

/// The static in `stage2/src/signature.rs`.
const SYMBOL: &str = "FARJUMP_VERIFICATION_KEY";

/// Writes `trust` into the flat bytes `image` of the stage 2 `elf`, and updates its checksum.
pub(super) fn write(image: &mut [u8], elf: &[u8], trust: &VerificationKey) -> Result<()> {
    let offset =
        symbol(elf, SYMBOL)?.checked_sub(STAGE2.start).and_then(|offset| usize::try_from(offset).ok());
    let bytes = trust.to_bytes();
    let place = offset.and_then(|offset| image.get_mut(offset..)?.get_mut(..bytes.len()));
    let place = place.with_context(|| format!("{SYMBOL} isn't in stage 2's image"))?;
    ensure!(place.iter().all(|byte| *byte == 0), "{SYMBOL} isn't empty");
    place.copy_from_slice(&bytes);
    stage2_header::update_checksums(image);
    Ok(())
}
