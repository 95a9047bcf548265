//! What a loaded module and its host agree on.
//!
//! A module needs none of it: one that only exports functions, as `modules/greeter` does, is whole. One that wants
//! something of its host exports [`ENTRY`], a function of type [`Entry`]; the host calls it once, after the
//! initialisers, with its [`HostFunctions`]. A module brings all else that it uses: its host resolves no symbols.
//!
//! No floating-point number crosses the line: hosts may be built without SSE.

/// The name of the entry function.
pub const ENTRY: &str = "module_start";

/// The entry function: it returns [`STARTED`], or the module is unloaded again.
pub type Entry = extern "C" fn(host: &'static HostFunctions) -> i32;

/// What the entry function returns when the module is ready.
pub const STARTED: i32 = 0;

/// What it returns when the host's table is shorter than the one that it was built with.
pub const HOST_TOO_OLD: i32 = 1;

/// What `call NAME SYMBOL` in the kernel's monitor calls: a function that returns text up to a NUL, in memory of the
/// module's, or null for none.
pub type TextFunction = extern "C" fn() -> *const core::ffi::c_char;

/// What a host does for its modules. Any thread may call any of it at any time until the module is unloaded.
///
/// Later hosts have more functions at the end.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HostFunctions {
    /// Bytes of this table.
    pub size: usize,
    /// Prints `size` bytes of UTF-8. What isn't UTF-8 is replaced.
    pub print: unsafe extern "C" fn(text: *const u8, size: usize),
    /// Memory of `size` bytes, at least one, aligned to `align`, a power of two; null if there is none.
    pub allocate: extern "C" fn(size: usize, align: usize) -> *mut u8,
    /// Frees what [`allocate`](Self::allocate) returned for this `size` and `align`.
    pub free: unsafe extern "C" fn(memory: *mut u8, size: usize, align: usize),
}
