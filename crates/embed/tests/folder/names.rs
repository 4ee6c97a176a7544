//! Two networks in one program, with static memory or the program's.

use std::fs;
use std::path::Path;
use std::process::Command;

use embed::Options;
use testkit::ready;

use crate::common::{Case, success, wide};
use crate::{STRICT, sources};

/// Takes images of both from the standard input, and prints the logits of the first, of the second, and of the first again.
const PROGRAM: &str = r#"#include "first.h"
#include "second.h"
#include "first.h"

#include <stdio.h>

#if FIRST_CALLER_MEMORY
/* Of the larger, and dirty: nothing in it counts on zeros. */
static uint32_t memory[FIRST_MEMORY_WORDS > SECOND_MEMORY_WORDS ? FIRST_MEMORY_WORDS : SECOND_MEMORY_WORDS];
uint32_t *first_memory = memory, *second_memory = memory;
#endif

static void print(const int32_t *logits, int count, int answer)
{
    int i;
    printf("%d", answer);
    for (i = 0; i < count; i++) {
        printf(" %ld", (long)logits[i]);
    }
    printf("\n");
}

int main(void)
{
    static uint8_t one[FIRST_IMAGE_BYTES], other[SECOND_IMAGE_BYTES];
    static int32_t logits[FIRST_CLASSES + SECOND_CLASSES];
#if FIRST_CALLER_MEMORY
    size_t i;
    for (i = 0; i < sizeof memory / sizeof memory[0]; i++) {
        memory[i] = 0xa5a5a5a5u;
    }
#endif
    while (fread(one, sizeof one, 1, stdin) == 1 && fread(other, sizeof other, 1, stdin) == 1) {
        int answer = first_classify(one, logits);
        print(logits, FIRST_CLASSES, answer);
        answer = second_classify(other, logits);
        print(logits, SECOND_CLASSES, answer);
        answer = first_classify(one, logits);
        print(logits, FIRST_CLASSES, answer);
    }
    return first_selftest(one, logits) != 0 || second_selftest(other, logits) != 0;
}
"#;

fn line((class, logits): &(usize, Vec<i32>)) -> String {
    let logits: Vec<String> = logits.iter().map(i32::to_string).collect();
    format!("{class} {}", logits.join(" "))
}

/// Names of what a file defines for others.
fn defined(object: &Path) -> Vec<String> {
    let printed = success(
        Command::new("nm")
            .args(["-g", "--defined-only"])
            .arg(object),
        &[],
    );
    let names = printed.lines().filter_map(|line| line.rsplit(' ').next());
    names.map(str::to_owned).collect()
}

fn two_networks(caller_memory: bool) {
    let flags = [&STRICT[..], &["-O1", "-fsanitize=address,undefined"]].concat();
    let install = "install Debian's gcc and binutils";
    let gcc: &'static [&'static str] = flags.clone().leak();
    if !ready(
        "two networks in one program",
        &[testkit::compiler("gcc", gcc, install)],
    ) {
        return;
    }
    let first = Case::new("first", wide(83, [1, 8, 8], 8, 1, 3), 4);
    let second = Case::new("second", wide(84, [3, 10, 7], 12, 1, 5), 4).narrow();
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("main.c");
    fs::write(&program, PROGRAM).unwrap();
    let mut compile = Command::new("gcc");
    compile.args(&flags).arg(&program);
    for (name, case) in [("first", &first), ("second", &second)] {
        let folder = dir.path().join(name);
        let options = Options::default()
            .with_name(name.parse().unwrap())
            .with_caller_memory(caller_memory);
        case.export_with(&folder, &options);
        compile.arg("-I").arg(folder.join("src"));
        for source in sources(&folder) {
            compile.arg(&source);
            let object = dir.path().join("object.o");
            let mut alone = Command::new("gcc");
            alone.arg("-c").arg(&source).arg("-o").arg(&object);
            success(&mut alone, &[]);
            for defined in defined(&object) {
                assert!(defined.starts_with(&format!("{name}_")), "{defined}");
            }
        }
    }
    let out = dir.path().join("two");
    success(compile.arg("-o").arg(&out), &[]);
    let pairs = first.images.iter().zip(&second.images);
    let images: Vec<u8> = pairs.flat_map(|(a, b)| [&a[..], b].concat()).collect();
    let printed = success(&mut Command::new(&out), &images);
    let answers = first.expected().into_iter().zip(second.expected());
    let expected: Vec<String> = answers
        .flat_map(|(a, b)| [line(&a), line(&b), line(&a)])
        .collect();
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn each_has_its_own_static_memory() {
    two_networks(false);
}

#[test]
fn both_have_the_same_memory_of_the_program() {
    two_networks(true);
}

/// The memory that the program gives is no larger than what was told, and none is static then.
#[test]
fn nothing_is_static_in_the_callers_memory() {
    let install = "install Debian's gcc and binutils";
    if !ready(
        "memory of the caller's own",
        &[testkit::compiler("gcc", &STRICT, install)],
    ) {
        return;
    }
    for case in crate::common::cases(1).iter().step_by(4) {
        let dir = tempfile::tempdir().unwrap();
        case.export_with(dir.path(), &Options::default().with_caller_memory(true));
        let object = dir.path().join("object.o");
        let mut compile = Command::new("gcc");
        compile.args(STRICT).args(["-O2", "-c"]);
        compile
            .arg(dir.path().join("src/onebit.c"))
            .arg("-o")
            .arg(&object);
        success(&mut compile, &[]);
        let printed = success(Command::new("size").arg(&object), &[]);
        let bss = printed.lines().nth(1).unwrap().split_whitespace().nth(2);
        let bss: usize = bss.unwrap().parse().unwrap();
        assert!(bss <= 16, "{}: {bss} bytes", case.name);
    }
}
