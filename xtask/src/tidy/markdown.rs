//! Pages: their headings, links, spans and blocks of code, each with its line.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::tree::File;

/// A page's parts.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The names by which links lead to its headings.
    pub(super) anchors: Vec<String>,
    /// Where its links and images lead, by line.
    pub(super) links: Vec<(usize, String)>,
    /// What is between backticks, by line.
    pub(super) spans: Vec<(usize, String)>,
    pub(super) blocks: Vec<Block>,
}

/// A fenced block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The line of its fence.
    pub(super) line: usize,
    /// What is on the fence: a language, then attributes.
    pub(super) info: String,
    /// Its lines, without the indentation of the list it is in.
    pub(super) text: String,
}

impl Block {
    /// Returns the language on the fence.
    pub(super) fn language(&self) -> &str {
        self.info.split([',', ' ']).next().unwrap_or_default()
    }

    /// Returns its lines with their numbers on the page.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (self.line + 1 + index, line))
    }
}

impl Page {
    /// Reads a page.
    pub(super) fn read(file: &File) -> Self {
        let mut page = Self::default();
        let mut heading = None;
        let mut is_in_block = false;
        let mut seen = BTreeMap::new();
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        for (event, range) in Parser::new_ext(&file.text, options).into_offset_iter() {
            let line = line_of(&file.text, &range);
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push((line, dest_url.into_string()));
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    page.anchors.extend(heading.take().map(|text| unique(anchor(&text), &mut seen)));
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    is_in_block = true;
                    page.blocks.push(Block { line, info: info.into_string(), text: String::new() });
                }
                Event::End(TagEnd::CodeBlock) => is_in_block = false,
                Event::Code(text) => {
                    heading.iter_mut().for_each(|heading| heading.push_str(&text));
                    page.spans.push((line, text.into_string()));
                }
                Event::Text(text) => match (&mut heading, page.blocks.last_mut()) {
                    (Some(heading), _) => heading.push_str(&text),
                    (None, Some(block)) if is_in_block => block.text.push_str(&text),
                    _ => {}
                },
                _ => {}
            }
        }
        page
    }
}

fn line_of(text: &str, range: &Range<usize>) -> usize {
    1 + text[..range.start].matches('\n').count()
}

/// Returns the anchor that GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Numbers a name that the page already has.
fn unique(anchor: String, seen: &mut BTreeMap<String, usize>) -> String {
    let count = seen.entry(anchor.clone()).or_default();
    *count += 1;
    if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Tree;

    fn page(text: &str) -> Page {
        Page::read(&Tree::planted([("a.md", text)]).files[0])
    }

    #[test]
    fn headings_have_githubs_anchors() {
        let page = page("# `arch`: traps, and more\n\n## Twice\n\n## Twice\n");
        assert_eq!(page.anchors, ["arch-traps-and-more", "twice", "twice-1"]);
    }

    #[test]
    fn links_and_spans_have_their_lines() {
        let page = page("text\n[a](b.md#c) and `x/y`\n\n| ![i](p.png) |\n|---|\n");
        assert_eq!(page.links, [(2, "b.md#c".to_owned()), (4, "p.png".to_owned())]);
        assert_eq!(page.spans, [(2, "x/y".to_owned())]);
    }

    #[test]
    fn blocks_in_lists_have_their_lines_without_the_indentation() {
        let page = page("1. text\n\n   ```sh\n   one\n\n     two\n   ```\n\nmore\n\n    indented\n");
        let block = &page.blocks[0];
        assert_eq!((block.line, block.language(), block.text.as_str()), (3, "sh", "one\n\n  two\n"));
        assert_eq!(block.lines().last(), Some((6, "  two")));
    }
}
