//! What a customer may choose about a service, and the rules an answer has to keep.
use super::file::Translations;
use serde::Deserialize;

/// Longest value an environment variable should carry.
const HARD_MAX_LEN: usize = 32 * 1024;

/// One question of the order form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name in forms and in the template.
    pub key: String,
    /// What kind of answer.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// The question.
    pub label: Translations<String>,
    /// The answer of who says nothing; keeps the rules itself.
    pub default: String,
    /// Regular expression the whole answer must match.
    pub pattern: Option<String>,
    /// Least number of characters.
    pub min_len: Option<usize>,
    /// Greatest number of characters.
    pub max_len: Option<usize>,
    /// Least number (`int`).
    pub min: Option<i64>,
    /// Greatest number (`int`).
    pub max: Option<i64>,
    /// Choices (`enum`).
    #[serde(default)]
    pub options: Vec<String>,
    /// When it may be changed.
    pub edit: Edit,
}

/// What kind of answer a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A line of text.
    String,
    /// Several lines of text.
    Text,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
    /// One of `options`.
    Enum,
    /// An e-mail address.
    Email,
    /// A line that is not shown again.
    Password,
    /// A host name.
    Hostname,
}

/// When a parameter may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Only when ordering.
    Create,
    /// Whenever the customer likes; a change restarts the service.
    Always,
    /// Only by staff.
    Admin,
}

impl ParameterKind {
    /// The word of templates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Text => "text",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Enum => "enum",
            Self::Email => "email",
            Self::Password => "password",
            Self::Hostname => "hostname",
        }
    }
}

impl Edit {
    /// The word of templates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Always => "always",
            Self::Admin => "admin",
        }
    }
}

/// Why an answer was refused: `parameter-error-<code>` of the translations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The parameter.
    pub field: String,
    /// `unknown`, `control_characters`, `too_short`, `too_long`, `pattern`, `number`, `out_of_range`, `bool`,
    /// `option`, `email` or `hostname`.
    pub code: &'static str,
}

impl Parameter {
    /// Whether its value is not shown again.
    pub fn is_secret(&self) -> bool {
        self.kind == ParameterKind::Password
    }

    /// Whether `value` keeps the rules; the code of the first broken one otherwise.
    pub fn check(&self, value: &str) -> Result<(), &'static str> {
        let may_break_lines = self.kind == ParameterKind::Text;
        if value.chars().any(|c| c.is_control() && !(may_break_lines && matches!(c, '\n' | '\t'))) {
            return Err("control_characters");
        }
        let length = value.chars().count();
        if length < self.min_len.unwrap_or(0) {
            return Err("too_short");
        }
        if length > self.longest() || value.len() > HARD_MAX_LEN {
            return Err("too_long");
        }
        match self.kind {
            ParameterKind::String | ParameterKind::Text | ParameterKind::Password => {}
            ParameterKind::Int => {
                let number: i64 = value.parse().map_err(|_| "number")?;
                if self.min.is_some_and(|min| number < min) || self.max.is_some_and(|max| number > max) {
                    return Err("out_of_range");
                }
            }
            ParameterKind::Bool if !matches!(value, "true" | "false") => return Err("bool"),
            ParameterKind::Bool => {}
            ParameterKind::Enum if !self.options.iter().any(|option| option == value) => return Err("option"),
            ParameterKind::Enum => {}
            ParameterKind::Email if !is_email(value) => return Err("email"),
            ParameterKind::Email => {}
            ParameterKind::Hostname if !is_hostname(value) => return Err("hostname"),
            ParameterKind::Hostname => {}
        }
        match self.regex() {
            Ok(Some(regex)) if !regex.is_match(value) => Err("pattern"),
            // A pattern that does not compile never passes the check of the template.
            Err(_) => Err("pattern"),
            Ok(_) => Ok(()),
        }
    }

    /// Greatest number of characters, where the template says nothing too.
    pub fn longest(&self) -> usize {
        self.max_len.unwrap_or(if self.kind == ParameterKind::Text { 4000 } else { 200 })
    }

    /// The pattern, made to match whole answers only.
    pub(super) fn regex(&self) -> Result<Option<regex::Regex>, regex::Error> {
        self.pattern.as_ref().map(|pattern| regex::Regex::new(&format!(r"\A(?:{pattern})\z"))).transpose()
    }
}

fn is_email(value: &str) -> bool {
    value.len() <= 254
        && !value.chars().any(char::is_whitespace)
        && value.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && is_hostname(domain))
}

fn is_hostname(value: &str) -> bool {
    value.len() <= 253
        && value.contains('.')
        && value.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}
