//! Bytes from one address, appended to a `.part` file, no more than expected.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use ureq::http::{Response, Uri, header};
use ureq::{Agent, Body};

use super::{ManifestFile, Progress};
use crate::DataError;

/// The maximum number of bytes a file may have whose size neither manifest nor server tells.
const MAX_UNANNOUNCED: u64 = 4 << 30;

/// A connection pool with its timeouts.
pub(super) struct Client {
    agent: Agent,
}

impl Client {
    /// `stall` bounds the wait for a connection, for a response, and for each next byte; a slow
    /// but steady download may last as long as it needs.
    pub(super) fn new(stall: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_resolve(Some(stall))
            .timeout_connect(Some(stall))
            .timeout_recv_response(Some(stall))
            .timeout_per_read(Some(stall))
            .timeout_per_write(Some(stall))
            .max_redirects(10)
            .build();
        Self {
            agent: config.into(),
        }
    }

    /// Completes `part` from `url`. Whether some of it was already there is the answer.
    ///
    /// On an error `part` keeps what can be resumed, and is removed when nothing can.
    pub(super) fn receive(
        &self,
        file: &ManifestFile,
        url: &str,
        part: &Path,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<bool, DataError> {
        let mut have = fs::metadata(part).map_or(0, |metadata| metadata.len());
        if file.size.is_some_and(|size| have > size) {
            have = 0;
        }
        if file.size == Some(have) {
            return Ok(true);
        }
        let response = self.get(url, have)?;
        let (response, have) = match response.status().as_u16() {
            206 if have > 0 && resumes_at(&response) == Some(have) => (response, have),
            // A range that was not asked for, or another one: whole, then.
            206 | 416 if have > 0 => (self.get(url, 0)?, 0),
            _ => (response, 0),
        };
        let status = response.status();
        if !(status == 200 || status == 206 && have > 0) {
            return Err(failed(url, "HTTP status 200", format!("{status}")));
        }
        let announced = response
            .body()
            .content_length()
            .map(|left| left.saturating_add(have));
        if let (Some(size), Some(announced)) = (file.size, announced)
            && size != announced
        {
            return Err(failed(
                url,
                format!("{size} bytes"),
                format!("{announced} announced"),
            ));
        }
        let total = file.size.or(announced);
        progress(Progress::Started {
            file: &file.path,
            url,
            resumed: have,
            total,
        });
        let received = append(response, have, total, file, url, part, progress)?;
        if let Some(total) = total
            && received < total
        {
            return Err(failed(
                url,
                format!("{total} bytes"),
                format!("an end after {received}"),
            ));
        }
        Ok(have > 0)
    }

    /// Asks for the bytes from `have` on.
    fn get(&self, url: &str, have: u64) -> Result<Response<Body>, DataError> {
        let mut request = self.agent.get(url);
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        // The files are compressed already, and ranges and sizes are those of the file itself.
        request = request.header(header::ACCEPT_ENCODING, "identity");
        // A proxy cannot know this machine by its loopback name.
        let host = url
            .parse::<Uri>()
            .ok()
            .and_then(|uri| uri.host().map(str::to_owned));
        if matches!(host.as_deref(), Some("127.0.0.1" | "localhost" | "[::1]")) {
            request = request.config().proxy(None).build();
        }
        request
            .call()
            .map_err(|error| failed(url, "a response", error.to_string()))
    }
}

/// The first byte of a partial response, from `Content-Range: bytes first-last/total`.
fn resumes_at(response: &Response<Body>) -> Option<u64> {
    let range = response
        .headers()
        .get(header::CONTENT_RANGE)?
        .to_str()
        .ok()?;
    range
        .trim()
        .strip_prefix("bytes")?
        .trim_start()
        .split_once('-')?
        .0
        .parse()
        .ok()
}

/// Writes the response to `part` after its first `have` bytes, and returns the bytes it then has.
fn append(
    response: Response<Body>,
    have: u64,
    total: Option<u64>,
    file: &ManifestFile,
    url: &str,
    part: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<u64, DataError> {
    let mut out = open_part(part, have)?;
    let limit = total.unwrap_or(MAX_UNANNOUNCED);
    let mut reader = response
        .into_body()
        .into_with_config()
        .limit(u64::MAX)
        .reader();
    let mut buffer = vec![0; 1 << 16];
    let mut received = have;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => {
                let expected = total.map_or("more bytes".into(), |total| format!("{total} bytes"));
                return Err(failed(url, expected, format!("{error} after {received}")));
            }
        };
        if count as u64 > limit - received {
            fs::remove_file(part).map_err(DataError::io(part, "remove"))?;
            return Err(failed(url, format!("at most {limit} bytes"), "more".into()));
        }
        out.write_all(&buffer[..count])
            .map_err(DataError::io(part, "write"))?;
        received += count as u64;
        progress(Progress::Received {
            file: &file.path,
            received,
            total,
        });
    }
    Ok(received)
}

/// Opens `part` for appending after its first `have` bytes; what else it has is cut off.
fn open_part(part: &Path, have: u64) -> Result<File, DataError> {
    let out = aside::open_own(part, OpenOptions::new().create(true).append(true))
        .map_err(DataError::io(part, "open"))?;
    out.set_len(have).map_err(DataError::io(part, "shorten"))?;
    Ok(out)
}

fn failed(url: &str, expected: impl Into<String>, found: String) -> DataError {
    DataError::Download {
        url: url.to_owned(),
        expected: expected.into(),
        found,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_server_that_falls_silent_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/f", listener.local_addr().unwrap());
        let (hang_up, wait) = std::sync::mpsc::channel::<()>();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.")
                .unwrap();
            let _ = wait.recv(); // Says nothing more until the test is over.
        });
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("f.part");
        let file = ManifestFile {
            path: "f".into(),
            urls: vec![url.clone()],
            size: Some(100),
            md5: None,
            sha256: None,
        };
        let client = Client::new(Duration::from_millis(300));
        let error = client
            .receive(&file, &url, &part, &mut |_| ())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("100 bytes") && error.contains("timeout"),
            "{error}"
        );
        assert_eq!(
            fs::read(&part).unwrap(),
            b"ten bytes.",
            "kept, to go on from"
        );
        drop(hang_up);
        server.join().unwrap();
    }
}
