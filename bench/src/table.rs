//! The table that a run prints.

/// A figure.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// The figure.
    pub(crate) figure: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// What the same run measured beside it, or a figure that others published.
    pub(crate) reference: Option<(f64, &'static str)>,
    /// The target in words.
    pub(crate) target: String,
    /// Met or not; `None` without a target.
    pub(crate) met: Option<bool>,
}

impl Row {
    /// A figure alone.
    pub(crate) fn new(what: impl Into<String>, figure: f64, unit: &'static str) -> Self {
        Self { what: what.into(), figure, unit, reference: None, target: String::new(), met: None }
    }

    /// With a reference.
    pub(crate) fn beside(mut self, figure: f64, name: &'static str) -> Self {
        self.reference = Some((figure, name));
        self
    }

    /// With a target: the figure itself may be at most `max`.
    pub(crate) fn at_most(mut self, max: f64) -> Self {
        self.target = format!("at most {} {}", number(max), self.unit);
        self.met = Some(self.figure <= max);
        self
    }

    /// With a target: the figure may be at most `times` the reference.
    pub(crate) fn at_most_times(mut self, times: f64) -> Self {
        let reference = self.reference.map_or(0.0, |r| r.0);
        self.target = format!("at most {} x", number(times));
        self.met = Some(self.figure <= times * reference);
        self
    }

    /// With a target: the figure must be at least `times` the reference.
    pub(crate) fn at_least_times(mut self, times: f64) -> Self {
        let reference = self.reference.map_or(0.0, |r| r.0);
        self.target = format!("at least {} x", number(times));
        self.met = Some(times * reference <= self.figure);
        self
    }

    /// With a target: the figure may be at most `more` above the reference.
    pub(crate) fn at_most_above(mut self, more: f64) -> Self {
        let reference = self.reference.map_or(0.0, |r| r.0);
        self.target = format!("at most {} {} more", number(more), self.unit);
        self.met = Some(self.figure <= reference + more);
        self
    }

    fn cells(&self) -> [String; 7] {
        let (reference, ratio) = match self.reference {
            Some((figure, name)) => {
                let ratio =
                    if figure == 0.0 { String::new() } else { format!("{:.2}", self.figure / figure) };
                (format!("{} {name}", number(figure)), ratio)
            }
            None => (String::new(), String::new()),
        };
        let met = match self.met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "",
        };
        let [figure, unit] = [number(self.figure), self.unit.to_owned()];
        [self.what.clone(), figure, unit, reference, ratio, self.target.clone(), met.to_owned()]
    }
}

/// Three figures that count, no more.
fn number(n: f64) -> String {
    match n.abs() {
        a if 100.0 <= a || a.fract() == 0.0 => format!("{n:.0}"),
        a if 10.0 <= a => format!("{n:.1}"),
        a if 0.1 <= a => format!("{n:.2}"),
        _ => format!("{n:.4}"),
    }
}

/// The rows under a head, in Markdown.
pub(crate) fn text(rows: &[Row]) -> String {
    let head = ["what", "figure", "unit", "reference", "ratio", "target", ""].map(str::to_owned);
    let cells: Vec<[String; 7]> = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| cells.iter().map(|c| c[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..7).map(width).collect();
    let mut out = String::new();
    for (n, row) in cells.iter().enumerate() {
        let line: Vec<String> = row.iter().zip(&widths).map(|(c, w)| format!("{c:<w$}")).collect();
        out.push_str(&format!("| {} |\n", line.join(" | ")));
        if n == 0 {
            let rule: Vec<String> = widths.iter().map(|w| "-".repeat(*w + 2)).collect();
            out.push_str(&format!("|{}|\n", rule.join("|")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_it_is_held_against() {
        let row = Row::new("scan", 0.5, "s").beside(0.4, "floor").at_most_times(1.3);
        assert_eq!(row.met, Some(true));
        assert_eq!(Row::new("scan", 0.6, "s").beside(0.4, "floor").at_most_times(1.3).met, Some(false));
        assert_eq!(Row::new("peak", 150.0, "MiB").beside(60.0, "floor").at_most_above(100.0).met, Some(true));
        assert!(text(&[row]).contains("| 0.40 floor | 1.25  | at most 1.30 x | met |"));
    }
}
