//! What somebody on the way, or at the wrong end, can try.

use super::*;

fn key(byte: u8) -> Key {
    Key::parse(&format!("{byte:02x}").repeat(32)).expect("a key")
}

fn device() -> DeviceName {
    "phone-1".parse().expect("a name")
}

/// The body of the only frame.
fn body(frame: &[u8]) -> &[u8] {
    let (body, used) = split(frame).expect("a frame").expect("a whole one");
    assert_eq!(used, frame.len());
    body
}

fn knock(key: &Key) -> (Knock, Vec<u8>) {
    let mut frame = Vec::new();
    let knock = Knock::new(&device(), key, 0x0102_0304_0506_0708, &mut frame).expect("random numbers");
    (knock, body(&frame).to_vec())
}

fn welcome(hello: &[u8], key: &Key) -> Result<(Met, Vec<u8>), Broken> {
    let mut frame = Vec::new();
    let met = Hello::read(hello)?.welcome(key, &mut frame)?;
    Ok((met, body(&frame).to_vec()))
}

/// Device and service.
fn linked() -> (Channel, Channel) {
    let (knock, hello) = knock(&key(1));
    let (met, welcome) = welcome(&hello, &key(1)).expect("the key");
    (knock.welcomed(&welcome).expect("the key"), met.channel)
}

fn seal(channel: &mut Channel, message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    channel.seal(message, &mut frame).expect("room");
    body(&frame).to_vec()
}

#[test]
fn both_sides_hear_what_the_other_says() {
    let (knock, hello) = knock(&key(1));
    assert_eq!(Hello::read(&hello).map(|hello| hello.device), Ok(device()));
    let (met, welcome) = welcome(&hello, &key(1)).expect("the key");
    assert_eq!(met.run, 0x0102_0304_0506_0708);
    let (mut device, mut service) = (knock.welcomed(&welcome).expect("the key"), met.channel);
    for message in [&b""[..], b"one", &[7; MESSAGE_LIMIT]] {
        assert_eq!(service.open(&seal(&mut device, message)).as_deref(), Ok(message));
        assert_eq!(device.open(&seal(&mut service, message)).as_deref(), Ok(message));
    }
}

#[test]
fn messages_are_taken_one_by_one_however_they_arrive() {
    let (mut device, mut service) = linked();
    let mut stream = Vec::new();
    for message in [&b"one"[..], b"", b"three"] {
        device.seal(message, &mut stream).expect("room");
    }
    let (mut input, mut heard) = (Vec::new(), Vec::new());
    for byte in stream {
        input.push(byte);
        while let Some(message) = service.take(&mut input).expect("a record") {
            heard.push(message);
        }
    }
    assert_eq!(heard, [&b"one"[..], b"", b"three"]);
    assert!(input.is_empty());
    assert_eq!(service.take(&mut vec![0xff, 0xff]), Err(Broken::Seal));
}

#[test]
fn nothing_that_is_said_is_seen() {
    let (mut device, _) = linked();
    let record = seal(&mut device, b"+15550199999");
    assert!(!record.windows(4).any(|part| b"+15550199999".windows(4).any(|said| said == part)));
}

#[test]
fn two_connections_have_nothing_in_common() {
    let ((mut device, _), (_, mut service)) = (linked(), linked());
    assert_eq!(service.open(&seal(&mut device, b"hello")), Err(Broken::Seal));
}

#[test]
fn a_service_without_the_key_is_not_believed() {
    let (knock, hello) = knock(&key(1));
    assert_eq!(welcome(&hello, &key(2)).err(), Some(Broken::Seal));
    // It may answer all the same, with what it can make.
    let (_, hello_of_another) = self::knock(&key(2));
    let (_, welcome) = welcome(&hello_of_another, &key(2)).expect("its own key");
    assert_eq!(knock.welcomed(&welcome).err(), Some(Broken::Seal));
}

#[test]
fn a_name_belongs_to_its_hello() {
    let (_, mut hello) = knock(&key(1));
    let name = hello.windows(7).position(|part| part == b"phone-1").expect("the name");
    hello[name + 6] = b'2';
    assert_eq!(Hello::read(&hello).map(|hello| hello.device.to_string()), Ok("phone-2".to_owned()));
    assert_eq!(welcome(&hello, &key(1)).err(), Some(Broken::Seal));
}

#[test]
fn another_version_is_refused_and_cannot_be_feigned() {
    let (_, hello) = knock(&key(1));
    for version in [0, 2, 255] {
        let mut other = hello.clone();
        other[b"vblink".len()] = version;
        assert_eq!(Hello::read(&other).err(), Some(Broken::Version));
    }
    // A hello that a later device has made for version 2, and that was made one of version 1 on the way.
    let mut state = snow::Builder::new("Noise_NNpsk0_25519_ChaChaPoly_SHA256".parse().expect("a pattern"))
        .psk(0, &[1; 32])
        .and_then(|builder| builder.prologue(b"vblink\x02\x07phone-1"))
        .and_then(|builder| builder.build_initiator())
        .expect("a state");
    let mut message = [0; FRAME_LIMIT];
    let length = state.write_message(&[2, 0, 0, 0, 0, 0, 0, 0, 0], &mut message).expect("room");
    let lowered = [b"vblink\x01\x07phone-1", &message[..length]].concat();
    assert_eq!(welcome(&lowered, &key(1)).err(), Some(Broken::Seal));
}

#[test]
fn every_part_of_hello_and_welcome_counts() {
    let (_, hello) = knock(&key(1));
    for bit in 0..hello.len() * 8 {
        let mut changed = hello.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(welcome(&changed, &key(1)).is_err(), "bit {bit}");
    }
    for byte in 0..32 + 1 + SEAL {
        let (knock, hello) = knock(&key(1));
        let (_, mut welcome) = welcome(&hello, &key(1)).expect("the key");
        welcome[byte] ^= 1 << (byte % 8);
        assert!(knock.welcomed(&welcome).is_err(), "byte {byte}");
    }
}

#[test]
fn parts_of_hello_and_welcome_are_refused() {
    let (knock, hello) = knock(&key(1));
    for length in 0..hello.len() {
        assert!(welcome(&hello[..length], &key(1)).is_err(), "{length} bytes");
    }
    let (_, answer) = welcome(&hello, &key(1)).expect("the key");
    assert_eq!(knock.welcomed(&answer[..answer.len() - 1]).err(), Some(Broken::Seal));
}

#[test]
fn a_hello_that_is_played_again_opens_nothing() {
    let (knock, hello) = knock(&key(1));
    let (_, first_welcome) = welcome(&hello, &key(1)).expect("the key");
    let mut device = knock.welcomed(&first_welcome).expect("the key");
    // The service cannot tell it from the first; what the device has said to the first does not open at the second.
    let (mut second, _) = welcome(&hello, &key(1)).expect("the same hello");
    assert_eq!(second.channel.open(&seal(&mut device, b"")), Err(Broken::Seal));
}

#[test]
fn a_welcome_answers_one_hello() {
    let (_, first) = knock(&key(1));
    let (second, _) = knock(&key(1));
    let (_, welcome) = welcome(&first, &key(1)).expect("the key");
    assert_eq!(second.welcomed(&welcome).err(), Some(Broken::Seal));
}

#[test]
fn nothing_comes_back_to_whom_it_is_from() {
    let (knock, hello) = knock(&key(1));
    assert_eq!(knock.welcomed(&hello).err(), Some(Broken::Seal));
    let (mut device, mut service) = linked();
    let record = seal(&mut device, b"hello");
    assert_eq!(device.open(&record), Err(Broken::Seal));
    let record = seal(&mut service, b"hello");
    assert_eq!(service.open(&record), Err(Broken::Seal));
}

#[test]
fn records_are_opened_once_and_in_order() {
    let (mut device, mut service) = linked();
    let records = [b"one", b"two"].map(|message| seal(&mut device, message));
    assert_eq!(service.open(&records[0]).as_deref(), Ok(&b"one"[..]));
    assert_eq!(service.open(&records[0]), Err(Broken::Seal), "again");
    assert_eq!(service.open(&records[1]), Err(Broken::Seal), "after a mistake there is no next one");

    let (mut device, mut service) = linked();
    let records = [b"one", b"two"].map(|message| seal(&mut device, message));
    assert_eq!(service.open(&records[1]), Err(Broken::Seal), "one is left out");
    assert_eq!(service.open(&records[0]), Err(Broken::Seal));
}

#[test]
fn every_part_of_a_record_counts() {
    let length = seal(&mut linked().0, b"hello").len();
    for byte in 0..length {
        let (mut device, mut service) = linked();
        let mut record = seal(&mut device, b"hello");
        record[byte] ^= 1 << (byte % 8);
        assert_eq!(service.open(&record), Err(Broken::Seal), "byte {byte}");
    }
}

#[test]
fn parts_of_a_record_are_refused() {
    let length = seal(&mut linked().0, b"hello").len();
    for part in 0..length {
        let (mut device, mut service) = linked();
        let record = seal(&mut device, b"hello");
        assert_eq!(service.open(&record[..part]), Err(Broken::Seal), "{part} bytes");
    }
}

#[test]
fn what_is_too_long_is_neither_sealed_nor_opened() {
    let (mut device, mut service) = linked();
    assert_eq!(device.seal(&[0; MESSAGE_LIMIT + 1], &mut Vec::new()), Err(Broken::Unsealable));
    assert_eq!(service.open(&[0; FRAME_LIMIT + 1]), Err(Broken::Seal));
}
