//! Processes that end with the test that started them, however that ends, and what they say.
//!
//! Each runs in a pid namespace of its own, whose first process is a small shell. The shell reads orders from a pipe
//! that only the test holds open. When the test drops the process or dies, the pipe closes, the shell ends, and the
//! kernel ends everything in the namespace with it: also what has forked, and what has changed its user id, which
//! would undo PR_SET_PDEATHSIG. That needs root.
//!
//! Reference: pid_namespaces(7), unshare(1).

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::thread;

use crate::journal::Journal;

/// Starts the program and passes signals on, which are meant to end it.
const KEEPER: &str = r#"
"$@" </dev/null &
while read -r signal; do
    kill -s "$signal" $!
    wait $!
    echo "ended by $signal: $?"
done
"#;

/// How many of the last lines are shown when a test fails.
const SHOWN: usize = 200;

/// A process, and all that it has said. When a test fails, the last of that is printed.
#[derive(Debug)]
pub struct Process {
    name: String,
    keeper: Child,
    orders: Option<ChildStdin>,
    said: Arc<Journal<String>>,
}

/// A program with its arguments, and where it runs.
#[derive(Debug)]
pub struct Program {
    argv: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    setup: Option<String>,
}

impl Program {
    /// A program without arguments.
    pub fn new(path: impl AsRef<OsStr>) -> Self {
        Self { argv: vec![path.as_ref().to_owned()], variables: Vec::new(), setup: None }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.argv.push(arg.as_ref().to_owned());
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Gives it a mount namespace, in which these shell commands are run first. They find its variables set.
    #[must_use]
    pub fn with_mounts(mut self, commands: &str) -> Self {
        self.setup = Some(commands.to_owned());
        self
    }

    /// Starts it under this name, which is for people.
    ///
    /// # Panics
    /// If it cannot be started, or not as root.
    pub fn start(self, name: &str) -> Process {
        assert!(nix::unistd::geteuid().is_root(), "{name} runs in namespaces of its own: run the tests as root");
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork"]);
        if self.setup.is_some() {
            command.arg("--mount");
        }
        let script = format!("set -e\n{}\nset +e\n{KEEPER}", self.setup.unwrap_or_default());
        command.args(["--", "sh", "-c"]).arg(script).arg("sh").args(self.argv).envs(self.variables);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut keeper = command.spawn().unwrap_or_else(|error| panic!("unshare, for {name}: {error}"));
        let said = Arc::new(Journal::default());
        listen(keeper.stdout.take(), &said, |_| {});
        // The keeper has ended then, and its namespace with it.
        listen(keeper.stderr.take(), &said, Journal::close);
        Process { name: name.to_owned(), orders: keeper.stdin.take(), keeper, said }
    }
}

impl Process {
    /// What it has said on its standard output and error, line by line.
    pub fn said(&self) -> &Journal<String> {
        &self.said
    }

    /// Waits until it has said a line with these words in it, since the start or since a place in the journal.
    ///
    /// # Panics
    /// With what it did say, when patience ends or it has gone.
    pub fn wait_for(&self, since: usize, words: &str) -> String {
        let line = self.said.wait_for(since, |line| line.contains(words).then(|| line.clone()));
        line.unwrap_or_else(|| panic!("{} never said '{words}'; it said:\n{}", self.name, self.tail()))
    }

    /// Ends it with a signal (`TERM`, `KILL`), and waits until it has ended; its exit status as the shell knows it.
    ///
    /// # Panics
    /// When it does not end.
    pub fn end(&mut self, signal: &str) -> i32 {
        let since = self.said.len();
        let orders = self.orders.as_mut().expect("the pipe is open until the process is dropped");
        writeln!(orders, "{signal}").expect("the shell reads orders");
        let line = self.wait_for(since, "ended by ");
        line.rsplit(' ').next().and_then(|status| status.parse().ok()).expect("a status is a number")
    }

    /// The last of what it said.
    fn tail(&self) -> String {
        self.said.read(0, |said| said[said.len().saturating_sub(SHOWN)..].join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- {} said last:\n{}", self.name, self.tail());
        }
        self.orders = None;
        // The keeper ends by itself; nothing is left in its namespace when it has.
        if let Err(error) = self.keeper.wait() {
            eprintln!("{}: {error}", self.name);
        }
    }
}

fn listen(output: Option<impl Read + Send + 'static>, said: &Arc<Journal<String>>, at_the_end: fn(&Journal<String>)) {
    let Some(output) = output else { return };
    let said = Arc::clone(said);
    thread::spawn(move || {
        said.add_lines(output);
        at_the_end(&said);
    });
}
