//! Keys that wait to be read: as many as fit. What comes when it is full is lost, and counted.

use crate::Key;

/// A queue of at most `N` keys.
#[derive(Debug)]
pub struct InputQueue<const N: usize> {
    keys: [Key; N],
    /// Where the oldest is.
    first: usize,
    len: usize,
    lost: u64,
}

impl<const N: usize> InputQueue<N> {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        // The contents of a free slot don't matter.
        Self { keys: [Key::Char(0); N], first: 0, len: 0, lost: 0 }
    }

    /// Adds a key if there is room.
    pub fn push(&mut self, key: Key) {
        if self.len == N {
            self.lost += 1;
            return;
        }
        self.keys[(self.first + self.len) % N] = key;
        self.len += 1;
    }

    /// Takes the oldest key.
    pub fn pop(&mut self) -> Option<Key> {
        let key = *self.keys.get(self.first).filter(|_| self.len > 0)?;
        self.first = (self.first + 1) % N;
        self.len -= 1;
        Some(key)
    }

    /// If `key` waits in the queue, takes it and all that came before it.
    pub fn take_up_to(&mut self, key: Key) -> bool {
        let waits = (0..self.len).any(|place| self.keys[(self.first + place) % N] == key);
        waits && core::iter::from_fn(|| self.pop()).any(|taken| taken == key)
    }

    /// Keys that found no room.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

impl<const N: usize> Default for InputQueue<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_out_in_their_order_around_the_end() {
        let mut queue = InputQueue::<3>::new();
        for byte in 0..20 {
            queue.push(Key::Char(byte));
            queue.push(Key::Enter);
            assert_eq!(
                [queue.pop(), queue.pop(), queue.pop()],
                [Some(Key::Char(byte)), Some(Key::Enter), None]
            );
        }
        assert_eq!(queue.lost(), 0);
    }

    #[test]
    fn what_finds_no_room_is_counted_and_the_rest_stays() {
        let mut queue = InputQueue::<2>::new();
        [1, 2, 3, 4].into_iter().for_each(|byte| queue.push(Key::Char(byte)));
        assert_eq!(queue.lost(), 2);
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some(Key::Char(1)), Some(Key::Char(2)), None]);
    }

    #[test]
    fn an_interrupt_is_found_after_other_keys_and_only_those_go_with_it() {
        let mut queue = InputQueue::<4>::new();
        [Key::Char(b'x'), Key::Interrupt, Key::Enter].into_iter().for_each(|key| queue.push(key));
        assert!(queue.take_up_to(Key::Interrupt));
        assert!(!queue.take_up_to(Key::Interrupt));
        assert_eq!([queue.pop(), queue.pop()], [Some(Key::Enter), None]);
    }
}
