//! Bills of materials: CycloneDX and SPDX, read, checked and written.
