//! The memory that a phone costs in the root daemon: with an idle client that was greeted, and after a start.
//!
//! Private memory of the real program, as the kernel counts it, for several numbers of phones; the gain of the straight
//! line through them is what one more phone costs. A phone that has started has asked what oFono asks, so that all its
//! buffers have been in use.
//!
//! `cargo bench -p rild-proxy-tests --bench memory`

use rild_proxy_tests::measure::{Scene, line_through, phone_name, private_kib, start_of_ofono};
use rild_proxy_tests::peer::Peer;

const PHONES: [usize; 4] = [1, 16, 64, 256];

fn main() {
    let steps = start_of_ofono();
    let (mut greeted, mut started) = (Vec::new(), Vec::new());
    println!("{:>12} {:>13} {:>13}", "phones", "greeted, KiB", "started, KiB");
    for phones in PHONES {
        let scene = Scene::set(phones);
        let mut peers: Vec<Peer> = (0..phones).map(|phone| scene.root.client(&phone_name(phone))).collect();
        // Whatever was to be done when a client came is done when the last has an answer.
        peers.iter_mut().for_each(Peer::expect_service);
        let before = private_kib(scene.root.id());
        for peer in &mut peers {
            for (code, payload) in &steps {
                peer.ask(*code, payload);
            }
        }
        let after = private_kib(scene.root.id());
        println!("{phones:>12} {before:>13} {after:>13}");
        greeted.push((phones as f64, before));
        started.push((phones as f64, after));
    }
    let (greeted, started) = (line_through(&greeted), line_through(&started));
    println!("{:>12} {:>13.1} {:>13.1}", "each phone", greeted.1, started.1);
    println!("{:>12} {:>13.0} {:>13.0}", "without any", greeted.0, started.0);
}
