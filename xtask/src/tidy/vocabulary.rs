//! The words that `docs/glossary.md` doesn't want: in comments, strings and identifiers, in assembly, pages and
//! manifests.

use anyhow::Result;

use super::glossary::{self, Entry};
use super::text::{self, Word};
use super::tree::{File, Tree};
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "vocabulary",
    requires: "no word that docs/glossary.md lists as not used",
    check,
    exceptions: &[],
};

const EXTENSIONS: [&str; 5] = ["rs", "S", "ld", "md", "toml"];

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let entries = glossary::entries(tree)?;
    let is_read = |file: &&File| {
        let extension = file.path.rsplit_once('.').map_or("", |(_, extension)| extension);
        EXTENSIONS.contains(&extension) && file.path != glossary::PAGE
    };
    Ok(tree.files.iter().filter(is_read).flat_map(|file| of_file(file, &entries)).collect())
}

fn of_file(file: &File, entries: &[Entry]) -> Vec<Finding> {
    let words = text::words(&file.text);
    let is_allowed = |entry: &&Entry| !entry.allowed_paths.iter().any(|path| file.path.starts_with(path));
    let finding = |line: usize, found: &str, entry: &Entry| {
        Finding::new(&file.path, line, format!("\"{found}\": write {}", entry.instead))
    };
    let mut findings = Vec::new();
    for entry in entries.iter().filter(is_allowed) {
        for at in 0..words.len() {
            if let Some(phrase) = entry.phrases.iter().find(|phrase| matches_at(&words, at, phrase))
                && !is_part_of(&words, at, phrase, &entry.allowed_phrases)
            {
                findings.push(finding(words[at].line, &phrase.join(" "), entry));
            }
        }
        for name in &entry.names {
            let lines = file
                .text
                .lines()
                .enumerate()
                .filter(|(_, line)| identifiers(line).any(|found| is_name(found, name)));
            findings.extend(lines.map(|(index, _)| finding(index + 1, name, entry)));
        }
    }
    findings
}

fn matches_at(words: &[Word], at: usize, phrase: &[String]) -> bool {
    let Some(found) = words.get(at..at + phrase.len()) else { return false };
    let is_whole = found.iter().skip(1).all(|word| word.continues);
    is_whole && found.iter().zip(phrase).all(|(word, wanted)| word.text == *wanted)
}

/// Returns whether the phrase at `at` stands within a longer phrase that is allowed.
fn is_part_of(words: &[Word], at: usize, phrase: &[String], allowed: &[Vec<String>]) -> bool {
    allowed.iter().any(|longer| {
        let offsets = 0..=longer.len().saturating_sub(phrase.len());
        offsets
            .filter(|offset| longer[*offset..].starts_with(phrase))
            .any(|offset| at.checked_sub(offset).is_some_and(|start| matches_at(words, start, longer)))
    })
}

/// Returns whether an identifier is the name, or begins as the name does up to its `*`.
fn is_name(found: &str, name: &str) -> bool {
    name.strip_suffix('*').map_or(found == name, |prefix| found.starts_with(prefix))
}

fn identifiers(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLOSSARY: &str = "## Words that are not used here\n\n| not | write | except |\n|---|---|---|\n\
        | wibble, wibbles | request | |\n| in the wobble of | during | |\n| fuzzy | unusual | fuzzy parity, `crates/fuzzy/` |\n\
        | `Stuff`, `TINY_*` | `HandoffData`, `MIN_` | |\n";

    fn found(path: &str, text: &str) -> Vec<(usize, String)> {
        let tree = Tree::planted([(glossary::PAGE, GLOSSARY), (path, text)]);
        check(&tree).unwrap().into_iter().map(|finding| (finding.line, finding.message)).collect()
    }

    #[test]
    fn a_word_is_found_in_comments_strings_and_identifiers() {
        let text = "// a wibble\nconst A: &str = \"Wibbles\";\nstruct KernelWibbles;\nfn find_wibbles() {}\n";
        assert_eq!(found("a.rs", text).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(found("a.S", "# wibble\n"), [(1, "\"wibble\": write request".to_owned())]);
    }

    #[test]
    fn only_whole_words_count() {
        assert!(found("a.md", "wibblebone, fuzzyly, swibble\n").is_empty());
    }

    #[test]
    fn a_phrase_is_found_across_lines() {
        assert_eq!(found("a.rs", "//! in the\n//! wobble of it\n").len(), 1);
        assert!(found("a.rs", "//! in the. Wobble of it\n").is_empty());
    }

    #[test]
    fn an_allowed_phrase_and_an_allowed_directory_are_not_found() {
        assert!(found("a.md", "8 bits, fuzzy parity\n").is_empty());
        assert!(found("crates/fuzzy/a.md", "fuzzy\n").is_empty());
        assert_eq!(found("a.md", "an fuzzy address\n").len(), 1);
    }

    #[test]
    fn a_name_is_matched_to_the_letter() {
        assert_eq!(found("a.rs", "struct Stuff;\n// the stuff\n").len(), 1);
        assert_eq!(found("a.rs", "const TINY_LETTERS: u8 = 1; // at TINY\n").len(), 1);
    }

    #[test]
    fn the_glossary_itself_may_name_them() {
        let tree = Tree::planted([(glossary::PAGE, GLOSSARY)]);
        assert!(check(&tree).unwrap().is_empty());
    }
}
