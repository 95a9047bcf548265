//! The calculator itself.

use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::Ordering;

use crate::EVALUATIONS;
use crate::operations::OPERATIONS;

/// Why an expression has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum EvaluateError {
    NotText = 1,
    UnknownWord = 2,
    TooFewNumbers = 3,
    NoResult = 4,
    NumbersLeft = 5,
    OutOfMemory = 6,
}

/// Returns the value of an expression: numbers and operations with spaces between them.
pub(crate) fn evaluate(expression: &str) -> Result<i64, EvaluateError> {
    EVALUATIONS.fetch_add(1, Ordering::Relaxed);
    let mut stack: Vec<i64> = Vec::new();
    for word in expression.split_ascii_whitespace() {
        let number = match OPERATIONS.iter().find(|operation| operation.name == word) {
            Some(operation) => {
                let right = stack.pop().ok_or(EvaluateError::TooFewNumbers)?;
                let left = stack.pop().ok_or(EvaluateError::TooFewNumbers)?;
                (operation.apply)(left, right).ok_or(EvaluateError::NoResult)?
            }
            None => word.parse().map_err(|_| EvaluateError::UnknownWord)?,
        };
        stack.try_reserve(1).map_err(|_| EvaluateError::OutOfMemory)?;
        stack.push(number);
    }
    match stack[..] {
        [] => Err(EvaluateError::TooFewNumbers),
        [result] => Ok(result),
        _ => Err(EvaluateError::NumbersLeft),
    }
}

/// The same for the host: 0 and the value in `*result`, or the number of an [`EvaluateError`].
///
/// # Safety
/// `size` bytes can be read at `text`, and a number written at `result`.
#[unsafe(export_name = "evaluate")]
pub unsafe extern "C" fn evaluate_for_host(text: *const u8, size: usize, result: *mut i64) -> i32 {
    // SAFETY: the caller vouches for the bytes.
    let bytes = unsafe { core::slice::from_raw_parts(text, size) };
    let value = core::str::from_utf8(bytes).map_err(|_| EvaluateError::NotText).and_then(evaluate);
    match value {
        Ok(value) => {
            // SAFETY: the caller vouches for the pointer.
            unsafe { result.write(value) };
            0
        }
        Err(error) => error as i32,
    }
}

impl fmt::Display for EvaluateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotText => "not text",
            Self::UnknownWord => "neither a number nor an operation",
            Self::TooFewNumbers => "too few numbers",
            Self::NoResult => "no number of 64 bits",
            Self::NumbersLeft => "too many numbers",
            Self::OutOfMemory => "out of memory",
        })
    }
}
