//! What the modem may have given away, as far as we can know.
//!
//! A request that nobody waits for any more may still be carried out, and in what order the modem carries out two that
//! it has at the same time is its own affair (`RIL_SAP_Init` says nothing of it, and AOSP's rild takes the last one
//! first). So a CONNECT counts from when it is sent, and what it opened until a DISCONNECT that was sent behind it has
//! succeeded. What a modem was asked for by an earlier life of ours, or before its side ended, counts as well.
//!
//! Serials are compared as in RFC 1982: they begin anywhere and go round.

use std::collections::BTreeSet;

/// So many CONNECTs without an answer are told apart. Of more, the first ones count as carried out.
const MOST_UNANSWERED: usize = 16;

/// What the modem may have given away.
#[derive(Debug)]
pub(super) struct Custody {
    /// CONNECTs that the modem has not answered, whoever waits for that.
    unanswered: BTreeSet<u32>,
    /// The last CONNECT that was carried out, or may have been, with no later DISCONNECT that has succeeded.
    given: Option<u32>,
}

impl Custody {
    /// Of a modem that an earlier life of ours may have asked; its serials end with this one.
    pub(super) fn of_earlier_life(last: u32) -> Self {
        Self { unanswered: BTreeSet::new(), given: Some(last) }
    }

    /// CONNECT was sent.
    pub(super) fn connect_sent(&mut self, serial: u32) {
        self.unanswered.insert(serial);
        if self.unanswered.len() > MOST_UNANSWERED
            && let Some(first) = self.unanswered.pop_first()
        {
            self.give(first);
        }
    }

    /// Whether this is a CONNECT that the modem has not answered.
    pub(super) fn awaits(&self, serial: u32) -> bool {
        self.unanswered.contains(&serial)
    }

    /// Whether the modem may carry out a CONNECT any moment.
    pub(super) fn awaits_any(&self) -> bool {
        !self.unanswered.is_empty()
    }

    /// The modem has answered a CONNECT, and has given the SIM away, or may have.
    pub(super) fn connect_answered(&mut self, serial: u32, may_have_given: bool) {
        self.unanswered.remove(&serial);
        if may_have_given {
            self.give(serial);
        }
    }

    /// A DISCONNECT has succeeded.
    pub(super) fn disconnect_succeeded(&mut self, serial: u32) {
        self.given.take_if(|given| is_later(serial, *given));
    }

    /// The modem side has ended: what it was asked for it will not answer, and it may have done it.
    pub(super) fn modem_gone(&mut self) {
        std::mem::take(&mut self.unanswered).into_iter().for_each(|serial| self.give(serial));
    }

    /// Whether the modem has perhaps given the SIM away.
    pub(super) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// Whether the modem has perhaps given the SIM away, and a DISCONNECT of this serial takes it back.
    pub(super) fn is_given_before(&self, serial: u32) -> bool {
        self.given.is_some_and(|given| is_later(serial, given))
    }

    fn give(&mut self, serial: u32) {
        self.given = Some(self.given.filter(|given| is_later(*given, serial)).unwrap_or(serial));
    }
}

/// RFC 1982, 3.2.
pub(super) fn is_later(serial: u32, than: u32) -> bool {
    serial != than && serial.wrapping_sub(than) < 1 << 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_is_taken_back_by_what_was_sent_behind_it() {
        let mut custody = Custody::of_earlier_life(u32::MAX);
        assert!(custody.is_given());
        custody.disconnect_succeeded(u32::MAX - 1);
        assert!(custody.is_given(), "that was before");
        custody.disconnect_succeeded(0);
        assert!(!custody.is_given());
        custody.connect_sent(1);
        assert!(custody.awaits_any() && !custody.is_given());
        custody.disconnect_succeeded(2);
        custody.connect_answered(1, true);
        assert!(custody.is_given(), "it was carried out first");
        custody.connect_sent(3);
        custody.connect_answered(3, false);
        custody.disconnect_succeeded(2);
        assert!(!custody.is_given(), "a CONNECT that was refused has given nothing");
    }

    #[test]
    fn what_is_not_answered_counts_as_done() {
        let mut custody = Custody::of_earlier_life(0);
        custody.disconnect_succeeded(1);
        custody.connect_sent(2);
        custody.modem_gone();
        assert!(custody.is_given() && !custody.awaits(2));
        custody.disconnect_succeeded(3);
        (4..).take(MOST_UNANSWERED).for_each(|serial| custody.connect_sent(serial));
        assert!(!custody.is_given());
        custody.connect_sent(100);
        assert!(custody.is_given() && custody.unanswered.len() == MOST_UNANSWERED);
    }
}
