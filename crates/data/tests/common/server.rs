//! A web server on this machine, with the habits good and bad of servers elsewhere.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use data::{DataError, Manifest, Progress};
use md5::{Digest, Md5};
use tiny_http::{Header, Request, Response};

/// How the server answers.
#[derive(Clone)]
pub enum Habit {
    /// The bytes, or the range of them that was asked for.
    Ranges(Vec<u8>),
    /// All bytes, whatever range was asked for.
    Whole(Vec<u8>),
    /// All bytes, in chunks, so that their number is not announced.
    Chunked(Vec<u8>),
    /// A status and no more.
    Status(u16),
    /// Sends the client to another address.
    Redirect(String),
}

/// Runs until dropped.
pub struct Server {
    server: Arc<tiny_http::Server>,
    thread: Option<JoinHandle<()>>,
    /// The `Range` header of each request so far.
    ranges: Arc<Mutex<Vec<Option<String>>>>,
}

impl Server {
    pub fn start(habit: Habit) -> Self {
        let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").unwrap());
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let (listening, asked) = (Arc::clone(&server), Arc::clone(&ranges));
        let thread = std::thread::spawn(move || {
            for request in listening.incoming_requests() {
                let range = request
                    .headers()
                    .iter()
                    .find(|header| header.field.equiv("Range"));
                let range = range.map(|header| header.value.to_string());
                asked.lock().unwrap().push(range.clone());
                answer(request, &habit, range);
            }
        });
        Self {
            server,
            thread: Some(thread),
            ranges,
        }
    }

    /// The address of a file `f`.
    pub fn url(&self) -> String {
        format!("http://{}/f", self.server.server_addr().to_ip().unwrap())
    }

    /// The `Range` headers that came, one for each request.
    pub fn ranges(&self) -> Vec<Option<String>> {
        self.ranges.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.server.unblock();
        self.thread.take().map(JoinHandle::join);
    }
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).unwrap()
}

fn answer(request: Request, habit: &Habit, range: Option<String>) {
    // Beyond a threshold of its own, tiny_http would send chunks and announce no length.
    let whole = |bytes: &[u8]| Response::from_data(bytes).with_chunked_threshold(usize::MAX);
    // The client may have gone away; that is its right.
    let _ = match habit {
        Habit::Whole(bytes) => request.respond(whole(bytes)),
        Habit::Chunked(bytes) => request.respond(whole(bytes).with_chunked_threshold(0)),
        Habit::Status(status) => request.respond(Response::empty(*status)),
        Habit::Redirect(url) => {
            request.respond(Response::empty(302).with_header(header("Location", url)))
        }
        Habit::Ranges(bytes) => match range.as_deref().and_then(first_byte) {
            None => request.respond(whole(bytes)),
            Some(first) if first >= bytes.len() => request.respond(Response::empty(416)),
            Some(first) => {
                let range = format!("bytes {first}-{}/{}", bytes.len() - 1, bytes.len());
                let response = whole(&bytes[first..]).with_status_code(206);
                request.respond(response.with_header(header("Content-Range", &range)))
            }
        },
    };
}

fn first_byte(range: &str) -> Option<usize> {
    range
        .strip_prefix("bytes=")?
        .strip_suffix('-')?
        .parse()
        .ok()
}

/// An address that serves one request: announces all of `bytes`, sends `count`, and hangs up.
pub fn cut_off(bytes: &[u8], count: usize) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/f", listener.local_addr().unwrap());
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len());
    let sent = [head.as_bytes(), &bytes[..count]].concat();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        stream.write_all(&sent).unwrap();
    });
    (url, thread)
}

/// Some thousand bytes that do not repeat.
pub fn content() -> Vec<u8> {
    (0..50_000u32)
        .flat_map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes())
        .collect()
}

/// A manifest of one dataset `d` of one file `d/f`, which is `content`.
pub fn manifest(content: &[u8], urls: &[String], with_size: bool) -> Manifest {
    let md5: String = Md5::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let size = if with_size {
        format!("size = {}", content.len())
    } else {
        String::new()
    };
    let text = format!("[[d]]\npath = \"d/f\"\nurls = {urls:?}\nmd5 = \"{md5}\"\n{size}\n");
    Manifest::from_toml(&text).unwrap()
}

/// Fetches `d`, and notes what it was told meanwhile, in words.
pub fn fetch(manifest: &Manifest, root: &std::path::Path) -> (Result<(), DataError>, Vec<String>) {
    let mut events = Vec::new();
    let mut note = |event: Progress<'_>| {
        events.push(match event {
            Progress::Present { .. } => "present".to_owned(),
            Progress::Started { resumed, .. } => format!("started at {resumed}"),
            Progress::Received { .. } => return,
            Progress::Verifying { .. } => "verifying".to_owned(),
            Progress::Failed { .. } => "failed".to_owned(),
            Progress::Done { .. } => "done".to_owned(),
            other => panic!("an event of no name: {other:?}"),
        });
    };
    let result = data::fetch(manifest, "d", root, &mut note).map(|paths| {
        assert_eq!(paths, [root.join("d/f")]);
    });
    (result, events)
}
