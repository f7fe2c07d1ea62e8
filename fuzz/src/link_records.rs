//! The seal of the link: whatever happens to records on their way, what is opened is what was said, from the beginning
//! and without a gap.

use std::collections::VecDeque;

use caller_tag::link::seal::{Channel, DeviceName, Hello, Key, Knock, split};

/// Takes the input as what a device says, and what somebody in between does to it.
pub fn link_records(input: &[u8]) {
    let Some((mut device, mut service)) = linked() else { return };
    let (mut said, mut heard) = (Vec::new(), Vec::new());
    let mut under_way: VecDeque<Vec<u8>> = VecDeque::new();
    let mut harmed = false;
    for pair in input.chunks_exact(2).take(64) {
        let (act, with) = (pair[0] % 6, usize::from(pair[1]));
        match act {
            // The device says something.
            0 | 1 => {
                let message = vec![pair[1]; with];
                under_way.push_back(seal(&mut device, &message));
                said.push(message);
            }
            // It arrives.
            2 => {
                let Some(record) = under_way.pop_front() else { continue };
                match service.open(&record) {
                    Ok(message) => heard.push(message),
                    Err(_) => assert!(harmed, "a record that nobody touched is not opened"),
                }
            }
            // It is said again.
            3 => {
                let Some(record) = under_way.front().cloned() else { continue };
                under_way.push_front(record);
                harmed = true;
            }
            // It is lost, or comes out of turn.
            4 => {
                let Some(record) = under_way.pop_front() else { continue };
                if with % 2 == 0 {
                    under_way.push_back(record);
                }
                harmed = true;
            }
            // It is changed or cut.
            _ => {
                let Some(record) = under_way.front_mut() else { continue };
                // It may have been cut to nothing.
                let Some(at) = with.checked_rem(record.len()) else { continue };
                if with % 2 == 0 {
                    record.truncate(at)
                } else {
                    record[at] ^= 0x10
                }
                harmed = true;
            }
        }
        assert!(said.starts_with(&heard));
    }
}

fn seal(channel: &mut Channel, message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    let sealed = channel.seal(message, &mut frame);
    assert!(sealed.is_ok());
    frame.split_off(2)
}

fn linked() -> Option<(Channel, Channel)> {
    let (name, key) = ("phone".parse::<DeviceName>().ok()?, Key::parse(&"5a".repeat(32)).ok()?);
    let (mut hello, mut welcome) = (Vec::new(), Vec::new());
    let knock = Knock::new(&name, &key, 1, &mut hello).ok()?;
    let met = Hello::read(split(&hello).ok()??.0).ok()?.welcome(&key, &mut welcome).ok()?;
    let device = knock.welcomed(split(&welcome).ok()??.0).ok()?;
    Some((device, met.channel))
}
