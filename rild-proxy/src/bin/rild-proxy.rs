//! The daemons: `rild-proxy root`, `rild-proxy phone`, `rild-proxy check`, and `rild`.
//! All of it is in [`rild_proxy::daemon`].

use rild_proxy::exit::Exit;

fn main() -> Exit {
    rild_proxy::daemon::main()
}
