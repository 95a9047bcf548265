//! Which linker script gets which number: what the build scripts say by `--defsym`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use farjump::workspace::Workspace;

/// Directories of what boots, whose build scripts hand linker scripts their numbers.
const PACKAGES: [&str; 4] = ["stage1", "stage2", "kernel", "tests/kernels"];

const SCRIPT: &str = "linker/";
const DEFSYM: &str = "--defsym=";

/// The numbers that one build script hands out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Defsyms {
    /// The build script, from the root of the tree.
    pub(super) build_script: String,
    /// The linker scripts that it names.
    pub(super) linker_scripts: Vec<String>,
    /// The symbols' names.
    pub(super) symbols: Vec<String>,
}

/// Those of the whole tree.
pub(super) fn in_tree(workspace: &Workspace) -> Result<Vec<Defsyms>> {
    let mut all = Vec::new();
    for package in PACKAGES {
        let build_script = format!("{package}/build.rs");
        let path = workspace.path(&build_script);
        if Path::new(&path).is_file() {
            let text = fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
            all.push(Defsyms {
                build_script,
                linker_scripts: words_after(&text, SCRIPT)
                    .into_iter()
                    .map(|name| format!("{SCRIPT}{name}.ld"))
                    .collect(),
                symbols: words_after(&text, DEFSYM),
            });
        }
    }
    Ok(all)
}

/// The words that follow each `prefix` in `text`, each once, in order.
fn words_after(text: &str, prefix: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (position, _) in text.match_indices(prefix) {
        let rest = &text[position + prefix.len()..];
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !['_', '-'].contains(&letter));
        let word = rest[..end.unwrap_or(rest.len())].to_owned();
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_scripts_symbols_and_scripts_are_found_once_each_and_in_order() {
        let text = r#"concat!("/../linker/stage1.ld") "--defsym=B_1={}" "--defsym=A={:#x}" "--defsym=A""#;
        assert_eq!(words_after(text, DEFSYM), ["B_1", "A"]);
        assert_eq!(words_after(text, SCRIPT), ["stage1"]);
    }
}
