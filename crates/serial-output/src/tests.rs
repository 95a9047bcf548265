//! A line that can be made to stand still, and that counts what it is asked.

use proptest::prelude::*;

use super::{Output, Transmitter};

const SIZE: usize = 32;

#[derive(Debug, Default)]
struct Line {
    /// Times that it takes `depth` bytes before it stands still.
    turns: usize,
    depth: usize,
    /// Bytes that it takes before it is to be asked again.
    left: usize,
    sent: Vec<u8>,
    looks: usize,
    waits: usize,
}

impl Line {
    fn moving(depth: usize) -> Self {
        Self { turns: usize::MAX, depth, ..Self::default() }
    }

    fn still(depth: usize) -> Self {
        Self { turns: 0, ..Self::moving(depth) }
    }
}

impl Transmitter for Line {
    fn is_ready(&mut self) -> bool {
        self.looks += 1;
        let is_ready = self.turns > 0;
        if is_ready {
            self.turns -= 1;
            self.left = self.depth;
        }
        is_ready
    }

    fn depth(&self) -> usize {
        self.depth
    }

    fn send(&mut self, byte: u8) {
        assert!(self.left > 0, "a byte more than the transmitter takes");
        self.left -= 1;
        self.sent.push(byte);
    }

    fn wait(&mut self) -> bool {
        self.waits += 1;
        self.turns > 0
    }
}

fn push_all(output: &mut Output<SIZE>, bytes: impl IntoIterator<Item = u8>, line: &mut Line) {
    bytes.into_iter().for_each(|byte| output.push(byte, line));
}

#[test]
fn the_transmitter_is_asked_once_for_all_that_its_fifo_holds() {
    let (mut output, mut line) = (Output::<SIZE>::new(), Line::moving(16));
    push_all(&mut output, 0..32, &mut line);
    output.advance(&mut line);
    assert_eq!((line.looks, line.waits), (2, 0));
    assert_eq!(line.sent, Vec::from_iter(0..32));
}

#[test]
fn a_full_queue_waits_for_a_line_that_moves_and_loses_nothing() {
    let (mut output, mut line) = (Output::<SIZE>::new(), Line::moving(1));
    push_all(&mut output, 0..200, &mut line);
    output.flush(&mut line);
    assert_eq!(line.sent, Vec::from_iter(0..200));
    assert_eq!(output.take_lost(), 0);
}

#[test]
fn after_one_time_out_a_byte_costs_one_look() {
    let (mut output, mut line) = (Output::<SIZE>::new(), Line::still(16));
    push_all(&mut output, 0..33, &mut line);
    assert_eq!(line.waits, 1, "the first byte without room waits");
    let looks = line.looks;
    push_all(&mut output, 0..100, &mut line);
    output.flush(&mut line);
    assert_eq!(line.waits, 1, "no other does");
    assert_eq!(line.looks - looks, 100 + 1, "one for each byte, one for the flush");
    assert!(output.stands_still());
    assert_eq!(output.take_lost(), 0, "nothing can be said of it yet");
}

#[test]
fn what_was_queued_leaves_in_order_when_the_line_moves_again() {
    let (mut output, mut line) = (Output::<SIZE>::new(), Line::still(16));
    push_all(&mut output, 0..42, &mut line);
    line.turns = usize::MAX;
    output.flush(&mut line);
    assert_eq!(line.sent, Vec::from_iter(0..32));
    assert!(!output.stands_still());
    assert_eq!((output.take_lost(), output.take_lost()), (10, 0));
    push_all(&mut output, 42..150, &mut line);
    output.flush(&mut line);
    assert_eq!(line.sent[32..], Vec::from_iter(42..150));
    assert_eq!(output.take_lost(), 0);
}

#[test]
fn a_line_that_timed_out_is_not_waited_for() {
    let (mut output, mut line) = (Output::<SIZE>::new(), Line::still(16));
    output.push(1, &mut line);
    output.give_up();
    output.flush(&mut line);
    assert_eq!(line.waits, 0);
    assert!(!output.is_empty());
}

proptest! {
    /// Whatever the line does, what it sends is what was queued, in order, less what was counted as lost.
    #[test]
    fn nothing_is_lost_uncounted(
        depth in 1_usize..=16,
        steps in proptest::collection::vec((0_u8..=40, 0_usize..4, any::<bool>()), 0..60),
    ) {
        let (mut output, mut line) = (Output::<SIZE>::new(), Line::still(depth));
        let (mut next, mut pushed) = (0_u8, 0_u64);
        for (bytes, turns, flushes) in steps {
            line.turns = turns;
            for _ in 0..bytes {
                output.push(next, &mut line);
                (next, pushed) = (next.wrapping_add(1), pushed + 1);
            }
            if flushes { output.flush(&mut line) } else { output.advance(&mut line) }
        }
        line.turns = usize::MAX;
        output.flush(&mut line);
        prop_assert_eq!(line.sent.len() as u64 + output.take_lost(), pushed);
        prop_assert_eq!(output.sent(), line.sent.len() as u64);
        // A subsequence of what was pushed: each byte is found after the one before it.
        let mut all = (0..pushed).map(|number| number.to_le_bytes()[0]);
        let is_in_order = line.sent.iter().all(|byte| all.any(|pushed| pushed == *byte));
        prop_assert!(is_in_order);
    }
}
