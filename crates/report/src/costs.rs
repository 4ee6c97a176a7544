//! The table of what the networks cost.

use maud::{Markup, html};
use run::numbers::{grouped, size};

use super::folder::Run;
use super::tables::{boxed, named};

/// What the networks cost.
pub fn table(runs: &[Run]) -> Markup {
    let table = html! {
        table {
            thead { tr {
                th scope="col" { "run" }
                th.number scope="col" { "1-bit weights" }
                th.number scope="col" { "float weights" }
                th.number scope="col" { "size" }
                th.number scope="col" { "additions" }
                th.number scope="col" { "multiplications" }
                th.number scope="col" { "peak activations" }
            } }
            tbody {
                @for (index, run) in runs.iter().enumerate() {
                    @let totals = &run.summary.totals;
                    tr {
                        th scope="row" { (named(index, run)) span.aside.differs { (run.config.net) ", " (run.config.weights) } }
                        td.number { (grouped(totals.one_bit_weights)) span.aside { (size(totals.one_bit_weights.div_ceil(8))) } }
                        td.number { (grouped(totals.float_weights)) span.aside { (size(4 * totals.float_weights)) } }
                        td.number {
                            strong { (size(totals.bytes)) }
                            @if totals.one_bit_weights > 0 { span.aside { (size(4 * (totals.one_bit_weights + totals.float_weights))) " in 32 bits" } }
                        }
                        td.number { (grouped(totals.additions)) }
                        td.number { (grouped(totals.multiplications)) }
                        td.number { (size(totals.peak_activation_bytes)) }
                    }
                }
            }
        }
    };
    boxed("Size and operations", &table)
}
