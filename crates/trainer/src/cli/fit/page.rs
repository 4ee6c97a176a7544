//! What the page tells.

use report::fit::{FitPage, Front, Tried as Row, Winner};
use run::numbers::grouped;
use word_list::Counted;

use super::Args;
use super::budget::Budget;
use super::last::Finished;
use super::plan::{Rung, epochs};
use super::rungs::{Ladder, Tried};

/// The page of what is known so far.
pub fn page(
    args: &Args,
    ladder: &Ladder<'_>,
    budget: &Budget,
    rungs: &[Rung],
    tried: &[Tried],
    winner: Option<(&Tried, &Finished)>,
) -> String {
    let row = |one: &Tried| Row {
        name: one.candidate.net.clone(),
        flash: one.candidate.cost.flash() as u64,
        ram: one.candidate.cost.sizes.ram as u64,
        instructions: one.candidate.cost.instructions,
        errors: one.errors.clone(),
        failed: one.failed.clone(),
    };
    let plan: Vec<String> = rungs
        .iter()
        .map(|rung| format!("{} up to epoch {}", rung.networks, rung.epochs))
        .collect();
    let facts = vec![
        ("budget".into(), budget.words()),
        (
            "plan".into(),
            format!("{}; {} epochs in all", plan.join(", "), epochs(rungs)),
        ),
        (
            "residual map".into(),
            format!("{} bits", args.residual_bits),
        ),
        (
            "compared on".into(),
            format!(
                "{}; of networks that err alike the one with fewer bytes of flash goes on",
                Counted(ladder.compared, "validation image")
            ),
        ),
    ];
    let winner = winner.map(|(one, finished)| Winner {
        name: one.candidate.net.clone(),
        keeps: finished.keeps(budget),
        facts: facts_of(budget, one, finished),
        compiled: finished.object.is_ok(),
    });
    FitPage {
        title: format!("{} on a {}", ladder.dataset, budget.core.title()),
        facts,
        core: budget.core.title().into(),
        limits: Front {
            flash: budget.flash as f64,
            ram: budget.ram as f64,
            instructions: budget.instructions.map(|max| max as f64),
        },
        tried: tried.iter().map(row).collect(),
        winner,
        writer: ("onebit fit".into(), crate::VERSION.into()),
    }
    .page()
}

fn facts_of(budget: &Budget, one: &Tried, finished: &Finished) -> Vec<(String, String)> {
    let bytes = |bytes: usize| grouped(bytes as u64);
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut add = |what: &str, value: String| facts.push((what.into(), value));
    if let Some(error) = one.last() {
        add("validation error", format!("{error:.2} %"));
    }
    let result = &finished.result;
    add(
        "test error",
        format!(
            "{:.2} %, {} of {} images",
            result.test_error_percent, result.wrong, result.images
        ),
    );
    add(
        "test error in integers, as the device computes",
        format!("{:.2} %", finished.integers.error_percent()),
    );
    add(
        "constants and static memory",
        format!(
            "{} and {} bytes",
            bytes(finished.cost.sizes.flash),
            bytes(finished.cost.sizes.ram)
        ),
    );
    match &finished.object {
        Ok(object) => {
            add(
                "compiled with -O2",
                format!(
                    "{} bytes of flash, {} of RAM",
                    bytes(object.flash),
                    bytes(object.ram)
                ),
            );
            add("compiler", object.compiler.clone());
        }
        Err(why) => {
            add(
                "flash with the bound of the code",
                format!("{} bytes", bytes(finished.cost.flash())),
            );
            add("compiled", format!("nothing: {why}"));
        }
    }
    let instructions = finished.cost.instructions.map_or_else(
        || "no model estimates them".into(),
        |count| {
            format!(
                "{} on a {}, by the model, which errs by up to 5 %",
                grouped(count),
                budget.core.title()
            )
        },
    );
    add("instructions for an image", instructions);
    add(
        "not counted",
        "the caller’s image and the stack, at most 1,024 bytes".into(),
    );
    facts
}
