//! Writing events and actions as lines.

use std::collections::HashMap;
use std::time::Duration;

use ril_protocol::frame::{self, Message, RESPONSE_LIMIT, Reply, Request, Unsolicited};
use ril_protocol::hex::to_hex;
use ril_protocol::messages::PayloadCodec;
use ril_protocol::parcel;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode};
use rild_proxy::config::Config;
use rild_proxy::router::{Action, Change, Event, Flow, PhoneId};

/// Knows what an answer answers, for that is not in it.
pub struct Show {
    pub(super) names: Vec<String>,
    pub(super) version: RilVersion,
    /// Requests of each phone that are not answered, by serial, oldest first.
    asked: HashMap<(usize, i32), Vec<RequestCode>>,
    /// Requests that the modem has, by serial.
    at_modem: HashMap<i32, RequestCode>,
}

impl Show {
    /// For the phones of this configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            names: config.phone.iter().map(|phone| phone.name.clone()).collect(),
            version: RilVersion::COMMON,
            asked: HashMap::new(),
            at_modem: HashMap::new(),
        }
    }

    /// The line of an event.
    pub fn event(&mut self, event: Event<'_>) -> String {
        match event {
            Event::ModemDown => {
                self.at_modem.clear();
                "modem dies".to_owned()
            }
            Event::PhoneUp(phone) => {
                self.asked.retain(|(asker, _), _| *asker != phone.0);
                format!("{} comes", self.name(phone))
            }
            Event::PhoneDown(phone) => format!("{} leaves", self.name(phone)),
            Event::Tick => "tick".to_owned(),
            Event::Recall(record) => {
                format!("recall {:?} 0x{} 0x{}", record.kind, to_hex(record.key), to_hex(record.value))
            }
            Event::Stored(changes) => format!("stored {changes}"),
            Event::StoreFailing(true) => "store fails".to_owned(),
            Event::StoreFailing(false) => "store works".to_owned(),
            Event::ServiceUp => "service comes".to_owned(),
            Event::ServiceDown => "service leaves".to_owned(),
            Event::InUseElsewhere => "used elsewhere".to_owned(),
            Event::EmergencyElsewhere => "emergency elsewhere".to_owned(),
            Event::FromService(message) => format!("service -> router: 0x{}", to_hex(message)),
            Event::WallClock(seconds) => format!("clock {seconds}"),
            Event::FromPhone(phone, body) => {
                let said = match Request::parse(body) {
                    Some(request) => {
                        self.asked.entry((phone.0, request.serial)).or_default().push(request.code);
                        self.request(&request)
                    }
                    None => format!("0x{}", to_hex(body)),
                };
                format!("{} -> router: {said}", self.name(phone))
            }
            Event::FromModem(body) => {
                let said = match Message::parse(body) {
                    Some(Message::Reply(reply)) => {
                        let code = self.at_modem.remove(&reply.serial);
                        self.reply(code, &reply).unwrap_or_else(|| format!("0x{}", to_hex(body)))
                    }
                    Some(Message::Unsolicited(message)) if !message.wants_ack => {
                        if message.code == UnsolCode::RIL_CONNECTED
                            && let Ok([version, ..]) =
                                parcel::decode::<Vec<i32>>(message.payload, self.version).as_deref()
                        {
                            self.version = RilVersion(*version);
                            self.at_modem.clear();
                        }
                        self.unsolicited(&message)
                    }
                    _ => format!("0x{}", to_hex(body)),
                };
                format!("modem -> router: {said}")
            }
        }
    }

    /// The line of a change of the screen.
    pub fn foreground(&self, phone: PhoneId) -> String {
        format!("foreground {}", self.name(phone))
    }

    /// The line of a time.
    pub fn time(now: Duration) -> String {
        format!("at {}s", now.as_secs_f64())
    }

    /// The line of an action; none for a note.
    pub fn action(&mut self, action: Action<'_>) -> Option<String> {
        Some(match action {
            Action::Note(_) => return None,
            Action::GiveUp(serial) => {
                self.at_modem.remove(&serial);
                format!("router -> modem: give up #{serial}")
            }
            Action::Store(Change::Put(record)) => {
                format!("router -> store: put {:?} 0x{} 0x{}", record.kind, to_hex(record.key), to_hex(record.value))
            }
            Action::Store(Change::Remove { kind, key }) => {
                format!("router -> store: remove {kind:?} 0x{}", to_hex(key))
            }
            Action::ToService(message) => format!("router -> service: 0x{}", to_hex(message)),
            Action::ToModem(flow, frame) => {
                let request = Request::parse(body_of(frame))?;
                self.at_modem.insert(request.serial, request.code);
                let urgent = if flow == Flow::Urgent { " @urgent" } else { "" };
                format!("router -> modem: {}{urgent}", self.request(&request))
            }
            Action::ToPhone(phone, frame) => {
                let body = body_of(frame);
                let said = match Message::parse(body)? {
                    Message::Reply(reply) => {
                        let asked = self.asked.get_mut(&(phone.0, reply.serial));
                        let code = asked.filter(|codes| !codes.is_empty()).map(|codes| codes.remove(0));
                        self.reply(code, &reply).unwrap_or_else(|| format!("0x{}", to_hex(body)))
                    }
                    Message::Unsolicited(message) => self.unsolicited(&message),
                    Message::Ack { .. } => format!("0x{}", to_hex(body)),
                };
                format!("router -> {}: {said}", self.name(phone))
            }
        })
    }

    fn name(&self, phone: PhoneId) -> &str {
        self.names.get(phone.0).map_or("nobody", String::as_str)
    }

    fn request(&self, request: &Request<'_>) -> String {
        let payload = self.payload(request.code.row().map(|row| &row.request), request.payload);
        format!("{} #{}{payload}", request.code, request.serial)
    }

    fn reply(&self, code: Option<RequestCode>, reply: &Reply<'_>) -> Option<String> {
        let code = code.filter(|_| !reply.wants_ack)?;
        let errno = if reply.errno == Errno::SUCCESS { "ok".to_owned() } else { reply.errno.to_string() };
        let payload = self.payload(code.row().map(|row| &row.response), reply.payload);
        Some(format!("{} #{} {errno}{payload}", code, reply.serial))
    }

    fn unsolicited(&self, message: &Unsolicited<'_>) -> String {
        let payload = self.payload(message.code.row().map(|row| &row.payload), message.payload);
        format!("! {}{payload}", message.code)
    }

    /// A payload with a space before it; JSON only where it gives the same bytes back.
    fn payload(&self, codec: Option<&PayloadCodec>, payload: &[u8]) -> String {
        if payload.is_empty() {
            return String::new();
        }
        let json = codec.and_then(|codec| {
            let value = codec.to_json(payload, self.version).ok()?;
            let again = codec.from_json(value.clone(), self.version).ok()?;
            (again == payload).then(|| value.to_string())
        });
        format!(" {}", json.unwrap_or_else(|| format!("0x{}", to_hex(payload))))
    }
}

fn body_of(frame: &[u8]) -> &[u8] {
    frame::split(frame, RESPONSE_LIMIT).ok().flatten().map_or(&[], |(body, _)| body)
}
