//! Answers as lines: text, comma-separated values, or JSON.

use serde_json::{Map, Value, json};

use super::answer::Answer;

/// How answers are written.
#[derive(Clone, Copy, PartialEq)]
pub enum Form {
    Text,
    Csv,
    Json,
}

/// Writes answers.
pub struct Writer<'a> {
    form: Form,
    logits: bool,
    top: usize,
    names: &'a [String],
}

/// What stands in place of a class.
const NONE: &str = "none of these";

impl<'a> Writer<'a> {
    /// One for these classes, that shows all logits or not.
    pub fn new(form: Form, logits: bool, top: usize, names: &'a [String]) -> Self {
        let top = top.min(names.len());
        Self {
            form,
            logits,
            top,
            names,
        }
    }

    /// What comes before the first answer.
    pub fn head(&self) -> Option<String> {
        if self.form != Form::Csv {
            return None;
        }
        let mut columns = vec!["file".into(), "class".into(), "margin".into()];
        for place in 1..=self.top {
            columns.extend([format!("class_{place}"), format!("probability_{place}")]);
        }
        if self.logits {
            columns.extend(self.names.iter().map(|name| format!("logit {name}")));
        }
        columns.push("error".into());
        Some(record(&columns))
    }

    /// The line of a file; `None` where the form has none for what could not be read.
    pub fn line(&self, file: &str, answer: Result<&Answer, &String>) -> Option<String> {
        match (self.form, answer) {
            // Names are text to a terminal, their line breaks too.
            (Form::Text, Ok(answer)) => Some(runtime::printable(&self.text(file, answer))),
            (Form::Csv, answer) => Some(self.csv(file, answer)),
            (Form::Json, Ok(answer)) => Some(self.json(file, answer).to_string()),
            (Form::Json, Err(why)) => Some(json!({ "file": file, "error": why }).to_string()),
            (Form::Text, Err(_)) => None,
        }
    }

    fn text(&self, file: &str, answer: &Answer) -> String {
        let ranked = answer.top.iter().map(|ranked| {
            format!(
                "{} {:.2} %",
                runtime::brief(&self.names[ranked.index]),
                100.0 * ranked.probability
            )
        });
        let ranked = ranked.collect::<Vec<_>>().join(", ");
        let mut line = match answer.rejected {
            true => format!("{file}: {NONE} (nearest: {ranked})"),
            false => format!("{file}: {ranked}"),
        };
        if self.logits {
            let logits = answer.logits.iter().map(|logit| format!(" {logit:.4}"));
            line += &format!("; logits{}", logits.collect::<String>());
        }
        line
    }

    fn csv(&self, file: &str, answer: Result<&Answer, &String>) -> String {
        let mut columns: Vec<String> = vec![file.into()];
        let logits = if self.logits { self.names.len() } else { 0 };
        match answer {
            Ok(answer) => {
                columns.push(match (answer.rejected, answer.top.first()) {
                    (false, Some(first)) => self.names[first.index].clone(),
                    _ => NONE.into(),
                });
                let margin = answer.margin.as_ref();
                columns.push(margin.map_or(String::new(), f64::to_string));
                for ranked in answer.top.iter().take(self.top) {
                    columns.push(self.names[ranked.index].clone());
                    columns.push(ranked.probability.to_string());
                }
                columns.extend(answer.logits.iter().take(logits).map(f64::to_string));
                columns.push(String::new());
            }
            Err(why) => {
                let empty = 2 + 2 * self.top + logits;
                columns.extend(std::iter::repeat_n(String::new(), empty));
                columns.push(why.clone());
            }
        }
        record(&columns)
    }

    fn json(&self, file: &str, answer: &Answer) -> Value {
        let top: Vec<Value> = answer
            .top
            .iter()
            .map(|ranked| {
                json!({
                    "class": self.names[ranked.index],
                    "index": ranked.index,
                    "probability": ranked.probability,
                })
            })
            .collect();
        let class = match (answer.rejected, answer.top.first()) {
            (false, Some(first)) => json!(self.names[first.index]),
            _ => Value::Null,
        };
        let mut line = Map::new();
        line.insert("file".into(), json!(file));
        line.insert("class".into(), class);
        line.insert("rejected".into(), json!(answer.rejected));
        line.insert("margin".into(), json!(answer.margin));
        line.insert("top".into(), json!(top));
        if self.logits {
            line.insert("logits".into(), json!(answer.logits));
        }
        line.into()
    }
}

/// A line of comma-separated values (RFC 4180).
fn record(columns: &[String]) -> String {
    let quoted = |column: &String| match column.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", column.replace('"', "\"\"")),
        false => column.clone(),
    };
    columns.iter().map(quoted).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::super::answer::{Answerer, Arithmetic};
    use super::*;

    #[test]
    fn answers_in_each_form() {
        let names = ["cat".to_owned(), "dog, \"big\"".to_owned()];
        let logits = [1.0, 1.0 + 3f64.ln()];
        let answer = Answerer::new(2, None, Arithmetic::Integer)
            .answer(&logits)
            .unwrap();
        let rejected = Answerer::new(1, Some(2.0), Arithmetic::Integer)
            .answer(&logits)
            .unwrap();
        let writer = |form, logits, top| Writer::new(form, logits, top, &names);

        let text = writer(Form::Text, false, 2);
        assert_eq!(text.head(), None);
        assert_eq!(
            text.line("a b.png", Ok(&answer)).unwrap(),
            "a b.png: dog, \"big\" 75.00 %, cat 25.00 %"
        );
        assert_eq!(
            text.line("x\u{1b}[2J", Ok(&rejected)).unwrap(),
            "x\\u{1b}[2J: none of these (nearest: dog, \"big\" 75.00 %)"
        );
        assert_eq!(
            text.line("a\nb\u{202e}\r", Ok(&answer)).unwrap(),
            "a\\nb\\u{202e}\\r: dog, \"big\" 75.00 %, cat 25.00 %"
        );
        assert_eq!(text.line("x", Err(&"why".into())), None);
        let text = writer(Form::Text, true, 1)
            .line("x", Ok(&rejected))
            .unwrap();
        assert!(text.ends_with("; logits 1.0000 2.0986"), "{text}");

        let csv = writer(Form::Csv, true, 9);
        assert_eq!(
            csv.head().unwrap(),
            "file,class,margin,class_1,probability_1,class_2,probability_2,logit cat,\"logit dog, \"\"big\"\"\",error"
        );
        let line = csv.line("a,b", Ok(&answer)).unwrap();
        assert!(
            line.starts_with("\"a,b\",\"dog, \"\"big\"\"\",1.09861"),
            "{line}"
        );
        let line = writer(Form::Csv, false, 1)
            .line("a", Ok(&rejected))
            .unwrap();
        assert!(line.starts_with("a,none of these,"), "{line}");

        // Every row has as many columns as the head, and names are what they are.
        for (logits, top) in [(false, 1), (true, 9)] {
            let csv = writer(Form::Csv, logits, top);
            let text = [
                csv.head(),
                csv.line("a\n\"b\"\u{1b}", Ok(&answer)),
                csv.line("c", Err(&"no, none".into())),
            ];
            let text = text.map(Option::unwrap).join("\n");
            let mut table = csv::Reader::from_reader(text.as_bytes());
            let rows: Vec<_> = table.records().map(Result::unwrap).collect();
            let last = rows[0].len() - 1;
            assert_eq!((&rows[0][0], &rows[0][last]), ("a\n\"b\"\u{1b}", ""));
            assert_eq!((&rows[1][1], &rows[1][last]), ("", "no, none"));
        }

        let json = writer(Form::Json, true, 2);
        let parse =
            |line: Option<String>| -> Value { serde_json::from_str(&line.unwrap()).unwrap() };
        let found = parse(json.line("a", Ok(&answer)));
        assert_eq!(
            (&found["class"], &found["rejected"]),
            (&json!(names[1]), &json!(false))
        );
        assert_eq!(
            (&found["top"][1]["class"], &found["top"][1]["index"]),
            (&json!("cat"), &json!(0))
        );
        assert_eq!(found["logits"], json!(logits));
        assert_eq!(parse(json.line("a", Ok(&rejected)))["class"], Value::Null);
        assert_eq!(parse(json.line("a", Err(&"why".into())))["error"], "why");
    }
}
