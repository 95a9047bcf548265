//! `cargo xtask bench sched`: what a choice of the scheduler costs on this machine.
//!
//! The measuring program is optimised, which xtask isn't: `crates/scheduler/examples/choice_cost.rs`.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use farjump::workspace::{Workspace, cargo};

/// Measures, and returns a table: a line for each policy, a column for each number of tasks.
pub(super) fn table(workspace: &Workspace, offline: bool) -> Result<String> {
    let mut command = Command::new(cargo());
    command.args(["run", "--quiet", "--release", "-p", "scheduler", "--example", "choice_cost"]);
    command.args(offline.then_some("--offline")).current_dir(&workspace.root).stderr(Stdio::inherit());
    let output = command.output().context("can't start cargo")?;
    ensure!(output.status.success(), "the measuring program ended with {}", output.status);
    render(&String::from_utf8_lossy(&output.stdout)).context("the measuring program said something else")
}

/// A Markdown table of the lines `policy,tasks,cycles`.
fn render(lines: &str) -> Option<String> {
    let cells = lines.lines().map(|line| {
        let (policy, rest) = line.split_once(',')?;
        let (tasks, cycles) = rest.split_once(',')?;
        Some((policy, tasks, cycles))
    });
    let cells: Vec<_> = cells.collect::<Option<_>>()?;
    let (first, ..) = *cells.first()?;
    let columns: Vec<&str> = cells.iter().filter(|cell| cell.0 == first).map(|cell| cell.1).collect();
    let mut table = format!("| cycles per choice among | {} |\n|---|", columns.join(" | "));
    table += &"--:|".repeat(columns.len());
    for row in cells.chunks(columns.len()) {
        let cycles: Vec<&str> = row.iter().map(|cell| cell.2).collect();
        table += &format!("\n| {} | {} |", row.first()?.0, cycles.join(" | "));
    }
    Some(table + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_rows_and_numbers_of_tasks_columns() {
        let table = render("fcfs,1,30\nfcfs,8,31\nrr,1,40\nrr,8,41\n").unwrap();
        let expected =
            "| cycles per choice among | 1 | 8 |\n|---|--:|--:|\n| fcfs | 30 | 31 |\n| rr | 40 | 41 |\n";
        assert_eq!(table, expected);
        assert_eq!(render("what\n"), None);
        assert_eq!(render(""), None);
    }
}
