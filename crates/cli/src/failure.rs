//! Why a command gave no answer: what, where, what to do, and the exit code.

use std::fmt;

use flows::FlowError;

/// A failure of the command itself. What is wrong with a target is in its report instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The request makes no sense or the configuration is wrong.
    Usage(String),
    /// Something asked for could not be known.
    Unreadable(String),
}

impl Failure {
    /// Exit code of usage and configuration.
    pub(crate) const USAGE: u8 = 2;
    /// Exit code of what could not be known.
    pub(crate) const INCOMPLETE: u8 = 3;

    /// The exit code.
    pub(crate) fn exit(&self) -> u8 {
        match self {
            Self::Usage(_) => Self::USAGE,
            Self::Unreadable(_) => Self::INCOMPLETE,
        }
    }

    /// A usage error.
    pub(crate) fn usage(text: impl fmt::Display) -> Self {
        Self::Usage(text.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Unreadable(text) => write!(f, "error: {text}"),
        }
    }
}

impl From<FlowError> for Failure {
    fn from(e: FlowError) -> Self {
        match e {
            FlowError::Usage(text) => Self::Usage(text),
            FlowError::Unreadable(text) => Self::Unreadable(text),
        }
    }
}

impl From<config::ConfigError> for Failure {
    fn from(e: config::ConfigError) -> Self {
        Self::Usage(e.to_string())
    }
}
