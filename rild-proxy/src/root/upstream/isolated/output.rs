//! What the process of an isolated library writes to its standard output and error: passed on to our standard error,
//! line by line as it is, like that of a library in our own process. Only the line that the process itself writes when
//! it crashes is kept: all others are closed code's, and may hold numbers and texts.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How the lines of our own begin.
const OURS: &str = "rild-proxy: ";

/// A longer line is passed on in parts.
const LONGEST_LINE: usize = 8 * 1024;

/// What a process has said that is worth keeping.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    last: Rc<RefCell<Option<String>>>,
    tasks: Rc<RefCell<Vec<JoinHandle<()>>>>,
}

impl Said {
    /// This task reads it, or something else that the process says.
    pub(super) fn attend(&self, task: JoinHandle<()>) {
        self.tasks.borrow_mut().push(task);
    }

    /// What the process, which has ended, said of its end. Something that it has started may hold its standard error
    /// and output; that is not heard any more.
    pub(super) async fn last_words(&self, patience: Duration) -> Option<String> {
        let mut tasks = self.tasks.take();
        let all = async {
            for task in &mut tasks {
                // Whether it came to an end makes no difference to what there is.
                let _ = task.await;
            }
        };
        let _ = timeout(patience, all).await;
        tasks.iter().for_each(JoinHandle::abort);
        self.last.borrow_mut().take()
    }

    fn hear(&self, line: &[u8]) {
        let ours = std::str::from_utf8(line).ok().and_then(|line| line.strip_prefix(OURS));
        if let Some(line) = ours {
            *self.last.borrow_mut() = Some(line.trim_end().to_owned());
        }
    }
}

/// Passes on all of it, in whole lines, to what does not wait for its reader.
pub(super) async fn pass_on(mut from: impl AsyncRead + Unpin, said: Said, mut to: impl Write) {
    let mut pending = Vec::new();
    while matches!(from.read_buf(&mut pending).await, Ok(1..)) {
        let end = match pending.iter().rposition(|byte| *byte == b'\n') {
            Some(place) => place + 1,
            None if pending.len() >= LONGEST_LINE => pending.len(),
            None => continue,
        };
        pending[..end].split_inclusive(|byte| *byte == b'\n').for_each(|line| said.hear(line));
        // There is nobody to tell of a failure.
        let _ = to.write_all(&pending[..end]);
        pending.drain(..end);
    }
    if !pending.is_empty() {
        said.hear(&pending);
        let _ = to.write_all(&[&pending[..], b"\n"].concat());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn kept(output: &[u8]) -> Option<String> {
        let said = Said::default();
        let mut passed_on = Vec::new();
        pass_on(output, said.clone(), &mut passed_on).await;
        assert!(passed_on.starts_with(output) && passed_on.ends_with(b"\n"));
        said.last_words(Duration::ZERO).await
    }

    #[tokio::test]
    async fn only_our_own_last_line_is_kept() {
        assert_eq!(
            kept(b"AT+CPIN=1234\nrild-proxy: SIGSEGV in thread 1\nsent 5550123").await.unwrap(),
            "SIGSEGV in thread 1"
        );
        assert_eq!(kept(b"rild-proxy: cut").await.unwrap(), "cut");
        assert_eq!(kept(b" rild-proxy: no\n\xff\n").await, None);
        let long = [&[b'x'; 3 * LONGEST_LINE][..], b"\nrild-proxy: end\n"].concat();
        assert_eq!(kept(&long).await.unwrap(), "end");
    }
}
