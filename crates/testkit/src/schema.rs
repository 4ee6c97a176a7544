//! Whether a JSON value is what a schema says: of JSON Schema what the project's schemas use, and nothing is passed over.

use serde_json::{Map, Value};

/// Checks a value against a schema.
///
/// # Errors
///
/// Where in the value it is wrong, what was expected and found; or a word of the schema that is not known here.
///
/// ```
/// use serde_json::json;
///
/// let schema = json!({ "type": "object", "required": ["seed"], "properties": { "seed": { "type": "integer" } } });
/// assert_eq!(testkit::conforms(&schema, &json!({ "seed": 3 })), Ok(()));
/// let error = testkit::conforms(&schema, &json!({ "seed": "3" })).unwrap_err();
/// assert_eq!(error, "/seed: expected integer, found \"3\"");
/// ```
pub fn conforms(schema: &Value, value: &Value) -> Result<(), String> {
    check(schema, schema, value, "")
}

/// Words that say nothing of a value.
const SAID: [&str; 7] = [
    "$schema",
    "$id",
    "$defs",
    "title",
    "description",
    "default",
    "examples",
];

fn check(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let rules = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Bool(false) => return Err(format!("{at}: expected nothing, found {value}")),
        Value::Object(rules) => rules,
        _ => return Err(format!("schema: expected an object, found {schema}")),
    };
    for (word, rule) in rules {
        let expected = |what: String| Err(format!("{at}: expected {what}, found {value}"));
        match word.as_str() {
            word if SAID.contains(&word) => {}
            "$ref" => check(root, target(root, rule)?, value, at)?,
            "type" if !of_type(rule, value) => {
                return expected(rule.to_string().replace('"', ""));
            }
            "const" if value != rule => return expected(rule.to_string()),
            "enum" if !list(rule)?.contains(value) => return expected(format!("one of {rule}")),
            "minimum" if value.as_f64() < rule.as_f64() && value.is_number() => {
                return expected(format!("{rule} or more"));
            }
            "maximum" if value.as_f64() > rule.as_f64() && value.is_number() => {
                return expected(format!("{rule} or less"));
            }
            "anyOf" => {
                let ways = list(rule)?.iter();
                let failed: Vec<String> = ways
                    .map(|way| check(root, way, value, at))
                    .map_while(Result::err)
                    .collect();
                if failed.len() == list(rule)?.len() {
                    return Err(failed.join("; or "));
                }
            }
            "properties" | "additionalProperties" | "required" => {
                if let Value::Object(value) = value {
                    object(root, rules, word, rule, value, at)?;
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}/{index}"))?;
                }
            }
            "minItems" | "maxItems" => {
                if let (Some(items), Some(limit)) = (value.as_array(), rule.as_u64()) {
                    let count = items.len() as u64;
                    let fits = if word == "minItems" {
                        count >= limit
                    } else {
                        count <= limit
                    };
                    if !fits {
                        return Err(format!("{at}: expected {word} {limit}, found {count}"));
                    }
                }
            }
            "type" | "const" | "enum" | "minimum" | "maximum" => {}
            other => return Err(format!("schema: `{other}` is not known here")),
        }
    }
    Ok(())
}

fn object(
    root: &Value,
    rules: &Map<String, Value>,
    word: &str,
    rule: &Value,
    value: &Map<String, Value>,
    at: &str,
) -> Result<(), String> {
    let known = rules.get("properties").and_then(Value::as_object);
    match word {
        "required" => {
            let names = list(rule)?.iter().filter_map(Value::as_str);
            let missing = names.clone().find(|name| !value.contains_key(*name));
            missing.map_or(Ok(()), |name| {
                Err(format!("{at}: expected `{name}`, found none"))
            })
        }
        "properties" => known.into_iter().flatten().try_for_each(|(name, schema)| {
            let value = value.get(name);
            value.map_or(Ok(()), |value| {
                check(root, schema, value, &format!("{at}/{name}"))
            })
        }),
        _ => value.iter().try_for_each(|(name, value)| {
            match known.is_some_and(|known| known.contains_key(name)) {
                true => Ok(()),
                false => check(root, rule, value, &format!("{at}/{name}")),
            }
        }),
    }
}

/// What `#/$defs/NAME` is.
fn target<'a>(root: &'a Value, reference: &Value) -> Result<&'a Value, String> {
    let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
    let found = pointer.and_then(|pointer| root.pointer(pointer));
    found.ok_or_else(|| format!("schema: {reference} leads nowhere"))
}

fn list(rule: &Value) -> Result<&Vec<Value>, String> {
    rule.as_array()
        .ok_or_else(|| format!("schema: expected a list, found {rule}"))
}

fn of_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_u64() || value.is_i64(),
        _ => false,
    };
    match rule {
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_found_and_named() {
        let schema = json!({
            "title": "a test",
            "type": "object",
            "additionalProperties": false,
            "required": ["name", "sizes"],
            "$defs": { "size": { "type": "integer", "minimum": 1, "maximum": 9 } },
            "properties": {
                "name": { "enum": ["a", "b"] },
                "sizes": { "type": "array", "minItems": 1, "maxItems": 2, "items": { "$ref": "#/$defs/size" } },
                "more": { "anyOf": [{ "type": "null" }, { "type": "object", "additionalProperties": { "type": "number" } }] }
            }
        });
        for right in [
            json!({ "name": "a", "sizes": [1] }),
            json!({ "name": "b", "sizes": [1, 9], "more": null }),
            json!({ "name": "b", "sizes": [1], "more": { "x": 1.5 } }),
        ] {
            assert_eq!(conforms(&schema, &right), Ok(()), "{right}");
        }
        for (wrong, what) in [
            (json!([]), ": expected object, found []"),
            (json!({ "name": "a" }), ": expected `sizes`, found none"),
            (
                json!({ "name": "c", "sizes": [1] }),
                "/name: expected one of",
            ),
            (
                json!({ "name": "a", "sizes": [0] }),
                "/sizes/0: expected 1 or more",
            ),
            (
                json!({ "name": "a", "sizes": [10] }),
                "/sizes/0: expected 9 or less",
            ),
            (
                json!({ "name": "a", "sizes": [1.5] }),
                "/sizes/0: expected integer",
            ),
            (
                json!({ "name": "a", "sizes": [] }),
                "/sizes: expected minItems 1",
            ),
            (
                json!({ "name": "a", "sizes": [1, 1, 1] }),
                "/sizes: expected maxItems 2",
            ),
            (
                json!({ "name": "a", "sizes": [1], "x": 1 }),
                "/x: expected nothing",
            ),
            (
                json!({ "name": "a", "sizes": [1], "more": { "x": "y" } }),
                "/more/x: expected number",
            ),
        ] {
            let error = conforms(&schema, &wrong).unwrap_err();
            assert!(error.contains(what), "{wrong}: {error}");
        }
    }

    #[test]
    fn no_word_of_a_schema_is_passed_over() {
        for schema in [
            json!({ "pattern": "a" }),
            json!({ "items": { "uniqueItems": true } }),
            json!({ "$ref": "#/$defs/none" }),
        ] {
            assert!(conforms(&schema, &json!(["x"])).is_err(), "{schema}");
        }
    }
}
