//! The certificate of the HTTPS side: given, or made once and kept. It never weakens a check.

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

/// Makes the TLS configuration from PEM files.
///
/// # Errors
/// One sentence saying which file is wrong.
pub fn from_files(certificate: &Path, private_key: &Path) -> Result<Arc<rustls::ServerConfig>, String> {
    let wrong = |path: &Path, error: &dyn std::fmt::Display| format!("{} cannot be used: {error}", path.display());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .map_err(|error| wrong(certificate, &error))?
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(private_key).map_err(|error| wrong(private_key, &error))?;
    server(chain, key).map_err(|error| wrong(certificate, &error))
}

/// Makes a self-signed certificate for these names, or takes the one kept in `folder` from last time, so that a browser
/// asks only once.
///
/// # Errors
/// One sentence when it can neither be read nor made.
pub fn self_signed(folder: &Path, addresses: &[IpAddr]) -> Result<Arc<rustls::ServerConfig>, String> {
    let (certificate, private_key) = (folder.join("self-signed.pem"), folder.join("self-signed.key"));
    if certificate.exists() && private_key.exists() {
        return from_files(&certificate, &private_key);
    }
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    names.extend(addresses.iter().map(ToString::to_string));
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| error.to_string())?;
    let kept = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&certificate, made.cert.pem()))
        .and_then(|()| write_private(&private_key, &made.signing_key.serialize_pem()));
    if let Err(error) = kept {
        tracing::warn!(error = %error, "the self-signed certificate could not be kept; browsers will ask again next time");
    }
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(str::to_owned)?;
    server(vec![made.cert.der().clone()], key).map_err(|error| error.to_string())
}

fn server(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<rustls::ServerConfig>, rustls::Error> {
    let mut config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?
        .write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}
