//! Supplementary services: call forwarding, call waiting, number presentation, call barring.
//!
//! Voice is the only service class (1); a class mask that leaves voice out finds nothing and changes nothing. The
//! network's side of call forwarding and barring is asked by whoever offers a call.
//!
//! Reference: 3GPP TS 22.030 (codes), TS 22.082 (forwarding), 22.083 (waiting), 22.088 (barring), TS 27.007 `+CCFC`,
//! `+CCWA`, `+CLCK`.

use std::time::Duration;

use ril_protocol::Errno;
use ril_protocol::payload::call::{Clir, ForwardInfo};

use super::numbers::{international, type_of_address};

const VOICE: i32 = 1;
const NO_REPLY_SECONDS: i32 = 20;

/// When a call is forwarded, with the numbers of `+CCFC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Always.
    Unconditional = 0,
    /// The line is busy.
    Busy = 1,
    /// Nobody answers.
    NoReply = 2,
    /// The phone cannot be reached.
    Unreachable = 3,
}

const CONDITIONS: [Condition; 4] =
    [Condition::Unconditional, Condition::Busy, Condition::NoReply, Condition::Unreachable];

#[derive(Clone, Debug, Default)]
struct Rule {
    active: bool,
    number: Option<String>,
    seconds: i32,
}

/// Facilities that bar calls, as `+CLCK` names them, and whether each is on.
#[derive(Clone, Debug)]
struct Barring {
    facility: &'static str,
    on: bool,
}

/// The subscription's services.
#[derive(Debug)]
pub struct Supplementary {
    rules: [Rule; 4],
    /// A second call may wait.
    pub call_waiting: bool,
    /// What to do with the own number when a call does not say.
    pub clir: Clir,
    barring: [Barring; 5],
    password: String,
}

impl Default for Supplementary {
    fn default() -> Self {
        Self {
            rules: std::array::from_fn(|_| Rule::default()),
            call_waiting: true,
            clir: Clir::DEFAULT,
            barring: ["AO", "OI", "OX", "AI", "IR"].map(|facility| Barring { facility, on: false }),
            password: "0000".to_owned(),
        }
    }
}

impl Supplementary {
    /// Where a call goes that meets this condition.
    pub fn forwarded(&self, condition: Condition) -> Option<&str> {
        let rule = &self.rules[condition as usize];
        rule.number.as_deref().filter(|_| rule.active)
    }

    /// How long a call rings before it is forwarded on no reply.
    pub(super) fn no_reply_time(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.rules[Condition::NoReply as usize].seconds).unwrap_or(0))
    }

    /// `SET_CALL_FORWARD`.
    pub(super) fn set_forward(&mut self, wanted: &ForwardInfo) -> Result<(), Errno> {
        let conditions = conditions(wanted.reason)?;
        if !for_voice(wanted.service_class) {
            return Ok(());
        }
        for condition in conditions {
            let rule = &mut self.rules[*condition as usize];
            match wanted.status {
                0 => rule.active = false,
                1 if rule.number.is_some() => rule.active = true,
                1 | 3 => {
                    let number = wanted.number.clone().filter(|number| !number.is_empty());
                    *rule = Rule {
                        active: true,
                        number: Some(number.ok_or(Errno::INVALID_ARGUMENTS)?),
                        seconds: if wanted.time_seconds > 0 { wanted.time_seconds } else { NO_REPLY_SECONDS },
                    };
                }
                4 => *rule = Rule::default(),
                _ => return Err(Errno::INVALID_ARGUMENTS),
            }
        }
        Ok(())
    }

    /// `QUERY_CALL_FORWARD_STATUS`.
    pub(super) fn forward_report(&self, reason: i32, class: i32) -> Result<Vec<ForwardInfo>, Errno> {
        let conditions = conditions(reason)?;
        if !for_voice(class) {
            return Ok(Vec::new());
        }
        Ok(conditions.iter().map(|condition| self.rule_report(*condition)).collect())
    }

    fn rule_report(&self, condition: Condition) -> ForwardInfo {
        let rule = &self.rules[condition as usize];
        ForwardInfo {
            status: i32::from(rule.active),
            reason: condition as i32,
            service_class: VOICE,
            toa: type_of_address(rule.number.as_deref().is_some_and(international)),
            number: rule.number.clone(),
            time_seconds: if condition == Condition::NoReply { rule.seconds } else { 0 },
        }
    }

    /// `QUERY_CALL_WAITING`: on, and the classes it is on for.
    pub(super) fn call_waiting_report(&self, class: i32) -> Vec<i32> {
        let on = self.call_waiting && for_voice(class);
        vec![i32::from(on), if on { VOICE } else { 0 }]
    }

    /// `SET_CALL_WAITING`.
    pub(super) fn set_call_waiting(&mut self, on: bool, class: i32) {
        if for_voice(class) {
            self.call_waiting = on;
        }
    }

    /// `GET_CLIR`: the setting, and that the subscription has the service with presentation allowed by default.
    pub(super) fn clir_report(&self) -> Vec<i32> {
        vec![self.clir.0, 4]
    }

    /// Whether a call with this wish hides the own number.
    pub(super) fn withholds(&self, wish: Clir) -> bool {
        let effective = if wish == Clir::DEFAULT { self.clir } else { wish };
        effective == Clir::INVOCATION
    }

    /// Whether a facility bars calls; `None` for one that is not about barring.
    pub(super) fn barring(&self, facility: &str) -> Option<bool> {
        let facility = group_or_self(facility);
        let mut found = self.barring.iter().filter(|barring| facility.contains(&barring.facility)).peekable();
        found.peek()?;
        Some(found.any(|barring| barring.on))
    }

    /// Sets a barring facility or, with `AB`, `AG`, `AC`, clears a group of them.
    pub(super) fn set_barring(&mut self, facility: &str, on: bool, password: &str) -> Result<(), Errno> {
        if password != self.password {
            return Err(Errno::PASSWORD_INCORRECT);
        }
        let group = group_or_self(facility);
        if on && group.len() > 1 {
            return Err(Errno::INVALID_ARGUMENTS);
        }
        for barring in self.barring.iter_mut().filter(|barring| group.contains(&barring.facility)) {
            barring.on = on;
        }
        Ok(())
    }

    /// `CHANGE_BARRING_PASSWORD`.
    pub(super) fn change_password(&mut self, old: &str, new: &str) -> Result<(), Errno> {
        if old != self.password {
            return Err(Errno::PASSWORD_INCORRECT);
        }
        if new.len() != 4 || !new.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Errno::INVALID_ARGUMENTS);
        }
        new.clone_into(&mut self.password);
        Ok(())
    }

    /// Whether outgoing calls to this number are barred.
    pub(super) fn bars_outgoing(&self, number: &str, roaming: bool) -> bool {
        let abroad = international(number);
        self.is_on("AO") || (abroad && self.is_on("OI")) || (abroad && roaming && self.is_on("OX"))
    }

    /// Whether incoming calls are barred.
    pub fn bars_incoming(&self, roaming: bool) -> bool {
        self.is_on("AI") || (roaming && self.is_on("IR"))
    }

    fn is_on(&self, facility: &str) -> bool {
        self.barring.iter().any(|barring| barring.facility == facility && barring.on)
    }
}

fn group_or_self(facility: &str) -> &[&str] {
    match facility {
        "AO" => &["AO"],
        "OI" => &["OI"],
        "OX" => &["OX"],
        "AI" => &["AI"],
        "IR" => &["IR"],
        "AB" => &["AO", "OI", "OX", "AI", "IR"],
        "AG" => &["AO", "OI", "OX"],
        "AC" => &["AI", "IR"],
        _ => &[],
    }
}

fn conditions(reason: i32) -> Result<&'static [Condition], Errno> {
    match reason {
        0 => Ok(&CONDITIONS[..1]),
        1 => Ok(&CONDITIONS[1..2]),
        2 => Ok(&CONDITIONS[2..3]),
        3 => Ok(&CONDITIONS[3..]),
        4 => Ok(&CONDITIONS),
        5 => Ok(&CONDITIONS[1..]),
        _ => Err(Errno::INVALID_ARGUMENTS),
    }
}

/// Class 0 stands for everything that the user has.
fn for_voice(class: i32) -> bool {
    class == 0 || class & VOICE != 0
}
