//! What the phone has sent, for the console: texts with their parts put together.

use std::collections::{BTreeMap, VecDeque};

use ril_protocol::sms_pdu::{Concatenation, Part, Reference, Submit, join};

/// PDUs that are remembered; the oldest is forgotten for the next.
const MEMORY: usize = 1_000;

/// The messages that the network took, oldest first.
#[derive(Debug, Default)]
pub struct Outbox {
    sent: VecDeque<Submit>,
    reference: u8,
}

/// One message as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentText {
    /// The recipient.
    pub to: String,
    /// The text, or what stands for a message that has none.
    pub text: String,
    /// Parts that it came in, and how many there should be.
    pub parts: (usize, usize),
}

/// A message while its parts are looked for: recipient, parts with their numbers, number of parts.
type Gathered = (String, Vec<(u8, Part)>, usize);

/// Parts that belong together: recipient, reference number, number of parts.
type Group = (String, u16, u8);

impl Outbox {
    /// TP-MR of the next message.
    pub(super) fn next_reference(&mut self) -> u8 {
        self.reference = self.reference.wrapping_add(1);
        self.reference
    }

    pub(super) fn record(&mut self, submit: Submit) {
        if self.sent.len() == MEMORY {
            self.sent.pop_front();
        }
        self.sent.push_back(submit);
    }

    /// Forgets what was sent.
    pub fn clear(&mut self) {
        self.sent.clear();
    }

    /// PDUs that the network took.
    pub fn count(&self) -> usize {
        self.sent.len()
    }

    /// Every message, at the place of its first part.
    pub fn texts(&self) -> Vec<SentText> {
        let mut messages: Vec<Gathered> = Vec::new();
        let mut places: BTreeMap<Group, usize> = BTreeMap::new();
        for submit in &self.sent {
            let to = submit.destination_address.to_string();
            let Some(concatenation) = concatenation(submit) else {
                messages.push((to, vec![(1, submit.part())], 1));
                continue;
            };
            let reference = match concatenation.reference {
                Reference::Short(reference) => u16::from(reference),
                Reference::Long(reference) => reference,
            };
            let place = *places.entry((to.clone(), reference, concatenation.total)).or_insert_with(|| {
                messages.push((to, Vec::new(), concatenation.total.into()));
                messages.len() - 1
            });
            if let Some((_, parts, _)) = messages.get_mut(place) {
                parts.retain(|(sequence, _)| *sequence != concatenation.sequence);
                parts.push((concatenation.sequence, submit.part()));
            }
        }
        messages.into_iter().map(sent_text).collect()
    }
}

fn concatenation(submit: &Submit) -> Option<Concatenation> {
    let header = submit.user_data.header().ok().flatten()?;
    header.concatenation().filter(|concatenation| concatenation.is_valid())
}

fn sent_text((to, mut parts, total): Gathered) -> SentText {
    parts.sort_by_key(|(sequence, _)| *sequence);
    let text = join(parts.iter().map(|(_, part)| part)).unwrap_or_else(|_| "(no text)".to_owned());
    SentText { to, text, parts: (parts.len(), total) }
}
