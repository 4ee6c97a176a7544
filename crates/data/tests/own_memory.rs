//! What reading a user's own data takes, in memory: little more than what it holds in the end.
//!
//! One test alone, so that nothing else allocates meanwhile.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::pictures::{Shade, draw};
use common::put;
use data::{DataError, OwnOptions, survey};
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

/// Counts bytes. A buffer that grows is there twice while it moves, as `GlobalAlloc::realloc` has
/// it.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system does all of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// What a survey makes of a path, and its peak in bytes.
fn peak(path: &Path, options: &OwnOptions) -> (Result<usize, DataError>, usize) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let found = survey(path, options).map(|found| {
        let count = |class: &data::ClassCounts| class.train + class.validation + class.test;
        found.classes.iter().map(count).sum()
    });
    (found, PEAK.load(Ordering::Relaxed) - before)
}

const MB: usize = 1 << 20;

/// Bytes that do not shrink much, and some that do.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..len).map(|_| next()).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn npy(code: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{code}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let len = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\0", &len[..], header.as_bytes(), bytes].concat()
}

fn npz(arrays: [(&str, Vec<u8>); 2]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        let options = SimpleFileOptions::default();
        writer.start_file(format!("{name}.npy"), options).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn little_more_than_what_is_held() {
    let root = tempfile::tempdir().unwrap();
    let check = |name: &str, images: usize, held: usize| {
        let options = OwnOptions::default().with_threads(1);
        let (found, peak) = peak(&root.path().join(name), &options);
        assert_eq!(found.unwrap(), images, "{name}");
        let max = held + held / 5 + 64 * MB;
        assert!(peak <= max, "{name}: {} of {} MB", peak / MB, max / MB);
    };
    let picture = |index: u32| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        draw([4, 5], Shade::of("", index, index))
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    };
    let names: Vec<String> = (0..8)
        .map(|i| format!("{}/{i}.png", ["a", "b"][i % 2]))
        .collect();
    let mut files: Vec<(&str, Vec<u8>)> = names
        .iter()
        .zip(0..)
        .map(|(name, i)| (&**name, picture(i)))
        .collect();
    let held = 160 * MB;
    files.push(("a/other.bin", vec![0; held]));
    put(root.path(), "a.tgz", &packed(&common::tar(&files)));
    check("a.tgz", 8, held);
    // Of what is refused, no more is taken than is allowed.
    for allowed in [0, 20, 150] {
        let allowed = allowed * MB;
        let options = OwnOptions::default().with_max_memory(Some(allowed as u64));
        let (found, peak) = peak(&root.path().join("a.tgz"), &options);
        assert!(
            matches!(found, Err(DataError::Oversized { .. })),
            "{found:?}"
        );
        assert!(peak <= allowed + allowed / 5 + 64 * MB, "{} MB", peak / MB);
    }
    drop(files);
    // 64 KB an image, in four sizes of elements.
    let (side, images) = (256, 1200);
    let size = side * side;
    let labels: Vec<u8> = (0..images).map(|i| (i % 2) as u8).collect();
    let pixels = noise(images * size);
    let idx = |shape: &[u32], bytes: &[u8]| common::idx(0x800 + shape.len() as u32, shape, bytes);
    let shape = [images as u32, side as u32, side as u32];
    let (x, y) = (idx(&shape, &pixels), idx(&[images as u32], &labels));
    put(root.path(), "plain/train-images-idx3-ubyte", &x);
    put(root.path(), "plain/train-labels-idx1-ubyte", &y);
    check("plain", images, pixels.len());
    put(root.path(), "gz/train-images-idx3-ubyte.gz", &packed(&x));
    put(root.path(), "gz/train-labels-idx1-ubyte.gz", &packed(&y));
    drop((x, y));
    check("gz", images, pixels.len());
    let labels = npy("|u1", &format!("({images},)"), &labels);
    let planar = npy(
        "|u1",
        &format!("({}, 3, {side}, {side})", images / 3),
        &pixels,
    );
    let some = npy(
        "|u1",
        &format!("({},)", images / 3),
        &labels[labels.len() - images / 3..],
    );
    put(
        root.path(),
        "planar.npz",
        &npz([("images", planar), ("labels", some)]),
    );
    check("planar.npz", images / 3, pixels.len());
    let wide: Vec<u8> = pixels.iter().flat_map(|&byte| [byte, 0]).collect();
    let wide = npy("<i2", &format!("({images}, {side}, {side})"), &wide);
    put(
        root.path(),
        "wide.npz",
        &npz([("images", wide), ("labels", labels)]),
    );
    check("wide.npz", images, 2 * pixels.len());
    // What is no array of images is refused by its head.
    let flat = npy("|u1", &format!("({images}, {size})"), &pixels);
    let labels = npy("|u1", "(1,)", &[0]);
    let options = OwnOptions::default().with_threads(1);
    put(
        root.path(),
        "flat.npz",
        &npz([("images", flat), ("labels", labels)]),
    );
    let one = npy("|u1", &format!("(1, {side}, {side})"), &pixels[..size]);
    let labels = npy("|u1", &format!("({},)", pixels.len()), &pixels);
    put(
        root.path(),
        "labels.npz",
        &npz([("images", one), ("labels", labels)]),
    );
    for name in ["flat.npz", "labels.npz"] {
        let (found, peak) = peak(&root.path().join(name), &options);
        let found = found.unwrap_err();
        let limits = |error: &DataError| {
            matches!(
                error,
                DataError::Oversized { .. } | DataError::Memory { .. }
            )
        };
        assert!(!limits(&found), "{found}");
        assert!(peak <= 8 * MB, "{name}: {} MB", peak / MB);
    }
    let record = 1 + 3072;
    let count = pixels.len() / record;
    let mut records = pixels;
    records.truncate(count * record);
    records
        .iter_mut()
        .step_by(record)
        .for_each(|label| *label %= 2);
    put(root.path(), "cifar/train.bin", &records);
    drop(records);
    check("cifar", count, count * record);
}
