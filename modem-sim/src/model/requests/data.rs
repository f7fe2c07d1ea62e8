//! Rows about data calls.

use ril_protocol::payload::Strings;
use ril_protocol::{Errno, RequestCode as R};

use super::Needs::{Modem, Radio};
use super::{Row, done, int, ok, place};
use crate::model::Modem as Phone;
use crate::model::effects::{Outcome, Reply};

pub(super) fn row(code: R) -> Option<Row> {
    Some(match code {
        R::SETUP_DATA_CALL => Row(Radio, |m, args, _| m.set_up_data_call(&args.strings()?)),
        R::DEACTIVATE_DATA_CALL => Row(Radio, |m, args, _| {
            let cid = place(&args.strings()?, 0)?.parse().map_err(|_| Errno::INVALID_ARGUMENTS)?;
            m.data.close(cid)?;
            Ok(Outcome::Later(m.config.pace.data, Reply::done()))
        }),
        R::DATA_CALL_LIST => Row(Modem, |m, _, _| ok(&m.data.list())),
        R::LAST_DATA_CALL_FAIL_CAUSE => Row(Modem, |m, _, _| int(m.data.last_cause())),
        R::SET_INITIAL_ATTACH_APN => Row(Modem, |m, args, _| {
            m.data.attach_apn = Some(args.read()?);
            done()
        }),
        R::ALLOW_DATA => Row(Modem, |m, args, to| {
            m.data.allow(args.flag()?, to);
            done()
        }),
        R::SET_DATA_PROFILE => Row(Modem, |m, args, _| {
            m.data.profiles = args.read()?;
            done()
        }),
        _ => return None,
    })
}

impl Phone {
    fn set_up_data_call(&mut self, wanted: &Strings) -> Result<Outcome, Errno> {
        if !self.network.data_now().in_service() {
            return Err(Errno::OP_NOT_ALLOWED_BEFORE_REG_TO_NW);
        }
        let result = self.data.set_up(wanted)?;
        Ok(Outcome::Later(self.config.pace.data, Reply::of(&result)))
    }
}
