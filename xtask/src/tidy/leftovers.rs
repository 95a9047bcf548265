//! What must not stay in a finished tree: notes of work to do, comments that ask for two places to be the same, nightly
//! features, and paths of one person's machine.

use anyhow::Result;

use super::tree::{File, Tree};
use super::{Finding, Rule, text};

pub(super) const RULE: Rule = Rule {
    name: "leftovers",
    requires: "no notes of work to do, no \"must match\" comments, no nightly features, no paths of one machine",
    check,
    exceptions: &[],
};

/// Phrases in comments and pages, and what to do about them.
const PHRASES: &[(&[&str], &str)] = &[
    (&["must", "match"], "define it once, or assert it"),
    (&["keep", "in", "sync"], "define it once, or assert it"),
    (&["duplicated", "from"], "define it once"),
    (&["todo"], "do it, or file an issue"),
    (&["fixme"], "fix it, or file an issue"),
];

/// Beginnings of code, and what to do about them.
const CODE: &[(&str, &str)] = &[
    ("todo!(", "write it, or return an error"),
    ("unimplemented!(", "write it, or return an error"),
    ("#![feature(", "stable Rust must do"),
];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: &[&str] = &["/home/", "/root/", "/Users/", "C:\\Users\\"];

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    Ok(tree.files.iter().flat_map(|file| [phrases(file), code(file), machine_paths(file)].concat()).collect())
}

fn phrases(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, comment) in text::comments(file) {
        let words = text::words(comment);
        for (phrase, advice) in PHRASES {
            let is_here = words
                .windows(phrase.len())
                .any(|window| window.iter().zip(*phrase).all(|(word, wanted)| word.text == *wanted));
            if is_here {
                findings.push(Finding::new(&file.path, line, format!("\"{}\": {advice}", phrase.join(" "))));
            }
        }
    }
    findings
}

fn code(file: &File) -> Vec<Finding> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let lines = file.text.lines().enumerate();
    lines
        .flat_map(|(index, line)| {
            let found = CODE.iter().filter(move |(start, _)| starts_a_token(line, start));
            found.map(move |(start, advice)| {
                Finding::new(&file.path, index + 1, format!("`{start}`: {advice}"))
            })
        })
        .collect()
}

/// Returns whether `start` is in `line`, outside a string that begins with it.
fn starts_a_token(line: &str, start: &str) -> bool {
    line.find(start).is_some_and(|at| {
        !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '`'))
    })
}

fn machine_paths(file: &File) -> Vec<Finding> {
    let lines = file.text.lines().enumerate();
    lines
        .flat_map(|(index, line)| {
            let found = MACHINE_PATHS.iter().filter(move |start| is_path(line, start));
            found.map(move |start| {
                let message = format!("a path of one machine, {start}...: name it relative to the tree");
                Finding::new(&file.path, index + 1, message)
            })
        })
        .collect()
}

/// Returns whether a path with a name after `start` is in `line`.
fn is_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let is_first = !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
        is_first && line[at + start.len()..].starts_with(|c: char| c.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::planted([(path, text)])).unwrap().len()
    }

    #[test]
    fn each_phrase_is_found_in_comments() {
        for comment in
            ["must match the other", "keep in sync with", "duplicated from b.rs", "TODO", "FIXME: x"]
        {
            assert_eq!(found("a.rs", &format!("// {comment}\n")), 1, "{comment}");
            assert_eq!(found("a.S", &format!("    ret // {comment}\n")), 1, "{comment}");
            assert_eq!(found("a.md", &format!("{comment}\n")), 1, "{comment}");
        }
    }

    #[test]
    fn unfinished_code_and_nightly_features_are_found() {
        assert_eq!(found("a.rs", concat!("fn f() { to", "do!() }\n")), 1);
        assert_eq!(found("a.rs", concat!("fn f() { un", "implemented!(\"x\") }\n")), 1);
        assert_eq!(found("a.rs", concat!("#![", "feature(naked)]\n")), 1);
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        assert_eq!(found("a.toml", concat!("path = \"/ho", "me/me/farjump\"\n")), 1);
        assert_eq!(found("a.md", concat!("in /Us", "ers/me\n")), 1);
    }

    #[test]
    fn good_text_passes() {
        let text =
            "// It matches.\nconst A: &str = \"must match\";\n// See docs/home/page.md and kernel/root/.\n";
        assert_eq!(found("a.rs", text), 0);
    }
}
