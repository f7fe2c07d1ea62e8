//! A gateway between SIP and the cellular network of the simulated modem: what stands between a provider and a SIM.
//!
//! An INVITE for anybody becomes a call to the modem from the caller that it shows; what the modem's phone does is told
//! back, and what the caller does is told to the modem, each with its cause. It runs on a thread of its own, and ends its
//! calls when it is dropped. There is no sound in the simulated modem: the gateway describes audio and sends none. It
//! refuses to be anything but a test's gateway: it believes whoever sends to it.
//!
//! The SIP is rsipstack, as in the service: SIPp and Kamailio are the peers in its own tests that are of another make.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rsipstack::EndpointBuilder;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::headers::{ContentType, Header};
use rsipstack::sip::{Auth, HeadersExt, Method, Param, Request, Scheme, Transport, Uri};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::TransportLayer;
use rsipstack::transport::udp::UdpConnection;
use tokio::time::{Interval, interval};
use tokio_util::sync::CancellationToken;
use voip_bridge::cause::Cause;

use crate::modem::Console;

/// How often the modem is asked for its calls, as a gateway asks with AT+CLCC.
const LOOK: Duration = Duration::from_millis(10);

/// A gateway that runs.
#[derive(Debug)]
pub struct Gateway {
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Starts one that is called at `address` (UDP) and has the modem with this control socket.
    ///
    /// # Panics
    /// When there is no such modem, or the address is taken.
    pub fn start(address: SocketAddr, modem: &Path) -> Self {
        let stop = CancellationToken::new();
        let (stopped, modem) = (stop.clone(), Console::connect(modem));
        let (opened, waits) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let shared = Shared::open(address, modem, &stopped).await;
                opened.send(()).expect("the test waits");
                shared.serve(&stopped).await;
            });
        });
        waits.recv().expect("the gateway opens its socket");
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop.cancel();
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || ended.is_none_or(|ended| ended.is_ok()), "the gateway panicked");
    }
}

/// What every call needs.
struct Shared {
    endpoint: rsipstack::transaction::endpoint::Endpoint,
    layer: DialogLayer,
    contact: Uri,
    modem: Mutex<Console>,
    /// Why the other end hung up, by dialog.
    reasons: Mutex<HashMap<String, Cause>>,
}

impl Shared {
    async fn open(address: SocketAddr, modem: Console, stop: &CancellationToken) -> Arc<Self> {
        let transports = TransportLayer::new(stop.clone());
        let socket = UdpConnection::create_connection(address, None, Some(stop.child_token())).await;
        transports.add_transport(socket.expect("the address is free").into());
        let endpoint = EndpointBuilder::new().with_cancel_token(stop.clone()).with_transport_layer(transports).build();
        let layer = DialogLayer::new(endpoint.inner.clone());
        let contact = Uri {
            scheme: Some(Scheme::Sip),
            auth: Some(Auth { user: "gateway".to_owned(), password: None }),
            host_with_port: address.into(),
            params: vec![Param::Transport(Transport::Udp)],
            headers: Vec::new(),
        };
        Arc::new(Self { endpoint, layer, contact, modem: Mutex::new(modem), reasons: Mutex::default() })
    }

    async fn serve(self: &Arc<Self>, stop: &CancellationToken) {
        let mut incoming = self.endpoint.incoming_transactions().expect("they are taken once");
        let requests = async {
            while let Some(transaction) = incoming.recv().await {
                self.dispatch(transaction);
            }
        };
        tokio::select! {
            () = self.endpoint.serve() => {}
            () = requests => {}
            () = stop.cancelled() => {}
        }
    }

    fn dispatch(self: &Arc<Self>, mut transaction: Transaction) {
        if let Some(mut dialog) = self.layer.match_dialog(&transaction) {
            if transaction.original.method == Method::Bye
                && let Some(cause) = reason(&transaction.original)
            {
                lock(&self.reasons).insert(dialog.id().to_string(), cause);
            }
            tokio::spawn(async move { dialog.handle(&mut transaction).await });
        } else if transaction.original.method == Method::Invite {
            let (sender, states) = self.layer.new_dialog_state_channel();
            let contact = Some(self.contact.clone());
            let dialog = self.layer.get_or_create_server_invite(&transaction, sender, None, contact);
            let dialog = dialog.expect("the service sends whole INVITEs");
            let caller = caller(&transaction.original);
            let mut handler = dialog.clone();
            tokio::spawn(async move { handler.handle(&mut transaction).await });
            let shared = Arc::clone(self);
            tokio::spawn(async move { shared.call(dialog, states, caller).await });
        }
    }

    /// One call from SIP to the modem's phone.
    async fn call(&self, dialog: InviteDialog, mut states: DialogStateReceiver, caller: String) {
        let offered = self.run(&format!("call {caller}")).concat();
        if !matches!(offered.as_str(), "rings" | "waits") {
            let cause = if offered == "busy" { Cause::BUSY } else { Cause::NO_RESPONSE };
            dialog.reject(Some(cause.status().into()), Some(cause.reason())).expect("an INVITE can be refused");
            return;
        }
        // The newest call is the last of the list.
        let index = self.calls().pop().expect("a call that rings is in the list").index;
        dialog.ringing(None, None).expect("ringing can be said");
        let (mut look, mut answered) = (interval(LOOK), false);
        loop {
            match self.next(index, answered, &mut states, &mut look).await {
                News::Answered => {
                    answered = true;
                    dialog.accept(Some(vec![sdp_type()]), Some(self.sdp())).expect("an INVITE can be answered");
                }
                News::PhoneEnded if answered => {
                    let ended = dialog.hangup_with_reason(Cause::NORMAL.reason()).await;
                    break ended.expect("a call can be ended");
                }
                News::PhoneEnded => {
                    let (status, reason) = (Cause::BUSY.status().into(), Cause::BUSY.reason());
                    break dialog.reject(Some(status), Some(reason)).expect("an INVITE can be refused");
                }
                News::CallerEnded => {
                    let cause = lock(&self.reasons).remove(&dialog.id().to_string()).unwrap_or(Cause::NORMAL);
                    self.run(&format!("hangup #{index} {}", cause.q850()));
                    break;
                }
            }
        }
        self.layer.remove_dialog(&dialog.id());
    }

    async fn next(&self, index: u8, answered: bool, states: &mut DialogStateReceiver, look: &mut Interval) -> News {
        loop {
            tokio::select! {
                state = states.recv() => if matches!(state, None | Some(DialogState::Terminated(..))) {
                    return News::CallerEnded;
                },
                _ = look.tick() => match self.calls().into_iter().find(|call| call.index == index) {
                    None => return News::PhoneEnded,
                    Some(call) if call.answered && !answered => return News::Answered,
                    Some(_) => {}
                },
            }
        }
    }

    /// The modem's calls, in the order in which they came.
    fn calls(&self) -> Vec<Call> {
        let lines = self.run("calls");
        let call = |line: &String| {
            let mut words = line.split(' ');
            let index = words.next()?.strip_prefix('#')?.parse().ok()?;
            let state = words.nth(2)?;
            Some(Call { index, answered: matches!(state, "ACTIVE" | "HOLDING") })
        };
        lines.iter().map(|line| call(line).unwrap_or_else(|| panic!("'{line}' is no call"))).collect()
    }

    fn run(&self, command: &str) -> Vec<String> {
        lock(&self.modem).run(command)
    }

    fn sdp(&self) -> Vec<u8> {
        let host = &self.contact.host_with_port.host;
        format!("v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 7000 RTP/AVP 0\r\n")
            .into_bytes()
    }
}

/// What happens in a call.
enum News {
    Answered,
    PhoneEnded,
    CallerEnded,
}

/// A line of the modem's list.
struct Call {
    index: u8,
    answered: bool,
}

/// The caller as the modem's console takes it.
fn caller(invite: &Request) -> String {
    let from = invite.from_header().expect("the service says who calls").uri().expect("a URI");
    let user = from.auth.map(|auth| auth.user).unwrap_or_default();
    if user.starts_with('+') { user } else { "withheld".to_owned() }
}

fn reason(request: &Request) -> Option<Cause> {
    let values = request.headers.iter().filter_map(|header| match header {
        Header::Reason(reason) => Some(reason.value()),
        _ => None,
    });
    Cause::from_reasons(values)
}

fn sdp_type() -> Header {
    Header::ContentType(ContentType::new("application/sdp"))
}

/// A panic of another task is that test's end, and no reason to hide behind its lock.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
