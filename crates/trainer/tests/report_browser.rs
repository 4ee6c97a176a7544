//! The page of `onebit report` in a browser: it renders at every width and in both themes, says nothing on the
//! console, loads nothing, and does what it says under a keyboard.

#[path = "common/chromium.rs"]
mod chromium;
mod common;

use std::fs;

use chromium::Chromium;
use common::reports::{report, written};
use common::{success, tiny, trainer};
use tempfile::tempdir;

/// Elements that are wider than the page and do not scroll in a box of their own.
const OVERFLOWING: &str = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5 \
    && !e.closest('.scroll, nav, .skip, .readout')).map(e => e.outerHTML.slice(0, 120)).join('\\n')";

#[test]
fn the_page_renders_alone_at_every_width_and_theme() {
    let Some(mut browser) = Chromium::start("the report in a browser") else {
        return;
    };
    let dir = tempdir().unwrap();
    let runs = ["first", "second"].map(|name| dir.path().join(name));
    for (run, seed) in runs.iter().zip(["1", "2"]) {
        success(tiny(run, 3).args(["--seed", seed]));
    }
    let layer = |epoch: u32, flipped: u32| {
        format!(
            "{{\"epoch\":{epoch},\"layer\":\"input conv\",\"weights\":144,\"positive\":70,\"flipped\":{flipped},\"histogram\":{{\"from\":-4.0,\"to\":4.0,\"counts\":[4,60,70,10]}}}}\n"
        )
    };
    // The first as a trainer with records of its weights leaves it.
    fs::write(
        runs[0].join("weights.jsonl"),
        layer(1, 20) + &layer(2, 9) + &layer(3, 2),
    )
    .unwrap();
    let out = dir.path().join("page.html");
    success(trainer().arg("report").args(&runs).arg("--out").arg(&out));

    for width in [1280, 800, 390] {
        for dark in [false, true] {
            browser.load(&out, width, dark);
            let name = format!("{width}-{}", if dark { "dark" } else { "light" });
            browser.screenshot(&name);
            assert_eq!(
                browser.eval(OVERFLOWING),
                "",
                "{name}: nothing scrolls sideways"
            );
            assert_eq!(
                browser.eval("document.documentElement.scrollWidth <= innerWidth"),
                true,
                "{name}"
            );
            for (selector, min) in [
                ("svg.chart", 4),
                ("svg.chart .series path.line", 10),
                ("svg.matrix rect.cell", 100),
                ("svg.cells path.flips", 1),
                (".histogram", 1),
                (".mistakes img", 1),
                ("#results tbody tr", 3),
                ("#settings tbody tr", 20),
            ] {
                let visible = format!(
                    "[...document.querySelectorAll('{selector}')].filter(e => {{ const r = e.getBoundingClientRect(); return r.width > 0 && r.height + r.width > 4; }}).length"
                );
                let found = browser.eval(&visible).as_u64().unwrap();
                assert!(found >= min, "{name}: {found} of {selector}");
            }
            assert_eq!(
                browser.eval("[...document.images].every(i => i.naturalWidth > 0)"),
                true
            );
            if width == 1280 {
                let whole = "[...document.querySelectorAll('#weights .scroll, #cost .scroll, #results .scroll')].every(e => e.scrollWidth <= e.clientWidth)";
                assert_eq!(browser.eval(whole), true, "{name}: tables that scroll");
            }
            let paper = browser.eval("getComputedStyle(document.body).backgroundColor");
            let expected = if dark {
                "rgb(20, 23, 26)"
            } else {
                "rgb(251, 251, 249)"
            };
            assert_eq!(paper, expected, "{name}");
            assert_eq!(browser.faults(), Vec::<String>::new(), "{name}");
        }
    }

    // Without script it is whole as well: nothing but the values under the pointer and the choice of theme is missing.
    browser.call(
        "Emulation.setScriptExecutionDisabled",
        serde_json::json!({"value": true}),
    );
    browser.load(&out, 1280, false);
    browser.call(
        "Emulation.setScriptExecutionDisabled",
        serde_json::json!({"value": false}),
    );
    assert_eq!(
        browser.eval("document.getElementById('theme').hidden"),
        true
    );
    assert!(
        browser
            .eval("document.querySelector('svg.chart').getBoundingClientRect().height")
            .as_f64()
            .unwrap()
            > 300.0
    );

    keyboard(&mut browser, &out);
}

/// Of two runs with sheets of augmented images: each sheet in a box of its own, apart from the next heading.
#[test]
fn sheets_of_augmented_images_fit_a_phone() {
    let Some(mut browser) = Chromium::start("sheets in a browser") else {
        return;
    };
    let dir = tempdir().unwrap();
    let runs = ["first", "second"].map(|name| dir.path().join(name));
    for run in &runs {
        success(tiny(run, 1).args(["--augment", "crop,rotate=10"]));
    }
    let out = dir.path().join("page.html");
    success(trainer().arg("report").args(&runs).arg("--out").arg(&out));
    for width in [1280, 390] {
        browser.load(&out, width, false);
        browser.screenshot(&format!("sheets-{width}"));
        assert_eq!(browser.eval(OVERFLOWING), "", "{width}");
        assert_eq!(
            browser.eval("document.querySelectorAll('img.sheet').length"),
            2
        );
        let gap = "(([a, b]) => b.getBoundingClientRect().top - a.getBoundingClientRect().bottom)(document.querySelectorAll('figure.seen'))";
        assert!(browser.eval(gap).as_f64().unwrap() >= 16.0, "{width}");
        let empty = "[...document.querySelectorAll('.seen .scroll')].every(e => e.clientWidth <= e.firstElementChild.width)";
        assert_eq!(browser.eval(empty), true, "{width}: room beside a sheet");
        assert_eq!(browser.faults(), Vec::<String>::new());
    }
}

/// What the paper has stands in a run's colour, and goes away with the last run that it is of.
#[test]
fn published_figures_hide_with_their_runs() {
    let Some(mut browser) = Chromium::start("published figures in a browser") else {
        return;
    };
    let dir = tempdir().unwrap();
    let runs = ["first", "second"].map(|name| {
        let settings = "epochs = 6\nseed = 1\n";
        written(&dir.path().join(name), settings, 6, Some(15.0))
    });
    let out = dir.path().join("page.html");
    success(&mut report(&[&runs[0], &runs[1]], &out));
    browser.load(&out, 1280, false);
    let seen = "[...document.querySelectorAll('.wide .elsewhere')].filter(e => getComputedStyle(e).display !== 'none').length";
    assert_eq!(browser.eval(seen), 2, "after 2 and 6 epochs");
    for (run, left) in [(0, 2), (1, 0)] {
        browser.eval(&format!(
            "document.querySelectorAll('.legend button')[{run}].click()"
        ));
        assert_eq!(browser.eval(seen), left, "with run {run} hidden too");
    }
    assert_eq!(browser.faults(), Vec::<String>::new());
}

/// The skip link comes first; the theme is chosen, a run hidden, and values read without a pointer.
fn keyboard(browser: &mut Chromium, page: &std::path::Path) {
    browser.load(page, 1280, false);
    browser.key("Tab");
    assert_eq!(browser.eval("document.activeElement.className"), "skip");
    browser.eval("document.getElementById('theme').focus()");
    for theme in ["light", "dark"] {
        browser.eval("document.activeElement.click()");
        assert_eq!(
            browser.eval("document.documentElement.dataset.theme"),
            theme
        );
    }
    assert_eq!(
        browser.eval("getComputedStyle(document.body).backgroundColor"),
        "rgb(20, 23, 26)"
    );
    browser.eval("document.querySelector('.plot').focus()");
    browser.key("ArrowLeft");
    let values = browser.eval("document.querySelector('.readout').innerText");
    let values = values.as_str().unwrap();
    assert!(
        values.contains("epoch 3") && values.contains("first") && values.contains("second"),
        "{values}"
    );
    browser.key("ArrowLeft");
    assert_eq!(
        browser.eval("document.querySelector('.readout').innerText.includes('epoch 2')"),
        true
    );
    browser.eval("document.querySelector('.legend button').click()");
    let shown = "getComputedStyle(document.querySelector('.series[data-run=\"0\"]')).display";
    assert_eq!(browser.eval(shown), "none");
    // Every stop of the tab key is marked, and none is hidden.
    browser.eval("document.activeElement.blur()");
    for _ in 0..30 {
        browser.key("Tab");
        let seen = "(() => { const e = document.activeElement; if (e === document.body) return true; const r = e.getBoundingClientRect(); \
            return r.width > 0 && getComputedStyle(e).outlineStyle !== 'none'; })()";
        assert_eq!(
            browser.eval(seen),
            true,
            "{}",
            browser.eval("document.activeElement.outerHTML.slice(0, 200)")
        );
    }
    assert_eq!(browser.faults(), Vec::<String>::new());
}
