//! Malformed and hostile pickles: an error in bounded memory, never a call, never a panic.

mod common;

use std::fs;
use std::path::Path;

use common::{assert_refused, fixture, put};
use data::pickle::{self, Pickle};
use data::{DataError, Dataset};

const LIMIT: u64 = 1 << 20;

fn read(bytes: &[u8]) -> Result<Pickle, DataError> {
    pickle::read_from(Path::new("x.pickle"), &mut &bytes[..], LIMIT)
}

#[track_caller]
fn refuses(bytes: &[u8], words: &[&str]) {
    let result = read(bytes).and_then(|mut found| found.take_array("data"));
    let error = result.expect_err("reading should fail").to_string();
    for word in ["x.pickle"].iter().chain(words) {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
}

/// `{'data': …}` of an array that is built from these parts of a pickle.
fn array(dtype: &str, dtype_state: &str, state: &str) -> Vec<u8> {
    let array = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR";
    let dtype = format!("cnumpy\ndtype\n(S'{dtype}'\nI0\nI1\ntR({dtype_state}tb");
    let state = state.replace("DTYPE", &dtype);
    format!("(dS'data'\n{array}({state}tbs.").into_bytes()
}

const U1: &str = "I3\nS'|'\nNNNI-1\nI-1\nI0\n";

#[test]
fn the_well_formed_one_that_the_others_deviate_from() {
    let bytes = array("u1", U1, "I1\n(I1\nI2\ntDTYPEI00\nS'ab'\n");
    let found = read(&bytes).unwrap().take_array("data").unwrap();
    assert_eq!((found.shape, &found.bytes[..]), (vec![1, 2], &b"ab"[..]));
}

/// A list has a place for each of its numbers, of which two bytes are one in the file.
#[test]
fn numbers_beside_the_arrays_are_bounded() {
    let labels = |count: usize| {
        let numbers = b"K\x01".repeat(count);
        [&b"\x80\x02}U\x06labels]("[..], &numbers, b"es."].concat()
    };
    let read = |bytes: &[u8]| {
        let found = pickle::read_from(Path::new("x.pickle"), &mut &bytes[..], 1 << 40)?;
        let mut found = found;
        found.integers("labels")
    };
    assert_eq!(read(&labels(200_000)).unwrap().len(), 200_000);
    let error = read(&labels(2_000_000)).unwrap_err();
    assert!(
        matches!(
            error,
            DataError::Memory {
                expected: 33_554_432,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn truncated_at_every_byte() {
    for entry in fs::read_dir(fixture("pickle")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "pickle")
        {
            let bytes = fs::read(&path).unwrap();
            for length in 0..bytes.len() {
                match read(&bytes[..length]) {
                    Err(DataError::Truncated {
                        expected, found, ..
                    }) => {
                        assert!(expected > found && found == length as u64, "at {length}");
                    }
                    Err(error) => panic!("{} at {length}: {error}", path.display()),
                    Ok(_) => panic!("{} at {length} is no pickle", path.display()),
                }
            }
        }
    }
}

#[test]
fn no_single_changed_byte_makes_it_panic() {
    for entry in fs::read_dir(fixture("pickle")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for at in 0..bytes.len() {
            for flip in [0x01, 0x20, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                if let Ok(mut found) = read(&changed) {
                    let _ = found.take_array("data");
                    let _ = found.integers("labels");
                    let _ = found.integers("wide");
                }
            }
        }
    }
}

#[test]
fn nothing_is_called() {
    let expected = "nothing else is ever called";
    refuses(
        b"cos\nsystem\n(S'touch /tmp/owned'\ntR.",
        &["`os.system`", expected, "opcode `c`"],
    );
    refuses(
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93.",
        &["`posix.system`", "0x93"],
    );
    refuses(b"c__builtin__\neval\n(S'1'\ntR.", &["`__builtin__.eval`"]);
    refuses(b"cnumpy\nload\n.", &["`numpy.load`"]);
    refuses(
        b"cnumpy.core.multiarray\nscalar\n.",
        &["`numpy.core.multiarray.scalar`"],
    );
    refuses(b"c\x1b[2J\nx\n.", &[r"`\u{1b}[2J.x`"]);
    // Through the other opcodes that call.
    refuses(
        b"(S'ls'\nios\nsystem\n.",
        &["opcode `i`", "INST, which calls"],
    );
    refuses(b"(cnumpy\ndtype\no.", &["opcode `o`", "OBJ, which calls"]);
    refuses(b"\x80\x02cnumpy\ndtype\n)\x81.", &["NEWOBJ, which calls"]);
    refuses(
        b"\x80\x04cnumpy\ndtype\n)}\x92.",
        &["NEWOBJ_EX, which calls"],
    );
    // What is known is not called with just anything.
    refuses(
        b"cnumpy\nndarray\n(I1000000000000\ntR.",
        &["arguments that numpy writes"],
    );
    refuses(
        b"c_codecs\nencode\n(S'a'\nS'zip'\ntR.",
        &["encoding `latin1`"],
    );
    refuses(
        b"c_codecs\nencode\n(I1\nS'latin1'\ntR.",
        &["a text to encode", "an integer"],
    );
    refuses(b"c_codecs\nencode\n(V\\u0100\nS'latin1'\ntR.", &["Latin-1"]);
    refuses(b"I1\n(tR.", &["a known function", "an integer"]);
    refuses(
        b"cnumpy\ndtype\nI1\nR.",
        &["tuple of arguments", "an integer"],
    );
}

#[test]
fn opcodes_that_these_files_do_not_have() {
    for opcode in 0..=255u8 {
        // A few bytes of argument, then nothing sensible.
        let _ = read(&[opcode, 1, 1, 1, 1, 1, 1, 1, 1, b'.']);
    }
    refuses(b"", &["expected 1 byte,", "only 0"]);
    refuses(b"\x80\x06N.", &["protocol 0 to 5", "found 6"]);
    refuses(b"!", &["opcode `!`", "an unknown opcode"]);
    refuses(b"\xff", &["opcode 0xff", "an unknown opcode"]);
    refuses(b"Pid\n.", &["PERSID"]);
    refuses(b"\x8f.", &["EMPTY_SET"]);
    refuses(b"\x97.", &["NEXT_BUFFER"]);
    refuses(b"(d..", &["its end after `.`", "more bytes"]);
    for (bytes, found) in [
        (&b"N."[..], "None"),
        (b"]."[..].into(), "a list"),
        (b").", "a tuple"),
    ] {
        refuses(bytes, &["a dictionary with the key `data`", found]);
    }
    refuses(b"(d.", &["key `data`", "none"]);
}

#[test]
fn stack_marks_and_memo_that_are_not_there() {
    refuses(b".", &["a value on the stack", "none"]);
    refuses(b"(.", &["a value on the stack"]);
    refuses(b"(0.", &["a value on the stack"]);
    refuses(b"I1\n(0.", &["a dictionary"]); // the mark is taken off first
    refuses(b"t.", &["a mark on the stack"]);
    refuses(b"N\x87.", &["a value on the stack"]);
    refuses(b"N(a.", &["a value on the stack"]);
    refuses(b"NNa.", &["a list to append to", "None"]);
    refuses(b"NNNs.", &["a dictionary to fill", "None"]);
    refuses(b"}(Nu.", &["a value for each key"]);
    refuses(b"(Nd.", &["a value for each key"]);
    refuses(b"h\x05.", &["entry 5 in the memo", "none"]);
    refuses(b"g7\n.", &["entry 7 in the memo"]);
    refuses(b"Ng4294967296\n.", &["a number of the memo", "4294967296"]);
    refuses(b"Np-1\n.", &["a number of the memo"]);
    refuses(b"j\xff\xff\xff\xff.", &["entry 4294967295"]);
}

#[test]
fn numbers_and_texts() {
    refuses(b"I9223372036854775808\n.", &["an integer of 64 bits"]);
    refuses(b"Ix\n.", &["an integer of 64 bits", "`x`"]);
    refuses(b"L1LL\n.", &["an integer of 64 bits"]);
    refuses(b"\x8a\x09123456789.", &["at most 8 bytes", "9 bytes"]);
    refuses(
        &[b"I", &[b'1'; 100][..], b"\n."].concat(),
        &["at most 40 bytes"],
    );
    refuses(b"I\xff\n.", &["ASCII"]);
    refuses(b"Fx\n.", &["a real number"]);
    refuses(b"Sab\n.", &["a quotation mark"]);
    refuses(b"S'ab\n.", &["a closing quotation mark"]);
    refuses(b"S'ab'c\n.", &["line's end after the text"]);
    refuses(b"S'\\q'\n.", &["escape of `repr`"]);
    refuses(b"S'\\xg0'\n.", &["hexadecimal digit"]);
    refuses(b"V\\ud800\n.", &["character of Unicode", "0xd800"]);
    refuses(b"V\\UFFFFFFFF\n.", &["character of Unicode"]);
    refuses(b"X\x02\0\0\0\xff\xff.", &["UTF-8"]);
}

#[test]
fn arrays_that_do_not_fit() {
    let state = "I1\n(I1\nI2\ntDTYPEI00\nS'ab'\n";
    for code in ["O8", "V8", "S1", "M8", "", "u3"] {
        refuses(
            &array(code, U1, state),
            &["a type of numbers", &format!("dtype `{code}`")],
        );
    }
    refuses(&array("u1", "I3\nS'?'\nNNN", state), &["a byte order"]);
    refuses(&array("u1", "I3\nS'|'\nN(tN", state), &["a state of 5"]);
    refuses(
        &array("u2", U1, state),
        &["2 bytes for the shape [1, 2] of <u2"],
    );
    let with = |from: &str, to: &str| array("u1", U1, &state.replace(from, to));
    refuses(
        &with("S'ab'", "S'abc'"),
        &["3 bytes for the shape [1, 2] of |u1"],
    );
    refuses(&with("S'ab'\n", "(lI1\na"), &["a list as its content"]);
    refuses(
        &with("(I1\nI2\nt", "(I1\nI-2\nt"),
        &["a tuple of dimensions"],
    );
    refuses(&with("(I1\nI2\nt", "N"), &["a tuple of dimensions", "None"]);
    refuses(&with("DTYPE", "N"), &["type of numbers", "None"]);
    refuses(
        &with("I1\n(", "I2\n("),
        &["the state of an array", "5 for an array"],
    );
    refuses(&with("I00\n", "I01\n"), &["column-major"]);
    // The product overflows 64 bits.
    let huge = "I9223372036854775807\n".repeat(3);
    refuses(&with("I1\nI2\n", &huge), &["9223372036854775807", "of |u1"]);
}

#[test]
fn content_that_two_arrays_share_is_given_once() {
    let mut bytes = array("u1", U1, "I1\n(I1\nI2\ntDTYPEI00\nS'ab'\np9\n");
    let two = array("u1", U1, "I1\n(I2\nI1\ntDTYPEI00\ng9\n");
    bytes.pop();
    let two = String::from_utf8(two)
        .unwrap()
        .replace("(dS'data'", "S'two'");
    bytes.extend_from_slice(two.as_bytes());
    let mut found = read(&bytes).unwrap();
    assert_eq!(found.take_array("two").unwrap().shape, [2, 1]);
    let error = found.take_array("data").unwrap_err().to_string();
    assert!(error.contains("shares its content"), "{error}");
}

#[test]
fn sizes_that_lie_cost_nothing() {
    // A length within the limit, of bytes that are not there.
    refuses(b"B\x00\x00\x01\x00abc", &["expected 65541 bytes", "only 8"]);
    // Lengths beyond it.
    let max = format!("at most {LIMIT} bytes");
    refuses(b"T\xff\xff\xff\xffabc", &[&max]);
    refuses(b"X\xff\xff\xff\x7fabc", &[&max]);
    refuses(b"\x8e\xff\xff\xff\xff\xff\xff\xff\xffabc", &[&max]);
    refuses(b"\x96\xff\xff\xff\xff\xff\xff\xff\x7fabc", &[&max]);
    refuses(b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc", &[&max]);
    refuses(&[b"S'", &vec![b'a'; 2 << 20][..]].concat(), &[&max]);
    refuses(&[b"V", &vec![b'a'; 2 << 20][..]].concat(), &[&max]);
    refuses(
        &[b"c", &vec![b'a'; 2 << 20][..]].concat(),
        &["at most 256 bytes"],
    );
    refuses(&vec![b'('; 2 << 20], &[&max]);
    refuses(&vec![b'N'; 2 << 20], &[&max]);
    refuses(&vec![b']'; 2 << 20], &[&max]);
    refuses(&[b"N", &vec![b'2'; 2 << 20][..]].concat(), &[&max]);
    refuses(&[b"N", &vec![0x94; 2 << 20][..]].concat(), &[&max]);
}

#[test]
fn memo_bombs() {
    // Ten times ten times ten … : what is shared is not copied, so this is small and well-formed.
    let mut bytes = b"(lp0\n".to_vec();
    for level in 0..64 {
        bytes.extend_from_slice(b"(l");
        bytes.extend_from_slice(format!("g{level}\na").repeat(10).as_bytes());
        bytes.extend_from_slice(format!("p{}\n", level + 1).as_bytes());
    }
    bytes.push(b'.');
    refuses(
        &bytes,
        &["a dictionary with the key `data`", "found a list"],
    );
    // A list, and an array's shape, that hold themselves.
    refuses(b"(lp0\ng0\na.", &["found a list"]);
    refuses(
        b"(dp0\nS'data'\ng0\ns.",
        &["key `data`", "found a dictionary"],
    );
    // A text that is encoded over and over: small copies are charged, large ones move.
    let encode = |len: usize| {
        let text = [b"V", &vec![b'a'; len][..], b"\np0\n0"].concat();
        let call = b"c_codecs\nencode\n(g0\nS'latin1'\ntR0".repeat(1000);
        [text, call, b"N.".to_vec()].concat()
    };
    refuses(&encode(4000), &["at most 1048576 bytes"]);
    refuses(&encode(5000), &["a text to encode", "a text used before"]);
}

#[test]
fn imagenet32_files_of_the_wrong_content() {
    let root = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(fixture("imagenet32")).unwrap() {
        let entry = entry.unwrap();
        let name = format!("imagenet32/{}", entry.file_name().display());
        put(root.path(), &name, &fs::read(entry.path()).unwrap());
    }
    let file = "imagenet32/train_data_batch_3";
    let batch = |shape: [usize; 2], labels: &[i64]| {
        let content = "a".repeat(shape[0] * shape[1]);
        let state = format!(
            "I1\n(I{}\nI{}\ntDTYPEI00\nS'{content}'\n",
            shape[0], shape[1]
        );
        let mut bytes = array("u1", U1, &state);
        bytes.pop();
        let labels: String = labels.iter().map(|label| format!("I{label}\na")).collect();
        bytes.extend_from_slice(format!("S'labels'\n(l{labels}s.").as_bytes());
        bytes
    };
    let cases: &[(Vec<u8>, &[&str])] = &[
        (
            batch([1, 3072], &[0]),
            &["integers of 1 to 1000", "0 at image 0"],
        ),
        (
            batch([2, 3072], &[1, 1001]),
            &["integers of 1 to 1000", "1001 at image 1"],
        ),
        (batch([2, 3072], &[1, 65537]), &["65537 at image 1"]),
        (batch([2, 3072], &[1]), &["1 x 3072 of |u1", "[2, 3072]"]),
        (batch([1, 3071], &[1]), &["1 x 3072 of |u1", "[1, 3071]"]),
        (batch([0, 3072], &[]), &["images", "found 0"]),
        (b"cos\nsystem\n.".to_vec(), &["`os.system`"]),
        (b"(d.".to_vec(), &["key `data`"]),
        (b"\x80\x02".to_vec(), &["cut short"]),
    ];
    for (bytes, words) in cases {
        put(root.path(), file, bytes);
        assert_refused(Dataset::Imagenet32, root.path(), &[file]);
        assert_refused(Dataset::Imagenet32, root.path(), words);
    }
}
