//! Where a vendor library's words go: Android's log, in which its rild's are, or standard error elsewhere.
//!
//! Reference: `android/log.h` (`__android_log_write`).

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// For whoever looks for a mistake.
    Debug,
    /// What happens now and then.
    Info,
    /// Something is not as it should be.
    Warn,
    /// Something does not work.
    Error,
}

/// Writes one line under the name `tag`.
#[cfg(target_os = "android")]
pub fn write_log(priority: Priority, tag: &str, line: &str) {
    use std::ffi::{CString, c_char, c_int};

    #[link(name = "log")]
    unsafe extern "C" {
        fn __android_log_write(priority: c_int, tag: *const c_char, text: *const c_char) -> c_int;
    }

    // ANDROID_LOG_DEBUG and so on.
    let priority = match priority {
        Priority::Debug => 3,
        Priority::Info => 4,
        Priority::Warn => 5,
        Priority::Error => 6,
    };
    let text = |text: &str| CString::new(text.replace('\0', " ")).unwrap_or_default();
    let (tag, line) = (text(tag), text(line));
    // SAFETY: both are strings; they are copied.
    unsafe { __android_log_write(priority, tag.as_ptr(), line.as_ptr()) };
}

/// Writes one line under the name `tag`.
#[cfg(not(target_os = "android"))]
pub fn write_log(priority: Priority, tag: &str, line: &str) {
    use std::io::Write;

    // There is nobody to tell of a closed stderr.
    let _unheard = writeln!(std::io::stderr(), "{tag}: {priority:?}: {line}");
}
