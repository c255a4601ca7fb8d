//! The last day on which a branch gets security updates without a further contract, as each project announces it. Where a
//! project names only a month or a quarter, its last day stands here; where it says no day, nothing.

/// A product whose project announces when its branches end.
pub(super) struct Product {
    name: &'static str,
    /// How its project writes it.
    pub(super) label: &'static str,
    /// Who announces the days.
    pub(super) source: &'static str,
    /// In the order of versions.
    pub(super) branches: &'static [(&'static str, End)],
}

/// What is known of a branch's end.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// The last day.
    On(&'static str),
    /// A day until which updates are promised, or follow from how the project releases.
    NotBefore(&'static str),
    /// A day that it did not outlast: the last one of the oldest branch that is listed.
    NotAfter(&'static str),
}
use End::{NotAfter, NotBefore, On};

impl End {
    pub(super) fn day(self) -> &'static str {
        match self {
            On(day) | NotBefore(day) | NotAfter(day) => day,
        }
    }
}

impl Product {
    /// The branch that `version` is of, and its end.
    pub(super) fn end(&self, version: &str) -> Option<(&'static str, End)> {
        let covers = |branch: &str| {
            let rest = version.strip_prefix(branch);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        self.branches.iter().find(|(branch, _)| covers(branch)).copied().or_else(|| self.before(version))
    }

    /// What follows for a version that is older than every branch.
    fn before(&self, version: &str) -> Option<(&'static str, End)> {
        let Some((branch, On(day))) = self.branches.first().copied() else { return None };
        let version = numbers(version);
        (!version.is_empty() && version < numbers(branch)).then_some((branch, NotAfter(day)))
    }
}

/// The product that is recognised as `name`.
pub(super) fn product(name: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|p| p.name == name)
}

/// `1, 10` of `1.10rc2`.
fn numbers(version: &str) -> Vec<u64> {
    let digits = version.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    digits.split('.').map_while(|n| n.parse().ok()).collect()
}

/// Each looked up in November 2026 in what its source said then or, where that was not at hand, in what endoflife.date
/// says of it. The quarters of HAProxy end with their last day. Go maintains a release until there are two newer ones,
/// which come in February and August; nginx retires its branches in April; OpenSSL maintains what is no long-term release
/// for thirteen months at least; Perl patches what is three years old. Java is Temurin's, which says *at least* of the
/// long-term releases, and before 16 Oracle's; other builds of those may last longer.
#[rustfmt::skip]
const PRODUCTS: &[Product] = &[
    Product { name: "dotnet", label: ".NET", source: "dotnet.microsoft.com/platform/support/policy", branches: &[
        ("1.0", On("2019-06-27")), ("1.1", On("2019-06-27")), ("2.0", On("2018-10-01")), ("2.1", On("2021-08-21")),
        ("2.2", On("2019-12-23")), ("3.0", On("2020-03-03")), ("3.1", On("2022-12-13")), ("5", On("2022-05-10")),
        ("6", On("2024-11-12")), ("7", On("2024-05-14")), ("8", On("2026-11-10")), ("9", On("2026-11-10")),
        ("10", On("2028-11-14")),
    ] },
    Product { name: "go", label: "Go", source: "go.dev/doc/devel/release", branches: &[
        ("1.10", On("2019-02-25")), ("1.11", On("2019-09-03")), ("1.12", On("2020-02-25")),
        ("1.13", On("2020-08-11")), ("1.14", On("2021-02-16")), ("1.15", On("2021-08-16")),
        ("1.16", On("2022-03-15")), ("1.17", On("2022-08-02")), ("1.18", On("2023-02-01")),
        ("1.19", On("2023-09-06")), ("1.20", On("2024-02-06")), ("1.21", On("2024-08-13")),
        ("1.22", On("2025-02-11")), ("1.23", On("2025-08-12")), ("1.24", On("2026-02-11")),
        ("1.25", On("2026-08-19")), ("1.26", NotBefore("2027-01-31")), ("1.27", NotBefore("2027-07-31")),
    ] },
    Product { name: "haproxy", label: "HAProxy", source: "www.haproxy.org", branches: &[
        ("1.7", On("2021-12-31")), ("1.8", On("2022-12-09")), ("1.9", On("2020-07-31")), ("2.0", On("2024-04-05")),
        ("2.1", On("2021-03-18")), ("2.2", On("2025-04-23")), ("2.3", On("2022-07-27")), ("2.4", On("2026-06-30")),
        ("2.5", On("2023-05-02")), ("2.6", On("2027-06-30")), ("2.7", On("2024-04-05")), ("2.8", On("2028-06-30")),
        ("2.9", On("2025-03-21")), ("3.0", On("2029-06-30")), ("3.1", On("2026-03-31")), ("3.2", On("2030-06-30")),
        ("3.3", On("2027-03-31")),
    ] },
    Product { name: "httpd", label: "Apache httpd", source: "httpd.apache.org", branches: &[
        ("1.3", On("2010-02-03")), ("2.0", On("2013-07-10")), ("2.2", On("2017-07-11")),
    ] },
    Product { name: "mariadb", label: "MariaDB", source: "mariadb.org/about/#maintenance-policy", branches: &[
        ("5.1", On("2015-02-01")), ("5.2", On("2015-11-10")), ("5.3", On("2017-03-01")), ("5.5", On("2020-04-11")),
        ("10.0", On("2019-03-31")), ("10.1", On("2020-10-17")), ("10.2", On("2022-05-23")),
        ("10.3", On("2023-05-25")), ("10.4", On("2024-06-18")), ("10.5", On("2025-06-24")),
        ("10.6", On("2026-07-06")), ("10.7", On("2023-02-09")), ("10.8", On("2023-05-20")),
        ("10.9", On("2023-08-22")), ("10.10", On("2023-11-17")), ("10.11", On("2028-02-16")),
        ("11.0", On("2024-06-06")), ("11.1", On("2024-08-21")), ("11.2", On("2024-11-21")),
        ("11.3", On("2024-05-29")), ("11.4", On("2029-05-29")), ("11.5", On("2024-11-21")),
        ("11.6", On("2025-02-13")), ("11.7", On("2025-05-12")), ("11.8", On("2028-06-04")),
        ("12.0", On("2025-11-18")), ("12.1", On("2026-02-13")), ("12.2", On("2026-05-13")),
        ("12.3", On("2029-06-30")),
    ] },
    Product { name: "mysql", label: "MySQL", source: "oracle.com, Lifetime Support Policy for technology", branches: &[
        ("5.5", On("2018-12-31")), ("5.6", On("2021-02-28")), ("5.7", On("2023-10-31")), ("8.0", On("2026-04-30")),
        ("8.1", On("2023-10-25")), ("8.2", On("2023-12-14")), ("8.3", On("2024-04-10")), ("8.4", On("2032-04-30")),
        ("9.0", On("2024-10-15")), ("9.1", On("2025-01-21")), ("9.2", On("2025-04-15")), ("9.3", On("2025-07-22")),
        ("9.4", On("2025-10-21")), ("9.5", On("2026-01-20")), ("9.6", On("2026-04-21")),
    ] },
    Product { name: "nginx", label: "nginx", source: "nginx.org and its versioning policy", branches: &[
        ("1.0", On("2012-04-23")), ("1.2", On("2013-04-24")), ("1.4", On("2014-04-24")), ("1.6", On("2015-04-21")),
        ("1.8", On("2016-04-26")), ("1.10", On("2017-04-12")), ("1.12", On("2018-04-17")), ("1.14", On("2019-04-23")),
        ("1.16", On("2020-04-20")), ("1.18", On("2021-04-20")), ("1.19", On("2021-05-25")),
        ("1.20", On("2022-05-24")), ("1.21", On("2022-06-21")), ("1.22", On("2023-04-11")),
        ("1.23", On("2023-05-23")), ("1.24", On("2024-04-23")), ("1.25", On("2024-05-29")),
        ("1.26", On("2025-04-23")), ("1.27", On("2025-06-24")), ("1.28", On("2026-04-14")),
        ("1.29", On("2026-05-13")), ("1.30", NotBefore("2027-03-31")), ("1.31", NotBefore("2027-03-31")),
    ] },
    Product { name: "node", label: "Node.js", source: "github.com/nodejs/Release, schedule.json", branches: &[
        ("0.8", On("2014-07-31")), ("0.10", On("2016-10-31")), ("0.12", On("2016-12-31")), ("4", On("2018-04-30")),
        ("5", On("2016-06-30")), ("6", On("2019-04-30")), ("7", On("2017-06-30")), ("8", On("2019-12-31")),
        ("9", On("2018-06-30")), ("10", On("2021-04-30")), ("11", On("2019-06-01")), ("12", On("2022-04-30")),
        ("13", On("2020-06-01")), ("14", On("2023-04-30")), ("15", On("2021-06-01")), ("16", On("2023-09-11")),
        ("17", On("2022-06-01")), ("18", On("2025-04-30")), ("19", On("2023-06-01")), ("20", On("2026-04-30")),
        ("21", On("2024-06-01")), ("22", On("2027-04-30")), ("23", On("2025-06-01")), ("24", On("2028-04-30")),
        ("25", On("2026-06-01")), ("26", On("2029-04-30")),
    ] },
    Product { name: "openjdk", label: "Java", source: "adoptium.net/support, jdk.java.net", branches: &[
        ("8", NotBefore("2030-12-31")), ("9", On("2018-03-20")), ("10", On("2018-09-25")),
        ("11", NotBefore("2027-10-31")), ("12", On("2019-09-17")), ("13", On("2020-03-17")), ("14", On("2020-09-16")),
        ("15", On("2021-03-16")), ("16", On("2021-09-30")), ("17", NotBefore("2027-10-31")), ("18", On("2022-09-30")),
        ("19", On("2023-03-31")), ("20", On("2023-09-19")), ("21", NotBefore("2029-12-31")), ("22", On("2024-09-17")),
        ("23", On("2025-03-18")), ("24", On("2025-09-30")), ("25", NotBefore("2031-09-30")), ("26", On("2026-09-30")),
    ] },
    Product { name: "openssl", label: "OpenSSL", source: "openssl-library.org/policies/releasestrat", branches: &[
        ("1.0.2", On("2019-12-31")), ("1.1.0", On("2019-09-11")), ("1.1.1", On("2023-09-11")),
        ("3.0", On("2026-09-07")), ("3.1", On("2025-03-14")), ("3.2", On("2025-11-23")), ("3.3", On("2026-04-09")),
        ("3.4", On("2026-10-22")), ("3.5", On("2030-04-08")), ("3.6", On("2026-11-01")),
        ("4.0", NotBefore("2027-05-14")),
    ] },
    Product { name: "perl", label: "Perl", source: "perldoc.perl.org/perlpolicy", branches: &[
        ("5.26", On("2020-05-30")), ("5.28", On("2021-06-23")), ("5.30", On("2022-05-22")),
        ("5.32", On("2023-06-20")), ("5.34", On("2024-05-20")), ("5.36", On("2025-05-27")),
        ("5.38", On("2026-07-02")), ("5.40", On("2027-06-09")), ("5.42", On("2028-07-03")),
    ] },
    Product { name: "php", label: "PHP", source: "www.php.net/supported-versions.php", branches: &[
        ("5.0", On("2005-09-05")), ("5.1", On("2006-08-24")), ("5.2", On("2011-01-06")), ("5.3", On("2014-08-14")),
        ("5.4", On("2015-09-14")), ("5.5", On("2016-07-21")), ("5.6", On("2018-12-31")), ("7.0", On("2019-01-10")),
        ("7.1", On("2019-12-01")), ("7.2", On("2020-11-30")), ("7.3", On("2021-12-06")), ("7.4", On("2022-11-28")),
        ("8.0", On("2023-11-26")), ("8.1", On("2025-12-31")), ("8.2", On("2026-12-31")), ("8.3", On("2027-12-31")),
        ("8.4", On("2028-12-31")), ("8.5", On("2029-12-31")),
    ] },
    Product { name: "postgresql", label: "PostgreSQL", source: "www.postgresql.org/support/versioning", branches: &[
        ("8.0", On("2010-10-01")), ("8.1", On("2010-11-08")), ("8.2", On("2011-12-05")), ("8.3", On("2013-02-07")),
        ("8.4", On("2014-07-24")), ("9.0", On("2015-10-08")), ("9.1", On("2016-10-27")), ("9.2", On("2017-11-09")),
        ("9.3", On("2018-11-08")), ("9.4", On("2020-02-13")), ("9.5", On("2021-02-11")), ("9.6", On("2021-11-11")),
        ("10", On("2022-11-10")), ("11", On("2023-11-09")), ("12", On("2024-11-14")), ("13", On("2025-11-13")),
        ("14", On("2026-11-12")), ("15", On("2027-11-11")), ("16", On("2028-11-09")), ("17", On("2029-11-08")),
        ("18", On("2030-11-14")),
    ] },
    Product { name: "python", label: "Python", source: "devguide.python.org/versions", branches: &[
        ("2.6", On("2013-10-29")), ("2.7", On("2020-01-01")), ("3.0", On("2009-06-27")), ("3.1", On("2012-04-09")),
        ("3.2", On("2016-02-20")), ("3.3", On("2017-09-29")), ("3.4", On("2019-03-18")), ("3.5", On("2020-09-30")),
        ("3.6", On("2021-12-23")), ("3.7", On("2023-06-27")), ("3.8", On("2024-10-07")), ("3.9", On("2025-10-31")),
        ("3.10", On("2026-10-31")), ("3.11", On("2027-10-31")), ("3.12", On("2028-10-31")),
        ("3.13", On("2029-10-31")), ("3.14", On("2030-10-31")), ("3.15", On("2031-10-31")),
    ] },
    Product { name: "redis", label: "Redis", source: "github.com/redis/redis/security", branches: &[
        ("5.0", On("2022-04-27")), ("6.0", On("2022-05-31")), ("7.0", On("2024-07-29")),
    ] },
    Product { name: "ruby", label: "Ruby", source: "www.ruby-lang.org/en/downloads/branches", branches: &[
        ("1.9", On("2015-02-23")), ("2.0", On("2016-02-24")), ("2.1", On("2017-03-31")), ("2.2", On("2018-03-31")),
        ("2.3", On("2019-03-31")), ("2.4", On("2020-03-31")), ("2.5", On("2021-03-31")), ("2.6", On("2022-03-31")),
        ("2.7", On("2023-03-31")), ("3.0", On("2024-04-23")), ("3.1", On("2025-03-31")), ("3.2", On("2026-03-31")),
        ("3.3", On("2027-03-31")), ("3.4", On("2028-03-31")), ("4.0", On("2029-03-31")),
    ] },
    Product { name: "valkey", label: "Valkey", source: "valkey.io/topics/releases", branches: &[
        ("7.2", On("2029-04-16")), ("8.0", On("2027-09-15")), ("8.1", On("2030-03-31")), ("9.0", On("2028-10-21")),
    ] },
];

#[cfg(test)]
mod tests {
    use super::{PRODUCTS, numbers, product};

    fn end(name: &str, version: &str) -> Option<(&'static str, &'static str)> {
        product(name).unwrap().end(version).map(|(branch, end)| (branch, end.day()))
    }

    #[test]
    fn a_release_ends_with_its_branch() {
        assert_eq!(end("python", "3.10.13"), Some(("3.10", "2026-10-31")));
        assert_eq!(end("python", "3.1.5"), Some(("3.1", "2012-04-09")));
        assert_eq!(end("openssl", "1.1.1w"), Some(("1.1.1", "2023-09-11")));
        assert_eq!(end("node", "0.10.48"), Some(("0.10", "2016-10-31")));
        assert_eq!(end("openjdk", "8.0_392"), Some(("8", "2030-12-31")));
    }

    #[test]
    fn what_is_older_than_every_branch_ended_with_the_oldest() {
        assert_eq!(end("redis", "2.8.24"), Some(("5.0", "2022-04-27")));
        assert_eq!(end("openssl", "0.9.8zh"), Some(("1.0.2", "2019-12-31")));
    }

    #[test]
    fn what_is_newer_or_between_is_not_known() {
        for (name, version) in [
            ("python", "3.16.0"),
            ("httpd", "2.4.62"),
            ("nginx", "1.17.3"),
            ("node", ""),
            ("node", "x"),
            ("openjdk", "7.0_80"),
        ] {
            assert_eq!(end(name, version), None, "{name} {version}");
        }
    }

    #[test]
    fn every_day_is_a_date_and_every_list_in_order() {
        assert!(PRODUCTS.is_sorted_by_key(|p| p.name));
        for product in PRODUCTS {
            assert!(product.branches.is_sorted_by_key(|(branch, _)| numbers(branch)), "{}", product.name);
            for (branch, end) in product.branches {
                assert!(end.day().parse::<model::Timestamp>().is_ok(), "{} {branch}", product.name);
            }
        }
    }
}
