//! Requests on their way to a rild, which takes them in the order in which they come: each lane has a few there that
//! are not answered, and the rest of them waits here. So no phone waits for all that another has asked, and what is
//! given up in time is not asked.
//!
//! A rild may drop an answer, as AOSP's does with one that is too long. So a place is free again when its request is
//! given up, too. But a rild that answers nothing at all may not have read what it has: it is sent as much once more,
//! and then nothing until it answers something.

use std::collections::{HashMap, VecDeque};

use vendor_shim::host::Lane;

use super::library;
use crate::router::Flow;

/// So many requests of a phone's lane are at the rild at a time: most libraries do what they have one after the other,
/// and others wait. Not fewer, because some never answer some requests. Urgent ones do not wait.
const MOST_OF_A_LANE: usize = 8;
/// Of what acts on what phones share, twice as many as one phone may have: calls would wait for a phone that fills it.
const MOST_IN_COMMON: usize = 64;
/// And of what goes over logical channels: cards are slow, and a call would wait for each of them.
const MOST_OF_THE_CARD: usize = 4;

fn most_of(lane: Lane) -> usize {
    match lane {
        _ if lane == library::lane(Flow::Card) => MOST_OF_THE_CARD,
        _ if lane == library::lane(Flow::Router) => MOST_IN_COMMON,
        _ => MOST_OF_A_LANE,
    }
}

/// All requests without an answer.
#[derive(Debug, Default)]
pub(super) struct Turns {
    lanes: HashMap<Lane, Queue>,
    /// By serial, whose they are.
    lane_of: HashMap<i32, Lane>,
    /// Where requests were given up: there may be room.
    freed: Vec<Lane>,
    /// Requests were given up since the rild has answered something.
    is_silent: bool,
}

#[derive(Debug, Default)]
struct Queue {
    at_rild: usize,
    /// Places of requests that were given up since the rild has answered something, and are free again.
    freed: usize,
    /// More such places, which are not.
    lost: usize,
    waiting: VecDeque<(i32, Vec<u8>)>,
}

impl Turns {
    /// Takes a whole request frame, and appends what is to be sent now.
    pub(super) fn request(&mut self, lane: Lane, serial: i32, frame: &[u8], out: &mut Vec<u8>) {
        if lane == Lane::Urgent {
            return out.extend_from_slice(frame);
        }
        self.lane_of.insert(serial, lane);
        let queue = self.lanes.entry(lane).or_default();
        if queue.at_rild < most_of(lane) {
            queue.at_rild += 1;
            out.extend_from_slice(frame);
        } else {
            queue.waiting.push_back((serial, frame.to_vec()));
        }
    }

    /// The rild has answered this request; appends what is to be sent now.
    pub(super) fn over(&mut self, serial: i32, out: &mut Vec<u8>) {
        self.free_place(serial, out);
        if std::mem::take(&mut self.is_silent) {
            for (lane, queue) in &mut self.lanes {
                queue.freed = 0;
                queue.at_rild = queue.at_rild.saturating_sub(std::mem::take(&mut queue.lost));
                self.freed.push(*lane);
            }
            self.fill(out);
        }
    }

    fn free_place(&mut self, serial: i32, out: &mut Vec<u8>) {
        let Some(lane) = self.lane_of.remove(&serial) else { return };
        let Some(queue) = self.lanes.get_mut(&lane) else { return };
        if let Some(place) = queue.waiting.iter().position(|(waiting, _)| *waiting == serial) {
            queue.waiting.remove(place);
            return;
        }
        match queue.waiting.pop_front() {
            Some((_, frame)) => out.extend_from_slice(&frame),
            None => queue.at_rild = queue.at_rild.saturating_sub(1),
        }
    }

    /// Nobody waits for the answer to this request any more. More may be given up at once, so [`fill`](Self::fill) says
    /// later what there is room for.
    pub(super) fn give_up(&mut self, serial: i32) {
        let Some(lane) = self.lane_of.remove(&serial) else { return };
        let Some(queue) = self.lanes.get_mut(&lane) else { return };
        match queue.waiting.iter().position(|(waiting, _)| *waiting == serial) {
            Some(place) => drop(queue.waiting.remove(place)),
            None => {
                self.is_silent = true;
                if queue.freed >= most_of(lane) {
                    queue.lost += 1;
                    return;
                }
                queue.freed += 1;
                queue.at_rild = queue.at_rild.saturating_sub(1);
                self.freed.push(lane);
            }
        }
    }

    /// Appends what there is room for since requests were given up.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>) {
        for lane in self.freed.drain(..) {
            let Some(queue) = self.lanes.get_mut(&lane) else { continue };
            while queue.at_rild < most_of(lane)
                && let Some((_, frame)) = queue.waiting.pop_front()
            {
                queue.at_rild += 1;
                out.extend_from_slice(&frame);
            }
        }
    }

    /// The rild is gone, and all of them with it.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: Lane = Lane::Of(2);
    const OTHERS: Lane = Lane::Of(3);

    /// Sends so many requests from this serial on; the serials of those that are sent.
    fn requests(turns: &mut Turns, lane: Lane, from: i32, count: usize) -> Vec<i32> {
        let mut sent = Vec::new();
        for serial in (from..).take(count) {
            turns.request(lane, serial, &serial.to_be_bytes(), &mut sent);
        }
        serials(&sent)
    }

    fn serials(sent: &[u8]) -> Vec<i32> {
        sent.chunks(4).map(|serial| i32::from_be_bytes(serial.try_into().unwrap())).collect()
    }

    fn over(turns: &mut Turns, serial: i32) -> Vec<i32> {
        let mut sent = Vec::new();
        turns.over(serial, &mut sent);
        serials(&sent)
    }

    #[test]
    fn a_lane_that_is_full_waits_for_its_own_answers_only() {
        let mut turns = Turns::default();
        let first: Vec<i32> = (0..8).collect();
        assert_eq!(requests(&mut turns, MINE, 0, 11), first);
        assert_eq!(requests(&mut turns, OTHERS, 100, 1), [100]);
        assert_eq!(requests(&mut turns, Lane::Urgent, 200, 2), [200, 201]);
        assert!(
            over(&mut turns, 100).is_empty() && over(&mut turns, 200).is_empty() && over(&mut turns, 7777).is_empty()
        );
        assert_eq!(over(&mut turns, 5), [8], "answers come in any order");
        assert!(over(&mut turns, 5).is_empty(), "an answer that comes twice makes no room");
        assert!(over(&mut turns, 9).is_empty(), "it was given up and is not asked");
        assert_eq!(over(&mut turns, 0), [10]);
        (1..11).for_each(|serial| assert!(over(&mut turns, serial).is_empty()));
        assert_eq!(requests(&mut turns, MINE, 40, 9).len(), 8, "all places are free again");
        turns.forget();
        assert_eq!(requests(&mut turns, MINE, 80, 9).len(), 8);
    }

    #[test]
    fn a_rild_has_little_of_the_card_at_a_time() {
        let mut turns = Turns::default();
        assert_eq!(requests(&mut turns, library::lane(Flow::Card), 0, 32), [0, 1, 2, 3]);
        let all_of_a_phone = crate::router::MOST_IN_COMMON as usize;
        assert_eq!(requests(&mut turns, library::lane(Flow::Router), 100, all_of_a_phone).len(), all_of_a_phone);
        assert_eq!(requests(&mut turns, library::lane(Flow::Router), 200, 1), [200], "a call of another");
        assert_eq!(over(&mut turns, 0), [4]);
    }

    #[test]
    fn what_is_given_up_at_once_makes_room_for_nothing_of_itself() {
        let mut turns = Turns::default();
        requests(&mut turns, MINE, 0, 12);
        (0..11).for_each(|serial| turns.give_up(serial));
        let mut sent = Vec::new();
        turns.fill(&mut sent);
        assert_eq!(serials(&sent), [11]);
        assert_eq!(requests(&mut turns, MINE, 40, 40).len(), 7, "the others' places are free again");
        assert!(over(&mut turns, 0).is_empty(), "a late answer makes no room");
    }

    /// It has all of them yet, as nobody has read them.
    #[test]
    fn a_rild_that_answers_nothing_is_sent_no_more_for_what_is_given_up() {
        let mut turns = Turns::default();
        let mut sent = requests(&mut turns, MINE, 0, 1000);
        for urgent in 1000..2000 {
            sent.extend(requests(&mut turns, Lane::Urgent, urgent, 1));
            turns.give_up(urgent - 1000);
            let mut more = Vec::new();
            turns.fill(&mut more);
            sent.extend(serials(&more));
        }
        assert!(sent.iter().filter(|serial| **serial < 1000).count() <= 16, "{sent:?}");
        // It reads again: one answer shows that.
        assert_eq!(requests(&mut turns, MINE, 3000, 40), [0; 0]);
        assert_eq!(over(&mut turns, 1000).len(), 8);
        assert!(over(&mut turns, 1001).is_empty(), "and frees no place twice");
    }
}
