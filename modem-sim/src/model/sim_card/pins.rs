//! PIN1 and PIN2 with their unblocking keys: tries, verification, blocking.
//!
//! Reference: ETSI TS 102 221, 9.5; 3GPP TS 51.011, 11.3 (CHV1, CHV2).

use ril_protocol::Errno;
use ril_protocol::payload::sim::PinState;

/// Wrong PINs before the PIN is blocked.
const PIN_TRIES: i32 = 3;
/// Wrong unblocking keys before the card is lost.
const PUK_TRIES: i32 = 10;

/// Tries left after success or failure. On failure also what went wrong.
pub type Tried = Result<i32, (Errno, i32)>;

/// One PIN and its unblocking key.
#[derive(Clone, Debug)]
pub struct Pin {
    code: String,
    puk: String,
    tries: i32,
    puk_tries: i32,
    enabled: bool,
    verified: bool,
}

impl Pin {
    /// A PIN that nobody has entered yet.
    pub fn new(code: &str, puk: &str, enabled: bool) -> Self {
        Self {
            code: code.to_owned(),
            puk: puk.to_owned(),
            tries: PIN_TRIES,
            puk_tries: PUK_TRIES,
            enabled,
            verified: false,
        }
    }

    /// The state that `GET_SIM_STATUS` reports.
    pub fn state(&self) -> PinState {
        if self.puk_tries == 0 {
            PinState::ENABLED_PERM_BLOCKED
        } else if self.tries == 0 {
            PinState::ENABLED_BLOCKED
        } else if !self.enabled {
            PinState::DISABLED
        } else if self.verified {
            PinState::ENABLED_VERIFIED
        } else {
            PinState::ENABLED_NOT_VERIFIED
        }
    }

    /// What the PIN guards may be used.
    pub fn is_open(&self) -> bool {
        matches!(self.state(), PinState::DISABLED | PinState::ENABLED_VERIFIED)
    }

    /// The unblocking key is wanted.
    pub fn is_blocked(&self) -> bool {
        self.tries == 0
    }

    /// How often it may be entered wrongly before it is blocked.
    pub fn tries(&self) -> i32 {
        self.tries
    }

    /// Asked for after a reset of the card.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// VERIFY.
    pub fn verify(&mut self, code: &str) -> Tried {
        if self.tries == 0 {
            return Err((Errno::PASSWORD_INCORRECT, 0));
        }
        if code != self.code {
            self.tries -= 1;
            self.verified = false;
            return Err((Errno::PASSWORD_INCORRECT, self.tries));
        }
        self.tries = PIN_TRIES;
        self.verified = true;
        Ok(self.tries)
    }

    /// UNBLOCK: also sets a new PIN.
    pub fn unblock(&mut self, puk: &str, new: &str) -> Tried {
        if self.puk_tries == 0 {
            return Err((Errno::PASSWORD_INCORRECT, 0));
        }
        if puk != self.puk {
            self.puk_tries -= 1;
            return Err((Errno::PASSWORD_INCORRECT, self.puk_tries));
        }
        if !well_formed(new) {
            return Err((Errno::INVALID_ARGUMENTS, self.puk_tries));
        }
        new.clone_into(&mut self.code);
        (self.tries, self.puk_tries, self.enabled, self.verified) = (PIN_TRIES, PUK_TRIES, true, true);
        Ok(PIN_TRIES)
    }

    /// CHANGE.
    pub fn change(&mut self, old: &str, new: &str) -> Tried {
        if !well_formed(new) {
            return Err((Errno::INVALID_ARGUMENTS, self.tries));
        }
        let tries = self.verify(old)?;
        new.clone_into(&mut self.code);
        Ok(tries)
    }

    /// ENABLE or DISABLE.
    pub fn enable(&mut self, enabled: bool, code: &str) -> Tried {
        let tries = self.verify(code)?;
        self.enabled = enabled;
        Ok(tries)
    }

    /// The card was reset: the PIN has to be entered again. Tries survive.
    pub fn reset(&mut self) {
        self.verified = false;
    }

    /// From now on the PIN is asked for.
    pub fn lock(&mut self) {
        (self.enabled, self.verified) = (true, false);
    }

    /// The PIN's tries are used up.
    pub fn block(&mut self) {
        (self.enabled, self.verified, self.tries) = (true, false, 0);
    }
}

/// Four to eight digits.
fn well_formed(code: &str) -> bool {
    (4..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_wrong_pins_block_and_the_puk_opens() {
        let mut pin = Pin::new("1234", "12345678", true);
        assert_eq!(pin.state(), PinState::ENABLED_NOT_VERIFIED);
        for left in [2, 1, 0] {
            assert_eq!(pin.verify("9999"), Err((Errno::PASSWORD_INCORRECT, left)));
        }
        assert_eq!(pin.state(), PinState::ENABLED_BLOCKED);
        assert_eq!(pin.verify("1234"), Err((Errno::PASSWORD_INCORRECT, 0)), "the right PIN comes too late");
        assert_eq!(pin.unblock("00000000", "4321"), Err((Errno::PASSWORD_INCORRECT, 9)));
        assert_eq!(pin.unblock("12345678", "4321"), Ok(3));
        assert!(pin.is_open());
        pin.reset();
        assert_eq!(pin.verify("4321"), Ok(3));
    }

    #[test]
    fn ten_wrong_puks_lose_the_card() {
        let mut pin = Pin::new("1234", "12345678", true);
        for left in (0..10).rev() {
            assert_eq!(pin.unblock("0", "4321"), Err((Errno::PASSWORD_INCORRECT, left)));
        }
        assert_eq!(pin.unblock("12345678", "4321"), Err((Errno::PASSWORD_INCORRECT, 0)));
        assert_eq!(pin.state(), PinState::ENABLED_PERM_BLOCKED);
    }

    #[test]
    fn a_right_pin_gives_the_tries_back() {
        let mut pin = Pin::new("1234", "12345678", true);
        assert!(pin.verify("1").is_err());
        assert_eq!(pin.verify("1234"), Ok(3));
        assert_eq!(pin.enable(false, "1234"), Ok(3));
        pin.reset();
        assert_eq!(pin.state(), PinState::DISABLED);
        assert_eq!(pin.change("1234", "12"), Err((Errno::INVALID_ARGUMENTS, 3)));
    }
}
