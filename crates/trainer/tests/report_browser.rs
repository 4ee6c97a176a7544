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
    let other = dir.path().join("third");
    success(tiny(&other, 3).args(["--weights", "32bit", "--seed", "1"]));
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
    success(
        trainer()
            .arg("report")
            .args(&runs)
            .arg(&other)
            .arg("--out")
            .arg(&out),
    );

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
                (".confusion td", 100),
                ("svg.strip path.mark", 1),
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
    let runs = [("first", 0.1), ("second", 0.2)].map(|(name, rate)| {
        let settings = format!("epochs = 6\nseed = 1\nlearning_rate = {rate}\n");
        written(&dir.path().join(name), &settings, 6, Some(15.0))
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
        values.contains("epoch 3") && values.contains("1bit") && values.contains("third"),
        "{values}"
    );
    browser.key("ArrowLeft");
    assert_eq!(
        browser.eval("document.querySelector('.readout').innerText.includes('epoch 2')"),
        true
    );
    browser.eval("document.querySelector('.legend button').click()");
    let shown = "getComputedStyle(document.querySelector('.series[data-group=\"0\"]')).display";
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

/// Without a group the axes are those of what is left, and with it again what they were.
#[test]
fn axes_follow_the_groups_that_are_shown() {
    let Some(mut browser) = Chromium::start("axes in a browser") else {
        return;
    };
    let dir = tempdir().unwrap();
    let runs = [("short", 0.1, 6), ("long", 0.2, 30)].map(|(name, rate, epochs)| {
        let settings =
            format!("epochs = {epochs}\nseed = 1\nlearning_rate = {rate}\naugment = 'none'\n");
        let run = dir.path().join(name);
        written(&run, "", epochs, Some(40.0 / epochs as f64));
        let config = fs::read_to_string(run.join("config.toml")).unwrap();
        let config = config.replace("augment = 'crop-flip'\n", &settings);
        fs::write(run.join("config.toml"), config).unwrap();
        run
    });
    let out = dir.path().join("page.html");
    success(&mut report(&[&runs[0], &runs[1]], &out));
    browser.load(&out, 1280, false);
    let chart = |chart: usize, what: &str| {
        format!(
            "(() => {{ const svg = document.querySelectorAll('svg.chart')[{chart}]; return {what}; }})()"
        )
    };
    let texts = |axis: &str| {
        format!("[...svg.querySelectorAll('.{axis} text')].map(t => t.textContent).join(' ')")
    };
    let end = "svg.querySelector('.series:not([hidden])[data-group=\"0\"][data-part=\"test\"] .line').getAttribute('d').split('L').pop()";
    let (up, across) = (texts("up"), texts("across"));
    let click =
        |chip: usize| format!("document.querySelectorAll('.legend button')[{chip}].click()");
    // The errors, from 40 to 40/6 and 40/30 %; all of the short run is in the left part.
    let before = [&up, &across, end].map(|what| browser.eval(&chart(0, what)));
    assert_eq!(before[1], "1 2 6 14 30");
    browser.eval(&click(1));
    let alone = [&up, &across, end].map(|what| browser.eval(&chart(0, what)));
    assert_eq!(alone[0], "6 8 10 15 20 30 40");
    assert_eq!(alone[1], "1 2 6");
    // Now the last epoch of the short run is at the right end, its error a step of 1.15 above the axis.
    let end_of = |value: &serde_json::Value| -> Vec<f64> {
        let text = value.as_str().unwrap().split(',');
        text.map(|number| number.parse().unwrap()).collect()
    };
    let low = 390.0 - 364.0 * 1.15f64.ln() / (1.15f64.powi(2) * 6.0).ln();
    let found = end_of(&alone[2]);
    assert!(
        (found[0] - 1066.0).abs() < 0.11 && (found[1] - low).abs() < 0.3,
        "{found:?} {low}"
    );
    // A linear axis begins at 0 still; the rule through it does not move.
    assert_eq!(browser.eval(&chart(3, &across)), "1 2 6");
    browser.eval(&click(1));
    let again = [&up, &across, end].map(|what| browser.eval(&chart(0, what)));
    assert_eq!(again, before);
    // Without any group nothing is thrown, and the axes stay.
    browser.eval(&click(0));
    browser.eval(&click(1));
    assert_eq!(browser.eval(&chart(0, &across)), "1 2 6 14 30");
    assert_eq!(browser.faults(), Vec::<String>::new());
}

/// Terms open by a keyboard and by a finger; the meaning is within the page, and goes away by Escape.
#[test]
fn terms_explain_themselves() {
    let Some(mut browser) = Chromium::start("terms in a browser") else {
        return;
    };
    let dir = tempdir().unwrap();
    let runs = ["a", "b"].map(|name| {
        let seed = if name == "a" { 1 } else { 2 };
        written(
            &dir.path().join(name),
            &format!("epochs = 6\nseed = {seed}\n"),
            6,
            Some(15.0),
        )
    });
    let out = dir.path().join("page.html");
    success(&mut report(&[&runs[0], &runs[1]], &out));
    let open = "[...document.querySelectorAll('[popover]:popover-open')].map(e => e.id).join(' ')";
    for width in [1280, 390] {
        browser.load(&out, width, false);
        browser.eval("document.querySelector('#results thead .term').focus()");
        assert_eq!(browser.eval(open), "", "{width}");
        browser.key("Enter");
        assert_eq!(browser.eval(open), "term-test-error", "{width}");
        let within = "(() => { const r = document.querySelector('[popover]:popover-open').getBoundingClientRect(); \
            return r.left >= 0 && r.right <= innerWidth && r.top >= 0 && r.bottom <= innerHeight && r.width > 100; })()";
        assert_eq!(browser.eval(within), true, "{width}");
        browser.screenshot(&format!("term-{width}"));
        browser.key("Escape");
        assert_eq!(browser.eval(open), "", "{width}");
        // A setting has a meaning of its own; a click elsewhere closes it.
        browser.eval("document.querySelector('#settings .term').click()");
        let text = "document.querySelector('[popover]:popover-open').textContent.length > 20";
        assert_eq!(browser.eval(text), true, "{width}");
    }
    assert_eq!(browser.faults(), Vec::<String>::new());
}

/// The first column of a table and of the confusion matrix stays while the rest scrolls.
#[test]
fn first_columns_stay_on_a_phone() {
    let Some(mut browser) = Chromium::start("tables on a phone") else {
        return;
    };
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    success(&mut tiny(&run, 1));
    let out = dir.path().join("page.html");
    success(&mut report(&[&run], &out));
    browser.load(&out, 390, true);
    let moved = "(() => { const found = []; for (const box of document.querySelectorAll('.scroll:has(table)')) { \
        if (!box.getClientRects().length || box.scrollWidth <= box.clientWidth) continue; \
        const head = box.querySelector('tbody th'), cell = box.querySelector('tbody td:last-child'); \
        const before = [head, cell].map(e => e.getBoundingClientRect().left); box.scrollLeft = 1000; \
        const after = [head, cell].map(e => e.getBoundingClientRect().left); \
        if (Math.abs(after[0] - before[0]) > 3 || after[1] >= before[1]) found.push(box.getAttribute('aria-label')); \
        else document.body.dataset.stayed = +(document.body.dataset.stayed ?? 0) + 1; } return found.join(); })()";
    assert_eq!(browser.eval(moved), "");
    assert_eq!(
        browser.eval("+document.body.dataset.stayed >= 2"),
        true,
        "tables scroll"
    );
    browser.screenshot("phone-scrolled");
    // What is right and what is wrong have colours of their own, deeper where there is more.
    let colours = "new Set([...document.querySelectorAll('.confusion td')].map(e => getComputedStyle(e).backgroundColor)).size";
    assert!(browser.eval(colours).as_u64().unwrap() >= 5);
    let right = "[...document.querySelectorAll('.confusion tbody tr')].every((row, i) => row.cells[i + 1].classList.contains('right'))";
    assert_eq!(browser.eval(right), true, "the diagonal");
    let wrong = "document.querySelectorAll('.confusion td.wrong').length";
    assert_eq!(browser.eval(wrong), 90);
}
