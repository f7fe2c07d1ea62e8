//! One oFono on a modem with a scenario: `rilctl modem serve`, as somebody else would use it.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::binaries;
use crate::ofono::{OFono, RADIO_USER};
use crate::processes::{Process, Program};

/// A phone whose modem plays a scenario.
#[derive(Debug)]
pub struct Rehearsal {
    /// The phone.
    pub phone: OFono,
    modem: Process,
    /// Goes last: all the sockets are in here.
    _folder: TempDir,
}

/// The scenarios that come with this project.
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/scenarios")
}

impl Rehearsal {
    /// Starts a modem with one of the scenarios, with parameters, and an oFono on it.
    ///
    /// # Panics
    /// When that does not come up.
    pub fn start(scenario: &str, parameters: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let home = folder.path().join("phone");
        OFono::make_folders(&home);
        let modem = serve(&home.join("sockets/rild"), &examples().join(scenario), parameters);
        modem.wait_for(0, "serving a rild");
        Self { phone: OFono::start(&home, "phone"), modem, _folder: folder }
    }

    /// Waits until the scenario is over.
    ///
    /// # Panics
    /// When it does not come to its end.
    pub fn is_over(&self) {
        self.modem.wait_for(0, " steps passed, ");
    }

    /// All steps of the scenario have passed; ends the modem.
    ///
    /// # Panics
    /// With what it said when one has not.
    pub fn succeeds(self) {
        let (code, said) = self.ends();
        assert_eq!(code, 0, "it said:\n{said}");
    }

    /// A step of the scenario has failed; ends the modem. All that was said.
    ///
    /// # Panics
    /// When all have passed.
    pub fn fails(self) -> String {
        let (code, said) = self.ends();
        assert_eq!(code, 1, "it said:\n{said}");
        said
    }

    fn ends(mut self) -> (i32, String) {
        self.is_over();
        let code = self.modem.end("TERM");
        (code, self.modem.said().read(0, |said| said.join("\n")))
    }
}

fn serve(listen: &Path, scenario: &Path, parameters: &[&str]) -> Process {
    let mut program = Program::new(binaries::rilctl()).arg("modem").arg("serve").arg("--scenario").arg(scenario);
    program = program.arg("--stay");
    // Whoever passes the mode has to be the radio user as well.
    program = program.arg("--listen").arg(listen).arg("--mode").arg("666").arg("--uid").arg(RADIO_USER.to_string());
    for parameter in parameters {
        program = program.arg("--param").arg(parameter);
    }
    program.start("the modem")
}
