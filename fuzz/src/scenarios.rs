//! Scenario files: a mistake has a line of the file, what was read means the same when it is handed to the modem line
//! by line, and what is played comes to an end.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use modem_sim::scenario::{Report, Scenario, VirtualModem, expand};

/// The name of the file; nothing else can be included.
const FILE: &str = "s";
/// More steps than that are read and not played.
const MOST_PLAYED: usize = 32;
/// Longer than the steps of a seed wait.
const PLAYED: Duration = Duration::from_secs(600);

/// Takes the input as a file, which may include itself.
pub fn scenarios(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut read = |path: &Path| {
        if path == Path::new(FILE) { Ok(text.clone().into_owned()) } else { Err(io::ErrorKind::NotFound.into()) }
    };
    let read = expand(Path::new(FILE), &BTreeMap::new(), &mut read)
        .and_then(|lines| Scenario::parse(&lines).map(|scenario| (lines, scenario)));
    let (lines, scenario) = match read {
        Ok(read) => read,
        Err(mistake) => {
            assert!(mistake.place.line <= text.lines().count(), "{mistake}");
            return assert!(!mistake.why.is_empty());
        }
    };
    assert!(lines.iter().all(|line| !line.text.is_empty() && !line.text.contains('\n')));
    let steps: Vec<&str> = scenario.steps.iter().map(|step| step.text.as_str()).collect();
    assert!(lines.iter().map(|line| line.text.as_str()).filter(|line| !line.starts_with("modem ")).eq(steps));
    if scenario.steps.len() > MOST_PLAYED {
        return;
    }
    let count = scenario.steps.len();
    let mut modem = VirtualModem::new(scenario.config().expect("arguments that were read"));
    let reports = modem.play(scenario);
    modem.advance(PLAYED);
    for report in reports.try_iter() {
        assert!(report.step < count);
        // The clock of the socket has milliseconds.
        let told: Report = report.to_string().parse().expect("a line that was made of a report");
        assert_eq!((told.step, told.outcome), (report.step, report.outcome));
    }
}
