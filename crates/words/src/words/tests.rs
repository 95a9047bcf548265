use proptest::prelude::*;

use super::*;

fn texts(line: &str) -> Vec<&str> {
    words(line).map(Word::text).collect()
}

fn faults(line: &str) -> Vec<Option<QuoteFault>> {
    words(line).map(|word| word.fault).collect()
}

#[test]
fn spaces_of_any_number_stand_between_words() {
    assert_eq!(texts("  mem \t map\r\n"), ["mem", "map"]);
    assert_eq!(texts(" \t"), [""; 0]);
}

#[test]
fn quotes_hold_words_together() {
    assert_eq!(texts(r#"cat "a b.txt" 'c "d"' """#), ["cat", "a b.txt", r#"c "d""#, ""]);
}

#[test]
fn a_value_may_have_quotes() {
    let line = r#"run="peek 0x1000 16;uptime" log=debug exit empty="" last="#;
    let pairs: Vec<_> = words(line).map(Word::key_and_value).collect();
    let expected = [
        ("run", Some("peek 0x1000 16;uptime")),
        ("log", Some("debug")),
        ("exit", None),
        ("empty", Some("")),
        ("last", Some("")),
    ];
    assert_eq!(pairs, expected);
}

#[test]
fn a_quote_within_a_word_is_a_character() {
    assert_eq!(texts(r#"it's 5" a="#), ["it's", "5\"", "a="]);
    assert_eq!(faults("it's o'clock"), [None; 2]);
}

#[test]
fn an_open_quote_ends_at_the_next_space_with_a_fault() {
    let found: Vec<_> = words(r#"run="mem cpu exit"#).collect();
    assert_eq!(found[0], Word { raw: "run=\"mem", fault: Some(QuoteFault::Open) });
    assert_eq!(found[0].key_and_value(), ("run", Some("\"mem")));
    assert_eq!(found[1..].iter().map(|word| word.raw).collect::<Vec<_>>(), ["cpu", "exit"]);
}

#[test]
fn text_after_a_closing_quote_is_a_fault() {
    assert_eq!(faults(r#""a"b c"#), [Some(QuoteFault::TextAfterQuote), None]);
    assert_eq!(faults(r#""a"ä"#), [Some(QuoteFault::TextAfterQuote)]);
}

#[test]
fn a_command_is_its_words() {
    let words = CommandWords::parse(r#"spawn "a b" 7"#).unwrap();
    assert_eq!(words.get(), ["spawn", "a b", "7"]);
    assert!(CommandWords::parse("").unwrap().get().is_empty());
}

#[test]
fn a_command_of_too_many_words_or_open_quotes_is_refused() {
    let line = "x ".repeat(MAX_WORDS);
    assert_eq!(CommandWords::parse(&line).unwrap().get().len(), MAX_WORDS);
    assert_eq!(CommandWords::parse(&format!("{line}x")).unwrap_err(), LineError::TooManyWords);
    let open = CommandWords::parse("cat 'a b").unwrap_err();
    assert_eq!(open, LineError::Quote(QuoteFault::Open));
}

#[test]
fn semicolons_stand_between_commands_but_not_in_quotes() {
    let found: Vec<_> = commands("mem; cpu;;cat 'a;b' ; it's;x \"y").collect();
    assert_eq!(found, ["mem", "cpu", "cat 'a;b'", "it's", "x \"y"]);
    assert_eq!(commands(" ; ;").count(), 0);
}

proptest! {
    #[test]
    fn every_character_but_spaces_is_in_exactly_one_word(line in "[a\"'=; \tä\0-\u{7f}]{0,40}") {
        let of_words: String = words(&line).map(|word| word.raw).collect();
        let without_spaces = |text: &str| text.replace(is_space, "");
        prop_assert_eq!(without_spaces(&of_words), without_spaces(&line));
        for word in words(&line) {
            prop_assert!(!word.raw.is_empty());
            prop_assert!(word.raw.contains(word.text()));
        }
    }

    #[test]
    fn commands_are_parts_of_the_line(line in "[a\"'=; ä]{0,40}") {
        for command in commands(&line) {
            prop_assert!(line.contains(command) && !command.is_empty());
            let _ = CommandWords::parse(command);
        }
    }
}
