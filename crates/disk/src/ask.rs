//! Programs of this machine: asked, waited for up to a limit, heard up to a bound.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

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
    let until = Instant::now() + limit;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not listen says so by its exit.
        let _ = stdin.write_all(input);
    }
    let output = drain(child.stdout.take(), bytes_max);
    finished(&mut child, until, limit, || {
        let (bytes, read) = output.recv_timeout(left(until)).map_err(|_| late(limit))?;
        read.map(|_| bytes)
    })
}

/// What a program said, and how it ended.
#[derive(Debug)]
pub struct Heard {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote on standard output.
    pub output: Vec<u8>,
    /// The first 64 KiB of what it wrote on standard error; it may repeat a secret.
    pub errors: Vec<u8>,
}

/// Bytes that are heard of standard error.
const ERRORS_BYTES_MAX: u64 = 64 << 10;

/// Milliseconds between two looks whether a program has ended.
const LOOK_MS: u64 = 5;

/// Runs `command` without input and answers all that it wrote.
///
/// # Errors
/// Those of starting; [`io::ErrorKind::TimedOut`] if it does not end within `limit`, and
/// [`io::ErrorKind::FileTooLarge`] if it writes more than `bytes_max` bytes, upon which it is ended.
pub fn hear(command: &mut Command, bytes_max: u64, limit: Duration) -> io::Result<Heard> {
    let until = Instant::now() + limit;
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let output = drain(child.stdout.take(), bytes_max.saturating_add(1));
    let errors = drain(child.stderr.take(), ERRORS_BYTES_MAX);
    let (status, output) = finished(&mut child, until, limit, || {
        let (output, read) = output.recv_timeout(left(until)).map_err(|_| late(limit))?;
        // What is cut off may look like a whole answer.
        read?;
        if bytes_max < output.len() as u64 {
            let text = format!("it writes more than {bytes_max} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        Ok(output)
    })?;
    // One that left somebody behind on the pipe is not waited for.
    let errors = errors.recv_timeout(left(until)).map_or_else(|_| Vec::new(), |(errors, _)| errors);
    Ok(Heard { status, output, errors })
}

/// Takes `output` and waits for the end of `child`, which is ended if either fails: some close their output and go on.
fn finished(
    child: &mut Child,
    until: Instant,
    limit: Duration,
    output: impl FnOnce() -> io::Result<Vec<u8>>,
) -> io::Result<(ExitStatus, Vec<u8>)> {
    let done = output().and_then(|output| {
        loop {
            match child.try_wait()? {
                Some(status) => return Ok((status, output)),
                None if left(until).is_zero() => return Err(late(limit)),
                None => thread::sleep(Duration::from_millis(LOOK_MS)),
            }
        }
    });
    if done.is_err() {
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
    done
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

fn late(limit: Duration) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", limit.as_secs()))
}

/// Reads a pipe on a thread of its own: the first `bytes_max` bytes, and whether they are all there. Whoever writes more
/// finds it closed.
fn drain(pipe: Option<impl Read + Send + 'static>, bytes_max: u64) -> Receiver<(Vec<u8>, io::Result<usize>)> {
    let (sender, receiver) = channel();
    // Not joined: whoever holds the pipe open beyond the limit is not waited for.
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map_or(Ok(0), |pipe| pipe.take(bytes_max).read_to_end(&mut bytes));
        // Nobody listens any more if the time is over.
        let _ = sender.send((bytes, read));
    });
    receiver
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
        let late = run("exec >&-; exec sleep 20", Duration::from_millis(50)).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut, "it closes its output and goes on");
        let none = ask(&mut Command::new("/nowhere/program"), b"", 8, long);
        assert_eq!(none.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_pipe_that_breaks_is_not_one_that_ends() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let (bytes, read) = drain(Some(io::Cursor::new(b"one".to_vec()).chain(Broken)), 8).recv().unwrap();
        assert_eq!(bytes, b"one");
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        let (bytes, read) = drain(Some(io::Cursor::new(b"one".to_vec())), 8).recv().unwrap();
        assert_eq!((bytes.as_slice(), read.unwrap()), (&b"one"[..], 3));
    }

    #[test]
    fn a_program_is_heard_whole_or_not_at_all() {
        let run = |script: &str, limit| hear(Command::new("/bin/sh").args(["-c", script]), 8, limit);
        let long = Duration::from_secs(20);
        let heard = run("echo out; echo why >&2; exit 3", long).unwrap();
        assert_eq!(heard.status.code(), Some(3));
        assert_eq!((heard.output.as_slice(), heard.errors.as_slice()), (&b"out\n"[..], &b"why\n"[..]));
        let kind = |script: &str, limit| run(script, limit).unwrap_err().kind();
        assert_eq!(kind("echo 123456789", long), io::ErrorKind::FileTooLarge);
        assert_eq!(kind("exec sleep 20", Duration::from_millis(50)), io::ErrorKind::TimedOut);
        // It closes its output and goes on.
        assert_eq!(kind("exec >&-; exec sleep 20", Duration::from_millis(50)), io::ErrorKind::TimedOut);
    }
}
