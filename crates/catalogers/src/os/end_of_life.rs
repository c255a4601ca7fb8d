//! The last day on which a release gets security updates without a further contract, as each project announces it.
//! Where a project names only a month, its last day stands here; where it has not said a day, nothing.

use model::Distribution;

/// Id, release (all its point releases included), last day.
type Row = (&'static str, &'static str, &'static str);

/// Sources: alpinelinux.org/releases; wiki.debian.org/LTS (the free long-term support counts); wiki.ubuntu.com/Releases
/// (standard support); access.redhat.com "Red Hat Enterprise Linux Life Cycle" (maintenance support); blog.centos.org;
/// wiki.almalinux.org/release-notes; wiki.rockylinux.org "Version Guide"; docs.fedoraproject.org "EOL"; en.opensuse.org
/// "Lifetime"; suse.com/lifecycle (general support); aws.amazon.com "Amazon Linux FAQs"; oracle.com "Lifetime Support
/// Policy" (premier); vmware.github.io/photon; learn.microsoft.com "Azure Linux support cycle".
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("almalinux", "8", "2029-05-31"), ("almalinux", "9", "2032-05-31"), ("almalinux", "10", "2035-05-31"),
    ("alpine", "2.1", "2012-11-01"), ("alpine", "2.2", "2013-05-01"), ("alpine", "2.3", "2013-11-01"),
    ("alpine", "2.4", "2014-05-01"), ("alpine", "2.5", "2014-11-01"), ("alpine", "2.6", "2015-05-01"),
    ("alpine", "2.7", "2015-11-01"), ("alpine", "3.0", "2016-05-01"), ("alpine", "3.1", "2016-11-01"),
    ("alpine", "3.2", "2017-05-01"), ("alpine", "3.3", "2017-11-01"), ("alpine", "3.4", "2018-05-01"),
    ("alpine", "3.5", "2018-11-01"), ("alpine", "3.6", "2019-05-01"), ("alpine", "3.7", "2019-11-01"),
    ("alpine", "3.8", "2020-05-01"), ("alpine", "3.9", "2020-11-01"), ("alpine", "3.10", "2021-05-01"),
    ("alpine", "3.11", "2021-11-01"), ("alpine", "3.12", "2022-05-01"), ("alpine", "3.13", "2022-11-01"),
    ("alpine", "3.14", "2023-05-01"), ("alpine", "3.15", "2023-11-01"), ("alpine", "3.16", "2024-05-23"),
    ("alpine", "3.17", "2024-11-22"), ("alpine", "3.18", "2025-05-09"), ("alpine", "3.19", "2025-11-01"),
    ("alpine", "3.20", "2026-04-01"), ("alpine", "3.21", "2026-11-01"), ("alpine", "3.22", "2027-05-01"),
    ("alpine", "3.23", "2027-11-01"),
    ("amzn", "2", "2026-06-30"), ("amzn", "2018.03", "2023-12-31"), ("amzn", "2023", "2029-06-30"),
    ("centos", "5", "2017-03-31"), ("centos", "6", "2020-11-30"), ("centos", "7", "2024-06-30"),
    ("centos", "8", "2021-12-31"),
    ("centos-stream", "8", "2024-05-31"), ("centos-stream", "9", "2027-05-31"),
    ("debian", "6", "2016-02-29"), ("debian", "7", "2018-05-31"), ("debian", "8", "2020-06-30"),
    ("debian", "9", "2022-06-30"), ("debian", "10", "2024-06-30"), ("debian", "11", "2026-08-31"),
    ("debian", "12", "2028-06-30"), ("debian", "13", "2030-06-30"),
    ("fedora", "28", "2019-05-28"), ("fedora", "29", "2019-11-26"), ("fedora", "30", "2020-05-26"),
    ("fedora", "31", "2020-11-24"), ("fedora", "32", "2021-05-25"), ("fedora", "33", "2021-11-30"),
    ("fedora", "34", "2022-06-07"), ("fedora", "35", "2022-12-13"), ("fedora", "36", "2023-05-16"),
    ("fedora", "37", "2023-12-05"), ("fedora", "38", "2024-05-21"), ("fedora", "39", "2024-11-26"),
    ("fedora", "40", "2025-05-13"), ("fedora", "41", "2025-12-15"), ("fedora", "42", "2026-05-13"),
    ("mariner", "1.0", "2023-07-31"), ("mariner", "2.0", "2025-07-31"),
    ("ol", "5", "2017-06-30"), ("ol", "6", "2021-03-31"), ("ol", "7", "2024-12-31"), ("ol", "8", "2029-07-31"),
    ("ol", "9", "2032-06-30"),
    ("opensuse-leap", "42.3", "2019-06-30"), ("opensuse-leap", "15.0", "2019-12-03"),
    ("opensuse-leap", "15.1", "2021-01-31"), ("opensuse-leap", "15.2", "2021-12-31"),
    ("opensuse-leap", "15.3", "2022-12-31"), ("opensuse-leap", "15.4", "2023-12-07"),
    ("opensuse-leap", "15.5", "2024-12-31"), ("opensuse-leap", "15.6", "2026-04-30"),
    ("photon", "1.0", "2022-02-28"), ("photon", "2.0", "2022-12-31"), ("photon", "3.0", "2024-03-01"),
    ("photon", "4.0", "2026-03-01"),
    ("rhel", "5", "2017-03-31"), ("rhel", "6", "2020-11-30"), ("rhel", "7", "2024-06-30"),
    ("rhel", "8", "2029-05-31"), ("rhel", "9", "2032-05-31"), ("rhel", "10", "2035-05-31"),
    ("rocky", "8", "2029-05-31"), ("rocky", "9", "2032-05-31"), ("rocky", "10", "2035-05-31"),
    ("sles", "11.4", "2019-03-31"), ("sles", "12.3", "2019-06-30"), ("sles", "12.4", "2020-06-30"),
    ("sles", "12.5", "2024-10-31"), ("sles", "15.1", "2021-01-31"), ("sles", "15.2", "2021-12-31"),
    ("sles", "15.3", "2022-12-31"), ("sles", "15.4", "2023-12-31"), ("sles", "15.5", "2024-12-31"),
    ("sles", "15.6", "2025-12-31"), ("sles", "15.7", "2031-07-31"),
    ("ubuntu", "12.04", "2017-04-28"), ("ubuntu", "14.04", "2019-04-25"), ("ubuntu", "16.04", "2021-04-30"),
    ("ubuntu", "17.10", "2018-07-19"), ("ubuntu", "18.04", "2023-05-31"), ("ubuntu", "18.10", "2019-07-18"),
    ("ubuntu", "19.04", "2020-01-23"), ("ubuntu", "19.10", "2020-07-17"), ("ubuntu", "20.04", "2025-05-31"),
    ("ubuntu", "20.10", "2021-07-22"), ("ubuntu", "21.04", "2022-01-20"), ("ubuntu", "21.10", "2022-07-14"),
    ("ubuntu", "22.04", "2027-04-30"), ("ubuntu", "22.10", "2023-07-20"), ("ubuntu", "23.04", "2024-01-25"),
    ("ubuntu", "23.10", "2024-07-11"), ("ubuntu", "24.04", "2029-05-31"), ("ubuntu", "24.10", "2025-07-10"),
    ("ubuntu", "25.04", "2026-01-15"),
];

/// Names that the same distribution goes by.
fn key(d: &Distribution) -> &str {
    let stream = d.pretty_name.as_deref().is_some_and(|n| n.contains("Stream"));
    match d.id.as_str() {
        "centos" if stream => "centos-stream",
        "redhat" => "rhel",
        "rockylinux" => "rocky",
        "oracle" | "oraclelinux" => "ol",
        "amazon" | "amazonlinux" => "amzn",
        "opensuse" => "opensuse-leap",
        "sles_sap" | "sled" => "sles",
        id => id,
    }
}

/// The last day of support, if it is known; rolling releases have none.
pub(super) fn end_of_life(d: &Distribution) -> Option<String> {
    let key = key(d);
    // Amazon's first Linux was named for the month; every release of it ended on one day.
    let version = if key == "amzn" && d.version.starts_with("201") { "2018.03" } else { d.version.as_str() };
    let covers = |release: &str| {
        version.strip_prefix(release).is_some_and(|r| r.is_empty() || r.starts_with(['.', '_']))
    };
    ROWS.iter().find(|(id, release, _)| *id == key && covers(release)).map(|(_, _, day)| (*day).to_owned())
}

#[cfg(test)]
mod tests {
    use model::Distribution;

    use super::{ROWS, end_of_life};

    fn of(id: &str, version: &str, name: &str) -> Option<String> {
        let pretty_name = Some(name.to_owned()).filter(|n| !n.is_empty());
        end_of_life(&Distribution {
            id: id.to_owned(),
            version: version.to_owned(),
            pretty_name,
            ..Distribution::default()
        })
    }

    #[test]
    fn a_point_release_ends_with_its_release() {
        assert_eq!(of("alpine", "3.18.9", "").as_deref(), Some("2025-05-09"));
        assert_eq!(of("alpine", "3.1", "").as_deref(), Some("2016-11-01"));
        assert_eq!(of("alpine", "3.10.3", "").as_deref(), Some("2021-05-01"));
        assert_eq!(of("almalinux", "9.4", "").as_deref(), Some("2032-05-31"));
        assert_eq!(of("centos", "8", "CentOS Stream 8").as_deref(), Some("2024-05-31"));
        assert_eq!(of("centos", "8", "CentOS Linux 8").as_deref(), Some("2021-12-31"));
        assert_eq!(of("amzn", "2017.09", "").as_deref(), Some("2023-12-31"));
    }

    #[test]
    fn rolling_and_unknown_releases_have_no_end() {
        for (id, version) in
            [("wolfi", "20230201"), ("arch", ""), ("alpine", "3.24_alpha20260101"), ("nobody", "1")]
        {
            assert_eq!(of(id, version, ""), None, "{id} {version}");
        }
    }

    #[test]
    fn every_day_is_a_date() {
        for (id, release, day) in ROWS {
            assert!(day.parse::<model::Timestamp>().is_ok(), "{id} {release}: {day}");
        }
    }
}
