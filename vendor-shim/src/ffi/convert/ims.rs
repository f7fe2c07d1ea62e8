//! IMS.

use ril_protocol::payload::Strings;
use ril_protocol::payload::cdma::SmsMessage;
use ril_protocol::payload::ims::{ImsMessage, ImsSms};
use ril_protocol::{RequestCode, RilVersion};

use super::arena::Arena;
use super::form::{CForm, CStruct};
use super::lent::{self, Lent};
use super::{CData, ConvertError};
use crate::ffi::abi::ims as c;
use crate::ffi::abi::{CText, Plain, cdma};

/// What libril counts as the length before the message: the fields one after the other, without padding.
const HEAD: usize = size_of::<i32>() + size_of::<u8>() + size_of::<i32>();
/// SMSC address and SMS-SUBMIT.
const GSM_STRINGS: usize = 2;

/// The length is not that of the struct: libril counts the fields and what the message points to. From a host that
/// counts otherwise, the two strings that ril.h promises are read.
impl CForm for ImsSms {
    fn checked_request(self, _: RequestCode) -> Result<Self, ConvertError> {
        let message = match self.message {
            ImsMessage::Gsm(strings) => ImsMessage::Gsm(strings.checked_request(RequestCode::SEND_SMS)?),
            cdma @ ImsMessage::Cdma(_) => cdma,
        };
        Ok(Self { message, ..self })
    }

    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        let (tech, message, len) = match &self.message {
            ImsMessage::Gsm(strings) => {
                let list = strings.to_c(arena, version)?;
                (c::TECH_3GPP, c::ImsMessage { gsm: list.ptr.cast_mut().cast() }, list.len)
            }
            ImsMessage::Cdma(message) => {
                let cdma = message.to_struct(arena)?;
                (c::TECH_3GPP2, c::ImsMessage { cdma: arena.put(cdma) }, size_of::<cdma::SmsMessage>())
            }
        };
        let sms = c::ImsSms { tech, retry: self.retry.into(), message_ref: self.message_ref, message };
        Ok(CData { len: HEAD + len, ..CData::one(arena.put(sms)) })
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        if data.len < HEAD {
            return Err(data.length_of::<c::ImsSms>());
        }
        // SAFETY: hosts pass the whole struct, whatever length they count; the pointer is that of the technology.
        unsafe {
            let sms = lent::pointee(data.ptr.cast::<c::ImsSms>())?;
            let message = match sms.tech {
                c::TECH_3GPP => {
                    let counted = data.len - HEAD;
                    let whole = counted.is_multiple_of(size_of::<CText>());
                    let len = if whole { counted } else { GSM_STRINGS * size_of::<CText>() };
                    ImsMessage::Gsm(Strings::from_c(Lent { ptr: sms.message.gsm.cast(), len }, version)?)
                }
                c::TECH_3GPP2 => ImsMessage::Cdma(SmsMessage::from_struct(&lent::pointee(sms.message.cdma)?)?),
                other => return Err(ConvertError::Value { what: c::ImsSms::NAME, got: other }),
            };
            Ok(Self { retry: sms.retry != 0, message_ref: sms.message_ref, message })
        }
    }
}
