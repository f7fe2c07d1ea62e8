//! Reading dialogues.

use std::time::Duration;

use caller_tag::key::Key;
use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::hex::from_hex;
use ril_protocol::messages::PayloadCodec;
use ril_protocol::{Errno, RequestCode, UnsolCode};
use rild_proxy::config::Config;
use rild_proxy::router::{Event, Kind, PhoneId, Record};

use super::Show;

/// A line that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ReadError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// A configuration and the lines behind it, with their numbers; empty ones and comments are left out.
pub(super) struct Dialogue<'a> {
    pub(super) config: Config,
    pub(super) lines: Vec<(usize, &'a str)>,
}

/// What a line lets happen.
#[derive(Debug)]
pub enum Input {
    /// Root starts again.
    Restart,
    /// The number service has this key for the SIM.
    Key(Key),
    /// It is this late.
    Time(Duration),
    /// This phone gets the screen.
    Foreground(PhoneId),
    /// An event.
    Event(OwnedEvent),
}

/// An event that keeps its own bytes.
#[derive(Debug)]
pub enum OwnedEvent {
    /// One that has none.
    Plain(Event<'static>),
    /// A frame's body from a phone.
    FromPhone(PhoneId, Vec<u8>),
    /// A frame's body from the modem.
    FromModem(Vec<u8>),
    /// A message of the number service.
    FromService(Vec<u8>),
    /// A record.
    Recall(Kind, Vec<u8>, Vec<u8>),
}

impl OwnedEvent {
    /// The event.
    pub fn as_event(&self) -> Event<'_> {
        match self {
            Self::Plain(event) => *event,
            Self::FromPhone(phone, body) => Event::FromPhone(*phone, body),
            Self::FromModem(body) => Event::FromModem(body),
            Self::FromService(message) => Event::FromService(message),
            Self::Recall(kind, key, value) => Event::Recall(Record { kind: *kind, key, value }),
        }
    }
}

impl<'a> Dialogue<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, ReadError> {
        let at = |line, what: &str| ReadError { line, what: what.to_owned() };
        let (head, body) = text.split_once("\n--\n").ok_or_else(|| at(1, "no line `--` behind the configuration"))?;
        let config = Config::parse(head).map_err(|mistakes| at(1, &format!("{mistakes:?}")))?;
        config.dialect().map_err(|error| at(1, &error.to_string()))?;
        let first = head.lines().count() + 2;
        let lines = (first..).zip(body.lines().map(str::trim));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        Ok(Self { config, lines: lines.collect() })
    }
}

/// Whether this line is something that the router does.
pub(super) fn is_action(line: &str) -> bool {
    line.trim_start().starts_with("router -> ")
}

impl Show {
    /// What a line lets happen.
    pub(super) fn read(&self, line: &str) -> Result<Input, String> {
        if let Some((from, said)) = line.split_once(" -> router: ") {
            return Ok(Input::Event(match from {
                "modem" => OwnedEvent::FromModem(self.modem_frame(said)?),
                "service" => {
                    OwnedEvent::FromService(hex(said).ok_or_else(|| format!("`{said}` is not 0x and hexadecimal"))?)
                }
                phone => OwnedEvent::FromPhone(self.phone(phone)?, self.request_frame(said)?),
            }));
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let plain = |event| Ok(Input::Event(OwnedEvent::Plain(event)));
        match words[..] {
            ["at", time] => seconds(time).map(Input::Time).ok_or_else(|| format!("`{time}` is no time")),
            ["key", key] => Key::parse(key).map(Input::Key).map_err(|_| "a key has 64 hexadecimal digits".to_owned()),
            ["root", "starts", "again"] => Ok(Input::Restart),
            ["tick"] => plain(Event::Tick),
            ["modem", "dies"] => plain(Event::ModemDown),
            ["foreground", phone] => Ok(Input::Foreground(self.phone(phone)?)),
            ["stored", changes] => match changes.parse() {
                Ok(changes) => plain(Event::Stored(changes)),
                Err(_) => Err(format!("`{changes}` is no number")),
            },
            ["store", "fails"] => plain(Event::StoreFailing(true)),
            ["store", "works"] => plain(Event::StoreFailing(false)),
            ["service", "comes"] => plain(Event::ServiceUp),
            ["service", "leaves"] => plain(Event::ServiceDown),
            ["used", "elsewhere"] => plain(Event::InUseElsewhere),
            ["emergency", "elsewhere"] => plain(Event::EmergencyElsewhere),
            ["clock", seconds] => match seconds.parse() {
                Ok(seconds) => plain(Event::WallClock(seconds)),
                Err(_) => Err(format!("`{seconds}` is no number")),
            },
            ["recall", kind, key, value] => {
                let bytes = |text: &str| hex(text).ok_or_else(|| format!("`{text}` is not 0x and hexadecimal"));
                let kind = (0..=u8::MAX).filter_map(Kind::from_number).find(|known| format!("{known:?}") == kind);
                let kind = kind.ok_or("no such kind of record")?;
                Ok(Input::Event(OwnedEvent::Recall(kind, bytes(key)?, bytes(value)?)))
            }
            [phone, "comes"] => plain(Event::PhoneUp(self.phone(phone)?)),
            [phone, "leaves"] => plain(Event::PhoneDown(self.phone(phone)?)),
            _ => Err(format!("`{line}` is nothing that can happen")),
        }
    }

    fn phone(&self, name: &str) -> Result<PhoneId, String> {
        let place = self.names.iter().position(|known| known == name);
        place.map(PhoneId).ok_or_else(|| format!("no phone is called `{name}`"))
    }

    fn request_frame(&self, said: &str) -> Result<Vec<u8>, String> {
        if let Some(bytes) = hex(said) {
            return Ok(bytes);
        }
        let (code, serial, rest) = named(said)?;
        let payload = self.bytes(code.row().map(|row| &row.request), rest)?;
        let mut frame = Vec::new();
        Request { code, serial, payload: &payload }.put(&mut frame);
        Ok(frame.split_off(4))
    }

    fn modem_frame(&self, said: &str) -> Result<Vec<u8>, String> {
        if let Some(bytes) = hex(said) {
            return Ok(bytes);
        }
        let mut frame = Vec::new();
        if let Some(said) = said.strip_prefix("! ") {
            let (name, rest) = word(said);
            let code: UnsolCode = name.parse().map_err(|_| format!("no message is called `{name}`"))?;
            let payload = self.bytes(code.row().map(|row| &row.payload), rest)?;
            Unsolicited::new(code, &payload).put(&mut frame);
        } else {
            let (code, serial, rest) = named(said)?;
            let (errno, rest) = word(rest);
            let errno = match errno {
                "ok" => Errno::SUCCESS,
                name => name.parse().map_err(|_| format!("no errno is called `{name}`"))?,
            };
            let payload = self.bytes(code.row().map(|row| &row.response), rest)?;
            Reply::new(serial, errno, &payload).put(&mut frame);
        }
        Ok(frame.split_off(4))
    }

    fn bytes(&self, codec: Option<&PayloadCodec>, text: &str) -> Result<Vec<u8>, String> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(bytes) = hex(text) {
            return Ok(bytes);
        }
        let value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let codec = codec.ok_or("only bytes are known of this message")?;
        codec.from_json(value, self.version).map_err(|error| error.to_string())
    }
}

/// `NAME #serial`, and what follows.
fn named(said: &str) -> Result<(RequestCode, i32, &str), String> {
    let (name, rest) = word(said);
    let code = name.parse().map_err(|_| format!("no request is called `{name}`"))?;
    let (serial, rest) = word(rest);
    let number = serial.strip_prefix('#').and_then(|number| number.parse().ok());
    Ok((code, number.ok_or_else(|| format!("`{serial}` is no serial"))?, rest))
}

fn word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(' ').map_or((text, ""), |(first, rest)| (first, rest.trim()))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    from_hex(text.strip_prefix("0x")?)
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}
