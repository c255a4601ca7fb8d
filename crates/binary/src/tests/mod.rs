//! Executables and archives written byte by byte, and what is read out of them.

mod bundle;
mod elf;
mod go;
mod java;
mod software;
