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

/// Allocates frames for `size_bytes`.
#[inline(never)] // a copy in each caller would make the loader larger
pub(crate) fn allocate<'m, P: Platform<'m>>(
    memory: &mut P::Memory,
    log: &mut Log<P::Console>,
    size_bytes: u64,
    kind: MemoryKind,
) -> Result<Frames<'m>, Failed> {
    memory.allocate(size_bytes, kind).map_err(|cause| log.fail::<P>(&BootError::Memory(cause)))
}

/// The state that the steps of a boot share, once there is a volume.
pub(crate) struct Machine<'a, 'm, P: Platform<'m>> {
    pub(crate) memory: P::Memory,
    pub(crate) volume: &'a mut BootVolume<P::Disk>,
    pub(crate) log: &'a mut Log<P::Console>,
    pub(crate) policy: Policy,
}

/// Loads everything, and returns how to enter the kernel. Returns `None` if the boot fails; the console shows the reason.
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
    timeline.record(Phase::MEMORY_MAP);

    let mut volume = BootVolume::open(platform, log)?;
    timeline.record(Phase::VOLUME);

    let config = volume.read_config::<P>(&mut memory, log, &policy)?;
    if config.quiet {
        log.silence();
    }
    console::info!(log, "{} KiB of memory ({})", memory.map().ram_bytes() >> 10, memory.source());
    console::info!(log, "{volume}");
    if let Some(fault) = volume.primary_fault() {
        console::info!(log, "the backup of the GPT is used: {fault}");
    }
    if !config.has_checksum {
        console::info!(log, "{}: unverified: it has no checksum in line 1", config::PATH);
    }
    timeline.record(Phase::CONFIG);

    let mut machine = Machine { memory, volume: &mut volume, log, policy };
    let kernel = protocol::load_kernel(&mut machine, &config)?;
    timeline.record(Phase::KERNEL);

    let modules = modules::load(&mut machine, &config)?;
    timeline.record(Phase::MODULES);

    protocol::prepare(&mut machine, platform, &kernel, &config, modules, timeline)
}
