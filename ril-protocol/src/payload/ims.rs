//! IMS (ril.h: `RIL_IMS_SMS_Message`).

use serde::{Deserialize, Serialize};

use super::Strings;
use super::cdma::SmsMessage;
use crate::layout::{Arm, By, Field, Layout};
use crate::parcel::{DecodeError, Fault, Parcel, Reader, Writer};

/// `RADIO_TECH_3GPP` of `RIL_RadioTechnologyFamily`.
const TECH_3GPP: i32 = 1;
/// `RADIO_TECH_3GPP2`.
const TECH_3GPP2: i32 = 2;

/// A short message to send over IMS (`RIL_IMS_SMS_Message`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImsSms {
    /// Whether it was sent before and failed.
    #[serde(default)]
    pub retry: bool,
    /// Message reference of the failed try.
    #[serde(default)]
    pub message_ref: i32,
    /// The message.
    pub message: ImsMessage,
}

/// The message, in the format that IMS is registered for. The technology (`tech`) stands before everything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImsMessage {
    /// 3GPP: SMSC address and SMS-SUBMIT, as for `SEND_SMS`.
    Gsm(Strings),
    /// 3GPP2: as for `CDMA_SEND_SMS`.
    Cdma(SmsMessage),
}

impl Parcel for ImsSms {
    const LAYOUT: &'static Layout = &Layout::Struct {
        name: type_path!(ImsSms),
        fields: &[
            Field::new("tech", &Layout::Int).hidden(),
            Field::new("retry", &Layout::ByteFlag),
            Field::new("message_ref", &Layout::Int),
            Field::new(
                "message",
                &Layout::Choice {
                    by: By::Field("tech"),
                    arms: &[
                        Arm::new(TECH_3GPP, "gsm", Strings::LAYOUT),
                        Arm::new(TECH_3GPP2, "cdma", SmsMessage::LAYOUT),
                    ],
                    other: None,
                },
            ),
        ],
    };

    /// A technology other than the two is refused: what follows it is not known, and libril never answers it.
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let tech = reader.field("tech")?;
        let retry = reader.field::<u8>("retry")? != 0;
        let message_ref = reader.field("message_ref")?;
        let message = match tech {
            TECH_3GPP => ImsMessage::Gsm(reader.field("message")?),
            TECH_3GPP2 => ImsMessage::Cdma(reader.field("message")?),
            other => return Err(reader.fault(Fault::BadValue(other))),
        };
        Ok(Self { retry, message_ref, message })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.int(match self.message {
            ImsMessage::Gsm(_) => TECH_3GPP,
            ImsMessage::Cdma(_) => TECH_3GPP2,
        });
        u8::from(self.retry).write(writer);
        writer.int(self.message_ref);
        match &self.message {
            ImsMessage::Gsm(strings) => strings.write(writer),
            ImsMessage::Cdma(message) => message.write(writer),
        }
    }
}
