//! The values of a gate: Kleene's three, and "says nothing of this kind of thing".

/// What an expression says of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    /// True or false, nobody at hand knows which.
    Unknown,
    /// The word does not speak of this kind of thing (`severity` of a control).
    Irrelevant,
}

impl Truth {
    pub(super) fn of(b: bool) -> Self {
        if b { Self::True } else { Self::False }
    }

    /// An absent value is an unknown one.
    pub(super) fn of_known(b: Option<bool>) -> Self {
        b.map_or(Self::Unknown, Self::of)
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            other => other,
        }
    }

    /// Irrelevant if any part is: a thing must be spoken of by every part to match.
    pub(super) fn all(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self::True, |sum, part| match (sum, part) {
            (Self::Irrelevant, _) | (_, Self::Irrelevant) => Self::Irrelevant,
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::True, Self::True) => Self::True,
        })
    }

    /// Irrelevant parts are left out; irrelevant if nothing is left.
    pub(super) fn any(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self::Irrelevant, |sum, part| match (sum, part) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Irrelevant, Self::Irrelevant) => Self::Irrelevant,
        })
    }
}
