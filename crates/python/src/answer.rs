//! What logits say, as `onebit predict` has it.

/// The index of the greatest logit, the first of several; or why there is none.
pub fn argmax(logits: &[f64]) -> Result<usize, String> {
    check(logits)?;
    let mut best = 0;
    for (class, &logit) in logits.iter().enumerate() {
        if logit > logits[best] {
            best = class;
        }
    }
    Ok(best)
}

/// Whether an image is none of the classes: the greatest logit is less above the second than the threshold. The difference of
/// `singles`, which were 32-bit numbers, is rounded to one, as `runtime` has it; that of integers is exact.
pub fn is_rejected(logits: &[f64], threshold: Option<f64>, singles: bool) -> bool {
    let [mut first, mut second] = [f64::NEG_INFINITY; 2];
    for &logit in logits {
        if logit > first {
            (first, second) = (logit, first);
        } else {
            second = second.max(logit);
        }
    }
    let margin = match singles {
        true => f64::from(first as f32 - second as f32),
        false => first - second,
    };
    // Of one class alone there is no margin.
    logits.len() > 1 && threshold.is_some_and(|threshold| margin < threshold)
}

/// The probability of each class.
pub fn shares(logits: &[f64]) -> Result<Vec<f64>, String> {
    check(logits)?;
    let greatest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials = logits.iter().map(|logit| (logit - greatest).exp());
    let mut exponentials: Vec<f64> = exponentials.collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.iter_mut().for_each(|share| *share /= sum);
    Ok(exponentials)
}

fn check(logits: &[f64]) -> Result<(), String> {
    match logits.iter().find(|logit| !logit.is_finite()) {
        None => Ok(()),
        Some(found) => Err(format!("logits: expected finite numbers, found {found}")),
    }
}
