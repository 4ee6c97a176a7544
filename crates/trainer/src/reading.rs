//! How far the reading of own images is: a bar on a terminal, else a line every few seconds.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use data::{Plan, Watch};
use indicatif::{ProgressBar, ProgressStyle};
use run::memory::available;
use word_list::Counted;

use crate::size;

/// The time between two lines.
const BETWEEN: Duration = Duration::from_secs(5);

/// Tells on standard error how far the reading is, since standard output may be for a program.
pub struct Reading {
    looks: ProgressBar,
    images: ProgressBar,
    last: Mutex<Instant>,
    /// Told what the images take in memory.
    plan: fn(&str),
}

impl Reading {
    /// Also tells `plan` what the images take in memory.
    pub fn new(plan: fn(&str)) -> Self {
        Self {
            looks: bar("looking at the images"),
            images: bar("reading the images"),
            last: Mutex::new(Instant::now()),
            plan,
        }
    }

    fn tell(&self, bar: &ProgressBar, done: usize, all: usize) {
        if !bar.is_hidden() {
            bar.set_length(all as u64);
            bar.inc(1);
            if done == all {
                bar.finish_and_clear();
            }
        // Who tells is not waited for.
        } else if let Ok(mut last) = self.last.try_lock()
            && last.elapsed() >= BETWEEN
        {
            *last = Instant::now();
            crate::note(&format!("{}: {}", bar.message(), part(done, all)));
        }
    }
}

/// That of a command whose standard output is for its results.
impl Default for Reading {
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl Watch for Reading {
    fn looked(&self, done: usize, all: usize) {
        self.tell(&self.looks, done, all);
    }

    fn planned(&self, plan: &Plan) {
        (self.plan)(&planned(plan, available().map(|left| left.bytes)));
    }

    fn made(&self, done: usize, all: usize) {
        self.tell(&self.images, done, all);
    }
}

fn bar(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left")
        .expect("the template is valid");
    ProgressBar::new(0).with_style(style).with_message(what)
}

/// `1200 of 60000 (2 %)`
fn part(done: usize, all: usize) -> String {
    format!(
        "{done} of {all} ({:.0} %)",
        100.0 * done as f64 / all.max(1) as f64
    )
}

/// What images take, what there is, and what follows from both.
fn planned(plan: &Plan, available: Option<u64>) -> String {
    let Plan {
        images,
        shape: [channels, height, width],
        bytes,
        ..
    } = *plan;
    let of = match available {
        Some(left) => format!("{} are available", size(left)),
        None => "how much is available is not known".into(),
    };
    let kept = match plan.in_memory {
        true => "they are decoded once and kept".into(),
        false => format!(
            "more than the {} that images may take, they stay in their files and are decoded each time they are wanted, which takes longer",
            size(plan.max_bytes)
        ),
    };
    format!(
        "memory: {} of {channels}x{height}x{width} take {} once decoded, {of}; {kept}",
        Counted(images, "image"),
        size(bytes)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Plans(Mutex<Vec<Plan>>);

    impl Watch for Plans {
        fn planned(&self, plan: &Plan) {
            self.0.lock().unwrap().push(*plan);
        }
    }

    #[test]
    fn what_images_take_decides_whether_they_are_kept_and_is_told() {
        let dir = tempfile::tempdir().unwrap();
        for (class, level) in [("a", 0), ("b", 200)] {
            std::fs::create_dir(dir.path().join(class)).unwrap();
            for number in 0..5_u8 {
                let path = dir.path().join(format!("{class}/{number}.png"));
                let picture = image::GrayImage::from_pixel(32, 64, image::Luma([level + number]));
                picture.save(path).unwrap();
            }
        }
        // 10 images of 64 · 32 bytes.
        for (max, in_memory, words) in [
            (20_480, true, "they are decoded once and kept"),
            (20_479, false, "stay in their files"),
        ] {
            let options = data::OwnOptions::default().with_max_memory(Some(max));
            let found = data::OwnData::find(dir.path(), &options).unwrap();
            let plans = Plans::default();
            let (splits, _) = found.load(&plans).unwrap();
            assert_eq!(splits.train.are_in_memory(), in_memory);
            let plans = plans.0.into_inner().unwrap();
            assert_eq!(plans.len(), 1);
            let line = planned(&plans[0], Some(3 << 30));
            let begin =
                "memory: 10 images of 1x64x32 take 20 KiB once decoded, 3.0 GiB are available; ";
            assert!(line.starts_with(begin) && line.contains(words), "{line}");
        }
    }

    #[test]
    fn a_part_is_told_in_percent() {
        assert_eq!(part(1200, 60_000), "1200 of 60000 (2 %)");
        assert_eq!(part(0, 0), "0 of 0 (0 %)");
    }
}
