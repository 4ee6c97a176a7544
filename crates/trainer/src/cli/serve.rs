//! `onebit serve`

use std::net::{SocketAddr, TcpListener};

use burn::server::{RemoteServer, TokenAuthorizer, WebSocketTransport};

use crate::{Error, device, say};

/// Let other machines compute on this one's devices, as `--device remote:ws://HOST:PORT`
///
/// The connection is not encrypted: serve on a trusted network only. With $ONEBIT_TOKEN set, only
/// clients with the same $ONEBIT_TOKEN are let in.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit serve                                    this machine, flex alone
  onebit serve --listen 0.0.0.0:3000 --devices cuda:0,cuda:1")]
pub struct Args {
    /// Address to listen at; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Devices to serve, separated by commas; see `onebit devices`
    #[arg(long, default_value = device::DEFAULT)]
    devices: String,
}

/// Carries out the command; returns when the process is interrupted.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let devices: Result<Vec<_>, Error> = args.devices.split(',').map(device::find).collect();
    let devices = devices?;
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Error::Failed(format!(
            "{}: expected to {what}, found: {error}; choose another address with --listen",
            args.listen
        ))
    };
    let listener = TcpListener::bind(args.listen).map_err(|e| failed("listen", &e))?;
    let address = listener.local_addr().map_err(|e| failed("listen", &e))?;
    let mut server = RemoteServer::new(devices);
    if let Some(token) = device::token() {
        let authorizer = TokenAuthorizer::new(token).map_err(|e| Error::Usage(e.to_string()))?;
        server = server.with_authorizer(authorizer);
    } else if !address.ip().is_loopback() {
        crate::note(&format!(
            "warning: anyone who reaches {address} can compute here; set ${} to let in only clients with the same token",
            device::TOKEN
        ));
    }
    say(&format!("serving {} at ws://{address}", args.devices));
    server
        .serve(WebSocketTransport::from_listener(listener))
        .map_err(|e| failed("serve", &e))
}
