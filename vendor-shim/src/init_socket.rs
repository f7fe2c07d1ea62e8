//! Sockets that Android's init has made for its service: `/dev/socket/NAME`, bound and not yet listening, its number in
//! the variable `ANDROID_SOCKET_NAME`.
//!
//! Reference: `system/core/init/README.md` (`socket`), `include/cutils/sockets.h` (`android_get_control_socket`).

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::RawFd;
use std::os::unix::net::UnixListener;
use std::path::Path;

use nix::sys::socket::{self, Backlog, UnixAddr};

use crate::MOST_SIMS;
use crate::ffi::inherited::close_in_programs;
use crate::os::inherited_descriptor;

/// Where init makes its sockets.
pub const FOLDER: &str = "/dev/socket";

/// How many clients may wait to be served, as in libril.
const BACKLOG: i32 = 4;

/// libril's names of the sockets of the SIMs behind the first (`SOCKET2_NAME_RIL` and so on).
const BEHIND_THE_FIRST: [&str; MOST_SIMS as usize - 1] = ["rild2", "rild3", "rild4"];

/// What the variables begin with.
const PREFIX: &str = "ANDROID_SOCKET_";

/// Keeps all sockets that init has made for this process from programs that it starts, which would inherit them
/// otherwise; the variables that tell of them, for those programs to be started without.
pub fn keep_from_programs() -> Vec<OsString> {
    let ours = std::env::vars_os().filter(|(variable, _)| is_of_init(variable));
    ours.map(|(variable, number)| {
        if let Some(number) = number_of(&number) {
            // One that is not open is kept from everybody.
            let _ = close_in_programs(number);
        }
        variable
    })
    .collect()
}

fn is_of_init(variable: &OsStr) -> bool {
    variable.as_encoded_bytes().starts_with(PREFIX.as_bytes())
}

/// Whether init has made a socket at this path.
pub fn is_made(path: &Path) -> bool {
    number_at(path).is_some()
}

/// The socket that init has made at this path, listening and in non-blocking mode; none if it has made none.
pub fn take(path: &Path) -> io::Result<Option<UnixListener>> {
    number_at(path).map(|number| listen(&number)).transpose()
}

/// What init says of a socket at this path.
fn number_at(path: &Path) -> Option<OsString> {
    let number = std::env::var_os(variable_of(path)?)?;
    is_called_as(&number, path).then_some(number)
}

/// Whether the socket with this number has the name of this path: two paths may have one variable. What is no socket
/// with an address may be meant, and is found out to be none.
fn is_called_as(number: &OsStr, path: &Path) -> bool {
    let address = number_of(number).and_then(|number| socket::getsockname::<UnixAddr>(number).ok());
    let bound_to = address.as_ref().and_then(UnixAddr::path);
    bound_to.is_none_or(|bound_to| bound_to.file_name() == path.file_name())
}

/// The sockets of a rild whose first one has this name: with several SIMs (`SIM_COUNT` of ril.h) it has one for each.
/// Its libril would not start without them, so those that init has made tell how many SIMs there are.
pub fn of_rild(name: &str) -> Vec<String> {
    sockets_of_rild(name, is_made)
}

fn sockets_of_rild(name: &str, is_made: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut sockets = vec![name.to_owned()];
    // One that is called as another's second socket has one SIM: it is started beside others (`-c 2`).
    if !BEHIND_THE_FIRST.contains(&name) {
        let further = BEHIND_THE_FIRST.into_iter().take_while(|socket| is_made(&Path::new(FOLDER).join(socket)));
        sockets.extend(further.map(str::to_owned));
    }
    sockets
}

/// The environment variable in which init tells of a socket at this path. Characters that are no letters or digits
/// become `_`, so that it is that of other paths as well.
pub fn variable_of(path: &Path) -> Option<String> {
    let name = path.strip_prefix(FOLDER).ok()?.to_str()?;
    let plain: String = name.chars().map(|each| if each.is_ascii_alphanumeric() { each } else { '_' }).collect();
    (!plain.is_empty()).then(|| format!("{PREFIX}{plain}"))
}

fn number_of(value: &OsStr) -> Option<RawFd> {
    value.to_str()?.parse().ok()
}

fn listen(number: &OsString) -> io::Result<UnixListener> {
    let number = number_of(number).ok_or_else(|| io::Error::other("init's number of the socket is no number"))?;
    let socket = inherited_descriptor(number)?;
    socket::getsockname::<UnixAddr>(number)?;
    socket::listen(&socket, Backlog::new(BACKLOG)?)?;
    let listener = UnixListener::from(socket);
    listener.set_nonblocking(true)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    use nix::sys::socket::{AddressFamily, SockFlag, SockType};

    use super::*;

    #[test]
    fn init_names_its_sockets_by_their_place() {
        assert_eq!(variable_of(Path::new("/dev/socket/rild")).as_deref(), Some("ANDROID_SOCKET_rild"));
        assert_eq!(variable_of(Path::new("/dev/socket/rild-debug")).as_deref(), Some("ANDROID_SOCKET_rild_debug"));
        assert_eq!(variable_of(Path::new("/dev/socket")), None);
        assert_eq!(variable_of(Path::new("/run/rild")), None);
    }

    #[test]
    fn init_s_sockets_tell_how_many_sims_a_rild_has() {
        let sockets = |name: &str, made: &[&str]| {
            sockets_of_rild(name, |path| made.iter().any(|made| path == Path::new(FOLDER).join(made)))
        };
        assert_eq!(sockets("rild", &["rild"]), ["rild"]);
        assert_eq!(sockets("rild", &["rild", "rild-debug", "rild2"]), ["rild", "rild2"]);
        assert_eq!(sockets("rild", &["rild", "rild2", "rild3", "rild4"]), ["rild", "rild2", "rild3", "rild4"]);
        assert_eq!(sockets("rild", &["rild", "rild3"]), ["rild"], "there is no third without a second");
        assert_eq!(sockets("rild1", &["rild1"]), ["rild1"]);
        assert_eq!(sockets("rild2", &["rild2", "rild3"]), ["rild2"], "it is the third rild of its phone");
    }

    #[test]
    fn a_bound_socket_is_listened_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rild");
        let bound = socket::socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None).unwrap();
        socket::bind(bound.as_raw_fd(), &UnixAddr::new(&path).unwrap()).unwrap();
        assert!(UnixStream::connect(&path).is_err(), "nobody listens yet");
        let listener = listen(&bound.as_raw_fd().to_string().into()).unwrap();
        drop(bound);
        let _client = UnixStream::connect(&path).unwrap();
        assert!(listener.accept().is_ok());
    }

    #[test]
    fn a_socket_of_another_name_with_the_same_variable_is_not_taken_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let bound = socket::socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None).unwrap();
        socket::bind(bound.as_raw_fd(), &UnixAddr::new(&folder.path().join("sap-uim")).unwrap()).unwrap();
        let number = OsString::from(bound.as_raw_fd().to_string());
        assert!(is_called_as(&number, Path::new("/dev/socket/sap-uim")));
        assert!(!is_called_as(&number, Path::new("/dev/socket/sap_uim")));
        assert!(is_called_as(OsStr::new("-1"), Path::new("/dev/socket/sap_uim")), "to be refused");
    }

    #[test]
    fn what_is_no_socket_is_refused() {
        let file = tempfile::tempfile().unwrap();
        assert!(listen(&file.as_raw_fd().to_string().into()).is_err());
        assert!(listen(&"-1".into()).is_err());
        assert!(listen(&"rild".into()).is_err());
    }
}
