//! Files of keys and credentials, known by name, form and content. A name alone tells nothing: an `.npmrc` without a
//! token, an `.env` of feature switches, a key store of public certificates and a template with `changeme` are none.
//! The content is asked and never passed on.

use inventory::secret::names_secret;

/// Largest file looked into for a key, in bytes.
pub(crate) const CREDENTIAL_BYTES_MAX: u64 = 256 << 10;

/// Names of files that tools keep credentials in.
const NAMES: &[&str] = &[
    ".boto",
    ".dockercfg",
    ".dockerconfigjson",
    ".envrc",
    ".git-credentials",
    ".htpasswd",
    ".my.cnf",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".s3cfg",
    ".vault-token",
    ".yarnrc.yml",
    "NuGet.Config",
    "_netrc",
    "auth.json",
    "id_dsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "id_rsa",
    "kubeconfig",
    "nuget.config",
    "pip.conf",
    "rclone.conf",
    "terraform.tfvars",
];

/// Ends of paths that tools keep credentials under.
const PLACES: &[&str] = &[
    ".aws/credentials",
    ".azure/accessTokens.json",
    ".azure/msal_token_cache.json",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".config/gcloud/application_default_credentials.json",
    ".config/gcloud/credentials.db",
    ".config/gh/hosts.yml",
    ".docker/config.json",
    ".gem/credentials",
    ".kube/config",
    ".m2/settings.xml",
    ".terraform.d/credentials.tfrc.json",
    "etc/kubernetes/admin.conf",
    "etc/rancher/k3s/k3s.yaml",
];

/// Ends of names of files that may be keys.
const KEY_EXTENSIONS: &[&str] =
    &["key", "pem", "p12", "pfx", "jks", "keystore", "ppk", "kdbx", "asc", "gpg", "kubeconfig"];

/// Parts of names that keys of service accounts are saved under.
const ACCOUNTS: &[&str] =
    &["service-account", "service_account", "serviceaccount", "credential", "gcp", "gcloud", "firebase"];

/// Ends of names of environments that are examples to be copied.
const EXAMPLES: &[&str] =
    &["example", "sample", "template", "tmpl", "dist", "default", "defaults", "schema", "test", "ci"];

/// Whether a file of this path may hold keys or credentials, so that its content is asked.
pub(crate) fn may_hold(path: &str) -> bool {
    let name = name_of(path);
    NAMES.binary_search(&name).is_ok()
        || PLACES.iter().any(|place| {
            path.strip_suffix(place).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        })
        || (name.starts_with("ssh_host_") && name.ends_with("_key"))
        || KEY_EXTENSIONS.contains(&extension_of(name))
        || is_environment(name)
        || is_account(name)
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn extension_of(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, e)| e)
}

/// `.env`, `.env.production`, `shop.env`, but no `.env.example`.
fn is_environment(name: &str) -> bool {
    let rest = match name.strip_prefix(".env") {
        Some(rest) => rest.is_empty() || rest.starts_with('.'),
        None => name.ends_with(".env"),
    };
    rest && !name.split('.').any(|part| EXAMPLES.contains(&part.to_ascii_lowercase().as_str()))
}

fn is_account(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let key = name
        .strip_suffix("key.json")
        .is_some_and(|before| before.is_empty() || before.ends_with(['-', '_', '.']));
    name.ends_with(".json") && (key || ACCOUNTS.iter().any(|part| name.contains(part)))
}

/// Whether the content of a file that [`may_hold`] is a private key or credentials.
pub(crate) fn holds(path: &str, bytes: &[u8]) -> bool {
    let has = |text: &str| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    if has("PRIVATE KEY-----") || has("PRIVATE KEY BLOCK-----") || bytes.starts_with(b"PuTTY-User-Key-File") {
        return true;
    }
    let name = name_of(path);
    match extension_of(name) {
        // PKCS #12 and Java's key stores are binary; both may hold a key and cannot be opened without the password.
        "p12" | "pfx" => return bytes.starts_with(&[0x30]),
        "jks" | "keystore" => {
            return bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) || bytes.starts_with(&[0x30]);
        }
        "kdbx" => return bytes.starts_with(&[0x03, 0xd9, 0xa2, 0x9a]),
        "key" | "pem" | "ppk" | "asc" | "gpg" => return false,
        _ => {}
    }
    let text = String::from_utf8_lossy(bytes);
    let lines = || text.lines().map(str::trim).filter(|l| !l.starts_with(['#', ';']));
    let assigned = |keys: &[&str]| lines().any(|line| assigns(line, keys));
    match name {
        _ if is_environment(name) || name == ".envrc" => lines().any(is_secret_variable),
        ".npmrc" => assigned(&["_authToken", "_auth", "_password"]),
        ".yarnrc.yml" => assigned(&["npmAuthToken", "npmAuthIdent"]),
        ".pypirc" | ".my.cnf" => assigned(&["password"]),
        ".boto" | ".s3cfg" => assigned(&["aws_secret_access_key", "secret_key", "gs_secret_access_key"]),
        ".netrc" | "_netrc" => lines().any(netrc_password) || after_password(&text),
        "settings.xml" => element(&text, "password"),
        "NuGet.Config" | "nuget.config" => has("ClearTextPassword") || has("key=\"Password\""),
        "pip.conf" => {
            lines().any(|l| l.contains("://") && l.split("://").nth(1).is_some_and(user_and_password))
        }
        "rclone.conf" => assigned(&["pass", "secret_access_key", "token", "client_secret"]),
        "terraform.tfvars" => lines().any(is_secret_variable),
        ".dockercfg" | ".dockerconfigjson" | "config.json" => {
            json_value(&text, &["auth", "identitytoken", "password"])
        }
        "auth.json" => {
            json_value(&text, &["auth", "password", "token", "identitytoken"]) || has("github-oauth")
        }
        "config" | "admin.conf" | "kubeconfig" | "k3s.yaml" => is_kubeconfig(&has, &assigned),
        _ if extension_of(name) == "kubeconfig" => is_kubeconfig(&has, &assigned),
        "id_dsa" | "id_ecdsa" | "id_ecdsa_sk" | "id_ed25519" | "id_ed25519_sk" | "id_rsa" => false,
        "credentials" => {
            assigned(&["aws_secret_access_key", "token", "rubygems_api_key", ":rubygems_api_key"])
        }
        // Without a key, which was looked for above, a service account's file says who, not how.
        _ if is_account(name) && !PLACES.iter().any(|p| path.ends_with(p)) => {
            json_value(&text, &["private_key", "client_secret", "refresh_token", "aws_secret_access_key"])
        }
        _ => true,
    }
}

fn is_kubeconfig(has: &dyn Fn(&str) -> bool, assigned: &dyn Fn(&[&str]) -> bool) -> bool {
    has("client-key-data") || assigned(&["token", "- token", "password", "id-token"])
}

/// `key = value`, `key: value` or `//host/:key=value` with a value that is one.
fn assigns(line: &str, keys: &[&str]) -> bool {
    keys.iter().any(|key| {
        line.match_indices(key).any(|(start, _)| {
            let before = line.get(..start).unwrap_or("");
            let after =
                line.get(start + key.len()..).unwrap_or("").trim_start_matches(['"', '\'']).trim_start();
            let begins = before.is_empty() || before.ends_with([':', '"', '\'', '/', ' ']);
            begins && after.strip_prefix(['=', ':']).is_some_and(is_value)
        })
    })
}

/// A value that is no reference, no placeholder and no switch.
fn is_value(text: &str) -> bool {
    const PLACEHOLDERS: [&str; 16] = [
        "change",
        "example",
        "placeholder",
        "replace",
        "your",
        "todo",
        "dummy",
        "xxx",
        "fixme",
        "redacted",
        "secret_here",
        "insert",
        "enter",
        "<",
        "{{",
        "***",
    ];
    const SWITCHES: [&str; 11] =
        ["true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "default"];
    let text = text.trim().trim_end_matches([',', ';']);
    let inside = match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text.get(1..).unwrap_or("").split(quote).next().unwrap_or(""),
        _ => text.split(" #").next().unwrap_or(text).trim(),
    };
    let low = inside.to_ascii_lowercase();
    let reference =
        inside.starts_with(['$', '%', '@', '/', '!']) || inside.contains("${") || low.starts_with("vault:");
    4 <= inside.len()
        && !reference
        && !SWITCHES.contains(&low.as_str())
        && !PLACEHOLDERS.iter().any(|p| low.contains(p))
}

/// Whether a line gives a variable, whose name says that it is secret, a value. What looks like a number or a path is
/// none.
fn is_secret_variable(line: &str) -> bool {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let Some((name, value)) = line.split_once('=') else { return false };
    let name = name.trim();
    let is_name = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let bare = value.trim().trim_matches(['"', '\'']);
    let number = bare.bytes().all(|b| b.is_ascii_digit() || b == b'.') && bare.len() < 12;
    let address = bare.split("://").nth(1).is_some_and(user_and_password);
    is_name && is_value(value) && ((names_secret(name) && !number) || address)
}

/// `user:password@host` behind a scheme.
fn user_and_password(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or("");
    let account = authority.rsplit_once('@').map_or("", |(account, _)| account);
    account.split_once(':').is_some_and(|(_, password)| is_value(password))
}

/// `… password WORD` on one line (ftp's `netrc`).
fn netrc_password(line: &str) -> bool {
    let mut words = line.split_whitespace().skip_while(|w| *w != "password");
    words.next().is_some() && words.next().is_some_and(is_value)
}

/// The same on several lines.
fn after_password(text: &str) -> bool {
    let mut words = text.split_whitespace();
    words.any(|w| w == "password") && words.next().is_some_and(is_value)
}

/// `<name>value</name>`.
fn element(text: &str, name: &str) -> bool {
    let open = format!("<{name}>");
    let mut values =
        text.match_indices(&open).filter_map(|(at, _)| text.get(at + open.len()..)?.split('<').next());
    // Maven's own encryption is between braces, and useless without its master password.
    values.any(|v| is_value(v) && !v.trim().starts_with('{'))
}

/// `"key": "value"` with a value that is one.
fn json_value(text: &str, keys: &[&str]) -> bool {
    keys.iter().any(|key| {
        let quoted = format!("\"{key}\"");
        text.match_indices(&quoted).any(|(at, _)| {
            let after = text.get(at + quoted.len()..).unwrap_or("").trim_start();
            after.strip_prefix(':').is_some_and(|v| v.trim_start().starts_with('"') && is_value(v))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: bool) {
        assert_eq!(may_hold(path) && holds(path, text.as_bytes()), expected, "{path}: {text}");
    }

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(NAMES.is_sorted(), "{NAMES:?}");
    }

    #[test]
    fn an_environment_is_secret_by_what_it_sets() {
        check("srv/app/.env", "PORT=8080\nDB_PASSWORD=hunter2hunter2\n", true);
        check("srv/app/.env.production", "export API_KEY='9f8a7b6c5d4e3f2a'\n", true);
        check("srv/app/shop.env", "DATABASE_URL=postgres://shop:hunter22@db/shop\n", true);
        check("srv/app/.env", "JWT_SECRET=\"a b c d e f\" # keep\n", true);
        for text in [
            "PORT=8080\nDEBUG=true\n",
            "DB_PASSWORD=\n",
            "DB_PASSWORD=${DB_PASSWORD}\n",
            "DB_PASSWORD=changeme\n",
            "DB_PASSWORD_FILE=/run/secrets/db\n",
            "TOKEN_TTL=3600\n",
            "# DB_PASSWORD=hunter2hunter2\n",
            "API_KEY=<your key>\n",
            "DATABASE_URL=postgres://shop:${PASSWORD}@db/shop\n",
            "PASSWORD_REQUIRED=true\nSECRET_NAME=shop-db\n",
        ] {
            check("srv/app/.env", text, false);
        }
        check("srv/app/.env.example", "DB_PASSWORD=hunter2hunter2\n", false);
        check("usr/bin/env", "DB_PASSWORD=hunter2hunter2\n", false);
    }

    #[test]
    fn files_of_tools_are_secret_by_what_they_hold() {
        for (path, text) in [
            ("root/.npmrc", "//registry.npmjs.org/:_authToken=9f8a7b6c-5d4e-3f2a\n"),
            ("root/.npmrc", "_auth = dXNlcjpwYXNz\n"),
            ("root/.pypirc", "[pypi]\nusername = __token__\npassword = abcdefgh\n"),
            ("root/.netrc", "machine x login y password hunter22\n"),
            ("root/.netrc", "machine x\n  login y\n  password hunter22\n"),
            ("root/.dockercfg", "{\"https://index\": {\"auth\": \"dXNlcjpwYXNz\"}}"),
            ("root/.docker/config.json", "{\"auths\": {\"x\": {\"auth\": \"dXNlcjpwYXNz\"}}}"),
            ("root/.config/containers/auth.json", "{\"auths\": {\"x\": {\"auth\": \"dXNlcjpwYXNz\"}}}"),
            ("home/a/kubeconfig", "users:\n- name: a\n  user:\n    token: abcdefgh.ijk\n"),
            ("home/a/prod.kubeconfig", "users:\n- user:\n    client-key-data: TFMwdExTMUNSVWRKVGc9PQ==\n"),
            (
                "srv/gcp-service-account.json",
                "{\"type\": \"service_account\", \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nx\"}",
            ),
            (
                "root/.aws/credentials",
                "[default]\naws_access_key_id = AKIA\naws_secret_access_key = abcdefgh\n",
            ),
            ("etc/pip.conf", "[global]\nindex-url = https://bot:hunter22@pypi.example.org/simple\n"),
            ("root/.m2/settings.xml", "<server><password>hunter22</password></server>"),
            ("root/.git-credentials", "https://bot:hunter22@example.com\n"),
        ] {
            check(path, text, true);
        }
        for (path, text) in [
            ("root/.npmrc", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\nfund=false\n"),
            ("root/.npmrc", "registry=https://registry.example.com/\nalways-auth=true\n"),
            ("root/.pypirc", "[distutils]\nindex-servers = pypi\n"),
            ("root/.docker/config.json", "{\"credsStore\": \"pass\", \"auths\": {\"x\": {}}}"),
            ("root/.kube/config", "clusters:\n- name: a\n  cluster:\n    server: https://x\n"),
            (
                "srv/credentials.schema.json",
                "{\"type\": \"object\", \"properties\": {\"private_key\": {\"type\": \"string\"}}}",
            ),
            ("srv/keyboard.json", "{\"key\": \"value\"}"),
            ("root/.aws/credentials", "[default]\nrole_arn = arn:aws:iam::1:role/x\n"),
            ("etc/pip.conf", "[global]\nindex-url = https://pypi.example.org/simple\n"),
            ("root/.m2/settings.xml", "<server><password>${env.PASSWORD}</password></server>"),
        ] {
            check(path, text, false);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|\n|=|:|password|_auth|\"){0,40}") {
            for path in [".env", ".npmrc", ".netrc", "kubeconfig", "auth.json", "settings.xml", "pip.conf"] {
                let _ = holds(path, text.as_bytes());
            }
        }
    }
}
