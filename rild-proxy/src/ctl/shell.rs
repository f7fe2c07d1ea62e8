//! What a shell and `man` know of `rilctl`, made from its own definition.

use std::io::Write;
use std::path::Path;

use clap::CommandFactory;

use super::args::Cli;
use super::error::CtlError;

/// `rilctl completions SHELL`.
pub(super) fn completions(shell: clap_complete::Shell, out: &mut dyn Write) -> Result<(), CtlError> {
    // The generator panics when it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "rilctl", &mut script);
    Ok(out.write_all(&script)?)
}

/// `rilctl man DIR`: a page for each command.
pub(super) fn manual(folder: &Path) -> Result<(), CtlError> {
    clap_mangen::generate_to(Cli::command(), folder)
        .map_err(|error| CtlError::Failed(format!("{}: {error}", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completions_know_the_requests() {
        for shell in [clap_complete::Shell::Bash, clap_complete::Shell::Zsh, clap_complete::Shell::Fish] {
            let mut script = Vec::new();
            completions(shell, &mut script).unwrap();
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("GET_IMEI") && script.contains("foreground"), "{shell}");
        }
    }

    #[test]
    fn every_command_has_a_page() {
        let folder = tempfile::tempdir().unwrap();
        manual(folder.path()).unwrap();
        for page in ["rilctl.1", "rilctl-send.1", "rilctl-bench.1", "rilctl-watch.1"] {
            let text = std::fs::read_to_string(folder.path().join(page)).unwrap_or_else(|why| panic!("{page}: {why}"));
            assert!(text.contains(".SH DESCRIPTION"), "{page}");
        }
        assert!(matches!(manual(Path::new("/nonexistent/folder")), Err(CtlError::Failed(_))));
    }
}
