//! Short messages.

use ril_protocol::payload::sms::{GsmBroadcastConfig, SmsResponse, SmsWriteArgs};

use super::ConvertError;
use super::arena::Arena;
use super::field::field_by_field;
use crate::ffi::abi::sms as c;

field_by_field!(SmsResponse = c::SmsResponse { message_ref, ack_pdu, error_code });

field_by_field!(SmsWriteArgs = c::SmsWriteArgs { status, pdu, smsc } required: pdu);

field_by_field!(
    GsmBroadcastConfig =
        c::GsmBroadcastConfig { from_service_id, to_service_id, from_code_scheme, to_code_scheme, selected }
);
