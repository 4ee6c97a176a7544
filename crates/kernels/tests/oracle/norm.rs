use kernels::BatchNorm;

use super::Sum;

pub struct Expected {
    pub mean: Vec<Sum>,
    pub var: Vec<Sum>,
    pub y: Vec<Sum>,
    pub grad_gamma: Vec<Sum>,
    pub grad_beta: Vec<Sum>,
    pub grad_x: Vec<Sum>,
}

pub fn batch_norm(norm: &BatchNorm, x: &[f32], grad_y: &[f32]) -> Expected {
    let unit = f64::from(f32::EPSILON) / 2.0;
    let none = || vec![Sum::default(); norm.channels];
    let (mut mean, mut var, mut grad_gamma, mut grad_beta) = (none(), none(), none(), none());
    let mut y = vec![Sum::default(); x.len()];
    let mut grad_x = y.clone();
    let m = (norm.batch * norm.pixels) as f64;
    for channel in 0..norm.channels {
        let indices: Vec<usize> = (0..norm.batch)
            .flat_map(|n| {
                let start = (n * norm.channels + channel) * norm.pixels;
                start..start + norm.pixels
            })
            .collect();
        let x_at = |i: usize| f64::from(x[i]);
        // A mean to within one rounding of its own, whatever the number of terms; so for the variance, but that
        // each deviation carries the rounding of a difference.
        let mu = indices.iter().map(|&i| x_at(i)).sum::<f64>() / m;
        mean[channel] = Sum {
            value: mu,
            inherited: 2.0 * unit * mu.abs() + 4.0 * unit,
            ..Sum::default()
        };
        let squares = indices.iter().map(|&i| (x_at(i) - mu).powi(2)).sum::<f64>() / m;
        var[channel] = Sum {
            value: squares,
            inherited: 64.0 * unit * squares + unit * unit,
            ..Sum::default()
        };
        let inv_std = 1.0 / (squares + f64::from(norm.epsilon)).sqrt();
        let gamma = norm.gamma.map_or(1.0, |gamma| f64::from(gamma[channel]));
        let beta = norm.beta.map_or(0.0, |beta| f64::from(beta[channel]));
        // The mean rounded to f32 shifts every deviation by as much.
        let shift = mean[channel].tolerance();
        let spread = squares.sqrt() + shift;
        let x_hat_error =
            |x_hat: f64| inv_std * (shift + unit * spread) + 40.0 * unit * x_hat.abs();
        let g_at = |i: usize, y: f64| {
            if norm.relu && y <= 0.0 {
                0.0
            } else {
                f64::from(grad_y[i])
            }
        };
        for &i in &indices {
            let x_hat = (x_at(i) - mu) * inv_std;
            let value = gamma * x_hat + beta;
            let inherited =
                gamma.abs() * x_hat_error(x_hat) + 4.0 * unit * (value.abs() + beta.abs());
            let clamped = if norm.relu { value.max(0.0) } else { value };
            y[i] = Sum {
                value: clamped,
                inherited,
                ..Sum::default()
            };
            let g = g_at(i, value);
            grad_beta[channel].add(g);
            grad_gamma[channel].add(g * x_hat);
            grad_gamma[channel].inherited += g.abs() * x_hat_error(x_hat);
            if norm.relu && value.abs() <= inherited {
                // Rounding decides whether the ReLU lets this one through.
                grad_beta[channel].inherited += f64::from(grad_y[i]).abs();
                grad_gamma[channel].inherited += (f64::from(grad_y[i]) * x_hat).abs();
            }
        }
        let (by_gamma, by_beta) = (grad_gamma[channel], grad_beta[channel]);
        for &i in &indices {
            let x_hat = (x_at(i) - mu) * inv_std;
            let scale = gamma * inv_std;
            let mut sum = Sum::default();
            for term in [
                g_at(i, y[i].value),
                -by_beta.value / m,
                -x_hat * by_gamma.value / m,
            ] {
                sum.add(scale * term);
            }
            let open = norm.relu && (gamma * x_hat + beta).abs() <= y[i].inherited;
            let doubt = if open {
                f64::from(grad_y[i]).abs()
            } else {
                0.0
            };
            sum.inherited = scale.abs()
                * (doubt
                    + by_beta.tolerance() / m
                    + x_hat.abs() * by_gamma.tolerance() / m
                    + x_hat_error(x_hat) * by_gamma.value.abs() / m)
                + 64.0 * unit * sum.size;
            grad_x[i] = sum;
        }
    }
    Expected {
        mean,
        var,
        y,
        grad_gamma,
        grad_beta,
        grad_x,
    }
}
