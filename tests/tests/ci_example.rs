//! The worked example for CI in `examples/ci`, run as CI would run it, on the programs that were built.
//!
//! It needs root, for namespaces, and the Debian packages `dbus` and `ofono`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use rild_proxy_tests::binaries;
use rild_proxy_tests::processes::Program;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/ci")
}

/// Runs the script with these further arguments; how it ended, and its report.
fn run(artifacts: &Path, arguments: &[&str]) -> (String, String) {
    let programs = binaries::rilctl().parent().expect("a program lies in a folder").to_owned();
    let path = format!("{}:{}", programs.display(), env::var("PATH").expect("there is a PATH"));
    let mut program = Program::new("sh").arg("-c").arg("\"$@\"; echo \"exit code $?\"").arg("sh");
    program = program.arg(examples().join("run")).arg(artifacts).variable("PATH", path).variable("TMPDIR", artifacts);
    for argument in arguments {
        program = program.arg(argument);
    }
    let job = program.start("the job");
    let ended = job.wait_for(0, "exit code ");
    let report = fs::read_to_string(artifacts.join("scenario.xml")).expect("there is a report");
    (ended, report)
}

#[test]
fn the_job_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ended, report) = run(folder.path(), &["--param", "caller=5550142"]);
    assert_eq!(ended, "exit code 0", "{report}");
    assert!(report.contains("failures=\"0\"") && report.contains("call 5550142"), "{report}");
}

#[test]
fn a_job_that_fails_leaves_a_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ended, report) = run(folder.path(), &["--param", "patience=0ms"]);
    assert_eq!(ended, "exit code 1", "{report}");
    assert!(report.contains("<failure ") && report.contains("expect ANSWER within 0ms"), "{report}");
    for left in ["run.riltrace", "scenario.log", "ofono.log"] {
        let length = fs::metadata(folder.path().join(left)).expect(left).len();
        assert!(length > 0, "{left} is empty");
    }
}

/// What the workflow calls and keeps is what there is.
#[test]
fn the_workflow_fits_the_script() {
    let workflow = fs::read_to_string(examples().join("ril-scenario.yml")).expect("there is a workflow");
    let script = fs::read_to_string(examples().join("run")).expect("there is a script");
    assert!(workflow.contains(" ci/run artifacts\n"));
    let build = workflow.lines().find_map(|line| line.split_once("run: cargo build ")).expect("it builds").1;
    let words: Vec<&str> = build.split_whitespace().collect();
    let packages: Vec<&str> = words.windows(2).filter(|pair| pair[0] == "--package").map(|pair| pair[1]).collect();
    assert_eq!(packages, ["rild-proxy", "libril-sim"]);
    let kept: Vec<&str> = workflow.split_whitespace().filter_map(|word| word.strip_prefix("artifacts/")).collect();
    assert!(kept.len() >= 4, "{kept:?}");
    for kept in kept {
        assert!(script.contains(&format!("$artifacts/{kept}")), "{kept}");
    }
    for copied in ["run", "incoming-call.scenario"] {
        assert!(workflow.contains(&format!("`{copied}`")) && examples().join(copied).exists(), "{copied}");
    }
}
