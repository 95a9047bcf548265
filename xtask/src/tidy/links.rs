//! Links of the pages lead somewhere: relative ones to files and headings, paths between backticks to files, and pages that
//! sources name exist.

use anyhow::Result;

use super::exceptions::Exception;
use super::markdown::Page;
use super::tree::{File, Tree};
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "links",
    requires: "links, headings and paths that pages name exist",
    check,
    exceptions: EXCEPTIONS,
};

const EXCEPTIONS: &[Exception] = &[];

/// The tests here name pages that don't exist.
const OWN_DIRECTORY: &str = "xtask/src/tidy/";

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.with_extension("md") {
        let page = Page::read(file);
        findings.extend(page.links.iter().filter_map(|(line, link)| broken_link(tree, file, *line, link)));
        findings.extend(page.spans.iter().filter_map(|(line, span)| broken_path(tree, file, *line, span)));
    }
    for file in
        tree.files.iter().filter(|file| !file.path.ends_with(".md") && !file.path.starts_with(OWN_DIRECTORY))
    {
        let lines = file.text.lines().enumerate();
        let pages = lines.flat_map(|(index, line)| named_pages(line).map(move |page| (index + 1, page)));
        findings
            .extend(pages.filter(|(_, page)| !tree.has(page)).map(|(line, page)| missing(file, line, page)));
    }
    Ok(findings)
}

fn missing(file: &File, line: usize, path: &str) -> Finding {
    let subject = format!("{}: {path}", file.path);
    Finding::new(&file.path, line, format!("{path} doesn't exist: name what does")).about(subject)
}

fn broken_link(tree: &Tree, file: &File, line: usize, link: &str) -> Option<Finding> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { file.path.clone() } else { resolve(&file.path, path) };
    if !tree.has(&target) {
        return Some(missing(file, line, &target));
    }
    let anchor = anchor.filter(|_| target.ends_with(".md"))?;
    let anchors = Page::read(tree.file(&target)?).anchors;
    let message = || format!("{target} has no heading `#{anchor}`: it has {}", anchors.join(", "));
    (!anchors.iter().any(|name| name == anchor)).then(|| Finding::new(&file.path, line, message()))
}

/// Returns `path`, seen from the directory of `from`, relative to the root.
fn resolve(from: &str, path: &str) -> String {
    let mut parts = from.split('/').collect::<Vec<_>>();
    parts.pop();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

fn broken_path(tree: &Tree, file: &File, line: usize, span: &str) -> Option<Finding> {
    let is_path = span.chars().all(is_path_char);
    let (top, rest) = span.split_once('/')?;
    let is_in_tree = !top.is_empty() && tree.files.iter().any(|file| file.top() == top);
    (is_path && is_in_tree && !rest.is_empty() && !tree.has(span)).then(|| missing(file, line, span))
}

fn is_path_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-')
}

/// Returns the pages of `docs/` that a line of a source names.
fn named_pages(line: &str) -> impl Iterator<Item = &str> {
    let paths = line.match_indices("docs/").filter(|(at, _)| !line[..*at].ends_with(is_path_char));
    let paths = paths.map(|(at, _)| {
        let rest = &line[at..];
        rest[..rest.find(|c| !is_path_char(c)).unwrap_or(rest.len())].trim_end_matches('.')
    });
    paths.filter(|path| path.ends_with(".md"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let others = [("docs/b.md", "# Head\n"), ("kernel/src/lib.rs", "")];
        let tree = Tree::planted([others[0], others[1], (path, text)]);
        check(&tree).unwrap().into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn links_to_missing_files_and_headings_are_found() {
        assert_eq!(found("docs/a.md", "[a](c.md)\n").len(), 1);
        assert_eq!(found("docs/a.md", "[a](b.md#foot)\n").len(), 1);
        assert_eq!(found("docs/a.md", "# One\n[a](#two)\n").len(), 1);
        assert_eq!(found("docs/a.md", "![a](c.png)\n").len(), 1);
    }

    #[test]
    fn missing_paths_between_backticks_are_found() {
        assert_eq!(found("README.md", "`kernel/src/main.rs`\n").len(), 1);
        assert_eq!(found("README.md", "`kernel/source/`\n").len(), 1);
    }

    #[test]
    fn missing_pages_that_a_source_names_are_found() {
        assert_eq!(found("a.rs", "// See docs/c.md.\n").len(), 1);
        assert_eq!(found("a.rs", "// See docs/b.md.\n"), Vec::<String>::new());
    }

    #[test]
    fn good_links_pass() {
        let text = "# One\n[a](b.md) [b](b.md#head) [c](../kernel/src/lib.rs) [d](#one) [e](https://example.org)\n\
                    `kernel/` `kernel/src/lib.rs` `target/x` `kernel/*.rs` `and/or`\n";
        assert_eq!(found("docs/a.md", text), Vec::<String>::new());
    }
}
