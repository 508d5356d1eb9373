//! A program that runs: what it has said so far, so that a test can wait for a word and need not guess a time.

use std::io::Read;
use std::ops::{Deref, DerefMut};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long something that a program will say may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program whose outputs are read as they come, so that a full pipe stops nobody.
pub(crate) struct Running {
    pub(super) child: Child,
    pub(super) stdout: Output,
    pub(super) stderr: Output,
}

impl Running {
    /// Waits until standard error holds a text.
    #[track_caller]
    pub(crate) fn until_it_says(&mut self, text: &str) {
        self.until(text, |said| said.contains(text).then_some(()));
    }

    /// Waits until something is found in what standard error holds.
    #[track_caller]
    pub(crate) fn until<T>(&mut self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // This comes first: all that it said before its end is looked at.
            let ended = self.child.try_wait().expect("a child of ours").is_some();
            let said = if ended {
                self.said_to_its_end()
            } else {
                self.stderr.so_far()
            };
            if let Some(found) = find(&said) {
                return found;
            }
            assert!(!ended, "it ended without \"{what}\":\n{said}");
            assert!(Instant::now() < deadline, "\"{what}\" is missing:\n{said}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Standard error, once it has ended.
    pub(super) fn said_to_its_end(&mut self) -> String {
        self.stderr.wait();
        self.stderr.so_far()
    }

    /// Fails the test when it has ended.
    #[track_caller]
    pub(crate) fn goes_on(&mut self) {
        let ended = self.child.try_wait().expect("a child of ours");
        assert!(ended.is_none(), "{ended:?}:\n{}", self.said_to_its_end());
    }
}

impl From<Child> for Running {
    fn from(mut child: Child) -> Self {
        let stdout = Output::of(child.stdout.take());
        let stderr = Output::of(child.stderr.take());
        Self {
            child,
            stdout,
            stderr,
        }
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.child
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

/// One output of a program.
pub(super) struct Output {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Output {
    fn of(pipe: Option<impl Read + Send + 'static>) -> Self {
        let mut pipe = pipe.expect("a pipe");
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut piece = [0; 8192];
            loop {
                match pipe.read(&mut piece).expect("an output") {
                    0 => return,
                    length => lock(&into).extend_from_slice(&piece[..length]),
                }
            }
        });
        Self {
            bytes,
            reader: Some(reader),
        }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&lock(&self.bytes)).into_owned()
    }

    /// Waits until all of it has been read, as it has once nobody holds the pipe.
    fn wait(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("a thread");
        }
    }

    /// All of it, once it has ended.
    pub(super) fn into_text(mut self) -> String {
        self.wait();
        let bytes = std::mem::take(&mut *lock(&self.bytes));
        String::from_utf8(bytes).expect("UTF-8")
    }
}

fn lock(bytes: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    bytes.lock().expect("a thread that does not panic")
}
