//! Rows about the card. The card has power of its own, so that nothing here needs the radio.

use ril_protocol::payload::Strings;
use ril_protocol::payload::sim::SimApdu;
use ril_protocol::{Errno, RequestCode as R};

use super::Needs::Modem;
use super::{Row, done, number_at, ok, place, text};
use crate::model::Modem as Phone;
use crate::model::effects::{Effects, Outcome, Reply};
use crate::model::sim_card::Tried;

pub(super) fn row(code: R) -> Option<Row> {
    Some(match code {
        R::GET_SIM_STATUS => Row(Modem, |m, _, _| ok(&m.sim.status())),
        R::GET_IMSI => Row(Modem, |m, _, _| text(m.sim.imsi()?)),
        R::SIM_IO => Row(Modem, |m, args, to| {
            let response = m.sim.io(&args.read()?)?;
            // The command may have made room on the card.
            m.pump_sms(to);
            ok(&response)
        }),
        R::ENTER_SIM_PIN => Row(Modem, |m, args, to| {
            let tried = m.sim.pin1_mut()?.verify(place(&args.strings()?, 0)?);
            m.unlocked(tried, to)
        }),
        R::ENTER_SIM_PUK => Row(Modem, |m, args, to| {
            let strings = args.strings()?;
            let tried = m.sim.pin1_mut()?.unblock(place(&strings, 0)?, place(&strings, 1)?);
            m.unlocked(tried, to)
        }),
        R::ENTER_SIM_PIN2 => Row(Modem, |m, args, to| {
            let tried = m.sim.pin2_mut()?.verify(place(&args.strings()?, 0)?);
            m.unlocked(tried, to)
        }),
        R::ENTER_SIM_PUK2 => Row(Modem, |m, args, to| {
            let strings = args.strings()?;
            let tried = m.sim.pin2_mut()?.unblock(place(&strings, 0)?, place(&strings, 1)?);
            m.unlocked(tried, to)
        }),
        R::CHANGE_SIM_PIN => Row(Modem, |m, args, to| {
            let strings = args.strings()?;
            let tried = m.sim.pin1_mut()?.change(place(&strings, 0)?, place(&strings, 1)?);
            m.unlocked(tried, to)
        }),
        R::CHANGE_SIM_PIN2 => Row(Modem, |m, args, to| {
            let strings = args.strings()?;
            let tried = m.sim.pin2_mut()?.change(place(&strings, 0)?, place(&strings, 1)?);
            m.unlocked(tried, to)
        }),
        R::QUERY_FACILITY_LOCK => Row(Modem, |m, args, _| {
            let locked = m.facility(place(&args.strings()?, 0)?)?;
            ok(&vec![i32::from(locked)])
        }),
        R::SET_FACILITY_LOCK => Row(Modem, |m, args, to| m.set_facility(&args.strings()?, to)),
        R::SIM_OPEN_CHANNEL => Row(Modem, |m, args, _| ok(&m.sim.open_channel(&args.text()?)?)),
        R::SIM_CLOSE_CHANNEL => Row(Modem, |m, args, _| m.sim.close_channel(args.int()?).and_then(|()| done())),
        R::SIM_TRANSMIT_APDU_CHANNEL => Row(Modem, |m, args, _| {
            let command: SimApdu = args.read()?;
            ok(&m.sim.transmit(command.session_id, &command)?)
        }),
        R::SIM_TRANSMIT_APDU_BASIC => Row(Modem, |m, args, _| ok(&m.sim.transmit(0, &args.read()?)?)),
        _ => return None,
    })
}

impl Phone {
    /// An answer with the tries left; the host learns what else has changed.
    fn unlocked(&mut self, tried: Tried, to: &mut Effects) -> Result<Outcome, Errno> {
        self.card_changed(to);
        Ok(match tried {
            Ok(tries) => Reply::of(&vec![tries]),
            Err((errno, tries)) => Reply::of(&vec![tries]).with_errno(errno),
        }
        .into())
    }

    /// `QUERY_FACILITY_LOCK`: PIN1, fixed dialling, barring; personalisation locks are never set.
    fn facility(&self, facility: &str) -> Result<bool, Errno> {
        match facility {
            "SC" => Ok(self.sim.pin1().is_enabled()),
            "FD" => Ok(self.sim.fixed_dialling()),
            "PS" | "PF" | "PN" | "PU" | "PP" | "PC" => Ok(false),
            barring => self.services.barring(barring).ok_or(Errno::INVALID_ARGUMENTS),
        }
    }

    /// `SET_FACILITY_LOCK`: facility, "1" or "0", password, classes.
    fn set_facility(&mut self, strings: &Strings, to: &mut Effects) -> Result<Outcome, Errno> {
        let (facility, password) = (place(strings, 0)?, place(strings, 2)?);
        let on = number_at(strings, 1)? != 0;
        match facility {
            "SC" => {
                let tried = self.sim.pin1_mut()?.enable(on, password);
                self.unlocked(tried, to)
            }
            "FD" => {
                let tried = self.sim.set_fixed_dialling(on, password);
                self.unlocked(tried, to)
            }
            barring if self.services.barring(barring).is_some() => {
                self.services.set_barring(barring, on, password)?;
                ok(&vec![0])
            }
            _ => Err(Errno::INVALID_ARGUMENTS),
        }
    }
}
