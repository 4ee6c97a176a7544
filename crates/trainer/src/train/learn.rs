//! The epochs of a run, by Burn's learner.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use burn::tensor::distributed::{DistributedConfig, ReduceOperation};
use burn::train::checkpoint::KeepLastNCheckpoints;
use burn::train::metric::LearningRateMetric;
use burn::train::{ExecutionStrategy, Learner, SupervisedTraining};
use run::RunDir;
use run::metrics::SplitName;

use super::Training;
use crate::checkpoint::{AsideCheckpointer, check, load_checkpoint};
use crate::dashboard::Dashboard;
use crate::learn::{Classifier, ClearMomentum, DeviceLoader, Restart, Scheduler, Sgd, StepRules};
use crate::metrics::{
    Recorder, ScoreKind, ScoreMetric, Session, Throughput, WeightRecorder, Written,
};
use crate::{Error, network};

impl Training {
    /// Trains up to the last epoch, or to where it was stopped.
    pub(super) fn learn(
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
        let network = network::of(config, self.train.shape(), self.train.classes());
        let rules = StepRules {
            clear_momentum: config.clear_momentum.then(|| ClearMomentum {
                restart: restart.clone(),
                sgd,
            }),
            parts: config.accumulate,
            class_weights: config.balance.class_weights(&self.train),
        };
        let classifier = Classifier::with_rules(network.init(config.seed, &autodiff)?, rules);
        let classifier = match resumed {
            // Burn panics on a record that it cannot use, so all are tried here first.
            Some(epoch) => {
                check(&run.checkpoints(), epoch)?;
                load_checkpoint(run, classifier, epoch)?
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
                true => " (devices of a server share a run only where they are CUDA's)",
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
}
