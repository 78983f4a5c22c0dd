//! The simulated ingress: finds the Ingress of a host and shows a page in place of the service behind it.
use super::{
    api::ready_pod,
    http::{Handler, Outcome, Reply, Request},
    objects::{namespace, text, uid},
    store::{Cluster, State},
    trouble::INSTANCE_LABEL,
};
use serde_json::Value;
use std::sync::Arc;

/// Annotation that shows what the page calls the service.
const NAME_LABEL: &str = "app.kubernetes.io/name";

/// The ingress' handler of requests.
pub fn handler(cluster: Arc<Cluster>) -> Handler {
    Arc::new(move |request| {
        let answered = cluster.write(|state| reply(state, &request));
        let reply = answered.unwrap_or_else(|error| super::store::storage_failed(&error));
        Box::pin(std::future::ready(Outcome::Answer(reply)))
    })
}

fn reply(state: &mut State, request: &Request) -> Reply {
    let host = request.header("host").unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let Some((home, backend)) = backend(state, &host, &request.path) else {
        return page(404, "Nothing here", &format!("No service answers under {host}."), "");
    };
    let service_name = text(&backend, "/service/name").to_owned();
    let service = state.get("services", &home, &service_name);
    let Some(pod) = service.and_then(|service| ready_pod(state, &service)) else {
        return page(
            503,
            "Service not available",
            &format!("{host} is known, but nothing runs behind it right now."),
            &service_name,
        );
    };
    let container = &pod["spec"]["containers"][0];
    let now = state.now();
    let line = format!("{} {} 200", request.method, request.path);
    state.book.write(uid(&pod), text(container, "/name"), now, line);

    let labels = &pod["metadata"]["labels"];
    let instance = labels[INSTANCE_LABEL].as_str().unwrap_or(&service_name);
    let name = labels[NAME_LABEL].as_str().unwrap_or(&service_name);
    let detail = format!("{} · {instance}", text(container, "/image"));
    page(200, name, "This page stands in for the service: the cluster behind it is simulated.", &detail)
}

/// The namespace and backend that an Ingress names for a host and path; the longest path wins.
fn backend(state: &State, host: &str, path: &str) -> Option<(String, Value)> {
    let fits_host = |rule: &Value| match rule["host"].as_str() {
        None => true,
        Some(wanted) => match wanted.strip_prefix("*.") {
            Some(parent) => host.split_once('.').is_some_and(|(_, rest)| rest == parent),
            None => wanted == host,
        },
    };
    let mut found: Vec<(usize, String, Value)> = Vec::new();
    for (_, ingress) in state.list("ingresses.networking.k8s.io", None) {
        if ingress["metadata"]["deletionTimestamp"].is_string() {
            continue;
        }
        for rule in ingress["spec"]["rules"].as_array().into_iter().flatten().filter(|rule| fits_host(rule)) {
            for way in rule["http"]["paths"].as_array().into_iter().flatten() {
                let wanted = way["path"].as_str().unwrap_or("/");
                let is_exact = way["pathType"] == "Exact";
                let stem = wanted.trim_end_matches('/');
                let is_below = path == stem || path.strip_prefix(stem).is_some_and(|rest| rest.starts_with('/'));
                if is_exact && path == wanted || !is_exact && is_below {
                    found.push((wanted.len(), namespace(ingress).to_owned(), way["backend"].clone()));
                }
            }
        }
    }
    found.into_iter().max_by_key(|(length, _, _)| *length).map(|(_, home, backend)| (home, backend))
}

fn page(status: u16, title: &str, sentence: &str, detail: &str) -> Reply {
    let (title, sentence, detail) = (escaped(title), escaped(sentence), escaped(detail));
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n\
         body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f6f7f9; color: #1b2330; \
         font: 16px/1.5 system-ui, sans-serif }}\n\
         main {{ max-width: 32rem; padding: 2rem; background: #fff; border: 1px solid #dfe3e8; border-radius: 12px }}\n\
         h1 {{ margin: 0 0 .5rem; font-size: 1.5rem }}\np {{ margin: 0 0 .75rem }}\n\
         small {{ color: #5c6675; overflow-wrap: anywhere }}\n\
         @media (prefers-color-scheme: dark) {{ body {{ background: #12161c; color: #e6eaf0 }} \
         main {{ background: #1a2029; border-color: #2c3441 }} small {{ color: #9aa5b5 }} }}\n\
         </style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{sentence}</p>\n<small>{detail}</small>\n</main>\n\
         </body>\n</html>\n"
    );
    let mut reply = Reply::text(status, "text/html; charset=utf-8", html);
    reply.headers.push(("cache-control", "no-store".to_owned()));
    reply
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_says_is_never_markup() {
        let super::super::http::Body::Whole(body) = page(404, "x", "<script>", "").body else { panic!("a whole page") };

        assert!(!String::from_utf8(body).unwrap().contains("<script>"));
    }
}
