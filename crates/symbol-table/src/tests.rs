use crate::{Symbol, SymbolTable, build};

const BASE: u64 = 0xFFFF_FFFF_8000_0000;

fn symbol(offset: u64, size: u64, name: &str) -> Symbol {
    Symbol { address: BASE + offset, size, name: name.to_owned() }
}

fn file() -> Vec<u8> {
    build(BASE, vec![symbol(0x200, 0, "label"), symbol(0x100, 0x10, "first"), symbol(0x300, 8, "last")])
}

fn found(file: &[u8], offset: u64) -> Option<(String, u64)> {
    let found = SymbolTable::parse(file).unwrap().find(BASE.wrapping_add(offset))?;
    Some((found.name.to_owned(), found.offset))
}

#[test]
fn an_address_is_found_in_the_function_that_it_lies_in() {
    assert_eq!(found(&file(), 0x100), Some(("first".into(), 0)));
    assert_eq!(found(&file(), 0x10F), Some(("first".into(), 0xF)));
    assert_eq!(found(&file(), 0x304), Some(("last".into(), 4)));
}

#[test]
fn a_function_without_a_size_reaches_to_the_next() {
    assert_eq!(found(&file(), 0x2FF), Some(("label".into(), 0xFF)));
}

#[test]
fn an_address_outside_all_functions_is_not_found() {
    assert_eq!(found(&file(), 0x110), None);
    assert_eq!(found(&file(), 0xFF), None);
    assert_eq!(found(&file(), 0x308), None);
    assert_eq!(found(&file(), u64::MAX), None);
    assert_eq!(found(&build(BASE, vec![]), 0), None);
}

#[test]
fn of_several_at_an_address_the_largest_stays() {
    let file = build(BASE, vec![symbol(0, 0, "label"), symbol(0, 4, "b"), symbol(0, 4, "a")]);
    assert_eq!(found(&file, 3), Some(("a".into(), 3)));
    assert_eq!(found(&file, 4), None);
}

#[test]
fn what_no_offset_can_reach_is_left_out() {
    let file =
        build(BASE, vec![Symbol { address: BASE - 1, size: 1, name: "below".into() }, symbol(1, 1, "in")]);
    assert_eq!(found(&file, 1), Some(("in".into(), 0)));
    assert_eq!(found(&file, u64::MAX), None);
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused() {
    let file = file();
    assert!(SymbolTable::parse(&file).is_some());
    for end in 0..file.len() {
        assert!(SymbolTable::parse(&file[..end]).is_none(), "{end} bytes");
    }
}

#[test]
fn wrong_numbers_yield_no_name_and_no_panic() {
    let good = file();
    for position in 8..good.len() {
        let mut bad = good.clone();
        bad[position] ^= 0xFF;
        if let Some(table) = SymbolTable::parse(&bad) {
            for offset in [0, 0x100, 0x250, 0x304, 0xFFFF_FFFF] {
                let _ = table.find(BASE.wrapping_add(offset));
            }
        }
    }
}

#[test]
fn a_name_with_a_control_character_is_not_shown() {
    let file =
        build(BASE, vec![symbol(0, 4, "\u{1B}[2Jmain"), symbol(4, 4, "\u{9B}2J"), symbol(8, 4, "größe")]);
    assert_eq!([0, 4].map(|offset| found(&file, offset)), [None, None]);
    assert_eq!(found(&file, 9), Some(("größe".into(), 1)));
}
