//! A training run, from its config to the test score.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};

use burn::tensor::Device;
use burn::tensor::distributed::{DistributedConfig, ReduceOperation};
use burn::train::checkpoint::KeepLastNCheckpoints;
use burn::train::metric::LearningRateMetric;
use burn::train::{ExecutionStrategy, Learner, SupervisedTraining};
use data::{Images, Loader, LoaderConfig, Splits};

use crate::config::TrainConfig;
use crate::dashboard::Dashboard;
use crate::images::{evaluation_loader, load};
use crate::learn::{
    Classifier, ClearMomentum, DeviceLoader, Restart, Scheduler, Score, Sgd, StepRules, evaluate,
    reestimate_moments,
};
use crate::metrics::{
    Recorder, ScoreKind, ScoreMetric, Session, SplitName, Throughput, WeightRecorder, Written,
};
use crate::run::{AsideCheckpointer, CropsResult, RunDir, RunResult, check_checkpoint};
use crate::{Error, device};

/// A run that is ready to train: data loaded, folder not yet touched.
pub struct Training {
    config: TrainConfig,
    /// The first is the one that does what one device can: moments and scores.
    devices: Vec<Device>,
    train: Arc<Images>,
    held_out: Arc<Images>,
    held_out_name: SplitName,
    test: Arc<Images>,
}

impl Training {
    /// Loads the data from the data root `root` and finds the device.
    ///
    /// # Errors
    ///
    /// When the data or the device is not there, or does not fit the config.
    pub fn prepare(mut config: TrainConfig, root: &Path) -> Result<Self, Error> {
        let devices = device::find_all(&config.device)?;
        let Splits { train, test } = load(&config, root)?;
        let (train, held_out, held_out_name) = match config.validation {
            0 => (train, None, SplitName::Test),
            n => {
                let (train, held_out) = train.split_validation(n, config.seed)?;
                (train, Some(held_out), SplitName::Validation)
            }
        };
        let test = Arc::new(test);
        let held_out = held_out.map_or_else(|| test.clone(), Arc::new);
        if config.limit_train > 0 && train.len() < config.batch_size {
            // A smoke run of a part of the data: one batch of what there is.
            config.batch_size = train.len().max(1);
            config.accumulate = config.accumulate.min(config.batch_size);
        }
        let parts = devices.len() * config.accumulate;
        if !config.batch_size.is_multiple_of(devices.len()) || config.batch_size < parts {
            return Err(Error::Usage(format!(
                "`batch_size` = {}: expected a multiple of the {} devices, {parts} or more; change it with --batch-size",
                config.batch_size,
                devices.len()
            )));
        }
        let training = Self {
            config,
            devices,
            train: Arc::new(train),
            held_out,
            held_out_name,
            test,
        };
        // What a loader or a network refuses should be refused before a folder is made.
        training.train_loader()?;
        training.evaluation_loader(&training.test, training.config.test_crops.max(1))?;
        Ok(training)
    }

    /// Trains in `run`, from its newest checkpoint where there is one, to the test score.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written; what was saved before stays. `None` when a person
    /// stopped the training.
    pub fn run(&self, run: &RunDir, dashboard: Dashboard) -> Result<Option<RunResult>, Error> {
        let config = &self.config;
        let resumed = run.newest_checkpoint();
        let failure = Arc::new(Mutex::new(None));
        let net = self.learn(run, dashboard, resumed, &failure)?;
        if let Some(message) = failure.lock().expect("no holder panics").take() {
            let way_out = match run.newest_checkpoint() {
                Some(_) => format!(
                    "; what is saved can be continued with --resume {}",
                    run.path().display()
                ),
                None => String::new(),
            };
            return Err(Error::Failed(format!("{message}{way_out}")));
        }
        let loader = self.train_loader()?;
        let epochs = config.epochs_begun(loader.batches_per_epoch());
        if run.newest_checkpoint() != Some(epochs) {
            return Ok(None);
        }

        say(
            dashboard,
            "re-estimating the batch norms' moments over the training set",
        );
        let moments = self.device().clone().autodiff();
        let next = epochs as u64 + 1;
        let mut net = reestimate_moments(net.net, &loader, next, self.max_batches(), &moments)?;
        say(dashboard, "scoring the test set");
        let score = evaluate(&net, &self.evaluation_loader(&self.test, 1)?, self.device())?;
        let mut result = result(epochs, score, net.trainable_weights());
        if config.test_crops > 0 {
            let loader = self.evaluation_loader(&self.test, config.test_crops)?;
            let score = evaluate(&net, &loader, self.device())?;
            result.crops = Some(CropsResult {
                crops: config.test_crops,
                test_error_percent: score.error_percent(),
                top5_error_percent: score.top5_error_percent(),
            });
        }
        run.finish(net, &result)?;
        Ok(Some(result))
    }

    /// Trains up to the last epoch, or to where it was stopped.
    fn learn(
        &self,
        run: &RunDir,
        dashboard: Dashboard,
        resumed: Option<usize>,
        failure: &Arc<Mutex<Option<String>>>,
    ) -> Result<Classifier, Error> {
        let config = &self.config;
        let autodiff = self.device().clone().autodiff();
        let loader = self.train_loader()?;
        let sgd = Sgd {
            momentum: config.momentum,
            weight_decay: config.weight_decay,
        };
        let restart = Restart::default();
        let schedule = config.schedule(loader.batches_per_epoch());
        let epochs = config.epochs_begun(loader.batches_per_epoch());
        let network = config.network(self.train.shape(), self.train.classes());
        let rules = StepRules {
            clear_momentum: config.clear_momentum.then(|| ClearMomentum {
                restart: restart.clone(),
                sgd,
            }),
            parts: config.accumulate,
            clip: config.weights.clip(),
        };
        let classifier = Classifier::with_rules(network.init(config.seed, &autodiff)?, rules);
        let classifier = match resumed {
            // Burn panics on a record that it cannot use, so all are tried here first.
            Some(epoch) => {
                check_checkpoint(&run.checkpoints(), epoch)?;
                run.load_checkpoint(classifier, epoch)?
            }
            None => classifier,
        };

        let evaluation = self.evaluation_loader(&self.held_out, 1)?;
        let first = resumed.unwrap_or(0) as u64 + 1;
        let folder = run.checkpoints();
        std::fs::create_dir_all(&folder).map_err(|e| Error::io("creating", &folder, &e))?;
        let [models, optimizers, schedulers] = AsideCheckpointer::all(&folder, failure);
        let kept = resumed.unwrap_or(0);
        let written = Written::default();
        let blank = Classifier::new(network.init(config.seed, self.device())?);
        let models = WeightRecorder::open(
            models,
            run.path(),
            kept,
            &network,
            blank,
            &classifier,
            written.clone(),
        )?;
        let steps_per_epoch = loader.batches_per_epoch().min(self.max_batches());

        let training = SupervisedTraining::<Classifier>::new(
            run.path(),
            Arc::new(DeviceLoader::new(loader, &autodiff, first).up_to(self.max_batches())),
            Arc::new(DeviceLoader::new(evaluation, self.device(), first)),
        );
        let interrupter = training.interrupter();
        let session = Session {
            resumed: kept,
            steps_per_epoch,
            held_out: self.held_out_name,
            interrupter: interrupter.clone(),
            written,
        };
        let recorder = Recorder::open(run.path(), session)?;
        let recording = recorder.failure();
        let mut training = training
            .with_application_logger(None)
            .with_metric_logger(recorder)
            .metrics((
                ScoreMetric::new(ScoreKind::Loss),
                ScoreMetric::new(ScoreKind::Error),
            ))
            .metric_train_numeric(LearningRateMetric::new())
            .metrics((Throughput::default(),))
            .with_custom_checkpointers(models, optimizers, schedulers)
            .with_checkpointing_strategy(KeepLastNCheckpoints::new(config.keep_checkpoints))
            .num_epochs(epochs)
            .label(&config.run_name())
            .renderer(dashboard.renderer(&interrupter, resumed, self.held_out_label()));
        if let Some(epoch) = resumed {
            training = training.checkpoint(epoch);
        }
        if self.devices.len() > 1 {
            // Each device has the same part of a batch, so the mean of their gradients is that of
            // the batch.
            let devices = self.devices.iter().map(|device| device.clone().autodiff());
            let config = DistributedConfig {
                all_reduce_op: ReduceOperation::Mean,
            };
            let strategy = ExecutionStrategy::ddp(devices.collect(), config);
            training = training.with_training_strategy(strategy.into());
        }
        let learner = Learner::new(classifier, sgd.init(), Scheduler::new(schedule, restart));
        // The dashboard's "kill" is a panic of Burn's, whose hook has then said what happened.
        let launch = AssertUnwindSafe(|| training.launch(learner));
        let outcome = catch_unwind(launch).map_err(|_| {
            let remote = self.devices.len() > 1 && config.device.starts_with("remote");
            let hint = match remote {
                true => " (devices of a server share a training only where they are CUDA's)",
                false => "",
            };
            Error::Failed(format!(
                "training broke off{hint}; continue after the last checkpoint with --resume {}",
                run.path().display()
            ))
        })?;
        // Closing the dashboard gives the terminal back.
        drop(outcome.renderer);
        let mut failure = failure.lock().expect("no holder panics");
        if let Some(error) = outcome.error {
            failure.get_or_insert(error.to_string());
        }
        if let Some(message) = recording.lock().expect("no holder panics").take() {
            failure.get_or_insert(message);
        }
        Ok(outcome.model)
    }

    fn held_out_label(&self) -> &'static str {
        match self.held_out_name {
            SplitName::Validation => "validation",
            SplitName::Test | SplitName::Train => "test",
        }
    }

    fn train_loader(&self) -> Result<Loader, Error> {
        let config = &self.config;
        let loader = LoaderConfig {
            batch_size: config.batch_size,
            shuffle: true,
            drop_last: true,
            augment: config.augment.spec(),
            seed: config.seed,
            workers: config.workers,
            ..LoaderConfig::default()
        };
        Ok(Loader::new(self.train.clone(), loader)?)
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

fn result(epochs: usize, score: Score, trainable_weights: usize) -> RunResult {
    RunResult {
        test_error_percent: score.error_percent(),
        top5_error_percent: score.top5_error_percent(),
        crops: None,
        wrong: score.wrong,
        images: score.images,
        loss: score.loss,
        epochs,
        trainable_weights,
        version: crate::VERSION.into(),
    }
}

fn say(dashboard: Dashboard, message: &str) {
    if dashboard != Dashboard::None {
        crate::say(message);
    }
}
