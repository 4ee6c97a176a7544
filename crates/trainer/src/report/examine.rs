//! What a trained network makes of its test images: which classes it confuses, and where it is most confident and wrong.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use data::{AugmentSpec, Batch, Dataset, Images};

use super::picture;
use super::run::Run;
use crate::config::TrainConfig;
use crate::learn::{mean_softmax, predict};
use crate::run::{About, Prediction, read_predictions};
use crate::{Error, images};

/// Mistakes that are shown: whole rows of three on a phone, of five elsewhere.
const SHOWN: usize = 15;
/// Photographs that are read to tell whether they are those of a run.
const MAX_DIGESTED: usize = 50_000;
/// Bytes of a weight in `model.bpk`, at least.
const MIN_BYTES: u64 = 2;

/// How a network did on its test images.
pub struct Examined {
    /// The classes' names.
    pub classes: Vec<String>,
    /// Images by true class, then by predicted one.
    pub confusion: Vec<Vec<u32>>,
    /// Images that it has an answer for.
    pub images: usize,
    /// Images without an answer, since their logits are no numbers.
    pub undecided: usize,
    /// The mistakes that it is most confident of, first the most confident.
    pub mistakes: Vec<Mistake>,
}

/// An image that got the wrong class.
pub struct Mistake {
    /// Its place in the test set.
    pub index: u32,
    /// Its class.
    pub class: usize,
    /// The class that it got.
    pub predicted: usize,
    /// The probability that the network gave to that, 0 to 1.
    pub confidence: f64,
    /// Its picture, as an address that holds it, where pictures are wanted.
    pub picture: Option<String>,
}

impl Examined {
    /// Images with the wrong class.
    pub fn wrong(&self) -> usize {
        let right: u32 = (0..self.classes.len()).map(|c| self.confusion[c][c]).sum();
        self.images + self.undecided - right as usize
    }

    /// The pairs of classes that are confused most: true class, predicted one, images.
    pub fn confused(&self, max: usize) -> Vec<(usize, usize, u32)> {
        let mut pairs = Vec::new();
        for (class, row) in self.confusion.iter().enumerate() {
            let wrong = row
                .iter()
                .enumerate()
                .filter(|&(to, &n)| to != class && n > 0);
            pairs.extend(wrong.map(|(to, &n)| (class, to, n)));
        }
        pairs.sort_by_key(|&(class, to, n)| (std::cmp::Reverse(n), class, to));
        pairs.truncate(max);
        pairs
    }
}

/// How networks are examined.
#[derive(Clone, Copy)]
pub struct Examination<'a> {
    /// Where the datasets are.
    pub root: &'a Path,
    /// Where to compute.
    pub device: &'a Device,
    /// The first so many test images; 0 for as many as a run had.
    pub limit_test: usize,
    /// Whether the mistakes' pictures are shown: a dataset's licence may not let them be given on.
    pub pictures: bool,
}

/// Runs networks on test images, which several runs of one dataset share.
pub struct Examiner<'a> {
    how: Examination<'a>,
    loaded: Option<((Dataset, usize), Arc<Images>)>,
}

impl<'a> Examiner<'a> {
    /// An examiner with no images loaded.
    pub fn new(how: Examination<'a>) -> Self {
        Self { how, loaded: None }
    }

    /// What the network of a run makes of its test images.
    ///
    /// # Errors
    ///
    /// When the network or the images are not there, or do not fit each other.
    pub fn examine(&mut self, run: &Run) -> Result<Examined, Error> {
        if let Some(about) = &run.about
            && self.how.limit_test == 0
            && run.result.is_some()
        {
            let classes = about.class_names.len();
            if let Some(predictions) = read_predictions(run.dir.path(), classes)? {
                return Ok(self.kept(run, about, &predictions));
            }
        }
        self.computed(run)
    }

    /// What the run itself kept of its test images.
    fn kept(&mut self, run: &Run, about: &About, predictions: &[Prediction]) -> Examined {
        let classes = about.class_names.len();
        let mut examined = Examined {
            classes: about.class_names.clone(),
            confusion: vec![vec![0; classes]; classes],
            images: 0,
            undecided: 0,
            mistakes: Vec::new(),
        };
        for line in predictions {
            let (class, predicted) = (line.class as usize, line.prediction as usize);
            if line.confidence.is_nan() {
                examined.undecided += 1;
                continue;
            }
            examined.images += 1;
            examined.confusion[class][predicted] += 1;
            if class != predicted {
                examined.mistakes.push(Mistake {
                    index: line.index,
                    class,
                    predicted,
                    confidence: line.confidence,
                    picture: None,
                });
            }
        }
        // Equal ones stay in their order.
        examined
            .mistakes
            .sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        examined.mistakes.truncate(SHOWN);
        // Pictures where the images are at hand.
        if self.how.pictures
            && let Ok(images) = self.images(&run.config)
            && about.must_take(&images).is_ok()
            && self.are_still_those_of(run, about)
        {
            let shape = images.shape();
            let mut pixels = vec![0; shape.iter().product()];
            let mut unused = data::rng::rng(0, data::rng::Stream::Validation, 0, 0);
            for mistake in &mut examined.mistakes {
                let index = mistake.index as usize;
                let spec = AugmentSpec::NONE;
                if index < images.len()
                    && images
                        .view(index, &spec, 1, &mut unused, &mut pixels)
                        .is_ok()
                {
                    mistake.picture = Some(picture::data_uri(&pixels, shape));
                }
            }
        }
        examined
    }

    /// Whether the images at hand are those that the run kept its predictions of. Of many photographs, which take long
    /// to read, only their numbers are compared.
    fn are_still_those_of(&self, run: &Run, about: &About) -> bool {
        let Ok(splits) = images::load(&run.config, self.how.root) else {
            return false;
        };
        let same = (splits.train.counts(), splits.test.counts())
            == (about.data.train.clone(), about.data.test.clone());
        let many = splits.test.are_photos() && splits.train.len() > MAX_DIGESTED;
        same && (many
            || splits
                .digests()
                .is_ok_and(|found| found == about.data.digests))
    }

    /// What the network of the run makes of its test images now.
    fn computed(&mut self, run: &Run) -> Result<Examined, Error> {
        let path = run.dir.path().join("model.bpk");
        if !super::lines::is_file(&path)? {
            // Without the path, so that runs of which the same is missing are told of together.
            return Err(Error::Failed(
                "no model.bpk, the trained network, which a finished training writes".into(),
            ));
        }
        // A config may name a network of any size: only one that the file can hold is built.
        let bytes = path
            .metadata()
            .map_err(|e| Error::io("reading", &path, &e))?
            .len();
        let totals = &run.summary.totals;
        let min = MIN_BYTES.saturating_mul(totals.trainable_weights);
        if bytes < min {
            return Err(Error::Failed(format!(
                "{}: expected the {} weights of {}, found {bytes} bytes",
                path.display(),
                totals.trainable_weights,
                run.config.net
            )));
        }
        let images = self.images(&run.config)?;
        if let Some(about) = &run.about {
            about.must_take(&images)?;
        }
        let net = run.config.network(images.shape(), images.classes());
        let net = run
            .dir
            .load_model(net.init(run.config.seed, self.how.device)?)?;
        let loader = images::evaluation_loader(&images, 1, run.config.seed, 1)?;
        let mut tally = Tally::new(&images);
        predict(&net, &loader, self.how.device, |batch, logits| {
            tally.add(batch, logits)
        })?;
        Ok(tally.end(&images, self.how.pictures))
    }

    /// The test images of a config, kept for the next run.
    fn images(&mut self, config: &TrainConfig) -> Result<Arc<Images>, Error> {
        let limit = images::limited(config, self.how.limit_test).limit_test;
        let key = (config.dataset, limit);
        if let Some((loaded, images)) = &self.loaded
            && *loaded == key
        {
            return Ok(images.clone());
        }
        // Before the next ones are loaded, so that there is one set at a time.
        self.loaded = None;
        let wanted = TrainConfig {
            // No training image is looked at; glyphs are drawn one by one.
            limit_train: 1,
            limit_test: limit,
            ..TrainConfig::recipe(config.dataset)
        };
        let images = Arc::new(images::load(&wanted, self.how.root)?.test);
        self.loaded = Some((key, images.clone()));
        Ok(images)
    }
}

/// Predictions as they come in.
struct Tally {
    classes: usize,
    shape: [usize; 3],
    confusion: Vec<Vec<u32>>,
    images: usize,
    undecided: usize,
    /// The most confident mistakes so far, with their pixels, first the most confident.
    mistakes: Vec<(Mistake, Vec<u8>)>,
}

impl Tally {
    fn new(images: &Images) -> Self {
        let classes = images.classes();
        Self {
            classes,
            shape: images.shape(),
            confusion: vec![vec![0; classes]; classes],
            images: 0,
            undecided: 0,
            mistakes: Vec::new(),
        }
    }

    fn add(&mut self, batch: &Batch, logits: &[f32]) {
        let size = batch.pixels.len() / batch.len();
        let rows = logits.chunks(logits.len() / batch.len());
        for (place, logits) in rows.enumerate() {
            let probabilities = mean_softmax(logits, self.classes);
            // The first of equal ones, as the score has it.
            let best = (0..self.classes)
                .rev()
                .max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
            let predicted = best.unwrap_or(0);
            let confidence = probabilities[predicted];
            let class = usize::from(batch.labels[place]);
            if confidence.is_nan() {
                self.undecided += 1;
                continue;
            }
            self.images += 1;
            self.confusion[class][predicted] += 1;
            let at = self
                .mistakes
                .partition_point(|(mistake, _)| mistake.confidence >= confidence);
            if predicted != class && at < SHOWN {
                let mistake = Mistake {
                    index: batch.indices[place],
                    class,
                    predicted,
                    confidence,
                    picture: None,
                };
                let pixels = batch.pixels[place * size..][..size].to_vec();
                self.mistakes.insert(at, (mistake, pixels));
                self.mistakes.truncate(SHOWN);
            }
        }
    }

    fn end(self, images: &Images, pictures: bool) -> Examined {
        let shape = self.shape;
        let drawn = |(mistake, pixels): (Mistake, Vec<u8>)| Mistake {
            picture: pictures.then(|| picture::data_uri(&pixels, shape)),
            ..mistake
        };
        Examined {
            classes: images.class_names().to_vec(),
            confusion: self.confusion,
            images: self.images,
            undecided: self.undecided,
            mistakes: self.mistakes.into_iter().map(drawn).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Image 0 right, 1 wrong and sure, 2 wrong and less so, 3 without an answer.
    #[test]
    fn counts_by_class_and_lists_mistakes_by_confidence() {
        let pixels = vec![0; 4 * 4];
        let names = vec!["a".to_owned(), "b".to_owned()];
        let images = Images::new(1, 2, 2, names, pixels, vec![0, 0, 1, 1]).unwrap();
        let loader = images::evaluation_loader(&Arc::new(images.clone()), 1, 1, 0).unwrap();
        let batch = loader.epoch(0).next().unwrap().unwrap();
        let mut tally = Tally::new(&images);
        tally.add(&batch, &[2.0, 0.0, 0.0, 9.0, 1.0, 0.0, f32::NAN, 0.0]);
        let found = tally.end(&images, true);
        assert_eq!(found.confusion, [[1, 1], [1, 0]]);
        assert_eq!((found.images, found.undecided, found.wrong()), (3, 1, 3));
        let order: Vec<u32> = found.mistakes.iter().map(|m| m.index).collect();
        assert_eq!(order, [1, 2]);
        assert!(found.mistakes[0].confidence > 0.999 && found.mistakes[0].picture.is_some());
        assert_eq!(found.confused(9), [(0, 1, 1), (1, 0, 1)]);
    }
}
