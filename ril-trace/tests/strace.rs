//! Traces out of what strace prints.
#![cfg(feature = "tools")]

use std::fmt::Write as _;
use std::time::Duration;

use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use ril_trace::format::{Header, Item, Options, Reader, Writer};
use ril_trace::import::{From, Imported};
use ril_trace::show::{Filter, Show};

fn import(source: &str) -> (Header, Vec<String>, Imported) {
    assert_eq!(From::guess(source.as_bytes()), Some(From::Strace), "{source}");
    let begin = |header: &Header| Writer::new(Vec::new(), header, Options::default());
    let (mut writer, imported) = From::Strace.import(source.as_bytes(), "a test", begin).unwrap();
    writer.finish().unwrap();
    let file = writer.into_inner();
    let (mut reader, mut show) = (Reader::open(&*file).unwrap(), Show::new(Filter::default()));
    let (mut header, mut lines) = (Header::default(), Vec::new());
    while let Some(item) = reader.next_item().unwrap() {
        if let Item::Session(session) = &item {
            header = Header::clone(session);
            show.text(&item);
        } else if let Some(line) = show.text(&item) {
            // Without the number of the record.
            lines.push(line.split_whitespace().skip(1).collect::<Vec<_>>().join(" "));
        }
    }
    (header, lines, imported)
}

/// What was said, without the times.
fn said(source: &str) -> Vec<String> {
    let (_, lines, imported) = import(source);
    assert_eq!(imported.complaints, [""; 0], "{source}");
    lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

fn greeting() -> Vec<u8> {
    let mut frame = Vec::new();
    Unsolicited::new(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![12], RilVersion::COMMON)).put(&mut frame);
    frame
}

fn request(code: RequestCode, serial: i32, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Request { code, serial, payload }.put(&mut frame);
    frame
}

fn reply(serial: i32, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    Reply::new(serial, Errno::SUCCESS, payload).put(&mut frame);
    frame
}

/// As strace shows bytes with -xx, at most so many.
fn shown(bytes: &[u8], most: usize) -> String {
    let mut text = String::from("\"");
    for byte in bytes.iter().take(most) {
        write!(text, "\\x{byte:02x}").unwrap();
    }
    text.push_str(if bytes.len() > most { "\"..." } else { "\"" });
    text
}

fn read(number: usize, bytes: &[u8]) -> String {
    format!("read({number}, {}, 8192) = {}\n", shown(bytes, 99), bytes.len())
}

fn write(number: usize, bytes: &[u8]) -> String {
    format!("write({number}, {0}, {1}) = {1}\n", shown(bytes, 99), bytes.len())
}

const SOCKET: &str = "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3\n";
const CONNECT: &str = "connect(3, {sa_family=AF_UNIX, sun_path=\"/dev/socket/rild\"}, 110) = 0\n";

const CONVERSATION: [&str; 3] = [
    "rild -> client: ! RIL_CONNECTED [12]",
    "client -> rild: GET_IMEI #1",
    "rild -> client: GET_IMEI #1 ok after 0.0 ms",
];

#[test]
fn a_client_and_a_rild_show_the_same_conversation() {
    let client = [
        SOCKET.to_owned(),
        CONNECT.to_owned(),
        read(3, &greeting()),
        write(3, &request(RequestCode::GET_IMEI, 1, b"")),
        read(3, &reply(1, b"")),
        "close(3) = 0\n".to_owned(),
    ];
    let of_client = said(&client.concat());
    assert_eq!(of_client, [&["client comes"], &CONVERSATION[..], &["client leaves"]].concat());

    let rild = [
        "socket(AF_UNIX, SOCK_STREAM, 0) = 4\n".to_owned(),
        "bind(4, {sa_family=AF_UNIX, sun_path=\"/dev/socket/rild\"}, 110) = 0\n".to_owned(),
        "accept4(4, {sa_family=AF_UNIX}, [110 => 2], SOCK_NONBLOCK) = 5\n".to_owned(),
        write(5, &greeting()),
        "read(5, 0x7ffd15d58ee0, 8192) = -1 EAGAIN (Resource temporarily unavailable)\n".to_owned(),
        read(5, &request(RequestCode::GET_IMEI, 1, b"")),
        write(5, &reply(1, b"")),
        "read(5, \"\", 8192) = 0\n".to_owned(),
        "close(5) = 0\n".to_owned(),
    ];
    assert_eq!(said(&rild.concat()), of_client);
}

#[test]
fn descriptors_that_were_open_before_are_known_by_what_goes_over_them() {
    let others = [
        write(1, b"a line of text that is long\n"),
        read(9, b"\0AUTH EXTERNAL 30\r\nand more"),
        "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 8\n".to_owned(),
        write(8, &request(RequestCode::GET_IMEI, 1, b"")),
    ]
    .concat();
    // The reply may be read in two parts: its length first.
    let answer = reply(1, b"");
    let client = [
        write(7, &request(RequestCode::GET_IMEI, 1, b"")),
        others.clone(),
        read(7, &answer[..4]),
        read(7, &answer[4..]),
    ];
    assert_eq!(said(&client.concat()), CONVERSATION[1..]);
    let rild = [read(7, &request(RequestCode::GET_IMEI, 1, b"")), others.clone(), write(7, &answer)];
    assert_eq!(said(&rild.concat()), CONVERSATION[1..]);
    let (_, lines, imported) = import(&others);
    assert!(lines.is_empty() && imported.complaints[0].contains("nobody spoke to a rild"), "{imported:?}");
}

#[test]
fn calls_of_several_threads_are_put_together_and_have_their_times() {
    let (ask, answer) = (request(RequestCode::GET_IMEI, 1, b""), reply(1, b""));
    let lines = [
        format!("10 14:00:00.000 {SOCKET}"),
        "10 14:00:00.001 connect(3, {sa_family=AF_UNIX, sun_path=\"/run/phones/work.sock\"}, 110) = -1 EINPROGRESS (Operation now in progress)\n".to_owned(),
        "11 14:00:00.100 read(3,  <unfinished ...>\n".to_owned(),
        // Written by one while another reads; the answer is there before the first has returned.
        format!("10 14:00:00.200 write(3, {}, {} <unfinished ...>\n", shown(&ask, 99), ask.len()),
        format!("11 14:00:00.300 <... read resumed>{}, 8192) = {}\n", shown(&answer, 99), answer.len()),
        format!("10 14:00:00.400 <... write resumed>) = {}\n", ask.len()),
        "11 14:00:00.500 +++ exited with 0 +++\n".to_owned(),
        "10 14:00:00.600 +++ exited with 0 +++\n".to_owned(),
    ];
    let (header, lines, imported) = import(&lines.concat());
    assert!(!header.untimed && header.phones == ["work"], "{header:?}");
    assert_eq!(imported.complaints, [""; 0]);
    assert_eq!(
        lines,
        [
            "0.001000 work comes",
            "0.200000 work -> rild: GET_IMEI #1",
            "0.300000 rild -> work: GET_IMEI #1 ok after 100.0 ms",
            "0.600000 work leaves",
        ]
    );
}

#[test]
fn copies_of_descriptors_are_the_same_connection() {
    let lines = [
        SOCKET.to_owned(),
        CONNECT.to_owned(),
        "dup2(3, 5) = 5\n".to_owned(),
        "fcntl(5, F_DUPFD_CLOEXEC, 0) = 6\n".to_owned(),
        "close(3) = 0\n".to_owned(),
        // The number is used again for another file.
        "openat(AT_FDCWD, \"/etc/hosts\", O_RDONLY) = 3\n".to_owned(),
        read(3, &request(RequestCode::GET_IMEI, 5, b"")),
        read(5, &greeting()),
        write(6, &request(RequestCode::GET_IMEI, 1, b"")),
        "recvfrom(6, \"\\0\\0\\0\\f\", 4, MSG_PEEK, NULL, NULL) = 4\n".to_owned(),
        read(6, &reply(1, b"")),
        "close(5) = 0\n".to_owned(),
        "close(6) = 0\n".to_owned(),
    ];
    assert_eq!(said(&lines.concat()), [&["client comes"], &CONVERSATION[..], &["client leaves"]].concat());
}

#[test]
fn a_process_that_is_forked_has_descriptors_of_its_own() {
    let lines = [
        format!("10 {SOCKET}"),
        format!("10 {CONNECT}"),
        "10 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD <unfinished ...>\n".to_owned(),
        "11 close(3) = 0\n".to_owned(),
        "10 <... clone resumed>, child_tidptr=0x7f) = 11\n".to_owned(),
        "11 +++ exited with 0 +++\n".to_owned(),
        format!("10 {}", read(3, &greeting())),
    ];
    assert_eq!(said(&lines.concat()), ["client comes", CONVERSATION[0]]);
}

#[test]
fn several_buffers_and_messages_are_read() {
    let (ask, answer) = (request(RequestCode::GET_IMEI, 1, b""), reply(1, b""));
    let list = |bytes: &[u8]| {
        let (len, body) = bytes.split_at(4);
        format!(
            "[{{iov_base={}, iov_len=4}}, {{iov_base={}, iov_len={}}}]",
            shown(len, 99),
            shown(body, 99),
            body.len()
        )
    };
    let lines = [
        SOCKET.to_owned(),
        CONNECT.to_owned(),
        read(3, &greeting()),
        format!("writev(3, {}, 2) = {}\n", list(&ask), ask.len()),
        format!(
            "recvmsg(3, {{msg_name=NULL, msg_namelen=0, msg_iov={}, msg_iovlen=2, msg_controllen=0, msg_flags=0}}, 0) = {}\n",
            list(&answer),
            answer.len()
        ),
    ];
    assert_eq!(said(&lines.concat()), [&["client comes"], &CONVERSATION[..]].concat());
}

#[test]
fn what_strace_cut_off_costs_what_it_was_in() {
    let asks = [request(RequestCode::SIM_IO, 1, &[7; 60]), request(RequestCode::GET_IMEI, 2, b"")].concat();
    let lines = [
        SOCKET.to_owned(),
        CONNECT.to_owned(),
        format!("write(3, {0}, {1}) = {1}\n", shown(&asks, 32), asks.len()),
        write(3, &request(RequestCode::GET_IMEISV, 3, b"")),
        format!("read(3, {}, 8192) = 16\n", shown(&reply(1, b"")[..16], 99)),
    ];
    let (header, lines, imported) = import(&lines.concat());
    assert!(header.untimed);
    assert_eq!(imported.complaints, ["line 3: 52 bytes are not shown; strace -s 65536 shows them"]);
    assert_eq!(
        lines[1..],
        [
            "0.000000 client -> rild: SIM_IO #1 (what it carried is not known)",
            // That one began where nothing is shown.
            "0.000000 client -> rild: GET_IMEISV #3",
            "0.000000 rild -> client: SIM_IO #1 ok after 0.0 ms",
        ]
    );
}

#[test]
fn times_of_day_and_steps_are_understood() {
    let ask = |stamp: &str| format!("{stamp} {}", write(3, &request(RequestCode::GET_IMEI, 1, b"")));
    let times = |stamps: [&str; 3]| {
        let (_, lines, _) = import(&stamps.map(ask).concat());
        lines.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(times(["23:59:59.5", "00:00:00.5", "00:00:01.5"]), ["0.000000", "1.000000", "2.000000"]);
    assert_eq!(times(["0.000000", "0.000500", "0.000500"]), ["0.000000", "0.000500", "0.001000"]);
    let source = [ask("1795874400.25"), ask("1795874400.5")].concat();
    let begin = |header: &Header| Writer::new(Vec::new(), header, Options::default());
    let (mut writer, _) = From::Strace.import(source.as_bytes(), "a test", begin).unwrap();
    writer.finish().unwrap();
    let file = writer.into_inner();
    let mut reader = Reader::open(&*file).unwrap();
    let mut entries = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        if let Item::Record(entry) = item {
            entries.push((entry.record.at, entry.unix_ns));
        }
    }
    let quarter = Duration::from_millis(250);
    assert_eq!(
        entries,
        [(Duration::ZERO, Some(1_795_874_400_250_000_000)), (quarter, Some(1_795_874_400_500_000_000))]
    );
}

#[test]
fn times_that_no_clock_shows_end_nothing() {
    // What shows no time is none of strace's lines.
    for (huge, frames) in [("18446744073709551615", 1), ("8589934591.999999999", 2)] {
        let lines = ["100000000.0", huge, huge].map(|stamp| format!("{stamp} close(3) = 0\n"));
        let said = write(3, &request(RequestCode::GET_IMEI, 1, b""));
        let source = format!("{}{huge} {said}100000001.0 {said}", lines.concat());
        let begin = |header: &Header| Writer::new(Vec::new(), header, Options::default());
        let (_writer, imported) = From::Strace.import(source.as_bytes(), "a test", begin).unwrap();
        assert_eq!(imported.frames, frames, "{imported:?}");
    }
}

/// Nobody has so many phones, and which of them is free is looked for among all.
#[test]
fn connections_that_never_end_are_so_many_phones_at_most() {
    let mut source = String::new();
    for number in 3..603 {
        source.push_str(&CONNECT.replace('3', &number.to_string()));
        source.push_str(&write(number, &request(RequestCode::GET_IMEI, 1, b"")));
    }
    let (header, lines, imported) = import(&source);
    assert_eq!((header.phones.len(), lines.len()), (256, 512));
    assert_eq!(imported.complaints, ["line 1200: 344 connections are left out: 256 others were open"]);
}

/// An address has room for 108 bytes of a path (unix(7)).
#[test]
fn a_path_that_is_no_address_is_none() {
    let path = format!("/{}", "a".repeat(108));
    let source = [SOCKET, &CONNECT.replace("/dev/socket/rild", &path), &read(3, &greeting())].concat();
    assert_eq!(import(&source).0.phones, ["client"]);
}

#[test]
fn what_a_process_that_is_gone_had_begun_is_over() {
    let rest = read(3, &greeting()).replace("read(3, ", "");
    let lines = [
        format!("7 {SOCKET}"),
        format!("7 {CONNECT}"),
        "7 read(3,  <unfinished ...>\n".to_owned(),
        "7 +++ killed by SIGKILL +++\n".to_owned(),
        // Another one with its number.
        format!("7 {SOCKET}"),
        format!("7 {CONNECT}"),
        format!("7 <... read resumed>{rest}"),
    ];
    let (_, _, imported) = import(&lines.concat());
    assert_eq!(imported.frames, 0, "{imported:?}");
}

/// What Samsung's rild says and ril.h does not have.
fn vendors() -> Vec<u8> {
    let mut frame = Vec::new();
    Unsolicited::new(UnsolCode(11010), &[1, 0, 0, 0, 0, 0, 0, 0]).put(&mut frame);
    frame
}

#[test]
fn a_vendors_message_may_come_first() {
    let (ask, answer) = (request(RequestCode::GET_IMEI, 1, b""), reply(1, b""));
    let news = "rild -> client: ! 11010 0x0100000000000000";
    let rild = [write(9, &vendors()), read(9, &ask), write(9, &answer)];
    assert_eq!(said(&rild.concat()), [&[news], &CONVERSATION[1..]].concat());
    let client = [read(9, &vendors()), write(9, &ask), read(9, &answer)];
    assert_eq!(said(&client.concat()), [&[news], &CONVERSATION[1..]].concat());
    let vendors = request(RequestCode(10016), 7, b"1234");
    let rild = [read(9, &vendors), read(9, &ask), write(9, &answer)];
    assert_eq!(said(&rild.concat()), [&["client -> rild: 10016 #7 0x31323334"], &CONVERSATION[1..]].concat());
}

#[test]
fn strace_may_begin_in_the_middle_of_a_frame() {
    let (ask, answer) = (request(RequestCode::GET_IMEI, 1, b""), reply(1, b""));
    let rest = &request(RequestCode::SIM_IO, 1, &[1; 40])[20..];
    let source = [read(9, rest), read(9, &ask), write(9, &answer)].concat();
    let (_, lines, imported) = import(&source);
    assert_eq!(imported.complaints, ["line 2: no message begins with the 32 bytes before these"]);
    assert_eq!(lines.len(), 2);
}

#[test]
fn a_connection_to_a_rild_that_says_nothing_of_a_rilds_is_told() {
    let other = write(3, b"GET / HTTP/1.1\r\n\r\n");
    let source = [SOCKET, CONNECT, &other, "close(3) = 0\n"].concat();
    let told = [
        "line 2: the connection to \"/dev/socket/rild\" is left out: nothing on it is of a rild",
        "line 4: nobody spoke to a rild; was it all traced: -f -e trace=network,desc,process?",
    ];
    assert_eq!(import(&source).2.complaints, told);
    // A vendor's messages alone are enough there.
    let source = [SOCKET, CONNECT, &read(3, &vendors())].concat();
    assert_eq!(said(&source), ["client comes", "rild -> client: ! 11010 0x0100000000000000"]);
}

#[test]
fn a_socket_of_a_rild_has_a_client() {
    let to = |name: &str| CONNECT.replace("/dev/socket/rild", name);
    for (path, name) in [
        ("/dev/socket/rild", "client"),
        ("/dev/socket/rild2", "client2"),
        ("/run/work.sock", "work"),
        ("/run/", "client"),
    ] {
        let source = [SOCKET, &to(path), &read(3, &greeting())].concat();
        assert_eq!(import(&source).0.phones, [name], "{path}");
    }
}

/// Lines of two processes that nobody was seen to make, each before what it does.
fn of(pid: u32, line: &str) -> String {
    format!("{pid} {line}")
}

#[test]
fn processes_that_share_nothing_but_a_number_are_told_apart() {
    let (ask, answer) = (request(RequestCode::GET_IMEI, 1, b""), reply(1, b""));
    let both = [&CONVERSATION[1..2], &["client-2 -> rild: GET_IMEI #1"]].concat();
    let both = [both, vec!["rild -> client-2: GET_IMEI #1 ok after 0.0 ms", CONVERSATION[2]]].concat();
    // A client and its rild, with the same number of the socket.
    let source = [
        of(20, &write(7, &ask)),
        of(10, &read(7, &ask)),
        of(11, &write(7, &answer)),
        of(20, &read(7, &answer[..4])),
        of(20, &read(7, &answer[4..])),
    ];
    assert_eq!(said(&source.concat()), both);
    // What is a socket in one is something else in the other.
    let counter = of(11, "write(7, \"\\1\\0\\0\\0\\0\\0\\0\\0\", 8) = 8\n");
    let file = of(11, "openat(AT_FDCWD, \"/a\", O_RDONLY) = 7\n");
    for other in [counter, file] {
        let source = [of(20, &write(7, &ask)), other.clone(), of(20, &read(7, &answer))];
        assert_eq!(said(&source.concat()), CONVERSATION[1..], "{other}");
        let source = [other.repeat(100), of(20, &write(7, &ask)), other.clone(), of(20, &read(7, &answer))];
        assert_eq!(said(&source.concat()), CONVERSATION[1..], "{other}");
    }
}

#[test]
fn flags_may_be_numbers_and_processes_have_names() {
    let (ask, answer) = (request(RequestCode::GET_IMEI, 1, b""), reply(1, b""));
    let lines = [
        "socket(0x1, 0x80801, 0) = 3\n".to_owned(),
        CONNECT.replace("AF_UNIX", "0x1"),
        "fcntl(3, 0x406, 0) = 6\n".to_owned(),
        "recvfrom(3, \"\\0\\0\\0\\f\", 4, 0x2, NULL, NULL) = 4\n".to_owned(),
        read(3, &greeting()),
        // A process of its own, and a thread.
        "clone(child_stack=NULL, flags=0x1200011, child_tidptr=0x7f) = 11<ofonod>\n".to_owned(),
        "clone3({flags=0x3d0f00, child_tid=0x7f}, 88) = 12<ofonod>\n".to_owned(),
    ];
    let mut source: String =
        lines.iter().map(|line| format!("10<ofonod> 14:00:00.1 [  41] [00007f12] {line}")).collect();
    source.push_str("11<ofonod> 14:00:00.1 close(3) = 0\n");
    source.push_str(&format!("12<ofonod> 14:00:00.1 {}", write(6, &ask)));
    source.push_str(&format!("12<ofonod> 14:00:00.1 {}", read(3, &answer)));
    assert_eq!(said(&source), [&["client comes"], &CONVERSATION[..]].concat());
}

#[test]
fn several_messages_at_once_are_read() {
    let (ask, answer) = (request(RequestCode::GET_IMEI, 1, b""), reply(1, b""));
    let message = |bytes: &[u8]| {
        let iov = format!("[{{iov_base={}, iov_len={}}}]", shown(bytes, 99), bytes.len());
        format!("{{msg_hdr={{msg_name=NULL, msg_iov={iov}, msg_iovlen=1, msg_flags=0}}, msg_len={}}}", bytes.len())
    };
    let [first, second] = [&ask[..4], &ask[4..]].map(message);
    let lines = [
        read(3, &greeting()),
        format!("sendmmsg(3, [{first}, {second}], 2, 0) = 2\n"),
        format!("recvmmsg(3, [{}], 4, MSG_PEEK, NULL) = 1\n", message(&answer)),
        format!("recvmmsg(3, [{}], 4, 0, NULL) = 1 (left {{tv_sec=1}})\n", message(&answer)),
    ];
    assert_eq!(said(&lines.concat()), CONVERSATION);
}
