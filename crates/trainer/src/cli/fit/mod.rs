//! `onebit fit`

mod amount;
mod budget;
mod json;
mod last;
mod pace;
mod page;
mod plan;
mod rungs;
mod settings;
mod space;

use std::path::{Path, PathBuf};

use embed::Core;
use graph::Net;
use run::RunDir;
use run::numbers::grouped;
use word_list::Counted;

use self::amount::{Bytes, Instructions};
use self::budget::Budget;
use self::last::{Finished, finished};
use self::pace::Pace;
use self::plan::Rung;
use self::rungs::{Ladder, Tried, ranked};
use self::settings::Settings;
use self::space::{Candidate, Task};
use super::sweep::processes::Processes;
use super::{DataRoot, export, out, runs, within};
use crate::train::Preflight;
use crate::{Error, named, say, shell, terminal};

/// What the help ends with.
const EXAMPLES: &str = "\
Examples:
  onebit fit --flash 64K --ram 48K --dataset ./photos --size 32
  onebit fit --flash 64K --ram 48K --dataset cifar10 --print    the plan alone
  onebit fit --flash 32K --ram 24K --instructions 20M --core m0plus \\
      --dataset mnist --epochs 30 --out runs/watch
Networks are compared on validation images. OUT/fit.html is the page,
OUT/winner the C source, OUT/candidates the runs; see docs/fit.md.";

/// Find and train the network with the least error for a device with this much flash and RAM
///
/// Networks within the budget are trained for a few epochs, the better ones for longer, the best to
/// the end. Constants and memory are counted to the byte, the size of code is a measured bound, and
/// instructions are the estimate of a model. Where the core's compiler is installed, the compiled
/// library is measured at the end. Ctrl-C saves what is under way; the same command again
/// continues.
#[derive(clap::Args)]
#[command(args_override_self = true, after_help = EXAMPLES)]
pub struct Args {
    /// Bytes of flash for the library, its code included: 65536, or 64K (K = 1024)
    #[arg(long, value_name = "BYTES")]
    flash: Bytes,
    /// Bytes of static memory for the library; the image and the stack (at most 1 KB) come on top
    #[arg(long, value_name = "BYTES")]
    ram: Bytes,
    /// Instructions for an image, such as 20M (M = a million); 5 % are kept free, as they are
    /// estimated
    #[arg(long, value_name = "N")]
    instructions: Option<Instructions>,
    /// The processor: m4, m0plus or rv32
    #[arg(long, default_value = "m4", value_parser = str::parse::<Core>)]
    core: Core,
    #[command(flatten)]
    settings: Settings,
    /// Families of networks, separated by commas: wrn, plain
    #[arg(long, value_name = "LIST", default_value = "wrn")]
    families: String,
    /// Networks to begin with
    #[arg(long, value_name = "N", default_value_t = 12)]
    candidates: usize,
    /// The share of the networks that is trained further after each cycle of the learning rate
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    keep: f64,
    /// Epochs of the best network
    #[arg(long, value_name = "N", default_value_t = 62)]
    epochs: usize,
    /// Bits of the map that skip connections add to, 8 or 16
    #[arg(long, value_name = "BITS", default_value_t = 8)]
    residual_bits: u8,
    /// Networks to train at once, each on its share of the threads
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: usize,
    /// Print the plan and the networks that would be trained, with what they take, and train
    /// nothing
    #[arg(long, visible_alias = "dry-run")]
    print: bool,
    /// Folder for the page, the C source and the runs [default: runs/fit-DATASET-CORE-FLASH-RAM]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print what came of it as one line of JSON, and all else to the standard error
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    root: DataRoot,
}

/// The most networks that are trained, and the most of them at once.
const MAX_CANDIDATES: usize = 200;
const MAX_JOBS: usize = 1024;

/// The folder of the candidates' runs.
const RUNS: &str = "candidates";
/// The folder of what they print.
const LOGS: &str = "logs";
/// The page, and the network that goes to the device: as a packed file and as C.
const PAGE: &str = "fit.html";
const PACKED: &str = "winner.onebit";
const SOURCE: &str = "winner";

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    if args.json {
        terminal::take_output();
    }
    within("--candidates", args.candidates, MAX_CANDIDATES)?;
    within("--jobs", args.jobs, MAX_JOBS)?;
    if !(args.keep > 0.0 && args.keep < 1.0) {
        return Err(Error::Usage(format!(
            "--keep {}: expected a share between 0 and 1, such as 0.5",
            args.keep
        )));
    }
    if ![8, 16].contains(&args.residual_bits) {
        return Err(Error::Usage(format!(
            "--residual-bits {}: expected 8 or 16",
            args.residual_bits
        )));
    }
    args.settings.must_be_writable()?;
    if let Some(data) = &args.root.data {
        shell::must_be_writable("--data", data)?;
    }
    let budget = Budget {
        flash: args.flash.0,
        ram: args.ram.0,
        instructions: args.instructions.map(|max| max.0),
        core: args.core,
    };
    let families = space::families(&args.families)?;
    let any: Net = "wrn-8-1".parse()?;
    let config = args.settings.config(&any, args.epochs)?;
    let out = args.out.clone().unwrap_or_else(|| {
        runs().join(format!(
            "fit-{}-{}-{}-{}",
            config.dataset.name(),
            args.core,
            args.flash.0,
            args.ram.0
        ))
    });
    shell::must_be_writable("--out", &out)?;
    out::must_be_folder(&out, "--out", "what comes of it")?;
    if !args.print {
        must_be_ours(&out)?;
    }
    // What cannot be is told before images are read.
    plan::rungs(&config, args.epochs, args.candidates, args.keep)?;
    let root = args.root.path();
    let images = Preflight::load(&config, &root)?;
    let (input, class_names) = images.seen();
    let task = Task {
        input,
        class_names,
        eight_bits: args.residual_bits == 8,
    };
    let of = |net: Net| args.settings.config(&net, args.epochs);
    let all = space::all(&families, &task, &budget, of)?;
    let count = all.len();
    let chosen = space::chosen(all, args.candidates);
    let rungs = plan::rungs(&config, args.epochs, chosen.len(), args.keep)?;
    say(&format!("budget: {}", budget.words()));
    say(&format!(
        "{} of {} within the budget, {} of them are trained:",
        Counted(count, "network"),
        families.join(" and "),
        chosen.len()
    ));
    table(&chosen);
    let compared = images.validation();
    let held_out = match args.settings.holds_out_by_itself(&any)? {
        true => ", 0.1 of the training images, which are held out",
        false => "",
    };
    say(&format!(
        "compared on {}{held_out}; of networks that err alike the one with fewer bytes of flash goes on",
        Counted(compared, "validation image")
    ));
    planned(&rungs, images.steps(&config)?, config.batch_size);
    let tell_json = |tried: &[Tried], winner: Option<json::Winner>| {
        if args.json {
            let line = json::Line {
                out: out.display().to_string(),
                validation_images: compared,
                winner,
                networks: tried.iter().map(json::Network::from).collect(),
            };
            terminal::put_json(&serde_json::to_string(&line).expect("numbers are JSON"));
        }
    };
    if args.print {
        let tried: Vec<Tried> = chosen.into_iter().map(Tried::new).collect();
        tell_json(&tried, None);
        return Ok(());
    }
    say("how long that takes is told once the first network is done");
    for candidate in &chosen {
        images.must_take(&args.settings.config(&candidate.net.parse()?, args.epochs)?)?;
    }
    drop(images);
    RunDir::must_be_makeable(&out)?;
    let processes = Processes::default();
    let ladder = Ladder {
        settings: &args.settings,
        dataset: config.dataset.name(),
        data: args.root.data.as_deref(),
        runs: out.join(RUNS),
        logs: out.join(LOGS),
        jobs: args.jobs,
        processes: &processes,
        pace: Pace::new(&rungs, &chosen, args.jobs),
        compared,
    };
    let mut tried: Vec<Tried> = chosen.into_iter().map(Tried::new).collect();
    ladder.must_be_ours(&tried, rungs[0].epochs)?;
    let watch = processes.watch();
    let outcome = halving(args, &budget, &ladder, &rungs, &mut tried, &out, &root);
    drop(watch);
    if let Err(Error::Stopped(_)) = &outcome {
        say(&format!(
            "stopped; go on by the same command: {}",
            again(args)
        ));
    }
    tell_json(&tried, Some(outcome?));
    Ok(())
}

/// Refuses a folder in which what a search writes would be mixed with something else, or replace it.
fn must_be_ours(out: &Path) -> Result<(), Error> {
    let is_search = [RUNS, LOGS].iter().any(|name| out.join(name).is_dir());
    // Before hours of training: nothing is written through what somebody has put there.
    for file in [PAGE, PACKED] {
        out::must_be_own(out, file)?;
    }
    for folder in [RUNS, LOGS, SOURCE].map(|name| out.join(name)) {
        aside::must_be_own_folder(&folder).map_err(|e| Error::io("writing into", &folder, &e))?;
    }
    match is_search && !out.join("config.toml").exists() {
        true => Ok(()),
        false => RunDir::must_be_free(out)
            .map_err(|error| Error::Usage(format!("{error}; choose another --out"))),
    }
}

/// Trains rung after rung, and writes the page after each.
fn halving(
    args: &Args,
    budget: &Budget,
    ladder: &Ladder<'_>,
    rungs: &[Rung],
    tried: &mut [Tried],
    place: &Path,
    root: &Path,
) -> Result<json::Winner, Error> {
    let page = |tried: &[Tried], winner: Option<(&Tried, &Finished)>| {
        let text = page::page(args, ladder, budget, rungs, tried, winner);
        out::write_into(place, PAGE, text.as_bytes())
    };
    let mut left: Vec<usize> = (0..tried.len()).collect();
    for (number, rung) in rungs.iter().enumerate() {
        left.truncate(rung.networks);
        say(&format!(
            "rung {} of {}: {} up to epoch {}",
            number + 1,
            rungs.len(),
            Counted(left.len(), "network"),
            rung.epochs
        ));
        let mut climbing: Vec<&mut Tried> = tried
            .iter_mut()
            .enumerate()
            .filter_map(|(index, one)| left.contains(&index).then_some(one))
            .collect();
        ladder.climb(*rung, &mut climbing)?;
        left = ranked(tried, rung.epochs);
        if left.is_empty() {
            return Err(Error::Failed(format!(
                "all networks failed; see {}",
                named(&ladder.logs)
            )));
        }
        page(tried, None)?;
    }
    // Should the best take more than was told before it was trained, the next one comes to the end in its place.
    let last = rungs[rungs.len() - 1].epochs;
    let mut done: Vec<usize> = Vec::new();
    loop {
        let Some(index) = next(tried, &done, last) else {
            return Err(Error::Failed(format!(
                "no network stays within {} once it is compiled; see {}",
                budget.words(),
                named(&place.join(PAGE))
            )));
        };
        done.push(index);
        if tried[index].errors.last().is_none_or(|(at, _)| *at != last) {
            let rung = Rung {
                epochs: last,
                networks: 1,
            };
            ladder.climb(rung, &mut [&mut tried[index]])?;
        }
        if tried[index].failed.is_some() {
            continue;
        }
        let folder = ladder.folder(&tried[index].candidate.net);
        let finished = finished(&folder, root, args.residual_bits == 8, budget)?;
        page(tried, Some((&tried[index], &finished)))?;
        if finished.keeps(budget) {
            told(budget, &tried[index], &finished, place)?;
            return Ok(json::Winner::new(&tried[index], &finished));
        }
        say(&format!(
            "{}: trained and compiled it takes more than {}; the next one takes its place",
            tried[index].candidate.net,
            budget.words()
        ));
    }
}

/// The network that comes to the end next: the one with the least error of those that came furthest.
fn next(tried: &[Tried], done: &[usize], last: usize) -> Option<usize> {
    let ends = tried.iter().flat_map(|one| one.errors.last());
    let mut ends: Vec<usize> = ends.map(|(at, _)| *at).chain([last]).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut all = ends.into_iter().rev().flat_map(|at| ranked(tried, at));
    all.find(|index| !done.contains(index) && tried[*index].failed.is_none())
}

/// Writes what goes to the device, and tells of it.
fn told(budget: &Budget, best: &Tried, finished: &Finished, out: &Path) -> Result<(), Error> {
    let net = &best.candidate.net;
    export::write_for_device(
        &finished.model,
        &out.join(PACKED),
        &out.join(SOURCE),
        finished.measured(budget.core),
    )?;
    match &finished.object {
        Ok(object) => say(&format!(
            "{net}: compiled, {} bytes of flash and {} of RAM, by {}",
            grouped(object.flash as u64),
            grouped(object.ram as u64),
            object.compiler
        )),
        Err(why) => say(&format!(
            "{net}: nothing was compiled, its code is a bound: {why}"
        )),
    }
    say(&format!(
        "{net}: {} by the model, on a {}",
        budget::needs(&finished.cost),
        budget.core.title()
    ));
    if let Some(error) = best.last() {
        say(&format!("validation error: {error:.2} %"));
    }
    say(&finished.result.line());
    say(&format!(
        "in integers, as the device computes: {:.2} %",
        finished.integers.error_percent()
    ));
    say(&format!("page: {}", named(&out.join(PAGE))));
    Ok(())
}

fn table(chosen: &[Candidate]) {
    say(&format!(
        "{:<20} {:>10} {:>10} {:>14} {:>14}",
        "network", "flash", "RAM", "instructions", "MACs"
    ));
    for one in chosen {
        let instructions = one
            .cost
            .instructions
            .map_or_else(|| "unknown".into(), grouped);
        say(&format!(
            "{:<20} {:>10} {:>10} {:>14} {:>14}",
            one.net,
            grouped(one.cost.flash() as u64),
            grouped(one.cost.sizes.ram as u64),
            instructions,
            grouped(one.work)
        ));
    }
}

/// Tells the rungs, and how long they are.
fn planned(rungs: &[Rung], steps: usize, batch: usize) {
    let parts: Vec<String> = rungs
        .iter()
        .map(|rung| format!("{} up to epoch {}", rung.networks, rung.epochs))
        .collect();
    let epochs = plan::epochs(rungs);
    say(&format!("plan: {}", parts.join(", ")));
    say(&format!(
        "      {epochs} epochs in all, {} steps of up to {batch} images",
        grouped((epochs * steps) as u64)
    ));
}

/// The command that goes on: the same again.
fn again(args: &Args) -> String {
    let mut words = vec!["onebit fit".to_owned()];
    let mut add = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    add("--flash", args.flash.0.to_string());
    add("--ram", args.ram.0.to_string());
    if let Some(Instructions(count)) = args.instructions {
        add("--instructions", count.to_string());
    }
    add("--core", args.core.to_string());
    add("--families", shell::quoted(&args.families));
    add("--candidates", args.candidates.to_string());
    add("--keep", args.keep.to_string());
    add("--epochs", args.epochs.to_string());
    add("--residual-bits", args.residual_bits.to_string());
    add("--jobs", args.jobs.to_string());
    if let Some(out) = &args.out {
        add("--out", shell::folder(out));
    }
    if let Some(data) = &args.root.data {
        add("--data", shell::folder(data));
    }
    words.extend(args.settings.words());
    words.extend(args.json.then(|| "--json".to_owned()));
    words.join(" ")
}
