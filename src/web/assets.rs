//! Static files, embedded into the binary. `/static/<hash>/<name>` may be kept for a year because the hash is the
//! content's; vendored files carry their version in the name instead and live under `/static/v/vendor/…`, so that
//! style sheets can name the font. Each file is compressed once per process, not per request.
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName, HeaderValue},
    web::{self, Bytes},
};
use rust_embed::Embed;
use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, LazyLock, Mutex, OnceLock},
};

#[derive(Embed)]
#[folder = "static/"]
struct Files;

/// The place of the hash in addresses of vendored files.
const VERSIONED: &str = "v";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Below this gain the browser's work of unpacking is not worth it (images and fonts are packed already).
const WORTHWHILE_PERCENT: usize = 90;

struct Asset {
    hash: String,
    mime: String,
    raw: Bytes,
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

static EMBEDDED: LazyLock<HashMap<String, Arc<Asset>>> =
    LazyLock::new(|| Files::iter().filter_map(|name| Some((name.to_string(), Arc::new(load(&name)?)))).collect());

/// In debug builds files are read from the folder; a file is read again when its time of change differs.
static FROM_DISK: LazyLock<Mutex<HashMap<String, Dated>>> = LazyLock::new(Mutex::default);

/// A file as it was at its time of change.
struct Dated(Option<std::time::SystemTime>, Arc<Asset>);

fn load(name: &str) -> Option<Asset> {
    let file = Files::get(name)?;
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    Some(Asset {
        hash: hex::encode(&file.metadata.sha256_hash()[..6]),
        mime: if mime.type_() == "text" { format!("{mime}; charset=utf-8") } else { mime.to_string() },
        raw: match file.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => bytes.into(),
        },
        brotli: OnceLock::new(),
        gzip: OnceLock::new(),
    })
}

fn find(name: &str) -> Option<Arc<Asset>> {
    if !cfg!(debug_assertions) {
        return EMBEDDED.get(name).cloned();
    }
    if name.split('/').any(|part| part == "..") {
        return None;
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("static").join(name);
    let changed = std::fs::metadata(path).and_then(|data| data.modified()).ok();
    let mut known = FROM_DISK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(Dated(at, asset)) = known.get(name)
        && *at == changed
    {
        return Some(asset.clone());
    }
    let asset = Arc::new(load(name)?);
    known.insert(name.to_owned(), Dated(changed, asset.clone()));
    Some(asset)
}

impl Asset {
    fn if_smaller(&self, packed: Vec<u8>) -> Option<Bytes> {
        (packed.len() * 100 < self.raw.len() * WORTHWHILE_PERCENT).then(|| packed.into())
    }

    fn brotli(&self) -> Option<Bytes> {
        let pack = || {
            let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 9, 22);
            writer.write_all(&self.raw).ok()?;
            self.if_smaller(writer.into_inner())
        };
        self.brotli.get_or_init(pack).clone()
    }

    fn gzip(&self) -> Option<Bytes> {
        let pack = || {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(9));
            writer.write_all(&self.raw).ok()?;
            self.if_smaller(writer.finish().ok()?)
        };
        self.gzip.get_or_init(pack).clone()
    }
}

/// The address of a static file, for example `css/base.css`. A file that does not exist gives an address that
/// answers 404; a test looks for such names in the templates.
pub fn url(name: &str) -> String {
    if name.starts_with("vendor/") {
        return format!("/static/{VERSIONED}/{name}");
    }
    match find(name) {
        Some(asset) => format!("/static/{}/{name}", asset.hash),
        None => format!("/static/missing/{name}"),
    }
}

/// `GET /static/{hash}/{name:.*}`
pub async fn serve(request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let (hash, name) = path.into_inner();
    let Some(asset) = find(&name) else { return HttpResponse::NotFound().finish() };
    let sent =
        |name: HeaderName| request.headers().get(name).and_then(|v: &HeaderValue| v.to_str().ok()).unwrap_or_default();
    let etag = header::ETag(header::EntityTag::new_weak(asset.hash.clone()));
    let lasting = hash == asset.hash || (hash == VERSIONED && name.starts_with("vendor/"));
    let cache = if lasting { FOR_EVER } else { "no-cache" };
    if sent(header::IF_NONE_MATCH).contains(asset.hash.as_str()) {
        return HttpResponse::NotModified().insert_header(etag).insert_header((header::CACHE_CONTROL, cache)).finish();
    }
    let accepted = sent(header::ACCEPT_ENCODING);
    let packed = [("br", Asset::brotli as fn(&Asset) -> _), ("gzip", Asset::gzip)]
        .into_iter()
        .filter(|(coding, _)| accepted.contains(coding))
        .find_map(|(coding, pack)| pack(&asset).map(|bytes: Bytes| (coding, bytes)));
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.mime.as_str())
        .insert_header(etag)
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::VARY, "accept-encoding"));
    match packed {
        Some((coding, bytes)) => response.insert_header((header::CONTENT_ENCODING, coding)).body(bytes),
        None => response.body(asset.raw.clone()),
    }
}

#[cfg(test)]
pub(super) fn packed_size(name: &str) -> usize {
    find(name).map_or(0, |asset| asset.brotli().map_or(asset.raw.len(), |bytes| bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, http::StatusCode, test};

    fn header_of(headers: &header::HeaderMap, name: HeaderName) -> &str {
        headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    async fn get(path: &str, accept: &str, etag: &str) -> (StatusCode, header::HeaderMap, Bytes) {
        let app = test::init_service(App::new().route("/static/{hash}/{name:.*}", web::get().to(serve))).await;
        let request = test::TestRequest::get()
            .uri(path)
            .insert_header((header::ACCEPT_ENCODING, accept))
            .insert_header((header::IF_NONE_MATCH, etag))
            .to_request();
        let response = test::call_service(&app, request).await;
        (response.status(), response.headers().clone(), test::read_body(response).await)
    }

    #[actix_web::test]
    async fn a_hashed_address_lasts_and_comes_packed() {
        let (status, headers, body) = get(&url("img/icons.svg"), "gzip, br", "").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(header_of(&headers, header::CACHE_CONTROL), FOR_EVER);
        assert_eq!(header_of(&headers, header::CONTENT_ENCODING), "br");
        assert_eq!(header_of(&headers, header::CONTENT_TYPE), "image/svg+xml");
        assert!(!body.is_empty());
    }

    #[actix_web::test]
    async fn an_old_hash_still_answers_but_is_asked_for_again() {
        let (status, headers, _) = get("/static/0123456789ab/css/base.css", "identity", "").await;
        assert_eq!((status, header_of(&headers, header::CACHE_CONTROL)), (StatusCode::OK, "no-cache"));
        let (status, ..) = get(&url("css/base.css"), "br", header_of(&headers, header::ETAG)).await;
        assert_eq!(status, StatusCode::NOT_MODIFIED);
    }

    #[actix_web::test]
    async fn the_font_has_one_lasting_address_and_is_not_packed_twice() {
        let (status, headers, _) = get(&url("vendor/inter-latin-5.3.0.woff2"), "br", "").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(header_of(&headers, header::CACHE_CONTROL), FOR_EVER);
        assert!(!headers.contains_key(header::CONTENT_ENCODING));
    }

    #[actix_web::test]
    async fn nothing_outside_the_folder_is_served() {
        for path in ["/static/v/../Cargo.toml", "/static/v/%2e%2e/Cargo.toml", "/static/v/vendor/../../Cargo.toml"] {
            assert_eq!(get(path, "br", "").await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }
}
