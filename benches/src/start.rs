//! From the start of a program to its first byte on the wire: what a tool does before it asks the server anything.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::failure::{Failure, Outcome};
use crate::tool::Call;

/// How long the first byte takes, in milliseconds. Nobody answers; the program is ended then.
///
/// `call` makes the call for the address of a listener.
pub(crate) fn first_byte(call: impl FnOnce(&str) -> Call) -> Outcome<f64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let call = call(&format!("postgres://postgres@127.0.0.1:{port}/postgres"));
    let mut command = Command::new(&call.program);
    command
        .args(&call.arguments)
        .current_dir(&call.folder)
        .env("DATABASE_URL", &call.url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().map_err(Failure::at(&call.program))?;
    let (client, _) = listener.accept()?;
    client.peek(&mut [0])?;
    let took = start.elapsed();
    child.kill()?;
    child.wait()?;
    Ok(took.as_secs_f64() * 1e3)
}
