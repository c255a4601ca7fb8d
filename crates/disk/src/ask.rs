//! Programs of this machine: asked, waited for up to a limit, heard up to a bound.

use std::io::{self, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Runs `command` with `input` and answers how it ended and the first `bytes_max` bytes that it wrote. What it says on
/// standard error is not heard: it may repeat a secret.
///
/// # Errors
/// Those of starting; [`io::ErrorKind::TimedOut`] if there is no answer within `limit`, upon which it is ended.
pub fn ask(
    command: &mut Command,
    input: &[u8],
    bytes_max: u64,
    limit: Duration,
) -> io::Result<(ExitStatus, Vec<u8>)> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not listen says so by its exit.
        let _ = stdin.write_all(input);
    }
    let stdout = child.stdout.take();
    let (sender, receiver) = channel();
    // Not joined: whoever holds the pipe open beyond the limit is not waited for.
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.map(|out| out.take(bytes_max).read_to_end(&mut bytes));
        // Nobody listens any more if the time is over.
        let _ = sender.send((read, bytes));
    });
    match receiver.recv_timeout(limit) {
        Ok((_, bytes)) => Ok((child.wait()?, bytes)),
        Err(RecvTimeoutError::Timeout) => {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
            let text = format!("no answer within {} s", limit.as_secs());
            Err(io::Error::new(io::ErrorKind::TimedOut, text))
        }
        Err(e) => Err(io::Error::other(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_heard_up_to_a_bound_and_waited_for_up_to_a_limit() {
        let run = |script: &str, limit| {
            let mut command = Command::new("/bin/sh");
            ask(command.args(["-c", script]), b"word\n", 8, limit)
        };
        let long = Duration::from_secs(20);
        let (status, bytes) = run("read x; echo $x-long-answer; exit 3", long).unwrap();
        assert_eq!((status.code(), bytes.as_slice()), (Some(3), b"word-lon".as_slice()));
        let late = run("sleep 20", Duration::from_millis(50)).unwrap_err();
        assert_eq!(
            (late.kind(), late.to_string().as_str()),
            (io::ErrorKind::TimedOut, "no answer within 0 s")
        );
        let none = ask(&mut Command::new("/nowhere/program"), b"", 8, long);
        assert_eq!(none.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
