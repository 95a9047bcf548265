//! The tasks that could run: a list for each level, and a bit for each level whose list isn't empty.
//!
//! The best level is found in four words, whatever the number of tasks.

use crate::links::{Links, List};

/// Levels: as many as there are priorities.
const LEVELS: usize = 256;

/// Lists by level; level 0 is the best.
#[derive(Debug)]
pub(crate) struct ReadyLists {
    lists: [List; LEVELS],
    occupied: [u64; LEVELS / 64],
}

impl ReadyLists {
    /// No task in any list.
    pub(crate) const fn new() -> Self {
        Self { lists: [List::EMPTY; LEVELS], occupied: [0; LEVELS / 64] }
    }

    /// Returns the list of `level`.
    pub(crate) fn list(&self, level: u8) -> List {
        self.lists[usize::from(level)]
    }

    /// Returns the first task of the best level that has one.
    pub(crate) fn first(&self) -> Option<u16> {
        self.best_level().and_then(|level| self.list(level).first())
    }

    /// Puts a task after the others of its level.
    pub(crate) fn push_back<const N: usize>(&mut self, links: &mut Links<N>, level: u8, slot: u16) {
        links.push_back(&mut self.lists[usize::from(level)], slot);
        self.mark(level);
    }

    /// Puts a task in front of the others of its level.
    pub(crate) fn push_front<const N: usize>(&mut self, links: &mut Links<N>, level: u8, slot: u16) {
        links.push_front(&mut self.lists[usize::from(level)], slot);
        self.mark(level);
    }

    /// Puts a task after `before`, which is on the same level, or before all others.
    pub(crate) fn insert_after<const N: usize>(
        &mut self,
        links: &mut Links<N>,
        level: u8,
        before: Option<u16>,
        slot: u16,
    ) {
        links.insert_after(&mut self.lists[usize::from(level)], before, slot);
        self.mark(level);
    }

    /// Takes a task out of its level.
    pub(crate) fn remove<const N: usize>(&mut self, links: &mut Links<N>, level: u8, slot: u16) {
        links.remove(&mut self.lists[usize::from(level)], slot);
        if self.list(level).first().is_none() {
            self.occupied[usize::from(level / 64)] &= !(1 << (level % 64));
        }
    }

    fn mark(&mut self, level: u8) {
        self.occupied[usize::from(level / 64)] |= 1 << (level % 64);
    }

    fn best_level(&self) -> Option<u8> {
        let word = self.occupied.iter().position(|word| *word != 0)?;
        let level = word * 64 + self.occupied[word].trailing_zeros() as usize;
        u8::try_from(level).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_level_is_found_in_every_word_of_the_bitmap() {
        let (mut links, mut ready) = (Links::<8>::new(), ReadyLists::new());
        for (slot, level) in [(0, 255), (1, 128), (2, 64), (3, 63), (4, 0), (5, 128)] {
            ready.push_back(&mut links, level, slot);
        }
        for (slot, level) in [(4, 0), (3, 63), (2, 64), (1, 128), (5, 128), (0, 255)] {
            assert_eq!(ready.first(), Some(slot));
            ready.remove(&mut links, level, slot);
        }
        assert_eq!(ready.first(), None);
    }
}
