//! Cutting a stream into records: a big-endian length of four bytes, then the record.
//!
//! A record longer than the stream's limit is refused with EFBIG, which libril only says and does not do.
//!
//! Reference: `include/telephony/record_stream.h`, `librilutils/record_stream.c`.

use std::ffi::{c_int, c_void};

const HEADER: usize = 4;

/// A stream and what has been read ahead of it.
#[derive(Debug)]
pub struct RecordStream {
    fd: c_int,
    limit: usize,
    buffer: Vec<u8>,
    /// Where the first record that has not been given out begins.
    start: usize,
    /// How far the buffer is filled.
    end: usize,
}

impl RecordStream {
    /// `None` when there is no memory for so long a record.
    fn new(fd: c_int, limit: usize) -> Option<Self> {
        let len = limit.checked_add(HEADER)?;
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(len).ok()?;
        buffer.resize(len, 0);
        Some(Self { fd, limit, buffer, start: 0, end: 0 })
    }

    /// The next whole record in the buffer.
    fn cut(&mut self) -> Result<Option<&mut [u8]>, c_int> {
        let held = self.buffer.get(self.start..self.end).unwrap_or_default();
        let Some((head, rest)) = held.split_first_chunk::<HEADER>() else { return Ok(None) };
        let len = u32::from_be_bytes(*head) as usize;
        if len > self.limit {
            return Err(libc::EFBIG);
        }
        if len > rest.len() {
            return Ok(None);
        }
        let from = self.start + HEADER;
        self.start = from + len;
        Ok(self.buffer.get_mut(from..from + len))
    }

    /// One read behind what is held; the number of bytes, 0 at the end of the stream, or below 0 with errno set.
    fn fill(&mut self) -> isize {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        // SAFETY: `room` is ours to write.
        let got = unsafe { libc::read(self.fd, room.as_mut_ptr().cast(), room.len()) };
        self.end += usize::try_from(got).unwrap_or(0);
        got
    }
}

/// `record_stream_new`: reads records of at most `limit` bytes from `fd`. NULL when there is no memory for one.
#[unsafe(no_mangle)]
pub extern "C" fn record_stream_new(fd: c_int, limit: usize) -> *mut RecordStream {
    RecordStream::new(fd, limit).map_or(std::ptr::null_mut(), |stream| Box::into_raw(Box::new(stream)))
}

/// `record_stream_free`.
///
/// # Safety
/// `stream` must be NULL or come from [`record_stream_new`], and not be used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn record_stream_free(stream: *mut RecordStream) {
    if !stream.is_null() {
        // SAFETY: as the caller promises.
        drop(unsafe { Box::from_raw(stream) });
    }
}

/// `record_stream_get_next`: 0 and a record, valid until the next call; 0 and NULL at the end of the stream; -1 and
/// errno, which is EAGAIN when more has to be read.
///
/// # Safety
/// `stream` must come from [`record_stream_new`]; the results must be writable. Nothing else may use them meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn record_stream_get_next(
    stream: *mut RecordStream,
    record: *mut *mut c_void,
    len: *mut usize,
) -> c_int {
    // SAFETY: as the caller promises.
    let (stream, record, len) = unsafe { (&mut *stream, &mut *record, &mut *len) };
    *record = std::ptr::null_mut();
    for has_read in [false, true] {
        match stream.cut() {
            Err(errno) => return fail(errno),
            Ok(Some(bytes)) => {
                (*record, *len) = (bytes.as_mut_ptr().cast(), bytes.len());
                return 0;
            }
            Ok(None) if has_read => break,
            Ok(None) => match stream.fill() {
                0 => return 0,
                got if got < 0 => return -1,
                _ => {}
            },
        }
    }
    fail(libc::EAGAIN)
}

fn fail(errno: c_int) -> c_int {
    #[cfg(target_os = "android")]
    // SAFETY: this thread's errno.
    unsafe {
        *libc::__errno() = errno;
    }
    #[cfg(not(target_os = "android"))]
    // SAFETY: this thread's errno.
    unsafe {
        *libc::__errno_location() = errno;
    }
    -1
}

#[cfg(test)]
mod tests {
    use std::io::{Error, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    /// What one call gives: a record, `None` at the end, or errno.
    fn next(stream: *mut RecordStream) -> Result<Option<Vec<u8>>, i32> {
        let (mut record, mut len) = (std::ptr::null_mut(), 0);
        // SAFETY: the stream is alive and the results are ours.
        if unsafe { record_stream_get_next(stream, &raw mut record, &raw mut len) } != 0 {
            return Err(Error::last_os_error().raw_os_error().unwrap());
        }
        if record.is_null() {
            return Ok(None);
        }
        // SAFETY: a record of this length, valid until the next call.
        Ok(Some(unsafe { std::slice::from_raw_parts(record.cast::<u8>(), len) }.to_vec()))
    }

    #[test]
    fn records_are_cut_however_they_arrive() {
        let (mut sender, receiver) = UnixStream::pair().unwrap();
        let stream = record_stream_new(receiver.as_raw_fd(), 8);
        sender.write_all(&[0, 0, 0, 2, 1, 2, 0, 0, 0, 0, 0, 0]).unwrap();
        assert_eq!(next(stream), Ok(Some(vec![1, 2])));
        assert_eq!(next(stream), Ok(Some(vec![])));
        sender.write_all(&[0]).unwrap();
        assert_eq!(next(stream), Err(libc::EAGAIN));
        sender.write_all(&[8, 1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
        assert_eq!(next(stream), Ok(Some(vec![1, 2, 3, 4, 5, 6, 7, 8])));
        drop(sender);
        assert_eq!(next(stream), Ok(None));
        // SAFETY: made above, and not used any more.
        unsafe { record_stream_free(stream) };
    }

    #[test]
    fn a_record_that_there_is_no_memory_for_is_refused() {
        for limit in [usize::MAX, usize::MAX - HEADER, isize::MAX as usize] {
            assert!(record_stream_new(0, limit).is_null());
        }
    }

    #[test]
    fn a_record_over_the_limit_is_refused() {
        let (mut sender, receiver) = UnixStream::pair().unwrap();
        let stream = record_stream_new(receiver.as_raw_fd(), 8);
        sender.write_all(&[0, 0, 0, 9]).unwrap();
        assert_eq!(next(stream), Err(libc::EFBIG));
        // SAFETY: made above, and not used any more.
        unsafe { record_stream_free(stream) };
    }
}
