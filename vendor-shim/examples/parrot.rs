//! A small vendor library in Rust: any rild can load it, and it repeats what it is told.
//!
//! * `OEM_HOOK_STRINGS` is answered at once, from inside `onRequest`.
//! * `OEM_HOOK_RAW` is answered by a thread of its own.
//! * `SEND_USSD` is answered by a timed callback, and the text comes back as a USSD of the network.
//! * `BASEBAND_VERSION` is answered with the library's arguments.
//!
//! `cargo build -p vendor-shim --example parrot`, then `rild -l target/debug/examples/libparrot.so`.

use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use ril_protocol::payload::radio::RadioState;
use ril_protocol::payload::{Strings, Text};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use vendor_shim::guest::{Env, Token, VendorLibrary};

struct Parrot {
    env: Env,
    args: Vec<String>,
    slowly: Sender<(Token, Vec<u8>)>,
}

impl VendorLibrary for Parrot {
    const VERSION: RilVersion = RilVersion::COMMON;

    fn init(env: Env, args: Vec<String>) -> Result<Self, String> {
        if args.iter().any(|arg| arg == "--mute") {
            return Err("a mute parrot is of no use".to_owned());
        }
        let (slowly, orders) = channel::<(Token, Vec<u8>)>();
        let speaker = env.clone();
        thread::Builder::new()
            .name("parrot".to_owned())
            .spawn(move || {
                for (token, words) in orders {
                    speaker.complete(token, Errno::SUCCESS, &words);
                }
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { env, args, slowly })
    }

    fn request(&self, _socket_id: usize, code: RequestCode, token: Token, payload: &[u8]) {
        match code {
            RequestCode::OEM_HOOK_STRINGS => self.env.complete(token, Errno::SUCCESS, payload),
            RequestCode::OEM_HOOK_RAW => {
                if self.slowly.send((token, payload.to_vec())).is_err() {
                    self.env.complete(token, Errno::GENERIC_FAILURE, &[]);
                }
            }
            RequestCode::SEND_USSD => {
                let text = parcel::decode::<Text>(payload, Self::VERSION).unwrap_or_default();
                let env = self.env.clone();
                let answer = move || {
                    env.complete(token, Errno::SUCCESS, &[]);
                    let news: Strings = vec![Some("0".to_owned()), text];
                    env.unsolicited(0, UnsolCode::ON_USSD, &parcel::encode(&news, Self::VERSION));
                };
                self.env.after(Duration::from_millis(1), Box::new(answer));
            }
            RequestCode::BASEBAND_VERSION => {
                let text: Text = Some(self.args.join(" "));
                self.env.complete(token, Errno::SUCCESS, &parcel::encode(&text, Self::VERSION));
            }
            _ => self.env.complete(token, Errno::REQUEST_NOT_SUPPORTED, &[]),
        }
    }

    fn radio_state(&self, _socket_id: usize) -> RadioState {
        RadioState::ON
    }

    fn supports(&self, code: RequestCode) -> bool {
        use RequestCode as R;
        matches!(code, R::OEM_HOOK_STRINGS | R::OEM_HOOK_RAW | R::SEND_USSD | R::BASEBAND_VERSION)
    }

    fn version_string(&self) -> &str {
        "parrot 1.0"
    }
}

vendor_shim::export_ril_init!(Parrot);
