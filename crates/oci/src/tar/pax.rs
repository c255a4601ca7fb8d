//! Pax extended headers (POSIX.1-2001, pax, "pax Extended Header").

use super::SPARSE_RUNS_MAX;
use super::sparse::Run;

/// What the records of one extended header say, as far as the walker asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Records {
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) link: Option<Vec<u8>>,
    pub(crate) size: Option<u64>,
    pub(crate) uid: Option<u64>,
    pub(crate) gid: Option<u64>,
    pub(crate) capability: bool,
    pub(crate) sparse: Sparse,
}

/// The `GNU.sparse.*` records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sparse {
    pub(crate) major: Option<u64>,
    pub(crate) minor: Option<u64>,
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) real_size: Option<u64>,
    /// Of formats 0.0 and 0.1; 1.0 has its map in the data.
    pub(crate) runs: Option<Vec<Run>>,
    pending: Option<u64>,
}

impl Records {
    /// True if a *global* header with these records would change what entries are: readers disagree about that.
    pub(crate) fn changes_entries(&self) -> bool {
        *self != Self::default()
    }
}

/// Reads the records of an extended header.
pub(crate) fn read(mut bytes: &[u8]) -> Result<Records, &'static str> {
    let mut out = Records::default();
    while !bytes.is_empty() {
        // Some writers pad the last block.
        if bytes.iter().all(|&b| b == 0) {
            break;
        }
        let (key, value, rest) =
            record(bytes).ok_or("a pax record does not have the form `LENGTH KEY=VALUE`")?;
        apply(&mut out, key, value)?;
        bytes = rest;
    }
    if out.sparse.pending.is_some() {
        return Err("a pax sparse map ends in an offset without a length");
    }
    Ok(out)
}

/// Splits `LENGTH KEY=VALUE\n` off; the length counts itself and the line feed.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = memchr::memchr(b' ', bytes.get(..bytes.len().min(21))?)?;
    let length = usize::try_from(decimal(bytes.get(..space)?)?).ok()?;
    let body = bytes.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = memchr::memchr(b'=', body)?;
    let key = body.get(..equals).filter(|k| !k.is_empty())?;
    Some((key, body.get(equals + 1..)?, bytes.get(length..)?))
}

fn apply(out: &mut Records, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
    if key.starts_with(b"GNU.sparse.") {
        return apply_sparse(&mut out.sparse, key, value);
    }
    let number = || decimal(value).ok_or("a pax number is not decimal");
    // An empty value takes an earlier record back.
    let given = !value.is_empty();
    match key {
        b"path" | b"linkpath" if value.contains(&0) => return Err("a pax path holds a zero byte"),
        b"path" => out.path = given.then(|| value.to_vec()),
        b"linkpath" => out.link = given.then(|| value.to_vec()),
        b"size" => out.size = if given { Some(number()?) } else { None },
        b"uid" => out.uid = if given { Some(number()?) } else { None },
        b"gid" => out.gid = if given { Some(number()?) } else { None },
        b"SCHILY.xattr.security.capability" => out.capability = given,
        _ => {}
    }
    Ok(())
}

fn apply_sparse(sparse: &mut Sparse, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
    let number = || decimal(value).ok_or("a pax sparse number is not decimal");
    match key {
        b"GNU.sparse.major" => sparse.major = Some(number()?),
        b"GNU.sparse.minor" => sparse.minor = Some(number()?),
        b"GNU.sparse.name" if value.contains(&0) => return Err("a pax path holds a zero byte"),
        b"GNU.sparse.name" => sparse.name = Some(value.to_vec()),
        b"GNU.sparse.size" | b"GNU.sparse.realsize" => sparse.real_size = Some(number()?),
        b"GNU.sparse.offset" => {
            let again = sparse.pending.replace(number()?).is_some();
            return if again { Err("a pax sparse map has two offsets in a row") } else { Ok(()) };
        }
        b"GNU.sparse.numbytes" => {
            let offset = sparse.pending.take().ok_or("a pax sparse map has a length without an offset")?;
            push(sparse.runs.get_or_insert_default(), Run { offset, length: number()? })?;
        }
        b"GNU.sparse.map" => {
            let mut runs = Vec::new();
            let mut numbers = value.split(|&b| b == b',').filter(|n| !n.is_empty()).map(decimal);
            while let Some(offset) = numbers.next() {
                match (offset, numbers.next().flatten()) {
                    (Some(offset), Some(length)) => push(&mut runs, Run { offset, length })?,
                    _ => return Err("a pax sparse map is not a list of offsets and lengths"),
                }
            }
            sparse.runs = Some(runs);
        }
        _ => {}
    }
    Ok(())
}

fn push(runs: &mut Vec<Run>, run: Run) -> Result<(), &'static str> {
    if SPARSE_RUNS_MAX <= runs.len() {
        return Err("a sparse map has more runs than SPARSE_RUNS_MAX");
    }
    runs.push(run);
    Ok(())
}

/// A decimal number without sign.
pub(crate) fn decimal(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0u64, |n, &b| match b {
        b'0'..=b'9' => n.checked_mul(10)?.checked_add(u64::from(b - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(list: &[(&str, &str)]) -> Vec<u8> {
        list.iter().flat_map(|(k, v)| testkit::tar::record(k, v.as_bytes())).collect()
    }

    #[test]
    fn records_override_and_an_empty_value_takes_back() {
        let r = read(&records(&[("path", "a/b"), ("linkpath", "x=yz"), ("size", "7")])).unwrap();
        assert_eq!((r.path.unwrap(), r.link.unwrap(), r.size), (b"a/b".to_vec(), b"x=yz".to_vec(), Some(7)));
        assert_eq!(read(&records(&[("path", "a/b"), ("path", "")])).unwrap().path, None);
        for bad in [&b"99 path=a\n"[..], b"5 =x\n", b"10 path=a\0\n", b"9 size=x\n"] {
            assert!(read(bad).is_err(), "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn sparse_maps_of_both_old_forms() {
        let (offset, length) = ("GNU.sparse.offset", "GNU.sparse.numbytes");
        let old = read(&records(&[(offset, "0"), (length, "5"), (offset, "10"), (length, "6")]));
        let runs = old.unwrap().sparse.runs.unwrap();
        assert_eq!(runs, [Run { offset: 0, length: 5 }, Run { offset: 10, length: 6 }]);
        let map = |text| read(&records(&[("GNU.sparse.map", text)]));
        assert_eq!(map("0,5,10,6").unwrap().sparse.runs.unwrap(), runs);
        assert!(map("0,5,1").is_err());
        assert!(read(&records(&[(offset, "0")])).is_err());
        assert!(read(&records(&[(offset, "0"), (offset, "1")])).is_err());
        assert!(read(&records(&[(length, "0")])).is_err());
    }
}
