//! What may be done with a page: there is no value for both writing and executing.

use core::fmt;

use farjump_api::SegmentFlags;

/// What may be done with a page of the kernel's. Reading always may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Nothing else.
    ReadOnly,
    /// It may be written, and not executed.
    ReadWrite,
    /// It may be executed, and not written.
    ReadExecute,
}

/// The request was for a page that is both writable and executable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WritableAndExecutable;

/// What an ELF segment asks for.
impl TryFrom<SegmentFlags> for Protection {
    type Error = WritableAndExecutable;

    fn try_from(flags: SegmentFlags) -> Result<Self, Self::Error> {
        match (flags.contains(SegmentFlags::WRITE), flags.contains(SegmentFlags::EXECUTE)) {
            (false, false) => Ok(Self::ReadOnly),
            (true, false) => Ok(Self::ReadWrite),
            (false, true) => Ok(Self::ReadExecute),
            (true, true) => Err(WritableAndExecutable),
        }
    }
}

impl fmt::Display for WritableAndExecutable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page is writable or executable, never both")
    }
}

impl core::error::Error for WritableAndExecutable {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_writable_or_executable_and_never_both() {
        let protection = |bits| Protection::try_from(SegmentFlags::from_bits_retain(bits));
        assert_eq!(protection(0b100), Ok(Protection::ReadOnly));
        assert_eq!(protection(0b110), Ok(Protection::ReadWrite));
        assert_eq!(protection(0b101), Ok(Protection::ReadExecute));
        assert_eq!(protection(0b111), Err(WritableAndExecutable));
        assert_eq!(WritableAndExecutable.to_string(), "a page is writable or executable, never both");
        assert_eq!(protection(0b011), Err(WritableAndExecutable));
    }
}
