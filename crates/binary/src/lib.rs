//! What executables and archives say of themselves: Go build information, Rust dependency lists, .NET bundles,
//! Java archives, Python zipapps, and software recognised from its own bytes. Pure: bytes in, facts and problems out; every input is bounded.

pub mod dotnet;
mod executable;
pub mod go;
pub mod java;
pub mod rust;
pub mod software;
mod zip;
pub mod zipapp;

pub use executable::{Executable, Format, format};

/// Something in a file that could not be read; lower case, no full stop.
pub type Problem = String;

#[cfg(test)]
mod tests;
