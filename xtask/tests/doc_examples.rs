//! Packages that switch their doc tests off have no examples to test. A run of rustdoc for each package takes longer than
//! all doc tests together.

#![expect(clippy::unwrap_used, reason = "it is a test")]

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the Rust files in a directory and those below it.
fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = |path: PathBuf| if path.is_dir() { rust_files(&path) } else { vec![path] };
    paths.flat_map(files).filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// Returns the lines that begin an example which rustdoc would test.
fn examples(text: &str) -> Vec<&str> {
    let mut is_inside = false;
    let fences = text.lines().filter_map(|line| {
        let comment = line.trim_start();
        let rest = comment.strip_prefix("//!").or_else(|| comment.strip_prefix("///"))?;
        rest.trim_start().strip_prefix("```").map(|info| (line, info.trim()))
    });
    let mut found = Vec::new();
    for (line, info) in fences {
        is_inside = !is_inside;
        let is_rust = ["", "rust", "no_run", "should_panic", "compile_fail"]
            .contains(&info.split(',').next().unwrap_or_default().trim());
        if is_inside && is_rust && !info.contains("ignore") {
            found.push(line);
        }
    }
    found
}

#[test]
fn an_example_in_the_docs_of_a_package_is_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut untested = 0;
    for directory in ["crates", "tools", "fuzz", "."] {
        for entry in fs::read_dir(root.join(directory)).unwrap() {
            let package = entry.unwrap().path();
            let Ok(manifest) = fs::read_to_string(package.join("Cargo.toml")) else { continue };
            if !manifest.lines().any(|line| line == "doctest = false") {
                continue;
            }
            untested += 1;
            for file in rust_files(&package.join("src")) {
                let text = fs::read_to_string(&file).unwrap();
                let examples = examples(&text);
                let name = file.display();
                assert!(
                    examples.is_empty(),
                    "{name}: `doctest = false`, and there are examples: {examples:?}"
                );
            }
        }
    }
    assert!(untested > 0, "no package was looked at");
}

#[test]
fn examples_are_told_from_drawings() {
    let found = |text| examples(text).len();
    assert_eq!(found("/// ```\n/// f();\n/// ```\n"), 1);
    assert_eq!(found("    //! ```no_run\n//! ```\n/// ```rust,no_run\n/// ```\n"), 2);
    assert_eq!(found("/// ```text\n/// ```\n/// ```ignore\n/// ```\n/// ```rust,ignore (why)\n/// ```\n"), 0);
}
