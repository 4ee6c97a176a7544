//! The figures as files, for documents.

use maud::Markup;

use super::chart::Frame;
use super::{Report, confusion, curves, flips};

/// The light theme: what holds a figure has no say in its colours.
const STYLE: &str = include_str!("figure.css");

/// Width and height of a chart in a document.
const FRAME: Frame = Frame {
    width: 760.0,
    height: 400.0,
    legend: true,
};

/// Every figure: the file's name, and its text.
pub fn figures(report: &Report) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut add =
        |name: String, svg: Markup| files.push((format!("{name}.svg"), svg.into_string()));
    for chart in curves::charts(report) {
        add(chart.id.clone(), chart.svg(FRAME, Some(STYLE)));
    }
    for (&index, examined) in &report.examined {
        let (run, number) = (&report.runs[index], index + 1);
        if let Some(history) = &run.layers {
            let id = format!("flips-{number}");
            add(id.clone(), flips::svg(&id, &run.name, history, Some(STYLE)));
        }
        if let Ok(examined) = examined
            && examined.classes.len() <= confusion::MAX_CLASSES
        {
            let id = format!("confusion-{number}");
            add(id.clone(), confusion::svg(&id, &run.name, examined, STYLE));
        }
    }
    files
}
