//! The table of the messages: their numbers, what is in them, and how a request is refused.

use std::fmt;

use prost::Message;

use crate::generated::{
    ApduRequest, ApduResponse, AtrRequest, AtrResponse, CardReaderStatusRequest, CardReaderStatusResponse,
    ConnectRequest, ConnectResponse, DisconnectIndication, DisconnectRequest, DisconnectResponse, ErrorIndication,
    PowerRequest, PowerResponse, ProtocolRequest, ProtocolResponse, ResetRequest, ResetResponse, StatusIndication,
    apdu_response, atr_response, card_reader_status_response, connect_response, power_response, protocol_response,
    reset_response,
};
use crate::header::Malformed;

/// The content of a header, or a header.
pub trait Payload: Message + Default {
    /// Whether all is there that must be there.
    fn is_whole(&self) -> bool;
}

/// What a client can ask for.
pub trait Ask: Payload {
    /// What it is answered.
    type Answer: Payload;

    /// The answer that it was not done, for no reason that has a number. Android's client reads the answer also where
    /// the header tells of an error, and takes a result that is missing for success.
    fn refusal(&self) -> Self::Answer;
}

/// Reads a message.
pub fn read<P: Payload>(bytes: &[u8]) -> Result<P, Malformed> {
    let message = P::decode(bytes).map_err(|_| Malformed::Unreadable)?;
    if message.is_whole() { Ok(message) } else { Err(Malformed::Incomplete) }
}

/// The bytes of a message.
pub fn bytes(message: &impl Payload) -> Vec<u8> {
    message.encode_to_vec()
}

/// The number of a message. Those without a row are kept as numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MsgId(pub i32);

/// A row of the table.
#[derive(Clone, Copy)]
pub struct Row {
    /// Its number.
    pub id: MsgId,
    /// Its name in AOSP, without `RIL_SIM_SAP_`.
    pub name: &'static str,
    /// How it is asked for and answered; `None` if a client cannot.
    pub exchange: Option<Exchange>,
    /// How it is told without being asked for; `None` if it is not.
    pub unsolicited: Option<Check>,
}

/// Whether these bytes are such a message.
pub type Check = fn(&[u8]) -> Result<(), Malformed>;

/// A request and its answer.
#[derive(Clone, Copy)]
pub struct Exchange {
    /// Whether these bytes are such a request.
    pub request: Check,
    /// Whether these bytes are an answer to one.
    pub response: Check,
    /// The payload that says of this request, which need not be one that can be read, that it was not carried out.
    pub refusal: fn(&[u8]) -> Vec<u8>,
}

fn check<P: Payload>(bytes: &[u8]) -> Result<(), Malformed> {
    read::<P>(bytes).map(drop)
}

fn refusal<A: Ask>(request: &[u8]) -> Vec<u8> {
    bytes(&A::decode(request).unwrap_or_default().refusal())
}

const fn exchange<A: Ask>() -> Exchange {
    Exchange { request: check::<A>, response: check::<A::Answer>, refusal: refusal::<A> }
}

macro_rules! messages {
    ($($id:literal $NAME:ident: $($Request:ty)? $(; tells $News:ty)?, $about:literal)*) => {
        impl MsgId {
            $(#[doc = concat!($about, ".")] pub const $NAME: Self = Self($id);)*
        }

        /// Every message, in order of number.
        pub static MESSAGES: &[Row] = &[$(Row {
            id: MsgId::$NAME,
            name: stringify!($NAME),
            exchange: optional!($(exchange::<$Request>())?),
            unsolicited: optional!($(check::<$News>)?),
        }),*];
    };
}

macro_rules! optional {
    () => {
        None
    };
    ($there:expr) => {
        Some($there)
    };
}

messages! {
    1 CONNECT: ConnectRequest, "The SIM is wanted"
    2 DISCONNECT: DisconnectRequest; tells DisconnectIndication, "The SIM is given back, or taken back"
    3 APDU: ApduRequest, "A command for the SIM"
    4 TRANSFER_ATR: AtrRequest, "What the SIM said when it was reset"
    5 POWER: PowerRequest, "The SIM is switched on or off"
    6 RESET_SIM: ResetRequest, "The SIM is reset"
    7 STATUS: ; tells StatusIndication, "Something has become of the SIM"
    8 TRANSFER_CARD_READER_STATUS: CardReaderStatusRequest, "What is known of the reader of the card"
    9 ERROR_RESP: ; tells ErrorIndication, "A message was not understood, or came at the wrong time"
    10 SET_TRANSFER_PROTOCOL: ProtocolRequest, "How the SIM is talked to"
}

impl MsgId {
    /// Its row, if it has one.
    pub fn row(self) -> Option<&'static Row> {
        MESSAGES.iter().find(|row| row.id == self)
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => f.write_str(row.name),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Debug for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which fields must be there.
macro_rules! whole {
    ($($Message:ident: $($field:ident)*;)*) => {$(
        impl Payload for $Message {
            fn is_whole(&self) -> bool {
                true $(&& self.$field.is_some())*
            }
        }
    )*};
}

whole! {
    ConnectRequest: max_message_size;
    ConnectResponse: status;
    DisconnectRequest: ;
    DisconnectResponse: ;
    DisconnectIndication: r#type;
    ApduRequest: form command;
    ApduResponse: form result;
    AtrRequest: ;
    AtrResponse: result;
    PowerRequest: on;
    PowerResponse: result;
    ResetRequest: ;
    ResetResponse: result;
    StatusIndication: change;
    CardReaderStatusRequest: ;
    CardReaderStatusResponse: result;
    ErrorIndication: ;
    ProtocolRequest: protocol;
    ProtocolResponse: result;
}

impl Ask for ConnectRequest {
    type Answer = ConnectResponse;

    fn refusal(&self) -> ConnectResponse {
        ConnectResponse { status: Some(connect_response::Status::Failure as i32), max_message_size: None }
    }
}

impl Ask for DisconnectRequest {
    type Answer = DisconnectResponse;

    /// There is no other answer.
    fn refusal(&self) -> DisconnectResponse {
        DisconnectResponse {}
    }
}

impl Ask for ApduRequest {
    type Answer = ApduResponse;

    fn refusal(&self) -> ApduResponse {
        let result = Some(apdu_response::Result::Failure as i32);
        ApduResponse { form: Some(self.form.unwrap_or_default()), result, response: None }
    }
}

/// Requests whose answer is a result and what only success has.
macro_rules! refused_with {
    ($($Request:ident => $Response:ident $module:ident;)*) => {$(
        impl Ask for $Request {
            type Answer = $Response;

            fn refusal(&self) -> $Response {
                let mut response = $Response::default();
                response.set_result($module::Result::Failure);
                response
            }
        }
    )*};
}

refused_with! {
    AtrRequest => AtrResponse atr_response;
    CardReaderStatusRequest => CardReaderStatusResponse card_reader_status_response;
    PowerRequest => PowerResponse power_response;
    ProtocolRequest => ProtocolResponse protocol_response;
    ResetRequest => ResetResponse reset_response;
}
