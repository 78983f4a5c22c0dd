//! Templates for tests.
use super::ServiceTemplate;

const N8N: &str = include_str!("../../../../seeds/services/n8n.toml");

/// A question whose answer is told to nobody.
pub const SECRET: &str = r#"
[[param]]
key = "token"
type = "password"
label = { id = "Token", en = "Token" }
default = ""
max_len = 40
edit = "always"
"#;

/// The template of n8n with more questions before its own.
pub fn n8n_with(questions: &str) -> ServiceTemplate {
    ServiceTemplate::parse(&N8N.replacen("[[param]]", &format!("{questions}\n[[param]]"), 1)).unwrap()
}
