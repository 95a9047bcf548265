//! The budget of each boot and each operation of the kernel: a file in xtask/, so that CI reports regressions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value};

/// What is measured may cost so much more than its budget, in percent, and so many instructions if that is more: what
/// moves from one toolchain to the next.
const TOLERANCE_PERCENT: u64 = 2;
const TOLERANCE_INSTRUCTIONS: u64 = 4;

/// What was measured, and how many instructions it took.
pub(super) type Count = (String, u64);

/// Instructions by the name of what takes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Budgets(BTreeMap<String, u64>);

impl Budgets {
    /// Reads the file.
    pub(super) fn load(path: &Path) -> Result<Self> {
        let advice = || format!("{}: `cargo xtask bench boot --write-budgets` writes it", path.display());
        Self::parse(&fs::read_to_string(path).with_context(advice)?).with_context(advice)
    }

    /// Reads the file, if there is one.
    pub(super) fn load_or_empty(path: &Path) -> Result<Self> {
        if path.exists() { Self::load(path) } else { Ok(Self::default()) }
    }

    fn parse(text: &str) -> Result<Self> {
        let map: Map<String, Value> = serde_json::from_str(text)?;
        let entry = |(name, value): (String, Value)| {
            let count = value.as_u64().with_context(|| format!("`{name}` has no number"))?;
            Ok((name, count))
        };
        map.into_iter().map(entry).collect::<Result<_>>().map(Self)
    }

    /// The same with what was measured now.
    pub(super) fn with(mut self, counts: &[Count]) -> Self {
        self.0.extend(counts.iter().cloned());
        self
    }

    /// Writes the file.
    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let map: Map<_, _> = self.0.iter().map(|(name, count)| (name.clone(), Value::from(*count))).collect();
        let text = format!("{:#}\n", Value::Object(map));
        fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
    }

    /// A sentence for each count that is too high or has no budget.
    pub(super) fn excesses(&self, counts: &[Count]) -> Vec<String> {
        counts.iter().filter_map(|(name, count)| self.excess(name, *count)).collect()
    }

    fn excess(&self, name: &str, count: u64) -> Option<String> {
        let Some(budget) = self.0.get(name) else { return Some(format!("{name}: has no budget yet")) };
        let allowed = budget + (budget * TOLERANCE_PERCENT / 100).max(TOLERANCE_INSTRUCTIONS);
        let over = count > allowed;
        over.then(|| format!("{name}: {count} instructions; its budget of {budget} allows {allowed}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_percent_more_is_allowed_and_no_more() {
        let budgets = Budgets::parse(r#"{ "ide, 64 KiB": 1000 }"#).unwrap();
        assert_eq!(budgets.excess("ide, 64 KiB", 1020), None);
        assert!(budgets.excess("ide, 64 KiB", 1021).unwrap().contains("budget of 1000 allows 1020"));
        assert!(budgets.excess("ahci, 64 KiB", 1).unwrap().contains("no budget"));
    }

    #[test]
    fn of_few_instructions_four_more_are_allowed() {
        let budgets = Budgets([("kernel: log line".to_owned(), 5)].into());
        assert_eq!(budgets.excess("kernel: log line", 9), None);
        assert!(budgets.excess("kernel: log line", 10).is_some());
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("budgets.json");
        let budgets = Budgets([("ide, 1 MiB".to_owned(), 7)].into());
        budgets.save(&path).unwrap();
        assert_eq!(Budgets::load(&path).unwrap(), budgets);
    }

    #[test]
    fn a_missing_file_is_told_with_the_command_that_writes_it() {
        let error = Budgets::load(Path::new("no-such-file")).unwrap_err();
        assert!(error.to_string().contains("--write-budgets"), "{error}");
    }
}
