//! Short messages.

use ril_protocol::payload::sms::{GsmBroadcastConfig, SmsResponse, SmsWriteArgs};
use ril_protocol::{RequestCode, RilVersion};

use super::ConvertError;
use super::arena::Arena;
use super::form::CStruct;
use super::lent;
use crate::ffi::abi::sms as c;

impl CStruct for SmsResponse {
    type C = c::SmsResponse;

    fn to_struct(&self, arena: &mut Arena) -> Result<c::SmsResponse, ConvertError> {
        Ok(c::SmsResponse {
            message_ref: self.message_ref,
            ack_pdu: arena.text(self.ack_pdu.as_deref()),
            error_code: self.error_code,
        })
    }

    unsafe fn from_struct(answer: &c::SmsResponse, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        let ack_pdu = unsafe { lent::text(answer.ack_pdu) };
        Ok(Self { message_ref: answer.message_ref, ack_pdu, error_code: answer.error_code })
    }
}

impl CStruct for SmsWriteArgs {
    type C = c::SmsWriteArgs;

    fn checked_request(self, _: RequestCode) -> Result<Self, ConvertError> {
        if self.pdu.is_none() { Err(ConvertError::NullString { place: 0 }) } else { Ok(self) }
    }

    fn to_struct(&self, arena: &mut Arena) -> Result<c::SmsWriteArgs, ConvertError> {
        Ok(c::SmsWriteArgs {
            status: self.status,
            pdu: arena.text(self.pdu.as_deref()),
            smsc: arena.text(self.smsc.as_deref()),
        })
    }

    unsafe fn from_struct(args: &c::SmsWriteArgs, _: RilVersion) -> Result<Self, ConvertError> {
        // SAFETY: as the caller promises.
        let (pdu, smsc) = unsafe { (lent::text(args.pdu), lent::text(args.smsc)) };
        Ok(Self { status: args.status, pdu, smsc })
    }
}

impl CStruct for GsmBroadcastConfig {
    type C = c::GsmBroadcastConfig;

    fn to_struct(&self, _: &mut Arena) -> Result<c::GsmBroadcastConfig, ConvertError> {
        Ok(c::GsmBroadcastConfig {
            from_service_id: self.from_service_id,
            to_service_id: self.to_service_id,
            from_code_scheme: self.from_code_scheme,
            to_code_scheme: self.to_code_scheme,
            selected: self.selected.into(),
        })
    }

    unsafe fn from_struct(config: &c::GsmBroadcastConfig, _: RilVersion) -> Result<Self, ConvertError> {
        Ok(Self {
            from_service_id: config.from_service_id,
            to_service_id: config.to_service_id,
            from_code_scheme: config.from_code_scheme,
            to_code_scheme: config.to_code_scheme,
            selected: config.selected != 0,
        })
    }
}
