//! What the linker says, without the page of arguments that rustc prints around it.

use std::fmt::Write as _;

use cargo_metadata::diagnostic::Diagnostic;

/// A diagnostic as it is shown: the compiler's own rendering, but of a link that failed only the
/// linker's lines, which say which region is too small and by how many bytes.
pub(super) fn readable(target: &str, diagnostic: &Diagnostic) -> String {
    let rendered = diagnostic.rendered.clone().unwrap_or_else(|| diagnostic.message.clone());
    if !diagnostic.message.starts_with("linking with") {
        return rendered;
    }
    let said = diagnostic.children.iter().flat_map(|note| note.message.lines());
    let mut text = String::new();
    for line in said.filter_map(linker_line) {
        // Writing to a String can't fail.
        let _ = writeln!(text, "error: {target} doesn't link: {line}");
    }
    if text.is_empty() { rendered } else { text }
}

fn linker_line(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once(": ")?;
    name.ends_with("lld").then_some(rest.strip_prefix("error: "))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(message: &str, note: &str) -> Diagnostic {
        let json = format!(
            r#"{{"message": {message:?}, "code": null, "level": "error", "spans": [], "rendered": "all of it",
                "children": [{{"message": {note:?}, "code": null, "level": "note", "spans": [], "children": [],
                "rendered": null}}]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn of_a_link_that_failed_only_the_linkers_lines_are_shown() {
        let note = "rust-lld: error: section '.boot' will not fit in region 'ROOM': overflowed by 24 bytes\n";
        assert_eq!(
            readable("stage1", &diagnostic("linking with `rust-lld` failed: exit status: 1", note)),
            "error: stage1 doesn't link: section '.boot' will not fit in region 'ROOM': overflowed by 24 bytes\n"
        );
    }

    #[test]
    fn all_other_diagnostics_are_shown_whole() {
        assert_eq!(readable("stage1", &diagnostic("unused variable", "lld: error: x")), "all of it");
        assert_eq!(readable("stage1", &diagnostic("linking with `rust-lld` failed", "killed")), "all of it");
    }
}
