//! Amounts of processor time, memory and disk that are written where nothing is said.

use std::fmt;

use crate::quantity::Quantity;

/// An amount, as it is written and as it compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    text: String,
    quantity: Quantity,
}

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmountError {
    /// The text.
    pub text: String,
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no quantity above zero: write `250m`, `1`, `128Mi` or `1Gi`", self.text)
    }
}

impl std::error::Error for AmountError {}

impl Amount {
    /// Reads a quantity as Kubernetes writes it.
    ///
    /// # Errors
    /// [`AmountError`] if it is none, or not above zero.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let quantity = Quantity::parse(text.trim()).filter(|q| Quantity::default() < *q);
        let quantity = quantity.ok_or_else(|| AmountError { text: text.to_owned() })?;
        Ok(Self { text: text.trim().to_owned(), quantity })
    }

    /// An amount of a resource in the unit it is usually written in, rounded up.
    pub(super) fn of(resource: &str, quantity: Quantity) -> Self {
        let text = quantity.rounded(resource == "cpu");
        let quantity = Quantity::parse(&text).unwrap_or(quantity);
        Self { text, quantity }
    }

    /// An amount of a resource that is not above a quantity.
    pub(super) fn below(resource: &str, quantity: Quantity) -> Self {
        let text = quantity.rounded_down(resource == "cpu");
        let quantity = Quantity::parse(&text).unwrap_or(quantity);
        Self { text, quantity }
    }

    /// Whether it amounts to less.
    #[must_use]
    pub fn is_below(&self, other: &Self) -> bool {
        self.quantity < other.quantity
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn quantity(&self) -> Quantity {
        self.quantity
    }
}

/// What a container gets of each resource: request and limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amounts {
    /// Processor time.
    pub cpu: (Amount, Amount),
    /// Memory.
    pub memory: (Amount, Amount),
    /// Disk of the node.
    pub ephemeral_storage: (Amount, Amount),
}

/// The defaults, request and limit of each resource; help and documentation name them.
pub const DEFAULTS: [(&str, &str, &str); 3] =
    [("cpu", "100m", "500m"), ("memory", "128Mi", "256Mi"), ("ephemeral-storage", "64Mi", "1Gi")];

impl Default for Amounts {
    fn default() -> Self {
        let fixed = |text: &str| Amount {
            text: text.to_owned(),
            quantity: Quantity::parse(text).unwrap_or_default(),
        };
        let [cpu, memory, storage] = DEFAULTS.map(|(_, request, limit)| (fixed(request), fixed(limit)));
        Self { cpu, memory, ephemeral_storage: storage }
    }
}

impl Amounts {
    /// Request and limit of a resource.
    pub(super) fn of(&self, resource: &str) -> Option<&(Amount, Amount)> {
        match resource {
            "cpu" => Some(&self.cpu),
            "memory" => Some(&self.memory),
            "ephemeral-storage" => Some(&self.ephemeral_storage),
            _ => None,
        }
    }
}
