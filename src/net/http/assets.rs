//! Serves the page from inside the binary. It reads no file at run time.

use crate::net::http::problem::Problem;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

/// The built web client.
#[derive(rust_embed::RustEmbed)]
#[folder = "web-client/dist"]
struct Page;

/// Any address that is no route: a file of the page, or 404.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    // `/docs` is the page docs.html, and so with the others.
    let found = Page::get(path).or_else(|| Page::get(&format!("{path}.html")));
    let Some(file) = found.filter(|_| method == Method::GET || method == Method::HEAD) else {
        return Problem::not_found("There is nothing at this address.").into_response();
    };
    let tag = format!("\"{}\"", base64_of(&file.metadata.sha256_hash()));
    if headers.get(header::IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    // File names under assets/ carry a hash of their content and never change.
    let keep = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = file.metadata.mimetype().to_owned();
    let head = [(header::CONTENT_TYPE, kind), (header::ETAG, tag), (header::CACHE_CONTROL, keep.to_owned())];
    (head, file.data.into_owned()).into_response()
}

fn base64_of(hash: &[u8; 32]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash[..12])
}
