//! Lines of commands and the kernel's command line: words, quotes, numbers.

use farjump_words::words::{CommandWords, MAX_WORDS, commands, words};
use farjump_words::{number, synopsis};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "command-words", what: "the words of commands", corpus, run };

fn corpus() -> Vec<Vec<u8>> {
    [
        r#"run="peek 0x1000 16;uptime" log=debug cat 'a b.txt';; it's a="b c""#,
        "poke 0xFFFF_8000_0000_0000 4K 18446744073709551615 1G 0x;fault page\t;\u{e4} '\u{20ac}'",
        "a b c d e f g h i j k l m n o p \"q r\" 's;t' u=\"v;w\"",
    ]
    .map(Vec::from)
    .to_vec()
}

fn run(bytes: &[u8]) {
    let line = String::from_utf8_lossy(bytes);
    nothing_is_lost(&line);
    for command in commands(&line) {
        assert!(line.contains(command) && !command.is_empty() && command == command.trim_ascii());
        match CommandWords::parse(command) {
            Ok(parsed) => {
                let count = parsed.get().len();
                assert!((1..=MAX_WORDS).contains(&count));
                assert!(synopsis::takes("WORD...", count) && !synopsis::takes("", count));
            }
            Err(error) => assert_one_line(&error),
        }
    }
    words(&line).for_each(|word| read_number(word.text()));
}

/// Checks that all characters but spaces are in a word, in order, and that a word's text and value are parts of it.
fn nothing_is_lost(line: &str) {
    let mut rest = line;
    for word in words(line) {
        let (before, after) = rest.split_once(word.raw).unwrap_or(("lost", ""));
        assert!(before.trim_ascii().is_empty(), "{before:?} is in no word");
        rest = after;
        let (key, value) = word.key_and_value();
        assert!(word.raw.contains(word.text()) && word.raw.starts_with(key));
        assert!(value.is_none_or(|value| word.raw[key.len()..].contains(value)));
        assert!(word.fault.is_none_or(|fault| !fault.to_string().is_empty()));
    }
    assert!(rest.trim_ascii().is_empty(), "{rest:?} is in no word");
}

/// A number is read as it was written, however it is written again.
fn read_number(word: &str) {
    match number::parse(word) {
        Ok(number) => {
            assert_eq!(number::parse(&format!("{number:#x}")), Ok(number));
            assert_eq!(number::parse(&number.to_string()), Ok(number));
            if let Ok(plain) = word.parse::<u64>() {
                assert_eq!(plain, number);
            }
        }
        Err(error) => assert_one_line(&error),
    }
}
