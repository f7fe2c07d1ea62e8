//! See and steer the phones of rild-proxy, and talk to any rild. All of it is in [`rild_proxy::ctl`].
//!
//! Started by the name `rild-proxy`, it is that: so the demo runs from one executable.

use std::path::Path;

use rild_proxy::exit::Exit;

fn main() -> Exit {
    let program = std::env::args_os().next().unwrap_or_default();
    if Path::new(&program).file_name().is_some_and(|name| name == "rild-proxy") {
        return rild_proxy::daemon::main();
    }
    rild_proxy::ctl::run(std::env::args_os())
}
