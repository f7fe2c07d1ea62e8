//! The network: registration, operator, signal, selection of a network, time of day.
//!
//! The console decides what the network offers; the modem is registered only while its radio is on. Cell information of
//! `GET_CELL_INFO_LIST` is not simulated.
//!
//! Reference: ril.h, requests 19 to 22, 45 to 48, 73 to 76; 3GPP TS 27.007 `+CREG`, `+COPS`, `+CSQ`; TS 22.042 (NITZ).

use std::str::FromStr;

use ril_protocol::payload::network::{NeighboringCell, SignalStrength};
use ril_protocol::payload::{Strings, Text};
use ril_protocol::sms_pdu::DateTime;
use ril_protocol::{Errno, UnsolCode};

use super::effects::Effects;

/// What ril.h wants where a radio technology has no value.
const NO_VALUE: i32 = i32::MAX;
const NO_CDMA: i32 = -1;

/// Where the modem stands with the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// No network, and none is looked for.
    Unregistered,
    /// In the own network.
    Home,
    /// Looking for a network.
    Searching,
    /// Refused: emergency calls only.
    Denied,
    /// In another network.
    Roaming,
}

impl Registration {
    const NAMES: [(&'static str, Self); 7] = [
        ("unregistered", Self::Unregistered),
        ("home", Self::Home),
        ("roaming", Self::Roaming),
        ("searching", Self::Searching),
        ("denied", Self::Denied),
        ("off", Self::Unregistered),
        ("on", Self::Home),
    ];

    /// Ordinary service: calls, messages, data.
    pub fn in_service(self) -> bool {
        matches!(self, Self::Home | Self::Roaming)
    }

    /// The value of `+CREG`; with `emergency_only`, ril.h's form of "but emergency calls are possible".
    fn code(self, emergency_only: bool) -> i32 {
        let code = match self {
            Self::Unregistered => 0,
            Self::Home => return 1,
            Self::Searching => 2,
            Self::Denied => 3,
            Self::Roaming => return 5,
        };
        if emergency_only { code + 10 } else { code }
    }
}

impl std::fmt::Display for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, value)| value == self).map_or("", |(name, _)| name))
    }
}

impl FromStr for Registration {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::NAMES.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or(())
    }
}

/// A radio technology, with the number that `RIL_RadioTechnology` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Technology(pub i32);

impl Technology {
    /// Names that the console takes; where several have one value, the first is shown.
    const NAMES: [(&'static str, Self); 10] = [
        ("gprs", Self(1)),
        ("gsm", Self(1)),
        ("edge", Self(2)),
        ("umts", Self(3)),
        ("1xrtt", Self(6)),
        ("hsdpa", Self(9)),
        ("hsupa", Self(10)),
        ("hspa", Self(11)),
        ("lte", Self(14)),
        ("hspap", Self(15)),
    ];

    const EDGE: Self = Self(2);
    const UMTS: Self = Self(3);
    const LTE: Self = Self(14);
    const GSM_VOICE: Self = Self(16);

    /// Voice over a technology that is for data alone goes by the one below it: GPRS and EDGE by GSM, LTE by UMTS.
    pub fn for_voice(self) -> Self {
        match self {
            Self(1) | Self::EDGE => Self::GSM_VOICE,
            Self::LTE => Self::UMTS,
            other => other,
        }
    }
}

impl std::fmt::Display for Technology {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, value)| value == self).map_or("unknown", |(name, _)| name))
    }
}

impl FromStr for Technology {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::NAMES.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or(())
    }
}

/// A network in reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Long name.
    pub long: String,
    /// Short name.
    pub short: String,
    /// Country and network code, five or six digits.
    pub numeric: String,
}

impl Operator {
    /// An operator with these names and this code.
    pub fn new(long: &str, short: &str, numeric: &str) -> Self {
        Self { long: long.to_owned(), short: short.to_owned(), numeric: numeric.to_owned() }
    }

    fn strings(&self) -> [Text; 3] {
        [Some(self.long.clone()), Some(self.short.clone()), Some(self.numeric.clone())]
    }
}

/// How far the modem has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coverage {
    RadioOff,
    Searched,
    Found,
}

/// The network and the modem's standing in it.
#[derive(Debug)]
pub struct Network {
    /// What the console says of voice; true only while the radio is on and has registered.
    pub voice: Registration,
    /// The same of data.
    pub data: Registration,
    /// Location area and cell.
    pub location: (u16, u32),
    /// Technology in use.
    pub technology: Technology,
    home: Operator,
    visited: Operator,
    forbidden: Operator,
    /// The network chosen by hand, as a numeric code.
    manual: Option<String>,
    /// Signal strength (0 to 31 or 99) and bit error rate (0 to 7 or 99).
    signal: (i32, i32),
    /// `RIL_PreferredNetworkType`.
    pub preferred_type: i32,
    /// The emergency numbers that the network tells a phone when it registers (TS 24.008, 10.5.3.13).
    pub emergency: Vec<String>,
    /// The SIM card is there and open: without it, a network lets only emergency calls through.
    pub subscribed: bool,
    coverage: Coverage,
    /// Changes with every power cycle, so that an old timer finds that it is late.
    epoch: u64,
}

impl Network {
    /// Home service is offered, the radio is off.
    pub fn new(home: Operator) -> Self {
        Self {
            voice: Registration::Home,
            data: Registration::Home,
            location: (0x00b1, 0x0002_a3b0),
            technology: Technology::UMTS,
            home,
            visited: Operator::new("Roamnet", "Roam", "00102"),
            forbidden: Operator::new("Closednet", "Closed", "00103"),
            manual: None,
            signal: (23, 99),
            preferred_type: 0,
            emergency: Vec::new(),
            subscribed: true,
            coverage: Coverage::RadioOff,
            epoch: 0,
        }
    }

    /// The radio went on; gives the number to hand to [`attach`](Self::attach) after the time that this takes.
    pub(super) fn begin_search(&mut self) -> u64 {
        self.coverage = Coverage::Searched;
        self.epoch += 1;
        self.epoch
    }

    /// The search that began with this number found what there is.
    pub(super) fn attach(&mut self, epoch: u64) -> bool {
        if epoch == self.epoch {
            self.coverage = Coverage::Found;
        }
        epoch == self.epoch
    }

    /// The radio went off.
    pub(super) fn detach(&mut self) {
        self.coverage = Coverage::RadioOff;
        self.epoch += 1;
    }

    /// Registration for voice as the modem has it now.
    pub fn voice_now(&self) -> Registration {
        self.now(self.voice)
    }

    /// Registration for data as the modem has it now.
    pub fn data_now(&self) -> Registration {
        self.now(self.data)
    }

    /// The network's emergency numbers, while the modem is registered there.
    pub(super) fn emergency_now(&self) -> &[String] {
        if self.voice_now().in_service() { &self.emergency } else { &[] }
    }

    fn now(&self, offered: Registration) -> Registration {
        match (self.coverage, self.subscribed) {
            (Coverage::Searched, _) => Registration::Searching,
            (Coverage::RadioOff, _) | (Coverage::Found, false) => Registration::Unregistered,
            (Coverage::Found, true) => offered,
        }
    }

    /// `VOICE_REGISTRATION_STATE`: fifteen strings.
    pub(super) fn voice_report(&self) -> Strings {
        let registration = self.voice_now();
        let mut report: Strings = vec![None; 15];
        report[0] = Some(registration.code(self.coverage == Coverage::Found).to_string());
        if registration.in_service() {
            (report[1], report[2]) = self.location_strings();
            report[3] = Some(self.technology.for_voice().0.to_string());
        } else {
            report[3] = Some("0".to_owned());
        }
        report[7] = Some("0".to_owned());
        if registration == Registration::Denied {
            // Illegal MS: what a network says that knows this subscriber not to be let in.
            report[13] = Some("3".to_owned());
        }
        report
    }

    /// `DATA_REGISTRATION_STATE`: six strings.
    pub(super) fn data_report(&self, max_data_calls: usize) -> Strings {
        let registration = self.data_now();
        let mut report: Strings = vec![None; 6];
        report[0] = Some(registration.code(false).to_string());
        if registration.in_service() {
            (report[1], report[2]) = self.location_strings();
            report[3] = Some(self.technology.0.to_string());
        } else {
            report[3] = Some("0".to_owned());
        }
        if registration == Registration::Denied {
            report[4] = Some("7".to_owned());
        }
        report[5] = Some(max_data_calls.to_string());
        report
    }

    fn location_strings(&self) -> (Text, Text) {
        let (area, cell) = self.location;
        (Some(format!("{area:04x}")), Some(format!("{cell:08x}")))
    }

    /// The network that serves the modem.
    pub fn operator(&self) -> Option<&Operator> {
        match self.voice_now() {
            Registration::Home => Some(&self.home),
            Registration::Roaming => Some(&self.visited),
            _ => None,
        }
    }

    /// `OPERATOR`: names and code, or three nulls.
    pub(super) fn operator_report(&self) -> Strings {
        self.operator().map_or_else(|| vec![None; 3], |operator| operator.strings().to_vec())
    }

    /// The modem hears a network, whether or not it is let in.
    pub(super) fn is_heard(&self) -> bool {
        self.coverage == Coverage::Found && !matches!(self.voice, Registration::Unregistered | Registration::Searching)
    }

    /// `SIGNAL_STRENGTH`: what a UMTS or LTE modem measures; nothing while there is no network.
    pub fn signal_report(&self) -> SignalStrength {
        let (strength, errors) = if self.is_heard() { self.signal } else { (99, 99) };
        let mut report = SignalStrength {
            gw_signal_strength: strength,
            gw_bit_error_rate: errors,
            cdma_dbm: NO_CDMA,
            cdma_ecio: NO_CDMA,
            evdo_dbm: NO_CDMA,
            evdo_ecio: NO_CDMA,
            evdo_signal_noise_ratio: NO_CDMA,
            lte_signal_strength: 99,
            lte_rsrp: NO_VALUE,
            lte_rsrq: NO_VALUE,
            lte_rssnr: NO_VALUE,
            lte_cqi: NO_VALUE,
            tdscdma_rscp: NO_VALUE,
        };
        if self.technology == Technology::LTE && strength != 99 {
            report.lte_signal_strength = strength;
            // RSSI 0 to 31 stands for -113 to -51 dBm; RSRP lies about 17 dB below it at 1.4 MHz.
            report.lte_rsrp = (130 - 2 * strength).clamp(44, 140);
            report.lte_rsrq = 10;
            report.lte_rssnr = 100;
        }
        report
    }

    /// The console sets the signal; the host is told at once while the radio is on.
    pub fn set_signal(&mut self, strength: i32, errors: i32, to: &mut Effects) {
        self.signal = (strength, errors);
        if self.coverage == Coverage::Found {
            to.tell(UnsolCode::SIGNAL_STRENGTH, &self.signal_report());
        }
    }

    /// Signal strength and bit error rate as the console set them.
    pub fn signal(&self) -> (i32, i32) {
        self.signal
    }

    /// `QUERY_NETWORK_SELECTION_MODE`: 0 automatic, 1 by hand.
    pub(super) fn selection_mode(&self) -> i32 {
        i32::from(self.manual.is_some())
    }

    pub(super) fn select_automatically(&mut self) {
        if self.manual.take().is_some() {
            self.voice = Registration::Home;
            self.data = Registration::Home;
        }
    }

    /// `SET_NETWORK_SELECTION_MANUAL`.
    pub(super) fn select(&mut self, numeric: &str) -> Result<(), Errno> {
        let registration = if numeric == self.home.numeric {
            Registration::Home
        } else if numeric == self.visited.numeric {
            Registration::Roaming
        } else if numeric == self.forbidden.numeric {
            return Err(Errno::ILLEGAL_SIM_OR_ME);
        } else {
            return Err(Errno::NO_NETWORK_FOUND);
        };
        self.manual = Some(numeric.to_owned());
        (self.voice, self.data) = (registration, registration);
        Ok(())
    }

    /// `QUERY_AVAILABLE_NETWORKS`: four strings for each network.
    pub(super) fn available(&self) -> Strings {
        let current = self.operator().map(|operator| operator.numeric.as_str());
        let networks = [(&self.home, "available"), (&self.visited, "available"), (&self.forbidden, "forbidden")];
        networks
            .into_iter()
            .flat_map(|(operator, state)| {
                let state = if current == Some(&operator.numeric) { "current" } else { state };
                operator.strings().into_iter().chain([Some(state.to_owned())])
            })
            .collect()
    }

    /// `GET_NEIGHBORING_CELL_IDS`: two cells beside the serving one.
    pub(super) fn neighbours(&self) -> Vec<NeighboringCell> {
        if !self.voice_now().in_service() {
            return Vec::new();
        }
        let (area, cell) = self.location;
        let cell_below = |places: u32| (u32::from(area) << 16) | (cell.wrapping_add(places) & 0xffff);
        [(1, 12), (2, 8)]
            .map(|(places, rssi)| NeighboringCell { rssi, cid: Some(format!("{:08x}", cell_below(places))) })
            .to_vec()
    }
}

/// The text of `NITZ_TIME_RECEIVED`: UTC, the offset in quarters of an hour, the hours of daylight saving time.
pub fn nitz(unix_seconds: i64, quarters: i8, daylight_hours: u8) -> Option<String> {
    let utc = DateTime::from_unix_seconds(unix_seconds, 0)?;
    Some(format!(
        "{:02}/{:02}/{:02},{:02}:{:02}:{:02}{quarters:+03},{daylight_hours}",
        utc.year % 100,
        utc.month,
        utc.day,
        utc.hour,
        utc.minute,
        utc.second
    ))
}
