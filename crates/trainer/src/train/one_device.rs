//! The steps of a run on one device.

use std::sync::{Arc, Mutex};

use burn::data::dataloader::{DataLoader, DataLoaderIterator};
use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::tensor::Device;
use burn::train::{
    EventProcessorTraining, InferenceStep, Interrupter, Learner, LearnerEvent,
    SupervisedLearningStrategy, SupervisedTrainingEventProcessor, TrainLoader, TrainStep,
    TrainingComponents, TrainingError, TrainingItem, ValidLoader,
};
use data::Loader;
use run::checkpoints::{Position, Sums};

use super::Stop;
use super::saver::Saver;
use crate::checkpoint::Records;
use crate::learn::{Classifier, DeviceLoader, Scored, settle_average};
use crate::metrics::Failure;

type Processor = SupervisedTrainingEventProcessor<Classifier>;

/// A learning strategy of Burn's that begins and ends at any step. Burn's own knows only whole epochs.
pub struct OneDevice {
    pub device: Device,
    pub train: DeviceLoader,
    pub held_out: DeviceLoader,
    /// What the moments of an average are estimated on.
    pub moments: Loader,
    /// Where the run goes on.
    pub start: Position,
    pub stop: Stop,
    /// What is taken when the steps begin.
    pub state: Mutex<Option<State>>,
    /// The first failure to save, and that of the metrics.
    pub failure: Failure,
    pub recording: Failure,
    /// Where the run is in the end.
    pub end: Arc<Mutex<Position>>,
}

/// What changes with the steps, besides the network.
pub struct State {
    pub optimizer: ModuleOptimizer,
    pub scheduler: ModuleLrScheduler,
    pub learning_rate: f64,
    pub saver: Saver,
}

impl SupervisedLearningStrategy<Classifier> for OneDevice {
    fn fit(
        &self,
        components: TrainingComponents<Classifier>,
        learner: Learner<Classifier>,
        _: TrainLoader<Classifier>,
        _: ValidLoader<Classifier>,
        _: usize,
    ) -> (Classifier, Processor) {
        let state = self.state.lock().expect("no holder panics").take();
        let mut course = Course {
            run: self,
            processor: components.event_processor,
            interrupter: components.interrupter,
            model: learner.model().fork(&self.device),
            state: state.expect("a run is trained once"),
            saved: self.start,
        };
        self.stop.begin(&course.interrupter);
        for epoch in self.start.epoch + 1..=components.num_epochs {
            if !course.epoch(epoch) {
                break;
            }
        }
        self.stop.end();
        *self.end.lock().expect("no holder panics") = course.saved;
        (course.model, course.processor)
    }
}

/// A run under way.
struct Course<'a> {
    run: &'a OneDevice,
    processor: Processor,
    interrupter: Interrupter,
    model: Classifier,
    state: State,
    /// Where it was saved last.
    saved: Position,
}

impl Course<'_> {
    /// Takes the steps of an epoch and scores what is held out. Says whether the run goes on.
    fn epoch(&mut self, epoch: usize) -> bool {
        let before = epoch - 1;
        let done = match before == self.run.start.epoch {
            true => self.run.start.step,
            false => 0,
        };
        if self.interrupter.should_stop() {
            return false;
        }
        let total_items = self.run.train.num_items();
        self.tell_train(LearnerEvent::StartSplit {
            epoch_number: epoch,
            total_items,
        });
        let step = self.steps(epoch, done);
        let at = Position {
            epoch: before,
            step,
        };
        // The end of the epoch clears the sums.
        self.flush();
        let sums = self.state.saver.sums(self.state.learning_rate);
        let unsettled = self.model.clone();
        let ended = !self.interrupter.should_stop() && {
            self.tell_train(LearnerEvent::EndSplit(epoch));
            self.settle(epoch) && self.score(epoch)
        };
        if !ended {
            // An average that has taken in this epoch would do so once more.
            self.model = unsettled;
            // What is saved already need not be saved once more.
            if at.step > 0 && at != self.saved {
                self.save_within(at, sums);
            }
            return false;
        }
        self.tell_train(LearnerEvent::EndEpoch(epoch));
        self.flush();
        self.state.saver.written.wait(Position::end_of(epoch));
        if self.is_broken() {
            return false;
        }
        let records = self.records();
        let saved = self.state.saver.save_epoch(epoch, records);
        self.keep(saved, Position::end_of(epoch));
        !self.interrupter.should_stop()
    }

    /// The steps of an epoch after the first `done`. Returns how many of them are done then.
    fn steps(&mut self, epoch: usize, done: usize) -> usize {
        let mut step = done;
        let mut batches = self.run.train.epoch_from(epoch as u64, done);
        while !self.interrupter.should_stop() {
            let batch = match batches.next() {
                None => break,
                Some(Ok(batch)) => batch,
                Some(Err(error)) => {
                    self.interrupter.fail(error);
                    break;
                }
            };
            let output = TrainStep::step(&self.model, batch);
            let state = &mut self.state;
            let rate = state.scheduler.step();
            state.learning_rate = rate.base();
            let model = self.model.clone();
            self.model = model.optimize(&mut state.optimizer, rate.clone(), output.grads);
            step += 1;
            let progress = batches.progress();
            let item = TrainingItem::new(output.item, progress, Some(step), Some(rate));
            self.tell_train(LearnerEvent::ProcessedItem(item));
            self.run.stop.count_step();
            if self.state.saver.is_due() && !self.interrupter.should_stop() {
                self.flush();
                let sums = self.state.saver.sums(self.state.learning_rate);
                let epoch = epoch - 1;
                self.save_within(Position { epoch, step }, sums);
            }
        }
        step
    }

    /// Lets an average take in the epoch. Says whether that went well.
    fn settle(&mut self, epoch: usize) -> bool {
        let (loader, device) = (&self.run.moments, &self.run.device);
        let settle = |average| settle_average(average, loader, epoch as u64 + 1, device);
        match self.model.end_epoch(settle) {
            Ok(()) => true,
            Err(error) => {
                self.fail(&error, "estimating moments failed");
                false
            }
        }
    }

    /// Scores what is held out. Says whether it came to the end.
    fn score(&mut self, epoch: usize) -> bool {
        let model = self.model.valid();
        let total_items = self.run.held_out.num_items();
        self.tell_valid(LearnerEvent::StartSplit {
            epoch_number: epoch,
            total_items,
        });
        let mut batches = self.run.held_out.epoch_from(epoch as u64, 0);
        let mut iteration = 0;
        loop {
            if self.interrupter.should_stop() {
                return false;
            }
            let batch = match batches.next() {
                None => break,
                Some(Ok(batch)) => batch,
                Some(Err(error)) => {
                    self.interrupter.fail(error);
                    return false;
                }
            };
            iteration += 1;
            let scored = InferenceStep::step(&model, batch);
            let item = TrainingItem::new(scored, batches.progress(), Some(iteration), None);
            self.tell_valid(LearnerEvent::ProcessedItem(item));
        }
        self.tell_valid(LearnerEvent::EndSplit(epoch));
        true
    }

    /// Saves a place within an epoch, unless the run has failed.
    fn save_within(&mut self, at: Position, sums: Sums) {
        if self.is_broken() {
            return;
        }
        // Batch norms hold the last update of their moments back until they are asked for it.
        drop(self.model.valid());
        let records = self.records();
        let saved = self.state.saver.save_within(at, sums, records);
        self.keep(saved, at);
    }

    fn records(&self) -> Records {
        Records {
            model: self.model.clone().into_record(),
            optimizer: self.state.optimizer.to_record(),
            scheduler: self.state.scheduler.to_record(),
        }
    }

    /// Remembers where the run is saved, or why it is not, which ends it.
    fn keep(&mut self, saved: Result<(), crate::Error>, at: Position) {
        match saved {
            Ok(()) => self.saved = at,
            Err(error) => self.fail(&error, "saving failed"),
        }
    }

    /// Ends the run, for a reason that is told.
    fn fail(&self, error: &crate::Error, what: &str) {
        let mut failure = self.run.failure.lock().expect("no holder panics");
        failure.get_or_insert(error.to_string());
        self.interrupter.stop(Some(what));
    }

    /// Whether numbers are missing or no numbers: what is saved after that is of no use. An image that cannot be read
    /// does no harm to what was trained before.
    fn is_broken(&self) -> bool {
        let failed = |failure: &Failure| failure.lock().expect("no holder panics").is_some();
        let data = |error: &TrainingError| matches!(error, TrainingError::Dataset(_));
        failed(&self.run.failure)
            || failed(&self.run.recording)
            || self.interrupter.error().is_some_and(|error| !data(&error))
    }

    fn flush(&mut self) {
        let flushed = self.processor.flush();
        self.interrupter.fail_on_error(flushed);
    }

    fn tell_train(&mut self, event: LearnerEvent<Scored>) {
        let told = self.processor.process_train(event);
        self.interrupter.fail_on_error(told);
    }

    fn tell_valid(&mut self, event: LearnerEvent<Scored>) {
        let told = self.processor.process_valid(event);
        self.interrupter.fail_on_error(told);
    }
}
