//! Basic types and formats: what a text must look like.

use serde_json::Value;

use crate::license;

/// What `name` asks, where `value` does not have it. `None` is good; names that are no basic type are the caller's.
pub(super) fn refusal(name: &str, value: &Value) -> Option<&'static str> {
    match name {
        "any" => return None,
        "object" => return (!value.is_object()).then_some("is no object"),
        "boolean" => return (!value.is_boolean()).then_some("is neither `true` nor `false`"),
        _ => {}
    }
    let Some(text) = value.as_str() else { return Some("is no text") };
    let (good, asks) = match name {
        "string" => return None,
        "text" => (!text.is_empty(), "is empty"),
        "date-time" => (is_date_time(text), "is no time of RFC 3339"),
        "date" => (is_date(text), "is no date"),
        "iri-reference" => (is_iri_reference(text), "is no IRI reference"),
        "uri" => (is_uri(text), "is no URI"),
        "idn-email" => (is_email(text), "is no mail address"),
        "uuid-urn" => (text.strip_prefix("urn:uuid:").is_some_and(is_uuid), "is not `urn:uuid:` and a UUID"),
        "bom-link" => (is_bom_link(text), "is no link to a document (`urn:cdx:UUID/VERSION`)"),
        "bom-link-element" => {
            (is_bom_link_element(text), "is no link to an element (`urn:cdx:UUID/VERSION#REF`)")
        }
        "hash-content" => (is_hash(text), "is not 32, 40, 64, 96 or 128 hexadecimal digits"),
        "media-type" => (is_media_type(text), "is no media type"),
        "locale" => (is_locale(text), "is no locale such as `en` or `en-US`"),
        "jurisdiction" => {
            (text.len() == 2 && all(text, |b| b.is_ascii_uppercase()), "is not two capital letters")
        }
        "patent-number" => (is_patent_number(text), "is no patent number"),
        "cre" => (is_cre(text), "is not `CRE:N-N`"),
        "spdx-id" => (license::is_spdx_id(text), "is no identifier on SPDX' list"),
        _ => return Some("is of a type that is not known"),
    };
    (!good).then_some(asks)
}

/// True for names that [`refusal`] knows.
#[cfg(test)]
pub(super) fn is_known(name: &str) -> bool {
    refusal(name, &Value::String("?".to_owned())) != Some("is of a type that is not known")
}

fn all(text: &str, of: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(of)
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && all(text, |b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=last).contains(&day)
}

fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let clock = |text: &str| {
        let (hours, minutes) = text.split_once(':')?;
        Some((digits(hours, 2)?, digits(minutes, 2)?)).filter(|(h, m)| *h < 24 && *m < 60)
    };
    let (time, zone_is_good) = if let Some(time) = time.strip_suffix(['Z', 'z']) {
        (time, true)
    } else if let Some((time, zone)) = time.rsplit_once(['+', '-']) {
        (time, clock(zone).is_some())
    } else {
        return false;
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fraction_is_good = !fraction.is_empty() && all(fraction, |b| b.is_ascii_digit());
    let Some((hours_minutes, seconds)) = time.rsplit_once(':') else { return false };
    // A leap second is a second.
    let seconds_are_good = digits(seconds, 2).is_some_and(|s| s <= 60);
    is_date(date) && zone_is_good && fraction_is_good && clock(hours_minutes).is_some() && seconds_are_good
}

/// RFC 3987 as far as characters go: nothing that no IRI may have, escapes whole.
fn is_iri_reference(text: &str) -> bool {
    let bad = |c: char| c.is_control() || c.is_whitespace() || "<>\"{}|\\^`".contains(c);
    let escapes_are_whole = text.split('%').skip(1).all(|after| {
        let mut hex = after.bytes().take(2);
        hex.len() == 2 && hex.all(|b| b.is_ascii_hexdigit())
    });
    !text.contains(bad) && escapes_are_whole && text.matches('#').count() <= 1
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && all(scheme, |b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    is_scheme && text.is_ascii() && is_iri_reference(text)
}

fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !text.contains(|c: char| c.is_control())
    })
}

/// Lower case, as the pattern of the specification has it.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|g| all(g, |b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

fn is_bom_link(text: &str) -> bool {
    let Some((uuid, version)) = text.strip_prefix("urn:cdx:").and_then(|t| t.split_once('/')) else {
        return false;
    };
    is_iri_reference(text)
        && is_uuid(uuid)
        && !version.starts_with('0')
        && !version.is_empty()
        && all(version, |b| b.is_ascii_digit())
}

fn is_bom_link_element(text: &str) -> bool {
    text.split_once('#')
        .is_some_and(|(link, element)| is_bom_link(link) && !element.is_empty() && is_iri_reference(text))
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 32 | 40 | 64 | 96 | 128) && all(text, |b| b.is_ascii_hexdigit())
}

fn is_media_type(text: &str) -> bool {
    let part = |s: &str| {
        !s.is_empty() && all(s, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-+.".contains(&b))
    };
    text.split_once('/').is_some_and(|(kind, sub)| part(kind) && part(sub))
}

fn is_locale(text: &str) -> bool {
    let (language, region) = text.split_once('-').map_or((text, None), |(l, r)| (l, Some(r)));
    language.len() == 2
        && all(language, |b| b.is_ascii_lowercase())
        && region.is_none_or(|r| r.len() == 2 && all(r, |b| b.is_ascii_uppercase()))
}

fn is_patent_number(text: &str) -> bool {
    let (mut chars, count) = (text.chars(), text.chars().count());
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    (2..=30).contains(&count)
        && edge(chars.next())
        && edge(chars.next_back())
        && chars.all(|c| c.is_ascii_alphanumeric() || "-/.()".contains(c) || c.is_whitespace())
}

fn is_cre(text: &str) -> bool {
    let number = |s: &str| !s.is_empty() && all(s, |b| b.is_ascii_digit());
    text.strip_prefix("CRE:").and_then(|t| t.split_once('-')).is_some_and(|(a, b)| number(a) && number(b))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::refusal;

    #[test]
    fn formats_tell_good_from_bad() {
        let cases: [(&str, &[&str], &[&str]); 12] = [
            (
                "date-time",
                &["2020-04-13T20:20:39Z", "2020-02-29t00:00:60.5+01:30", "2020-04-13T20:20:39.000-00:00"],
                &[
                    "2020-04-13",
                    "2020-13-13T00:00:00Z",
                    "2021-02-29T00:00:00Z",
                    "2020-04-13T20:20:39",
                    "2020-04-13T24:00:00Z",
                    "2020-04-13T20:20Z",
                    "2020-04-13T20:20:39.Z",
                ],
            ),
            ("date", &["2024-02-29"], &["2023-02-29", "2024-2-9", "20240209"]),
            (
                "iri-reference",
                &["", "../a", "https://ä.example/x?y=1#z", "a%20b"],
                &["a b", "a%2", "<x>", "a#b#c"],
            ),
            ("uri", &["urn:x", "https://example.org"], &["ES256", "/a", "ä:b"]),
            ("idn-email", &["a@b", "ü@exämple.org"], &["a", "@b", "a@"]),
            (
                "uuid-urn",
                &["urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"],
                &[
                    "urn:uuid:3e671687-395b-41f5-a30f",
                    "3e671687-395b-41f5-a30f-a58921a69b79",
                    "urn:uuid:3E671687-395b-41f5-a30f-a58921a69b79",
                ],
            ),
            (
                "bom-link",
                &["urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1"],
                &["urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/0", "urn:cdx:x/1"],
            ),
            (
                "bom-link-element",
                &["urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/12#a"],
                &["urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#", "a"],
            ),
            ("media-type", &["image/svg+xml"], &["image", "Image/x", "a/b/c", "text/plain; charset=utf-8"]),
            ("locale", &["en", "en-US"], &["EN", "en-us", "eng"]),
            (
                "patent-number",
                &["US1234567", "EP 1 234/5.B"],
                &["x", "-12", "1234567890123456789012345678901"],
            ),
            (
                "spdx-id",
                &["MIT", "GPL-2.0+", "Classpath-exception-2.0"],
                &["mit", "Apache-2", "MIT OR Apache-2.0"],
            ),
        ];
        for (name, good, bad) in cases {
            good.iter().for_each(|s| assert_eq!(refusal(name, &json!(s)), None, "{name} {s}"));
            bad.iter().for_each(|s| assert!(refusal(name, &json!(s)).is_some(), "{name} {s}"));
        }
        assert!(refusal("string", &json!(1)).is_some());
        assert!(refusal("boolean", &json!("true")).is_some());
    }
}
