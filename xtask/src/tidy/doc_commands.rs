//! Commands on the pages are ones that `cargo xtask` has: each is parsed by the command line's own parser.

use anyhow::Result;
use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::markdown::Page;
use super::tree::Tree;
use super::{Finding, Rule};
use crate::cli::Cli;

pub(super) const RULE: Rule = Rule {
    name: "doc-commands",
    requires: "each `cargo xtask ...` on a page is a command line that it takes",
    check,
    exceptions: &[],
};

const COMMAND: &str = "cargo xtask ";

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.with_extension("md") {
        let page = Page::read(file);
        let lines = page.blocks.iter().filter(|block| matches!(block.language(), "sh" | "text"));
        for (line, text) in lines.flat_map(|block| block.lines()).filter(|(_, text)| is_command(text)) {
            findings.extend(error(text, false).map(|message| Finding::new(&file.path, line, message)));
        }
        for (line, text) in page.spans.iter().filter(|(_, text)| text.starts_with(COMMAND)) {
            findings.extend(error(text, true).map(|message| Finding::new(&file.path, *line, message)));
        }
    }
    Ok(findings)
}

/// Returns whether a line of a block is a command, perhaps with a prompt or variables in front.
fn is_command(line: &str) -> bool {
    let before = line.split_once(COMMAND).map(|(before, _)| before);
    before.is_some_and(|before| {
        before.split_whitespace().all(|word| matches!(word, "$" | "&&") || word.contains('='))
    })
}

/// Returns what the parser says against the command in `text`. One that is only named may lack its arguments.
fn error(text: &str, is_only_named: bool) -> Option<String> {
    let (_, arguments) = text.split_once(COMMAND)?;
    let words = [COMMAND.trim_end().to_owned()].into_iter().chain(words(arguments));
    let error = Cli::try_parse_from(words).err()?;
    let is_good = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::MissingRequiredArgument | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            is_only_named
        }
        _ => is_only_named && has_placeholder(&error),
    };
    let reason = error.to_string();
    let reason = reason.lines().next().unwrap_or_default().trim_start_matches("error: ");
    (!is_good).then(|| format!("`{}`: {reason}", text.trim()))
}

/// Returns whether the value that the parser refuses is missing, or a placeholder such as `NUMBER`.
fn has_placeholder(error: &clap::Error) -> bool {
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else { return false };
    value.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// Splits arguments as a shell does, up to a comment or an operator.
fn words(arguments: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in arguments.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, '|' | '<' | '>' | ';' | '&') => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        check(&Tree::planted([("a.md", text)])).unwrap().iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn unknown_commands_and_options_are_found() {
        assert_eq!(
            found("```sh\ncargo xtask run\ncargo xtask rnu\nA=1 cargo xtask run --no-such\n```\n"),
            [3, 4]
        );
        assert_eq!(found("Call `cargo xtask rnu`.\n"), [1]);
    }

    #[test]
    fn missing_arguments_are_found_in_blocks_and_pass_in_text() {
        assert_eq!(found("```sh\ncargo xtask asm\n```\n"), [2]);
        assert!(found("Call `cargo xtask asm`.\n").is_empty());
        assert!(
            found("Call `cargo xtask sched`, `cargo xtask image --sign KEY --counter NUMBER`.\n").is_empty()
        );
        assert_eq!(found("Call `cargo xtask image --sign KEY --counter many`.\n"), [1]);
    }

    #[test]
    fn good_commands_pass() {
        let text = "```sh\n$ cargo xtask run --cmdline 'run=\"mem;ps\"' # text\ncargo xtask run < file\n\
                    cargo xtask --help\n```\n\n```rust\n// cargo xtask rnu\n```\n";
        assert!(found(text).is_empty());
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(words("a 'b \"c' \"\" # d"), ["a", "b \"c", ""]);
    }
}
