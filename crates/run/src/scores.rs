//! Errors per class, from counts alone.

use serde::{Deserialize, Serialize};

/// How often each class was there, was recognised, and was predicted.
///
/// Balanced accuracy and macro-F1 need no more of a confusion matrix than its diagonal and its sums,
/// so that thousands of classes take little memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassTally {
    images: Vec<usize>,
    right: Vec<usize>,
    predicted: Vec<usize>,
}

/// How a network did on the images of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    /// The class.
    pub name: String,
    /// Its images.
    pub images: usize,
    /// Those of them that got another class.
    pub wrong: usize,
    /// The same in percent; `None` where there is no image.
    #[serde(default)]
    pub error_percent: Option<f64>,
    /// Images of other classes that got this one.
    #[serde(default)]
    pub wrongly_predicted: usize,
}

/// How a network did on each class, and the two means that count each class alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// The mean over the classes of the share of their images that is recognised, in percent; of
    /// the classes that have images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balanced_accuracy_percent: Option<f64>,
    /// The mean over the classes of F1 = 2·TP / (2·TP + FP + FN), in percent; of the classes that
    /// have images or were predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macro_f1_percent: Option<f64>,
    /// Each class, in the order of the logits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassScore>,
}

impl ClassTally {
    /// No image yet, of so many classes.
    pub fn new(classes: usize) -> Self {
        Self {
            images: vec![0; classes],
            right: vec![0; classes],
            predicted: vec![0; classes],
        }
    }

    /// Adds an image of `class`; `predicted` is `None` where the network has no answer.
    ///
    /// # Panics
    ///
    /// When there is no such class.
    pub fn add(&mut self, class: usize, predicted: Option<usize>) {
        self.images[class] += 1;
        if let Some(predicted) = predicted {
            self.predicted[predicted] += 1;
            self.right[class] += usize::from(predicted == class);
        }
    }

    /// The scores of the classes of these names.
    ///
    /// # Panics
    ///
    /// When there are not as many names as classes.
    pub fn scores(&self, names: &[String]) -> ClassScores {
        assert_eq!(names.len(), self.images.len(), "a name for each class");
        let classes = names.iter().enumerate().map(|(class, name)| {
            let (images, right) = (self.images[class], self.right[class]);
            ClassScore {
                name: name.clone(),
                images,
                wrong: images - right,
                error_percent: percent(images - right, images),
                wrongly_predicted: self.predicted[class] - right,
            }
        });
        let all = || 0..names.len();
        let recalls = all().filter_map(|class| percent(self.right[class], self.images[class]));
        let f1 = all().filter_map(|class| {
            percent(
                2 * self.right[class],
                self.images[class] + self.predicted[class],
            )
        });
        ClassScores {
            balanced_accuracy_percent: mean(recalls),
            macro_f1_percent: mean(f1),
            classes: classes.collect(),
        }
    }
}

fn percent(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| 100.0 * part as f64 / of as f64)
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let numbers: Vec<f64> = numbers.collect();
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

impl ClassScores {
    /// The classes with the largest errors first; of equal ones, those with more images, then in
    /// their order. Classes without images come last.
    pub fn worst(&self) -> Vec<&ClassScore> {
        let mut classes: Vec<&ClassScore> = self.classes.iter().collect();
        let error = |class: &ClassScore| class.error_percent.unwrap_or(-1.0);
        classes.sort_by(|a, b| error(b).total_cmp(&error(a)).then(b.images.cmp(&a.images)));
        classes
    }

    /// `balanced accuracy: 87.12 %, macro-F1: 85.00 %`; `None` of no image.
    pub fn means(&self) -> Option<String> {
        let (accuracy, f1) = (self.balanced_accuracy_percent?, self.macro_f1_percent?);
        Some(format!(
            "balanced accuracy: {accuracy:.2} %, macro-F1: {f1:.2} %"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        ["bolt", "nut", "washer", "screw"][..count]
            .iter()
            .map(|&name| name.into())
            .collect()
    }

    /// The matrix [[8, 2, 0], [1, 3, 0], [1, 0, 0]] and a nut without an answer. By hand: recalls 8/10, 3/5, 0/1;
    /// F1 16/(10+10), 6/(5+5), 0/(1+0). scikit-learn gives the same, where the missing answer is a class of its own
    /// that the means leave out.
    #[test]
    fn scores_are_those_of_the_matrix() {
        let mut counts = ClassTally::new(4);
        for (class, predicted, times) in [(0, 0, 8), (0, 1, 2), (1, 0, 1), (1, 1, 3), (2, 0, 1)] {
            (0..times).for_each(|_| counts.add(class, Some(predicted)));
        }
        counts.add(1, None);
        let scores = counts.scores(&names(4));
        let close = |found: Option<f64>, expected: f64| {
            assert!(
                (found.unwrap() - expected).abs() < 1e-9,
                "{found:?}, {expected}"
            );
        };
        close(scores.balanced_accuracy_percent, 100.0 * (0.8 + 0.6) / 3.0);
        close(scores.macro_f1_percent, 100.0 * (0.8 + 0.6) / 3.0);
        let of = |class: &ClassScore| (class.images, class.wrong, class.wrongly_predicted);
        let found: Vec<_> = scores.classes.iter().map(of).collect();
        assert_eq!(found, [(10, 2, 2), (5, 2, 2), (1, 1, 0), (0, 0, 0)]);
        close(scores.classes[1].error_percent, 40.0);
        assert_eq!(scores.classes[3].error_percent, None);
        let worst: Vec<&str> = scores.worst().iter().map(|class| &*class.name).collect();
        assert_eq!(worst, ["washer", "nut", "bolt", "screw"]);
        assert_eq!(
            scores.means().unwrap(),
            "balanced accuracy: 46.67 %, macro-F1: 46.67 %"
        );
    }

    /// A class that is never right and never predicted, and one that is predicted and never there.
    #[test]
    fn means_are_over_the_classes_that_count() {
        let mut counts = ClassTally::new(3);
        counts.add(0, Some(0));
        counts.add(0, Some(2));
        let scores = counts.scores(&names(3));
        assert_eq!(scores.balanced_accuracy_percent, Some(50.0));
        // Of bolt 2/(2+1), of washer 0; nut is not there.
        assert!((scores.macro_f1_percent.unwrap() - 100.0 / 3.0).abs() < 1e-9);
        let none = ClassTally::new(3).scores(&names(3));
        assert_eq!((none.means(), none.macro_f1_percent), (None, None));
    }
}
