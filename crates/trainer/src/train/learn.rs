//! The epochs of a run: its parts are put together here, and Burn's learner or steps of our own train with them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::tensor::distributed::{DistributedConfig, ReduceOperation};
use burn::train::checkpoint::KeepLastNCheckpoints;
use burn::train::metric::LearningRateMetric;
use burn::train::{
    ExecutionStrategy, Learner, LearningResult, SupervisedTraining, TrainingStrategy,
};
use run::RunDir;
use run::checkpoints::Position;
use run::metrics::SplitName;

use super::Training;
use super::one_device::{OneDevice, State};
use super::saver::Saver;
use crate::checkpoint::{
    AsideCheckpointer, Shared, Start, WeightsCheckpointer, load_checkpoint, load_state,
};
use crate::dashboard::{Dashboard, forget_terminal, restore_after_panic};
use crate::init::freeze;
use crate::learn::{
    Averaging, Classifier, ClearMomentum, Decay, DeviceLoader, Distill, Restart, Scheduler, Sgd,
    StepRules,
};
use crate::metrics::{Failure, ScoreKind, ScoreMetric, Throughput, WeightRecorder};
use crate::{Error, network};

/// How far a run came.
pub(super) struct Learned {
    pub net: Classifier,
    /// Where it is saved.
    pub end: Position,
}

impl Training {
    /// Trains up to the last epoch, or to where it was stopped.
    pub(super) fn learn(
        &self,
        run: &RunDir,
        dashboard: Dashboard,
        start: Option<&Start>,
        failure: &Failure,
    ) -> Result<Learned, Error> {
        let config = &self.config;
        let autodiff = self.device().clone().autodiff();
        let loader = self.train_loader()?;
        let sgd = Sgd {
            momentum: config.momentum,
            weight_decay: config.weight_decay,
        };
        let restart = Restart::default();
        let per_epoch = loader.batches_per_epoch();
        let epochs = config.epochs_begun(per_epoch);
        let network = network::of(config, self.train.shape(), self.train.classes());
        let decay = Decay::of(config, &self.about.graph);
        let at = start.map_or(Position::default(), |start| start.at);
        let rules = StepRules {
            clear_momentum: config.clear_momentum.then(|| ClearMomentum {
                restart: restart.clone(),
                sgd,
                decay: decay.clone(),
            }),
            parts: config.accumulate,
            class_weights: config.balance.class_weights(&self.train),
            label_smoothing: config.label_smoothing,
            distill: self.teacher.as_ref().map(|teacher| Distill {
                teacher: teacher.network(self.device()),
                temperature: config.teacher_temperature,
                share: config.teacher_share,
            }),
            averaging: Averaging::of(config, per_epoch),
            steps: match config.estimator.sharpens() {
                true => config.epochs * per_epoch,
                false => 0,
            },
        };
        let net = network.init(config.seed, &autodiff)?;
        let init = match start {
            Some(_) => None,
            None => self.init()?,
        };
        let net = match init {
            Some(init) => init.apply(net)?,
            None => net,
        };
        let net = freeze(net, config.freeze, &config.net.to_string())?;
        let classifier = Classifier::with_rules(net, rules);
        let classifier = match start {
            // Burn panics on a record that it cannot use, so it is tried here.
            Some(start) => load_checkpoint(run, classifier, start.at)?,
            None => classifier,
        };
        let classifier = classifier.after(at.epoch * per_epoch + at.step);

        let evaluation = self.evaluation_loader(&self.held_out, 1)?;
        let first = at.epoch as u64 + 1;
        let train =
            || DeviceLoader::new(loader.clone(), &autodiff, first).up_to(self.max_batches());
        let held_out = || DeviceLoader::new(evaluation.clone(), self.device(), first);
        let training = SupervisedTraining::<Classifier>::new(
            run.path(),
            Arc::new(train()),
            Arc::new(held_out()),
        );
        let interrupter = training.interrupter();
        let blank = Classifier::new(network.init(config.seed, self.device())?);
        let books = self.books(run, start, &interrupter, |at, signs| {
            WeightRecorder::open(run.path(), at, &network, blank, &classifier, signs)
        })?;
        let [loss, error] = [
            (ScoreKind::Loss, &books.totals[0]),
            (ScoreKind::Error, &books.totals[1]),
        ]
        .map(|(kind, total)| ScoreMetric::with_total(kind, total.clone()));
        let done = at.step as f64 / per_epoch as f64;
        let resumed = start.map(|_| at.epoch);
        let renderer = dashboard.renderer(&interrupter, resumed, done, self.held_out_label());
        let mut training = training
            .with_application_logger(None)
            .with_metric_logger(books.recorder.clone())
            .metric_train_numeric(loss)
            .metric_valid_numeric(ScoreMetric::new(ScoreKind::Loss))
            .metric_train_numeric(error)
            .metric_valid_numeric(ScoreMetric::new(ScoreKind::Error))
            .metric_train_numeric(LearningRateMetric::new())
            .metrics((Throughput::default(),))
            .num_epochs(epochs)
            .label(&self.dashboard_label())
            .renderer(renderer);
        if let Some(epoch) = resumed {
            training = training.checkpoint(epoch);
        }
        let recording = books.recording.clone();
        let best_of = config.keep_best.then(|| run.path().join("metrics.jsonl"));
        let schedule = config.schedule(per_epoch);
        let scheduler = Scheduler::new(schedule, restart);
        let end = Arc::new(Mutex::new(at));
        let one = self.devices.len() == 1;
        let training = match one {
            true => {
                let mut optimizer = sgd.init_with(&decay);
                let mut scheduler = ModuleLrScheduler::new(scheduler.clone());
                let saver = Saver {
                    checkpoints: books.checkpoints,
                    steps_per_epoch: books.steps_per_epoch,
                    keep: config.keep_checkpoints,
                    best_of,
                    pause: Saver::pause(config.checkpoint_minutes),
                    saved: Instant::now(),
                    weights: books.weights,
                    recorder: books.recorder,
                    written: books.written,
                    totals: books.totals,
                };
                if start.is_some() {
                    let (velocities, step) = load_state(&saver.checkpoints, at)?;
                    optimizer = optimizer.load_record(velocities);
                    scheduler = scheduler.load_record(step);
                }
                let sums = start.and_then(|start| start.manifest.as_ref()?.sums);
                let state = State {
                    optimizer,
                    scheduler,
                    learning_rate: sums.map_or(0.0, |sums| sums.learning_rate),
                    saver,
                };
                let strategy = OneDevice {
                    device: autodiff.clone(),
                    train: train(),
                    held_out: held_out(),
                    moments: loader.clone(),
                    start: at,
                    stop: self.stop.clone(),
                    state: Mutex::new(Some(state)),
                    failure: failure.clone(),
                    recording: recording.clone(),
                    end: end.clone(),
                };
                #[allow(
                    clippy::arc_with_non_send_sync,
                    reason = "Burn asks for an Arc and keeps it on this thread"
                )]
                let strategy = Arc::new(strategy);
                training.with_training_strategy(TrainingStrategy::Custom(strategy))
            }
            false => {
                let shared = Arc::new(Shared {
                    checkpoints: books.checkpoints,
                    steps_per_epoch: books.steps_per_epoch,
                    keep: config.keep_checkpoints,
                    best_of,
                    failure: failure.clone(),
                    begun: Mutex::new(BTreeMap::new()),
                });
                let [inner, optimizers, schedulers] = AsideCheckpointer::all(&shared);
                let models = WeightsCheckpointer {
                    inner,
                    weights: Mutex::new(books.weights),
                    written: books.written,
                    recorder: books.recorder,
                };
                self.stop.begin(&interrupter);
                // Each device has the same part of a batch, so the mean of their gradients is that of
                // the batch.
                let devices = self.devices.iter().map(|device| device.clone().autodiff());
                let mean = DistributedConfig {
                    all_reduce_op: ReduceOperation::Mean,
                };
                let strategy = ExecutionStrategy::ddp(devices.collect(), mean);
                training
                    .with_custom_checkpointers(models, optimizers, schedulers)
                    .with_checkpointing_strategy(KeepLastNCheckpoints::new(config.keep_checkpoints))
                    .with_training_strategy(strategy.into())
            }
        };
        let outcome = self.launch(run, || {
            training.launch(Learner::new(classifier, sgd.init_with(&decay), scheduler))
        });
        self.stop.end();
        // What a panic left of the dashboard.
        let outcome = outcome.inspect_err(|_| restore_after_panic())?;
        // Closing the dashboard gives the terminal back.
        drop(outcome.renderer);
        forget_terminal();
        let mut failure = failure.lock().expect("no holder panics");
        if let Some(error) = outcome.error {
            failure.get_or_insert(error.to_string());
        }
        if let Some(message) = recording.lock().expect("no holder panics").take() {
            failure.get_or_insert(message);
        }
        let end = match one {
            true => *end.lock().expect("no holder panics"),
            false => Position::end_of(run.newest_checkpoint().unwrap_or(0)),
        };
        Ok(Learned {
            net: outcome.model,
            end,
        })
    }

    /// Trains. The dashboard's "kill" is a panic of Burn's, whose hook has then said what happened.
    fn launch(
        &self,
        run: &RunDir,
        train: impl FnOnce() -> LearningResult<Classifier>,
    ) -> Result<LearningResult<Classifier>, Error> {
        catch_unwind(AssertUnwindSafe(train)).map_err(|_| {
            let remote = self.devices.len() > 1 && self.config.device.starts_with("remote");
            let hint = match remote {
                true => " (devices of a server share a run only where they are CUDA's)",
                false => "",
            };
            Error::Failed(format!(
                "training broke off{hint}; continue after the last checkpoint with --resume {}",
                crate::shell::folder(run.path())
            ))
        })
    }

    /// The title of Burn's dashboard, which calls the images that are scored after each epoch `Valid`, whatever they are. A
    /// narrow terminal cuts its end.
    fn dashboard_label(&self) -> String {
        let name = self.config.run_name();
        match self.held_out_name {
            SplitName::Validation => name,
            SplitName::Test | SplitName::Train => format!("Valid: test set; {name}"),
        }
    }

    fn held_out_label(&self) -> &'static str {
        match self.held_out_name {
            SplitName::Validation => "validation",
            SplitName::Test | SplitName::Train => "test",
        }
    }
}
