//! The console of the simulated modem: what the network and the other party do.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::journal::PATIENCE;

/// A connection to the simulated modem's control socket.
#[derive(Debug)]
pub struct Console {
    socket: BufReader<UnixStream>,
}

impl Console {
    /// Connects to a modem that is up.
    ///
    /// # Panics
    /// When there is none.
    pub fn connect(path: &Path) -> Self {
        let socket = UnixStream::connect(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket has a timeout");
        Self { socket: BufReader::new(socket) }
    }

    /// Gives a command; the lines of its answer.
    ///
    /// # Panics
    /// When the modem refuses.
    pub fn run(&mut self, command: &str) -> Vec<String> {
        writeln!(self.socket.get_mut(), "{command}").expect("the modem takes a command");
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            let read = self.socket.read_line(&mut line).expect("the modem answers");
            let line = line.trim_end().to_owned();
            assert!(read > 0 && !line.starts_with("KO"), "'{command}': {line}");
            if line == "OK" {
                return lines;
            }
            lines.push(line);
        }
    }
}
