//! Literals: 17, -17, 0x11, 0b1_0001, 'a'.

/// Why a literal is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberError {
    /// It isn't written as a number.
    NotANumber,
    /// It has more digits than any operand can hold.
    TooLarge,
}

/// Returns the value of a literal.
pub(super) fn parse(text: &str) -> Result<i64, NumberError> {
    if let Some(quoted) = text.strip_prefix('\'') {
        return character(quoted).map(|letter| i64::from(u32::from(letter))).ok_or(NumberError::NotANumber);
    }
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let magnitude = magnitude(digits)?;
    Ok(if is_negative { -magnitude } else { magnitude })
}

fn magnitude(text: &str) -> Result<i64, NumberError> {
    let (radix, digits) = match text.get(..2) {
        Some("0x" | "0X") => (16, &text[2..]),
        Some("0b" | "0B") => (2, &text[2..]),
        _ => (10, text),
    };
    // Underscores group digits; one must come first.
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return Err(NumberError::NotANumber);
    }
    let mut value = 0_i64;
    for letter in digits.chars().filter(|letter| *letter != '_') {
        let digit = letter.to_digit(radix).ok_or(NumberError::NotANumber)?;
        value = value.saturating_mul(radix.into()).saturating_add(digit.into());
    }
    if value > u32::MAX.into() { Err(NumberError::TooLarge) } else { Ok(value) }
}

/// Returns the character in front of the closing quote, which must be the last.
fn character(quoted: &str) -> Option<char> {
    let mut letters = quoted.strip_suffix('\'')?.chars();
    let letter = match letters.next()? {
        '\\' => match letters.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            escaped @ ('\\' | '\'') => escaped,
            _ => return None,
        },
        '\'' => return None,
        letter => letter,
    };
    letters.next().is_none().then_some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_every_kind_have_their_value() {
        for (text, value) in [
            ("0", 0),
            ("-17", -17),
            ("0x1F", 31),
            ("-0xf", -15),
            ("0b1_0001", 17),
            ("1_000", 1000),
            ("'a'", 97),
            ("'\\n'", 10),
            ("'\\''", 39),
            ("';'", 59),
            ("'ä'", 228),
            ("4294967295", 0xFFFF_FFFF),
        ] {
            assert_eq!(parse(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", "--1", "0x", "0b2", "12a", "_1", "'", "''", "'ab'", "'\\q'", "'''", "+1", "é"]
        {
            assert_eq!(parse(text), Err(NumberError::NotANumber), "{text}");
        }
        assert_eq!(parse("4294967296"), Err(NumberError::TooLarge));
        assert_eq!(parse(&"9".repeat(99)), Err(NumberError::TooLarge));
    }
}
