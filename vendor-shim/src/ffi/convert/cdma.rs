//! CDMA short messages, call waiting and information records.

use std::ffi::c_char;

use ril_protocol::RilVersion;
use ril_protocol::payload::Text;
use ril_protocol::payload::call::Presentation;
use ril_protocol::payload::cdma::{
    Address, AudioControl, BroadcastConfig, CallWaiting, DigitMode, InfoRecName, InfoRecord, LineControl, NumberInfo,
    NumberMode, NumberPlan, NumberType, RedirectingNumber, SignalInfo, SmsAck, SmsMessage, SmsWriteArgs, Subaddress,
    SubaddressType,
};

use super::arena::Arena;
use super::field::{Field, field_by_field};
use super::form::{CForm, CStruct};
use super::lent::{self, Lent};
use super::{CData, ConvertError, LAST_IMPRECISE};
use crate::ffi::abi::Plain;
use crate::ffi::abi::cdma as c;

field_by_field!(SmsAck = c::SmsAck { error_class, sms_cause_code });

field_by_field!(SmsWriteArgs = c::SmsWriteArgs { status, message });

field_by_field!(BroadcastConfig = c::BroadcastConfig { service_category, language, selected });

field_by_field!(SignalInfo = c::SignalInfo { is_present, signal_type, alert_pitch, signal });

field_by_field!(LineControl = c::LineControl { polarity_included, toggle, reverse, power_denial });

field_by_field!(AudioControl = c::AudioControl { up_link, down_link });

field_by_field!(RedirectingNumber = c::RedirectingNumber { redirecting_number, redirecting_reason });

/// Bytes in a buffer of fixed size, cut where they are more, as libril cuts them. Answers the number in use too.
fn buffer<const N: usize>(bytes: &[u8]) -> ([u8; N], usize) {
    let used = bytes.len().min(N);
    (std::array::from_fn(|at| bytes.get(at).copied().unwrap_or_default()), used)
}

/// The bytes in use; a number that is too large stands for all, as in libril.
fn used(buffer: &[u8], len: usize) -> Vec<u8> {
    buffer.get(..len).unwrap_or(buffer).to_vec()
}

impl CStruct for Address {
    type C = c::SmsAddress;

    fn to_struct(&self, _: &mut Arena) -> Result<c::SmsAddress, ConvertError> {
        let (digits, len) = buffer(&self.digits);
        Ok(c::SmsAddress {
            digit_mode: self.digit_mode.0,
            number_mode: self.number_mode.0,
            number_type: self.number_type.0,
            number_plan: self.number_plan.0,
            number_of_digits: len as u8,
            digits,
        })
    }

    unsafe fn from_struct(c: &c::SmsAddress) -> Result<Self, ConvertError> {
        Ok(Self {
            digit_mode: DigitMode(c.digit_mode),
            number_mode: NumberMode(c.number_mode),
            number_type: NumberType(c.number_type),
            number_plan: NumberPlan(c.number_plan),
            digits: used(&c.digits, c.number_of_digits.into()),
        })
    }
}

impl CStruct for Subaddress {
    type C = c::SmsSubaddress;

    fn to_struct(&self, _: &mut Arena) -> Result<c::SmsSubaddress, ConvertError> {
        let (digits, len) = buffer(&self.digits);
        Ok(c::SmsSubaddress {
            subaddress_type: self.subaddress_type.0,
            odd: self.odd.into(),
            number_of_digits: len as u8,
            digits,
        })
    }

    unsafe fn from_struct(c: &c::SmsSubaddress) -> Result<Self, ConvertError> {
        Ok(Self {
            subaddress_type: SubaddressType(c.subaddress_type),
            odd: c.odd != 0,
            digits: used(&c.digits, c.number_of_digits.into()),
        })
    }
}

impl CStruct for SmsMessage {
    type C = c::SmsMessage;

    fn to_struct(&self, arena: &mut Arena) -> Result<c::SmsMessage, ConvertError> {
        let (bearer_data, len) = buffer(&self.bearer_data);
        Ok(c::SmsMessage {
            teleservice_id: self.teleservice_id,
            is_service_present: self.is_service_present.into(),
            service_category: self.service_category,
            address: self.address.to_struct(arena)?,
            sub_address: self.sub_address.to_struct(arena)?,
            bearer_data_len: len as i32,
            bearer_data,
        })
    }

    unsafe fn from_struct(c: &c::SmsMessage) -> Result<Self, ConvertError> {
        // SAFETY: there are no pointers.
        let (address, sub_address) =
            unsafe { (Address::from_struct(&c.address)?, Subaddress::from_struct(&c.sub_address)?) };
        Ok(Self {
            teleservice_id: c.teleservice_id,
            is_service_present: c.is_service_present != 0,
            service_category: c.service_category,
            address,
            sub_address,
            bearer_data: used(&c.bearer_data, usize::try_from(c.bearer_data_len).unwrap_or_default()),
        })
    }
}

/// What comes with `CALL_RING`: nothing, unless the call is a CDMA call.
impl CForm for Option<SignalInfo> {
    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        self.as_ref().map_or(Ok(CData::NULL), |info| info.to_c(arena, version))
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        if data.ptr.is_null() || data.len == 0 {
            return Ok(None);
        }
        // SAFETY: as the caller promises.
        unsafe { CForm::from_c(data, version).map(Some) }
    }
}

/// Layout 6, or layout 5 where the length says so.
impl CForm for CallWaiting {
    fn to_c(&self, arena: &mut Arena, version: RilVersion) -> Result<CData, ConvertError> {
        let v6 = c::CallWaitingV6 {
            number: arena.text(self.number.as_deref()),
            number_presentation: self.number_presentation.0,
            name: arena.text(self.name.as_deref()),
            signal_info_record: self.signal_info_record.to_struct(arena)?,
            number_type: self.number_type,
            number_plan: self.number_plan,
        };
        let CData { ptr, len } = CData::one(arena.put(v6));
        Ok(CData { ptr, len: if version.0 < 6 { size_of::<c::CallWaitingV5>() } else { len } })
    }

    unsafe fn from_c(data: Lent, version: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        unsafe {
            let v5: c::CallWaitingV5 = data.head()?;
            let (number_type, number_plan) = if version > LAST_IMPRECISE || data.len >= size_of::<c::CallWaitingV6>() {
                let v6: c::CallWaitingV6 = data.head()?;
                (v6.number_type, v6.number_plan)
            } else {
                (0, 0)
            };
            Ok(Self {
                number: lent::text(v5.number),
                number_presentation: Presentation(v5.number_presentation),
                name: lent::text(v5.name),
                signal_info_record: SignalInfo::from_struct(&v5.signal_info_record)?,
                number_type,
                number_plan,
            })
        }
    }
}

impl CStruct for NumberInfo {
    type C = c::NumberInfo;

    fn to_struct(&self, arena: &mut Arena) -> Result<c::NumberInfo, ConvertError> {
        let (number, len) = counted_text(&self.number)?;
        Ok(c::NumberInfo {
            len,
            number,
            number_type: self.number_type.to_field(arena)?,
            number_plan: self.number_plan.to_field(arena)?,
            pi: self.pi.to_field(arena)?,
            si: self.si.to_field(arena)?,
        })
    }

    unsafe fn from_struct(c: &c::NumberInfo) -> Result<Self, ConvertError> {
        Ok(Self {
            number: text_of_counted(&c.number, c.len)?,
            number_type: c.number_type.into(),
            number_plan: c.number_plan.into(),
            pi: c.pi.into(),
            si: c.si.into(),
        })
    }
}

/// A string in a buffer, without a NUL, its length in a `char`; null is the empty string.
fn counted_text<const N: usize>(text: &Text) -> Result<([u8; N], c_char), ConvertError> {
    let text = text.as_deref().unwrap_or_default().as_bytes();
    if text.len() > N {
        return Err(ConvertError::TooLong { what: "information record", got: text.len(), most: N });
    }
    let (buffer, len) = buffer(text);
    Ok((buffer, len as c_char))
}

fn text_of_counted(buffer: &[u8], len: c_char) -> Result<Text, ConvertError> {
    let used = usize::try_from(len).ok().and_then(|len| buffer.get(..len));
    let used = used.ok_or(ConvertError::Value { what: "length of an information record", got: len.into() })?;
    Ok(Some(lent::buffer_text(used)))
}

/// One struct with ten places.
impl CForm for Vec<InfoRecord> {
    fn to_c(&self, arena: &mut Arena, _: RilVersion) -> Result<CData, ConvertError> {
        if self.len() > c::INFO_RECORDS_MAX {
            return Err(ConvertError::TooLong {
                what: c::InfoRecords::NAME,
                got: self.len(),
                most: c::INFO_RECORDS_MAX,
            });
        }
        let mut records = [c::InfoRecord::NONE; c::INFO_RECORDS_MAX];
        for (place, record) in records.iter_mut().zip(self) {
            *place = c::InfoRecord { name: record.name().0, value: value_to_c(record, arena)? };
        }
        Ok(CData::one(arena.put(c::InfoRecords { count: self.len() as c_char, records })))
    }

    unsafe fn from_c(data: Lent, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        let list: c::InfoRecords = unsafe { data.one()? };
        let used = usize::try_from(list.count).unwrap_or_default();
        list.records.iter().take(used).map(record_from_c).collect()
    }
}

/// The part of the union that the record's name stands for.
fn value_to_c(record: &InfoRecord, arena: &mut Arena) -> Result<c::InfoRecordValue, ConvertError> {
    // The union is as large as its largest part; all of it is to be set.
    let mut value = c::InfoRecord::NONE.value;
    match record {
        InfoRecord::Display(text) | InfoRecord::ExtendedDisplay(text) => {
            let (text, len) = counted_text(text)?;
            value.display = c::DisplayInfo { len, text };
        }
        InfoRecord::CalledPartyNumber(info)
        | InfoRecord::CallingPartyNumber(info)
        | InfoRecord::ConnectedNumber(info) => value.number = info.to_struct(arena)?,
        InfoRecord::Signal(info) => value.signal = info.to_struct(arena)?,
        InfoRecord::RedirectingNumber(info) => value.redirecting = info.to_struct(arena)?,
        InfoRecord::LineControl(info) => value.line_control = info.to_struct(arena)?,
        InfoRecord::T53Clir(cause) => value.clir_cause = cause.to_field(arena)?,
        InfoRecord::T53AudioControl(info) => value.audio_control = info.to_struct(arena)?,
    }
    Ok(value)
}

fn record_from_c(record: &c::InfoRecord) -> Result<InfoRecord, ConvertError> {
    let value = &record.value;
    // SAFETY: every part of the union is made of numbers, so that any bytes are one, and none has a pointer.
    Ok(unsafe {
        match InfoRecName(record.name) {
            InfoRecName::DISPLAY => InfoRecord::Display(text_of_counted(&value.display.text, value.display.len)?),
            InfoRecName::CALLED_PARTY_NUMBER => InfoRecord::CalledPartyNumber(NumberInfo::from_struct(&value.number)?),
            InfoRecName::CALLING_PARTY_NUMBER => {
                InfoRecord::CallingPartyNumber(NumberInfo::from_struct(&value.number)?)
            }
            InfoRecName::CONNECTED_NUMBER => InfoRecord::ConnectedNumber(NumberInfo::from_struct(&value.number)?),
            InfoRecName::SIGNAL => InfoRecord::Signal(SignalInfo::from_struct(&value.signal)?),
            InfoRecName::REDIRECTING_NUMBER => {
                InfoRecord::RedirectingNumber(RedirectingNumber::from_struct(&value.redirecting)?)
            }
            InfoRecName::LINE_CONTROL => InfoRecord::LineControl(LineControl::from_struct(&value.line_control)?),
            InfoRecName::EXTENDED_DISPLAY => {
                InfoRecord::ExtendedDisplay(text_of_counted(&value.display.text, value.display.len)?)
            }
            InfoRecName::T53_CLIR => InfoRecord::T53Clir(value.clir_cause.into()),
            InfoRecName::T53_AUDIO_CONTROL => {
                InfoRecord::T53AudioControl(AudioControl::from_struct(&value.audio_control)?)
            }
            InfoRecName(other) => return Err(ConvertError::Value { what: c::InfoRecord::NAME, got: other }),
        }
    })
}
