//! A modem on a bench, in virtual time: the tests' host, network and console.

use std::time::Duration;

use ril_protocol::parcel::{self, Parcel};
use ril_protocol::{Errno, RequestCode, UnsolCode};
use ril_sap::MsgId;
use vendor_shim::guest::Token;

use crate::args::Args;
use crate::model::{Modem, Reply, VERSION};
use crate::scenario::VirtualModem;

/// Longer than anything takes that happens by itself.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Bench {
    modem: VirtualModem,
}

impl Bench {
    /// A modem that has just been started with these arguments; the radio is off unless they say otherwise.
    pub(crate) fn new(args: &str) -> Self {
        let args = Args::parse(args.split_whitespace().map(str::to_owned)).unwrap();
        Self { modem: VirtualModem::new(args.config) }
    }

    /// The modem itself.
    pub(crate) fn modem(&self) -> &Modem {
        &self.modem.stage.modem
    }

    /// A modem that is on, registered, and has said all that it says then.
    pub(crate) fn online(args: &str) -> Self {
        let mut bench = Self::new(&format!("{args} --radio on"));
        bench.advance(10);
        bench.modem.take_told();
        bench
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask<T: Parcel>(&mut self, code: RequestCode, args: &T) -> Reply {
        let token = self.send(code, &parcel::encode(args, VERSION));
        let deadline = self.modem.now() + PATIENCE;
        loop {
            if let Some(reply) = self.answer(token) {
                return reply;
            }
            assert!(self.modem.step(deadline), "{code} is not answered");
        }
    }

    /// Asks for something that succeeds, and gives the result.
    pub(crate) fn get<T: Parcel, R: Parcel>(&mut self, code: RequestCode, args: &T) -> R {
        let reply = self.ask(code, args);
        assert_eq!(reply.errno, Errno::SUCCESS, "{code}");
        parcel::decode(&reply.payload, VERSION).unwrap()
    }

    /// Asks for something without arguments and without result.
    pub(crate) fn does(&mut self, code: RequestCode) -> Errno {
        self.ask(code, &()).errno
    }

    /// Asks for something whose arguments are integers.
    pub(crate) fn ints(&mut self, code: RequestCode, ints: &[i32]) -> Reply {
        self.ask(code, &ints.to_vec())
    }

    /// Asks for something whose arguments are strings.
    pub(crate) fn strings(&mut self, code: RequestCode, strings: &[&str]) -> Reply {
        self.ask(code, &strings.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>())
    }

    /// Asks, and does not wait.
    pub(crate) fn send(&mut self, code: RequestCode, payload: &[u8]) -> Token {
        self.modem.send(code, payload)
    }

    /// The answer to a request, if it has come.
    pub(crate) fn answer(&mut self, token: Token) -> Option<Reply> {
        self.modem.answer(token)
    }

    /// Lets some milliseconds go by.
    pub(crate) fn advance(&mut self, milliseconds: u64) {
        self.modem.advance(Duration::from_millis(milliseconds));
    }

    /// Says a line on the console; the answer has its lines' ends as `\n`.
    pub(crate) fn console(&mut self, line: &str) -> String {
        self.modem.console(line).render("\n")
    }

    /// A client of the SIM Access Profile asks for something.
    pub(crate) fn sap(&mut self, id: MsgId, payload: &[u8]) -> (Errno, Vec<u8>) {
        self.modem.sap(id, payload).unwrap_or_else(|| panic!("{id} is not answered"))
    }

    /// What a client of the SIM Access Profile was told since the last look.
    pub(crate) fn sap_told(&mut self) -> Vec<(MsgId, Vec<u8>)> {
        self.modem.take_sap_told()
    }

    /// What the host was told since the last look, without repetitions in a row.
    pub(crate) fn told(&mut self) -> Vec<UnsolCode> {
        let mut codes: Vec<UnsolCode> = self.modem.take_told().into_iter().map(|(code, _)| code).collect();
        codes.dedup();
        codes
    }

    /// The particulars of messages of one kind since the last look; the others are forgotten.
    pub(crate) fn told_of<T: Parcel>(&mut self, wanted: UnsolCode) -> Vec<T> {
        let told = self.modem.take_told().into_iter().filter(|(code, _)| *code == wanted);
        told.map(|(_, payload)| parcel::decode(&payload, VERSION).unwrap()).collect()
    }
}
