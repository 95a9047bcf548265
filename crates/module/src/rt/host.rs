//! The host's functions, once the entry function has got them.

use core::fmt;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::interface::{HOST_TOO_OLD, HostFunctions, STARTED};

/// Null before [`use_host`].
static HOST: AtomicPtr<HostFunctions> = AtomicPtr::new(ptr::null_mut());

/// Keeps the host's table for [`print!`](crate::print) and the allocator; what it returns is what the entry function
/// has to return.
pub fn use_host(host: &'static HostFunctions) -> i32 {
    if host.size < size_of::<HostFunctions>() {
        return HOST_TOO_OLD;
    }
    HOST.store(ptr::from_ref(host).cast_mut(), Ordering::Release);
    STARTED
}

/// Returns the host's table, if there is a host.
pub(crate) fn host() -> Option<&'static HostFunctions> {
    // SAFETY: null, or a `'static` reference that `use_host` stored.
    unsafe { HOST.load(Ordering::Acquire).as_ref() }
}

/// The host's output, for `write!`. Without a host nothing is printed.
#[derive(Debug, Clone, Copy)]
pub struct Output;

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if let Some(host) = host() {
            // SAFETY: the text's own address and size.
            unsafe { (host.print)(text.as_ptr(), text.len()) };
        }
        Ok(())
    }
}

/// Prints by the host, as `std`'s macro does.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => {{
        // The output takes everything.
        let _ = ::core::fmt::Write::write_fmt(&mut $crate::Output, ::core::format_args!($($argument)*));
    }};
}

/// Prints a line by the host, as `std`'s macro does.
#[macro_export]
macro_rules! println {
    () => { $crate::print!("\n") };
    ($($argument:tt)*) => { $crate::print!("{}\n", ::core::format_args!($($argument)*)) };
}
