//! Traces as CSV, as `cargo xtask sched draw` reads them, drawn in every format.

use schedules::{Format, csv, show};

use crate::{Target, assert_one_line};

/// This target.
pub const TARGET: Target = Target { name: "trace", what: "a schedule's trace", corpus, run };

/// Returns a complete trace, and one whose beginning a kernel's ring buffer has lost.
fn corpus() -> Vec<Vec<u8>> {
    [
        "t,task,kind\n0,A,arrive\n0,A,dispatch\n2,A,expire\n2,\"B,\"\"b\",arrive\n2,A,switch\n3,A,dispatch\n4,,boost\n\
         5,A,sleep\n5,\"B,\"\"b\",dispatch\n6,\"B,\"\"b\",priority:3\n9,\"B,\"\"b\",exit\n9,A,wake\n9,A,dispatch\n12,A,exit\n",
        "# a kernel's\n\n 1000000,worker,expire\r\n1000000,idle,dispatch\n1000001,worker,kill\n1000007,idle,block\n\
         1099511627776,idle,wake\n1099511627776,idle,yield\n",
    ]
    .map(Vec::from)
    .to_vec()
}

fn run(bytes: &[u8]) {
    let trace = match csv::parse(bytes) {
        Ok(trace) => trace,
        Err(error) => return assert_one_line(&format!("{error:#}")),
    };
    let text = csv::write(&trace);
    assert_eq!(csv::parse(text.as_bytes()).ok().as_ref(), Some(&trace), "what is written is read back");
    for format in [Format::Text, Format::Json, Format::Svg, Format::Chrome] {
        let Ok(shown) = show(&trace, "title", format) else { panic!("so few events are a small picture") };
        let is_plain = |letter: char| letter == '\n' || !letter.is_control();
        assert!(shown.chars().all(is_plain), "{format:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_traces_to_begin_with_are_read() {
        assert!(corpus().iter().all(|bytes| csv::parse(bytes).is_ok()));
    }
}
