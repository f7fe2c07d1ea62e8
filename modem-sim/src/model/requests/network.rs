//! Rows about the network.

use ril_protocol::{Errno, RequestCode as R};

use super::Needs::{Modem, Radio};
use super::{Row, done, int, ok};
use crate::model::effects::{Outcome, Reply};

/// `RIL_PreferredNetworkType` goes to this value in Android 7.
const LAST_PREFERRED_TYPE: i32 = 22;
/// Band modes: automatic only.
const BAND_MODES: [i32; 2] = [1, 0];
/// `RADIO_TECH_3GPP` of `IMS_REGISTRATION_STATE`.
const FORMAT_3GPP: i32 = 1;

pub(super) fn row(code: R) -> Option<Row> {
    Some(match code {
        R::SIGNAL_STRENGTH => Row(Radio, |m, _, _| ok(&m.network.signal_report())),
        R::VOICE_REGISTRATION_STATE => Row(Radio, |m, _, _| ok(&m.network.voice_report())),
        R::DATA_REGISTRATION_STATE => Row(Radio, |m, _, _| ok(&m.network.data_report(m.data.limit()))),
        R::OPERATOR => Row(Radio, |m, _, _| ok(&m.network.operator_report())),
        R::QUERY_NETWORK_SELECTION_MODE => Row(Radio, |m, _, _| int(m.network.selection_mode())),
        R::SET_NETWORK_SELECTION_AUTOMATIC => Row(Radio, |m, _, to| {
            m.network.select_automatically();
            m.network_changed(to);
            Ok(Outcome::Later(m.config.pace.register, Reply::done()))
        }),
        R::SET_NETWORK_SELECTION_MANUAL => Row(Radio, |m, args, to| {
            m.network.select(&args.text()?)?;
            m.network_changed(to);
            Ok(Outcome::Later(m.config.pace.register, Reply::done()))
        }),
        R::QUERY_AVAILABLE_NETWORKS => {
            Row(Radio, |m, _, _| Ok(Outcome::Later(m.config.pace.search, Reply::of(&m.network.available()))))
        }
        R::SET_PREFERRED_NETWORK_TYPE => Row(Modem, |m, args, _| {
            let wanted = args.int()?;
            if !(0..=LAST_PREFERRED_TYPE).contains(&wanted) {
                return Err(Errno::INVALID_ARGUMENTS);
            }
            m.network.preferred_type = wanted;
            done()
        }),
        R::GET_PREFERRED_NETWORK_TYPE => Row(Modem, |m, _, _| int(m.network.preferred_type)),
        R::GET_NEIGHBORING_CELL_IDS => Row(Radio, |m, _, _| ok(&m.network.neighbours())),
        R::SET_LOCATION_UPDATES => Row(Radio, |m, args, _| {
            m.handset.location_updates = args.flag()?;
            done()
        }),
        R::SET_BAND_MODE => Row(Radio, |_, args, _| match args.int()? {
            0 => done(),
            _ => Err(Errno::MODE_NOT_SUPPORTED),
        }),
        R::QUERY_AVAILABLE_BAND_MODE => Row(Radio, |_, _, _| ok(&BAND_MODES.to_vec())),
        R::VOICE_RADIO_TECH => Row(Modem, |m, _, _| int(m.network.technology.for_voice().0)),
        R::IMS_REGISTRATION_STATE => Row(Modem, |_, _, _| ok(&vec![0, FORMAT_3GPP])),
        R::RADIO_POWER => Row(super::Needs::Nothing, |m, args, to| {
            if args.flag()? {
                m.power_on(to);
            } else {
                m.power_off(to);
            }
            done()
        }),
        R::RESET_RADIO => Row(Modem, |m, _, to| {
            m.power_off(to);
            m.power_on(to);
            done()
        }),
        R::SHUTDOWN => Row(Modem, |m, _, to| {
            m.shut_down(to);
            done()
        }),
        _ => return None,
    })
}
