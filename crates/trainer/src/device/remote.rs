//! Devices of another machine, and the secret that guards them.

#[cfg(feature = "remote")]
use burn::tensor::Device;

#[cfg(feature = "remote")]
use crate::Error;

/// The environment variable of the secret that server and client share.
pub const TOKEN: &str = "ONEBIT_TOKEN";

/// The secret of [`TOKEN`], where there is one.
pub fn token() -> Option<String> {
    std::env::var(TOKEN).ok().filter(|token| !token.is_empty())
}

/// The device that another machine serves: `remote:ws://HOST:PORT`, or with `#N` behind it number
/// N of those that it serves, from 0.
#[cfg(feature = "remote")]
pub(super) fn connect(name: &str) -> Result<Device, Error> {
    let address = name.strip_prefix("remote:").unwrap_or_default();
    let (url, index) = address.split_once('#').unwrap_or((address, "0"));
    let index = index.parse::<usize>().ok();
    let Some(index) = index.filter(|_| url.starts_with("ws://") && url.len() > 5) else {
        return Err(Error::Usage(format!(
            "device `{name}`: expected `remote:ws://HOST:PORT`, or with `#N` the server's device number N; start one with `onebit serve`"
        )));
    };
    let mut host = burn::remote::RemoteHost::websocket(url);
    if let Some(token) = token() {
        host = host.with_credential(token);
    }
    let connected = Device::remote_options(&host).device_index(index).init();
    connected.map_err(|e| {
        Error::Failed(format!(
            "device `{name}`: expected a server that answers, found: {e}; start one there with `onebit serve`, with the same ${TOKEN} as here"
        ))
    })
}
