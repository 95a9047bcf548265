//! Keys, and the bytes that stand for them on a serial line.
//!
//! A terminal sends a key that has no character as a control character or an escape sequence. A sequence that is
//! unknown, malformed or cut off is passed over; a control character in its midst ends it, and counts: Ctrl-C
//! works always.
//!
//! Source: ECMA-48, "Control sequences"; the XTerm Control Sequences, "PC-Style Function Keys".

/// Bytes of a sequence before it is taken for noise.
const MAX_SEQUENCE_LEN: u8 = 16;

const ESCAPE: u8 = 0x1B;
const DELETE: u8 = 0x7F;

/// A key that does something to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the keys' names")]
pub enum Key {
    /// A printable ASCII character.
    Char(u8),
    Enter,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    /// Ctrl-C: give up.
    Interrupt,
    /// Ctrl-D: no more will come.
    EndOfInput,
    /// Ctrl-U: the line away.
    EraseLine,
    /// Ctrl-K: what is right of the cursor away.
    EraseToEnd,
    /// Ctrl-W: the word left of the cursor away.
    EraseWord,
    /// Ctrl-L: show the line anew.
    Redraw,
}

impl Key {
    /// Returns the key that a single character stands for; `None` if none does.
    #[must_use]
    pub const fn of_byte(byte: u8) -> Option<Self> {
        /// Returns the control character of a letter.
        const fn ctrl(letter: u8) -> u8 {
            letter & 0x1F
        }
        const A: u8 = ctrl(b'A');
        const B: u8 = ctrl(b'B');
        const C: u8 = ctrl(b'C');
        const D: u8 = ctrl(b'D');
        const E: u8 = ctrl(b'E');
        const F: u8 = ctrl(b'F');
        const H: u8 = ctrl(b'H');
        const K: u8 = ctrl(b'K');
        const L: u8 = ctrl(b'L');
        const N: u8 = ctrl(b'N');
        const P: u8 = ctrl(b'P');
        const U: u8 = ctrl(b'U');
        const W: u8 = ctrl(b'W');
        Some(match byte {
            b' '..=b'~' => Self::Char(byte),
            b'\r' | b'\n' => Self::Enter,
            H | DELETE => Self::Backspace,
            A => Self::Home,
            B => Self::Left,
            C => Self::Interrupt,
            D => Self::EndOfInput,
            E => Self::End,
            F => Self::Right,
            K => Self::EraseToEnd,
            L => Self::Redraw,
            N => Self::Down,
            P => Self::Up,
            U => Self::EraseLine,
            W => Self::EraseWord,
            _ => return None,
        })
    }
}

/// How far a key's bytes have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    /// After a carriage return: a line feed belongs to it.
    Return,
    /// After an escape.
    Escape,
    /// After ESC O: one character more.
    SingleShift,
    /// After ESC [: so many bytes, and the first number among them.
    Sequence { len: u8, number: u8, is_first: bool },
}

/// Makes keys of the bytes of a serial line.
#[derive(Debug, Default)]
pub struct KeyDecoder {
    state: State,
}

impl KeyDecoder {
    /// A decoder at the beginning of a key.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::Ground }
    }

    /// Takes the next byte; returns the key that it completes.
    pub const fn push(&mut self, byte: u8) -> Option<Key> {
        let state = core::mem::replace(&mut self.state, State::Ground);
        match (state, byte) {
            (_, ESCAPE) => self.state = State::Escape,
            (State::Return, b'\n') => {}
            (_, ..b' ' | DELETE..) => return self.single(byte),
            (State::Escape, b'[') => {
                self.state = State::Sequence { len: 0, number: 0, is_first: true };
            }
            (State::Escape, b'O') => self.state = State::SingleShift,
            (State::SingleShift, _) => return of_final(byte, 0),
            (State::Sequence { number, .. }, b'@'..=b'~') => return of_final(byte, number),
            (State::Sequence { len, number, is_first }, _) => {
                self.state = in_sequence(len, number, is_first, byte);
            }
            (State::Ground | State::Return | State::Escape, _) => return self.single(byte),
        }
        None
    }

    const fn single(&mut self, byte: u8) -> Option<Key> {
        if byte == b'\r' {
            self.state = State::Return;
        }
        Key::of_byte(byte)
    }
}

/// A parameter's byte, or an intermediate one. One sequence that doesn't end is noise.
const fn in_sequence(len: u8, number: u8, is_first: bool, byte: u8) -> State {
    if len == MAX_SEQUENCE_LEN {
        return State::Ground;
    }
    let number = match byte {
        b'0'..=b'9' if is_first => number.saturating_mul(10).saturating_add(byte - b'0'),
        _ => number,
    };
    State::Sequence { len: len + 1, number, is_first: is_first && byte.is_ascii_digit() }
}

/// Returns the key of a sequence with this last byte and first number.
const fn of_final(byte: u8, number: u8) -> Option<Key> {
    Some(match (byte, number) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', _) => Key::Right,
        (b'D', _) => Key::Left,
        (b'H', _) | (b'~', 1 | 7) => Key::Home,
        (b'F', _) | (b'~', 4 | 8) => Key::End,
        (b'~', 3) => Key::Delete,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut decoder = KeyDecoder::new();
        bytes.iter().filter_map(|byte| decoder.push(*byte)).collect()
    }

    #[test]
    fn a_lines_end_is_one_key_in_each_of_its_three_forms() {
        assert_eq!(keys(b"\r"), [Key::Enter]);
        assert_eq!(keys(b"\n"), [Key::Enter]);
        assert_eq!(keys(b"\r\n"), [Key::Enter]);
        assert_eq!(keys(b"\r\n\r\n\n\r\r"), [Key::Enter; 5]);
    }

    #[test]
    fn arrows_and_other_named_keys_are_known_in_all_dialects() {
        assert_eq!(keys(b"\x1B[A\x1B[B\x1BOC\x1BOD"), [Key::Up, Key::Down, Key::Right, Key::Left]);
        assert_eq!(keys(b"\x1B[H\x1BOH\x1B[1~\x1B[7~"), [Key::Home; 4]);
        assert_eq!(keys(b"\x1B[F\x1BOF\x1B[4~\x1B[8~"), [Key::End; 4]);
        assert_eq!(keys(b"\x1B[3~\x1B[3;5~"), [Key::Delete; 2]);
        assert_eq!(keys(b"\x1B[1;5D"), [Key::Left]);
    }

    #[test]
    fn what_is_unknown_is_passed_over_whole() {
        assert_eq!(keys(b"\x1B[15~\x1B[?25h\x1B[200~\x1BOPx"), [Key::Char(b'x')]);
        assert_eq!(keys(b"\xC3\xA4x\x00\xFF"), [Key::Char(b'x')]);
        assert_eq!(keys(b"\x1B[99999999~x"), [Key::Char(b'x')]);
    }

    #[test]
    fn an_escape_alone_takes_nothing_with_it() {
        assert_eq!(keys(b"\x1Bx"), [Key::Char(b'x')]);
        assert_eq!(keys(b"\x1B\x1B[A"), [Key::Up]);
    }

    #[test]
    fn a_control_character_ends_a_sequence_and_counts() {
        assert_eq!(keys(b"\x1B[1;\x03x"), [Key::Interrupt, Key::Char(b'x')]);
        assert_eq!(keys(b"\x1BO\rx"), [Key::Enter, Key::Char(b'x')]);
        assert_eq!(keys(b"\x1B[\x1B[C"), [Key::Right]);
    }

    #[test]
    fn a_sequence_without_an_end_swallows_no_more_than_seventeen_bytes() {
        let noise = [b"\x1B[".as_slice(), &[b'1'; 100]].concat();
        assert_eq!(keys(&noise).len(), 100 - usize::from(MAX_SEQUENCE_LEN) - 1);
    }

    proptest! {
        #[test]
        fn after_any_noise_an_interrupt_is_heard(noise: Vec<u8>) {
            let bytes = [noise.as_slice(), b"\x03"].concat();
            prop_assert_eq!(keys(&bytes).pop(), Some(Key::Interrupt));
        }

        #[test]
        fn characters_are_printable_ascii(bytes: Vec<u8>) {
            let all = keys(&bytes);
            prop_assert!(all.iter().all(|key| !matches!(key, Key::Char(byte) if !(b' '..=b'~').contains(byte))));
        }
    }
}
