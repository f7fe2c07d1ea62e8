//! `Debug` of the messages: which it is, and nothing of what is in it.

use std::fmt;

use crate::generated::{
    ApduRequest, ApduResponse, AtrRequest, AtrResponse, CardReaderStatusRequest, CardReaderStatusResponse,
    ConnectRequest, ConnectResponse, DisconnectIndication, DisconnectRequest, DisconnectResponse, ErrorIndication,
    Header, PowerRequest, PowerResponse, ProtocolRequest, ProtocolResponse, ResetRequest, ResetResponse,
    StatusIndication,
};

macro_rules! names {
    ($($Message:ident)*) => {$(
        impl fmt::Debug for $Message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($Message))
            }
        }
    )*};
}

names! {
    ApduRequest ApduResponse AtrRequest AtrResponse CardReaderStatusRequest CardReaderStatusResponse ConnectRequest
    ConnectResponse DisconnectIndication DisconnectRequest DisconnectResponse ErrorIndication PowerRequest PowerResponse
    ProtocolRequest ProtocolResponse ResetRequest ResetResponse StatusIndication
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id, token, error) = (self.kind(), self.message(), self.token(), self.error);
        write!(f, "{kind:?} {id} #{token} error {error:?}, {} bytes", self.payload().len())
    }
}
