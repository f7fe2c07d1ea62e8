//! What is said to clients: frames into the outbox of a SIM.

use ril_protocol::frame::{Message, RESPONSE_LIMIT, Reply, Unsolicited};
use ril_protocol::{Errno, UnsolCode};

use super::{ACKNOWLEDGED_SINCE, Host, Sim};
use crate::ffi::convert::ConvertError;
use crate::ffi::worth_a_line;
use crate::host::outbox::Worth;

impl Host {
    /// Sends an unsolicited message whose payload `fill` appends.
    pub(super) fn tell(
        &self,
        sim: usize,
        code: UnsolCode,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), ConvertError>,
    ) {
        let wakes = self.dialect.unsolicited_named(code).row().is_none_or(|row| row.wakes);
        let wants_ack = wakes && self.version() >= ACKNOWLEDGED_SINCE;
        let worth = if wakes { Worth::Unsolicited } else { Worth::Quiet };
        let head = Message::Unsolicited(Unsolicited { code, payload: &[], wants_ack });
        self.say(sim, worth, |out| {
            if let Err(error) = put_filled(out, &head, fill) {
                self.note_bad_response(&code, &error);
            }
        });
    }

    pub(super) fn tell_int(&self, sim: usize, code: UnsolCode, value: i32) {
        self.tell(sim, code, |out| {
            out.extend_from_slice(&one_int(value));
            Ok(())
        });
    }

    /// An answer without a payload.
    pub(super) fn reply(&self, sim: usize, serial: i32, errno: Errno) {
        self.say(sim, Worth::Answer, |out| Reply::new(serial, errno, &[]).put(out));
    }

    pub(super) fn say(&self, sim: usize, worth: Worth, write: impl FnOnce(&mut Vec<u8>)) {
        let Some(Sim { outbox, .. }) = self.sims.get(sim) else { return };
        if !outbox.put(worth, write)
            && let Some(count) = worth_a_line(&self.counts.overflowed)
        {
            tracing::warn!(count, "unsolicited message dropped: nobody takes them");
        }
    }

    pub(super) fn note_bad_response(&self, code: &dyn std::fmt::Display, error: &ConvertError) {
        if let Some(count) = worth_a_line(&self.counts.bad_responses) {
            tracing::warn!(%code, %error, count, "the vendor library gave data that cannot be");
        }
    }
}

/// Appends a frame: `head`, whose payload is empty, and the payload that `fill` appends. Nothing is left behind when
/// that fails.
pub(super) fn put_filled(
    out: &mut Vec<u8>,
    head: &Message<'_>,
    fill: impl FnOnce(&mut Vec<u8>) -> Result<(), ConvertError>,
) -> Result<(), ConvertError> {
    let start = out.len();
    head.put(out);
    let result = fill(out);
    let body = out.len() - start - 4;
    let result = result.and(if body <= RESPONSE_LIMIT { Ok(()) } else { Err(too_long(body)) });
    match u32::try_from(body) {
        Ok(length) if result.is_ok() => out[start..start + 4].copy_from_slice(&length.to_be_bytes()),
        _ => out.truncate(start),
    }
    result
}

fn too_long(body: usize) -> ConvertError {
    ConvertError::Length { what: "the longest frame", got: body, size: RESPONSE_LIMIT }
}

pub(super) fn one_int(value: i32) -> [u8; 8] {
    let mut payload = [0; 8];
    payload[..4].copy_from_slice(&1_i32.to_ne_bytes());
    payload[4..].copy_from_slice(&value.to_ne_bytes());
    payload
}
