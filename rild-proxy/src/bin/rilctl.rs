//! See and steer the phones of rild-proxy, and talk to any rild. All of it is in [`rild_proxy::ctl`].

use rild_proxy::exit::Exit;

fn main() -> Exit {
    rild_proxy::ctl::run(std::env::args_os())
}
