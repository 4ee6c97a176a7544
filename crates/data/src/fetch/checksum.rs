//! Whether a file is the one the manifest means.

use std::io::Read;
use std::path::Path;

use md5::{Digest, Md5};
use sha2::Sha256;

use super::ManifestFile;
use crate::DataError;

/// Reads the file to its end and compares every checksum the manifest gives.
pub(super) fn verify(
    mut open: impl Read,
    path: &Path,
    file: &ManifestFile,
    hint: &'static str,
) -> Result<(), DataError> {
    let (mut md5, mut sha256) = (Md5::new(), Sha256::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = open
            .read(&mut buffer)
            .map_err(DataError::io(path, "read"))?;
        if count == 0 {
            break;
        }
        if file.md5.is_some() {
            md5.update(&buffer[..count]);
        }
        if file.sha256.is_some() {
            sha256.update(&buffer[..count]);
        }
    }
    let sums = [
        ("SHA-256", &file.sha256, hex(&sha256.finalize())),
        ("MD5", &file.md5, hex(&md5.finalize())),
    ];
    for (algorithm, expected, found) in sums {
        if let Some(expected) = expected
            && !expected.eq_ignore_ascii_case(&found)
        {
            return Err(DataError::Checksum {
                path: path.to_owned(),
                algorithm,
                expected: expected.clone(),
                found,
                hint,
            });
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sums_must_fit() {
        // The sums of "abc" from RFC 1321 and FIPS 180-2.
        let md5 = "900150983cd24fb0d6963f7d28e17f72";
        let sha256 = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
        let file = |md5: &str, sha256: &str| ManifestFile {
            path: "f".into(),
            urls: vec![],
            size: None,
            md5: Some(md5.into()),
            sha256: Some(sha256.into()),
        };
        let check = |file| verify(&b"abc"[..], Path::new("f"), &file, "hint");
        check(file(md5, sha256)).unwrap();
        for wrong in [
            file(&md5.replace('9', "8"), sha256),
            file(md5, &sha256.replace('B', "C")),
        ] {
            let error = check(wrong).unwrap_err().to_string();
            assert!(
                error.contains("found 9001") || error.contains("found ba78"),
                "{error}"
            );
        }
    }
}
