//! A client of a socket for the SIM Access Profile, as the Bluetooth side of a phone is one, and a client that says
//! what none would.
//!
//! Every wait ends after [`PATIENCE`] with a panic.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use ril_protocol::frame::split;
use ril_sap::apdu_request::Form;
use ril_sap::connect_response::Status;
use ril_sap::{
    ApduRequest, ApduResponse, ConnectRequest, ConnectResponse, DisconnectRequest, FRAME_LIMIT, Header, Kind, MsgId,
    bytes, read,
};

use crate::journal::PATIENCE;

/// A connection, and what it said that nobody has asked for yet.
#[derive(Debug)]
pub struct SapPeer {
    stream: UnixStream,
    input: Vec<u8>,
    told: Vec<Header>,
    token: u32,
}

impl SapPeer {
    /// Connects. Nobody is greeted there.
    pub fn connect(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout can be set");
        Self { stream, input: Vec::new(), told: Vec::new(), token: 0 }
    }

    /// Sends bytes as they are; whether somebody is there to read them.
    pub fn say(&mut self, bytes: &[u8]) -> bool {
        match self.stream.write_all(bytes) {
            Ok(()) => true,
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends a message.
    pub fn send(&mut self, header: &Header) {
        let mut frame = Vec::new();
        header.put(&mut frame);
        self.say(&frame);
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, id: MsgId, payload: Vec<u8>) -> Header {
        self.token += 1;
        self.send(&Header::request(self.token, id, payload));
        self.answer(self.token)
    }

    /// Waits for the answer to a token, which must be the next one that comes.
    pub fn answer(&mut self, token: u32) -> Header {
        loop {
            let header = self.hear().expect("the connection stands");
            if header.kind() == Kind::Unsolicited {
                self.told.push(header);
                continue;
            }
            assert_eq!((header.kind(), header.token()), (Kind::Response, token), "{header:?}");
            return header;
        }
    }

    /// Waits for something that nobody has asked for, and takes it.
    pub fn news(&mut self) -> Header {
        if !self.told.is_empty() {
            return self.told.remove(0);
        }
        let header = self.hear().expect("the connection stands");
        assert_eq!(header.kind(), Kind::Unsolicited, "{header:?}");
        header
    }

    /// What was told and not taken.
    pub fn told(&self) -> &[Header] {
        &self.told
    }

    /// Waits for the end of the connection.
    pub fn expect_end(&mut self) {
        if let Some(header) = self.hear() {
            panic!("it goes on with {header:?}");
        }
    }

    /// CONNECT: what became of it.
    pub fn open(&mut self) -> Status {
        let answer = self.ask(MsgId::CONNECT, bytes(&ConnectRequest { max_message_size: Some(300) }));
        read::<ConnectResponse>(answer.payload()).expect("it can be read").status()
    }

    /// DISCONNECT.
    pub fn close(&mut self) {
        let answer = self.ask(MsgId::DISCONNECT, bytes(&DisconnectRequest {}));
        assert_eq!(answer.error, Some(0));
    }

    /// A command for the SIM; the answer.
    pub fn command(&mut self, command: &[u8]) -> Header {
        self.ask(MsgId::APDU, apdu(command))
    }

    /// A command that the SIM answers.
    pub fn answered(&mut self, command: &[u8]) -> Vec<u8> {
        let answer = self.command(command);
        assert_eq!(answer.error, Some(0), "{answer:?}");
        read::<ApduResponse>(answer.payload()).expect("it can be read").response.unwrap_or_default()
    }

    /// The next message; `None` at the end of the connection.
    fn hear(&mut self) -> Option<Header> {
        loop {
            if let Some((body, used)) = split(&self.input, FRAME_LIMIT).expect("its frames are short enough") {
                let header = Header::read(body).expect("it says what can be read");
                self.input.drain(..used);
                return Some(header);
            }
            let mut more = [0; 4096];
            match self.stream.read(&mut more) {
                Ok(0) => return None,
                Ok(read) => self.input.extend_from_slice(&more[..read]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing comes: {error}"),
            }
        }
    }
}

/// The payload of a command.
pub fn apdu(command: &[u8]) -> Vec<u8> {
    bytes(&ApduRequest { form: Some(Form::Apdu as i32), command: Some(command.to_vec()) })
}
