//! The last day on which a release gets security updates without a further contract, as each project announces it.
//! Where a project names only a month, its last day stands here; where it has not said a day, nothing.

use model::Distribution;

/// Id, release (all its point releases included), last day.
type Row = (&'static str, &'static str, &'static str);

/// Sources: alpinelinux.org/releases; wiki.debian.org/LTS (the free long-term support counts); wiki.ubuntu.com/Releases
/// (standard support); access.redhat.com "Red Hat Enterprise Linux Life Cycle" (maintenance support); blog.centos.org;
/// wiki.almalinux.org/release-notes; wiki.rockylinux.org "Version Guide"; docs.fedoraproject.org "EOL"; en.opensuse.org
/// "Lifetime"; suse.com/lifecycle (general support); aws.amazon.com "Amazon Linux FAQs"; oracle.com "Lifetime Support
/// Policy" (premier); vmware.github.io/photon; learn.microsoft.com "Azure Linux support cycle"; each
/// looked up in endoflife.date and Debian's distro-info-data in 2026. A service pack stands before the release without one:
/// the first row that covers a version counts.
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
    ("debian", "1.1", "1996-12-12"), ("debian", "1.2", "1997-10-23"), ("debian", "1.3", "1998-12-08"),
    ("debian", "2.0", "1999-02-15"), ("debian", "2.1", "2000-10-30"), ("debian", "2.2", "2003-06-30"),
    ("debian", "3.0", "2006-06-30"), ("debian", "3.1", "2008-03-31"), ("debian", "4", "2010-02-15"),
    ("debian", "5", "2012-02-06"), ("debian", "6", "2016-02-29"), ("debian", "7", "2018-05-31"),
    ("debian", "8", "2020-06-30"), ("debian", "9", "2022-06-30"), ("debian", "10", "2024-06-30"),
    ("debian", "11", "2026-08-31"), ("debian", "12", "2028-06-30"), ("debian", "13", "2030-06-30"),
    ("fedora", "1", "2004-09-20"), ("fedora", "2", "2005-04-11"), ("fedora", "3", "2006-01-16"),
    ("fedora", "4", "2006-08-07"), ("fedora", "5", "2007-07-02"), ("fedora", "6", "2007-12-07"),
    ("fedora", "7", "2008-06-13"), ("fedora", "8", "2009-01-07"), ("fedora", "9", "2009-07-10"),
    ("fedora", "10", "2009-12-17"), ("fedora", "11", "2010-06-25"), ("fedora", "12", "2010-12-02"),
    ("fedora", "13", "2011-06-24"), ("fedora", "14", "2011-12-09"), ("fedora", "15", "2012-06-26"),
    ("fedora", "16", "2013-02-12"), ("fedora", "17", "2013-07-30"), ("fedora", "18", "2014-01-14"),
    ("fedora", "19", "2015-01-06"), ("fedora", "20", "2015-06-23"), ("fedora", "21", "2015-12-01"),
    ("fedora", "22", "2016-07-19"), ("fedora", "23", "2016-12-20"), ("fedora", "24", "2017-08-08"),
    ("fedora", "25", "2017-12-12"), ("fedora", "26", "2018-05-29"), ("fedora", "27", "2018-11-30"),
    ("fedora", "28", "2019-05-28"), ("fedora", "29", "2019-11-26"), ("fedora", "30", "2020-05-26"),
    ("fedora", "31", "2020-11-24"), ("fedora", "32", "2021-05-25"), ("fedora", "33", "2021-11-30"),
    ("fedora", "34", "2022-06-07"), ("fedora", "35", "2022-12-13"), ("fedora", "36", "2023-05-16"),
    ("fedora", "37", "2023-12-05"), ("fedora", "38", "2024-05-21"), ("fedora", "39", "2024-11-26"),
    ("fedora", "40", "2025-05-13"), ("fedora", "41", "2025-12-15"), ("fedora", "42", "2026-05-13"),
    ("fedora", "43", "2026-12-09"), ("fedora", "44", "2027-06-02"),
    ("mariner", "1.0", "2023-08-31"), ("mariner", "2.0", "2025-07-31"),
    ("ol", "5", "2017-06-30"), ("ol", "6", "2021-03-31"), ("ol", "7", "2024-12-31"), ("ol", "8", "2029-07-31"),
    ("ol", "9", "2032-06-30"), ("ol", "10", "2035-06-30"),
    ("opensuse-leap", "11.0", "2010-07-26"), ("opensuse-leap", "11.1", "2011-01-14"),
    ("opensuse-leap", "11.2", "2011-05-12"), ("opensuse-leap", "11.3", "2012-01-20"),
    ("opensuse-leap", "11.4", "2012-11-05"), ("opensuse-leap", "12.1", "2013-05-15"),
    ("opensuse-leap", "12.2", "2014-01-15"), ("opensuse-leap", "12.3", "2015-01-29"),
    ("opensuse-leap", "13.1", "2016-02-03"), ("opensuse-leap", "13.2", "2017-01-17"),
    ("opensuse-leap", "42.1", "2017-05-17"), ("opensuse-leap", "42.2", "2018-01-26"),
    ("opensuse-leap", "42.3", "2019-07-01"), ("opensuse-leap", "15.0", "2019-12-03"),
    ("opensuse-leap", "15.1", "2021-02-02"), ("opensuse-leap", "15.2", "2022-01-04"),
    ("opensuse-leap", "15.3", "2022-12-31"), ("opensuse-leap", "15.4", "2023-12-07"),
    ("opensuse-leap", "15.5", "2024-12-31"), ("opensuse-leap", "15.6", "2026-04-30"),
    ("opensuse-leap", "16.0", "2027-10-31"),
    ("photon", "1.0", "2022-02-28"), ("photon", "2.0", "2022-12-31"), ("photon", "3.0", "2025-10-02"),
    ("photon", "4.0", "2027-10-11"),
    ("rhel", "4", "2012-02-29"), ("rhel", "5", "2017-03-31"), ("rhel", "6", "2020-11-30"), ("rhel", "7", "2024-06-30"),
    ("rhel", "8", "2029-05-31"), ("rhel", "9", "2032-05-31"), ("rhel", "10", "2035-05-31"),
    ("rocky", "8", "2029-05-31"), ("rocky", "9", "2032-05-31"), ("rocky", "10", "2035-05-31"),
    ("sles", "10.1", "2008-11-30"), ("sles", "10.2", "2010-04-11"), ("sles", "10.3", "2011-10-11"),
    ("sles", "10.4", "2013-07-31"), ("sles", "10", "2007-12-31"), ("sles", "11.1", "2012-08-31"),
    ("sles", "11.2", "2014-01-31"), ("sles", "11.3", "2016-01-31"), ("sles", "11.4", "2019-03-31"),
    ("sles", "11", "2010-12-31"), ("sles", "12.1", "2017-05-31"), ("sles", "12.2", "2018-03-31"),
    ("sles", "12.3", "2019-06-30"), ("sles", "12.4", "2020-06-30"), ("sles", "12.5", "2024-10-31"),
    ("sles", "12", "2016-06-30"), ("sles", "15.1", "2021-01-31"), ("sles", "15.2", "2021-12-31"),
    ("sles", "15.3", "2022-12-31"), ("sles", "15.4", "2023-12-31"), ("sles", "15.5", "2024-12-31"),
    ("sles", "15.6", "2025-12-31"), ("sles", "15.7", "2031-07-31"), ("sles", "15", "2019-12-31"),
    ("sles", "16.0", "2027-11-30"),
    ("ubuntu", "4.10", "2006-04-30"), ("ubuntu", "5.04", "2006-10-31"), ("ubuntu", "5.10", "2007-04-13"),
    ("ubuntu", "6.06", "2011-06-01"), ("ubuntu", "6.10", "2008-04-25"), ("ubuntu", "7.04", "2008-10-19"),
    ("ubuntu", "7.10", "2009-04-18"), ("ubuntu", "8.04", "2013-05-09"), ("ubuntu", "8.10", "2010-04-30"),
    ("ubuntu", "9.04", "2010-10-23"), ("ubuntu", "9.10", "2011-04-30"), ("ubuntu", "10.04", "2015-04-30"),
    ("ubuntu", "10.10", "2012-04-10"), ("ubuntu", "11.04", "2012-10-28"), ("ubuntu", "11.10", "2013-05-09"),
    ("ubuntu", "12.04", "2017-04-28"), ("ubuntu", "12.10", "2014-05-16"), ("ubuntu", "13.04", "2014-01-27"),
    ("ubuntu", "13.10", "2014-07-17"), ("ubuntu", "14.04", "2019-04-25"), ("ubuntu", "14.10", "2015-07-23"),
    ("ubuntu", "15.04", "2016-02-04"), ("ubuntu", "15.10", "2016-07-28"), ("ubuntu", "16.04", "2021-04-30"),
    ("ubuntu", "16.10", "2017-07-20"), ("ubuntu", "17.04", "2018-01-13"), ("ubuntu", "17.10", "2018-07-19"),
    ("ubuntu", "18.04", "2023-05-31"), ("ubuntu", "18.10", "2019-07-18"), ("ubuntu", "19.04", "2020-01-23"),
    ("ubuntu", "19.10", "2020-07-17"), ("ubuntu", "20.04", "2025-05-31"), ("ubuntu", "20.10", "2021-07-22"),
    ("ubuntu", "21.04", "2022-01-20"), ("ubuntu", "21.10", "2022-07-14"), ("ubuntu", "22.04", "2027-06-01"),
    ("ubuntu", "22.10", "2023-07-20"), ("ubuntu", "23.04", "2024-01-25"), ("ubuntu", "23.10", "2024-07-11"),
    ("ubuntu", "24.04", "2029-05-31"), ("ubuntu", "24.10", "2025-07-10"), ("ubuntu", "25.04", "2026-01-15"),
    ("ubuntu", "25.10", "2026-07-09"), ("ubuntu", "26.04", "2031-05-29"), ("ubuntu", "26.10", "2027-07-15"),
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
