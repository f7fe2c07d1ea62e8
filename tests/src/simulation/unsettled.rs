//! Requests about calls that the router lets wait until it has a list to decide them by: when it carries them out, no
//! phone is asking.

use ril_protocol::RequestCode;

/// Those that have neither gone to the modem nor been answered.
#[derive(Debug, Default)]
pub(super) struct Unsettled(Vec<(usize, i32)>);

impl Unsettled {
    /// A phone asks this.
    pub(super) fn asks(&mut self, place: usize, code: RequestCode, serial: i32) {
        if is_about_calls(code) {
            self.0.push((place, serial));
        }
    }

    /// The modem is asked this for a phone that asks just now, whose request so has not waited.
    pub(super) fn reaches_modem(&mut self, by: usize, code: RequestCode) {
        if is_about_calls(code)
            && let Some(last) = self.0.iter().rposition(|(place, _)| *place == by)
        {
            self.0.remove(last);
        }
    }

    /// A phone has this answer.
    pub(super) fn answered(&mut self, place: usize, serial: i32) {
        self.0.retain(|waiting| *waiting != (place, serial));
    }

    /// The client of this phone is gone.
    pub(super) fn client_gone(&mut self, place: usize) {
        self.0.retain(|(of, _)| *of != place);
    }

    /// Root is gone.
    pub(super) fn root_gone(&mut self) {
        self.0.clear();
    }

    /// The phones that may be the ones for which the modem is asked something about calls now.
    pub(super) fn phones(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(place, _)| *place)
    }
}

fn is_about_calls(code: RequestCode) -> bool {
    matches!(
        code,
        RequestCode::ANSWER
            | RequestCode::UDUB
            | RequestCode::HANGUP
            | RequestCode::HANGUP_WAITING_OR_BACKGROUND
            | RequestCode::HANGUP_FOREGROUND_RESUME_BACKGROUND
            | RequestCode::SWITCH_WAITING_OR_HOLDING_AND_ACTIVE
            | RequestCode::CONFERENCE
            | RequestCode::SEPARATE_CONNECTION
            | RequestCode::EXPLICIT_CALL_TRANSFER
    )
}
