//! Places that may break a rule, each with its reason.

use super::Finding;

/// A place that may break a rule.
pub(super) struct Exception {
    /// What [`Finding::subject`] is there.
    pub(super) subject: &'static str,
    /// Why it is allowed.
    pub(super) reason: &'static str,
}

/// Where the tables are, each in its rule's file.
const TABLES: &str = "xtask/src/tidy";

/// Removes the findings that `exceptions` allow, and adds one for each exception that allows nothing.
pub(super) fn apply(findings: Vec<Finding>, exceptions: &[Exception]) -> Vec<Finding> {
    let stale = exceptions
        .iter()
        .filter(|exception| !findings.iter().any(|finding| finding.subject == exception.subject))
        .map(|exception| {
            let message = format!("the exception for {} isn't needed any more: delete it", exception.subject);
            Finding::new(TABLES, 1, message)
        })
        .collect::<Vec<_>>();
    let allowed = |finding: &Finding| exceptions.iter().any(|exception| exception.subject == finding.subject);
    findings.into_iter().filter(|finding| !allowed(finding)).chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXCEPTIONS: &[Exception] = &[Exception { subject: "a.rs", reason: "it is a test" }];

    #[test]
    fn an_exception_allows_its_subject_alone() {
        let findings = vec![Finding::new("a.rs", 1, "bad"), Finding::new("b.rs", 2, "bad")];
        assert_eq!(apply(findings, EXCEPTIONS), [Finding::new("b.rs", 2, "bad")]);
    }

    #[test]
    fn an_exception_that_allows_nothing_is_a_finding() {
        let findings = apply(Vec::new(), EXCEPTIONS);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("delete it"));
    }
}
