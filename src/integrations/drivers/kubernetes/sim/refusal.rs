//! Refusals, worded and shaped as the API server words and shapes them (`Status` of `meta/v1`).
use super::{http::Reply, kinds::Kind};
use serde_json::{Value, json};

/// A refusal. Most calls end well, so it is boxed.
pub type Refused = Box<Refusal>;

/// What the API server refuses and why.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// HTTP status.
    pub code: u16,
    /// Word for programs (`NotFound`, `Conflict`, …).
    pub reason: &'static str,
    /// Sentence for people.
    pub message: String,
    /// `details` of the Status.
    pub details: Value,
}

impl Refusal {
    /// A refusal without details.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Refused {
        Box::new(Self { code, reason, message: message.into(), details: Value::Null })
    }

    fn about(code: u16, reason: &'static str, message: String, kind: &Kind, name: &str, causes: Value) -> Refused {
        let mut details = json!({"name": name, "kind": kind.plural});
        if !kind.group.is_empty() {
            details["group"] = json!(kind.group);
        }
        if !causes.is_null() {
            details["causes"] = causes;
        }
        Box::new(Self { code, reason, message, details })
    }

    /// 404.
    pub fn not_found(kind: &Kind, name: &str) -> Refused {
        let message = format!("{} \"{name}\" not found", kind.resource());
        Self::about(404, "NotFound", message, kind, name, Value::Null)
    }

    /// 409: the name is taken.
    pub fn already_exists(kind: &Kind, name: &str) -> Refused {
        let message = format!("{} \"{name}\" already exists", kind.resource());
        Self::about(409, "AlreadyExists", message, kind, name, Value::Null)
    }

    /// 409: somebody else was faster.
    pub fn modified(kind: &Kind, name: &str) -> Refused {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    /// 409 for another cause.
    pub fn conflict(kind: &Kind, name: &str, why: &str) -> Refused {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.resource());
        Self::about(409, "Conflict", message, kind, name, Value::Null)
    }

    /// 409 of server-side apply: fields belong to others. `conflicts` are pairs of manager and field.
    pub fn owned_by_others(conflicts: &[(String, String)]) -> Refused {
        let causes: Vec<Value> = conflicts
            .iter()
            .map(|(manager, field)| {
                json!({"reason": "FieldManagerConflict", "message": format!("conflict with {manager}"), "field": field})
            })
            .collect();
        let first = &conflicts[0].0;
        let is_one_manager = conflicts.iter().all(|(manager, _)| manager == first);
        let message = match conflicts {
            [(manager, field)] => format!("Apply failed with 1 conflict: conflict with {manager}: {field}"),
            _ if is_one_manager => {
                let fields: Vec<String> = conflicts.iter().map(|(_, field)| format!("- {field}")).collect();
                format!(
                    "Apply failed with {} conflicts: conflicts with {first}:\n{}",
                    conflicts.len(),
                    fields.join("\n")
                )
            }
            _ => {
                let lines: Vec<String> =
                    conflicts.iter().map(|(manager, field)| format!("conflicts with {manager}:\n- {field}")).collect();
                format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
            }
        };
        Box::new(Self { code: 409, reason: "Conflict", message, details: json!({"causes": causes}) })
    }

    /// 403 by admission.
    pub fn forbidden(kind: &Kind, name: &str, why: &str) -> Refused {
        let message = format!("{} \"{name}\" is forbidden: {why}", kind.resource());
        Self::about(403, "Forbidden", message, kind, name, Value::Null)
    }

    /// 403: the caller lacks the right.
    pub fn without_right(group: &str, plural: &str, name: &str, why: &str) -> Refused {
        let what = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
        let about = if name.is_empty() { what } else { format!("{what} \"{name}\"") };
        let mut details = json!({"kind": plural});
        for (field, value) in [("name", name), ("group", group)] {
            if !value.is_empty() {
                details[field] = json!(value);
            }
        }
        Box::new(Self { code: 403, reason: "Forbidden", message: format!("{about} is forbidden: {why}"), details })
    }

    /// 403: the namespace is going away.
    pub fn terminating(kind: &Kind, name: &str, namespace: &str) -> Refused {
        let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
        let message = format!("{} \"{name}\" is forbidden: {why}", kind.resource());
        let causes = json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        }]);
        Self::about(403, "Forbidden", message, kind, name, causes)
    }

    /// 422: fields are wrong.
    pub fn invalid(kind: &Kind, name: &str, faults: &[FieldFault]) -> Refused {
        let sentences: Vec<String> = faults.iter().map(FieldFault::sentence).collect();
        let what = if kind.group.is_empty() { kind.kind.to_string() } else { format!("{}.{}", kind.kind, kind.group) };
        let why = match sentences.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let causes: Vec<Value> = faults
            .iter()
            .map(|fault| json!({"reason": fault.reason(), "message": fault.tail(), "field": fault.field}))
            .collect();
        let mut refusal =
            Self::about(422, "Invalid", format!("{what} \"{name}\" is invalid: {why}"), kind, name, json!(causes));
        refusal.details["kind"] = json!(kind.kind);
        refusal
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Refused {
        Self::new(400, "BadRequest", message)
    }

    /// 410: the version is too old.
    pub fn expired(message: impl Into<String>) -> Refused {
        Self::new(410, "Expired", message)
    }

    /// The Status object.
    pub fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status
    }

    /// The answer on the wire.
    pub fn reply(&self) -> Reply {
        let mut reply = Reply::json(self.code, &self.status());
        if self.code == 429 {
            let seconds = self.details["retryAfterSeconds"].as_u64().unwrap_or(1);
            reply.headers.push(("retry-after", seconds.to_string()));
        }
        reply
    }
}

/// One wrong field.
#[derive(Clone, Debug)]
pub struct FieldFault {
    field: String,
    what: What,
    detail: String,
}

#[derive(Clone, Debug)]
enum What {
    Required,
    Invalid(String),
    Forbidden,
    NotSupported(String),
}

impl FieldFault {
    /// A field that is missing.
    pub fn required(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), what: What::Required, detail: detail.into() }
    }

    /// A value that does not do.
    pub fn invalid(field: impl Into<String>, value: &Value, detail: impl Into<String>) -> Self {
        Self { field: field.into(), what: What::Invalid(value.to_string()), detail: detail.into() }
    }

    /// A value that may not be set here.
    pub fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), what: What::Forbidden, detail: detail.into() }
    }

    /// A value outside the known ones.
    pub fn not_supported(field: impl Into<String>, value: &Value, supported: &str) -> Self {
        let detail = format!("supported values: {supported}");
        Self { field: field.into(), what: What::NotSupported(value.to_string()), detail }
    }

    fn reason(&self) -> &'static str {
        match self.what {
            What::Required => "FieldValueRequired",
            What::Invalid(_) => "FieldValueInvalid",
            What::Forbidden => "FieldValueForbidden",
            What::NotSupported(_) => "FieldValueNotSupported",
        }
    }

    fn tail(&self) -> String {
        let head = match &self.what {
            What::Required => "Required value".to_owned(),
            What::Invalid(value) => format!("Invalid value: {value}"),
            What::Forbidden => "Forbidden".to_owned(),
            What::NotSupported(value) => format!("Unsupported value: {value}"),
        };
        if self.detail.is_empty() { head } else { format!("{head}: {}", self.detail) }
    }

    fn sentence(&self) -> String {
        format!("{}: {}", self.field, self.tail())
    }
}
