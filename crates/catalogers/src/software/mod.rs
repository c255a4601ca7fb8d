//! Software recognised from its own bytes.
