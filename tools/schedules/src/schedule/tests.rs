use super::*;
use crate::csv;

#[test]
fn what_a_trace_doesnt_say_stays_open() {
    // The ring of a kernel that has dropped its beginning: A was there, B hasn't ended.
    let trace =
        csv::parse(b"5,A,expire\n5,B,dispatch\n7,,boost\n9,B,preempt\n9,A,dispatch\n12,A,exit\n").unwrap();
    let schedule = Schedule::of(&trace);
    let [a, b] = schedule.tasks.as_slice() else { panic!("two tasks") };
    assert_eq!((a.arrival, a.turnaround(), a.waiting(), a.completion), (None, None, None, Some(12)));
    assert_eq!((b.completion, b.turnaround(), b.first_dispatch), (None, None, Some(5)));
    assert_eq!(schedule.bars.len(), 2);
    assert_eq!((schedule.boosts.clone(), schedule.preemptions, schedule.context_switches), (vec![7], 1, 1));
    let figures = Figures::of(&schedule);
    assert_eq!((figures.makespan, figures.mean.turnaround, figures.jain_index), (None, None, None));
}

#[test]
fn a_task_that_continues_has_one_bar_and_switches_and_gaps_are_none() {
    let trace = "0,A,arrive\n0,A,dispatch\n2,A,expire\n2,A,dispatch\n3,A,exit\n5,B,arrive\n5,B,switch\n7,B,dispatch\n8,B,exit\n";
    let schedule = Schedule::of(&csv::parse(trace.as_bytes()).unwrap());
    let bar = |task, start, end| Bar { task, start, end };
    assert_eq!(schedule.bars, [bar(0, 0, 3), bar(1, 7, 8)]);
    assert_eq!((schedule.switches.clone(), schedule.idle()), (vec![(5, 7)], vec![(3, 5)]));
    assert_eq!(schedule.tasks[1].waiting(), Some(2), "a switch is waiting");
    assert_eq!(Figures::of(&schedule).busy, 4);
}
