//! A fleet: two bridges behind Kamailio with the configuration of `examples`, on one PostgreSQL.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::databases::Postgres;
use crate::harness::{NUMBER, Net, PATIENCE, Raw, SIM, Sipp};
use crate::kamailio::Kamailio;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use voip_bridge::config;
use voip_bridge::pool::Call;
use voip_bridge::store::Store;

/// The hosts of the examples, and those of the test.
const PROXY: u8 = 10;
const BRIDGES: [(&str, u8); 2] = [("one", 11), ("two", 12)];
const PROVIDER: u8 = 20;

struct Fleet {
    net: Net,
    store: Store,
    folder: tempfile::TempDir,
    /// How many calls there have been: each has a name and a port of its own.
    calls: u16,
    _proxy: Kamailio,
    _database: Postgres,
}

/// One bridge, killed when dropped.
struct Bridge(Child);

/// A caller whose call has been answered.
struct Caller {
    sipp: Sipp,
    at: SocketAddr,
    name: String,
}

impl Fleet {
    /// Bridges are started before the proxy, so that it finds both.
    async fn start() -> (Self, [Bridge; 2]) {
        let (net, folder, database) = (Net::new(), tempfile::tempdir().expect("a folder"), Postgres::start());
        let config = database.database("fleet");
        for (name, host) in BRIDGES {
            std::fs::write(folder.path().join(name), bridge(net, name, host, &config)).expect("a file");
        }
        let numbers = |arguments: &[&str]| {
            let status =
                program(&folder.path().join("one"), arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
            assert!(status.expect("a status").success(), "{arguments:?}");
        };
        numbers(&["numbers", "add", NUMBER]);
        numbers(&["numbers", "assign", NUMBER, "--sim", SIM, "--phone", "work", "--tag", "2"]);
        let bridges = BRIDGES.map(|(name, _)| Bridge::start(folder.path(), name));
        for (_, host) in BRIDGES {
            Raw::between(net, PROXY, (net.host(host), 5060).into()).await.until_served().await;
        }
        let store = Store::open(&config).await.expect("a store");
        let proxy = proxy(net).await;
        (Self { net, store, folder, calls: 0, _proxy: proxy, _database: database }, bridges)
    }

    /// A call through the proxy, and the bridge that has it. Returns when it has been answered.
    async fn call(&mut self) -> (Caller, String) {
        self.calls += 1;
        let (name, port) = (format!("call{}", self.calls), 5100 + self.calls);
        let before: Vec<String> = self.live().await.into_iter().map(|call| call.id).collect();
        let remote = format!("{}:5060", self.net.host(PROXY));
        let words = [
            ("from", "sip:+15550199999@provider.example"),
            ("port", "6000"),
            ("more", ""),
            ("answer", "m=audio 7000"),
            ("remote", &remote),
        ];
        let own = port.to_string();
        let sipp = Sipp::run_with(self.net, PROVIDER, "caller_waits", &words, &["-p", &own, "-cid_str", &name]);
        let new = self
            .log(async |fleet| {
                let live = fleet.live().await.into_iter();
                live.filter(|call| call.answered.is_some()).find(|call| !before.contains(&call.id))
            })
            .await;
        (Caller { sipp, at: (self.net.host(PROVIDER), port).into(), name }, new.bridge)
    }

    async fn live(&self) -> Vec<Call> {
        self.store.live_calls().await.expect("calls")
    }

    /// Waits until the log has what is looked for.
    async fn log<T>(&self, find: impl AsyncFn(&Self) -> Option<T>) -> T {
        let found = async {
            let mut again = tokio::time::interval(Duration::from_millis(20));
            loop {
                again.tick().await;
                if let Some(found) = find(self).await {
                    return found;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(found) => found,
            Err(_) => panic!("the log does not have it: {}", self.logs()),
        }
    }

    /// What the bridges have said.
    fn logs(&self) -> String {
        BRIDGES
            .map(|(name, _)| {
                std::fs::read_to_string(self.folder.path().join(format!("{name}.log"))).unwrap_or_default()
            })
            .concat()
    }
}

impl Bridge {
    fn start(folder: &Path, name: &str) -> Self {
        let log = File::create(folder.join(format!("{name}.log"))).expect("a file");
        Self(program(&folder.join(name), &["serve"]).stderr(log).spawn().expect("a program"))
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().try_into().expect("a process")), signal).expect("a signal");
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Caller {
    /// Hangs up, and sees that it has worked.
    async fn hang_up(self) {
        self.sipp.tell(self.at, &self.name).await;
        self.sipp.done().await;
    }
}

fn program(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voip-bridge"));
    command.args(arguments).arg("--config").arg(config);
    command
}

/// The configuration of a bridge whose only peer is the proxy.
fn bridge(net: Net, name: &str, host: u8, store: &config::Store) -> String {
    let [own, proxy] = [host, PROXY].map(|host| net.host(host));
    let (postgres, password) = (store.postgres.as_ref().expect("parameters"), store.password_file.as_ref());
    format!(
        "[bridge]\nname = '{name}'\ngone_seconds = 3\n[store]\npostgres = '{postgres}'\npassword_file = '{}'\n\
         [admin]\nlisten = ''\n[voice.sip]\nlisten = [{{ transport = 'udp', address = '{own}:5060' }}]\n\
         [[voice.peer]]\nname = 'proxy'\naddress = '{proxy}:5060'\ntransport = 'udp'\n\
         [voice.calls]\ntrunk = 'proxy'\ncountry = 1\n",
        password.expect("a file").display()
    )
}

/// Kamailio with the files of the examples, in which only the addresses are others.
async fn proxy(net: Net) -> Kamailio {
    let examples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/voip-bridge");
    let addresses: Vec<(String, String)> =
        [PROXY, 11, 12, PROVIDER].map(|host| (format!("192.0.2.{host}"), net.host(host).to_string())).into();
    let mut words: Vec<(&str, String)> = addresses.iter().map(|(from, to)| (from.as_str(), to.clone())).collect();
    let list = std::fs::read_to_string(examples.join("dispatcher.list")).expect("a list");
    let list = addresses.iter().fold(list, |list, (from, to)| list.replace(from, to));
    words.push(("/etc/kamailio/dispatcher.list", "@folder@/dispatcher.list".to_owned()));
    words.push(("log_stderror=no", "log_stderror=yes".to_owned()));
    Kamailio::start(net.host(PROXY), &examples.join("kamailio.cfg"), &words, &[("dispatcher.list", &list)]).await
}

#[tokio::test]
async fn calls_spread_over_bridges_and_go_on_when_one_is_killed_or_stops() {
    let (mut fleet, [one, two]) = Fleet::start().await;
    let net = fleet.net;
    let words = [("simre", "sip:.15550100099@"), ("shown", ".155501999992@"), ("port", "6000")];
    let gateway = Sipp::run_with(net, PROVIDER, "gateway_answers", &words, &["-m", "1000", "-timeout", "300s"]);
    let _gateway = gateway.listening("udp", net, PROVIDER).await;

    // In turn.
    let mut callers = Vec::new();
    for _ in 0..4 {
        callers.push(fleet.call().await);
    }
    let of = |name: &str| callers.iter().filter(|(_, bridge)| bridge == name).count();
    assert_eq!((of("one"), of("two")), (2, 2));

    // One dies: new calls all go to the other, which notices and ends in the log what was left behind.
    one.signal(Signal::SIGKILL);
    for _ in 0..2 {
        let (caller, bridge) = fleet.call().await;
        assert_eq!(bridge, "two");
        callers.push((caller, bridge));
    }
    fleet.log(async |fleet| fleet.live().await.iter().all(|call| call.bridge == "two").then_some(())).await;
    let past = fleet.store.past_calls(10).await.expect("calls");
    assert!(past.len() == 2 && past.iter().all(|call| call.bridge == "one" && call.cause == Some(41)));

    // The calls of the other one are still its own.
    for (caller, _) in callers.into_iter().filter(|(_, bridge)| bridge == "two") {
        caller.hang_up().await;
    }
    fleet.log(async |fleet| fleet.live().await.is_empty().then_some(())).await;
    let past = fleet.store.past_calls(10).await.expect("calls");
    assert_eq!(past.iter().filter(|call| call.bridge == "two" && call.cause == Some(16)).count(), 4);

    // The dead one comes back, is found by the proxy, and gets calls again.
    drop(one);
    let _one = Bridge::start(fleet.folder.path(), "one");
    let mut kept = loop {
        let (caller, bridge) = fleet.call().await;
        if bridge == "one" {
            break caller;
        }
        caller.hang_up().await;
    };
    kept.hang_up().await;

    // The other one is told to stop: its call goes on, new ones go elsewhere.
    let stopping = loop {
        let (caller, bridge) = fleet.call().await;
        if bridge == "two" {
            break caller;
        }
        caller.hang_up().await;
    };
    two.signal(Signal::SIGTERM);
    for _ in 0..2 {
        let bridge;
        (kept, bridge) = fleet.call().await;
        assert_eq!(bridge, "one");
        kept.hang_up().await;
    }
    stopping.hang_up().await;
    let mut two = two;
    assert!(tokio::task::spawn_blocking(move || two.0.wait()).await.expect("a thread").expect("a status").success());
}
