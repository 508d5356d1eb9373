//! A status page that runs, and a client that shows every byte of what it answers.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Call, Running};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What comes before the address.
const LISTENING: &str = "listening on http://";

/// `serve`, ended with the test.
pub(crate) struct Served {
    running: Running,
    pub(crate) address: SocketAddr,
    token: Option<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Served {
    /// Starts it; the call says where it listens.
    pub(crate) fn start(call: Call) -> Self {
        let mut running = call.start();
        let address = running.until("listening on", |said| {
            let (_, after) = said.split_once(LISTENING)?;
            let (address, _) = after.split_once('\n')?;
            Some(address.parse().expect("an address"))
        });
        Self {
            running,
            address,
            token: None,
        }
    }

    /// Sends this token with every request from now on.
    pub(crate) fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a server that listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a positive time");
        stream
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path)
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Answer {
        let authorization = self.token.as_ref().map_or_else(String::new, |token| {
            format!("Authorization: Bearer {token}\r\n")
        });
        self.send(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{authorization}Connection: close\r\n\r\n",
            self.address
        ))
    }

    /// Sends bytes and reads until the server closes.
    pub(crate) fn send(&self, bytes: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes.as_bytes()).expect("a connection");
        Answer::read(stream)
    }

    pub(crate) fn json(&self) -> Value {
        let answer = self.get("/status.json");
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error} in {answer:?}"))
    }

    /// The value of a metric, as it is written; `None` where there is none.
    pub(crate) fn metric(&self, name: &str) -> Option<String> {
        let body = self.get("/metrics").body;
        let mut lines = body.lines().filter_map(|line| line.rsplit_once(' '));
        lines
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value.to_owned())
    }

    /// Asks until the answer has this code.
    #[track_caller]
    pub(crate) fn until(&self, path: &str, code: u16) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path);
            if answer.code == code {
                return answer;
            }
            assert!(Instant::now() < deadline, "never {code}: {answer:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn pid(&self) -> String {
        self.running.id().to_string()
    }

    /// Sends a signal and fails the test unless the process ends within two seconds. Yields its exit code, and what
    /// it said beside where it listens.
    #[track_caller]
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let sent = Command::new("kill").args([signal, &self.pid()]).status();
        assert!(sent.expect("kill").success());
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.running.try_wait().expect("a child of ours") {
                break status;
            }
            assert!(start.elapsed() < Duration::from_secs(2), "it goes on");
            thread::sleep(Duration::from_millis(5));
        };
        let said = self.running.said_to_its_end();
        let lines = said.lines().filter(|it| !it.starts_with(LISTENING));
        (status.code(), lines.collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

impl Answer {
    /// Reads until the server closes.
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A connection that is reset has answered before.
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8(bytes).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let code = head
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .unwrap_or(0);
        Self {
            code,
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    /// Fails the test unless the code is this one.
    #[track_caller]
    pub(crate) fn is(self, code: u16) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// Fails the test unless the body holds each of the texts.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.body.contains(text),
                "\"{text}\" is missing in:\n{}",
                self.body
            );
        }
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }
}
