//! The TSC at the boot sector's first instruction.
//!
//! The boot sector takes no stamp: before it has looked, it can't know that the CPU has a TSC. So the
//! machine is stopped at the first instruction, made to execute one RDTSC elsewhere, and put back.

use anyhow::{Result, ensure};
use boot_layout::STAGE1;

use super::gdb_remote::{GdbRemote, Register};

/// RDTSC.
///
/// Source: Intel SDM vol. 2B, "RDTSC".
const RDTSC: [u8; 2] = [0x0F, 0x31];

/// Where it is put for the moment: in the boot sector's own place, which holds code that can be executed.
const PLACE: u64 = STAGE1.start;

/// Runs to the boot sector and gives the TSC at its first instruction. The machine stands there then, with
/// all registers and memory as they were; it is one instruction older.
pub(super) fn stamp(remote: &mut GdbRemote) -> Result<u64> {
    remote.run_to(STAGE1.start)?;
    let start = remote.register(Register::Rip)?;
    let (rax, rdx) = (remote.register(Register::Rax)?, remote.register(Register::Rdx)?);
    let code = remote.memory(PLACE, RDTSC.len())?;
    remote.set_memory(PLACE, &RDTSC)?;
    remote.step()?;
    let (low, high) = (remote.register(Register::Rax)?, remote.register(Register::Rdx)?);
    remote.set_memory(PLACE, &code)?;
    remote.set_register(Register::Rax, rax)?;
    remote.set_register(Register::Rdx, rdx)?;
    remote.set_register(Register::Rip, start)?;
    let tsc = (high << 32) | (low & u64::from(u32::MAX));
    ensure!(tsc > 0, "the TSC didn't run: is this QEMU built with -icount?");
    // The borrowed RDTSC is one instruction itself.
    Ok(tsc + 1)
}
