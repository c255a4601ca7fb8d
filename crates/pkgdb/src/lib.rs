//! Package databases of distributions: dpkg, apk, rpm.
