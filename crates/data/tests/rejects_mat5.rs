//! Malformed MATLAB files: an error in bounded memory, never a panic.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;

use common::{assert_refused, fixture, put};
use data::mat5::{self, Data, Variable};
use data::{DataError, Dataset};
use flate2::{Compression, write::ZlibEncoder};

fn read(bytes: &[u8]) -> Result<Vec<Variable>, DataError> {
    mat5::read_from(Path::new("x.mat"), &mut &bytes[..], 1 << 20, |_| true)
}

#[track_caller]
fn refuses(bytes: &[u8], words: &[&str]) {
    let error = read(bytes).expect_err("reading should fail").to_string();
    for word in ["x.mat"].iter().chain(words) {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
}

fn element(kind: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = [kind.to_le_bytes(), (content.len() as u32).to_le_bytes()].concat();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

fn array(class: u32, dims: &[i32], name: &[u8], content: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|dim| dim.to_le_bytes()).collect();
    let flags = [class.to_le_bytes(), [0; 4]].concat();
    let parts = [
        element(6, &flags),
        element(5, &dims),
        element(1, name),
        content.to_vec(),
    ];
    element(14, &parts.concat())
}

fn compressed(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    let zlib = encoder.finish().unwrap();
    let head = [15u32.to_le_bytes(), (zlib.len() as u32).to_le_bytes()].concat();
    [head, zlib].concat()
}

fn file(elements: &[u8]) -> Vec<u8> {
    let mut bytes = b"MATLAB 5.0 MAT-file".to_vec();
    bytes.resize(124, 0);
    bytes.extend_from_slice(&[0x00, 0x01, b'I', b'M']);
    bytes.extend_from_slice(elements);
    bytes
}

#[test]
fn truncated_at_every_16th_byte() {
    for name in ["plain.mat", "compressed.mat", "big_endian.mat"] {
        let bytes = fs::read(fixture(&format!("mat/{name}"))).unwrap();
        let whole = read(&bytes).unwrap();
        for length in (0..bytes.len()).step_by(16).chain([bytes.len() - 1]) {
            match read(&bytes[..length]) {
                // Between two variables a file may well end.
                Ok(found) => assert_eq!(found[..], whole[..found.len()], "{name} at {length}"),
                Err(DataError::Truncated {
                    expected, found, ..
                }) => {
                    assert!(
                        expected > found && found == length as u64,
                        "{name} at {length}"
                    );
                }
                Err(error) => panic!("{name} at {length}: {error}"),
            }
        }
    }
}

#[test]
fn no_single_changed_byte_makes_it_panic() {
    for name in ["plain.mat", "compressed.mat", "big_endian.mat"] {
        let bytes = fs::read(fixture(&format!("mat/{name}"))).unwrap();
        for at in 120..bytes.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                let _ = read(&changed);
            }
        }
    }
}

#[test]
fn headers_of_other_files() {
    refuses(b"", &["expected 128 bytes", "only 0"]);
    refuses(&[b'x'; 200], &["`IM` or `MI`", "[78, 78]"]);
    let mut hdf5 = file(&[]);
    hdf5[125] = 2;
    refuses(&hdf5, &["7.3", "HDF5", "`-v7`", "h5py", "savemat"]);
    hdf5[125] = 9;
    refuses(&hdf5, &["0x0100", "0x0900"]);
    let bare = [&b"\x89HDF\r\n\x1a\n"[..], &[0; 200]].concat();
    refuses(&bare, &["HDF5", "`-v7`", "savemat"]);
    assert_eq!(read(&file(&[])).unwrap(), []);
    let error = mat5::read(Path::new("/nonexistent.mat"), 1)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("/nonexistent.mat: no such file or folder"),
        "{error}"
    );
}

#[test]
fn sizes_that_overflow_or_lie() {
    let huge = [i32::MAX; 4];
    refuses(
        &file(&array(9, &huge, b"x", &[])),
        &["addressable product", "2147483647"],
    );
    refuses(&file(&array(9, &[-1, 1], b"x", &[])), &["none below 0"]);
    refuses(
        &file(&array(9, &[1], b"x", &[])),
        &["2 to 32 numbers", "4 bytes"],
    );
    refuses(
        &file(&array(9, &[1; 33], b"x", &[])),
        &["dimensions", "at most 128 bytes"],
    );
    let two = element(2, &[1, 2]);
    refuses(
        &file(&array(9, &[1, 3], b"x", &two)),
        &["variable `x`", "3 of 1 bytes", "2 bytes"],
    );
    // A length beyond the array, and one beyond the file.
    let mut lying = array(9, &[1, 2], b"x", &two);
    let at = lying.len() - 12;
    lying[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    refuses(
        &file(&lying),
        &["ends inside its array", "4294967295 bytes"],
    );
    let mut beyond = array(9, &[1, 1 << 19], b"x", &element(2, &vec![0; 1 << 19]));
    beyond.truncate(100);
    refuses(&file(&beyond), &["expected 524480 bytes", "only 228"]);
    let mut long = array(9, &[1, 1 << 20], b"x", &element(2, &[1, 2]));
    let at = long.len() - 12;
    long[at..at + 4].copy_from_slice(&(1u32 << 20).to_le_bytes());
    long[4..8].copy_from_slice(&(1u32 << 21).to_le_bytes());
    refuses(&file(&long), &["at most 1048576 bytes"]);
    refuses(
        &file(&array(9, &[1, 2], b"x", &[two.clone(), two].concat())),
        &["16 more bytes"],
    );
    refuses(
        &file(&array(9, &[1, 2], b"x", &[])),
        &["8 more bytes", "end after 0"],
    );
}

#[test]
fn kinds_that_do_not_fit() {
    refuses(
        &file(&element(2, b"no array")),
        &["an array (14 or 15)", "element type 2"],
    );
    refuses(
        &file(&[14, 0, 9, 0, 0, 0, 0, 0]),
        &["4 bytes at most", "9 bytes"],
    );
    refuses(
        &file(&array(18, &[1, 1], b"x", &[])),
        &["class of 1 to 17", "class 18"],
    );
    refuses(&file(&array(0, &[1, 1], b"x", &[])), &["class 0"]);
    refuses(
        &file(&array(9, &[1, 1], b"x", &element(16, b"a"))),
        &["element type 16"],
    );
    refuses(
        &file(&array(1, &[1, 1], b"x", &element(2, b"a"))),
        &["cell", "element type 2"],
    );
    refuses(
        &file(&array(4, &[1, 1], b"x", &element(9, &[0; 8]))),
        &["text", "element type 9"],
    );
    refuses(
        &file(&array(4, &[1, 2], b"x", &element(16, b"\xff\xff"))),
        &["Unicode"],
    );
    refuses(
        &file(&array(4, &[1, 1], b"x", &element(17, &[0, 0xd8]))),
        &["Unicode"],
    );
    refuses(
        &file(&array(4, &[1, 1], b"x", &element(4, &[65, 0, 66]))),
        &["Unicode"],
    );
    refuses(
        &file(&array(4, &[1, 3], b"x", &element(16, b"ab"))),
        &["3 characters", "found 2"],
    );
    refuses(&file(&array(9, &[1, 1], b"\xff", &[])), &["name", "UTF-8"]);
    refuses(
        &file(&array(9, &[1, 1], &[b'n'; 5000], &[])),
        &["name", "at most 4096 bytes"],
    );
    let half = element(9, &0.5f64.to_le_bytes());
    refuses(
        &file(&array(9, &[1, 1], b"x", &half)),
        &["0.5, which u8 cannot hold"],
    );
    let one = array(9, &[1, 1], b"x", &element(2, &[1]));
    refuses(
        &file(&[one.clone(), one].concat()),
        &["each name once", "two of `x`"],
    );
}

#[test]
fn cells_are_bounded_in_depth_and_number() {
    let nested = |depth: usize| {
        let mut cell = array(9, &[1, 1], b"", &element(2, &[1]));
        for _ in 1..depth {
            cell = array(1, &[1, 1], b"", &cell);
        }
        file(&array(1, &[1, 1], b"x", &cell))
    };
    read(&nested(16)).unwrap();
    refuses(&nested(17), &["at most 16 deep"]);
    refuses(&nested(10_000), &["at most 16 deep"]);
    // A million empty cells, 8 bytes each, in a few kilobytes.
    let empty = element(14, &[]).repeat(1_000_000);
    let many = array(1, &[1000, 1000], b"x", &empty);
    refuses(&file(&compressed(&many)), &["at most 1048576 bytes"]);
    refuses(
        &file(&array(1, &[i32::MAX, 2], b"x", &[])),
        &["8 more bytes"],
    );
}

#[test]
fn compressed_parts() {
    let one = array(9, &[1, 1], b"x", &element(2, &[1]));
    assert_eq!(read(&file(&compressed(&one))).unwrap().len(), 1);
    refuses(
        &file(&compressed(&compressed(&one))),
        &["an array (14)", "element type 15"],
    );
    refuses(&file(&compressed(&[])), &["a compressed MATLAB array"]);
    refuses(
        &file(&compressed(&one[..one.len() - 8])),
        &["compressed MATLAB array", "only"],
    );
    refuses(
        &file(&compressed(&[&one[..], b"more"].concat())),
        &["end of the compressed part"],
    );
    let mut damaged = file(&compressed(&one));
    let at = damaged.len() - 1; // the Adler-32 of the content
    damaged[at] ^= 1;
    refuses(&damaged, &["a compressed MATLAB array", "damage"]);
    refuses(
        &file(&element(15, b"no zlib!")),
        &["a compressed MATLAB array"],
    );
    // 64 MiB in 64 KiB.
    let bomb = array(9, &[1 << 13, 1 << 13], b"x", &element(2, &vec![0; 1 << 26]));
    refuses(&file(&compressed(&bomb)), &["at most 1048576 bytes"]);
    // Not wanted, it costs nothing.
    let both = file(&[compressed(&bomb), one].concat());
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "x.mat", &both);
    let found = mat5::read_some(&folder.path().join("x.mat"), 0, |_| false).unwrap();
    assert_eq!(found, []);
}

#[test]
fn a_nameless_array_is_passed_over() {
    let nameless = array(9, &[1, 1], b"", &element(2, &[1]));
    let named = array(9, &[0, 0], b"x", &element(2, &[]));
    let found = read(&file(
        &[nameless.clone(), compressed(&nameless), named].concat(),
    ))
    .unwrap();
    assert_eq!(found.len(), 1);
    assert!(matches!(&found[0].array.data, Data::Numbers(numbers) if numbers.is_empty()));
}

#[test]
fn svhn_files_of_the_wrong_content() {
    let root = tempfile::tempdir().unwrap();
    for name in ["train", "test"] {
        let name = format!("svhn/{name}_32x32.mat");
        put(root.path(), &name, &fs::read(fixture(&name)).unwrap());
    }
    let images =
        |dims: &[i32], count: usize| array(9, dims, b"X", &element(2, &vec![0; 3072 * count]));
    let two = images(&[32, 32, 3, 2], 2);
    let labels = |dims: &[i32], labels: &[u8]| array(9, dims, b"y", &element(2, labels));
    let good = labels(&[2, 1], &[1, 10]);
    let cases: &[(&[&[u8]], &[&str])] = &[
        (&[&two], &["`y`", "none"]),
        (&[&good], &["`X`", "none"]),
        (
            &[&images(&[3, 32, 32, 2], 2), &good],
            &["32 x 32 x 3 x N", "[3, 32, 32, 2] u8"],
        ),
        (
            &[&images(&[32, 32, 3, 0], 0), &good],
            &["32 x 32 x 3 x N", "[32, 32, 3, 0] u8"],
        ),
        (&[&array(1, &[0, 0], b"X", &[]), &good], &["[0, 0] cells"]),
        (
            &[&two, &labels(&[1, 1], &[1])],
            &["`y`", "2 x 1 numbers", "[1, 1] u8"],
        ),
        (
            &[&two, &labels(&[2, 1], &[1, 0])],
            &["1 to 10", "0 at image 1"],
        ),
        (
            &[&two, &labels(&[2, 1], &[11, 1])],
            &["1 to 10", "11 at image 0"],
        ),
    ];
    for (variables, words) in cases {
        put(
            root.path(),
            "svhn/train_32x32.mat",
            &file(&variables.concat()),
        );
        assert_refused(Dataset::Svhn, root.path(), words);
        assert_refused(Dataset::Svhn, root.path(), &["train_32x32.mat"]);
    }
}
