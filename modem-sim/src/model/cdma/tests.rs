//! Conversations about what only a CDMA modem says.

use ril_protocol::payload::cdma::{
    Address, BroadcastConfig, CallWaiting, InfoRecName, InfoRecord, SmsAck, SmsMessage, SmsWriteArgs,
};
use ril_protocol::{Errno, RequestCode as R, UnsolCode as U};

use crate::bench::Bench;

impl Bench {
    fn talking() -> Self {
        let mut bench = Self::online("");
        bench.console("call 5550199");
        bench.does(R::ANSWER);
        bench.told();
        bench
    }

    /// How many messages came since the last look.
    fn cdma_messages(&mut self) -> usize {
        self.told_of::<SmsMessage>(U::RESPONSE_CDMA_NEW_SMS).len()
    }

    fn cdma_acknowledge(&mut self, error_class: i32, sms_cause_code: i32) -> Errno {
        self.ask(R::CDMA_SMS_ACKNOWLEDGE, &SmsAck { error_class, sms_cause_code }).errno
    }
}

#[test]
fn a_call_waits_and_is_taken_by_a_flash() {
    let mut bench = Bench::talking();
    assert_eq!(bench.console("cdma call-waiting +15550123 Ann"), "OK\n");
    let told: Vec<CallWaiting> = bench.told_of(U::CDMA_CALL_WAITING);
    assert_eq!((told[0].number.as_deref(), told[0].name.as_deref()), (Some("+15550123"), Some("Ann")));
    assert_eq!(bench.ask(R::CDMA_FLASH, &Some(String::new())).errno, Errno::SUCCESS);
    assert_eq!(bench.ask(R::CDMA_FLASH, &Some("5550124".to_owned())).errno, Errno::SUCCESS);
    assert_eq!(bench.strings(R::CDMA_BURST_DTMF, &["12#", "100", "50"]).errno, Errno::SUCCESS);
    assert_eq!(bench.strings(R::CDMA_BURST_DTMF, &["12x"]).errno, Errno::INVALID_ARGUMENTS);
    assert_eq!(bench.console("cdma log"), "flash\nflash 5550124\nburst 12#\nOK\n");
    assert_eq!((bench.console("cdma log"), bench.console("dtmf")), ("OK\n".to_owned(), "12#\nOK\n".to_owned()));
    bench.console("hangup #1");
    assert_eq!(bench.ask(R::CDMA_FLASH, &Some(String::new())).errno, Errno::INVALID_STATE);
    assert_eq!(bench.strings(R::CDMA_BURST_DTMF, &["1"]).errno, Errno::INVALID_STATE);
    assert!(bench.console("cdma call-waiting +15550123").starts_with("KO: "), "beside which call?");
}

#[test]
fn information_records_of_every_kind() {
    let mut bench = Bench::talking();
    for (line, name) in [
        ("display Hello there", InfoRecName::DISPLAY),
        ("extended Hello there", InfoRecName::EXTENDED_DISPLAY),
        ("called 5550101", InfoRecName::CALLED_PARTY_NUMBER),
        ("calling 5550101", InfoRecName::CALLING_PARTY_NUMBER),
        ("connected 5550101", InfoRecName::CONNECTED_NUMBER),
        ("redirecting 5550101", InfoRecName::REDIRECTING_NUMBER),
        ("signal 2 1 3", InfoRecName::SIGNAL),
        ("clir 1", InfoRecName::T53_CLIR),
        ("audio 1 2", InfoRecName::T53_AUDIO_CONTROL),
    ] {
        assert_eq!(bench.console(&format!("cdma info {line}")), "OK\n", "{line}");
        let told: Vec<Vec<InfoRecord>> = bench.told_of(U::CDMA_INFO_REC);
        assert_eq!(told[0].iter().map(InfoRecord::name).collect::<Vec<_>>(), [name], "{line}");
    }
    for line in ["", "display", "colour red", "signal 2", "clir maybe", "called"] {
        assert!(bench.console(&format!("cdma info {line}")).starts_with("KO: "), "{line}");
    }
}

#[test]
fn emergency_callback_mode_begins_and_ends_once() {
    let mut bench = Bench::online("");
    for (line, told) in [
        ("cdma ecbm off", vec![]),
        ("cdma ecbm on", vec![U::ENTER_EMERGENCY_CALLBACK_MODE]),
        ("cdma ecbm on", vec![]),
        ("cdma ecbm off", vec![U::EXIT_EMERGENCY_CALLBACK_MODE]),
    ] {
        assert_eq!((bench.console(line), bench.told()), ("OK\n".to_owned(), told), "{line}");
    }
    bench.console("cdma ecbm on");
    assert_eq!(bench.console("cdma ecbm"), "on\nOK\n");
    bench.told();
    assert_eq!(bench.does(R::EXIT_EMERGENCY_CALLBACK_MODE), Errno::SUCCESS);
    assert_eq!(bench.told(), [U::EXIT_EMERGENCY_CALLBACK_MODE]);
    assert_eq!(bench.does(R::EXIT_EMERGENCY_CALLBACK_MODE), Errno::SUCCESS);
    assert_eq!((bench.told(), bench.console("cdma log")), (vec![], "exit-ecbm\nexit-ecbm\nOK\n".to_owned()));
}

#[test]
fn messages_come_again_until_they_are_acknowledged() {
    let mut bench = Bench::online("");
    assert_eq!(bench.cdma_acknowledge(0, 0), Errno::NO_SMS_TO_ACK);
    bench.console("cdma sms 5550101 first");
    bench.console("cdma sms 5550101 second");
    assert_eq!(bench.cdma_messages(), 1);
    bench.advance(2_000);
    assert_eq!(bench.cdma_messages(), 1, "no acknowledgement in time");
    assert_eq!(bench.cdma_acknowledge(1, 39), Errno::SUCCESS);
    bench.advance(2_000);
    assert_eq!(bench.cdma_messages(), 1, "refused");
    assert_eq!(bench.cdma_acknowledge(1, 35), Errno::SUCCESS);
    bench.advance(60_000);
    assert_eq!(bench.cdma_messages(), 0, "no room");
    bench.ints(R::REPORT_SMS_MEMORY_STATUS, &[1]);
    assert_eq!(bench.cdma_messages(), 1);
    assert_eq!(bench.cdma_acknowledge(0, 0), Errno::SUCCESS);
    assert_eq!((bench.cdma_messages(), bench.console("cdma waiting")), (1, "1\nOK\n".to_owned()));
    bench.console("radio off");
    bench.console("radio on");
    bench.advance(10);
    assert_eq!(bench.cdma_messages(), 1, "the radio was off");
    bench.console("sms send 5550101 and another");
    assert_eq!(bench.told_of::<Option<String>>(U::RESPONSE_NEW_SMS).len(), 1, "each kind has its own");
    assert_eq!(bench.cdma_acknowledge(0, 0), Errno::SUCCESS);
    assert_eq!(bench.ints(R::SMS_ACKNOWLEDGE, &[1, 0]).errno, Errno::SUCCESS);
    for wrong in ["cdma sms", "cdma sms 5550101", "cdma sms me x"] {
        assert!(bench.console(wrong).starts_with("KO: "), "{wrong}");
    }
}

#[test]
fn a_broadcast_comes_to_who_listens_and_is_acknowledged() {
    let mut bench = Bench::online("");
    assert_eq!(bench.console("cdma cb 31 News"), "nobody listens\nOK\n");
    let service = BroadcastConfig { service_category: 31, language: 1, selected: true };
    assert_eq!(bench.ask(R::CDMA_SET_BROADCAST_SMS_CONFIG, &vec![service]).errno, Errno::SUCCESS);
    assert_eq!(bench.console("cdma cb 31 News"), "nobody listens\nOK\n", "it is not on");
    assert_eq!(bench.ints(R::CDMA_SMS_BROADCAST_ACTIVATION, &[0]).errno, Errno::SUCCESS);
    assert_eq!(bench.console("cdma cb 32 News"), "nobody listens\nOK\n");
    assert_eq!(bench.console("cdma cb 31 News"), "OK\n");
    let told: Vec<SmsMessage> = bench.told_of(U::RESPONSE_CDMA_NEW_SMS);
    assert_eq!((told.len(), told[0].is_service_present, told[0].service_category), (1, true, 31));
    assert_eq!(bench.cdma_acknowledge(0, 0), Errno::SUCCESS);
    assert_eq!(bench.cdma_acknowledge(0, 0), Errno::NO_SMS_TO_ACK);
    assert!(bench.console("cdma cb news").starts_with("KO: "));
}

#[test]
fn a_message_is_sent_and_recorded() {
    let mut bench = Bench::online("");
    let message =
        SmsMessage { address: Address { digits: vec![5, 10, 1], ..Address::default() }, ..Default::default() };
    for reference in 1..=2 {
        let sent: ril_protocol::payload::sms::SmsResponse = bench.get(R::CDMA_SEND_SMS, &message);
        assert_eq!(sent.message_ref, reference);
    }
    assert_eq!(bench.console("cdma log"), "sms to 501\nsms to 501\nOK\n");
}

#[test]
fn the_ruim_has_room_for_ten_messages() {
    let mut bench = Bench::online("");
    let message = SmsWriteArgs::default();
    for index in 1..=10 {
        assert_eq!(bench.told(), [], "{index}");
        assert_eq!(bench.get::<_, Vec<i32>>(R::CDMA_WRITE_SMS_TO_RUIM, &message), [index]);
    }
    assert_eq!(bench.told(), [U::CDMA_RUIM_SMS_STORAGE_FULL]);
    assert_eq!(bench.ask(R::CDMA_WRITE_SMS_TO_RUIM, &message).errno, Errno::SIM_FULL);
    assert_eq!(bench.ints(R::CDMA_DELETE_SMS_ON_RUIM, &[3]).errno, Errno::SUCCESS);
    assert_eq!(bench.ints(R::CDMA_DELETE_SMS_ON_RUIM, &[3]).errno, Errno::NO_SUCH_ENTRY);
    assert_eq!(bench.get::<_, Vec<i32>>(R::CDMA_WRITE_SMS_TO_RUIM, &message), [3]);
}

#[test]
fn voice_privacy_is_kept_until_the_modem_starts_anew() {
    let mut bench = Bench::online("");
    assert_eq!(bench.ints(R::CDMA_SET_PREFERRED_VOICE_PRIVACY_MODE, &[1]).errno, Errno::SUCCESS);
    let privacy = |bench: &mut Bench| bench.get::<_, Vec<i32>>(R::CDMA_QUERY_PREFERRED_VOICE_PRIVACY_MODE, &());
    assert_eq!(privacy(&mut bench), [1]);
    bench.console("radio crash");
    bench.advance(60_000);
    assert_eq!(privacy(&mut bench), [0]);
}
