//! `onebit export`

mod examples;
mod formats;
mod hub;
mod onnx_flags;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use convert::onnx;
use convert::torch_float::{self, Trained};
use data::{Images, Source};
use embed::web::npm::PackageName;
use graph::Op;
use run::{About, Calibration, Margins, RunDir, TrainConfig};
use runtime::integer::{Network, residual_scales};
use runtime::{Model, Rejection, Storage};
use serde::Serialize;

use crate::carried::Named;
use crate::checkpoint::load_model;
use crate::cli::advice::other_data;
use crate::deploy::{activation_scales, deploy, pixels, preprocessing, trained};
use crate::footprint::Integers;
use crate::train::CALIBRATION_IMAGES;
use crate::{Error, carried, device, images, network, note, say, say_json};

use self::hub::Tested;
use self::onnx_flags::OnnxFlags;
use super::class_names::{ClassNames, named};
use super::{DataRoot, out};

/// Write a trained network in a form that needs no training program
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit export --run runs/mnist-wrn-20-4-1bit-1 --to onebit --out net.onebit
  onebit export --model net.onebit --to onnx --out net.onnx
  onebit export --model net.onebit --to onnx --batch 1 --out net.onnx
  onebit export --run run --to hub --out card                  to publish it
  onebit export --model net.onebit --to c --out firmware/net   for a board
  onebit export --model net.onebit --to web --out page         a page to try it
  onebit export --model net.onebit --to npm --out package      for JavaScript")]
#[command(group = clap::ArgGroup::new("network").required(true).args(["run", "model"]))]
#[command(override_usage = "\
onebit export [OPTIONS] --to <TO> --out <PATH>
                     <--run <DIR>|--model <FILE|NAME>>")]
pub struct Args {
    /// Folder of a run
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// A packed file, to calibrate it or to write it in another form, or the name of a built-in
    /// model (`onebit models`)
    #[arg(long, value_name = "FILE|NAME")]
    model: Option<PathBuf>,
    /// Form of the file
    #[arg(long, value_enum)]
    to: Format,
    /// File to write, or for `c`, `rust`, `web`, `npm` and `hub` the folder; `-` for the standard output
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// How the file holds the weights [default: float for onnx, signs for safetensors]
    #[arg(long, value_enum)]
    weights: Option<Weights>,
    /// Find the steps of 8-bit activations on training images of this dataset [default: the run's]
    #[arg(long, value_name = "DATASET")]
    calibrate: Option<String>,
    /// Find the steps on this many training images, in place of the steps that the run found on
    /// 128; 0 leaves the steps out
    #[arg(long, value_name = "N")]
    calibration_images: Option<usize>,
    /// Bits of the map that skip connections add to, in integer arithmetic [default: as the file
    /// has it, else 16]
    #[arg(long, value_enum, value_name = "BITS")]
    residual_bits: Option<ResidualBits>,
    /// Choose the threshold for "none of these" so that this share of the run's validation images
    /// keep their class; `off` for none [default: 0.95, where there are validation images]
    #[arg(
        long,
        value_name = "SHARE",
        requires = "run",
        allow_negative_numbers = true
    )]
    keep: Option<String>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    /// The word that functions, macros and files of C begin with, so that one program can have two
    /// networks; or the name of the Rust crate or npm package [default: onebit, onebit-network]
    #[arg(long, value_name = "NAME", visible_alias = "prefix")]
    name: Option<String>,
    /// The program that calls the C code gives the working memory, in place of static memory
    #[arg(long)]
    caller_memory: bool,
    /// Images for the page to try: a picture, or a dataset, of which it takes one test image of each class; repeatable
    #[arg(long, value_name = "FILE|DATASET")]
    examples: Vec<String>,
    #[command(flatten)]
    names: ClassNames,
    #[command(flatten)]
    root: DataRoot,
    #[command(flatten)]
    onnx: OnnxFlags,
}

/// What --json prints.
#[derive(Serialize)]
struct Line {
    out: Option<String>,
    form: String,
    weights: usize,
    /// Of all files together.
    bytes: usize,
    /// Whether 8-bit activations have their steps.
    calibrated: bool,
    /// What the network takes in integers; `null` in forms that do not compute in them alone.
    integers: Option<Integers>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// The packed file: a safetensors container in which a weight of 1bit takes one bit
    Onebit,
    /// For onnxruntime and others; it takes pixels 0-255 as they are
    Onnx,
    /// For PyTorch: 32-bit numbers, with the names of the paper's PyTorch port
    Safetensors,
    /// A folder for a model hub: a card, its config, the packed file, and a state dict
    Hub,
    /// A folder of portable C that computes in integers alone, for microcontrollers: a library for Arduino, PlatformIO,
    /// ESP-IDF, Zephyr, CMake and make
    C,
    /// A crate of Rust without `std`, heap or `unsafe` that computes the same integers; slower than the C
    Rust,
    /// A folder with a page, to draw, drop or photograph an image in a browser, with the same integers in WebAssembly
    Web,
    /// A package of npm: the same for JavaScript and TypeScript, in browsers and in Node
    Npm,
}

impl Format {
    /// Whether the steps of 8-bit activations are a part of it.
    fn has_steps(self) -> bool {
        matches!(
            self,
            Self::Onebit | Self::Hub | Self::C | Self::Rust | Self::Web | Self::Npm
        )
    }

    /// Whether it computes in integers alone.
    fn is_integers(self) -> bool {
        matches!(self, Self::C | Self::Rust | Self::Web | Self::Npm)
    }
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum ResidualBits {
    /// 8 where the calibration images show that the error allows it: at most one of 32 changes its class
    Auto,
    /// Half the memory on a device
    #[value(name = "8")]
    Eight,
    /// Finer steps
    #[value(name = "16")]
    Sixteen,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Weights {
    /// Onnx: 32 bits each
    Float,
    /// Onnx: signs in one bit each, ternary ones in two, with standard operators that unpack them
    Packed,
    /// Safetensors: the weights that the network computes with, of 1bit ± the scale of the layer
    Signs,
    /// Safetensors: the real weights behind them, of a run
    Latent,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    must_fit(args)?;
    let options = options(args)?;
    let package = package(args)?;
    match args.to {
        Format::C => out::must_be_folder(&args.out, "--out", "C")?,
        Format::Rust => out::must_be_folder(&args.out, "--out", "Rust")?,
        Format::Hub => out::must_be_folder(&args.out, "--out", "what a hub takes")?,
        Format::Web => out::must_be_folder(&args.out, "--out", "a page with its network")?,
        Format::Npm => out::must_be_folder(&args.out, "--out", "a package")?,
        _ => {}
    }
    // As a packed file it keeps all that it has, and may gain the steps of its activations.
    let source = args.model.as_deref();
    let source = source.filter(|_| !matches!(args.to, Format::Onebit));
    // A built-in model is no file that could be lost.
    let source = source.filter(|name| !matches!(Named::of(name, false), Named::Carried(_)));
    if args.json {
        out::must_not_meet_json(&args.out)?;
    }
    out::must_be_free(&args.out, source)?;
    let root = args.root.path();
    let (model, run, trained) = match (&args.run, &args.model) {
        (Some(folder), _) => {
            let (run, config) = RunDir::open(folder)?;
            let (model, trained) = deployed(&run, &config, &root)?;
            let model = with_rejection(model, &run, args.keep.as_deref())?;
            (model, Some((run, config)), Some(trained))
        }
        (None, Some(file)) => (carried::load(file)?.model, None, None),
        (None, None) => return Err(Error::Usage("expected --run DIR or --model FILE".into())),
    };
    let model = args.names.put_on(model, &root)?;
    let tested = match args.to {
        Format::Hub | Format::Web => tested(args, run.as_ref().map(|(run, _)| run))?,
        _ => None,
    };
    if tested.is_none() && args.run.is_none() {
        match args.to {
            Format::Hub => note(
                "note: no test error in a packed file; export with --run to have it on the card",
            ),
            Format::Web => note(
                "note: no test error in a packed file; export with --run to have it on the page",
            ),
            _ => {}
        }
    }
    let model = match args.to.has_steps() {
        true => with_steps(args, model, run, &root)?,
        false => model,
    };
    if args.to.is_integers()
        && let Some((name, _)) = real_weights(&model)
    {
        let flag = match real_at_the_ends_alone(&model) {
            true => "--first-last 8bit",
            false => "--weights 1bit",
        };
        return Err(Error::Usage(format!(
            "--to {}: expected weights of 8 bits or fewer, which integers compute, found real ones in `{name}`; train with {flag}, or export to onnx or safetensors",
            word(&args.to)
        )));
    }
    if args.to.is_integers() && model.activation_scales().is_none() {
        return Err(Error::Usage(
            "expected a network with the steps of 8-bit activations, found none; add --calibrate DATASET, with --calibration-images 1 or more"
                .into(),
        ));
    }
    let written = match args.to {
        Format::Onebit => formats::onebit(&model, &args.out),
        Format::Onnx => {
            let kind = match args.weights {
                Some(Weights::Packed) => onnx::Weights::Packed,
                _ => onnx::Weights::Float,
            };
            formats::onnx(&model, &args.onnx.options(kind), &args.out)
        }
        Format::Safetensors => {
            let kind = match args.weights {
                Some(Weights::Latent) => torch_float::Weights::Latent,
                _ => torch_float::Weights::Signs,
            };
            formats::safetensors(&model, trained.as_ref(), kind, &args.out)
        }
        Format::Hub => hub::write(&model, trained.as_ref(), tested, &args.out),
        Format::Rust => formats::rust(&model, &options, &args.out),
        Format::C => formats::c(&model, &options, &args.out),
        Format::Web => {
            let examples = examples::of(&args.examples, &model, &root)?;
            formats::web(&model, examples, tested, &args.out)
        }
        Format::Npm => formats::npm(&model, &package, &args.out),
    }?;
    if args.json {
        let line = Line {
            out: out::path(&args.out),
            form: word(&args.to),
            weights: formats::weights(&model),
            bytes: written.bytes,
            calibrated: model.activation_scales().is_some(),
            integers: written.integers,
        };
        say_json(&serde_json::to_string(&line).expect("counts are JSON"));
        return Ok(());
    }
    written.lines.iter().for_each(|line| say(line));
    Ok(())
}

impl Args {
    /// Says a line; with --json, whose output is one line of JSON, to the standard error.
    fn tell(&self, line: &str) {
        match self.json {
            true => note(line),
            false => say(line),
        }
    }
}

/// How the network did, where its run or its card tells.
fn tested(args: &Args, run: Option<&RunDir>) -> Result<Option<Tested>, Error> {
    if let Some(run) = run {
        return Ok(run.result()?.map(|result| Tested {
            error_percent: result.test_error_percent,
            wrong: result.wrong,
            images: result.images,
        }));
    }
    let named = args.model.as_deref().map(|name| Named::of(name, false));
    let Some(Named::Carried(model)) = named else {
        return Ok(None);
    };
    let test = model.card().test;
    Ok(Some(Tested {
        error_percent: test.f32,
        wrong: (test.f32 / 100.0 * test.images as f64).round() as usize,
        images: test.images,
    }))
}

/// The first convolution with real weights.
fn real_weights(model: &Model) -> Option<(&str, &runtime::Conv)> {
    let mut convs = model.conv_names().zip(model.convs());
    convs.find(|(_, conv)| conv.weights.storage() == Storage::Float)
}

/// Whether no convolution but the first and the last has real weights.
fn real_at_the_ends_alone(model: &Model) -> bool {
    let convs = model.convs();
    let between = convs.get(1..convs.len().saturating_sub(1));
    let mut between = between.unwrap_or_default().iter();
    between.all(|conv| conv.weights.storage() != Storage::Float)
}

/// The word for a value of a flag.
fn word(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().into())
}

/// Refuses flags that say nothing about the form of the file.
fn must_fit(args: &Args) -> Result<(), Error> {
    let (form, kind) = (
        word(&args.to),
        args.weights.as_ref().map(word).unwrap_or_default(),
    );
    if !matches!(args.to, Format::Onnx) {
        args.onnx.must_be_absent(&form)?;
    }
    let fits = match args.weights {
        None => true,
        Some(Weights::Float | Weights::Packed) => matches!(args.to, Format::Onnx),
        Some(Weights::Signs | Weights::Latent) => matches!(args.to, Format::Safetensors),
    };
    if !fits {
        return Err(Error::Usage(format!(
            "--weights: expected float or packed for --to onnx, signs or latent for --to safetensors, found {kind} for --to {form}; leave it out, or choose another form"
        )));
    }
    if args.weights == Some(Weights::Latent) && args.run.is_none() {
        return Err(Error::Usage(
            "--weights latent: expected --run DIR, found a packed file, which has signs alone; export the run"
                .into(),
        ));
    }
    if let Some(word) = &args.keep {
        share(word)?;
        if args.run.is_none() {
            return Err(Error::Usage(format!(
                "--keep {word}: expected --run DIR, whose validation images the threshold is found on, found a packed file, which keeps the threshold that it has; leave it out"
            )));
        }
    }
    if args.residual_bits.is_some() && !args.to.has_steps() {
        return Err(Error::Usage(format!(
            "--residual-bits: expected --to onebit, hub, c, rust, web or npm, which integers compute, found --to {form}"
        )));
    }
    if args.calibrate.is_some() && !args.to.has_steps() {
        return Err(Error::Usage(format!(
            "--calibrate: expected --to onebit, hub, c, rust, web or npm, which have 8-bit activations, found --to {form}"
        )));
    }
    Ok(())
}

/// How C is written, and what an export is called.
fn options(args: &Args) -> Result<embed::Options, Error> {
    let options = embed::Options::default().with_caller_memory(args.caller_memory);
    let c = matches!(args.to, Format::C);
    let named = c || matches!(args.to, Format::Rust | Format::Npm);
    let web = matches!(args.to, Format::Web);
    for (flag, given, fits, forms) in [
        ("--name", args.name.is_some(), named, "c, rust or npm"),
        ("--caller-memory", args.caller_memory, c, "c"),
        ("--examples", !args.examples.is_empty(), web, "web"),
    ] {
        if given && !fits {
            let form = word(&args.to);
            return Err(Error::Usage(format!(
                "{flag}: expected --to {forms}, found --to {form}; leave it out"
            )));
        }
    }
    // A package of npm has other names.
    let Some(name) = args
        .name
        .as_ref()
        .filter(|_| !matches!(args.to, Format::Npm))
    else {
        return Ok(options);
    };
    match name.parse() {
        Ok(name) => Ok(options.with_name(name)),
        Err::<_, embed::EmbedError>(error) => Err(Error::Usage(format!("--{error}"))),
    }
}

/// What a package of npm is called.
fn package(args: &Args) -> Result<PackageName, Error> {
    match args
        .name
        .as_ref()
        .filter(|_| matches!(args.to, Format::Npm))
    {
        None => Ok(PackageName::default()),
        Some(name) => name
            .parse()
            .map_err(|error: embed::EmbedError| Error::Usage(format!("--{error}"))),
    }
}

/// The network with steps for 8-bit activations: those that the run kept, or found on what --calibrate
/// names, or on the run's own images.
fn with_steps(
    args: &Args,
    model: Model,
    run: Option<(RunDir, TrainConfig)>,
    root: &Path,
) -> Result<Model, Error> {
    let count = args.calibration_images.unwrap_or(CALIBRATION_IMAGES);
    let model = match args.residual_bits {
        Some(ResidualBits::Sixteen) => model.with_residual_scales(None)?,
        _ => model,
    };
    let wanted = matches!(
        args.residual_bits,
        Some(ResidualBits::Auto | ResidualBits::Eight)
    );
    if wanted && (count == 0 || (args.calibrate.is_none() && run.is_none())) {
        return Err(Error::Usage(
            "--residual-bits: expected images, on which 8 bits are tried, found none; add --calibrate DATASET, with --calibration-images 1 or more"
                .into(),
        ));
    }
    if count == 0 {
        return Ok(model);
    }
    if let Some(word) = &args.calibrate {
        let dataset: Source = word
            .parse()
            .map_err(|e: data::DataError| Error::Usage(e.to_string()))?;
        let config = images::as_seen_by(&model, dataset);
        let train = images::load(&config, root)?.train.sample(count);
        let model = with_names_of(args, model, &train)?;
        let tell = |line: &str| args.tell(line);
        return calibrated(model, train, &config, args.residual_bits, &tell);
    }
    let Some((run, config)) = run else {
        return Ok(model);
    };
    // Real weights have no use for them.
    if !wanted
        && model
            .convs()
            .iter()
            .all(|conv| conv.weights.storage() == Storage::Float)
    {
        return Ok(model);
    }
    if let (false, None, Some(kept)) = (
        wanted,
        args.calibration_images,
        Calibration::read(run.path())?,
    ) {
        return Ok(model.with_activation_scales(kept.activation_scales)?);
    }
    images::must_be_there(&config.dataset, "--calibrate")?;
    let splits = images::load(&config, root)?;
    if let Some(about) = run.about()? {
        let now = About::new(&config, &splits, root)?;
        let way_out = "give the run's own data, or --calibrate DATASET to calibrate on others";
        about.must_be(&now).map_err(|e| other_data(e, way_out))?;
    }
    let train = splits.train.sample(count);
    let tell = |line: &str| args.tell(line);
    calibrated(model, train, &config, args.residual_bits, &tell)
}

/// The share that --keep asks for; `None` for `off`.
fn share(word: &str) -> Result<Option<f64>, Error> {
    match word.parse::<f64>() {
        _ if word == "off" => Ok(None),
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(Some(share)),
        _ => Err(Error::Usage(format!(
            "--keep {word}: expected `off`, or a share from 0 to 1"
        ))),
    }
}

/// The network with the threshold for "none of these" that keeps a share of the run's validation images.
fn with_rejection(model: Model, run: &RunDir, keep: Option<&str>) -> Result<Model, Error> {
    let kept = Margins::read(run.path())?;
    let share = match (keep, &kept) {
        (None, None) => return Ok(model),
        (None, Some(_)) => Margins::KEEP,
        (Some(word), _) => match share(word)? {
            Some(share) => share,
            None => return Ok(model),
        },
    };
    let Some(margins) = kept else {
        return Err(Error::Usage(format!(
            "--keep {share}: {}: expected a run with validation images, found one without; train it with --validation",
            run.path().display()
        )));
    };
    let rejection = Rejection::new(margins.threshold(share), share as f32, margins.images);
    Ok(model.with_rejection(Some(rejection))?)
}

/// The network, its classes called as in the images that it is calibrated on where it has only numbers for them.
fn with_names_of(args: &Args, model: Model, images: &Images) -> Result<Model, Error> {
    let same = model.input() == images.shape() && model.classes() == images.classes();
    if !same || images::has_names(&model) || model.class_names() == images.class_names() {
        return Ok(model);
    }
    args.tell(
        "the classes have only numbers; they take the names of the images that it is calibrated on",
    );
    named(model, images.class_names().to_vec())
}

/// What the packed file of the run in a folder would hold.
pub fn packed(folder: &Path, root: &Path) -> Result<Model, Error> {
    let (run, config) = RunDir::open(folder)?;
    let (model, _) = deployed(&run, &config, root)?;
    let model = with_rejection(model, &run, None)?;
    Ok(match Calibration::read(run.path())? {
        Some(kept) => model.with_activation_scales(kept.activation_scales)?,
        None => model,
    })
}

/// What `--to c` of the run in a folder writes, with a residual map of 8 bits where it is to have them, and 16 else; `images`
/// are those that the run was trained on.
pub fn for_device(
    folder: &Path,
    root: &Path,
    images: Images,
    eight_bits: bool,
) -> Result<Model, Error> {
    let (run, config) = RunDir::open(folder)?;
    let (model, _) = deployed(&run, &config, root)?;
    let model = with_rejection(model, &run, None)?;
    let residual = model.graph().nodes().iter();
    let residual = residual.filter(|node| matches!(node.op, Op::Add)).count() > 0;
    let bits = match eight_bits && residual {
        true => ResidualBits::Eight,
        false => ResidualBits::Sixteen,
    };
    let images = images.sample(CALIBRATION_IMAGES);
    calibrated(model, images, &config, Some(bits), &say)
}

/// Writes the packed file and the folder of C.
pub fn write_for_device(
    model: &Model,
    packed: &Path,
    c: &Path,
    measured: Option<embed::Measured>,
) -> Result<(), Error> {
    let options = embed::Options::default().with_measured(measured);
    let written = [
        formats::onebit(model, packed)?,
        formats::c(model, &options, c)?,
    ];
    let lines = written.iter().flat_map(|written| &written.lines);
    lines.for_each(|line| say(line));
    Ok(())
}

/// The trained network of a run, and what it was trained to.
fn deployed(run: &RunDir, config: &TrainConfig, root: &Path) -> Result<(Model, Trained), Error> {
    let (input, class_names, seen) = match run.about()? {
        Some(about) => {
            let seen = preprocessing(about.preprocessing);
            (about.graph.input(), about.class_names, seen)
        }
        // A run of an earlier version does not know its classes.
        None => {
            let test = images::load(config, root).map_err(|error| {
                Error::Failed(format!(
                    "{}: a run of an earlier version, which does not hold the names of its classes; they come with its images: {error}",
                    run.path().display()
                ))
            })?;
            let test = test.test;
            let names = test.class_names().to_vec();
            (test.shape(), names, runtime::Preprocessing::None)
        }
    };
    let device = device::find(device::DEFAULT)?;
    let net = network::of(config, input, class_names.len()).init(config.seed, &device)?;
    let net = load_model(run, net)?;
    let model = deploy(&net, config, &class_names)?.with_preprocessing(seen)?;
    Ok((model, trained(&net)?))
}

/// The same network with steps for 8-bit activations, from training images as they are, and with a residual map of
/// these bits. Lines are told to `tell`.
fn calibrated(
    model: Model,
    train: Images,
    config: &TrainConfig,
    bits: Option<ResidualBits>,
    tell: &dyn Fn(&str),
) -> Result<Model, Error> {
    images::must_fit(&model, &train, &config.dataset)?;
    let train = train.into();
    let scales = activation_scales(&model, &train, config.seed)?;
    let model = model.with_activation_scales(scales)?;
    let forced = match bits {
        Some(ResidualBits::Auto) => false,
        Some(ResidualBits::Eight) => true,
        Some(ResidualBits::Sixteen) | None => return Ok(model),
    };
    if !forced && !Network::new(&model)?.residual {
        tell("residual map: none, so it has no bits");
        return Ok(model);
    }
    let found = residual_scales(&model, &pixels(&train, config.seed)?)?;
    let eight = forced || found.allowed();
    tell(&format!(
        "residual map: {} bits; with 8 in place of 16, {} of {} training images change their class",
        if eight { 8 } else { 16 },
        found.changed,
        found.images
    ));
    Ok(model.with_residual_scales(eight.then_some(found.scales))?)
}
