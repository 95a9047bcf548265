//! The order of a boot, on any firmware.

use farjump_api::{MemoryKind, Phase};

use crate::boot_error::BootError;
use crate::console::{self, Failed, Log};
use crate::platform::{Frames, Memory as _, Platform};
use crate::policy::Policy;
use crate::protocol::{self, Entry};
use crate::timeline::Timeline;
use crate::volume::BootVolume;
use crate::{config, modules};

/// Frames for `size_bytes`.
#[inline(never)] // or each of its callers has it
pub(crate) fn allocate<'m, P: Platform<'m>>(
    memory: &mut P::Memory,
    log: &mut Log<P::Console>,
    size_bytes: u64,
    kind: MemoryKind,
) -> Result<Frames<'m>, Failed> {
    memory.allocate(size_bytes, kind).map_err(|cause| log.fail::<P>(&BootError::Memory(cause)))
}

/// What the steps of a boot work with, once there is a volume.
pub(crate) struct Machine<'a, 'm, P: Platform<'m>> {
    pub(crate) memory: P::Memory,
    pub(crate) volume: &'a mut BootVolume<P::Disk>,
    pub(crate) log: &'a mut Log<P::Console>,
    pub(crate) policy: Policy,
}

/// Loads everything, and says how the kernel is entered. `None`: there is no boot, and the console says why.
pub fn boot<'m, P: Platform<'m>>(
    platform: &mut P,
    console: P::Console,
    timeline: Timeline<P::Clock>,
    policy: Policy,
) -> Option<Entry> {
    let mut log = Log::new(console);
    load(platform, &mut log, timeline, policy).ok()
}

fn load<'m, P: Platform<'m>>(
    platform: &mut P,
    log: &mut Log<P::Console>,
    mut timeline: Timeline<P::Clock>,
    policy: Policy,
) -> Result<Entry, Failed> {
    let mut memory = platform.memory(log).map_err(|cause| log.fail::<P>(&BootError::Memory(cause)))?;
    timeline.stamp(Phase::MEMORY_MAP);

    let mut volume = BootVolume::open(platform, log)?;
    timeline.stamp(Phase::VOLUME);

    let config = volume.read_config::<P>(&mut memory, log, &policy)?;
    if config.quiet {
        log.silence();
    }
    console::info!(log, "{} KiB of memory ({})", memory.map().ram_bytes() >> 10, memory.source());
    console::info!(log, "{volume}");
    if let Some(fault) = volume.primary_fault() {
        console::info!(log, "the backup of the GPT is used: {fault}");
    }
    if !config.is_sealed {
        console::info!(log, "{}: unverified: it has no seal", config::PATH);
    }
    timeline.stamp(Phase::CONFIG);

    let mut machine = Machine { memory, volume: &mut volume, log, policy };
    let kernel = protocol::load_kernel(&mut machine, &config)?;
    timeline.stamp(Phase::KERNEL);

    let modules = modules::load(&mut machine, &config)?;
    timeline.stamp(Phase::MODULES);

    protocol::prepare(&mut machine, platform, &kernel, &config, modules, timeline)
}
