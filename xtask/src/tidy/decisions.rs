//! The numbers of the decision records: each one is used, once, and stands in the record's title too.

use anyhow::Result;

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "decisions",
    requires: "docs/decisions/NNNN-NAME.md is numbered from 1 without holes, and begins with its number",
    check,
    exceptions: &[],
};

const DIRECTORY: &str = "docs/decisions/";

fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let records = tree.with_extension("md").filter(|file| file.path.starts_with(DIRECTORY));
    let mut findings = Vec::new();
    let mut next = 1;
    for file in records {
        let name = &file.path[DIRECTORY.len()..];
        let number = name.split_once('-').and_then(|(digits, _)| digits.parse::<u32>().ok());
        let Some(number) = number.filter(|_| name.as_bytes().get(4) == Some(&b'-')) else {
            findings.push(Finding::new(
                &file.path,
                1,
                "its name doesn't begin with four digits and `-`".to_owned(),
            ));
            continue;
        };
        if number != next {
            findings.push(Finding::new(&file.path, 1, format!("its number should be {next:04}")));
        }
        if !file.text.starts_with(&format!("# {number}. ")) {
            findings.push(Finding::new(&file.path, 1, format!("its title should begin with `# {number}. `")));
        }
        next += 1;
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
        check(&Tree::planted(files)).unwrap().into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn records_that_are_numbered_in_order_are_accepted() {
        assert!(
            found([("docs/decisions/0001-a.md", "# 1. A\n"), ("docs/decisions/0002-b.md", "# 2. B\n")])
                .is_empty()
        );
    }

    #[test]
    fn a_hole_a_duplicate_and_a_wrong_title_are_found() {
        let hole =
            found([("docs/decisions/0001-a.md", "# 1. A\n"), ("docs/decisions/0003-b.md", "# 3. B\n")]);
        assert_eq!(hole, ["its number should be 0002"]);
        let twice =
            found([("docs/decisions/0001-a.md", "# 1. A\n"), ("docs/decisions/0001-b.md", "# 1. B\n")]);
        assert_eq!(twice, ["its number should be 0002"]);
        assert_eq!(
            found([("docs/decisions/0001-a.md", "# 2. A\n")]),
            ["its title should begin with `# 1. `"]
        );
        assert_eq!(found([("docs/decisions/one.md", "# 1. A\n")]).len(), 1);
    }
}
