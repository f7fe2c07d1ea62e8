//! The store, on SQLite and on PostgreSQL: the same bodies on both.

mod databases;

use std::future::Future;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use caller_tag::E164;
use databases::Postgres;
use tokio::runtime::Runtime;
use voip_bridge::config::{self, Retention};
use voip_bridge::pool::{Assignment, Call, CallsOut, Direction, Pool, StoreError, Timestamp, Unavailable, Voicemail};
use voip_bridge::store::{
    Assign, AssignError, Ended, Expired, Fragment, Intent, Message, MessageCount, MessageState, Post, ReleaseError,
    RemoveError, Store, VERSION,
};

/// Each body becomes a test of its own on SQLite; on PostgreSQL one test starts a server and gives each a new database.
macro_rules! on_both_databases {
    ($($body:ident,)*) => {
        mod sqlite {
            $(#[test]
            fn $body() {
                let folder = tempfile::tempdir().unwrap();
                super::run(super::$body(super::databases::sqlite(folder.path())));
            })*
        }

        #[test]
        fn postgres() {
            let server = Postgres::start();
            $(
                eprintln!(stringify!($body));
                run($body(server.database(stringify!($body))));
            )*
        }
    };
}

on_both_databases! {
    numbers_are_added_once_and_listed_in_order,
    a_number_goes_to_a_phone_and_back,
    what_is_in_the_way_is_named,
    tags_are_given_out_from_the_lowest,
    a_phone_is_found_by_its_number_and_by_its_sim,
    bridges_that_assign_at_once_share_the_tags,
    of_bridges_that_want_one_number_one_gets_it,
    a_call_is_written_down_as_it_goes,
    a_bridge_that_comes_back_ends_what_it_left,
    a_bridge_that_stands_still_is_forgotten,
    a_bridge_hears_of_another_of_its_name,
    calls_out_are_counted_for_all_bridges,
    recordings_come_back_as_they_were,
    a_message_is_taken_by_one_and_delivered_once,
    a_message_whose_bridge_died_is_due_again,
    a_message_waits_for_its_direction_its_phone_and_its_time,
    a_message_is_found_by_what_its_provider_calls_it,
    a_message_is_whole_when_its_parts_are_there,
    parts_are_counted_by_number_and_by_sim,
    an_announced_call_is_taken_once_and_in_time,
    of_what_a_phone_announces_the_latest_counts,
    a_link_is_where_it_was_seen_last,
    post_comes_in_order_and_once,
    old_records_go_and_what_goes_on_stays,
    programs_that_start_at_once_migrate_once,
    everything_is_there_after_opening_again,
}

fn run(body: impl Future<Output = ()>) {
    Runtime::new().unwrap().block_on(body);
}

fn number(last: u16) -> E164 {
    E164::parse(&format!("+1555010{last:04}")).unwrap()
}

fn sim() -> E164 {
    E164::parse("+15550200000").unwrap()
}

fn assign(last: u16, phone: &str) -> Assign {
    Assign {
        number: number(last),
        sim: sim(),
        phone: phone.to_owned(),
        tag: None,
        access: None,
        unavailable: Unavailable::Voicemail,
    }
}

async fn with_numbers(config: &config::Store, count: u16) -> Store {
    let store = Store::open(config).await.unwrap();
    let numbers: Vec<E164> = (0..count).map(number).collect();
    assert_eq!(store.add_numbers(&numbers).await, Ok(count.into()));
    store
}

fn call(id: &str, began: i64) -> Call {
    Call {
        id: id.to_owned(),
        bridge: "one".to_owned(),
        number: number(1),
        direction: Direction::In,
        peer: Some("+15550199999".to_owned()),
        began: Timestamp(began),
        answered: None,
        ended: None,
        cause: None,
    }
}

fn message(id: &str, queued: i64) -> Message {
    Message {
        id: id.to_owned(),
        number: number(1),
        direction: Direction::In,
        peer: "+15550199999".to_owned(),
        body: "Grüße, \0 and all".as_bytes().to_owned(),
        queued: Timestamp(queued),
        expires: Timestamp(queued + 1_000),
        attempts: 0,
        given: false,
    }
}

fn fragment(id: &str, place: u32, total: u32, at: i64) -> Fragment {
    Fragment {
        id: id.to_owned(),
        number: number(1),
        whole: "message".to_owned(),
        place,
        total,
        octets: id.as_bytes().to_owned(),
        at: Timestamp(at),
    }
}

/// Takes a message to a phone that was accepted by now.
async fn take(store: &Store, now: i64, until: i64) -> Option<Message> {
    let now = Timestamp(now);
    store.take_message("one", Direction::In, now, now, Timestamp(until)).await.unwrap()
}

fn ids(parts: Option<Vec<Fragment>>) -> Option<Vec<String>> {
    parts.map(|parts| parts.into_iter().map(|part| part.id).collect())
}

fn voicemail(id: &str, at: i64) -> Voicemail {
    Voicemail {
        id: id.to_owned(),
        number: number(1),
        peer: None,
        at: Timestamp(at),
        milliseconds: 2_500,
        audio: (0..=255).cycle().take(20_000).collect(),
    }
}

async fn numbers_are_added_once_and_listed_in_order(config: config::Store) {
    let store = with_numbers(&config, 3).await;
    assert_eq!(store.add_numbers(&[number(4), number(2)]).await, Ok(1));
    let all = store.numbers().await.unwrap();
    assert_eq!(all.iter().map(|entry| entry.number).collect::<Vec<_>>(), [0, 1, 2, 4].map(number));
    assert!(all.iter().all(|entry| entry.assignment.is_none()));
    assert_eq!(store.remove_number(&number(2)).await, Ok(()));
    assert_eq!(store.remove_number(&number(2)).await, Err(RemoveError::Unknown));
    assert_eq!(store.numbers().await.unwrap().len(), 3);
}

async fn a_number_goes_to_a_phone_and_back(config: config::Store) {
    let store = with_numbers(&config, 2).await;
    let wanted = Assign { unavailable: Unavailable::Forward("sip:desk@example.com".into()), ..assign(1, "work") };
    let made = store.assign(&wanted).await.unwrap();
    let expected = Assignment {
        number: number(1),
        sim: sim(),
        access: number(1),
        tag: 0,
        phone: "work".to_owned(),
        unavailable: wanted.unavailable.clone(),
    };
    assert_eq!(made, expected);
    assert_eq!(store.numbers().await.unwrap()[1].assignment.as_ref(), Some(&expected));
    assert_eq!(store.remove_number(&number(1)).await, Err(RemoveError::Assigned));
    assert_eq!(store.release(&number(1)).await, Ok(expected));
    assert_eq!(store.release(&number(1)).await, Err(ReleaseError::NotAssigned));
    assert_eq!(store.by_number(&number(1)).await, Ok(None));
    assert_eq!(store.remove_number(&number(1)).await, Ok(()));
}

async fn what_is_in_the_way_is_named(config: config::Store) {
    let store = with_numbers(&config, 6).await;
    store.assign(&Assign { tag: Some(3), access: Some(number(5)), ..assign(1, "work") }).await.unwrap();
    let refused = async |wanted: Assign| store.assign(&wanted).await.unwrap_err();
    assert_eq!(refused(assign(77, "home")).await, AssignError::Unknown);
    assert_eq!(refused(assign(1, "home")).await, AssignError::NumberTaken);
    assert_eq!(refused(assign(2, "work")).await, AssignError::PhoneTaken);
    assert_eq!(refused(Assign { tag: Some(3), ..assign(2, "home") }).await, AssignError::TagTaken);
    assert_eq!(refused(Assign { tag: Some(10), ..assign(2, "home") }).await, AssignError::NotATag);
    assert_eq!(refused(Assign { access: Some(number(5)), ..assign(2, "home") }).await, AssignError::AccessTaken);
    let other_sim = Assign { sim: number(9), tag: Some(3), access: Some(number(5)), ..assign(2, "work") };
    assert_eq!(store.assign(&other_sim).await.map(|made| made.tag), Ok(3), "another SIM has tags of its own");
}

async fn tags_are_given_out_from_the_lowest(config: config::Store) {
    let store = with_numbers(&config, 12).await;
    for last in 0..10 {
        let made = store.assign(&assign(last, &format!("phone{last}"))).await.unwrap();
        assert_eq!(u16::from(made.tag), last);
    }
    assert_eq!(store.assign(&assign(10, "eleventh")).await, Err(AssignError::NoTagLeft));
    store.release(&number(4)).await.unwrap();
    assert_eq!(store.assign(&assign(10, "eleventh")).await.map(|made| made.tag), Ok(4));
}

async fn a_phone_is_found_by_its_number_and_by_its_sim(config: config::Store) {
    let store = with_numbers(&config, 3).await;
    let work = store.assign(&assign(1, "work")).await.unwrap();
    let home = store.assign(&Assign { access: Some(number(8)), ..assign(2, "home") }).await.unwrap();
    assert_eq!(store.by_number(&number(1)).await, Ok(Some(work.clone())));
    assert_eq!(store.by_number(&number(0)).await, Ok(None), "free");
    assert_eq!(store.by_number(&number(8)).await, Ok(None), "an access number is nobody's own");
    assert_eq!(store.by_sim(&sim(), &number(1)).await, Ok(Some(work)));
    assert_eq!(store.by_sim(&sim(), &number(8)).await, Ok(Some(home)));
    assert_eq!(store.by_sim(&sim(), &number(2)).await, Ok(None), "its way in is another");
    assert_eq!(store.by_sim(&number(9), &number(1)).await, Ok(None), "another SIM's");
}

async fn bridges_that_assign_at_once_share_the_tags(config: config::Store) {
    with_numbers(&config, 10).await;
    let mut bridges = Vec::new();
    for last in 0..10 {
        let store = Store::open(&config).await.unwrap();
        let wanted = assign(last, &format!("phone{last}"));
        bridges.push(tokio::spawn(async move { store.assign(&wanted).await.unwrap().tag }));
    }
    let mut tags = Vec::new();
    for bridge in bridges {
        tags.push(bridge.await.unwrap());
    }
    tags.sort_unstable();
    assert_eq!(tags, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

async fn of_bridges_that_want_one_number_one_gets_it(config: config::Store) {
    with_numbers(&config, 2).await;
    let start = Arc::new(tokio::sync::Barrier::new(8));
    let mut bridges = Vec::new();
    for bridge in 0..8 {
        let (store, start) = (Store::open(&config).await.unwrap(), Arc::clone(&start));
        let wanted = Assign { sim: number(100 + bridge), ..assign(1, "work") };
        bridges.push(tokio::spawn(async move {
            start.wait().await;
            store.assign(&wanted).await
        }));
    }
    let mut winners = 0;
    for bridge in bridges {
        match bridge.await.unwrap() {
            Ok(_) => winners += 1,
            Err(refused) => assert_eq!(refused, AssignError::NumberTaken),
        }
    }
    assert_eq!(winners, 1);
}

async fn a_call_is_written_down_as_it_goes(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    let mut first = call("first", 100);
    let second = Call { peer: None, direction: Direction::Out, ..call("second", 105) };
    store.log_calls(std::slice::from_ref(&first)).await.unwrap();
    store.log_calls(std::slice::from_ref(&second)).await.unwrap();
    assert_eq!(store.live_calls().await, Ok(vec![second.clone(), first.clone()]));
    first.answered = Some(Timestamp(110));
    store.log_calls(std::slice::from_ref(&first)).await.unwrap();
    assert_eq!(store.live_calls().await, Ok(vec![second.clone(), first.clone()]));
    first.ended = Some(Timestamp(120));
    first.cause = Some(16);
    store.log_calls(std::slice::from_ref(&first)).await.unwrap();
    assert_eq!(store.live_calls().await, Ok(vec![second]));
    assert_eq!(store.past_calls(10).await, Ok(vec![first]));
    assert_eq!(store.past_calls(0).await, Ok(vec![]));
}

async fn a_bridge_that_comes_back_ends_what_it_left(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    let done = Call { ended: Some(Timestamp(101)), cause: Some(17), ..call("done", 90) };
    let others = Call { bridge: "two".to_owned(), ..call("others", 100) };
    for call in [&done, &others, &call("left", 95)] {
        store.log_calls(std::slice::from_ref(call)).await.unwrap();
    }
    assert_eq!(store.end_abandoned("one", Timestamp(200)).await, Ok(1));
    assert_eq!(store.live_calls().await, Ok(vec![others]));
    let left = Call { ended: Some(Timestamp(200)), cause: Some(41), ..call("left", 95) };
    assert_eq!(store.past_calls(10).await, Ok(vec![left, done]));
}

async fn a_bridge_that_stands_still_is_forgotten(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    for bridge in ["one", "two", "one"] {
        assert_eq!(store.beat(bridge, 1).await, Ok(None));
    }
    let beats = async || {
        let mut beats = store.beats().await.unwrap();
        beats.sort();
        beats
    };
    assert_eq!(beats().await, [("one".to_owned(), 2), ("two".to_owned(), 1)]);
    store.forget_bridge("one", 1).await.unwrap();
    store.forget_bridge("two", 1).await.unwrap();
    assert_eq!(beats().await, [("one".to_owned(), 2)], "who has counted further lives");
    // One that others have taken for dead counts anew, and is not taken for another.
    assert_eq!(store.beat("two", 1).await, Ok(None));
}

async fn a_bridge_hears_of_another_of_its_name(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    assert_eq!(store.last_run("one").await, Ok(None));
    for (run, last) in [(7, None), (7, None), (-8, Some(7)), (-8, None), (7, Some(-8)), (-8, Some(7))] {
        assert_eq!(store.beat("one", run).await, Ok(last));
        assert_eq!(store.last_run("one").await, Ok(Some(run)));
    }
    assert_eq!(store.beats().await, Ok(vec![("one".to_owned(), 6)]));
}

async fn calls_out_are_counted_for_all_bridges(config: config::Store) {
    let (one, two) = (Store::open(&config).await.unwrap(), Store::open(&config).await.unwrap());
    let limits = CallsOut { per_minute: 3, at_once: 2 };
    // Of calls that begin at once, no more are let through than may be.
    let asked: Vec<_> = (0..8)
        .map(|index| {
            let store = if index % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(async move { store.may_call(&number(1), limits, Timestamp(119)).await.unwrap() })
        })
        .collect();
    let mut let_through = 0;
    for asked in asked {
        let_through += u32::from(asked.await.unwrap());
    }
    assert_eq!(let_through, 3);
    assert_eq!(two.may_call(&number(2), limits, Timestamp(119)).await, Ok(true), "each number has its own");
    assert_eq!(two.may_call(&number(1), limits, Timestamp(120)).await, Ok(true), "another minute");
    let out = |id| Call { direction: Direction::Out, ..call(id, 100) };
    one.log_calls(&[out("a"), out("b"), call("in", 100)]).await.unwrap();
    assert_eq!(two.may_call(&number(1), limits, Timestamp(240)).await, Ok(false), "two live calls");
    one.log_calls(&[Call { ended: Some(Timestamp(241)), ..out("b") }]).await.unwrap();
    assert_eq!(two.may_call(&number(1), limits, Timestamp(241)).await, Ok(true));
}

async fn recordings_come_back_as_they_were(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    let recording = voicemail("one", 100);
    store.store_voicemail(&recording).await.unwrap();
    store.store_voicemail(&Voicemail { audio: vec![], ..voicemail("one", 100) }).await.unwrap();
    store.store_voicemail(&voicemail("two", 200)).await.unwrap();
    assert_eq!((store.voicemails_of(&number(1)).await, store.voicemails_of(&number(2)).await), (Ok(2), Ok(0)));
    let listed = store.voicemails(10).await.unwrap();
    assert_eq!(listed.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["two", "one"]);
    assert_eq!((listed[1].milliseconds, &listed[1].peer, listed[1].number), (2_500, &None, number(1)));
    assert_eq!(store.voicemail_audio("one").await, Ok(Some(recording.audio)), "the first one stays");
    assert_eq!(store.voicemail_audio("three").await, Ok(None));
    assert_eq!(store.delete_voicemail("one").await, Ok(true));
    assert_eq!(store.delete_voicemail("one").await, Ok(false));
}

async fn a_message_is_taken_by_one_and_delivered_once(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    let messages = ["a", "b", "c"].map(|id| message(id, 100));
    assert_eq!(store.queue_messages(&messages).await, Ok(3));
    assert_eq!(store.queue_messages(&[message("a", 150)]).await, Ok(0), "the same id is the same message");
    assert!(take(&store, 99, 160).await.is_none(), "not due yet");
    let mut takers = Vec::new();
    for _ in 0..6 {
        let store = Store::open(&config).await.unwrap();
        takers.push(tokio::spawn(async move {
            let mut taken = Vec::new();
            while let Some(message) = take(&store, 100, 160).await {
                assert_eq!(store.close_message(&message.id, Ended::Delivered, Timestamp(101)).await, Ok(true));
                taken.push(message);
            }
            taken
        }));
    }
    let mut taken = Vec::new();
    for taker in takers {
        taken.extend(taker.await.unwrap());
    }
    taken.sort_by(|one, other| one.id.cmp(&other.id));
    assert!(taken == messages.map(|message| Message { attempts: 1, ..message }));
    assert_eq!(store.close_message("a", Ended::Failed(0x46), Timestamp(102)).await, Ok(false));
    assert_eq!(store.message_state("a").await, Ok(Some(MessageState::Delivered)), "the first word counts");
    assert_eq!(store.queue_messages(&[message("a", 500)]).await, Ok(0), "delivered is known, too");
}

async fn a_message_whose_bridge_died_is_due_again(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    store.queue_messages(&[message("a", 100)]).await.unwrap();
    let first = take(&store, 100, 160).await.unwrap();
    assert!(take(&store, 159, 220).await.is_none());
    let second = take(&store, 160, 220).await.unwrap();
    assert_eq!((first.attempts, second.attempts), (1, 2));
    store.retry_message(&first, Timestamp(900)).await.unwrap();
    assert_eq!(store.give_message(&first).await, Ok(false), "it is another's now");
    store.retry_message(&second, Timestamp(300)).await.unwrap();
    assert!(take(&store, 299, 400).await.is_none());
    let third = take(&store, 300, 400).await.unwrap();
    assert_eq!((third.attempts, third.given), (3, false));
    assert_eq!(store.give_message(&third).await, Ok(true));
    assert!(take(&store, 400, 500).await.unwrap().given, "it may have arrived");
    assert!(take(&store, 450, 510).await.is_none());
    assert_eq!(store.release_messages("two", Timestamp(450)).await, Ok(0));
    assert_eq!(store.release_messages("one", Timestamp(450)).await, Ok(1), "it has come back");
    assert_eq!(take(&store, 450, 510).await.map(|taken| taken.attempts), Some(5));
    store.close_message("a", Ended::Failed(0x46), Timestamp(450)).await.unwrap();
    assert!(take(&store, 900, 999).await.is_none());
    assert_eq!(store.message_state("a").await, Ok(Some(MessageState::Failed)));
    assert_eq!(store.message_state("b").await, Ok(None));
}

async fn a_message_waits_for_its_direction_its_phone_and_its_time(config: config::Store) {
    let store = with_numbers(&config, 3).await;
    store.assign(&Assign { tag: Some(3), ..assign(1, "work") }).await.unwrap();
    let other = Message { number: number(2), ..message("other", 100) };
    let out = Message { direction: Direction::Out, ..message("out", 100) };
    store.queue_messages(&[message("old", 100), message("new", 130), other, out]).await.unwrap();
    let for_phone = async |tag, now| {
        let taken = store.take_message_for("one", &sim(), tag, Timestamp(now), Timestamp(now + 60)).await.unwrap();
        taken.map(|message| message.id)
    };
    assert_eq!(for_phone(2, 150).await, None, "no phone has this tag");
    assert_eq!(for_phone(3, 1_200).await, None, "they are to be given up");
    assert_eq!(for_phone(3, 150).await.as_deref(), Some("old"));
    assert_eq!(for_phone(3, 150).await.as_deref(), Some("new"));
    assert_eq!(for_phone(3, 150).await, None);
    let (now, until) = (Timestamp(300), Timestamp(360));
    let accepted_by = async |accepted| {
        let taken = store.take_message("one", Direction::In, Timestamp(accepted), now, until).await.unwrap();
        taken.map(|message| message.id)
    };
    assert_eq!(accepted_by(99).await, None, "the links have them to themselves");
    assert_eq!(accepted_by(110).await.as_deref(), Some("other"));
    assert_eq!(accepted_by(110).await.as_deref(), Some("old"));
    assert_eq!(accepted_by(110).await, None);
    let out = store.take_message("one", Direction::Out, now, now, until).await.unwrap();
    assert_eq!(out.map(|message| message.id).as_deref(), Some("out"));
}

async fn a_message_is_found_by_what_its_provider_calls_it(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    store.queue_messages(&[message("a", 100), message("b", 101)]).await.unwrap();
    store.message_sent("a", "provider-7", Timestamp(110)).await.unwrap();
    assert_eq!(store.message_by_reference("provider-7").await.unwrap().map(|found| found.id).as_deref(), Some("a"));
    assert!(store.message_by_reference("provider-8").await.unwrap().is_none());
    let count = |state, messages| MessageCount { direction: Direction::In, state, messages };
    let counts = [count(MessageState::Sent, 1), count(MessageState::Waiting, 1)];
    assert_eq!(store.message_counts().await, Ok(counts.to_vec()));
    assert_eq!(store.close_message("a", Ended::Failed(0x41), Timestamp(120)).await, Ok(true), "the receipt came");
    let shown = store.messages(10).await.unwrap();
    let shown: Vec<_> = shown.iter().map(|info| (info.id.as_str(), info.state, info.status)).collect();
    assert_eq!(shown, [("b", MessageState::Waiting, None), ("a", MessageState::Failed, Some(0x41))]);
}

async fn a_message_is_whole_when_its_parts_are_there(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    let add = async |part: &Fragment| ids(store.add_fragment(part, Timestamp(50)).await.unwrap());
    assert_eq!(add(&fragment("second", 1, 2, 100)).await, None);
    assert_eq!(add(&fragment("second", 0, 2, 100)).await, None, "the same id is the same part");
    let whole = Some(vec!["first".to_owned(), "second".to_owned()]);
    assert_eq!(add(&fragment("first", 0, 2, 101)).await, whole);
    assert_eq!(add(&fragment("first", 0, 2, 101)).await, whole, "as long as nobody has said that it is taken");
    let parts = [fragment("first", 0, 2, 101), fragment("second", 1, 2, 100)];
    store.close_fragments(&parts, "a").await.unwrap();
    assert_eq!(add(&fragment("first", 0, 2, 101)).await, None, "it came before");
    assert_eq!(add(&fragment("third", 0, 2, 200)).await, None, "the next message with this reference");
    assert_eq!(add(&fragment("later", 0, 2, 201)).await, None);
    assert_eq!(add(&fragment("fourth", 1, 2, 202)).await, Some(vec!["third".to_owned(), "fourth".to_owned()]));
    assert_eq!(ids(store.add_fragment(&fragment("fifth", 1, 2, 300), Timestamp(250)).await.unwrap()), None, "too old");
    assert_eq!((store.has_fragment("fifth").await, store.has_fragment("sixth").await), (Ok(true), Ok(false)));
}

async fn parts_are_counted_by_number_and_by_sim(config: config::Store) {
    let store = with_numbers(&config, 3).await;
    store.assign(&assign(1, "work")).await.unwrap();
    store.assign(&assign(2, "home")).await.unwrap();
    for (id, last, at) in [("a", 1, 100), ("b", 1, 200), ("c", 2, 200)] {
        let part = Fragment { number: number(last), ..fragment(id, 0, 1, at) };
        store.add_fragment(&part, Timestamp(0)).await.unwrap();
    }
    let count = async |last, since| store.count_fragments(&number(last), &sim(), Timestamp(since)).await.unwrap();
    assert_eq!(count(1, 100).await, (2, 3));
    assert_eq!(count(1, 101).await, (1, 2));
    assert_eq!(count(2, 101).await, (1, 2));
    assert_eq!(count(0, 201).await, (0, 0));
}

async fn old_records_go_and_what_goes_on_stays(config: config::Store) {
    const DAY: i64 = 86_400;
    let store = Store::open(&config).await.unwrap();
    for (id, ended) in [("old", 10), ("new", 2 * DAY)] {
        store.log_calls(&[Call { ended: Some(Timestamp(ended)), ..call(id, 0) }]).await.unwrap();
        store.store_voicemail(&voicemail(id, ended)).await.unwrap();
        store.queue_messages(&[message(id, ended)]).await.unwrap();
        store.close_message(id, Ended::Delivered, Timestamp(ended)).await.unwrap();
        store
            .add_fragment(&Fragment { whole: id.to_owned(), ..fragment(id, 0, 1, ended) }, Timestamp(0))
            .await
            .unwrap();
    }
    store.log_calls(&[call("live", 0)]).await.unwrap();
    store.queue_messages(&[message("waiting", 0)]).await.unwrap();
    let retention = Retention { calls_days: 1, voicemail_days: 1, messages_days: 1 };
    let now = Timestamp(2 * DAY + 10);
    assert_eq!(store.expire(&retention, now).await, Ok(Expired { calls: 1, voicemails: 1, messages: 1 }));
    assert_eq!(store.expire(&retention, now).await, Ok(Expired::default()));
    assert_eq!(store.past_calls(10).await.unwrap()[0].id, "new");
    assert_eq!(store.live_calls().await.unwrap()[0].id, "live");
    assert_eq!(store.voicemails(10).await.unwrap()[0].id, "new");
    assert_eq!(store.message_state("waiting").await, Ok(Some(MessageState::Waiting)));
    assert_eq!(store.message_state("old").await, Ok(None));
    assert_eq!((store.has_fragment("new").await, store.has_fragment("old").await), (Ok(true), Ok(false)));
}

async fn programs_that_start_at_once_migrate_once(config: config::Store) {
    let mut programs = Vec::new();
    for _ in 0..6 {
        let config = config.clone();
        programs.push(tokio::spawn(async move { Store::open(&config).await.map(|_| ()) }));
    }
    for program in programs {
        assert_eq!(program.await.unwrap(), Ok(()));
    }
}

async fn everything_is_there_after_opening_again(config: config::Store) {
    let store = with_numbers(&config, 2).await;
    let made = store.assign(&assign(1, "work")).await.unwrap();
    drop(store);
    assert_eq!(Store::open(&config).await.unwrap().by_number(&number(1)).await, Ok(Some(made)));
}

#[test]
fn a_database_of_a_later_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let config = databases::sqlite(folder.path());
    run(async {
        with_numbers(&config, 1).await;
        let later = rusqlite::Connection::open(&config.sqlite).unwrap();
        later.execute("INSERT INTO schema_version (version) VALUES ($1)", [VERSION + 1]).unwrap();
        let refused = Store::open(&config).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Failed(why) if why.contains("version")), "{refused}");
    });
}

#[test]
fn a_new_file_is_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let config = databases::sqlite(folder.path());
    run(async {
        let _store = with_numbers(&config, 1).await;
        for file in std::fs::read_dir(folder.path()).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().mode() & 0o777, 0o600);
        }
    });
}

/// A call that the phone with the number `last` has announced, good until 100.
fn intent(id: u64, last: u16) -> Intent {
    let (access, target, expires) = (number(last), number(9999), Timestamp(100));
    Intent { sim: sim(), access, run: u64::MAX, id, target, withheld: id == 2, expires }
}

async fn an_announced_call_is_taken_once_and_in_time(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    assert!(store.put_intent(&intent(1, 1)).await.unwrap().is_none());
    assert!(store.put_intent(&intent(2, 2)).await.unwrap().is_none());
    let other_sim = E164::parse("+15550200001").unwrap();
    assert!(store.take_intent(&other_sim, &number(1), Timestamp(50)).await.unwrap().is_none());
    assert!(store.take_intent(&sim(), &number(1), Timestamp(100)).await.unwrap() == Some(intent(1, 1)));
    assert!(store.take_intent(&sim(), &number(1), Timestamp(100)).await.unwrap().is_none());
    assert!(store.take_intent(&sim(), &number(2), Timestamp(101)).await.unwrap().is_none(), "it is too late");
    store.put_intent(&intent(3, 3)).await.unwrap();
    assert_eq!(store.drop_intent(&sim(), 0, 3).await, Ok(false), "it is of another run");
    assert_eq!(store.drop_intent(&sim(), u64::MAX, 3).await, Ok(true));
    assert!(store.take_intent(&sim(), &number(3), Timestamp(50)).await.unwrap().is_none());
}

async fn of_what_a_phone_announces_the_latest_counts(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    store.put_intent(&intent(1, 1)).await.unwrap();
    assert!(store.put_intent(&intent(2, 1)).await.unwrap() == Some(intent(1, 1)));
    assert!(store.take_intent(&sim(), &number(1), Timestamp(50)).await.unwrap() == Some(intent(2, 1)));
}

async fn a_link_is_where_it_was_seen_last(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    let phones = async |since| store.link(&sim(), Timestamp(since)).await.unwrap().map(|link| link.phones);
    assert_eq!(phones(0).await, None);
    store.link_up(&sim(), "a", "first", Timestamp(10)).await.unwrap();
    assert_eq!(phones(10).await, Some(0x3ff), "all, until the device has said");
    assert_eq!(store.link_seen(&sim(), "first", 5, Timestamp(20)).await, Ok(true));
    assert_eq!((phones(20).await, phones(21).await), (Some(5), None));
    // It moves to another bridge, and the first one does not get it back.
    store.link_up(&sim(), "b", "second", Timestamp(30)).await.unwrap();
    assert_eq!(store.link_seen(&sim(), "first", 1, Timestamp(40)).await, Ok(false));
    store.link_down(&sim(), "first").await.unwrap();
    store.end_links("a").await.unwrap();
    assert_eq!(phones(0).await, Some(0x3ff));
    store.end_links("b").await.unwrap();
    assert_eq!(phones(0).await, None);
}

async fn post_comes_in_order_and_once(config: config::Store) {
    let store = Store::open(&config).await.unwrap();
    let post = |id: &str, run, expires| {
        let (id, message, expires) = (id.to_owned(), id.as_bytes().to_vec(), Timestamp(expires));
        Post { id, sim: sim(), run, message, expires }
    };
    store.link_up(&sim(), "near", "connection", Timestamp(0)).await.unwrap();
    for post in [post("2", None, 100), post("1", Some(u64::MAX), 100), post("3", Some(0), 10)] {
        store.leave_post(&post).await.unwrap();
    }
    assert!(store.take_posts("far", Timestamp(50)).await.unwrap().is_empty());
    let taken = store.take_posts("near", Timestamp(50)).await.unwrap();
    assert!(taken == [post("1", Some(u64::MAX), 100), post("2", None, 100)], "what has expired is worth nothing");
    assert!(store.take_posts("near", Timestamp(50)).await.unwrap().is_empty());
    assert_eq!(store.is_hint_taken(u64::MAX).await, Ok(false));
    store.hint_taken(u64::MAX, Timestamp(100)).await.unwrap();
    assert_eq!(store.is_hint_taken(u64::MAX).await, Ok(true));
}

#[test]
fn a_database_that_is_not_there_is_unavailable() {
    run(async {
        let nowhere = config::Store { sqlite: "/nonexistent/bridge.db".into(), ..config::Store::default() };
        assert!(matches!(Store::open(&nowhere).await, Err(StoreError::Unavailable(_))));
        let nobody = config::Store { postgres: Some("host=/nonexistent user=x".into()), ..config::Store::default() };
        let unavailable = Store::open(&nobody).await.unwrap_err();
        assert!(
            matches!(&unavailable, StoreError::Unavailable(why) if why.contains("No such file or directory")),
            "{unavailable}"
        );
    });
}

#[test]
fn a_wrong_password_is_not_shown() {
    let server = Postgres::start();
    let right = server.database("bridge");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "hunter2").unwrap();
    run(async {
        let wrong = config::Store { password_file: Some(file), ..right };
        let refused = Store::open(&wrong).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Failed(why) if why.contains("password")), "{refused}");
        assert!(!format!("{refused:?}").contains("hunter2"));
    });
}

#[test]
fn a_server_that_comes_back_is_found_again() {
    let server = Postgres::start();
    let config = server.database("bridge");
    run(async {
        let store = with_numbers(&config, 1).await;
        server.restart();
        assert_eq!(store.numbers().await.map(|all| all.len()), Ok(1));
    });
}
