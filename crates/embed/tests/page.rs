//! The page in headless Chromium: a digit is drawn, and the answer is read.

mod common;

use std::fs;
use std::process::Command;

use common::{Case, success, wide};
use runtime::integer::{Forward, Network};
use testkit::{browser, ready, webassembly};

/// Draws as a person would, once the page is there.
const DRAWING: &str = r#"<script>
const box = canvas.getBoundingClientRect();
const send = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind, {
  pointerId: 1, bubbles: true, clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
send("pointerdown", .35, .3);
for (let i = 1; i <= 20; i++) send("pointermove", .35 + .3 * i / 20, .3);
for (let i = 1; i <= 20; i++) send("pointermove", .65 - .2 * i / 20, .3 + .45 * i / 20);
send("pointerup", .45, .75);
</script>"#;

/// The page as it is after its scripts have run.
fn browsed(page: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("page.html");
    fs::write(&file, page).unwrap();
    let mut chromium = Command::new("chromium");
    chromium.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
    ]);
    chromium.args([
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]);
    chromium.arg(format!(
        "--user-data-dir={}",
        dir.path().join("profile").display()
    ));
    chromium.args(["--virtual-time-budget=5000", "--dump-dom"]);
    success(chromium.arg(format!("file://{}", file.display())), &[])
}

fn attribute(dom: &str, name: &str) -> Vec<i64> {
    let start = dom
        .find(&format!("{name}=\""))
        .unwrap_or_else(|| panic!("no {name} in {dom}"));
    let text = &dom[start + name.len() + 2..];
    let text = &text[..text.find('"').unwrap()];
    text.split(' ').map(|word| word.parse().unwrap()).collect()
}

#[test]
fn a_drawn_digit_is_classified_with_the_same_integers() {
    if !ready("the page in a browser", &[webassembly(), browser()]) {
        return;
    }
    let mut parts = wide(61, [1, 28, 28], 8, 1, 10);
    parts.class_names = (0..10)
        .map(|digit| format!("</script><b>{digit}"))
        .collect();
    let case = Case::new("digits", parts, 2);
    let page = embed::web::page(&case.model).unwrap();
    for outside in ["http:", "https:", "//cdn"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let dom = browsed(&page.replace("</body>", &format!("{DRAWING}</body>")));
    let pixels = attribute(&dom, "data-pixels");
    let pixels: Vec<u8> = pixels
        .into_iter()
        .map(|pixel| pixel.try_into().unwrap())
        .collect();
    let network = Network::new(&case.model).unwrap();
    let mut forward = Forward::new(&network);
    let expected: Vec<i64> = forward
        .logits(&pixels)
        .unwrap()
        .iter()
        .map(|&l| l.into())
        .collect();
    assert_eq!(attribute(&dom, "data-logits"), expected);
    let class = forward.classify(&pixels).unwrap();
    let answer = format!("<div id=\"class\">&lt;/script&gt;&lt;b&gt;{class}</div>");
    assert!(dom.contains(&answer), "no {answer} in {dom}");
    assert!(dom.contains(" ms an image</div>"), "{dom}");
    // The stroke was brought to the size of MNIST's digits, 20 of 28 pixels, and its mass to the middle.
    let lit = |index: &usize| pixels[*index] > 64;
    let rows: Vec<usize> = (0..784).filter(lit).map(|index| index / 28).collect();
    let height = rows[rows.len() - 1] - rows[0] + 1;
    let middle = rows.iter().sum::<usize>() / rows.len();
    assert!((18..=22).contains(&height), "{height} rows");
    assert!((12..=15).contains(&middle), "row {middle}");
}
