//! Top-1 and top-5 errors from logits, on the host.

use run::ClassTally;
use serde::Serialize;

/// How a network did on a set of images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Images with the wrong class.
    pub wrong: usize,
    /// Images whose class is not among the five most probable; for more than ten classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrong_top5: Option<usize>,
    /// All images.
    pub images: usize,
    /// Images of which a logit is no number, or infinite.
    #[serde(skip)]
    pub undefined: usize,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// The same by class.
    #[serde(skip)]
    pub by_class: ClassTally,
    #[serde(skip)]
    classes: usize,
}

impl Score {
    /// The score of no image yet, for this many classes.
    pub fn new(classes: usize) -> Self {
        Self {
            wrong: 0,
            wrong_top5: (classes > 10).then_some(0),
            images: 0,
            undefined: 0,
            loss: 0.0,
            by_class: ClassTally::new(classes),
            classes,
        }
    }

    /// Adds images: `labels` holds the class of each, `logits` the scores of all classes for each
    /// view of each, `[images · views, classes]`. The probabilities of an image are the mean of
    /// its views'.
    ///
    /// # Panics
    ///
    /// When the lengths do not fit each other.
    pub fn add(&mut self, logits: &[f32], labels: &[u16]) {
        let per_image = logits.len() / labels.len().max(1);
        assert!(
            per_image * labels.len() == logits.len() && per_image.is_multiple_of(self.classes),
            "{} logits for {} images of {} classes",
            logits.len(),
            labels.len(),
            self.classes
        );
        let mut loss = self.loss * self.images as f64;
        for (views, &label) in logits.chunks(per_image).zip(labels) {
            self.undefined += usize::from(!views.iter().all(|logit| logit.is_finite()));
            let probabilities = mean_softmax(views, self.classes);
            let class = usize::from(label);
            let found = probabilities[class];
            // What comes before: more probable, or as probable and listed earlier. A class that
            // is not a number is never right.
            let before = |(other, &p): (usize, &f64)| p > found || (p == found && other < class);
            let rank = match found.is_nan() {
                true => self.classes,
                false => probabilities
                    .iter()
                    .enumerate()
                    .filter(|&c| before(c))
                    .count(),
            };
            self.wrong += usize::from(rank > 0);
            let predicted = (!found.is_nan()).then(|| first_largest(&probabilities));
            self.by_class.add(class, predicted);
            if let Some(wrong) = &mut self.wrong_top5 {
                *wrong += usize::from(rank > 4);
            }
            loss -= found.ln();
        }
        self.images += labels.len();
        self.loss = loss / self.images as f64;
    }

    /// Share of images with the wrong class, in percent.
    pub fn error_percent(&self) -> f64 {
        100.0 * self.wrong as f64 / self.images as f64
    }

    /// Share of images whose class is not among the first five, in percent.
    pub fn top5_error_percent(&self) -> Option<f64> {
        self.wrong_top5
            .map(|wrong| 100.0 * wrong as f64 / self.images as f64)
    }
}

/// The first of the largest; of numbers.
pub fn first_largest(numbers: &[f64]) -> usize {
    let mut best = 0;
    for (at, number) in numbers.iter().enumerate() {
        if *number > numbers[best] {
            best = at;
        }
    }
    best
}

/// The mean over the views of the softmax of their logits.
pub fn mean_softmax(views: &[f32], classes: usize) -> Vec<f64> {
    let mut mean = vec![0.0; classes];
    let count = (views.len() / classes) as f64;
    for logits in views.chunks(classes) {
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials = logits.iter().map(|&l| f64::from(l - top).exp());
        let exponentials: Vec<f64> = exponentials.collect();
        let sum: f64 = exponentials.iter().sum();
        for (mean, e) in mean.iter_mut().zip(exponentials) {
            *mean += e / sum / count;
        }
    }
    mean
}

impl std::fmt::Display for Score {
    /// `3.75 % (375 of 10000)`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (percent, wrong, images) = (self.error_percent(), self.wrong, self.images);
        write!(f, "{percent:.2} % ({wrong} of {images})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_1_and_top_5_by_rank() {
        let mut score = Score::new(12);
        let logits: Vec<f32> = (0..12).map(|class| -(class as f32)).collect();
        for label in [0, 1, 4, 5] {
            score.add(&logits, &[label]);
        }
        assert_eq!(
            (score.wrong, score.wrong_top5, score.images),
            (3, Some(1), 4)
        );
        assert_eq!(score.to_string(), "75.00 % (3 of 4)");
        let names: Vec<String> = (0..12).map(|class| class.to_string()).collect();
        let by_class = score.by_class.scores(&names);
        let wrong: usize = by_class.classes.iter().map(|class| class.wrong).sum();
        assert_eq!((wrong, by_class.classes[0].wrongly_predicted), (3, 3));
        assert_eq!(score.top5_error_percent(), Some(25.0));
        // The loss of label l is l plus the logarithm of the sum of all exponentials.
        let log_sum = (0..12)
            .map(|class| (-f64::from(class)).exp())
            .sum::<f64>()
            .ln();
        assert!(
            (score.loss - (2.5 + log_sum)).abs() < 1e-12,
            "{}",
            score.loss
        );
        assert_eq!(Score::new(10).top5_error_percent(), None);
    }

    /// One view is sure of class 0, two lean to class 1: the mean of the softmax decides for 0,
    /// a vote or a mean of logits would for 1.
    #[test]
    fn views_are_averaged_as_probabilities() {
        let logits = [9.0, 0.0, 0.0, 0.2, 0.0, 0.2, 0.0, 12.0];
        let mut score = Score::new(2);
        score.add(&logits[..6], &[0]);
        assert_eq!(score.wrong, 0);
        score.add(&logits[4..], &[0]);
        assert_eq!((score.wrong, score.images), (1, 2));
    }

    #[test]
    fn ties_go_to_the_first_class_and_nan_is_wrong() {
        let mut score = Score::new(2);
        score.add(&[1.0, 1.0, 1.0, 1.0], &[0, 1]);
        assert_eq!(score.wrong, 1);
        score.add(&[f32::NAN, f32::NAN], &[0]);
        assert_eq!((score.wrong, score.undefined), (2, 1));
    }
}
