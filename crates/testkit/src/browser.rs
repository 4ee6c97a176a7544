//! Chromium without a window.

use std::fs;
use std::process::Command;

use crate::{Need, prints};

/// Text that stands in no line of the page.
const PAGE: &str = "<!doctype html><p id=p></p><script>document.getElementById('p').textContent = 'ma' + 'de';</script>";

/// Debian's `chromium`, which runs a page's script without a window.
pub fn browser() -> Need {
    let install = "install Debian's chromium";
    Need::new("chromium", install, |folder| {
        let page = folder.join("page.html");
        fs::write(&page, PAGE).map_err(|error| format!("page.html: {error}"))?;
        let mut chromium = Command::new("chromium");
        chromium.args(["--headless", "--no-sandbox", "--disable-gpu"]);
        chromium.args(["--disable-dev-shm-usage", "--no-first-run"]);
        chromium.args([
            "--disable-background-networking",
            "--disable-component-update",
        ]);
        chromium.arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ));
        chromium.args(["--virtual-time-budget=5000", "--dump-dom"]);
        chromium.arg(format!("file://{}", page.display()));
        prints(folder, &mut chromium, "made")
    })
}
