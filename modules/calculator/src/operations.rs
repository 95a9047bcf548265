//! What can be done with two numbers: a table of names and function pointers.

/// An operation.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// `None`: the result isn't a number of 64 bits.
    pub(crate) apply: fn(i64, i64) -> Option<i64>,
}

pub(crate) static OPERATIONS: [Operation; 5] = [
    Operation { name: "+", apply: i64::checked_add },
    Operation { name: "-", apply: i64::checked_sub },
    Operation { name: "*", apply: i64::checked_mul },
    Operation { name: "/", apply: i64::checked_div },
    Operation { name: "%", apply: i64::checked_rem },
];

/// Calls the host's `visitor` with the address and size of each operation's name.
#[unsafe(no_mangle)]
pub extern "C" fn each_operation(visitor: extern "C" fn(*const u8, usize)) {
    for operation in &OPERATIONS {
        visitor(operation.name.as_ptr(), operation.name.len());
    }
}
