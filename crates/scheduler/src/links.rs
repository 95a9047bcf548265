//! Doubly linked lists over slots: a slot is in one list at a time, and leaves it from anywhere at once.
//!
//! ```text
//! list   first ─▶ 4 ─▶ 0 ─▶ 7 ◀─ last
//! links  prev [4]: -   next [4]: 0   prev [0]: 4   next [0]: 7   ...
//! ```
//!
//! Assumes that a slot is taken out of the list it is in before it is put into another; the scheduler's states
//! see to that.

/// No slot.
const NONE: u16 = u16::MAX;

/// The ends of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    first: u16,
    last: u16,
}

impl List {
    /// No slot in it.
    pub(crate) const EMPTY: Self = Self { first: NONE, last: NONE };

    /// Returns the first slot.
    pub(crate) fn first(self) -> Option<u16> {
        some(self.first)
    }

    /// Returns the last slot.
    pub(crate) fn last(self) -> Option<u16> {
        some(self.last)
    }
}

/// Each slot's neighbours in the list it is in.
#[derive(Debug)]
pub(crate) struct Links<const N: usize> {
    prev: [u16; N],
    next: [u16; N],
}

impl<const N: usize> Links<N> {
    /// No slot in any list.
    pub(crate) const fn new() -> Self {
        const { assert!(N < NONE as usize, "slots are numbered in 16 bits") };
        Self { prev: [NONE; N], next: [NONE; N] }
    }

    /// Returns the slot after `slot`.
    pub(crate) fn next(&self, slot: u16) -> Option<u16> {
        some(self.next[usize::from(slot)])
    }

    /// Returns the slot before `slot`.
    pub(crate) fn prev(&self, slot: u16) -> Option<u16> {
        some(self.prev[usize::from(slot)])
    }

    /// Returns the slots of `list`, first to last.
    pub(crate) fn iter(&self, list: List) -> impl Iterator<Item = u16> {
        core::iter::successors(list.first(), |slot| self.next(*slot))
    }

    /// Puts `slot` after all others.
    pub(crate) fn push_back(&mut self, list: &mut List, slot: u16) {
        self.insert_after(list, list.last(), slot);
    }

    /// Puts `slot` in front of all others.
    pub(crate) fn push_front(&mut self, list: &mut List, slot: u16) {
        self.insert_after(list, None, slot);
    }

    /// Puts `slot` after `before`, or before all others if that is `None`.
    pub(crate) fn insert_after(&mut self, list: &mut List, before: Option<u16>, slot: u16) {
        let before = before.unwrap_or(NONE);
        let after = if before == NONE { list.first } else { self.next[usize::from(before)] };
        self.prev[usize::from(slot)] = before;
        self.next[usize::from(slot)] = after;
        self.join(list, before, slot);
        self.join(list, slot, after);
    }

    /// Takes `slot` out of `list`, which it is in.
    pub(crate) fn remove(&mut self, list: &mut List, slot: u16) {
        let (before, after) = (self.prev[usize::from(slot)], self.next[usize::from(slot)]);
        self.join(list, before, after);
    }

    /// Makes `after` follow `before`; either may be an end of the list.
    fn join(&mut self, list: &mut List, before: u16, after: u16) {
        *(if before == NONE { &mut list.first } else { &mut self.next[usize::from(before)] }) = after;
        *(if after == NONE { &mut list.last } else { &mut self.prev[usize::from(after)] }) = before;
    }
}

fn some(slot: u16) -> Option<u16> {
    (slot != NONE).then_some(slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(links: &Links<8>, list: List) -> Vec<u16> {
        let forward: Vec<u16> = links.iter(list).collect();
        let mut backward: Vec<u16> = core::iter::successors(list.last(), |slot| links.prev(*slot)).collect();
        backward.reverse();
        assert_eq!(forward, backward);
        forward
    }

    #[test]
    fn a_list_keeps_its_order_when_slots_join_and_leave_anywhere() {
        let (mut links, mut list) = (Links::<8>::new(), List::EMPTY);
        for slot in [3, 1, 4] {
            links.push_back(&mut list, slot);
        }
        links.push_front(&mut list, 0);
        links.insert_after(&mut list, Some(1), 7);
        assert_eq!(slots(&links, list), [0, 3, 1, 7, 4]);
        links.remove(&mut list, 1);
        links.remove(&mut list, 0);
        links.remove(&mut list, 4);
        assert_eq!(slots(&links, list), [3, 7]);
        links.remove(&mut list, 3);
        links.remove(&mut list, 7);
        assert_eq!(slots(&links, list), []);
        links.push_back(&mut list, 5);
        assert_eq!(slots(&links, list), [5]);
    }
}
