//! The last events, where there is no room for all.

use super::{Event, Recorder};

/// Keeps the last `CAPACITY` events and counts those it has dropped.
#[derive(Debug)]
pub struct EventRing<const CAPACITY: usize> {
    events: [Option<Event>; CAPACITY],
    recorded: u64,
    /// Where the next one goes.
    next: usize,
}

impl<const CAPACITY: usize> EventRing<CAPACITY> {
    /// No events.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(CAPACITY > 0, "a ring has room for an event") };
        Self { events: [None; CAPACITY], recorded: 0, next: 0 }
    }

    /// The events that are kept, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = Event> {
        let (newest, oldest) = self.events.split_at(self.next);
        oldest.iter().chain(newest).flatten().copied()
    }

    /// How many older ones were dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.recorded.saturating_sub(CAPACITY as u64)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

impl<const CAPACITY: usize> Default for EventRing<CAPACITY> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const CAPACITY: usize> Recorder for EventRing<CAPACITY> {
    fn record(&mut self, event: Event) {
        self.events[self.next] = Some(event);
        self.next = (self.next + 1) % CAPACITY;
        self.recorded += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EventKind;

    #[test]
    fn the_oldest_events_go_first_and_are_counted() {
        let mut ring = EventRing::<3>::new();
        let ticks = |ring: &EventRing<3>| ring.iter().map(|event| event.tick).collect::<Vec<_>>();
        for tick in 0..2 {
            ring.record(Event { tick, task: None, kind: EventKind::Boost });
        }
        assert_eq!((ticks(&ring), ring.dropped()), (vec![0, 1], 0));
        for tick in 2..5 {
            ring.record(Event { tick, task: None, kind: EventKind::Boost });
        }
        assert_eq!((ticks(&ring), ring.dropped()), (vec![2, 3, 4], 2));
    }
}
