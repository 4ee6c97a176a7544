//! The engine's side of `benchmarks/infer`, and what it works on.
//!
//! ```text
//! bench_infer write WIDTH FILE         a wide ResNet of 20 layers for CIFAR-10 with random signs, packed
//! bench_infer serve FILE IMAGES THREADS
//!     answers lines of the standard input, until its end:
//!     time f32|int8 BATCH COUNT        nanoseconds of each of COUNT calls
//!     logits f32|int8 COUNT            the logits of the first COUNT images
//! bench_infer once FILE IMAGES f32|int8    the first image's class, and the process's greatest memory in KiB
//! bench_infer peak                     multiply-adds a second, of one core on registers
//! ```
//!
//! IMAGES holds images of 3 × 32 × 32 bytes, one after the other.

use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

use kernels::{Isa, peak_fma};
use runtime::{
    Activations, Affine, Conv, Engine, Model, Options, Scale, SequenceParts, Weights, calibrate,
};

struct Random(u64);

impl Random {
    fn byte(&mut self) -> u8 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 56) as u8
    }
}

fn network(width: usize) -> Model {
    let mut random = Random(width as u64);
    let mut conv = |inputs: usize, outputs: usize, kernel: usize, stride: usize| {
        let row = inputs * kernel * kernel;
        let signs = (0..outputs * row).map(|_| random.byte() & 1 == 1);
        Conv {
            in_channels: inputs,
            out_channels: outputs,
            kernel,
            stride,
            weights: Weights::Signs {
                scale: Scale::Layer((2.0 / row as f32).sqrt()),
                bits: Conv::pack(signs.collect::<Vec<_>>(), row),
            },
        }
    };
    let base = 16 * width;
    let mut convs = vec![conv(3, base, 3, 1)];
    let mut channels = base;
    for stage in 0..3 {
        for block in 0..3 {
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            convs.push(conv(channels, base << stage, 3, stride));
            channels = base << stage;
            convs.push(conv(channels, channels, 3, 1));
        }
    }
    convs.push(conv(channels, 10, 1, 1));
    let norm = |channels: usize, scale: f32| {
        Some(Affine {
            scale: vec![scale; channels],
            offset: vec![0.1; channels],
        })
    };
    let mut norms: Vec<_> = convs
        .iter()
        .map(|conv| norm(conv.in_channels, 0.5))
        .collect();
    norms[0] = norm(3, 1.0 / 64.0);
    norms.push(norm(10, 1.0));
    let parts = SequenceParts::new([3, 32, 32], norms, convs);
    parts.model().expect("the parts fit together")
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn write(width: &str, file: &str) -> Outcome {
    let model = network(width.parse()?);
    let mut random = Random(3);
    let images: Vec<u8> = (0..50 * 3072).map(|_| random.byte()).collect();
    let scales = calibrate(&model, &images)?;
    model
        .with_activation_scales(scales)?
        .save(Path::new(file))?;
    Ok(())
}

fn engine(
    file: &str,
    activations: Activations,
    threads: usize,
) -> Result<Engine, Box<dyn std::error::Error>> {
    let model = Model::load(Path::new(file))?;
    let options = Options::default()
        .with_threads(threads)
        .with_activations(activations);
    Ok(Engine::new(&model, options)?)
}

fn activations(word: &str) -> Result<Activations, String> {
    match word {
        "f32" => Ok(Activations::F32),
        "int8" => Ok(Activations::Int8),
        _ => Err(format!("activations `{word}`: expected f32 or int8")),
    }
}

fn serve(file: &str, images: &str, threads: &str) -> Outcome {
    let images = std::fs::read(images)?;
    let count = images.len() / 3072;
    let threads = threads.parse()?;
    let classes = Model::load(Path::new(file))?.classes();
    let mut floats = engine(file, Activations::F32, threads)?;
    let mut integers = engine(file, Activations::Int8, threads)?;
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [command, arithmetic, numbers @ ..] = words.as_slice() else {
            return Err(format!("`{line}`: expected a command of this program's head").into());
        };
        let engine = match activations(arithmetic)? {
            Activations::F32 => &mut floats,
            _ => &mut integers,
        };
        match (*command, numbers) {
            ("time", [batch, calls]) => {
                let (batch, calls): (usize, usize) = (batch.parse()?, calls.parse()?);
                let mut logits = vec![0.0; batch * classes];
                for call in 0..calls {
                    let first = call * batch % (count - batch + 1);
                    let pixels = &images[first * 3072..][..batch * 3072];
                    let start = Instant::now();
                    engine.logits_batch(pixels, &mut logits)?;
                    write!(output, "{} ", start.elapsed().as_nanos())?;
                }
            }
            ("logits", [wanted]) => {
                let wanted: usize = wanted.parse()?;
                let mut logits = vec![0.0; wanted * classes];
                engine.logits_batch(&images[..wanted * 3072], &mut logits)?;
                for logit in logits {
                    write!(output, "{logit} ")?;
                }
            }
            _ => return Err(format!("`{line}`: expected a command of this program's head").into()),
        }
        writeln!(output)?;
        output.flush()?;
    }
    Ok(())
}

fn once(file: &str, images: &str, word: &str) -> Outcome {
    let image = std::fs::read(images)?;
    let class = engine(file, activations(word)?, 1)?.classify(&image[..3072])?;
    println!("{class}");
    io::stdout().flush()?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    println!(
        "{}",
        line.and_then(|line| line.split_whitespace().nth(1))
            .unwrap_or("0")
    );
    Ok(())
}

fn peak() -> Outcome {
    let rate = |_| {
        let start = Instant::now();
        let count = peak_fma(Isa::best(), 200_000);
        count as f64 / start.elapsed().as_secs_f64()
    };
    let rates: Vec<f64> = (0..20).map(rate).collect();
    println!(
        "{} {}",
        Isa::best(),
        rates.iter().copied().fold(0.0, f64::max)
    );
    Ok(())
}

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["write", width, file] => write(width, file),
        ["serve", file, images, threads] => serve(file, images, threads),
        ["once", file, images, word] => once(file, images, word),
        ["peak"] => peak(),
        _ => Err("expected write, serve, once or peak: see the head of this program".into()),
    }
}
