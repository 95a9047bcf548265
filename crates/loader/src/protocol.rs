//! Boot protocols: each recognises its kernels, loads them, and prepares the machine for the jump.
//!
//! | module | protocol |
//! |---|---|
//! | [`farjump`] | farjump's own: docs/boot-protocol.md |
//!
//! A protocol is a module with a function for each of these three steps. [`farjump`] comes last, because its error is
//! reported for a file that no protocol recognises.

mod farjump;

use crate::config::Config;
use crate::console::Failed;
use crate::modules::LoadedModules;
use crate::platform::Platform;
use crate::story::Machine;
use crate::timeline::Timeline;

/// The state of the machine at the jump. The platform's trampoline determines everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// 64-bit code with paging: System V calling convention, as after a CALL.
    LongMode {
        /// Virtual address of the first instruction.
        entry: u64,
        /// Virtual address of the stack's first free byte: the return address, zero, must be written there.
        stack_pointer: u64,
        /// Physical address of the PML4.
        page_table: u64,
        /// The first argument.
        argument: u64,
    },
}

/// A loaded kernel of any protocol.
pub(crate) enum Kernel<'m> {
    Farjump(farjump::Kernel<'m>),
}

/// Loads the kernel that the configuration names.
pub(crate) fn load_kernel<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    config: &Config<'m>,
) -> Result<Kernel<'m>, Failed> {
    farjump::load(machine, config).map(Kernel::Farjump)
}

/// Builds the data that the kernel receives. Nothing may be allocated after this.
pub(crate) fn prepare<'m, P: Platform<'m>>(
    machine: &mut Machine<'_, 'm, P>,
    platform: &mut P,
    kernel: &Kernel<'m>,
    config: &Config<'m>,
    modules: LoadedModules<'m>,
    timeline: Timeline<P::Clock>,
) -> Result<Entry, Failed> {
    match kernel {
        Kernel::Farjump(kernel) => farjump::prepare(machine, platform, kernel, config, modules, timeline),
    }
}
