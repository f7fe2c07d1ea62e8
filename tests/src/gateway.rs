//! A gateway between SIP and the cellular network of the simulated modem: what stands between a provider and a SIM.
//!
//! An INVITE for anybody becomes a call to the modem from the caller that it shows, and a call that the modem places
//! becomes an INVITE to the service, from the SIM's number. What one end does is told to the other, with its cause; the
//! modem's tones become INFO. It runs on a thread of its own, and ends with its test. There is no sound in the
//! simulated modem: the gateway describes audio and sends none. It refuses to be anything but a test's gateway: it
//! believes whoever sends to it.
//!
//! The SIP is rsipstack, as in the service: SIPp and Kamailio are the peers in its own tests that are of another make.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rsipstack::EndpointBuilder;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TransactionHandle};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::headers::{ContentType, Header};
use rsipstack::sip::{Auth, HeadersExt, Method, Param, Request, Scheme, StatusCode, Transport, Uri};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, TransportLayer};
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
    /// Starts one that is called at `address` (UDP), has the modem with this control socket, and calls the service for
    /// the number of the SIM.
    ///
    /// # Panics
    /// When there is no such modem, or the address is taken.
    pub fn start(address: SocketAddr, modem: &Path, service: SocketAddr, sim: &str) -> Self {
        let stop = CancellationToken::new();
        let (stopped, mut modem) = (stop.clone(), Console::connect(modem));
        // Whether its calls are answered is for the service to say.
        modem.run("answer manual");
        let caller = uri(sim, address);
        let (opened, waits) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let shared = Shared::open(address, modem, service, caller, &stopped).await;
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
    layer: Arc<DialogLayer>,
    contact: Uri,
    service: SocketAddr,
    /// Who calls the service.
    caller: Uri,
    modem: Mutex<Console>,
    /// Why the other end hung up, by dialog.
    reasons: Mutex<HashMap<String, Cause>>,
}

impl Shared {
    async fn open(
        address: SocketAddr,
        modem: Console,
        service: SocketAddr,
        caller: Uri,
        stop: &CancellationToken,
    ) -> Arc<Self> {
        let transports = TransportLayer::new(stop.clone());
        let socket = UdpConnection::create_connection(address, None, Some(stop.child_token())).await;
        transports.add_transport(socket.expect("the address is free").into());
        let endpoint = EndpointBuilder::new().with_cancel_token(stop.clone()).with_transport_layer(transports).build();
        let layer = Arc::new(DialogLayer::new(endpoint.inner.clone()));
        let contact = Uri { params: vec![Param::Transport(Transport::Udp)], ..uri("gateway", address) };
        let (modem, reasons) = (Mutex::new(modem), Mutex::default());
        Arc::new(Self { endpoint, layer, contact, service, caller, modem, reasons })
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
            () = self.watch() => {}
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
        // The newest call is the last of the list. One that is in none was refused at once.
        let newest = match offered.as_str() {
            "rings" | "waits" => self.calls().pop().ok_or(Cause::BUSY),
            "busy" => Err(Cause::BUSY),
            _ => Err(Cause::NO_RESPONSE),
        };
        let index = match newest {
            Ok(call) => call.index,
            Err(cause) => {
                dialog.reject(Some(cause.status().into()), Some(cause.reason())).expect("an INVITE can be refused");
                return;
            }
        };
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
                // The modem's phone does not answer with tones.
                News::Tones(_) => {}
                News::PhoneEnded => {
                    let (status, reason) = (Cause::BUSY.status().into(), Cause::BUSY.reason());
                    break dialog.reject(Some(status), Some(reason)).expect("an INVITE can be refused");
                }
                News::PeerEnded => {
                    break self.hang_up(index, &dialog);
                }
            }
        }
        self.layer.remove_dialog(&dialog.id());
    }

    /// Waits for calls that the modem places.
    async fn watch(self: &Arc<Self>) {
        let (mut look, mut known) = (interval(LOOK), HashSet::new());
        loop {
            look.tick().await;
            let calls = self.calls();
            known.retain(|index| calls.iter().any(|call| call.index == *index));
            for call in calls {
                if let Some(number) = call.to.filter(|_| known.insert(call.index)) {
                    let shared = Arc::clone(self);
                    tokio::spawn(async move { shared.place(call.index, &number).await });
                }
            }
        }
    }

    /// One call of the modem's phone to the service.
    async fn place(&self, index: u8, number: &str) {
        let (sender, mut states) = self.layer.new_dialog_state_channel();
        let option = InviteOption {
            caller: self.caller.clone(),
            callee: uri(number, self.service),
            destination: Some(SipAddr { r#type: Some(Transport::Udp), addr: self.service.into() }),
            contact: self.contact.clone(),
            offer: Some(self.sdp()),
            ..InviteOption::default()
        };
        let (dialog, _) = self.layer.do_invite_async(option, sender).expect("an INVITE can be sent");
        let (mut look, mut answered) = (interval(LOOK), false);
        loop {
            match self.next(index, answered, &mut states, &mut look).await {
                News::Answered => {
                    answered = true;
                    self.run(&format!("gsm accept {number}"));
                }
                News::Tones(tones) => {
                    for tone in tones.chars() {
                        let kind = Header::ContentType(ContentType::new("application/dtmf-relay"));
                        let signal = format!("Signal={tone}\r\nDuration=160\r\n").into_bytes();
                        dialog.info(Some(vec![kind]), Some(signal)).await.expect("INFO can be sent");
                    }
                }
                News::PhoneEnded => {
                    let ended = dialog.hangup_with_reason(Cause::NORMAL.reason()).await;
                    break ended.expect("a call can be ended");
                }
                News::PeerEnded => break self.hang_up(index, &dialog),
            }
        }
        self.layer.remove_dialog(&dialog.id());
    }

    /// The other end has ended the call.
    fn hang_up(&self, index: u8, dialog: &InviteDialog) {
        let cause = lock(&self.reasons).remove(&dialog.id().to_string()).unwrap_or(Cause::NORMAL);
        self.run(&format!("hangup #{index} {}", cause.q850()));
    }

    /// Takes whatever audio the other end offers.
    async fn agree(&self, offer: &TransactionHandle) {
        let answered = offer.respond(StatusCode::OK, Some(vec![sdp_type()]), Some(self.sdp())).await;
        answered.expect("an offer can be answered");
    }

    async fn next(&self, index: u8, answered: bool, states: &mut DialogStateReceiver, look: &mut Interval) -> News {
        loop {
            tokio::select! {
                state = states.recv() => match state {
                    None | Some(DialogState::Terminated(..)) => return News::PeerEnded,
                    Some(DialogState::Confirmed(..)) if !answered => return News::Answered,
                    Some(DialogState::Updated(_, _, handle)) => self.agree(&handle).await,
                    Some(_) => {}
                },
                _ = look.tick() => match self.calls().into_iter().find(|call| call.index == index) {
                    None => return News::PhoneEnded,
                    Some(call) if call.answered && !answered && call.to.is_none() => return News::Answered,
                    Some(call) if call.to.is_some() => {
                        let tones = self.run("dtmf").concat();
                        if !tones.is_empty() {
                            return News::Tones(tones);
                        }
                    }
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
            let outgoing = words.next()? == "to";
            let to = words.next().filter(|_| outgoing).map(str::to_owned);
            Some(Call { index, to, answered: matches!(words.next()?, "ACTIVE" | "HOLDING") })
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
    Tones(String),
    PhoneEnded,
    PeerEnded,
}

/// A line of the modem's list.
struct Call {
    index: u8,
    /// Whom the modem calls, if it does.
    to: Option<String>,
    answered: bool,
}

fn uri(user: &str, address: SocketAddr) -> Uri {
    Uri {
        scheme: Some(Scheme::Sip),
        auth: Some(Auth { user: user.to_owned(), password: None }),
        host_with_port: address.into(),
        params: Vec::new(),
        headers: Vec::new(),
    }
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
