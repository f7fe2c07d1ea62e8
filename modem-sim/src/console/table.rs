//! The commands, one row each, and the help that comes out of the rows.

use ril_protocol::{Errno, RequestCode};

use super::{Context, Outcome, Refusal, cdma, gsm, modem, network, sim, sms, split_word, stk, ussd};

type Act = fn(&mut Context<'_>, &str) -> Outcome;

/// One command.
pub(super) struct Command {
    /// Its name.
    pub(super) name: &'static str,
    /// Its arguments, as help shows them.
    pub(super) arguments: &'static str,
    /// What it does, in a line.
    pub(super) about: &'static str,
    /// How.
    pub(super) run: Run,
}

/// How a command is carried out.
pub(super) enum Run {
    /// By a function, which gets the rest of the line.
    Here(Act),
    /// By the sub-command that the next word names, or by a function when it names none.
    Below(&'static [Command], Option<Act>),
}

impl Command {
    /// Whether the names of requests and errnos are ones, where the arguments begin with some.
    pub(super) fn check(&self, arguments: &str) -> Result<(), String> {
        let (request, rest) = split_word(arguments);
        if !self.arguments.contains("<request>") || (self.arguments.starts_with("all|") && request == "all") {
            return Ok(());
        }
        request.parse::<RequestCode>().map_err(|_| format!("no request '{request}' in ril.h"))?;
        if self.arguments.contains("<errno>") {
            let (errno, _) = split_word(rest);
            errno.parse::<Errno>().map_err(|_| format!("no errno '{errno}' in ril.h"))?;
        }
        Ok(())
    }

    /// What `help` says of this command.
    pub(super) fn describe(&self) -> String {
        let mut text = format!("{}{}: {}", self.name, spaced(self.arguments), self.about);
        if let Run::Below(below, _) = self.run {
            text.push_str("\n\navailable sub-commands:\n");
            text.push_str(&list(below));
        }
        text
    }
}

/// The command with this name.
pub(super) fn find<'a>(commands: &'a [Command], name: &str) -> Option<&'a Command> {
    commands.iter().find(|command| command.name == name)
}

/// `help`, `help COMMAND`, `help COMMAND SUB-COMMAND`.
pub(super) fn help(mut words: &str) -> Outcome {
    if words.is_empty() {
        let commands = list(COMMANDS);
        return Ok(format!(
            "Android console command help:\n\n{commands}\n\ntry 'help <command>' for command-specific help"
        ));
    }
    let mut commands = COMMANDS;
    loop {
        let (name, rest) = split_word(words);
        let unknown = || Refusal {
            text: format!("try one of these instead:\n\n{}", list(commands)),
            reason: "unknown command".to_owned(),
        };
        let command = find(commands, name).ok_or_else(unknown)?;
        match command.run {
            Run::Below(below, _) if !rest.is_empty() => (commands, words) = (below, rest),
            _ => return Ok(command.describe()),
        }
    }
}

fn list(commands: &[Command]) -> String {
    let line = |command: &Command| {
        let usage = format!("{}{}", command.name, spaced(command.arguments));
        format!("    {usage:<40} {}", command.about)
    };
    commands.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn spaced(arguments: &str) -> String {
    if arguments.is_empty() { String::new() } else { format!(" {arguments}") }
}

const fn here(name: &'static str, arguments: &'static str, about: &'static str, act: Act) -> Command {
    Command { name, arguments, about, run: Run::Here(act) }
}

const fn below(name: &'static str, about: &'static str, commands: &'static [Command]) -> Command {
    Command { name, arguments: "<sub-command>", about, run: Run::Below(commands, None) }
}

/// Every command but `help` and `quit`, which belong to the door.
pub(super) static COMMANDS: &[Command] = &[
    here("auth", "<token>", "accepted, and not needed", modem::auth),
    here("ping", "", "tells that the console is there", modem::ping),
    here("status", "", "radio, card, network, calls, messages", modem::status),
    below("gsm", "calls, registration and signal, as in the emulator", GSM),
    below("sms", "short messages", SMS),
    Command {
        name: "network",
        arguments: "<sub-command>|<state>",
        about: "the network; <state> sets voice and data",
        run: Run::Below(NETWORK, Some(network::both)),
    },
    below("cdma", "what only a CDMA modem tells; settings, which change nothing here", CDMA),
    here("call", "<number>|withheld [<name>]", "someone calls; says what comes of it", gsm::call),
    here("calls", "", "the calls, one a line", gsm::calls),
    here("hangup", "<number>|#<index> [<cause>]", "the far end ends a call", gsm::hang_up),
    here("answer", "[<number>] [<policy>]", "how called parties behave; without arguments, shows it", gsm::answer),
    below("remote", "what the far end of a call does", REMOTE),
    here("dtmf", "", "the tones sent since the last look", gsm::dtmf),
    here("mute", "", "whether the phone has muted its microphone", gsm::mute),
    below("ussd", "USSD from the network", USSD),
    below("sim", "the card", SIM),
    below("stk", "the SIM toolkit", STK),
    below("radio", "the modem's power", RADIO),
    below("data", "data calls", DATA),
    here("services", "", "forwarding, waiting, number presentation", modem::services),
    Command {
        name: "cb",
        arguments: "<channel> <text>",
        about: "a cell broadcast",
        run: Run::Below(CB, Some(sms::broadcast)),
    },
    here(
        "nitz",
        "[<seconds> [<quarters> [<dst>]]]",
        "the network tells the time: Unix seconds, quarters of an hour from UTC, hours of DST",
        network::nitz,
    ),
    here("fail", "<request> <errno> [<times>]", "the next requests of this kind fail (1)", modem::fail),
    here("delay", "all|<request> <ms>", "requests, or those of this kind, take this long", modem::delay),
    here("hang", "<request>", "requests of this kind are never answered", modem::hang),
    here("reply", "<request> <json>", "the next request of this kind has this result", modem::reply),
    here("cut", "<request> [<times>]", "the next results of this kind have a wrong length (1)", modem::cut),
    here("twice", "<request> [<times>]", "the next requests of this kind are answered twice (1)", modem::twice),
    here("faults", "[clear]", "what fail, delay, hang, reply, cut and twice have ordered", modem::faults),
    here("requests", "[clear]", "how many requests of each kind have come since the last clear", modem::requests),
    here("slot", "<number>", "what follows on this connection is said to the modem of this SIM (1)", modem::slot),
    here("scenario", "", "plays the lines that follow, up to a '.'; tells what becomes of each", modem::at_a_door),
    here("watch", "", "shows requests, answers, messages and states as they come, until you hang up", modem::at_a_door),
    here("crash", "", "the library's process aborts; there is no answer", modem::crash),
];

const GSM: &[Command] = &[
    here("list", "", "the calls", gsm::list),
    here("call", "<number>", "someone calls", gsm::gsm_call),
    here("busy", "<number>", "the called party is busy", gsm::busy),
    here("hold", "<number>", "the call goes on hold", gsm::hold),
    here("accept", "<number>", "the call becomes active", gsm::accept),
    here("cancel", "<number>", "the call ends", gsm::cancel),
    here("data", "<state>", "registration for data", network::data),
    here("voice", "<state>", "registration for voice", network::voice),
    here("status", "", "registration for voice and data", network::gsm_status),
    here("signal", "<rssi> [<ber>]", "signal: 0..31 or 99, bit errors: 0..7 or 99", network::signal),
    here("signal-profile", "<strength>", "signal: 0 (none) to 4 (great)", network::signal_profile),
    here("meter", "on|off", "whether data is metered; changes nothing here", network::meter),
];

const SMS: &[Command] = &[
    here("send", "<number>|<name> <text>", "someone sends a text", sms::send),
    here(
        "class",
        "<class> <number>|<name> <text>",
        "the same with a class: 0 shown at once, 2 for the card",
        sms::class,
    ),
    here("pdu", "<hex>", "the network delivers a PDU with its service centre", sms::pdu),
    here("list", "", "what the phone has sent: number, tab, text", sms::list),
    here("clear", "", "forgets what the phone has sent", sms::clear),
    here("waiting", "", "messages that the phone has not acknowledged", sms::waiting),
    here("queue", "", "the same, one a line: times delivered, PDU", sms::queue),
    here("retry", "", "the service centre tries again at once", sms::retry),
    here("reports", "[now|hold|fail]", "what becomes of status reports; without argument, shows it", sms::reports),
    here("report", "[received|trying|failed|<hex>]", "the oldest held status report goes to the phone", sms::report),
];

const CB: &[Command] = &[here("config", "", "the channels that the phone listens to", sms::broadcast_config)];

const NETWORK: &[Command] = &[
    here("status", "", "speed and latency, as in the emulator", network::status),
    here("speed", "<name>|<num>|<up>:<down>", "a technology: gsm, edge, umts, 1xrtt, hsdpa, lte, ...", network::speed),
    here("delay", "<name>|<num>|<min>:<max>", "accepted; changes nothing here", network::delay),
    here("cell", "<area> <cell>", "location area and cell, hexadecimal", network::cell),
    here("ecc", "[<number>...|none]", "the network's emergency numbers, of which no host is told", network::ecc),
];

const CDMA: &[Command] = &[
    here("ssource", "nv|ruim", "subscription source", cdma::subscription_source),
    here("prl_version", "<version>", "version of the roaming list", cdma::prl_version),
    here("call-waiting", "<number> [<name>]", "a second call waits", cdma::call_waiting),
    here("info", "<kind> <value>...", "an information record: display <text>, calling <number>, ...", cdma::info),
    here("ecbm", "[on|off]", "emergency callback mode; without argument, shows it", cdma::callback_mode),
    here("sms", "<number> <text>", "someone sends a text", cdma::sms),
    here("cb", "<category> <text>", "a broadcast", cdma::broadcast),
    here("waiting", "", "messages that the phone has not acknowledged", cdma::waiting),
    here("log", "", "flashes, bursts, messages, exits from callback mode since the last look", cdma::log),
];

const REMOTE: &[Command] = &[
    here("hold", "<number>|#<index>", "the far end holds the call", gsm::remote_hold),
    here("retrieve", "<number>|#<index>", "the far end takes the call back", gsm::remote_retrieve),
];

const USSD: &[Command] = &[
    here("notify", "<text>", "the network shows a text", ussd::notify),
    here("request", "<text>", "the network asks; the phone's reply is shown by 'ussd last'", ussd::request),
    here("end", "[<text>]", "the network ends the session", ussd::end),
    here("answer", "<code> <text>", "what a code answers from now on", ussd::answer),
    here("early", "[on|off]", "the answer comes before SEND_USSD is answered", ussd::early),
    here("services", "[on|off]", "service codes become services, answered by ON_SS", ussd::as_services),
    here("last", "", "the last string that the phone sent", ussd::last),
];

const SIM: &[Command] = &[
    here("status", "", "state of the card", sim::status),
    here("insert", "", "the card is put in", sim::insert),
    here("remove", "", "the card is pulled out", sim::remove),
    here("swap", "<imsi> [<iccid>]", "another card is put in, as it left the factory", sim::swap),
    here(
        "reclaim",
        "[now]",
        "the modem asks a client of the SIM Access Profile for the card, or takes it",
        sim::reclaim,
    ),
    here("lock", "", "the card asks for its PIN from now on", sim::lock),
    here("block", "", "the PIN's tries are used up", sim::block),
    here("pin", "<pin>", "somebody enters PIN1", sim::pin),
    here("puk", "<puk> <pin>", "somebody enters the unblocking key and a new PIN1", sim::puk),
    here("file", "<file>", "what is in a file, hexadecimal, a record a line", sim::file),
    here("write", "<file>[#<record>] <hex>", "the operator writes a file over the air; FF fills it up", sim::write),
    here("refresh", "init|reset|<file>", "the card begins anew, is reset, or has changed a file", sim::refresh),
    here("channels", "", "open logical channels, one a line", sim::channels),
    here("ecc", "[<number>[/<category>]...|none]", "emergency numbers on the card", sim::ecc),
];

const STK: &[Command] = &[
    here("menu", "[<title> <item>...]", "the card sets up its menu, or this one", stk::menu),
    here("text", "<text>", "the card shows a text", stk::text),
    here("input", "<question>", "the card asks for a text, and thanks for it", stk::input),
    here("select", "<title> <item>...", "the card asks for a choice, and thanks for it", stk::select),
    here("call", "<number> [<question>]", "the card wants a call", stk::call),
    here("notify", "<text>", "the modem does something for the card and tells the user", stk::notify),
    here("alpha", "<text>", "what the user is told of a call that the card has changed", stk::alpha),
    here("end", "", "the card ends the session", stk::end),
    here("status", "", "what waits, and what came from the phone", stk::status),
    here("clear", "", "forgets what came from the phone", stk::clear),
];

const RADIO: &[Command] = &[
    here("on", "", "as RADIO_POWER 1", modem::radio_on),
    here("off", "", "as RADIO_POWER 0", modem::radio_off),
    here("reset", "", "off and on", modem::radio_reset),
    here(
        "crash",
        "[off|same] [<reason>]",
        "the modem restarts: unavailable, then off or as it was",
        modem::radio_crash,
    ),
    here("hang", "", "the modem does and says nothing", modem::radio_hang),
    here("resume", "", "until now: it says and does everything at once", modem::radio_resume),
    here("status", "", "state of the radio", modem::radio_status),
];

const DATA: &[Command] = &[
    here("list", "", "the data calls, one a line", network::data_list),
    here("drop", "<cid>|all [<cause>]", "the network closes a data call", network::data_drop),
    here("change", "<cid>", "the network gives a data call another address", network::data_change),
    here("profiles", "", "the APN of the first attach and the profiles that the phone has set", network::data_profiles),
];
