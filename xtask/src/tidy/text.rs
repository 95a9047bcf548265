//! Words and comments of source files and pages.

use super::tree::File;

/// A word of a text, in lower case. `read_next_sector` and `ReadNextSector` are three words each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// The line it is on, counted from 1.
    pub(super) line: usize,
    /// Whether only space, an underscore or the start of a comment line separates it from the word before.
    pub(super) continues: bool,
}

/// Splits a text into words.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line_start = line.len() - line.trim_start_matches([' ', '\t', '/', '!', '#', '*', '>']).len();
        let mut end = line_start;
        for (start, part) in parts(line).into_iter().filter(|(start, _)| *start >= line_start) {
            let gap = &line[end..start];
            let continues = gap.chars().all(|c| matches!(c, ' ' | '\t' | '_'));
            words.push(Word { text: part.to_lowercase(), line: index + 1, continues });
            end = start + part.len();
        }
    }
    words
}

/// Splits a line into runs of letters, each with its place; a capital after a small letter starts a new one, and an
/// apostrophe between letters belongs to them, as in "isn't".
fn parts(line: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut start = None;
    let mut before = ' ';
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_joint = c == '\'' && chars.peek().is_some_and(|(_, next)| next.is_lowercase());
        let is_hump = c.is_uppercase() && before.is_lowercase();
        let continues = start.is_some() && (is_joint || c.is_alphabetic() && !is_hump);
        if !continues {
            parts.extend(start.take().map(|start| (start, &line[start..at])));
            start = c.is_alphabetic().then_some(at);
        }
        before = c;
    }
    parts.extend(start.map(|start| (start, &line[start..])));
    parts
}

/// Returns the comments of a source file, or the lines of a page, with their line numbers.
pub(super) fn comments(file: &File) -> Vec<(usize, &str)> {
    let after = |marker: &str| {
        let lines = file.text.lines().enumerate();
        lines.filter_map(|(index, line)| Some((index + 1, &line[line.find(marker)?..]))).collect()
    };
    match file.path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("rs") => rust_comments(&file.text),
        Some("S" | "ld") => after("//"),
        Some("toml") => after("#"),
        Some("md") => file.text.lines().enumerate().map(|(index, line)| (index + 1, line)).collect(),
        _ => Vec::new(),
    }
}

fn rust_comments(text: &str) -> Vec<(usize, &str)> {
    let mut comments = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let rest = &text[at..];
        let len = token_len(rest);
        let token = &rest[..len];
        if token.starts_with("//") || token.starts_with("/*") {
            comments.extend(token.lines().enumerate().map(|(index, text)| (line + index, text)));
        }
        line += token.matches('\n').count();
        at += len;
    }
    comments
}

/// Returns the length of what `rest` starts with: a comment, a string, a character, an identifier, or one character.
fn token_len(rest: &str) -> usize {
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let prefix = rest.len() - rest.trim_start_matches(['b', 'c']).len();
    if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("/*") {
        block_comment_len(rest)
    } else if let Some(len) = raw_string_len(rest, prefix) {
        len
    } else if rest[prefix..].starts_with('"') {
        prefix + quoted_len(&rest[prefix..], '"')
    } else if rest.starts_with('\'') {
        char_len(rest)
    } else if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
    } else {
        first
    }
}

fn block_comment_len(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        let Some(next) = rest[at..].find(['/', '*']).map(|next| at + next) else { return rest.len() };
        match rest.as_bytes().get(next..next + 2) {
            Some(b"/*") => depth += 1,
            Some(b"*/") => depth -= 1,
            _ => {
                at = next + 1;
                continue;
            }
        }
        at = next + 2;
        if depth == 0 {
            return at;
        }
    }
}

fn raw_string_len(rest: &str, prefix: usize) -> Option<usize> {
    let hashes = rest[prefix..].strip_prefix('r')?;
    let count = hashes.len() - hashes.trim_start_matches('#').len();
    let body = hashes[count..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(count));
    let start = rest.len() - body.len();
    Some(body.find(&end).map_or(rest.len(), |at| start + at + end.len()))
}

fn quoted_len(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Returns the length of a character such as `'x'` or `'\n'`; of a lifetime, only its tick's.
fn char_len(rest: &str) -> usize {
    let mut chars = rest.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => quoted_len(rest, '\''),
        (Some(c), Some('\'')) => c.len_utf8() + 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Tree;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn identifiers_are_split_into_their_words() {
        assert_eq!(
            texts("KernelFlags find_flags IS_A_DRIVE"),
            ["kernel", "flags", "find", "flags", "is", "a", "drive"]
        );
    }

    #[test]
    fn an_apostrophe_belongs_to_its_word() {
        assert_eq!(texts("kernel's 'quoted' isn't b'X'"), ["kernel's", "quoted", "isn't", "b", "x"]);
    }

    #[test]
    fn a_phrase_continues_over_a_line_of_comment_and_ends_at_punctuation() {
        let words = words("// in the\n/// midst of. It");
        assert_eq!(
            words.iter().map(|word| word.continues).collect::<Vec<_>>(),
            [true, true, true, true, false]
        );
        assert_eq!(words[2].line, 2);
    }

    #[test]
    fn strings_and_characters_are_no_comments() {
        let text =
            "let a = \"// no\"; let b = r#\"/* \" no\"#; let c = '\"'; // yes\nfn f<'a>() {} /* and\nyes */";
        let tree = Tree::planted([("a.rs", text)]);
        assert_eq!(comments(&tree.files[0]), [(1, "// yes"), (2, "/* and"), (3, "yes */")]);
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        let tree = Tree::planted([("a.rs", "let a = \"\\\"// no\"; let b = '\\''; // yes")]);
        assert_eq!(comments(&tree.files[0]), [(1, "// yes")]);
    }
}
