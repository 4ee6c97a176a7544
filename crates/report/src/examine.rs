//! What a trained network makes of its test images: which classes it confuses, and where it is most confident and wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data::{AugmentSpec, DataError, Images, Source};
use run::{
    About, ClassScores, ClassTally, Prediction, RunDir, RunError, TrainConfig, images,
    read_predictions,
};

use crate::folder::Run;
use crate::{ReportError, lines, picture};

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
    /// Images by true class and predicted one, where there are any.
    confusion: BTreeMap<(usize, usize), u32>,
    /// Errors per class.
    pub by_class: ClassScores,
    /// Images that it has an answer for.
    pub images: usize,
    /// Images without an answer, since their logits are no numbers.
    pub undecided: usize,
    /// The mistakes that it is most confident of, first the most confident.
    pub mistakes: Vec<Mistake>,
    /// Why these have no pictures though pictures are wanted.
    pub undrawn: Option<String>,
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
    /// The counts of these predictions, and the most confident mistakes among them.
    fn new(classes: &[String], predictions: &[Prediction]) -> Self {
        let mut examined = Self {
            classes: classes.to_vec(),
            confusion: BTreeMap::new(),
            by_class: ClassScores::default(),
            images: 0,
            undecided: 0,
            mistakes: Vec::new(),
            undrawn: None,
        };
        let mut counts = ClassTally::new(classes.len());
        for line in predictions {
            let (class, predicted) = (line.class as usize, line.prediction as usize);
            let decided = !line.confidence.is_nan();
            counts.add(class, decided.then_some(predicted));
            if !decided {
                examined.undecided += 1;
                continue;
            }
            examined.images += 1;
            *examined.confusion.entry((class, predicted)).or_default() += 1;
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
        examined.by_class = counts.scores(classes);
        // Equal ones stay in their order.
        examined
            .mistakes
            .sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        examined.mistakes.truncate(SHOWN);
        examined
    }

    /// Gives the mistakes their pictures; one that cannot be read has none.
    fn draw(&mut self, images: &Images) {
        let shape = images.shape();
        let mut pixels = vec![0; shape.iter().product()];
        let mut unused = data::rng::rng(0, data::rng::Stream::Validation, 0, 0);
        for mistake in &mut self.mistakes {
            let index = mistake.index as usize;
            let mut view = || images.view(index, &AugmentSpec::NONE, 1, &mut unused, &mut pixels);
            if index < images.len() && view().is_ok() {
                mistake.picture = Some(picture::data_uri(&pixels, shape));
            }
        }
    }

    /// Images with the wrong class.
    pub fn wrong(&self) -> usize {
        self.by_class.classes.iter().map(|class| class.wrong).sum()
    }

    /// The images of a class that got each class.
    pub fn row(&self, class: usize) -> Vec<u32> {
        let count = |to| self.confusion.get(&(class, to)).copied();
        let classes = 0..self.classes.len();
        classes.map(|to| count(to).unwrap_or(0)).collect()
    }

    /// The pairs of classes that are confused most: true class, predicted one, images.
    pub fn confused(&self, max: usize) -> Vec<(usize, usize, u32)> {
        let wrong = self.confusion.iter().filter(|((class, to), _)| class != to);
        let mut pairs: Vec<_> = wrong.map(|(&(class, to), &n)| (class, to, n)).collect();
        pairs.sort_by_key(|&(class, to, n)| (std::cmp::Reverse(n), class, to));
        pairs.truncate(max);
        pairs
    }
}

/// How networks are examined.
#[non_exhaustive]
pub struct Examination<'a> {
    /// Where the datasets are.
    pub root: &'a Path,
    /// What classifies the test images of a run that has not kept what its network made of them.
    pub classify: Option<&'a mut dyn Classify>,
    /// The first so many test images; 0 for as many as a run had.
    pub limit_test: usize,
    /// Whether the mistakes' pictures are shown: a dataset's licence may not let them be given on.
    pub pictures: bool,
}

impl<'a> Examination<'a> {
    /// By what finished runs have kept, with pictures where the images are.
    pub fn new(root: &'a Path) -> Self {
        Self {
            root,
            classify: None,
            limit_test: 0,
            pictures: true,
        }
    }
}

/// Computes what trained networks make of images. Whatever trains networks has one to give.
pub trait Classify {
    /// What the trained network of a run makes of each of these images, in order. Every class is one of theirs.
    ///
    /// # Errors
    ///
    /// When the network cannot be loaded, an image cannot be read, or the two do not fit each other.
    fn classify(
        &mut self,
        run: &RunDir,
        config: &TrainConfig,
        images: &Arc<Images>,
    ) -> Result<Vec<Prediction>, Box<dyn std::error::Error + Send + Sync>>;
}

/// Examines the networks of runs on test images, which several runs of one dataset share.
pub struct Examiner<'a> {
    how: Examination<'a>,
    loaded: Option<(Place, Arc<Images>)>,
}

/// Where the images of a config are.
#[derive(PartialEq)]
struct Place {
    config: TrainConfig,
    /// The folder of all datasets.
    root: PathBuf,
}

impl Place {
    /// The place that a run has recorded, where that is another one.
    fn recorded(&self, about: &About) -> Option<Self> {
        let place = PathBuf::from(about.data.place.as_ref()?);
        let (dataset, root) = match &self.config.dataset {
            named @ Source::Named(_) => (named.clone(), place),
            Source::Own(_) => (Source::Own(place), self.root.clone()),
        };
        let config = TrainConfig {
            dataset,
            ..self.config.clone()
        };
        let recorded = Self { config, root };
        (recorded != *self).then_some(recorded)
    }
}

/// Why mistakes have no pictures, without where on the machine anything lies: pages are given away.
fn undrawn(dataset: &Source, error: &ReportError) -> String {
    let name = dataset.name();
    let why = match (error, dataset) {
        (ReportError::OtherImages | ReportError::Run(RunError::OtherClasses { .. }), _) => {
            format!("the images of {name} are no longer those of the run")
        }
        (ReportError::Data(DataError::Missing { .. }), Source::Named(_)) => format!(
            "the images of {name} were not found; name the folder that holds the datasets with `--data DIR`"
        ),
        _ => format!("the images of {name} cannot be read where the run had them"),
    };
    format!("the most confident mistakes stand without their pictures: {why}")
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
    pub fn examine(&mut self, run: &Run) -> Result<Examined, ReportError> {
        match self.kept(run)? {
            Some(examined) => Ok(examined),
            None => self.computed(run),
        }
    }

    /// What the run itself has kept of all its test images, where it has.
    fn kept(&mut self, run: &Run) -> Result<Option<Examined>, ReportError> {
        let Some(about) = &run.about else {
            return Ok(None);
        };
        if self.how.limit_test > 0 || run.result.is_none() {
            return Ok(None);
        }
        let classes = &about.class_names;
        let Some(predictions) = read_predictions(run.dir.path(), classes.len())? else {
            return Ok(None);
        };
        let mut examined = Examined::new(classes, &predictions);
        let expected: usize = about.data.test.iter().sum();
        if predictions.len() != expected {
            return Err(ReportError::OtherPredictions {
                expected,
                found: predictions.len(),
            });
        }
        // Pictures where the images are at hand.
        if self.how.pictures && !examined.mistakes.is_empty() {
            match self.images(run) {
                Ok(images) => examined.draw(&images),
                Err(error) => examined.undrawn = Some(undrawn(&run.config.dataset, &error)),
            }
        }
        Ok(Some(examined))
    }

    /// Whether the images at a place are those that the run kept its predictions of. Of many photographs, which take
    /// long to read, only their numbers are compared.
    fn are_still_those_of(place: &Place, about: &About) -> bool {
        let Ok(splits) = images::load(&place.config, &place.root) else {
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
    fn computed(&mut self, run: &Run) -> Result<Examined, ReportError> {
        must_hold_network(run)?;
        if self.how.classify.is_none() {
            return Err(ReportError::NoPredictions);
        }
        let images = self.images(run)?;
        let classify = self
            .how
            .classify
            .as_mut()
            .ok_or(ReportError::NoPredictions)?;
        let predictions = classify
            .classify(&run.dir, &run.config, &images)
            .map_err(ReportError::Classify)?;
        let mut examined = Examined::new(images.class_names(), &predictions);
        if self.how.pictures {
            examined.draw(&images);
        }
        Ok(examined)
    }

    /// The test images of a run: where its settings have them, or else where they were when it was trained.
    fn images(&mut self, run: &Run) -> Result<Arc<Images>, ReportError> {
        let usual = Place {
            config: run.config.clone(),
            root: self.how.root.into(),
        };
        let error = match self.own_images(run, &usual) {
            Err(error @ ReportError::Data(_)) => error,
            // Other images in their place are told of: somebody may have put them there.
            found => return found,
        };
        let recorded = run.about.as_ref().and_then(|about| usual.recorded(about));
        let found = recorded.and_then(|place| self.own_images(run, &place).ok());
        found.ok_or(error)
    }

    /// The test images at a place, where they are those of a run.
    fn own_images(&mut self, run: &Run, place: &Place) -> Result<Arc<Images>, ReportError> {
        let images = self.loaded(place)?;
        if let Some(about) = &run.about {
            about.must_take(&images)?;
            if !Self::are_still_those_of(place, about) {
                return Err(ReportError::OtherImages);
            }
        }
        Ok(images)
    }

    /// The test images at a place, kept for the next run.
    fn loaded(&mut self, place: &Place) -> Result<Arc<Images>, ReportError> {
        let Place { config, root } = place;
        let limit = images::limited(config, self.how.limit_test).limit_test;
        let wanted = TrainConfig {
            // No training image is looked at; glyphs are drawn one by one.
            limit_train: 1,
            limit_test: limit,
            ..images::data_of(config)
        };
        let wanted = Place {
            config: wanted,
            root: root.clone(),
        };
        if let Some((loaded, images)) = &self.loaded
            && *loaded == wanted
        {
            return Ok(images.clone());
        }
        // Before the next ones are loaded, so that there is one set at a time.
        self.loaded = None;
        let images = Arc::new(images::load(&wanted.config, &wanted.root)?.test);
        self.loaded = Some((wanted, images.clone()));
        Ok(images)
    }
}

/// Refuses a run without a trained network, or with a file that cannot hold it: a config may name a network of any
/// size, and only one that is there shall be built.
fn must_hold_network(run: &Run) -> Result<(), ReportError> {
    let path = run.dir.model();
    if !lines::is_file(&path)? {
        return Err(ReportError::NoNetwork);
    }
    let found = path
        .metadata()
        .map_err(|e| RunError::io("reading", &path, e))?
        .len();
    let Some(costs) = &run.summary else {
        return Err(ReportError::NoShape);
    };
    let weights = costs.totals.trainable_weights;
    if found < MIN_BYTES.saturating_mul(weights) {
        return Err(ReportError::SmallNetwork {
            path,
            weights,
            net: run.config.net.to_string(),
            found,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Image 0 right, 1 and 2 wrong, 3 without an answer, 4 wrong and most confident.
    #[test]
    fn counts_by_class_and_lists_mistakes_by_confidence() {
        let line = |index, class, prediction, confidence| Prediction {
            index,
            class,
            prediction,
            confidence,
            margin: 0.0,
        };
        let predictions = [
            line(0, 0, 0, 0.9),
            line(1, 0, 1, 0.75),
            line(2, 1, 0, 0.75),
            line(3, 1, 0, f64::NAN),
            line(4, 1, 0, 0.999),
        ];
        let names = ["a".to_owned(), "b".to_owned()];
        let mut found = Examined::new(&names, &predictions);
        assert_eq!([found.row(0), found.row(1)], [[1, 1], [2, 0]]);
        let wrong = found.by_class.classes.iter().map(|class| class.wrong);
        assert_eq!(
            wrong.collect::<Vec<_>>(),
            [1, 3],
            "no answer is a wrong one"
        );
        assert_eq!((found.images, found.undecided, found.wrong()), (4, 1, 4));
        let order: Vec<u32> = found.mistakes.iter().map(|m| m.index).collect();
        assert_eq!(order, [4, 1, 2]);
        assert_eq!(found.confused(9), [(1, 0, 2), (0, 1, 1)]);
        // Of the mistakes that are among the images.
        let images = Images::new(1, 2, 2, names.to_vec(), vec![0; 2 * 4], vec![0, 0]).unwrap();
        found.draw(&images);
        let drawn = found.mistakes.iter().map(|m| m.picture.is_some());
        assert_eq!(drawn.collect::<Vec<_>>(), [false, true, false]);
    }
}
