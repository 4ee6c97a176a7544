//! A training run, from its config to the test score.

mod asked;
mod batch_size;
mod books;
mod host;
mod learn;
mod levers;
mod margins;
mod memory;
mod one_device;
mod own;
mod preflight;
mod saver;
mod stop;

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use burn::tensor::Device;
use data::{AugmentSpec, Dataset, Images, Loader, LoaderConfig, Splits};
use run::checkpoints::Position;
use run::config::Average;
use run::metrics::{SplitName, best_epoch};
use run::{
    About, Calibration, ClassScores, Computes, CropsResult, RunDir, RunResult, Steps, TrainConfig,
    write_augmented, write_predictions,
};
use runtime::{Conv, Model, Storage};
use word_list::Counted;

use crate::allocator::{Reads, Trains};
use crate::checkpoint::{Conditions, Start, choose, load_checkpoint, save_model};
use crate::dashboard::Dashboard;
use crate::deploy::deploy;
use crate::images::{evaluation_loader, limit, must_be_readable};
use crate::init::{Init, Teacher, freeze, learning};
use crate::learn::{Classifier, Score, evaluate, reestimate_moments, score_each};
use crate::metrics::EventFile;
use crate::{Error, device, network, threads};

pub use asked::Asked;
use learn::Learned;
pub use levers::{ALONE, alone_teaches_nothing};
pub use memory::must_fit;
pub use preflight::Preflight;
pub use stop::Stop;

/// A run that is ready to train: data loaded, folder not yet touched.
pub struct Training {
    config: TrainConfig,
    /// The first is the one that does what one device can: moments and scores.
    devices: Vec<Device>,
    train: Arc<Images>,
    held_out: Arc<Images>,
    held_out_name: SplitName,
    test: Arc<Images>,
    /// Training images for the steps of 8-bit activations.
    calibration: Images,
    about: About,
    stop: Stop,
    /// The checkpoint that it goes on from, once it was looked for.
    start: OnceLock<Option<Start>>,
    /// Trained weights to start from, once they are read.
    init: OnceLock<Init>,
    /// A network to learn from besides the labels.
    teacher: Option<Teacher>,
}

/// Images that the steps of 8-bit activations are found on.
pub const CALIBRATION_IMAGES: usize = 128;

/// Images of the sheet that shows what the network sees.
const SHEET_IMAGES: usize = 8;
/// Epochs of the sheet.
const SHEET_EPOCHS: usize = 8;

impl Training {
    /// Loads the data from the data root `root` and finds the device.
    ///
    /// # Errors
    ///
    /// When the data or the device is not there, or does not fit the config.
    pub fn prepare(config: TrainConfig, root: &Path) -> Result<Self, Error> {
        Self::prepare_as_asked(config, root, &Asked::default())
    }

    /// As [`prepare`](Self::prepare), and refuses what was asked for of parts that the data bring.
    ///
    /// # Errors
    ///
    /// As [`prepare`](Self::prepare).
    pub fn prepare_as_asked(
        mut config: TrainConfig,
        root: &Path,
        asked: &Asked,
    ) -> Result<Self, Error> {
        let reads = Reads::begin();
        let devices = device::find_all(&config.device)?;
        threads::must_train()?;
        let (whole, survey) = own::load(&config, root, asked)?;
        if survey.is_none() && whole.test.are_photos() {
            own::tell_photographs(&config, &whole);
            must_be_readable(&whole, root)?;
        }
        let content = part_of(&config, &whole)?;
        let splits = limit(&config, whole);
        let mut about = About::new(&config, &splits, root)?;
        about.data.whole = content;
        let Splits {
            train,
            validation,
            test,
            ..
        } = splits;
        let calibration = train.sample(CALIBRATION_IMAGES);
        let (train, held_out) = hold_out(&config, train, validation, asked)?;
        if let Some(survey) = &survey {
            let used = own::Used {
                train: train.len(),
                validation: held_out.as_ref().map_or(0, Images::len),
                test: test.len(),
            };
            own::tell(survey, &config, &used, train.shape());
        }
        let held_out_name = match held_out {
            Some(_) => SplitName::Validation,
            None => SplitName::Test,
        };
        let test = Arc::new(test);
        let held_out = held_out.map_or_else(|| test.clone(), Arc::new);
        if let Some(note) = batch_size::fit(&mut config, train.len(), devices.len())? {
            crate::say(&format!("note: {note}"));
        }
        if let Some(amid) = config.amid_cycle() {
            crate::say(&format!("note: {amid}; choose with --epochs"));
        }
        batch_size::must_be_shared(&config, devices.len())?;
        if let Some(note) = saved_at_ends(&config, devices.len()) {
            crate::say(&note);
        }
        levers::check(&config, &about.graph, devices.len())?;
        // Before a look at the memory: no machine trains it.
        network::of(&config, train.shape(), train.classes()).must_be_trainable()?;
        let teacher = match &config.teacher {
            Some(place) => {
                let (input, names) = (about.graph.input(), &about.class_names);
                let teacher = Teacher::read(Path::new(place), input, names)?;
                crate::say(&teacher.note());
                Some(teacher)
            }
            None => None,
        };
        about.teacher = teacher.as_ref().map(|teacher| teacher.about().clone());
        let mut training = Self {
            config,
            devices,
            train: Arc::new(train),
            held_out,
            held_out_name,
            test,
            calibration,
            about,
            stop: Stop::default(),
            start: OnceLock::new(),
            init: OnceLock::new(),
            teacher,
        };
        // What a loader or a network refuses should be refused before a folder is made.
        training.about.steps = Some(Steps {
            batch_size: training.config.batch_size,
            per_epoch: training.train_loader()?.batches_per_epoch(),
        });
        levers::check_warm_up(&training.config, training.steps_per_epoch()?)?;
        training.evaluation_loader(&training.test, training.config.test_crops.max(1))?;
        drop(reads);
        training.must_fit_memory()?;
        Ok(training)
    }

    /// What its bits depend on besides settings, data and program.
    pub fn computes(&self) -> Computes {
        host::computes(&self.config.device)
    }

    /// The settings, its batch as the images allow it.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// What the run is about.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The trained weights that a run without a checkpoint starts from. The first call reads them
    /// and says what becomes of them; what is wrong with them is then found before a folder is made.
    ///
    /// # Errors
    ///
    /// [`InitError`](crate::init::InitError) when they cannot be used.
    pub fn init(&self) -> Result<Option<&Init>, Error> {
        let config = &self.config;
        let (Some(place), None) = (&config.init, self.init.get()) else {
            return Ok(self.init.get());
        };
        let About {
            graph, class_names, ..
        } = &self.about;
        learning(graph, config.freeze, &config.net.to_string())?;
        let init = Init::read(Path::new(place), graph, class_names, config.freeze)?;
        init.notes().iter().for_each(|note| crate::say(note));
        Ok(Some(self.init.get_or_init(|| init)))
    }

    /// With which the run can be stopped.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Where `run` goes on: the newest checkpoint whose every file is whole. Checkpoints that are not are told of and
    /// passed over.
    ///
    /// # Errors
    ///
    /// When there are checkpoints and none of them is whole.
    pub fn start(&self, run: &RunDir) -> Result<Option<Position>, Error> {
        if self.start.get().is_none() {
            let (config, graph) = (&self.config, &self.about.graph);
            let network = network::of(config, self.train.shape(), self.train.classes());
            let learns = learning(graph, config.freeze, &config.net.to_string())?;
            let conditions = Conditions {
                steps_per_epoch: self.steps_per_epoch()?,
                within_epochs: self.devices.len() == 1,
                learned: network::learned(&network, graph, learns.as_deref()),
            };
            let found = choose(run, &conditions, crate::say)?;
            self.start.get_or_init(|| found);
        }
        let start = self.start.get().and_then(Option::as_ref);
        Ok(start.map(|start| start.at))
    }

    /// Trains in `run`, from its newest whole checkpoint where there is one, to the test score.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written; what was saved before stays. `None` when the training was stopped.
    pub fn run(&self, run: &RunDir, dashboard: Dashboard) -> Result<Option<RunResult>, Error> {
        let config = &self.config;
        let started = Instant::now();
        let start = self.start(run)?;
        let resumed = start.map(|at| at.epoch);
        let before = About::read(run.path())?;
        let mut about = self.about.clone();
        let computes = host::computes(&config.device);
        about.init = match start {
            // A checkpoint has all weights; where they once came from stays what it was.
            Some(_) => before.as_ref().and_then(|before| before.init.clone()),
            None => self.init()?.map(|init| init.about().clone()),
        };
        about.run = run.id(config, &about, &[crate::VERSION, &computes.to_string()])?;
        about.computes = Some(computes);
        if let (Some(_), Some(before)) = (start, before)
            && !before.settings.is_empty()
        {
            about.settings = before.settings;
        }
        about.write(run.path())?;
        if start.is_none() {
            let sheet = sheet(&self.train_loader()?)?;
            write_augmented(run.path(), &sheet)?;
        }
        let failure = Arc::new(Mutex::new(None));
        let start = self.start.get().and_then(Option::as_ref);
        let _trains = Trains::begin();
        let Learned { net, end } = self.learn(run, dashboard, start, &failure)?;
        self.must_be_whole(run, &about)?;
        if let Some(message) = failure.lock().expect("no holder panics").take() {
            let way_out = match run.checkpoints()?.newest() {
                Some(_) => format!(
                    "; what is saved can be continued with --resume {}",
                    crate::shell::folder(run.path())
                ),
                None => String::new(),
            };
            return Err(Error::Failed(format!("{message}{way_out}")));
        }
        let loader = self.train_loader()?;
        let epochs = config.epochs_begun(loader.batches_per_epoch());
        if end != Position::end_of(epochs) || self.stop.is_requested() {
            return Ok(None);
        }
        let (net, best) = self.best(run, net, epochs)?;
        // A program that ended right after it had saved the last epoch has left others there.
        run.checkpoints()?.prune(config.keep_checkpoints, best)?;

        say(
            dashboard,
            "re-estimating the batch norms' moments over the training set",
        );
        let moments = self.device().clone().autodiff();
        let next = best.unwrap_or(epochs) as u64 + 1;
        let net = net.into_final();
        let net = reestimate_moments(net, &loader, next, self.max_batches(), &moments)?;
        if self.held_out_name == SplitName::Validation {
            let loader = self.evaluation_loader(&self.held_out, 1)?;
            if let Some(margins) = margins::margins(&net, &loader, self.device())? {
                margins.write(run.path())?;
            }
        }
        say(dashboard, "scoring the test set");
        let test = self.evaluation_loader(&self.test, 1)?;
        let (score, predictions) = score_each(&net, &test, self.device())?;
        write_predictions(run.path(), &predictions)?;
        if let Some(note) = undefined(&score) {
            crate::note(&note);
        }
        let deployed = deploy(&net, config, &self.about.class_names)?;
        if let Some(activation_scales) = self.calibrate(&deployed)? {
            let images = self.calibration.len();
            let kept = Calibration {
                images,
                activation_scales,
            };
            kept.write(run.path())?;
        }
        let mut result = result(epochs, &score, net.trainable_weights());
        result.by_class = score.by_class.scores(&self.about.class_names);
        result.best_epoch = best;
        if config.test_crops > 0 {
            let loader = self.evaluation_loader(&self.test, config.test_crops)?;
            let score = evaluate(&net, &loader, self.device())?;
            result.crops = Some(CropsResult {
                crops: config.test_crops,
                test_error_percent: score.error_percent(),
                top5_error_percent: score.top5_error_percent(),
            });
        }
        let seconds = started.elapsed().as_secs_f64();
        result.machine = Some(host::here(seconds, resumed, &config.device));
        self.tell_tensorboard(run, &result)?;
        result.model_sha256 = Some(save_model(run, net)?);
        run.write_result(&result)?;
        Ok(Some(result))
    }

    /// Writes the files again that say what the run is, where they were removed while it trained: without them nobody can
    /// go on with it or read it.
    fn must_be_whole(&self, run: &RunDir, about: &About) -> Result<(), Error> {
        for name in run.missing() {
            crate::note(&format!(
                "note: {}: it was removed while the run trained, and is written again",
                crate::named(&run.path().join(name))
            ));
        }
        if run.missing().is_empty() {
            return Ok(());
        }
        run.write_config(&self.config, crate::VERSION)?;
        Ok(about.write(run.path())?)
    }

    /// Adds the score of the finished run to those that TensorBoard shows.
    fn tell_tensorboard(&self, run: &RunDir, result: &RunResult) -> Result<(), Error> {
        let per_epoch = self.steps_per_epoch()?.min(self.max_batches());
        let step = result.epochs * per_epoch;
        let mut scores = vec![("result/test_error_percent", result.test_error_percent)];
        let top5 = result.top5_error_percent;
        scores.extend(top5.map(|error| ("result/top5_error_percent", error)));
        let crops = result.crops.as_ref().map(|crops| crops.test_error_percent);
        scores.extend(crops.map(|error| ("result/crops_test_error_percent", error)));
        EventFile::finish(&run.path().join(EventFile::FOLDER), step, &scores)
    }

    /// The network that the run ends with: with `keep_best` that of the best epoch, whose number comes with it.
    fn best(
        &self,
        run: &RunDir,
        last: Classifier,
        epochs: usize,
    ) -> Result<(Classifier, Option<usize>), Error> {
        let config = &self.config;
        if !config.keep_best {
            return Ok((last, None));
        }
        let checkpoints = run.checkpoints()?;
        let there = |epoch| checkpoints.look(Position::end_of(epoch)).is_ok();
        let best = best_epoch(&run.path().join("metrics.jsonl"), there)?.unwrap_or(epochs);
        if best == epochs {
            return Ok((last, Some(best)));
        }
        let network = network::of(config, self.train.shape(), self.train.classes());
        let blank = network.init(config.seed, self.device())?;
        // Frozen norms keep their moments.
        let blank = freeze(blank, config.freeze, &config.net.to_string())?;
        let blank = Classifier::new(blank).averaging(config.average != Average::None);
        let net = load_checkpoint(run, blank, Position::end_of(best))?;
        Ok((net, Some(best)))
    }

    fn steps_per_epoch(&self) -> Result<usize, Error> {
        Ok(self.train_loader()?.batches_per_epoch())
    }

    /// The steps of 8-bit activations, where there are weights to compute with them.
    fn calibrate(&self, model: &Model) -> Result<Option<Vec<f32>>, Error> {
        let float = |conv: &Conv| conv.weights.storage() == Storage::Float;
        if self.calibration.is_empty() || model.convs().iter().all(float) {
            return Ok(None);
        }
        let images = Arc::new(self.calibration.clone());
        let scales = crate::deploy::activation_scales(model, &images, self.config.seed)?;
        Ok(Some(scales))
    }

    fn train_loader(&self) -> Result<Loader, Error> {
        train_loader(&self.config, &self.train)
    }

    fn max_batches(&self) -> usize {
        match self.config.max_steps {
            0 => usize::MAX,
            steps => steps,
        }
    }

    fn evaluation_loader(&self, images: &Arc<Images>, views: usize) -> Result<Loader, Error> {
        evaluation_loader(images, views, self.config.seed, self.config.workers)
    }

    fn device(&self) -> &Device {
        &self.devices[0]
    }
}

/// The training images, and those that are held out of them or that the data bring; none where the test set is scored after
/// each epoch.
fn hold_out(
    config: &TrainConfig,
    train: Images,
    validation: Option<Images>,
    asked: &Asked,
) -> Result<(Images, Option<Images>), Error> {
    if config.validation.is_none() {
        return Ok((train, None));
    }
    // Data that bring a validation part need no other.
    if validation.is_some() {
        return Ok((train, validation));
    }
    let divided = match config.split_seed {
        Some(seed) => train.split_by_class(config.validation, seed),
        // A run of version 0.2 or before.
        None => {
            let count = config.validation.of(train.len());
            train.split_validation(count, config.seed)
        }
    };
    let (train, held_out) =
        divided.map_err(|error| own::no_validation_part(error, config.validation, asked))?;
    Ok((train, Some(held_out)))
}

fn train_loader(config: &TrainConfig, train: &Arc<Images>) -> Result<Loader, Error> {
    let loader = LoaderConfig::default()
        .with_batch_size(config.batch_size)
        .with_shuffle(true)
        .with_drop_last(true)
        .with_augment(config.augment.spec())
        .with_balance(config.balance)
        .with_seed(config.seed)
        .with_workers(config.workers);
    Ok(Loader::new(train.clone(), loader)?)
}

/// What is said of a run that is saved at the ends of its epochs alone.
fn saved_at_ends(config: &TrainConfig, devices: usize) -> Option<String> {
    let pauses = match config.checkpoint_minutes > 0.0 {
        true => ", and `checkpoint_minutes` is ignored",
        false => "",
    };
    (devices > 1).then(|| {
        format!(
            "note: a run on several devices is saved at the ends of its epochs only{pauses}: a stop loses the epoch that is under way"
        )
    })
}

/// The digest of a whole dataset that a config takes a part of. Photographs stay in their files: to read all for a few
/// would take long.
fn part_of(config: &TrainConfig, whole: &Splits) -> Result<Option<String>, Error> {
    let limited = config.limit_train > 0 || config.limit_test > 0;
    if !limited || config.dataset == Dataset::Glyphs || whole.test.are_photos() {
        return Ok(None);
    }
    Ok(Some(whole.digests()?.content))
}

fn result(epochs: usize, score: &Score, trainable_weights: usize) -> RunResult {
    RunResult {
        test_error_percent: score.error_percent(),
        top5_error_percent: score.top5_error_percent(),
        crops: None,
        wrong: score.wrong,
        images: score.images,
        loss: score.loss,
        epochs,
        best_epoch: None,
        trainable_weights,
        model_sha256: None,
        by_class: ClassScores::default(),
        version: crate::VERSION.into(),
        machine: None,
    }
}

/// What the network sees, as a picture: some images as they are and in the first epochs.
fn sheet(loader: &Loader) -> Result<Vec<u8>, Error> {
    let epochs = match loader.config().augment == AugmentSpec::NONE {
        true => 0,
        false => SHEET_EPOCHS,
    };
    Ok(loader.sheet(SHEET_IMAGES, epochs)?.png()?)
}

/// What there is to say of a score whose network gives no numbers.
fn undefined(score: &Score) -> Option<String> {
    (score.undefined > 0).then(|| {
        format!(
            "note: the network's logits are no numbers for {} of {}: these have no class, and neither the score nor predictions.csv means anything",
            score.undefined,
            Counted(score.images, "test image")
        )
    })
}

fn say(dashboard: Dashboard, message: &str) {
    if dashboard != Dashboard::None {
        crate::say(message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_that_are_no_numbers_are_told() {
        let mut score = Score::new(2);
        score.add(&[0.0, 1.0], &[1]);
        assert_eq!(undefined(&score), None);
        score.add(&[f32::NAN, 1.0], &[1]);
        let note = undefined(&score).unwrap();
        assert!(note.contains("no numbers for 1 of 2 test images"), "{note}");
    }

    #[test]
    fn several_devices_are_told_when_they_are_saved() {
        let mut config = TrainConfig::recipe(Dataset::Glyphs);
        assert_eq!(saved_at_ends(&config, 1), None);
        let note = saved_at_ends(&config, 2).unwrap();
        assert!(
            note.contains("ends of its epochs only, and `checkpoint_minutes`"),
            "{note}"
        );
        config.checkpoint_minutes = 0.0;
        let note = saved_at_ends(&config, 2).unwrap();
        assert!(!note.contains("checkpoint_minutes"), "{note}");
    }
}
