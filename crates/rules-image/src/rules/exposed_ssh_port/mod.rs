//! The image must not offer a remote login.
//!
//! **Why.** A container is replaced, not administered: an SSH, telnet or remote desktop server is a second way in with
//! its own keys, its own faults and no audit. `docker exec` and `kubectl exec` need none.
//!
//! **What is looked at.** `ExposedPorts` of the configuration: 22 and 2222 (SSH), 23 (telnet), 512 to 514 over TCP
//! (rsh), 3389 (remote desktop), 5900 (VNC), single or within a range.
//!
//! **Fix.** Remove the server and its `EXPOSE`.

use eval::{Fault, Judgement, Rule};
use model::Severity;

use crate::Subject;
use crate::common::{configured, dockerfile, with_image};

pub(crate) const RULE: Rule<Subject> = Rule {
    id: "exposed-ssh-port",
    control: "image-hardening",
    title: "The image offers a remote login",
    severity: Severity::Medium,
    doc: include_str!("mod.rs"),
    judge,
};

const LOGINS: [(u16, &str); 8] = [
    (22, "SSH"),
    (23, "telnet"),
    (512, "rexec"),
    (513, "rlogin"),
    (514, "rsh"),
    (2222, "SSH"),
    (3389, "remote desktop"),
    (5900, "VNC"),
];

fn judge(subject: &Subject) -> Judgement {
    with_image(subject, |image| {
        let mut judgement = Judgement::clean();
        for port in &image.exposed_ports {
            let remedy = "correct the `EXPOSE` instruction";
            judgement.check(&format!("configuration: ExposedPorts: {port}"), remedy, || login(port));
        }
        judgement
    })
}

/// The fault of one entry, `22/tcp`, `8000-8010/tcp`, `80`.
fn login(entry: &str) -> Result<Option<Fault>, String> {
    let (ports, protocol) = entry.split_once('/').unwrap_or((entry, "tcp"));
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let number = |text: &str| text.trim().parse::<u16>().map_err(|_| format!("`{entry}` is no port"));
    let (first, last) = (number(first)?, number(last)?);
    if !protocol.eq_ignore_ascii_case("tcp") {
        return Ok(None);
    }
    let found = LOGINS.iter().find(|(port, _)| first <= *port && *port <= last);
    Ok(found.map(|(port, what)| Fault {
        message: format!(
            "port {port} ({what}) is exposed by `EXPOSE {entry}`. Use `docker exec` or `kubectl exec`"
        ),
        key: format!("port:{entry}"),
        because: configured(format!("exposes {entry}"), "ExposedPorts"),
        fix: Some(dockerfile(format!("# delete the server and: EXPOSE {entry}"))),
        ..Fault::default()
    }))
}
