//! The SIM card: its state, its PINs, its files, its logical channels.
//!
//! The card has power of its own: it is read and unlocked with the radio off, as on real phones. There is one
//! application, a USIM or a SIM. Authentication is not simulated; the SIM toolkit is a module of its own.
//!
//! Reference: ril.h, `RIL_CardStatus_v6`; 3GPP TS 51.011, TS 31.102; TS 27.007 `+CPIN`, `+CLCK`, `+CRSM`.

mod channels;
mod commands;
pub mod file_system;
pub mod files;
mod over_the_air;
mod pins;
#[cfg(test)]
mod tests;

use ril_protocol::Errno;
use ril_protocol::card::{EF_ECC, EF_EST, EF_FDN, EF_SMS, EF_SMSP};
use ril_protocol::payload::Text;
use ril_protocol::payload::sim::{
    AppState, AppStatus, AppType, CardState, CardStatus, PinState, SimApdu, SimIo, SimIoResponse,
};

use self::channels::Channels;
pub use self::channels::MAX_CHANNELS;
use self::commands::Place;
use self::file_system::{Content, File, FileSystem, Granted};
pub use self::files::MAX_EMERGENCY_NUMBERS;
use self::files::SMS_RECORD;
pub use self::pins::{Pin, Tried};
use super::emergency::EmergencyNumber;
use super::network::Operator;

/// What the card is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimConfig {
    /// A card is in the slot.
    pub present: bool,
    /// `SIM` or `USIM`.
    pub app: AppType,
    /// Application identifier, hexadecimal.
    pub aid: String,
    /// Serial number of the card.
    pub iccid: String,
    /// International mobile subscriber identity.
    pub imsi: String,
    /// Digits of its network code.
    pub mnc_length: u8,
    /// The own number.
    pub msisdn: String,
    /// Name of the service provider.
    pub spn: String,
    /// Number of the voice mail box.
    pub voicemail: String,
    /// PIN1 is asked for.
    pub locked: bool,
    /// PIN1 and its unblocking key.
    pub pin: (String, String),
    /// PIN2 and its unblocking key.
    pub pin2: (String, String),
    /// Logical channels that can be open beside the basic one, [`MAX_CHANNELS`] at most.
    pub channels: usize,
    /// EF_ECC, [`MAX_EMERGENCY_NUMBERS`] at most.
    pub emergency: Vec<EmergencyNumber>,
}

impl SimConfig {
    /// Label of the application.
    pub fn label(&self) -> &'static str {
        if self.app == AppType::USIM { "USIM" } else { "SIM" }
    }
}

/// A card in a slot, or an empty slot.
#[derive(Debug)]
pub struct SimCard {
    config: SimConfig,
    present: bool,
    files: FileSystem,
    pin1: Pin,
    pin2: Pin,
    fixed_dialling: bool,
    channels: Channels,
    /// Where raw commands have left the card.
    place: Place,
}

impl SimCard {
    /// A new card.
    pub fn new(config: SimConfig, operator: &Operator, smsc: &str) -> Self {
        Self {
            present: config.present,
            files: FileSystem::new(files::factory(&config, operator, smsc)),
            pin1: Pin::new(&config.pin.0, &config.pin.1, config.locked),
            pin2: Pin::new(&config.pin2.0, &config.pin2.1, true),
            fixed_dialling: false,
            channels: Channels::new(config.channels),
            place: Place::default(),
            config,
        }
    }

    /// Another card with these numbers, and the same serial number if none is given.
    pub(super) fn another(&self, imsi: &str, iccid: Option<&str>, operator: &Operator, smsc: &str) -> Self {
        let mut config = SimConfig { imsi: imsi.to_owned(), ..self.config.clone() };
        if let Some(iccid) = iccid {
            iccid.clone_into(&mut config.iccid);
        }
        Self::new(config, operator, smsc)
    }

    /// A file by its identifier, wherever it lies.
    pub fn file(&self, id: u16) -> Option<&File> {
        self.files.file(id)
    }

    /// A card is in the slot.
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// The card is there and its PIN1 is entered or disabled.
    pub fn is_ready(&self) -> bool {
        self.present && self.pin1.is_open()
    }

    /// The own number.
    pub fn msisdn(&self) -> &str {
        &self.config.msisdn
    }

    /// State of PIN1.
    pub fn pin1(&self) -> &Pin {
        &self.pin1
    }

    /// State of the application, as `GET_SIM_STATUS` reports it.
    pub fn app_state(&self) -> AppState {
        match self.pin1.state() {
            PinState::ENABLED_NOT_VERIFIED => AppState::PIN,
            PinState::ENABLED_BLOCKED | PinState::ENABLED_PERM_BLOCKED => AppState::PUK,
            _ => AppState::READY,
        }
    }

    /// `GET_SIM_STATUS`.
    pub fn status(&self) -> CardStatus {
        let none = CardStatus {
            card_state: CardState::ABSENT,
            universal_pin_state: PinState::UNKNOWN,
            gsm_umts_subscription_app_index: -1,
            cdma_subscription_app_index: -1,
            ims_subscription_app_index: -1,
            applications: Vec::new(),
        };
        if !self.present {
            return none;
        }
        let application = AppStatus {
            app_type: self.config.app,
            app_state: self.app_state(),
            perso_substate: 0,
            aid: self.aid(),
            app_label: Some(self.config.label().to_owned()),
            pin1_replaced: 0,
            pin1: self.pin1.state(),
            pin2: self.pin2.state(),
        };
        CardStatus {
            card_state: CardState::PRESENT,
            gsm_umts_subscription_app_index: 0,
            applications: vec![application],
            ..none
        }
    }

    /// The card is pulled out or put in. Putting it in resets it.
    pub(super) fn set_present(&mut self, present: bool) {
        self.present = present;
        self.reset();
    }

    /// Power off and on: PINs have to be entered again.
    pub(super) fn reset(&mut self) {
        self.pin1.reset();
        self.pin2.reset();
        self.channels = Channels::new(self.config.channels);
        self.place = Place::default();
    }

    /// The console locks the card with its PIN, or blocks the PIN.
    pub(super) fn lock(&mut self, blocked: bool) {
        if blocked {
            self.pin1.block();
        } else {
            self.pin1.lock();
        }
    }

    fn inserted(&mut self) -> Result<&mut Self, Errno> {
        if self.present { Ok(self) } else { Err(Errno::SIM_ABSENT) }
    }

    /// PIN1 of the card in the slot.
    pub(super) fn pin1_mut(&mut self) -> Result<&mut Pin, Errno> {
        self.inserted().map(|card| &mut card.pin1)
    }

    /// PIN2 of the card in the slot.
    pub(super) fn pin2_mut(&mut self) -> Result<&mut Pin, Errno> {
        self.inserted().map(|card| &mut card.pin2)
    }

    /// `GET_IMSI`.
    pub fn imsi(&self) -> Result<&str, Errno> {
        if !self.present {
            return Err(Errno::SIM_ABSENT);
        }
        if self.is_ready() { Ok(&self.config.imsi) } else { Err(Errno::INVALID_SIM_STATE) }
    }

    /// `SIM_IO`.
    pub(super) fn io(&mut self, command: &SimIo) -> Result<SimIoResponse, Errno> {
        let card = self.inserted()?;
        let mut granted = Granted { pin1: card.pin1.is_open(), pin2: false };
        if card.files.wants_pin2(command) {
            if card.pin2.is_blocked() {
                return Err(Errno::SIM_PUK2);
            }
            let pin2 = command.pin2.as_deref().ok_or(Errno::SIM_PIN2)?;
            granted.pin2 = card.pin2.verify(pin2).is_ok();
            if !granted.pin2 {
                return Err(if card.pin2.is_blocked() { Errno::SIM_PUK2 } else { Errno::SIM_PIN2 });
            }
        }
        Ok(card.files.run(command, granted))
    }

    /// Only numbers of EF_FDN may be dialled.
    pub fn fixed_dialling(&self) -> bool {
        self.fixed_dialling
    }

    /// Switches fixed dialling; the card asks for PIN2.
    pub(super) fn set_fixed_dialling(&mut self, on: bool, pin2: &str) -> Tried {
        let tries = self.pin2.verify(pin2)?;
        self.fixed_dialling = on;
        if let Some(Content::Transparent(bytes)) = self.files.file_mut(EF_EST).map(|file| &mut file.content) {
            *bytes = vec![u8::from(on)];
        }
        Ok(tries)
    }

    /// Whether fixed dialling lets this number through: it has to begin with an entry.
    pub(super) fn may_dial(&self, number: &str) -> bool {
        let entries = match self.files.file(EF_FDN).map(|file| &file.content) {
            Some(Content::Records(records)) => records.as_slice(),
            _ => &[],
        };
        let mut allowed = entries.iter().filter_map(|record| files::record_number(record));
        !self.fixed_dialling || allowed.any(|entry| !entry.is_empty() && number.starts_with(&entry))
    }

    /// The numbers of EF_ECC.
    pub fn emergency_numbers(&self) -> Vec<EmergencyNumber> {
        self.files.file(EF_ECC).map(|file| files::read_emergency_numbers(&file.content)).unwrap_or_default()
    }

    /// The application's identifier; a SIM has none.
    pub(super) fn aid(&self) -> Text {
        (self.config.app == AppType::USIM).then(|| self.config.aid.clone())
    }

    /// Stores a message in the first free record; gives its number.
    pub(super) fn store_sms(&mut self, status: u8, service_centre: &[u8], tpdu: &[u8]) -> Result<i32, Errno> {
        let records = self.inserted()?.sms_records();
        let free = records.iter_mut().zip(1..).find(|(record, _)| record.first() == Some(&0));
        let (record, number) = free.ok_or(Errno::SIM_FULL)?;
        let mut message = [&[status][..], service_centre, tpdu].concat();
        if message.len() > SMS_RECORD {
            return Err(Errno::INVALID_SMS_FORMAT);
        }
        message.resize(SMS_RECORD, 0xff);
        *record = message;
        Ok(number)
    }

    /// Frees a record of EF_SMS.
    pub(super) fn delete_sms(&mut self, number: i32) -> Result<(), Errno> {
        let records = self.inserted()?.sms_records();
        let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let record = at.and_then(|at| records.get_mut(at)).ok_or(Errno::INVALID_ARGUMENTS)?;
        *record = files::free_sms_record();
        Ok(())
    }

    /// No record of EF_SMS is free.
    pub(super) fn sms_full(&mut self) -> bool {
        self.sms_records().iter().all(|record| record.first() != Some(&0))
    }

    fn sms_records(&mut self) -> &mut [Vec<u8>] {
        match self.files.file_mut(EF_SMS).map(|file| &mut file.content) {
            Some(Content::Records(records)) => records,
            _ => &mut [],
        }
    }

    /// Writes the service centre to the card.
    pub(super) fn set_service_centre(&mut self, number: &str) {
        if let Some(Content::Records(records)) = self.files.file_mut(EF_SMSP).map(|file| &mut file.content)
            && let Some(record) = records.first_mut()
        {
            *record = files::service_centre_record(number);
        }
    }

    /// `SIM_OPEN_CHANNEL`: gives the channel and the status words of the SELECT.
    pub(super) fn open_channel(&mut self, aid: &str) -> Result<Vec<i32>, Errno> {
        let known = self.knows(aid);
        self.inserted()?.channels.open(aid, known)
    }

    /// `SIM_CLOSE_CHANNEL`.
    pub(super) fn close_channel(&mut self, channel: i32) -> Result<(), Errno> {
        self.inserted()?.channels.close(channel)
    }

    /// The open logical channels: number and application.
    pub fn channels(&self) -> impl Iterator<Item = (i32, &str)> {
        self.channels.list()
    }

    /// A command as it is, on a logical channel or, with 0, on the basic one.
    pub(super) fn transmit(&mut self, channel: i32, command: &SimApdu) -> Result<SimIoResponse, Errno> {
        let card = self.inserted()?;
        Ok(card.channels.transmit(channel, command, |aid| card.knows(aid)))
    }

    fn knows(&self, aid: &str) -> bool {
        self.config.app == AppType::USIM && is_prefix(aid, &self.config.aid)
    }
}

/// SELECT takes the beginning of an application identifier for the whole (ETSI TS 102 221, 8.5.1.2).
fn is_prefix(wanted: &str, aid: &str) -> bool {
    let beginning = aid.get(..wanted.len());
    !wanted.is_empty() && beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(wanted))
}
