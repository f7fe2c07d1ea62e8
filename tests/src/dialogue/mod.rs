//! Conversations with the router as text: what happens to it, what it does, one thing a line.
//!
//! A dialogue is a configuration in TOML, a line `--`, and then lines. Lines that happen to the router:
//!
//! ```text
//! key 0011...                                    what service and router have in common, 64 digits; comes first
//! at 1.5s                                        time is told; it never goes back
//! tick                                           the deadline has come
//! personal comes                                 a client connects; "leaves": it is gone
//! personal -> router: DIAL #7 {"address":"1"}    a request under the client's serial
//! modem -> router: DIAL #1 ok                    an answer under the router's serial, or an errno instead of ok
//! modem -> router: ! CALL_RING                   an unsolicited message
//! modem dies
//! root starts again                              with a router that knows nothing
//! foreground work
//! recall Message 0x01 0x0203                     the store has this record
//! stored 3                                       so many changes are durable; "store fails", "store works"
//! ```
//!
//! Lines that the router is to do, in its order, behind the line that makes it do them:
//!
//! ```text
//! router -> modem: DIAL #1 {"address":"1"}       "@urgent" at the end where it goes first
//! router -> modem: give up #1                     nobody waits for the answer any more
//! router -> personal: DIAL #7 ok
//! router -> personal: ! RESPONSE_CALL_STATE_CHANGED
//! router -> store: put Message 0x01 0x0203
//! ```
//!
//! A payload is JSON, or `0x` and hexadecimal where JSON would not give the same bytes back; none is an empty one.
//! Lines that begin with `#` are for people. What the router notes is left out.

mod read;
mod show;

use std::time::Duration;

use caller_tag::key::Key;
use rild_proxy::config::Config;
use rild_proxy::router::{Actions, Event, PhoneId, Router};
use serde_json::Value;

pub use read::{Input, ReadError};
pub use show::Show;

/// A router whose conversation is written down.
pub struct Recorded {
    /// The router.
    pub router: Router,
    /// Its time.
    pub now: Duration,
    key: Option<Key>,
    show: Option<Show>,
    lines: Vec<String>,
}

impl Recorded {
    /// A new router that has this key of the number service; nothing is written down unless `write` says so.
    pub fn new(config: &Config, key: Option<&str>, write: bool) -> Self {
        let mut lines = vec![header(config), "--".to_owned()];
        lines.extend(key.map(|key| format!("key {key}")));
        let key = key.and_then(|key| Key::parse(key).ok());
        let router = router(config, key.as_ref());
        Self { router, now: Duration::ZERO, key, show: write.then(|| Show::new(config)), lines }
    }

    /// The same conversation with a router that knows nothing: the daemon was killed and starts again.
    pub fn again(self, config: &Config) -> Self {
        let Self { now, key, show, mut lines, .. } = self;
        lines.push("root starts again".to_owned());
        Self { router: router(config, key.as_ref()), now, key, show: show.map(|_| Show::new(config)), lines }
    }

    /// Lets something happen; its actions are in `out`.
    pub fn handle(&mut self, event: Event<'_>, out: &mut Actions) {
        if let Some(show) = &mut self.show {
            self.lines.push(show.event(event));
        }
        self.router.handle(self.now, event, out);
        self.write_down(out);
    }

    /// Gives the screen to a phone, if that is allowed.
    pub fn set_foreground(&mut self, phone: PhoneId, out: &mut Actions) {
        if let Some(show) = &self.show {
            self.lines.push(show.foreground(phone));
        }
        let _ = self.router.set_foreground(self.now, phone, out);
        self.write_down(out);
    }

    /// Tells the time.
    pub fn set_time(&mut self, now: Duration) {
        if now != self.now {
            self.now = now;
            if self.show.is_some() {
                self.lines.push(Show::time(now));
            }
        }
    }

    /// The conversation so far.
    pub fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    fn write_down(&mut self, out: &Actions) {
        if let Some(show) = &mut self.show {
            self.lines.extend(out.iter().filter_map(|action| show.action(action)));
        }
    }
}

/// Where a router does something else than a dialogue says.
#[derive(Debug, thiserror::Error)]
pub enum Difference {
    /// The dialogue cannot be read.
    #[error("{0}")]
    Read(#[from] ReadError),
    /// The router's lines are others.
    #[error("after line {after} `{event}` the router should have done\n{expected}\nand did\n{actual}")]
    Actions {
        /// Number of the line that happened.
        after: usize,
        /// That line.
        event: String,
        /// The lines of the dialogue.
        expected: String,
        /// The lines of the router.
        actual: String,
    },
}

/// Plays a dialogue to a new router and compares what it does.
pub fn check(text: &str) -> Result<(), Difference> {
    for Exchange { line, event, expected, actual } in play(text)? {
        if expected != actual {
            let block = |lines: &[String]| if lines.is_empty() { "  nothing".to_owned() } else { lines.join("\n") };
            return Err(Difference::Actions { after: line, event, expected: block(&expected), actual: block(&actual) });
        }
    }
    Ok(())
}

/// The dialogue with what the router does today in place of what it should do; comments stay.
pub fn update(text: &str) -> Result<String, ReadError> {
    let mut exchanges = play(text)?.into_iter().peekable();
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if !read::is_action(line) {
            lines.push(line.to_owned());
        }
        if let Some(exchange) = exchanges.next_if(|exchange| exchange.line == number) {
            lines.extend(exchange.actual);
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// A line that happened, and what follows it.
struct Exchange {
    line: usize,
    event: String,
    expected: Vec<String>,
    actual: Vec<String>,
}

/// A router as root makes it. A dialect that cannot be read is none; a dialogue with one is not parsed.
fn router(config: &Config, key: Option<&Key>) -> Router {
    let mut router = Router::new(config);
    router.set_dialect(config.dialect().unwrap_or_default());
    if let Some(key) = key {
        router.set_sim_key(key.clone());
    }
    router
}

fn play(text: &str) -> Result<Vec<Exchange>, ReadError> {
    let dialogue = read::Dialogue::parse(text)?;
    let mut show = Show::new(&dialogue.config);
    let mut router = self::router(&dialogue.config, None);
    let mut key = None;
    let mut now = Duration::ZERO;
    let mut exchanges: Vec<Exchange> = Vec::new();
    let mut out = Actions::default();
    for (line, text) in dialogue.lines {
        if read::is_action(text) {
            let nothing_yet =
                || ReadError { line, what: "nothing has happened that the router could answer".to_owned() };
            exchanges.last_mut().ok_or_else(nothing_yet)?.expected.push(text.to_owned());
            continue;
        }
        match show.read(text).map_err(|what| ReadError { line, what })? {
            Input::Restart => {
                router = self::router(&dialogue.config, key.as_ref());
                show = Show::new(&dialogue.config);
            }
            Input::Key(of_sim) => {
                router.set_sim_key(of_sim.clone());
                key = Some(of_sim);
            }
            Input::Time(time) => now = time,
            Input::Foreground(phone) => drop(router.set_foreground(now, phone, &mut out)),
            Input::Event(event) => {
                let event = event.as_event();
                show.event(event);
                router.handle(now, event, &mut out);
            }
        }
        let actual = out.iter().filter_map(|action| show.action(action)).collect();
        out.clear();
        exchanges.push(Exchange { line, event: text.to_owned(), expected: Vec::new(), actual });
    }
    Ok(exchanges)
}

/// The part of a configuration that the router looks at.
fn header(config: &Config) -> String {
    let value = serde_json::to_value(config).unwrap_or_default();
    let mut text = String::new();
    let Some(tables) = value.as_object() else { return text };
    if let Some(dialect) = &config.modem.dialect {
        text.push_str(&format!("[modem]\ndialect = {dialect:?}\n"));
    }
    for (name, table) in tables.iter().filter(|(name, _)| !matches!(name.as_str(), "run" | "modem")) {
        let entries = match table {
            Value::Array(entries) => entries.iter().map(|entry| (format!("[[{name}]]"), entry)).collect(),
            table => vec![(format!("[{name}]"), table)],
        };
        for (head, entry) in entries {
            text.push_str(&head);
            text.push('\n');
            for (key, value) in entry.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
                text.push_str(&format!("{key} = {value}\n"));
            }
        }
    }
    text.trim_end().to_owned()
}
