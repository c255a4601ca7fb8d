//! Cleaning, cutting, wrapping.

use crate::text::{bytes, clean, escape, fit, pad, thousands, width, wrap};

#[test]
fn text_of_others_cannot_drive_the_terminal_or_hide() {
    assert_eq!(clean("a\x1b[31mb"), "a\\u{1b}[31mb");
    assert_eq!(clean("evil\u{202e}gnp.exe"), "evil\\u{202e}gnp.exe");
    assert_eq!(clean("two\nlines\tand\r"), "two lines and");
    assert_eq!(clean("zero\u{200b}width"), "zero\\u{200b}width");
    assert_eq!(clean("c1 \u{9b}31m"), "c1 \\u{9b}31m");
    assert_eq!(clean("plain ünïcode 漢字"), "plain ünïcode 漢字");
}

#[test]
fn text_is_cut_and_padded_by_columns_not_by_characters() {
    assert_eq!(width("漢字"), 4);
    assert_eq!(fit("漢字漢字", 5, "…"), "漢字…");
    assert_eq!(fit("short", 5, "…"), "short");
    assert_eq!(fit("longer", 0, "…"), "");
    assert_eq!(pad("漢", 4), "漢  ");
}

#[test]
fn words_wrap_and_endless_words_break() {
    assert_eq!(wrap("one two three four", 9), ["one two", "three", "four"]);
    assert_eq!(wrap(&"x".repeat(20), 8), ["x".repeat(8), "x".repeat(8), "x".repeat(4)]);
    assert!(wrap("   ", 10).is_empty());
}

#[test]
fn numbers_read_well() {
    assert_eq!(thousands(1_234_567), "1,234,567");
    assert_eq!(thousands(999), "999");
    assert_eq!(bytes(1), "1 byte");
    assert_eq!(bytes(1536), "1.5 KiB");
    assert_eq!(bytes(u64::MAX), "16383.9 PiB");
}

#[test]
fn markup_is_escaped() {
    assert_eq!(escape("<script>\"'&"), "&lt;script&gt;&quot;&#39;&amp;");
}

#[test]
fn the_scope_of_a_package_calls_nobody_in_a_merge_request() {
    assert_eq!(crate::markdown::plain("@babel/core"), "@\u{2060}babel/core");
    assert_eq!(crate::markdown::plain("a|<b>"), "a\\|\\<b\\>");
}
