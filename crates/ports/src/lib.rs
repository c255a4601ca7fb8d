//! One small trait per effect that a flow needs.
