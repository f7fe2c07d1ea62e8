//! The files of the card and the commands of `SIM_IO` on them.
//!
//! Directories are known by their last step: `3F007F20` (GSM) and `3F007FFF` (the USIM of the card) are one directory
//! here, but for files whose layouts differ, and files that a USIM shares with the telecom directory are found from
//! both. Answers have the layout that RIL clients parse, that of 3GPP TS 51.011, 9.2.1, also for a USIM. Status words
//! are those of TS 51.011, 9.4. There is no INCREASE, INVALIDATE or SEEK.

use ril_protocol::card::commands::{
    ABSOLUTE, GET_RESPONSE, READ_BINARY, READ_RECORD, STATUS, UPDATE_BINARY, UPDATE_RECORD,
};
use ril_protocol::hex::{from_hex, to_upper_hex};
use ril_protocol::payload::sim::{SimIo, SimIoResponse};

/// Where a file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Directory {
    /// `3F00`.
    Master,
    /// `7F10`.
    Telecom,
    /// `7F20` of a SIM, `7FFF` of a USIM.
    Application,
    /// `7F20` of a USIM, for files that have another layout there than in `7FFF`.
    Gsm,
}

/// What must hold before a file may be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Always,
    /// PIN1 entered or disabled.
    Pin1,
    /// PIN2 entered with the command.
    Pin2,
    /// The operator alone.
    Operator,
}

impl Access {
    /// The half octet of TS 51.011, 9.3.
    fn nibble(self) -> u8 {
        match self {
            Self::Always => 0,
            Self::Pin1 => 1,
            Self::Pin2 => 2,
            Self::Operator => 4,
        }
    }
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A row of octets.
    Transparent(Vec<u8>),
    /// Records of one length.
    Records(Vec<Vec<u8>>),
}

/// An elementary file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its identifier.
    pub id: u16,
    /// Where it lies.
    pub directory: Directory,
    /// Who may read it.
    pub read: Access,
    /// Who may write it.
    pub write: Access,
    /// What it holds.
    pub content: Content,
}

/// Which conditions hold while a command runs.
#[derive(Clone, Copy, Debug)]
pub struct Granted {
    /// PIN1 is entered or disabled.
    pub pin1: bool,
    /// PIN2 was entered with this command.
    pub pin2: bool,
}

impl Granted {
    fn covers(self, access: Access) -> bool {
        match access {
            Access::Always => true,
            Access::Pin1 => self.pin1,
            Access::Pin2 => self.pin1 && self.pin2,
            Access::Operator => false,
        }
    }
}

/// Status words (TS 51.011, 9.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u8, pub u8);

#[allow(missing_docs, reason = "the names are those of the table")]
impl Status {
    pub const DONE: Self = Self(0x90, 0x00);
    pub const OUT_OF_RANGE: Self = Self(0x94, 0x02);
    pub const NOT_FOUND: Self = Self(0x94, 0x04);
    pub const WRONG_STRUCTURE: Self = Self(0x94, 0x08);
    pub const ACCESS_DENIED: Self = Self(0x98, 0x04);
    pub const WRONG_LENGTH: Self = Self(0x67, 0x00);
    pub const WRONG_PARAMETER: Self = Self(0x6b, 0x00);
    pub const UNKNOWN_INSTRUCTION: Self = Self(0x6d, 0x00);
}

/// All files of a card.
#[derive(Clone, Debug, Default)]
pub struct FileSystem {
    files: Vec<File>,
}

impl FileSystem {
    /// A card with these files.
    pub fn new(files: Vec<File>) -> Self {
        Self { files }
    }

    /// The file with this identifier, wherever it lies.
    pub fn file_mut(&mut self, id: u16) -> Option<&mut File> {
        self.files.iter_mut().find(|file| file.id == id)
    }

    /// The file with this identifier, wherever it lies.
    pub fn file(&self, id: u16) -> Option<&File> {
        self.files.iter().find(|file| file.id == id)
    }

    /// All files with this identifier.
    pub fn all_mut(&mut self, id: u16) -> impl Iterator<Item = &mut File> {
        self.files.iter_mut().filter(move |file| file.id == id)
    }

    /// Carries out one command.
    pub fn run(&mut self, command: &SimIo, granted: Granted) -> SimIoResponse {
        match self.try_run(command, granted) {
            Ok(data) => response(Status::DONE, (!data.is_empty()).then(|| to_upper_hex(&data))),
            Err(status) => response(status, None),
        }
    }

    /// Whether the command would write a file that PIN2 guards.
    pub fn wants_pin2(&self, command: &SimIo) -> bool {
        let writes = matches!(command.command, UPDATE_BINARY | UPDATE_RECORD);
        writes && self.locate(command).is_some_and(|at| self.files[at].write == Access::Pin2)
    }

    fn try_run(&mut self, command: &SimIo, granted: Granted) -> Result<Vec<u8>, Status> {
        let known = [READ_BINARY, READ_RECORD, GET_RESPONSE, UPDATE_BINARY, UPDATE_RECORD, STATUS];
        if !known.contains(&command.command) {
            return Err(Status::UNKNOWN_INSTRUCTION);
        }
        let file = self.locate(command).and_then(|at| self.files.get_mut(at)).ok_or(Status::NOT_FOUND)?;
        if matches!(command.command, GET_RESPONSE | STATUS) {
            return Ok(describe(file));
        }
        let writes = matches!(command.command, UPDATE_BINARY | UPDATE_RECORD);
        if !granted.covers(if writes { file.write } else { file.read }) {
            return Err(Status::ACCESS_DENIED);
        }
        let by_record = matches!(command.command, READ_RECORD | UPDATE_RECORD);
        let place = match &mut file.content {
            Content::Transparent(bytes) if !by_record => slice(bytes, command)?,
            Content::Records(records) if by_record => record(records, command)?,
            _ => return Err(Status::WRONG_STRUCTURE),
        };
        if !writes {
            return Ok(place.to_vec());
        }
        let data = command.data.as_deref().and_then(from_hex).ok_or(Status::WRONG_LENGTH)?;
        if data.len() != place.len() {
            return Err(Status::WRONG_LENGTH);
        }
        place.copy_from_slice(&data);
        Ok(Vec::new())
    }

    fn locate(&self, command: &SimIo) -> Option<usize> {
        let id = u16::try_from(command.file_id).ok()?;
        let path = command.path.as_deref().unwrap_or_default();
        let last = path.get(path.len().saturating_sub(4)..).unwrap_or_default().to_ascii_uppercase();
        let here = |file: &File| match last.as_str() {
            "3F00" => file.directory == Directory::Master,
            "7F10" => file.directory == Directory::Telecom,
            // A USIM has the telecom files of short messages and numbers in its own directory (TS 31.102, 4.2).
            "7F20" | "7FFF" => !matches!(file.directory, Directory::Master | Directory::Gsm),
            "" => true,
            _ => false,
        };
        let with = |here: &dyn Fn(&File) -> bool| self.files.iter().position(|file| file.id == id && here(file));
        let gsm = if last == "7F20" { with(&|file| file.directory == Directory::Gsm) } else { None };
        gsm.or_else(|| with(&here))
    }
}

/// The octets that P1, P2 (offset) and P3 (length) name. P3 of 0 asks for 256, or for what is left of a shorter file.
fn slice<'a>(bytes: &'a mut [u8], command: &SimIo) -> Result<&'a mut [u8], Status> {
    let octet = |value: i32| u8::try_from(value).map(usize::from).map_err(|_| Status::WRONG_PARAMETER);
    let offset = octet(command.p1)? * 256 + octet(command.p2)?;
    let left = bytes.len().checked_sub(offset).filter(|left| *left > 0).ok_or(Status::WRONG_PARAMETER)?;
    let length = match octet(command.p3)? {
        0 => left.min(256),
        length => length,
    };
    bytes.get_mut(offset..offset + length).ok_or(Status::WRONG_LENGTH)
}

/// The record that P1 names; P2 must ask for absolute addressing and P3 for the record's length.
fn record<'a>(records: &'a mut [Vec<u8>], command: &SimIo) -> Result<&'a mut [u8], Status> {
    if command.p2 & 0x7 != ABSOLUTE {
        return Err(Status::WRONG_PARAMETER);
    }
    let at = usize::try_from(command.p1).ok().and_then(|number| number.checked_sub(1));
    let record = at.and_then(|at| records.get_mut(at)).ok_or(Status::OUT_OF_RANGE)?;
    let fits = command.p3 == 0 || usize::try_from(command.p3) == Ok(record.len());
    if fits { Ok(record) } else { Err(Status::WRONG_LENGTH) }
}

/// The answer to GET RESPONSE after SELECT of an elementary file (TS 51.011, 9.2.1).
fn describe(file: &File) -> Vec<u8> {
    let (size, structure, record_length) = match &file.content {
        Content::Transparent(bytes) => (bytes.len(), 0, 0),
        Content::Records(records) => {
            let length = records.first().map_or(0, Vec::len);
            (records.len() * length, 1, length)
        }
    };
    let [size_high, size_low] = u16::try_from(size).unwrap_or(u16::MAX).to_be_bytes();
    let [id_high, id_low] = file.id.to_be_bytes();
    let access = file.read.nibble() << 4 | file.write.nibble();
    let record_length = u8::try_from(record_length).unwrap_or(u8::MAX);
    vec![0, 0, size_high, size_low, id_high, id_low, 4, 0, access, 0xff, 0x44, 1, 2, structure, record_length]
}

fn response(Status(sw1, sw2): Status, response: Option<String>) -> SimIoResponse {
    SimIoResponse { sw1: sw1.into(), sw2: sw2.into(), response }
}
