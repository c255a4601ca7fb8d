//! What executables and archives say of themselves: Go, Rust, Java, and software recognised from its bytes.
