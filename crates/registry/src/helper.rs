//! Credential helpers (docker-credential-helpers, `docker-credential-NAME get`): a program of the user's, asked with a
//! time limit.

use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::credentials::Credential;
use stdx::Secret;

/// Seconds a helper may take.
const HELPER_SECONDS_MAX: u64 = 30;

/// Bytes of a helper's answer.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Answer {
    username: String,
    secret: String,
}

/// What the helper `name` knows of `server`; `None` if it knows nothing.
pub(crate) fn ask(name: &str, server: &str) -> Result<Option<Credential>, String> {
    let program = format!("docker-credential-{name}");
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    {
        return Err("the name of a credential helper is none".to_owned());
    }
    run(&program, server, Duration::from_secs(HELPER_SECONDS_MAX))
}

/// Asks the program `program`, which is searched on the path if it is no path itself.
fn run(program: &str, server: &str, limit: Duration) -> Result<Option<Credential>, String> {
    let failed = |e: &dyn std::fmt::Display| format!("credential helper `{program}`: {e}");
    let (status, bytes) =
        disk::ask(Command::new(program).arg("get"), server.as_bytes(), ANSWER_BYTES_MAX, limit)
            .map_err(|e| failed(&e))?;
    if !status.success() {
        let text = String::from_utf8_lossy(&bytes);
        // The one error that helpers agree upon.
        if text.contains("credentials not found") {
            return Ok(None);
        }
        return Err(failed(&format!("it ended with {status}")));
    }
    // Without serde's own words, which would quote the answer.
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| failed(&"its answer is not JSON"))?;
    Ok(match answer {
        Answer { secret, .. } if secret.is_empty() => None,
        Answer { username, secret } if username == "<token>" => {
            Some(Credential::Identity(Secret::new(secret)))
        }
        Answer { username, secret } => {
            Some(Credential::Password { user: username, password: Secret::new(secret) })
        }
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Instant;

    use super::*;

    /// Asks a helper that is this shell script.
    fn asked(script: &str, limit: Duration) -> Result<Option<Credential>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("docker-credential-test");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        // Another test that starts a program at this moment may hold the script open for writing until it has started.
        for _ in 0..50 {
            match run(path.to_str().unwrap(), "reg.example", limit) {
                Err(e) if e.contains("Text file busy") => std::thread::sleep(Duration::from_millis(20)),
                answer => return answer,
            }
        }
        Err("always busy".to_owned())
    }

    #[test]
    fn a_helper_is_told_the_server_and_answers_user_and_secret() {
        let limit = Duration::from_secs(20);
        let script =
            r#"read server; echo "{\"ServerURL\":\"$server\",\"Username\":\"$1-$server\",\"Secret\":\"s\"}""#;
        let password =
            Credential::Password { user: "get-reg.example".to_owned(), password: Secret::new("s") };
        assert_eq!(asked(script, limit), Ok(Some(password)));
        let token = r#"echo '{"Username":"<token>","Secret":"t"}'"#;
        assert_eq!(asked(token, limit), Ok(Some(Credential::Identity(Secret::new("t")))));
        let nothing = "echo 'credentials not found in native keychain'; exit 1";
        assert_eq!(asked(nothing, limit), Ok(None));
        assert!(asked("echo secret-in-no-json", limit).is_err_and(|e| !e.contains("secret-in")));
        assert!(asked("exit 3", limit).is_err());
    }

    #[test]
    fn a_helper_that_hangs_is_not_waited_for() {
        let begun = Instant::now();
        let e = asked("sleep 60 & wait", Duration::from_millis(100)).unwrap_err();
        assert!(e.contains("no answer") && begun.elapsed() < Duration::from_secs(30), "{e}");
    }
}
