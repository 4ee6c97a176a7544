//! Engines.

use std::sync::{Mutex, MutexGuard, TryLockError};

use runtime::reference::argmax;
use runtime::{Activations, Engine, Options, Rejection};

use crate::memory::{apart, handle, input, output, place};
use crate::model::ModelHandle;
use crate::status::{Failure, ONEBIT_BUSY, ONEBIT_INTERNAL, Status, argument, guard};

/// Activations in 32-bit numbers, as in training.
pub const ONEBIT_F32: i32 = 0;
/// Activations in 8-bit integers: faster, and the logits are the same on every machine. The file needs
/// activation scales, which the export of a run writes.
pub const ONEBIT_INT8: i32 = 1;

/// What onebit_engine_answer says of an image that is none of the classes.
pub const ONEBIT_NONE_OF_THESE: i64 = -1;

/// Images that are classified at a time, so that their logits take little memory.
const CHUNK: usize = 256;

/// A network ready to compute, with threads and memory of its own. One thread at a time may call it, whichever;
/// another that calls meanwhile gets ONEBIT_BUSY. After fork() the child must not use an engine of its parent,
/// because the threads stay there.
pub struct EngineHandle {
    engine: Mutex<Engine>,
    image_len: usize,
    classes: usize,
    rejection: Option<Rejection>,
    threads: usize,
}

impl EngineHandle {
    fn lock(&self) -> Result<MutexGuard<'_, Engine>, Failure> {
        let (status, message) = match self.engine.try_lock() {
            Ok(engine) => return Ok(engine),
            Err(TryLockError::WouldBlock) => (
                ONEBIT_BUSY,
                "engine: expected one call at a time, found another thread's; make an engine for each thread",
            ),
            Err(TryLockError::Poisoned(_)) => (
                ONEBIT_INTERNAL,
                "engine: expected an engine without errors, found one in which a call met a bug; make a new one",
            ),
        };
        let message = message.into();
        Err(Failure { status, message })
    }

    /// What `say` makes of the logits of each image.
    fn each<T>(
        &self,
        computing: &mut Engine,
        images: &[u8],
        results: &mut [T],
        say: impl Fn(&[f32]) -> T,
    ) -> Result<(), Failure> {
        let mut logits = vec![0.0; results.len().min(CHUNK) * self.classes];
        let chunks = images.chunks(CHUNK * self.image_len);
        for (images, results) in chunks.zip(results.chunks_mut(CHUNK)) {
            let logits = &mut logits[..results.len() * self.classes];
            computing.logits_batch(images, logits)?;
            for (result, logits) in results.iter_mut().zip(logits.chunks(self.classes)) {
                *result = say(logits);
            }
        }
        Ok(())
    }

    /// Refuses lengths that are not those of `count` images and their results.
    fn check(
        &self,
        count: usize,
        images: usize,
        results: (&str, usize, usize),
    ) -> Result<(), Failure> {
        let (name, each, found) = results;
        for (name, each, found) in [
            ("images_length", self.image_len, images),
            (name, each, found),
        ] {
            if count.checked_mul(each) != Some(found) {
                let expected = format!("{each} for each of {count} images");
                return Err(argument(name, &expected, found));
            }
        }
        Ok(())
    }
}

/// Makes an engine of a network, which may be freed afterwards. threads counts the calling one, so that 0 and 1
/// start none; 256 are the most. activations is ONEBIT_F32 or ONEBIT_INT8. On ONEBIT_OK *engine is to be freed
/// with onebit_engine_free; otherwise it is NULL. ONEBIT_MODEL when 8-bit activations are asked for and the
/// network has no activation scales.
///
/// # Safety
///
/// model is NULL or a network; engine is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_engine_new(
    model: *const ModelHandle,
    threads: usize,
    activations: i32,
    engine: *mut *mut EngineHandle,
) -> Status {
    guard(|| {
        // SAFETY: as the caller promises.
        let to = unsafe { place("engine", engine) }?;
        // SAFETY: as the caller promises.
        let model = unsafe { handle("model", model) }?;
        let activations = match activations {
            ONEBIT_F32 => Activations::F32,
            ONEBIT_INT8 => Activations::Int8,
            other => return Err(argument("activations", "ONEBIT_F32 or ONEBIT_INT8", other)),
        };
        let options = Options::default()
            .with_threads(threads)
            .with_activations(activations);
        let engine = Engine::new(&model.model, options)?;
        *to = Box::into_raw(Box::new(EngineHandle {
            threads: engine.threads(),
            engine: Mutex::new(engine),
            image_len: model.model.image_len(),
            classes: model.model.classes(),
            rejection: model.model.rejection(),
        }));
        Ok(())
    })
}

/// Frees an engine and ends its threads. NULL is passed over.
///
/// # Safety
///
/// engine is NULL or comes from onebit_engine_new, is freed once, and no thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_engine_free(engine: *mut EngineHandle) {
    guard(|| {
        if !engine.is_null() {
            // SAFETY: it comes from `Box::into_raw`, and the caller frees it once.
            drop(unsafe { Box::from_raw(engine) });
        }
        Ok(())
    });
}

/// The threads that compute, the calling one included: as many as were asked for and the system granted.
/// 0 for NULL.
///
/// # Safety
///
/// engine is NULL or an engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_engine_threads(engine: *const EngineHandle) -> usize {
    // SAFETY: as the caller promises.
    unsafe { engine.as_ref() }.map_or(0, |engine| engine.threads)
}

/// The logits of count images. images holds them one after the other, each channel by channel, row by row;
/// images_length is count * onebit_model_image_length. logits takes one number per class for each image;
/// logits_length, in numbers, is count * onebit_model_classes. With several threads a batch is faster than
/// its images one by one.
///
/// # Safety
///
/// engine is NULL or an engine; so many bytes can be read at images, so many numbers be written at logits,
/// and no other thread touches them during the call. Where there are none, the pointer may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_engine_logits(
    engine: *mut EngineHandle,
    count: usize,
    images: *const u8,
    images_length: usize,
    logits: *mut f32,
    logits_length: usize,
) -> Status {
    guard(|| {
        // SAFETY: as the caller promises.
        let engine = unsafe { handle("engine", engine) }?;
        engine.check(
            count,
            images_length,
            ("logits_length", engine.classes, logits_length),
        )?;
        apart((images, images_length), (logits, logits_length))?;
        let mut computing = engine.lock()?;
        // SAFETY: as the caller promises; an `f32` may be zeros.
        let logits = unsafe { output("logits", logits, logits_length) }?;
        // SAFETY: as the caller promises, and they are not the logits.
        let images = unsafe { input("images", images, images_length) }?;
        Ok(computing.logits_batch(images, logits)?)
    })
}

/// The classes of count images, that is the index of each one's greatest logit, the first of several. images
/// is as in onebit_engine_logits; classes takes one number for each image; classes_length is count.
///
/// # Safety
///
/// As onebit_engine_logits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_engine_classify(
    engine: *mut EngineHandle,
    count: usize,
    images: *const u8,
    images_length: usize,
    classes: *mut usize,
    classes_length: usize,
) -> Status {
    guard(|| {
        // SAFETY: as the caller promises.
        let engine = unsafe { handle("engine", engine) }?;
        engine.check(count, images_length, ("classes_length", 1, classes_length))?;
        apart((images, images_length), (classes, classes_length))?;
        let mut computing = engine.lock()?;
        // SAFETY: as the caller promises; a number may be zeros.
        let classes = unsafe { output("classes", classes, classes_length) }?;
        // SAFETY: as the caller promises, and they are not the classes.
        let images = unsafe { input("images", images, images_length) }?;
        engine.each(&mut computing, images, classes, argmax)
    })
}

/// The answers about count images: the class of each, or ONEBIT_NONE_OF_THESE where the network says that it is none of
/// them, because its greatest logit is too little above the second. Without a threshold in its file every image has a
/// class. images is as in onebit_engine_logits; answers takes one number for each image; answers_length is count.
///
/// # Safety
///
/// As onebit_engine_logits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_engine_answer(
    engine: *mut EngineHandle,
    count: usize,
    images: *const u8,
    images_length: usize,
    answers: *mut i64,
    answers_length: usize,
) -> Status {
    guard(|| {
        // SAFETY: as the caller promises.
        let engine = unsafe { handle("engine", engine) }?;
        engine.check(count, images_length, ("answers_length", 1, answers_length))?;
        apart((images, images_length), (answers, answers_length))?;
        let mut computing = engine.lock()?;
        // SAFETY: as the caller promises; a number may be zeros.
        let answers = unsafe { output("answers", answers, answers_length) }?;
        // SAFETY: as the caller promises, and they are not the answers.
        let images = unsafe { input("images", images, images_length) }?;
        engine.each(&mut computing, images, answers, |logits| {
            match engine.rejection {
                Some(rejection) if rejection.rejects(logits) => ONEBIT_NONE_OF_THESE,
                _ => argmax(logits) as i64,
            }
        })
    })
}
