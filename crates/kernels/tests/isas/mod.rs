//! The same tests in a module for each instruction set.

/// `suite!(one two)` makes of functions `one(isa)` and `two(isa)` tests `portable::one`, `avx2::one`, ….
macro_rules! suite {
    ($($op:ident)*) => {
        suite!(@ portable, Some(Isa::portable()), $($op)*);
        suite!(@ avx2, Isa::avx2(), $($op)*);
        suite!(@ avx512, Isa::avx512(), $($op)*);
    };
    (@ $module:ident, $isa:expr, $($op:ident)*) => {
        mod $module {
            use super::*;

            $(#[test]
            fn $op() {
                match $isa {
                    Some(isa) => {
                        println!("covered {} on {}", stringify!($op), isa);
                        super::$op(isa);
                    }
                    None => println!(
                        "SKIPPED {} on {}: this machine lacks it",
                        stringify!($op),
                        stringify!($module)
                    ),
                }
            })*
        }
    };
}
