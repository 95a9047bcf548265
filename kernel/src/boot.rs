//! What the loader has handed over.

use farjump_api::BootInfo;
use spin::Once;

static BOOT_INFO: Once<&'static BootInfo> = Once::new();

/// Keeps `boot_info` for [`info`]. The first call counts.
pub(crate) fn init(boot_info: &'static BootInfo) {
    BOOT_INFO.call_once(|| boot_info);
}

/// Returns what the loader has handed over; `None` before [`init`](crate::init).
#[must_use]
pub fn info() -> Option<&'static BootInfo> {
    BOOT_INFO.get().copied()
}
