//! Package URLs, exactly as the specification (ECMA-427) has them.
