//! The same tests in a module for each instruction set.

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
                    None => println!(
                        "SKIPPED {} on {}: this machine lacks it",
                        stringify!($op),
                        stringify!($set)
                    ),
                }
            })*
        }
    };
}
