//! The table of words that aren't used, as `docs/glossary.md` has it.

use anyhow::{Context as _, Result, bail, ensure};

use super::text;
use super::tree::Tree;

/// The page.
pub(super) const PAGE: &str = "docs/glossary.md";

/// The heading of its table of words that aren't used.
const HEADING: &str = "## Words that are not used here";

/// A row of the table: words or phrases, and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The first cell's words or phrases, each as its words.
    pub(super) phrases: Vec<Vec<String>>,
    /// Names from the first cell, matched to the letter as whole identifiers.
    pub(super) names: Vec<String>,
    /// The second cell: what to write.
    pub(super) instead: String,
    /// Longer phrases in which the word is right.
    pub(super) allowed_phrases: Vec<Vec<String>>,
    /// Files and directories in which the word is right.
    pub(super) allowed_paths: Vec<String>,
}

/// Reads the table.
///
/// # Errors
/// The page or the table is missing, or a row has other than three cells.
pub(super) fn entries(tree: &Tree) -> Result<Vec<Entry>> {
    let page = tree.file(PAGE).with_context(|| format!("there is no {PAGE}"))?;
    let (_, table) =
        page.text.split_once(HEADING).with_context(|| format!("{PAGE} has no heading `{HEADING}`"))?;
    let table = table.split("\n## ").next().unwrap_or_default();
    let rows =
        table.lines().filter(|line| line.starts_with('|')).skip(2).map(entry).collect::<Result<Vec<_>>>()?;
    ensure!(!rows.is_empty(), "{PAGE}: the table below `{HEADING}` is empty");
    Ok(rows)
}

fn entry(row: &str) -> Result<Entry> {
    let cells = row.trim().trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let [unused, instead, exceptions] = cells[..] else { bail!("{PAGE}: not three cells: {row}") };
    let list = |cell: &str| {
        cell.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let (names, phrases) = list(unused).into_iter().partition::<Vec<_>, _>(|item| item.starts_with('`'));
    let (paths, allowed) = list(exceptions).into_iter().partition::<Vec<_>, _>(|item| item.starts_with('`'));
    let bare = |item: String| item.trim_matches('`').to_owned();
    let phrase = |item: String| text::words(&item).into_iter().map(|word| word.text).collect::<Vec<_>>();
    Ok(Entry {
        phrases: phrases.into_iter().map(phrase).collect(),
        names: names.into_iter().map(bare).collect(),
        instead: instead.to_owned(),
        allowed_phrases: allowed.into_iter().map(phrase).collect(),
        allowed_paths: paths.into_iter().map(bare).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_words_names_and_exceptions() {
        let page = "## Words that are not used here\n\n| not | write | except |\n|---|---|---|\n\
                    | fuzzy, `Fuzzy` | unusual | fuzzy parity, `docs/a.md` |\n";
        let entries = entries(&Tree::planted([(PAGE, page)])).unwrap();
        assert_eq!(
            entries,
            [Entry {
                phrases: vec![vec!["fuzzy".to_owned()]],
                names: vec!["Fuzzy".to_owned()],
                instead: "unusual".to_owned(),
                allowed_phrases: vec![vec!["fuzzy".to_owned(), "parity".to_owned()]],
                allowed_paths: vec!["docs/a.md".to_owned()],
            }]
        );
    }

    #[test]
    fn a_page_without_the_table_is_an_error() {
        assert!(entries(&Tree::planted([(PAGE, "# Glossary\n")])).is_err());
        assert!(entries(&Tree::planted([])).is_err());
    }
}
