use super::*;
use crate::csv;
use crate::output::{Format, show};
use crate::schedule::Schedule;

const GOOD: &str = r#"{"policy": "rr", "params": {"quantum": 4}, "jobs": [
    {"id": "A", "arrival": 0, "burst": 3, "priority": 1},
    {"id": "B", "arrival": 2, "bursts": [3, 5, 2]}]}"#;

/// Returns the error of an invalid workload.
fn error_of(text: &str) -> String {
    let workload = Workload::parse(text.as_bytes());
    let error = workload.and_then(|workload| workload.simulate(workload.config()?)).unwrap_err();
    format!("{error:#}")
}

#[test]
fn a_workload_that_makes_no_sense_is_refused_with_the_path_of_the_field() {
    for (old, new, path) in [
        ("rr", "lottery", "policy: "),
        (r#""policy": "rr", "#, "", "policy: missing"),
        (
            "quantum\": 4",
            "quantum\": 0",
            "params.quantum: invalid value: integer `0`, expected 1 to 4294967295",
        ),
        ("quantum\": 4", "quantum\": -4", "params.quantum: "),
        ("quantum\": 4", "", "params.quantum: missing"),
        ("quantum\": 4", "quantum\": 4, \"boost\": 9", "params.boost: rr has no"),
        ("quantum\": 4", "quantum\": 4, \"quanta\": 9", "params.quanta: unknown field"),
        ("quantum\": 4", "quantum\": 4, \"at_expiry\": \"x\"", "params.at_expiry: "),
        ("burst\": 3", "burst\": 0", "jobs[0].burst: is 0"),
        ("burst\": 3", "burst\": 1.5", "jobs[0].burst: "),
        ("burst\": 3", "burst\": \"3\"", "jobs[0].burst: "),
        ("\"burst\": 3, ", "", "jobs[0].burst: missing"),
        ("burst\": 3", "burst\": 3, \"bursts\": [1]", "jobs[0].bursts: "),
        ("burst\": 3", "burst\": 1000001", "jobs[0]: "),
        ("burst\": 3", "burst\": 18446744073709551615", "jobs[0]: "),
        ("burst\": 3", "burst\": 18446744073709551616", "jobs[0].burst: "),
        ("[3, 5, 2]", "[3, 5, 0]", "jobs[1].bursts[2]: is 0"),
        ("[3, 5, 2]", "[3, 5]", "jobs[1].bursts: "),
        ("[3, 5, 2]", "[]", "jobs[1].bursts: "),
        ("[3, 5, 2]", "[3, -5, 2]", "jobs[1].bursts[1]: "),
        ("\"B\"", "\"A\"", "jobs[1].id: "),
        ("\"B\"", "\"\"", "jobs[1].id: "),
        ("\"B\"", "7", "jobs[1].id: "),
        ("arrival\": 2", "arrival\": -2", "jobs[1].arrival: "),
        ("arrival\": 2", "arrival\": 1000000", "jobs[1]: "),
        ("arrival\": 0", "arrival\": 999995", "jobs: "),
        ("priority\": 1", "priority\": 256", "jobs[0].priority: "),
        ("priority\": 1", "colour\": 1", "jobs[0].colour: unknown field"),
    ] {
        assert!(GOOD.contains(old), "{old}");
        let text = GOOD.replacen(old, new, 1).replace("{\"}", "{}");
        let error = error_of(&text);
        assert!(error.starts_with(path), "{old} -> {new}: {error}");
    }
    assert_eq!(error_of(r#"{"policy": "fcfs", "jobs": []}"#), "jobs: there are none; at least one is needed");
    assert!(error_of(r#"{"policy": "fcfs"}"#).contains("missing field `jobs`"));
    assert!(error_of(&format!("{GOOD} x")).contains("something follows"));
    assert!(
        error_of(r#"{"policy": "mlfq", "params": {"levels": []}, "jobs": [{"id": "A", "burst": 1}]}"#)
            .starts_with("params.levels: ")
    );
}

#[test]
fn a_field_with_control_characters_in_its_name_is_refused_in_one_line_that_a_terminal_can_show() {
    let text = GOOD.replacen("quantum", r"qu\u001b[2J\nm", 1);
    assert!(error_of(&text).starts_with(r"params.qu\u{1b}[2J\nm: unknown field"), "{}", error_of(&text));
}

#[test]
fn more_than_the_limits_is_refused() {
    let jobs = |count: usize| {
        let jobs: Vec<String> = (0..count).map(|job| format!(r#"{{"id": "{job}", "burst": 1}}"#)).collect();
        format!(r#"{{"policy": "fcfs", "jobs": [{}]}}"#, jobs.join(","))
    };
    assert!(Workload::parse(jobs(MAX_JOBS).as_bytes()).is_ok());
    assert_eq!(error_of(&jobs(MAX_JOBS + 1)), "jobs: there are 1001; 1000 is the limit");
    let dear = r#"{"policy": "fcfs", "params": {"switch_cost": 999999}, "jobs": [
        {"id": "A", "burst": 1}, {"id": "B", "burst": 1}]}"#;
    assert!(error_of(dear).starts_with("params.switch_cost: "));
}

#[test]
fn a_workload_has_its_figures_in_every_format() {
    let workload = Workload::parse(GOOD.as_bytes()).unwrap();
    let trace = workload.simulate(workload.config().unwrap()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&show(&trace, "", Format::Json).unwrap()).unwrap();
    let expected = serde_json::json!({
        "gantt": [["A", 0, 3], ["B", 3, 6], ["B", 11, 13]],
        "completion": {"A": 3, "B": 13}, "turnaround": {"A": 3, "B": 11},
        "waiting": {"A": 0, "B": 1}, "response": {"A": 0, "B": 1},
        "completion_order": ["A", "B"],
        "sum": {"turnaround": 14, "waiting": 1, "response": 1},
        "avg": {"turnaround": 7.0, "waiting": 0.5, "response": 0.5},
        "makespan": 13, "busy": 8, "context_switches": 1, "jain_index": 0.8767,
    });
    assert_eq!(json, expected);
    assert_eq!(csv::parse(csv::write(&trace).as_bytes()).unwrap(), trace);
    assert_eq!(Schedule::of(&trace).idle(), [(6, 11)]);
    let picture = show(&trace, "a < b", Format::Svg).unwrap();
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n") && picture.contains("a &lt; b"));
    let chrome: serde_json::Value = serde_json::from_str(&show(&trace, "", Format::Chrome).unwrap()).unwrap();
    let events = chrome["traceEvents"].as_array().unwrap();
    let bars = events.iter().filter(|event| event["ph"] == "X" && event["name"] == "B");
    let bars: Vec<_> = bars.map(|event| (event["ts"].as_u64(), event["dur"].as_u64())).collect();
    assert_eq!(bars, [(Some(3000), Some(3000)), (Some(11000), Some(2000))]);
}

#[test]
fn another_run_and_other_names_change_nothing_but_the_names() {
    let output = |text: &str| {
        let workload = Workload::parse(text.as_bytes()).unwrap();
        let trace = workload.simulate(workload.config().unwrap()).unwrap();
        [Format::Text, Format::Json, Format::Csv, Format::Svg, Format::Chrome]
            .map(|format| show(&trace, "t", format).unwrap())
    };
    assert_eq!(output(GOOD), output(GOOD));
    let renamed = GOOD.replace("\"A\"", "\"Z\"").replace("\"B\"", "\"Y\"");
    assert_eq!(output(GOOD)[2].replace(",A,", ",Z,").replace(",B,", ",Y,"), output(&renamed)[2]);
}
