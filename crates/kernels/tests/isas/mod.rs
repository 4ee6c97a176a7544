//! The same tests in a module for each instruction set.

use std::io::Write;

/// Says that a test is skipped, past the test harness, which shows what passing tests print to nobody.
pub fn skipped(test: &str) {
    let line = format!("SKIPPED {test}: this machine lacks it\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// `suite!(one two)` makes of functions `one(isa)` and `two(isa)` tests `portable::one`, `avx2::one`, ….
macro_rules! suite {
    ($($op:ident)*) => {
        suite!(@ portable $($op)*);
        suite!(@ avx2 $($op)*);
        suite!(@ avx512 $($op)*);
    };
    (@ $set:ident $($op:ident)*) => {
        mod $set {
            use super::*;

            $(#[test]
            fn $op() {
                match Isa::named(stringify!($set)) {
                    Some(isa) => {
                        println!("covered {} on {}", stringify!($op), isa);
                        super::$op(isa);
                    }
                    None => super::isas::skipped(
                        concat!(stringify!($op), " on ", stringify!($set)),
                    ),
                }
            })*
        }
    };
}
