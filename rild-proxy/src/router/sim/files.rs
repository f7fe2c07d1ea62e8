//! SIM_IO: which phone may read what of the card, and what of that can be kept.
//!
//! * Reads that name what they read (READ BINARY, READ RECORD in absolute mode, GET RESPONSE, each without short file
//!   identifiers) are shared: see `answers::questions`. A short identifier or a record pointer would make the answer
//!   depend on what another phone did before.
//! * Files that hold what other phones did, or keys, are for privileged phones, see `guarded`. Others are told that the
//!   card does not allow it, whether there is such a file or not.
//! * What a command reads is one file, whatever a library makes of it: folder and file say the same, and its numbers
//!   are bytes.
//! * Everything else, such as updates and what tries PIN2, changes the card: for privileged phones. STATUS is a
//!   question about the state of the card; it goes through.
//!
//! Reference: 3GPP TS 27.007, 8.18 (`+CRSM`); ETSI TS 102 221, 10.1.2 and 11.1; 3GPP TS 31.102, 4.2 and 4.4; 3GPP TS
//! 51.011.

use ril_protocol::card::commands::{ABSOLUTE, GET_RESPONSE, READ_BINARY, READ_RECORD, RETRIEVE_DATA, STATUS};
use ril_protocol::card::{self, applications, folders};
use ril_protocol::frame::Request;
use ril_protocol::parcel::{self, word_at};
use ril_protocol::payload::sim::{SimIo, SimIoResponse, SimRefresh};
use ril_protocol::{Errno, RequestCode, RilVersion};

use super::guarded::{Told, is_guarded_folder, told};
use crate::router::answers::Answers;
use crate::router::common::flow_of;
use crate::router::identity::Identity;
use crate::router::pending::{Ask, Asker};
use crate::router::{Actions, Note, Now, PhoneId, Router, denial};

/// P1 of READ BINARY with a short file identifier (ETSI TS 102 221, 11.1.3).
const SHORT_IDENTIFIER: i32 = 0x80;

/// Security status not satisfied (ETSI TS 102 221, 10.2.1.5.3).
const NOT_ALLOWED: (i32, i32) = (0x69, 0x82);

/// How much of a file is read at once, at most: as far as an offset goes. Libraries make several commands of it.
const MOST_READ: i32 = 0x7fff;

/// Files that the modem itself writes, without a word.
const VOLATILE: [u16; 8] = [
    card::EF_LOCIGPRS,
    card::EF_START_HFN,
    card::EF_PSLOCI,
    card::EF_BCCH,
    card::EF_FPLMN,
    card::EF_LOCI,
    card::EF_NETPAR,
    card::EF_EPSLOCI,
];

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// Reads what it names.
    Read,
    /// Reads what is private.
    ReadPrivate,
    /// Asks for the state of the card.
    Ask,
    /// Reads what earlier commands have prepared.
    ReadOn,
    /// Anything else.
    Change,
}

impl Router {
    /// SIM_IO.
    pub(in crate::router) fn sim_io(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let Some(phone) = self.phones.get(id) else { return };
        let privileged = phone.privileged;
        if phone.identity.hides_files() && self.tells_what_is_hidden(&phone.identity, request.payload) {
            return self.not_allowed_by_the_card(id, request, out);
        }
        // What is kept was a read that all may make.
        if self.answer_from_memory(now, id, request, out) {
            return;
        }
        let access = parcel::decode::<SimIo>(request.payload, self.version()).ok().map(|io| access(&io));
        match access {
            Some(Access::Read) => self.share(now, id, request, out),
            Some(Access::Ask) => self.forward(now, id, request, out),
            Some(Access::ReadPrivate | Access::ReadOn) if privileged => self.forward(now, id, request, out),
            Some(Access::ReadPrivate) => self.not_allowed_by_the_card(id, request, out),
            Some(Access::Change) | None if privileged => self.change_file(now, id, request, out),
            Some(Access::Change | Access::ReadOn) | None => {
                self.deny(id, request, denial::not_allowed(self.version()), out);
            }
        }
    }

    fn tells_what_is_hidden(&self, identity: &Identity, payload: &[u8]) -> bool {
        let is_of_cdma = || parcel::decode::<SimIo>(payload, self.version()).is_ok_and(|io| is_of_cdma(&io));
        file_of(payload).is_some_and(|file| told(file, is_of_cdma).any(|told| identity.hides(told)))
    }

    fn change_file(&mut self, now: Now, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let &Request { code, serial, payload } = request;
        let Some(waiter) = self.waiter(id, serial) else { return };
        let asker = Asker::Router(Ask::SimChange(waiter, file_of(payload)));
        if !self.send(flow_of(id, code), now, asker, code, payload, out) {
            self.refuse_flood(id, request, out);
        }
    }

    fn not_allowed_by_the_card(&self, id: PhoneId, request: &Request<'_>, out: &mut Actions) {
        let (sw1, sw2) = NOT_ALLOWED;
        let refusal = SimIoResponse { sw1, sw2, response: None };
        out.note(Note::Denied { phone: id, code: request.code, errno: Errno::SUCCESS });
        out.reply(id, request.serial, Errno::SUCCESS, &parcel::encode(&refusal, self.version()));
    }
}

impl Answers {
    /// A file of the card may be another now, and with it what is made out of files.
    pub(in crate::router) fn file_changed(&mut self, file: i32) {
        self.changed_by(RequestCode::SIM_IO);
        if let Some(place) = self.place(RequestCode::SIM_IO) {
            self.drop_where(place, |question| file_of(question) == Some(file));
        }
    }
}

fn access(io: &SimIo) -> Access {
    let tries_pin2 = io.pin2.as_ref().is_some_and(|pin2| !pin2.is_empty());
    match io.command {
        _ if tries_pin2 => Access::Change,
        // A library may cut them to what the card takes, and then they are others than those that are judged here.
        _ if !(0..=0xffff).contains(&io.file_id) => Access::Change,
        _ if [io.command, io.p1, io.p2].into_iter().any(|byte| !(0..=0xff).contains(&byte)) => Access::Change,
        READ_BINARY if !(0..=MOST_READ).contains(&io.p3) => Access::Change,
        command if command != READ_BINARY && !(0..=0xff).contains(&io.p3) => Access::Change,
        _ if !is_of_one_place(io) => Access::Change,
        READ_BINARY | READ_RECORD | GET_RESPONSE | RETRIEVE_DATA if is_private(io) => Access::ReadPrivate,
        // Which file that is, the folder says that is selected at the moment.
        READ_BINARY | READ_RECORD | GET_RESPONSE if !is_placed(io) => Access::ReadOn,
        READ_BINARY if io.p1 & SHORT_IDENTIFIER == 0 => Access::Read,
        READ_RECORD if io.p2 == ABSOLUTE && io.p1 != 0 => Access::Read,
        GET_RESPONSE => Access::Read,
        READ_BINARY | READ_RECORD | RETRIEVE_DATA => Access::ReadOn,
        // Others tell the application of the card that the phone begins or ends with it.
        STATUS if io.p1 == 0 => Access::Ask,
        _ => Access::Change,
    }
}

fn is_private(io: &SimIo) -> bool {
    told(io.file_id, || is_of_cdma(io)).any(|told| told == Told::Others) || path(io).flatten().any(is_guarded_folder)
}

/// Whether the folders of a command are folders, and lead to no other file than the one that it names.
fn is_of_one_place(io: &SimIo) -> bool {
    let is_folder = |folder: u16| {
        folder == folders::MF || folders::IN_MF.contains(&folder) || folders::IN_FOLDERS.contains(&folder)
    };
    let last = path(io).count().wrapping_sub(1);
    let is_right = |(place, folder): (usize, Option<u16>)| {
        folder.is_some_and(|folder| is_folder(folder) || place == last && i32::from(folder) == io.file_id)
    };
    path(io).enumerate().all(is_right)
}

/// Whether a file that only has a number in a folder of a folder is in one.
fn is_placed(io: &SimIo) -> bool {
    let has_to_be = u16::try_from(io.file_id).is_ok_and(|file| folders::FILES_IN_THOSE.contains(&file));
    !has_to_be || path(io).flatten().any(|folder| folders::IN_FOLDERS.contains(&folder))
}

fn is_of_cdma(io: &SimIo) -> bool {
    let aid = io.aid.as_deref().unwrap_or_default();
    let provider = aid.get(..applications::CDMA.len());
    path(io).flatten().any(|folder| folder == folders::DF_CDMA)
        || provider.is_some_and(|it| it.eq_ignore_ascii_case(applications::CDMA))
}

/// The folders of a command, the outermost first, four digits each; `None` for what is none.
fn path(io: &SimIo) -> impl Iterator<Item = Option<u16>> {
    let folder = |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 4 && !digits.starts_with('+'));
        u16::from_str_radix(digits?, 16).ok()
    };
    io.path.as_deref().unwrap_or_default().as_bytes().chunks(4).map(folder)
}

/// Whether the answer to a read will be the same until the file is changed.
pub(in crate::router) fn is_lasting(question: &[u8], answer: &[u8]) -> bool {
    let is_volatile = file_of(question).is_none_or(|file| VOLATILE.iter().any(|volatile| i32::from(*volatile) == file));
    !is_volatile && word_at(answer, 0).zip(word_at(answer, 1)).is_some_and(is_final)
}

/// Whether status words are about the command and the file, not about the moment: a busy card, a proactive command that
/// waits, a PIN that is not entered yet (ETSI TS 102 221, 10.2; 3GPP TS 51.011, 9.4).
pub(in crate::router) fn is_final((sw1, sw2): (i32, i32)) -> bool {
    match sw1 {
        0x90 => sw2 == 0,
        0x61 | 0x67 | 0x6a | 0x6b | 0x6c | 0x6d | 0x6e | 0x94 | 0x9f => true,
        _ => false,
    }
}

/// What a SIM_REFRESH says of the card (ril.h, `RIL_SimRefreshResponse_v7`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::router) enum Refreshed {
    /// This file changed.
    File(i32),
    /// Any of its files did.
    Files,
    /// It was reset.
    Card,
}

/// What a SIM_REFRESH is about; that of a version with another layout, about anything.
pub(in crate::router) fn refreshed(payload: &[u8], version: RilVersion) -> Refreshed {
    match parcel::decode::<SimRefresh>(payload, version) {
        Ok(SimRefresh { result: 0, ef_id, .. }) if ef_id != 0 => Refreshed::File(ef_id),
        Ok(SimRefresh { result: 0 | 1, .. }) => Refreshed::Files,
        _ => Refreshed::Card,
    }
}

/// The file that a SIM_IO is about.
fn file_of(payload: &[u8]) -> Option<i32> {
    word_at(payload, 1)
}
