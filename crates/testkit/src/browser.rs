//! Chromium without a window.

use std::fs;
use std::process::Command;

use crate::{Need, prints};

const INSTALL: &str = "install Debian's chromium";

/// Text that stands in no line of the page.
const PAGE: &str = "<!doctype html><p id=p></p><script>document.getElementById('p').textContent = 'ma' + 'de';</script>";

/// Debian's `chromium`, which runs a page's script without a window.
pub fn browser() -> Need {
    Need::new("chromium", INSTALL, |folder| {
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

/// Chromium that is driven over its debugging pipe: messages of JSON, each ended by a zero byte, to its file 3 and from
/// its file 4.
pub fn driven_browser() -> Need {
    Need::new("chromium with a debugging pipe", INSTALL, |folder| {
        let script = r#"printf '{"id":1,"method":"Browser.getVersion"}\0{"id":2,"method":"Browser.close"}\0' |
            chromium "$@" 3<&0 4>&1 </dev/null >/dev/null"#;
        let mut chromium = Command::new("sh");
        chromium.args(["-c", script, "sh"]);
        chromium.args(["--headless", "--remote-debugging-pipe", "--no-sandbox"]);
        chromium.args(["--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
        chromium.arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ));
        prints(folder, &mut chromium, "protocolVersion")
    })
}
