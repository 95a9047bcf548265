//! Why there is no allocator, or why a frame isn't taken back.

use core::fmt;

/// Why there is no allocator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FramesError {
    /// The map has no usable frame.
    NoUsableMemory,
    /// No usable range has so many bytes: the allocator's own words don't fit.
    NoRoom(u64),
    /// The words for the allocator aren't as many as planned.
    Words {
        /// How many there are.
        actual: usize,
        /// How many there should be.
        needed: usize,
    },
}

/// Why frames aren't taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeError {
    /// The range that begins at this address is empty or not in whole frames.
    Range(u64),
    /// The frame at this address was never the allocator's to hand out.
    NotManaged(u64),
    /// The frame at this address is free already.
    AlreadyFree(u64),
}

impl fmt::Display for FramesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUsableMemory => f.write_str("the memory map has no usable frame"),
            Self::NoRoom(bytes) => write!(f, "no usable memory has {bytes:#x} bytes for the frame allocator"),
            Self::Words { actual, needed } => {
                write!(f, "the frame allocator needs {needed} words and got {actual}")
            }
        }
    }
}

impl fmt::Display for FreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(start) => write!(f, "the range at {start:#x} is empty or not in whole frames"),
            Self::NotManaged(frame) => write!(f, "frame {frame:#x} was never allocated"),
            Self::AlreadyFree(frame) => write!(f, "frame {frame:#x} is free already"),
        }
    }
}

impl core::error::Error for FramesError {}
impl core::error::Error for FreeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_says_what_is_wrong_with_which_frame_or_number() {
        let none = [
            FramesError::NoUsableMemory.to_string(),
            FramesError::NoRoom(0x3000).to_string(),
            FramesError::Words { actual: 3, needed: 4 }.to_string(),
        ];
        assert_eq!(
            none,
            [
                "the memory map has no usable frame",
                "no usable memory has 0x3000 bytes for the frame allocator",
                "the frame allocator needs 4 words and got 3",
            ]
        );
        let refused =
            [FreeError::Range(0x1008), FreeError::NotManaged(0x2000), FreeError::AlreadyFree(0x3000)];
        assert_eq!(
            refused.map(|error| error.to_string()),
            [
                "the range at 0x1008 is empty or not in whole frames",
                "frame 0x2000 was never allocated",
                "frame 0x3000 is free already",
            ]
        );
    }
}
