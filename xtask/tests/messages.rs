//! Whether `docs/errors.md` and the sources agree: every message of a boot is on the page, and every message on the
//! page is in a source.
//!
//! A message is a string literal in a `Display` of an error, in `console::error!` or `console::info!`, in
//! `#[error(...)]`, or in the assembly's `.ascii`. What stands in braces is left out of the comparison: the page may
//! call a number otherwise than the source.

#![expect(clippy::unwrap_used, reason = "it is a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Shorter parts of messages are too common to be compared.
const MIN_LETTERS: usize = 5;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The sources below `directory` with one of these endings, without tests.
fn sources(directory: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut directories = vec![root().join(directory)];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if entry.is_dir() && name != "tests" {
                directories.push(entry);
            } else if endings.iter().any(|ending| name.ends_with(ending)) && name != "tests.rs" {
                found.push((entry.clone(), fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    found
}

/// The string literals in Rust or assembly `text`, escapes undone, in order.
fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line_or_code in [text] {
        let mut chars = line_or_code.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                // A comment, and a character such as '"'.
                '/' if chars.peek() == Some(&'/') => drop(chars.by_ref().find(|c| *c == '\n')),
                '\'' if chars.peek() == Some(&'"') => drop(chars.by_ref().nth(1)),
                '"' => found.push(literal(&mut chars)),
                _ => {}
            }
        }
    }
    found
}

fn literal(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                Some('n' | 'r') | None => {}
                Some(other) => text.push(other),
            },
            other => text.push(other),
        }
    }
    text
}

/// Without what stands in braces.
fn normal(text: &str) -> String {
    let mut normal = String::new();
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '{' => {
                depth += 1;
                normal.push('{');
            }
            '}' if depth > 0 => {
                depth -= 1;
                normal.push('}');
            }
            c if depth == 0 => normal.push(c),
            _ => {}
        }
    }
    normal.trim().to_owned()
}

fn says_something(message: &str) -> bool {
    message.chars().filter(|c| c.is_ascii_alphabetic()).count() >= MIN_LETTERS
}

/// The parts of `text` that begin with `start` and go to `end`.
fn parts<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.match_indices(start)
        .map(|(at, _)| text[at..].split_once(end).map_or(&text[at..], |(part, _)| part))
        .collect()
}

/// The messages of a boot in the sources, each with its file.
fn messages() -> Vec<(PathBuf, String)> {
    let mut messages = Vec::new();
    for directory in
        ["stage1/src", "stage2/src", "crates/fs/src", "crates/loader/src", "tools/disk-image/src"]
    {
        for (path, text) in sources(directory, &[".rs", ".S"]) {
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let mut places = Vec::new();
            for part in parts(code, "fmt::Display for ", "\n}\n") {
                let name =
                    part.trim_start_matches("fmt::Display for ").split([' ', '<']).next().unwrap_or_default();
                places.extend(Some(part).filter(|_| name.ends_with("Error")));
            }
            places.extend(parts(code, "console::error!(", ");"));
            places.extend(parts(code, "console::info!(", ");"));
            places.extend(parts(code, "#[error(", ")]\n"));
            places.extend(
                code.lines()
                    .filter(|line| line.contains(".ascii \"stage2: ") || line.contains("_text:    .ascii")),
            );
            let found = places
                .into_iter()
                .flat_map(|place| literals(&without_attributes(place)))
                .map(|message| normal(&message));
            messages.extend(
                found.filter(|message| says_something(message)).map(|message| (path.clone(), message)),
            );
        }
    }
    messages
}

/// Without `#[cfg(feature = "...")]`, which says nothing to people.
fn without_attributes(code: &str) -> String {
    code.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("#[cfg(")).collect()
}

/// What stands in backquotes on the page.
fn spans(text: &str) -> Vec<String> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('`') {
        let quotes = 1 + after.chars().take_while(|c| *c == '`').count();
        let end = "`".repeat(quotes);
        let Some((span, after)) = after[quotes - 1..].split_once(&end) else { break };
        spans.push(normal(span));
        rest = after;
    }
    spans
}

fn page() -> String {
    fs::read_to_string(root().join("docs/errors.md")).unwrap()
}

#[test]
fn every_message_of_a_boot_is_on_the_page() {
    let spans = spans(&page());
    let messages = messages();
    assert!(messages.len() > 100, "only {} messages were found in the sources", messages.len());
    let missing: BTreeSet<_> = messages
        .iter()
        .filter(|(_, message)| !spans.iter().any(|span| span.contains(message.as_str())))
        .map(|(path, message)| format!("{}: {message}", path.strip_prefix(root()).unwrap().display()))
        .collect();
    assert!(missing.is_empty(), "docs/errors.md lacks:\n{}", Vec::from_iter(missing).join("\n"));
}

/// Returns whether the message `span` of the page is the source's `text`, or has it for at least a quarter: a common end, such
/// as ": check the file system", or a step before it is another literal.
fn is_said_by(span: &str, text: &str) -> bool {
    text.contains(span) || (span.contains(text) && text.len() * 4 >= span.len())
}

#[test]
fn every_message_on_the_page_is_in_a_source() {
    let page = page();
    let boot = page.split("## INT 13h status").next().unwrap();
    let mut texts = Vec::new();
    for directory in ["stage1/src", "stage2/src", "crates/fs/src", "crates/loader/src"] {
        for (_, text) in sources(directory, &[".rs", ".S"]) {
            texts.extend(literals(&text).iter().map(|text| normal(text)).filter(|text| says_something(text)));
        }
    }
    let rows = boot.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next()).flat_map(spans);
    let stated: Vec<_> = cells.filter(|span| says_something(span)).collect();
    assert!(stated.len() > 80, "only {} messages were found on the page", stated.len());
    let unknown: BTreeSet<_> =
        stated.into_iter().filter(|span| !texts.iter().any(|text| is_said_by(span, text))).collect();
    assert!(unknown.is_empty(), "no source says:\n{}", Vec::from_iter(unknown).join("\n"));
}

#[test]
fn the_reader_of_literals_knows_escapes_comments_and_broken_lines() {
    let text = "f(\"a \\\"b\\\" \\\n     c\", '\"', \"{d}\") // \"e\"\n\"f\"";
    assert_eq!(literals(text), ["a \"b\" c", "{d}", "f"]);
    assert_eq!(normal("at {address:#x}, {}"), "at {}, {}");
    assert_eq!(spans("a `b` ``c`d`` e"), ["b", "c`d"]);
}
