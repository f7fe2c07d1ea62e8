//! A bridge in this process, with a pool of one number that keeps what it is told.

use std::sync::{Arc, Mutex};

use caller_tag::E164;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use voip_bridge::call::{self, Stop};
use voip_bridge::link::Links;
use voip_bridge::pool::{Assignment, Call, CallsOut, Pool, StoreError, Timestamp, Unavailable, Voicemail};
use voip_bridge::settings::Settings;

pub(crate) use crate::sipp::{NUMBER, Net, PATIENCE, Raw, Sipp, offering, request};

/// The number of the SIM.
pub(crate) const SIM: &str = "+15550100099";

/// What the pool was told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) calls: Vec<Call>,
    pub(crate) voicemails: Vec<Voicemail>,
    /// How often it was asked whether a call may be placed.
    placed: u32,
}

/// One assigned number.
#[derive(Clone)]
pub(crate) struct OneNumber {
    unavailable: Unavailable,
    told: Arc<Mutex<Told>>,
    news: mpsc::UnboundedSender<()>,
}

impl OneNumber {
    fn assignment(&self) -> Assignment {
        Assignment {
            number: number(NUMBER),
            sim: number(SIM),
            access: number(NUMBER),
            tag: 2,
            phone: "work".to_owned(),
            unavailable: self.unavailable.clone(),
        }
    }
}

impl Pool for OneNumber {
    async fn by_number(&self, dialled: &E164) -> Result<Option<Assignment>, StoreError> {
        Ok(Some(self.assignment()).filter(|assignment| assignment.number == *dialled))
    }

    async fn by_sim(&self, sim: &E164, access: &E164) -> Result<Option<Assignment>, StoreError> {
        Ok(Some(self.assignment()).filter(|assignment| assignment.sim == *sim && assignment.access == *access))
    }

    async fn may_call(&self, calling: &E164, limits: CallsOut, _now: Timestamp) -> Result<bool, StoreError> {
        let told = &mut self.told.lock().expect("no panic");
        assert_eq!(*calling, number(NUMBER));
        told.placed += 1;
        Ok(told.placed <= limits.per_minute)
    }

    async fn log_calls(&self, calls: &[Call]) -> Result<(), StoreError> {
        let told = &mut self.told.lock().expect("no panic").calls;
        for call in calls {
            match told.iter_mut().find(|known| known.id == call.id) {
                Some(known) => known.clone_from(call),
                None => told.push(call.clone()),
            }
        }
        self.news.send(()).ok();
        Ok(())
    }

    async fn voicemails_of(&self, _number: &E164) -> Result<u32, StoreError> {
        Ok(u32::try_from(self.told.lock().expect("no panic").voicemails.len()).expect("few"))
    }

    async fn store_voicemail(&self, voicemail: &Voicemail) -> Result<(), StoreError> {
        self.told.lock().expect("no panic").voicemails.push(voicemail.clone());
        self.news.send(()).ok();
        Ok(())
    }
}

/// A pool that nobody asks.
pub(crate) fn no_pool() -> OneNumber {
    OneNumber { unavailable: Unavailable::Reject, told: Arc::default(), news: mpsc::unbounded_channel().0 }
}

/// A bridge with a caller and a gateway as peers. `more` goes behind `[calls]`.
pub(crate) fn settings(net: Net, transport: &str, more: &str) -> Settings {
    let [bridge, caller, gateway] = [1, 2, 3].map(|host| net.host(host));
    let text = format!(
        "[sip]\nlisten = [{{ transport = \"{transport}\", address = \"{bridge}:5060\" }}]\n\
         [[peer]]\nname = \"caller\"\naddress = \"{caller}:5060\"\ntransport = \"{transport}\"\n\
         [[peer]]\nname = \"gateway\"\naddress = \"{gateway}:5060\"\ntransport = \"{transport}\"\n\
         [calls]\ntrunk = \"gateway\"\ncountry = 1\n{more}"
    );
    basic_toml::from_str(&text).expect("settings")
}

/// The service.
pub(crate) struct Bridge {
    pub(crate) net: Net,
    told: Arc<Mutex<Told>>,
    news: mpsc::UnboundedReceiver<()>,
    stop: Stop,
    server: JoinHandle<()>,
}

impl Bridge {
    /// The usual one, with `more` behind its settings.
    pub(crate) async fn start(unavailable: Unavailable, more: &str) -> Self {
        Self::start_with(Net::new(), unavailable, "udp", more).await
    }

    pub(crate) async fn start_with(net: Net, unavailable: Unavailable, transport: &str, more: &str) -> Self {
        Self::start_settings(net, unavailable, settings(net, transport, more)).await
    }

    pub(crate) async fn start_settings(net: Net, unavailable: Unavailable, settings: Settings) -> Self {
        let told = Arc::new(Mutex::new(Told::default()));
        let (sender, news) = mpsc::unbounded_channel();
        let pool = OneNumber { unavailable, told: told.clone(), news: sender };
        let stop = Stop::new();
        let stopped = stop.clone();
        let server = tokio::spawn(async move {
            call::serve(settings, pool, "test".to_owned(), Links::none(), None, stopped).await.expect("serves");
        });
        Self { net, told, news, stop, server }
    }

    /// Waits until the pool was told what `wanted` finds.
    pub(crate) async fn told<T>(&mut self, wanted: impl Fn(&Told) -> Option<T>) -> T {
        let waiting = async {
            loop {
                if let Some(found) = wanted(&self.told.lock().expect("no panic")) {
                    return found;
                }
                self.news.recv().await.expect("the bridge runs");
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the pool is told")
    }

    /// Waits until the one call is over and gives its record.
    pub(crate) async fn ended(&mut self) -> Call {
        self.told(|told| told.calls.iter().find(|call| call.ended.is_some()).cloned()).await
    }

    /// Lets nobody in any more.
    pub(crate) fn take_no_more(&self) {
        self.stop.take_no_more();
    }

    /// Waits until it has stopped by itself.
    pub(crate) async fn stopped(self) {
        tokio::time::timeout(PATIENCE, self.server).await.expect("all calls end").expect("no panic");
    }

    /// Stops it; hangs when a call is left over.
    pub(crate) async fn stop(self) {
        self.stop.hang_up();
        self.stopped().await;
    }
}

pub(crate) fn number(digits: &str) -> E164 {
    E164::parse(digits).expect("a number")
}
