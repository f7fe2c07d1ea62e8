//! CDMA short messages, call waiting and information records (ril.h, ril_cdma_sms.h; 3GPP2 C.S0005, C.S0015).
//!
//! The bearer data of a short message (3GPP2 C.S0015, 4.5) is carried as bytes and not looked into.

use serde::{Deserialize, Serialize};

use super::Text;
use super::call::Presentation;
use crate::layout::{Arm, By, Field, Layout};
use crate::parcel::{DecodeError, Fault, Parcel, Reader, Writer, hex_text};

/// The most digits of an address or subaddress (`RIL_CDMA_SMS_ADDRESS_MAX`, `RIL_CDMA_SMS_SUBADDRESS_MAX`).
pub const DIGITS_LIMIT: usize = 36;

/// The most bytes of bearer data (`RIL_CDMA_SMS_BEARER_DATA_MAX`).
pub const BEARER_DATA_LIMIT: usize = 255;

open_enum! {
    /// How the digits of an address are stored (`RIL_CDMA_SMS_DigitMode`).
    pub DigitMode {
        /// DTMF digits, one in each byte.
        FOUR_BIT = 0,
        /// Characters.
        EIGHT_BIT = 1,
    }
}

open_enum! {
    /// Whether an address is a telephone number (`RIL_CDMA_SMS_NumberMode`). Of use with eight-bit digits only.
    pub NumberMode {
        /// A telephone number.
        NOT_DATA_NETWORK = 0,
        /// An address of a data network.
        DATA_NETWORK = 1,
    }
}

open_enum! {
    /// Kind of number (`RIL_CDMA_SMS_NumberType`). Of use with eight-bit digits only.
    pub NumberType {
        /// Not known.
        UNKNOWN = 0,
        /// International, or an IP address on a data network.
        INTERNATIONAL_OR_DATA_IP = 1,
        /// National, or a mail address on a data network.
        NATIONAL_OR_INTERNET_MAIL = 2,
        /// Of this network.
        NETWORK = 3,
        /// Of a subscriber.
        SUBSCRIBER = 4,
        /// GSM seven-bit characters.
        ALPHANUMERIC = 5,
        /// Abbreviated.
        ABBREVIATED = 6,
    }
}

open_enum! {
    /// Numbering plan (`RIL_CDMA_SMS_NumberPlan`). Of use with eight-bit digits only.
    pub NumberPlan {
        /// Not known.
        UNKNOWN = 0,
        /// ITU-T E.164.
        TELEPHONY = 1,
        /// ITU-T X.121.
        DATA = 3,
        /// ITU-T F.69.
        TELEX = 4,
        /// Private.
        PRIVATE = 9,
    }
}

open_enum! {
    /// Kind of subaddress (`RIL_CDMA_SMS_SubaddressType`).
    pub SubaddressType {
        /// ITU-T X.213.
        NSAP = 0,
        /// As the user says.
        USER_SPECIFIED = 1,
    }
}

/// An address (`RIL_CDMA_SMS_Address`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    /// How the digits are stored.
    pub digit_mode: DigitMode,
    /// Whether it is a telephone number.
    pub number_mode: NumberMode,
    /// Kind of number.
    pub number_type: NumberType,
    /// Numbering plan.
    pub number_plan: NumberPlan,
    /// One digit in each byte, [`DIGITS_LIMIT`] at most; what is longer is cut, as libril cuts it.
    #[serde(with = "hex_text")]
    pub digits: Vec<u8>,
}

const DIGITS: &Layout = &Layout::Octets { byte_count: true, most: DIGITS_LIMIT };

impl Parcel for Address {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(Address),
        fields: &[
            Field::new("digit_mode", DigitMode::LAYOUT),
            Field::new("number_mode", NumberMode::LAYOUT),
            Field::new("number_type", NumberType::LAYOUT),
            Field::new("number_plan", NumberPlan::LAYOUT),
            Field::new("digits", DIGITS),
        ],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            digit_mode: reader.field("digit_mode")?,
            number_mode: reader.field("number_mode")?,
            number_type: reader.field("number_type")?,
            number_plan: reader.field("number_plan")?,
            digits: read_digits(reader)?,
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.digit_mode.write(writer);
        self.number_mode.write(writer);
        self.number_type.write(writer);
        self.number_plan.write(writer);
        write_digits(&self.digits, writer);
    }
}

/// A subaddress (`RIL_CDMA_SMS_Subaddress`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subaddress {
    /// Kind of subaddress.
    pub subaddress_type: SubaddressType,
    /// The lower half of the last byte does not count.
    pub odd: bool,
    /// The bytes, [`DIGITS_LIMIT`] at most; what is longer is cut, as libril cuts it.
    #[serde(with = "hex_text")]
    pub digits: Vec<u8>,
}

impl Parcel for Subaddress {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(Subaddress),
        fields: &[
            Field::new("subaddress_type", SubaddressType::LAYOUT),
            Field::new("odd", &Layout::ByteFlag),
            Field::new("digits", DIGITS),
        ],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            subaddress_type: reader.field("subaddress_type")?,
            odd: reader.field::<u8>("odd")? != 0,
            digits: read_digits(reader)?,
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.subaddress_type.write(writer);
        u8::from(self.odd).write(writer);
        write_digits(&self.digits, writer);
    }
}

/// A short message (`RIL_CDMA_SMS_Message`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsMessage {
    /// Teleservice: 4098 messaging, 4099 voice mail, 4100 WAP, ...
    pub teleservice_id: i32,
    /// Whether the service category counts.
    pub is_service_present: bool,
    /// Service category of a broadcast.
    pub service_category: i32,
    /// The far end.
    pub address: Address,
    /// Its subaddress.
    pub sub_address: Subaddress,
    /// The message itself, [`BEARER_DATA_LIMIT`] bytes at most; what is longer is cut, as libril cuts it.
    #[serde(with = "hex_text")]
    pub bearer_data: Vec<u8>,
}

impl Parcel for SmsMessage {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(SmsMessage),
        fields: &[
            Field::new("teleservice_id", &Layout::Int),
            Field::new("is_service_present", &Layout::ByteFlag),
            Field::new("service_category", &Layout::Int),
            Field::new("address", Address::LAYOUT),
            Field::new("sub_address", Subaddress::LAYOUT),
            Field::new("bearer_data", &Layout::Octets { byte_count: false, most: BEARER_DATA_LIMIT }),
        ],
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            teleservice_id: reader.field("teleservice_id")?,
            is_service_present: reader.field::<u8>("is_service_present")? != 0,
            service_category: reader.field("service_category")?,
            address: reader.field("address")?,
            sub_address: reader.field("sub_address")?,
            bearer_data: {
                let len = usize::try_from(reader.field::<i32>("bearer_data")?).unwrap_or(0);
                read_octets("bearer_data", len.min(BEARER_DATA_LIMIT), reader)?
            },
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.int(self.teleservice_id);
        u8::from(self.is_service_present).write(writer);
        writer.int(self.service_category);
        self.address.write(writer);
        self.sub_address.write(writer);
        let bearer_data = cut(&self.bearer_data, BEARER_DATA_LIMIT);
        writer.count(bearer_data.len());
        write_octets(bearer_data, writer);
    }
}

fn read_digits(reader: &mut Reader<'_>) -> Result<Vec<u8>, DecodeError> {
    let len = usize::from(reader.field::<u8>("digits")?);
    read_octets("digits", len.min(DIGITS_LIMIT), reader)
}

fn write_digits(digits: &[u8], writer: &mut Writer<'_>) {
    let digits = cut(digits, DIGITS_LIMIT);
    u8::try_from(digits.len()).unwrap_or(u8::MAX).write(writer);
    write_octets(digits, writer);
}

/// Bytes of which each has a word to itself.
fn read_octets(name: &'static str, count: usize, reader: &mut Reader<'_>) -> Result<Vec<u8>, DecodeError> {
    (0..count).map(|_| reader.field(name)).collect()
}

fn write_octets(octets: &[u8], writer: &mut Writer<'_>) {
    for octet in octets {
        octet.write(writer);
    }
}

fn cut(octets: &[u8], limit: usize) -> &[u8] {
    octets.get(..limit).unwrap_or(octets)
}

payload! {
    /// The received short message was taken, or not (`RIL_CDMA_SMS_Ack`).
    pub struct SmsAck {
        /// `RIL_CDMA_SMS_ErrorClass`: 0 taken, 1 not.
        pub error_class: i32,
        /// Why not: 35 no room, 39 another problem of the terminal (N.S0005, 6.5.2.125).
        pub sms_cause_code: i32,
    }
}

payload! {
    /// A short message to store on the RUIM (`RIL_CDMA_SMS_WriteArgs`).
    pub struct SmsWriteArgs {
        /// 0 received unread, 1 received read, 2 stored unsent, 3 stored sent (3GPP TS 27.005, 3.1).
        pub status: i32,
        /// The message.
        pub message: SmsMessage,
    }
}

payload! {
    /// A broadcast service (`RIL_CDMA_BroadcastSmsConfigInfo`).
    pub struct BroadcastConfig {
        /// Service category.
        pub service_category: i32,
        /// Language.
        pub language: i32,
        /// Wanted, or not.
        pub selected: bool,
    }
}

payload! {
    /// How an incoming call rings (`RIL_CDMA_SignalInfoRecord`; C.S0005, 3.7.5.5).
    pub struct SignalInfo {
        /// Whether the rest counts.
        pub is_present: bool,
        /// Kind of signal.
        pub signal_type: i32,
        /// Pitch.
        pub alert_pitch: i32,
        /// The signal.
        pub signal: i32,
    }
}

/// `CALL_RING` carries it for CDMA calls and nothing for others.
impl Parcel for Option<SignalInfo> {
    const LAYOUT: &'static Layout = &Layout::IfLeft(SignalInfo::LAYOUT);

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.rest().is_empty() { Ok(None) } else { SignalInfo::read(reader).map(Some) }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        if let Some(info) = self {
            info.write(writer);
        }
    }
}

payload! {
    /// A call waits (`RIL_CDMA_CallWaiting_v6`).
    pub struct CallWaiting {
        /// Number of the far end.
        pub number: Text,
        /// Whether the number may be shown.
        pub number_presentation: Presentation,
        /// Name of the far end.
        pub name: Text,
        /// How it rings.
        pub signal_info_record: SignalInfo,
        /// 0 unknown, 1 international, 2 national, 3 network, 4 subscriber. 0 from a library older than version 6.
        pub number_type: i32,
        /// 0 unknown, 1 ISDN, 3 data, 4 telex, 8 national, 9 private. 0 from a library older than version 6.
        pub number_plan: i32,
    }
}

open_enum! {
    /// Kind of an information record (`RIL_CDMA_InfoRecName`; C.S0005, 3.7.5).
    pub InfoRecName {
        /// Text to show.
        DISPLAY = 0,
        /// Number that was called.
        CALLED_PARTY_NUMBER = 1,
        /// Number that calls.
        CALLING_PARTY_NUMBER = 2,
        /// Number that answered.
        CONNECTED_NUMBER = 3,
        /// How to ring.
        SIGNAL = 4,
        /// Number that the call was redirected from.
        REDIRECTING_NUMBER = 5,
        /// Line control.
        LINE_CONTROL = 6,
        /// Longer text to show.
        EXTENDED_DISPLAY = 7,
        /// Own number withheld.
        T53_CLIR = 8,
        /// Release. Has no parcel form.
        T53_RELEASE = 9,
        /// Audio control.
        T53_AUDIO_CONTROL = 10,
    }
}

payload! {
    /// A number (`RIL_CDMA_NumberInfoRecord`; C.S0005, 3.7.5.2 to 3.7.5.4).
    pub struct NumberInfo {
        /// The digits.
        pub number: Text,
        /// Kind of number.
        pub number_type: i32,
        /// Numbering plan.
        pub number_plan: i32,
        /// Presentation indicator.
        pub pi: i32,
        /// Screening indicator.
        pub si: i32,
    }
}

payload! {
    /// Where a call was redirected from (`RIL_CDMA_RedirectingNumberInfoRecord`; C.S0005, 3.7.5.11).
    pub struct RedirectingNumber {
        /// The number.
        pub redirecting_number: NumberInfo,
        /// Why: 0 unknown, 1 busy, 2 no reply, 9 out of order, 10 by the called party, 15 unconditional.
        pub redirecting_reason: i32,
    }
}

payload! {
    /// Line control (`RIL_CDMA_LineControlInfoRecord`; C.S0005, 3.7.5.15).
    pub struct LineControl {
        /// Whether the polarity counts.
        pub polarity_included: i32,
        /// Toggle mode.
        pub toggle: i32,
        /// Reverse polarity.
        pub reverse: i32,
        /// Power denial time.
        pub power_denial: i32,
    }
}

payload! {
    /// Audio control (`RIL_CDMA_T53_AudioControlInfoRecord`).
    pub struct AudioControl {
        /// Up link.
        pub up_link: i32,
        /// Down link.
        pub down_link: i32,
    }
}

/// One information record (`RIL_CDMA_InformationRecord`), behind its [`InfoRecName`].
///
/// `T53_RELEASE` and unknown names are refused, as libril refuses them: their layout is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InfoRecord {
    /// Text to show.
    Display(Text),
    /// Number that was called.
    CalledPartyNumber(NumberInfo),
    /// Number that calls.
    CallingPartyNumber(NumberInfo),
    /// Number that answered.
    ConnectedNumber(NumberInfo),
    /// How to ring.
    Signal(SignalInfo),
    /// Number that the call was redirected from.
    RedirectingNumber(RedirectingNumber),
    /// Line control.
    LineControl(LineControl),
    /// Longer text to show.
    ExtendedDisplay(Text),
    /// Own number withheld, and why.
    T53Clir(i32),
    /// Audio control.
    T53AudioControl(AudioControl),
}

impl InfoRecord {
    /// The name that stands before the record.
    pub fn name(&self) -> InfoRecName {
        match self {
            Self::Display(_) => InfoRecName::DISPLAY,
            Self::CalledPartyNumber(_) => InfoRecName::CALLED_PARTY_NUMBER,
            Self::CallingPartyNumber(_) => InfoRecName::CALLING_PARTY_NUMBER,
            Self::ConnectedNumber(_) => InfoRecName::CONNECTED_NUMBER,
            Self::Signal(_) => InfoRecName::SIGNAL,
            Self::RedirectingNumber(_) => InfoRecName::REDIRECTING_NUMBER,
            Self::LineControl(_) => InfoRecName::LINE_CONTROL,
            Self::ExtendedDisplay(_) => InfoRecName::EXTENDED_DISPLAY,
            Self::T53Clir(_) => InfoRecName::T53_CLIR,
            Self::T53AudioControl(_) => InfoRecName::T53_AUDIO_CONTROL,
        }
    }
}

impl Parcel for InfoRecord {
    const LAYOUT: &'static Layout = &Layout::Choice {
        by: By::Next("name", InfoRecName::LAYOUT),
        arms: &[
            Arm::new(InfoRecName::DISPLAY.0, "display", Text::LAYOUT),
            Arm::new(InfoRecName::CALLED_PARTY_NUMBER.0, "called_party_number", NumberInfo::LAYOUT),
            Arm::new(InfoRecName::CALLING_PARTY_NUMBER.0, "calling_party_number", NumberInfo::LAYOUT),
            Arm::new(InfoRecName::CONNECTED_NUMBER.0, "connected_number", NumberInfo::LAYOUT),
            Arm::new(InfoRecName::SIGNAL.0, "signal", SignalInfo::LAYOUT),
            Arm::new(InfoRecName::REDIRECTING_NUMBER.0, "redirecting_number", RedirectingNumber::LAYOUT),
            Arm::new(InfoRecName::LINE_CONTROL.0, "line_control", LineControl::LAYOUT),
            Arm::new(InfoRecName::EXTENDED_DISPLAY.0, "extended_display", Text::LAYOUT),
            Arm::new(InfoRecName::T53_CLIR.0, "t53_clir", &Layout::Int),
            Arm::new(InfoRecName::T53_AUDIO_CONTROL.0, "t53_audio_control", AudioControl::LAYOUT),
        ],
        other: None,
    };

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match reader.field("name")? {
            InfoRecName::DISPLAY => Self::Display(reader.field("display")?),
            InfoRecName::CALLED_PARTY_NUMBER => Self::CalledPartyNumber(reader.field("called_party_number")?),
            InfoRecName::CALLING_PARTY_NUMBER => Self::CallingPartyNumber(reader.field("calling_party_number")?),
            InfoRecName::CONNECTED_NUMBER => Self::ConnectedNumber(reader.field("connected_number")?),
            InfoRecName::SIGNAL => Self::Signal(reader.field("signal")?),
            InfoRecName::REDIRECTING_NUMBER => Self::RedirectingNumber(reader.field("redirecting_number")?),
            InfoRecName::LINE_CONTROL => Self::LineControl(reader.field("line_control")?),
            InfoRecName::EXTENDED_DISPLAY => Self::ExtendedDisplay(reader.field("extended_display")?),
            InfoRecName::T53_CLIR => Self::T53Clir(reader.field("t53_clir")?),
            InfoRecName::T53_AUDIO_CONTROL => Self::T53AudioControl(reader.field("t53_audio_control")?),
            InfoRecName(other) => return Err(reader.fault(Fault::BadValue(other))),
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.name().write(writer);
        match self {
            Self::Display(text) | Self::ExtendedDisplay(text) => text.write(writer),
            Self::CalledPartyNumber(info) | Self::CallingPartyNumber(info) | Self::ConnectedNumber(info) => {
                info.write(writer);
            }
            Self::Signal(info) => info.write(writer),
            Self::RedirectingNumber(info) => info.write(writer),
            Self::LineControl(info) => info.write(writer),
            Self::T53Clir(cause) => writer.int(*cause),
            Self::T53AudioControl(info) => info.write(writer),
        }
    }
}
