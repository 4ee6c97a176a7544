//! After the first call an engine allocates nothing, whatever it is asked.
#![cfg(feature = "std")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Random, wide};
use runtime::{Activations, Engine, Options, calibrate};

/// Counts what the program asks the system for, on all threads.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: passes on to `System`, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn no_image_allocates() {
    let model = wide(7, [3, 16, 16], 8, 1, 4).model().unwrap();
    let mut random = Random(1);
    let images: Vec<u8> = (0..6).flat_map(|_| random.image(&model)).collect();
    let size = model.image_len();
    let scales = calibrate(&model, &images).unwrap();
    let model = model.with_activation_scales(scales).unwrap();
    for activations in [Activations::F32, Activations::Int8] {
        for threads in [1, 2] {
            let mut engine = Engine::new(
                &model,
                Options::default()
                    .with_threads(threads)
                    .with_activations(activations),
            )
            .unwrap();
            let mut logits = vec![0.0; 6 * model.classes()];
            engine.logits_batch(&images, &mut logits).unwrap();
            engine.classify(&images[..size]).unwrap();
            let before = ALLOCATIONS.load(Ordering::Relaxed);
            for image in images.chunks(size) {
                engine.classify(image).unwrap();
            }
            engine.logits_batch(&images, &mut logits).unwrap();
            let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
            assert_eq!(allocations, 0, "{activations:?} on {threads} threads");
            assert!(logits.iter().any(|&logit| logit != 0.0));
        }
    }
}
