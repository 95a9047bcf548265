//! `cargo xtask modcheck` as a program: its lines and its status.
#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use farjump_module_loader::sample::Sample;
use farjump_module_loader::{Rule, limits};

fn modcheck(arguments: &[&str], files: &[&Path]) -> (String, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_farjump"))
        .arg("modcheck")
        .args(arguments)
        .args(files)
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

struct Directory(tempfile::TempDir);

impl Directory {
    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

#[test]
fn each_file_gets_its_verdict_and_one_rejection_is_status_1() {
    let directory = Directory(tempfile::tempdir().unwrap());
    let good = directory.write("good.so", &Sample::new().bytes);
    let mut damaged = Sample::new();
    damaged.add_dynamic(22, 0);
    let bad = directory.write("bad.so", &damaged.bytes);
    let verdict = "ok: 4 segments, 8 relocations, exports answer, counter\n";
    assert_eq!(modcheck(&[], &[&good]), (format!("{}: {verdict}", good.display()), true));
    let (text, is_ok) = modcheck(&[], &[&bad, &good]);
    let rejection = format!("{}: refused: text-relocations: relocations in code (DT_TEXTREL)", bad.display());
    assert!(text.starts_with(&rejection) && text.ends_with(verdict) && !is_ok, "{text}");
}

#[test]
fn a_symbol_that_is_asked_for_has_to_be_there() {
    let directory = Directory(tempfile::tempdir().unwrap());
    let good = directory.write("good.so", &Sample::new().bytes);
    assert!(modcheck(&["--symbol", "answer", "--symbol", "counter"], &[&good]).1);
    let (text, is_ok) =
        modcheck(&["--symbol", "answer", "--symbol", "greet", "--symbol", "helper"], &[&good]);
    let line = format!("{}: refused: symbol: it doesn't export greet, helper\n", good.display());
    assert_eq!((text, is_ok), (line, false));
}

#[test]
fn what_is_no_module_at_all_is_refused_in_a_line() {
    let directory = Directory(tempfile::tempdir().unwrap());
    let large = directory.write("large.so", b"");
    fs::File::options().write(true).open(&large).unwrap().set_len(limits::FILE_SIZE as u64 * 100).unwrap();
    let empty = directory.write("empty.so", b"");
    let missing = directory.0.path().join("missing.so");
    for (file, reason) in [
        (large.as_path(), "refused: file-size: the file has more than 16 MiB"),
        (&empty, "refused: truncated: "),
        (&missing, "refused: unreadable: "),
        (directory.0.path(), "refused: unreadable: not a file"),
    ] {
        let (text, is_ok) = modcheck(&[], &[file]);
        assert!(text.starts_with(&format!("{}: {reason}", file.display())) && !is_ok, "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}

#[test]
fn the_page_on_modules_has_every_rule_in_its_own_words() {
    let page = include_str!("../../../docs/modules.md");
    for rule in Rule::ALL {
        let row = format!("| `{}` | {} |", rule.name(), rule.says());
        assert!(page.contains(&row), "docs/modules.md lacks the row: {row}");
    }
}
