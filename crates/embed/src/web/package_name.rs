//! What a package of npm is called.

use std::fmt;
use std::str::FromStr;

use crate::EmbedError;

/// The longest name, with the scope.
const MAX_LEN: usize = 214;
/// What `import` takes for a module of Node's own, and two names that npm keeps for itself: of `require("module").builtinModules`
/// the names without a folder, sorted.
const TAKEN: [&str; 44] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "favicon.ico",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "node_modules",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// The name of a package, with a scope or without one.
///
/// ```
/// use embed::web::npm::PackageName;
///
/// let name: PackageName = "@me/my-parts".parse()?;
/// assert_eq!(name.to_string(), "@me/my-parts");
/// assert!("fs".parse::<PackageName>().is_err());
/// # Ok::<(), embed::EmbedError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageName(String);

impl Default for PackageName {
    /// `onebit-network`.
    fn default() -> Self {
        Self("onebit-network".into())
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PackageName {
    type Err = EmbedError;

    fn from_str(name: &str) -> Result<Self, EmbedError> {
        let refused = |found: String| EmbedError::PackageName {
            name: name.to_owned(),
            found,
        };
        if name.is_empty() || name.len() > MAX_LEN {
            return Err(refused(format!("{} bytes", name.len())));
        }
        let scoped = name.strip_prefix('@').map(|rest| rest.split_once('/'));
        let (scope, own) = match scoped {
            None => (None, name),
            Some(Some((scope, own))) => (Some(scope), own),
            Some(None) => return Err(refused("a scope without a name behind it".into())),
        };
        for part in scope.into_iter().chain([own]) {
            let letters = |c: char| {
                c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.')
            };
            if let Some(other) = part.chars().find(|&c| !letters(c)) {
                return Err(refused(format!("{other:?} in it")));
            }
            match part.chars().next() {
                None => return Err(refused("nothing beside a `/`".into())),
                Some(first) if !first.is_ascii_alphanumeric() => {
                    return Err(refused(format!("{first:?} as its first letter")));
                }
                Some(_) => {}
            }
        }
        if scope.is_none() && TAKEN.contains(&own) {
            return Err(refused("a name that is taken by Node or npm".into()));
        }
        Ok(Self(name.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_npms() {
        for name in [
            "parts",
            "my-parts",
            "@me/parts",
            "@me/fs",
            "a.b_c",
            "2nd",
            &"a".repeat(214),
        ] {
            assert_eq!(name.parse::<PackageName>().unwrap().to_string(), name);
        }
        for (name, word) in [
            ("", "0 bytes"),
            (&*"a".repeat(215), "215 bytes"),
            ("Parts", "'P'"),
            ("my parts", "' '"),
            ("größe", "'ö'"),
            ("a/b", "'/'"),
            ("@me", "a scope without"),
            ("@/parts", "nothing beside"),
            ("@me/", "nothing beside"),
            ("@me/a/b", "'/'"),
            ("@Me/parts", "'M'"),
            ("@me/.parts", "'.' as its first"),
            ("_parts", "'_' as its first"),
            (".parts", "'.' as its first"),
            ("-parts", "'-' as its first"),
            ("fs", "taken by Node"),
            ("worker_threads", "taken by Node"),
            ("node_modules", "taken by Node"),
        ] {
            let error = name.parse::<PackageName>().unwrap_err().to_string();
            assert!(error.contains(word), "{name}: {error}");
        }
        assert!(TAKEN.is_sorted());
    }
}
