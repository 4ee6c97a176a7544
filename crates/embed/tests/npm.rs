//! The package of npm: packed, installed into an empty folder without a network, and used from Node.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Case, cases, success, wide};
use embed::web::npm;
use serde_json::Value;

/// Installs the package of `case` into an empty folder, and returns that.
fn installed(dir: &Path, case: &Case) -> PathBuf {
    let [package, app] = ["package", "app"].map(|name| dir.join(name));
    embed::folder::replace(
        &package,
        &npm::files(&case.model, &npm::PackageName::default()).unwrap(),
    )
    .unwrap();
    fs::create_dir(&app).unwrap();
    fs::write(app.join("package.json"), r#"{"private": true}"#).unwrap();
    let npm = |folder: &Path, args: &[&str]| {
        let mut npm = Command::new("npm");
        npm.args(args)
            .args(["--offline", "--no-audit", "--no-fund"]);
        npm.arg("--cache").arg(dir.join("cache"));
        success(npm.current_dir(folder), &[])
    };
    npm(&package, &["pack"]);
    let tarball = package.join("onebit-network-1.0.0.tgz");
    npm(&app, &["install", tarball.to_str().unwrap()]);
    app
}

/// What a script prints, as JSON; it is in a module with the package as `onebit`, and its own folder's files.
fn ran(app: &Path, script: &str) -> Value {
    let text = format!(
        "import {{ readFileSync }} from 'node:fs';\nimport * as onebit from 'onebit-network';\n{script}"
    );
    fs::write(app.join("main.mjs"), text).unwrap();
    let said = success(Command::new("node").arg("main.mjs").current_dir(app), &[]);
    serde_json::from_str(&said).unwrap()
}

fn integers(value: &Value) -> Vec<i32> {
    let numbers = value.as_array().unwrap().iter();
    numbers
        .map(|number| number.as_i64().unwrap() as i32)
        .collect()
}

#[test]
fn a_hundred_images_have_the_same_integers_in_node() {
    if !testkit::ready("the package of npm", &[testkit::npm()]) {
        return;
    }
    let case = Case::new("npm", wide(71, [3, 13, 10], 12, 1, 10), 100);
    for case in [case.narrow(), case] {
        let dir = tempfile::tempdir().unwrap();
        let app = installed(dir.path(), &case);
        fs::write(app.join("images"), case.images.concat()).unwrap();
        let found = ran(
            &app,
            "const network = await onebit.load(), all = readFileSync('images'), found = [];
            const [channels, height, width] = network.about.input, size = channels * height * width;
            for (let i = 0; i < all.length; i += size) {
              const { class: best, logits } = network.classifyImage(all.subarray(i, i + size));
              found.push([best, ...logits]);
            }
            console.log(JSON.stringify(found));",
        );
        let expected = case.expected();
        assert_eq!(expected.len(), 100);
        for (found, (class, logits)) in found.as_array().unwrap().iter().zip(expected) {
            let found = integers(found);
            assert_eq!(
                (found[0] as usize, &found[1..]),
                (class, &logits[..]),
                "{}",
                case.name
            );
        }
        assert_eq!(found.as_array().unwrap().len(), 100);
    }
}

/// One module for all of them.
#[test]
fn networks_of_every_kind_have_the_same_integers() {
    if !testkit::ready("networks of every kind in Node", &[testkit::npm()]) {
        return;
    }
    let cases = cases(8);
    let dir = tempfile::tempdir().unwrap();
    let app = installed(dir.path(), &cases[0]);
    for (number, case) in cases.iter().enumerate() {
        fs::write(
            app.join(format!("{number}.onebit")),
            case.model.write().unwrap(),
        )
        .unwrap();
        fs::write(app.join(format!("{number}.images")), case.images.concat()).unwrap();
    }
    let found = ran(
        &app,
        &format!(
            "const found = [];
            for (let number = 0; number < {}; number++) {{
              const network = await onebit.load(readFileSync(`${{number}}.onebit`));
              const all = readFileSync(`${{number}}.images`), size = all.length / 8, logits = [];
              for (let i = 0; i < all.length; i += size) logits.push(...network.classifyImage(all.subarray(i, i + size)).logits);
              found.push(logits);
            }}
            console.log(JSON.stringify(found));",
            cases.len()
        ),
    );
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), cases.len());
    for (found, case) in found.iter().zip(&cases) {
        let expected = case.expected().into_iter();
        let expected: Vec<i32> = expected.flat_map(|(_, logits)| logits).collect();
        assert_eq!(integers(found), expected, "{}", case.name);
    }
}

/// What is wrong is an exception with words, and never a stop of the module or the network before.
#[test]
fn what_is_wrong_is_told() {
    if !testkit::ready("what is wrong, in Node", &[testkit::npm()]) {
        return;
    }
    let case = Case::new("wrong", wide(72, [1, 12, 12], 4, 1, 3), 2);
    let dir = tempfile::tempdir().unwrap();
    let app = installed(dir.path(), &case);
    let found = ran(
        &app,
        "const network = await onebit.load(), file = readFileSync('node_modules/onebit-network/net.onebit'), found = [];
        const tried = async what => {
          try { await what(); return 'nothing'; }
          catch (error) { return error instanceof onebit.NetworkError ? error.message : `another: ${error}`; }
        };
        const damaged = at => { const copy = Uint8Array.from(file); copy[at] ^= 1; return copy; };
        found.push(await tried(() => onebit.load(damaged(file.length - 1))));
        found.push(await tried(() => onebit.load(file.subarray(0, 40))));
        found.push(await tried(() => onebit.load(new Uint8Array(0))));
        found.push(await tried(() => network.classifyImage(new Uint8Array(3))));
        found.push(await tried(() => network.classify({ data: new Uint8Array(5), width: 2, height: 2 })));
        found.push(await tried(() => network.classify({ data: new Uint8Array(0), width: 0, height: 0 })));
        /* What would be cut to bytes, and what is no picture at all. */
        const sized = data => ({ data, width: 2, height: 2 });
        for (const data of [new Float32Array(4).fill(0.8), new Uint16Array(4), [1, 2, 3, 4], null]) {
          found.push(await tried(() => network.classify(sized(data))));
        }
        for (const other of ['photo.png', null, undefined, file]) found.push(await tried(() => network.classify(other)));
        found.push(await tried(() => network.classify({ data: new Uint8Array(4), width: '2', height: 2.5 })));
        found.push(await tried(() => network.classifyImage(new Float32Array(144))));
        found.push(await tried(() => onebit.load('net.onebit')));
        found.push(await tried(() => onebit.load(new Uint16Array(9))));
        found.push(await tried(() => onebit.load(Uint8Array.from(file).buffer)));
        found.push(await tried(() => network.classify(sized(new Uint8ClampedArray(4)))));
        found.push(await tried(() => network.classify(sized(Buffer.alloc(16)))));
        /* Bytes all over the file, with a checksum and without one, whose damage is looked for deeper: it is told, or not seen. */
        const without = Uint8Array.from(file);
        without[Buffer.from(file).indexOf('checksum')] ^= 1;
        let others = 0, opened = 0;
        for (const whole of [file, without]) for (let at = 0; at < file.length; at += at < 4000 ? 7 : 211) {
          const copy = Uint8Array.from(whole);
          copy[at] ^= 1 << at % 8;
          const said = await tried(() => onebit.load(copy));
          if (said.startsWith('another') || said.startsWith('the module stopped')) others++;
          if (said === 'nothing') opened++;
        }
        if (opened === 0) others = 'no file was opened, all';
        found.push(`${others} others`);
        found.push(await tried(() => network.classifyImage(new Uint8Array(144))));
        console.log(JSON.stringify(found));",
    );
    let words = [
        "checksum",
        "header",
        "8 bytes",
        "144 bytes, found 3",
        "2 x 2 pixels, found 5",
        "0 x 0 pixels",
        "expected bytes 0 to 255, found Float32Array",
        "expected bytes 0 to 255, found Uint16Array",
        "expected bytes 0 to 255, found Array",
        "expected bytes 0 to 255, found Null",
        "decoded pixels, found String",
        "decoded pixels, found Null",
        "decoded pixels, found Undefined",
        "decoded pixels, found Uint8Array",
        "found \"2\" and 2.5",
        "image: expected bytes 0 to 255, found Float32Array",
        "packed file: expected bytes 0 to 255, found String",
        "found Uint16Array",
        "nothing",
        "nothing",
        "nothing",
        "0 others",
        "nothing",
    ];
    let found: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|said| said.as_str().unwrap())
        .collect();
    assert_eq!(found.len(), words.len());
    for (said, word) in found.iter().zip(words) {
        assert!(said.contains(word), "{word}: {said}");
    }
}

/// The lines of an `interface` or a `class` in the types, each by its first word.
fn members(types: &str, of: &str) -> BTreeSet<String> {
    let (_, rest) = types.split_once(&format!("export {of} ")).unwrap();
    let (body, _) = rest.split_once("\n}").unwrap();
    let lines = body.lines().skip(1).map(str::trim);
    let lines = lines.filter(|line| !line.starts_with("/*") && !line.starts_with('*'));
    let word = |line: &str| {
        let line = line
            .trim_start_matches("get ")
            .trim_start_matches("readonly ");
        line.split(['(', ':', '?']).next().unwrap().to_owned()
    };
    lines.map(word).collect()
}

#[test]
fn the_types_are_those_of_the_code() {
    if !testkit::ready("the types of the package", &[testkit::npm()]) {
        return;
    }
    let case = Case::new("types", wide(73, [3, 8, 8], 4, 1, 3), 2);
    let dir = tempfile::tempdir().unwrap();
    let app = installed(dir.path(), &case);
    let found = ran(
        &app,
        "const network = await onebit.load(), picture = { data: new Uint8Array(4 * 30), width: 6, height: 5 };
        console.log(JSON.stringify({
          exports: Object.keys(onebit).filter(name => name !== 'default'),
          class: Object.getOwnPropertyNames(onebit.Network.prototype),
          about: Object.keys(network.about),
          answer: Object.keys(network.classify(picture)),
          same: onebit.default === onebit.load,
          module: WebAssembly.validate(readFileSync('node_modules/onebit-network/onebit.wasm')),
        }));",
    );
    let package = app.join("node_modules/onebit-network");
    let read = |name: &str| fs::read_to_string(package.join(name)).unwrap();
    let (types, index) = (read("onebit.d.ts"), read("index.d.ts"));
    let words = |value: &Value| -> BTreeSet<String> {
        let words = value.as_array().unwrap().iter();
        words
            .map(|word| word.as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(words(&found["about"]), members(&types, "interface About"));
    assert_eq!(words(&found["answer"]), members(&types, "interface Answer"));
    assert_eq!(words(&found["class"]), members(&types, "class Network"));
    assert_eq!(
        words(&found["exports"]),
        ["Network", "NetworkError", "load"].map(String::from).into()
    );
    assert!(types.contains("export class NetworkError extends Error {}"));
    assert!(
        index.contains("export function load(file?: Uint8Array | ArrayBuffer): Promise<Network>;")
    );
    assert_eq!(found["same"], true);
    assert_eq!(found["module"], true);
    for (name, word) in [
        ("README.md", "from \"onebit-network\""),
        ("LICENSES.md", "dlmalloc"),
    ] {
        assert!(read(name).contains(word), "{name}");
    }
}
