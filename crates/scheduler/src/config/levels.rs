//! The levels of a multi-level feedback queue.

use core::num::NonZeroU32;

/// Levels that there can be at most.
pub const MAX_LEVELS: usize = 64;

/// How long tasks stay on a level, and run on it at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Ticks until the turn of the level's next task.
    pub quantum: NonZeroU32,
    /// Quanta until the task sinks to the next level.
    pub allotment: NonZeroU32,
}

impl Level {
    /// The least of both.
    const SHORTEST: Self = Self { quantum: NonZeroU32::MIN, allotment: NonZeroU32::MIN };

    /// Returns the number of ticks until the task sinks.
    pub(crate) const fn allotted_ticks(&self) -> u64 {
        // A product of two u32 fits.
        self.quantum.get() as u64 * self.allotment.get() as u64
    }
}

/// One to [`MAX_LEVELS`] levels, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    levels: [Level; MAX_LEVELS],
    /// The last of them that counts.
    bottom: u8,
}

/// A number of levels that can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelsError(
    /// That number.
    pub usize,
);

impl Levels {
    /// These levels, the first of them the top.
    ///
    /// # Errors
    /// There are none of them, or more than [`MAX_LEVELS`].
    pub fn new(from_top: &[Level]) -> Result<Self, LevelsError> {
        let bottom = from_top.len().checked_sub(1).filter(|bottom| *bottom < MAX_LEVELS);
        let bottom =
            bottom.and_then(|bottom| u8::try_from(bottom).ok()).ok_or(LevelsError(from_top.len()))?;
        let mut levels = [Level::SHORTEST; MAX_LEVELS];
        levels[..from_top.len()].copy_from_slice(from_top);
        Ok(Self { levels, bottom })
    }

    pub(super) fn three(from_top: [Level; 3]) -> Self {
        let mut levels = [Level::SHORTEST; MAX_LEVELS];
        levels[..3].copy_from_slice(&from_top);
        Self { levels, bottom: 2 }
    }

    /// Returns all of them, from the top.
    #[must_use]
    pub fn as_slice(&self) -> &[Level] {
        &self.levels[..=usize::from(self.bottom)]
    }

    /// Returns the number of the last one.
    pub(crate) const fn bottom(&self) -> u8 {
        self.bottom
    }

    /// Returns the level of that number; the bottom one for numbers that are too high.
    pub(crate) fn get(&self, level: u8) -> Level {
        self.levels[usize::from(level.min(self.bottom))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_one_to_sixty_four() {
        assert_eq!(Levels::new(&[]), Err(LevelsError(0)));
        assert_eq!(Levels::new(&[Level::SHORTEST; 64]).unwrap().as_slice().len(), 64);
        assert_eq!(Levels::new(&[Level::SHORTEST; 65]), Err(LevelsError(65)));
    }
}
