//! `/api/docs`: the reference of the API, drawn from its own OpenAPI document, so that it cannot tell anything else.
//! The words of the document are English; what surrounds them speaks the reader's language.
use crate::web::{WebError, csrf, errors, filters, frame::Frame, principal::Visitor, respond};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    middleware::from_fn,
    web::{self, ServiceConfig},
};
use askama::Template;
use serde_json::{Map, Value, json};

/// Fields inside fields are followed so far.
const DEPTH: usize = 4;

/// The page. It lies among the paths of the API, so that it is registered before them and brings what surrounds pages.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/api/docs")
            .route(web::get().to(show))
            .wrap(from_fn(csrf::guard))
            .wrap(from_fn(errors::render_errors)),
    );
}

/// What the page tells, read from the document once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// Families of operations in reading order.
    pub groups: Vec<Group>,
}

/// A family of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name in addresses.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// What it is about.
    pub words: String,
    /// Its operations.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name in addresses.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// The path.
    pub path: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// What else there is to know.
    pub text: String,
    /// Whether it asks for a token.
    pub needs_token: bool,
    /// Parts of path, query and headers.
    pub parameters: Vec<Field>,
    /// Fields of the body.
    pub body: Vec<Field>,
    /// What comes of it.
    pub answers: Vec<Answer>,
    /// Refusals.
    pub refusals: Vec<Answer>,
    /// A call to copy.
    pub example: String,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name, with the names around it: `items[].plan`.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// Whether it must be there.
    pub is_required: bool,
    /// What it means.
    pub words: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: String,
    /// What it means.
    pub words: String,
    /// Fields of its body.
    pub fields: Vec<Field>,
}

impl Reference {
    /// Reads an OpenAPI document; what it does not say is left empty.
    pub fn read(document: &str) -> Self {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        let groups = list(&document["tags"]).iter().map(|tag| Group {
            name: text(&tag["name"]),
            title: text(&tag["x-title"]),
            words: text(&tag["description"]),
            operations: operations(&document, &text(&tag["name"])),
        });
        Self { groups: groups.filter(|group| !group.operations.is_empty()).collect() }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn operations(document: &Value, group: &str) -> Vec<Operation> {
    let all = entries(&document["paths"])
        .flat_map(|(path, item)| entries(item).map(move |(method, operation)| (path, method, operation)));
    let of_group = all.filter(|(_, _, operation)| list(&operation["tags"]).iter().any(|tag| tag == group));
    of_group.map(|(path, method, operation)| operation_of(document, path, method, operation)).collect()
}

fn operation_of(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let parameters = list(&operation["parameters"]).iter().map(|parameter| Field {
        name: text(&parameter["name"]),
        kind: text(&parameter["in"]),
        is_required: parameter["required"] == true,
        words: text(&parameter["description"]),
    });
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let answers = entries(&operation["responses"]).map(|(status, answer)| {
        let schema = entries(&answer["content"]).next().map_or(&Value::Null, |(_, content)| &content["schema"]);
        let is_refusal = status.starts_with(['4', '5']);
        let fields = if is_refusal { Vec::new() } else { fields_of(document, schema) };
        Answer { status: status.clone(), words: text(&answer["description"]), fields }
    });
    let (refusals, answers) = answers.partition(|answer| answer.status.starts_with(['4', '5']));
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        text: text(&operation["description"]),
        needs_token: !list(&operation["security"]).is_empty(),
        parameters: parameters.collect(),
        body: fields_of(document, schema),
        answers,
        refusals,
        example: example_of(document, path, method, operation),
    }
}

/// The schema behind references; what may also be null is what it is otherwise.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|pointer| pointer.strip_prefix('#')) {
        return document.pointer(name).unwrap_or(&Value::Null);
    }
    let real = list(&schema["oneOf"]).iter().find(|one| one["type"] != "null");
    real.map_or(schema, |real| resolved(document, real))
}

fn fields_of(document: &Value, schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    collect(document, schema, "", DEPTH, &mut fields);
    fields
}

fn collect(document: &Value, schema: &Value, prefix: &str, depth: usize, fields: &mut Vec<Field>) {
    let schema = resolved(document, schema);
    for part in list(&schema["allOf"]) {
        collect(document, part, prefix, depth, fields);
    }
    for (name, field) in entries(&schema["properties"]) {
        let inner = resolved(document, field);
        let is_list = inner["type"] == "array";
        let name = format!("{prefix}{name}");
        fields.push(Field {
            kind: kind_of(document, field),
            is_required: list(&schema["required"]).iter().any(|required| Some(required) == name_of(&name).as_ref()),
            words: [&field["description"], &inner["description"]]
                .into_iter()
                .map(text)
                .find(|w| !w.is_empty())
                .unwrap_or_default(),
            name: name.clone(),
        });
        if depth > 1 {
            let (next, prefix) =
                if is_list { (&inner["items"], format!("{name}[].")) } else { (inner, format!("{name}.")) };
            collect(document, next, &prefix, depth - 1, fields);
        }
    }
}

/// The last name of a path of names, as the document writes it.
fn name_of(path: &str) -> Option<Value> {
    path.rsplit('.').next().map(|name| json!(name))
}

fn kind_of(document: &Value, schema: &Value) -> String {
    let inner = resolved(document, schema);
    let is_nullable =
        list(&schema["oneOf"]).iter().chain(list(&schema["type"])).any(|one| one == "null" || one["type"] == "null");
    let one = list(&inner["type"]).iter().find(|one| *one != "null").unwrap_or(&inner["type"]);
    let kind = match (one.as_str(), inner["format"].as_str()) {
        (Some("string"), Some("date-time")) => "time".to_owned(),
        (Some("string"), Some("date")) => "date".to_owned(),
        (Some("array"), _) => format!("list of {}", kind_of(document, &inner["items"])),
        (Some(kind), _) => kind.to_owned(),
        (None, _) => "object".to_owned(),
    };
    if is_nullable { format!("{kind} or null") } else { kind }
}

/// A call that can be copied: `$YUMNA` is the address, `$TOKEN` an access token.
fn example_of(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let mut words = vec!["curl".to_owned()];
    if method != "get" {
        words.push(format!("-X {}", method.to_uppercase()));
    }
    words.push(format!("\"$YUMNA{}\"", path.replace('{', "$").replace('}', "").replace("$id", "$ID")));
    let mut lines = vec![words.join(" ")];
    if !list(&operation["security"]).is_empty() {
        lines.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
    }
    if list(&operation["parameters"]).iter().any(|parameter| parameter["name"] == "Idempotency-Key") {
        lines.push("-H \"Idempotency-Key: $(uuidgen)\"".to_owned());
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if !schema.is_null() {
        lines.push("-H \"Content-Type: application/json\"".to_owned());
        lines.push(format!("-d '{}'", value_of(document, schema, "", DEPTH)));
    }
    lines.join(" \\\n  ")
}

/// A value of a schema: its example, or the plainest there is. What may be left out is left out.
fn value_of(document: &Value, schema: &Value, name: &str, depth: usize) -> Value {
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    let schema = resolved(document, schema);
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    let kind = list(&schema["type"]).iter().find(|one| *one != "null").unwrap_or(&schema["type"]);
    match kind.as_str() {
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") if depth > 0 => json!([value_of(document, &schema["items"], name, depth - 1)]),
        Some("string") => json!(match name {
            "email" => "budi@example.id",
            "name" => "Budi Santoso",
            "reason" => "As agreed by mail",
            "subscription_id" => "sub_01J…",
            _ => "…",
        }),
        _ => {
            let mut object = Map::new();
            for part in list(&schema["allOf"]) {
                object.extend(value_of(document, part, name, depth).as_object().cloned().unwrap_or_default());
            }
            for (field, inner) in entries(&schema["properties"]) {
                let is_told = !inner["example"].is_null() || list(&schema["required"]).iter().any(|one| one == field);
                if is_told && depth > 0 {
                    object.insert(field.clone(), value_of(document, inner, field, depth - 1));
                }
            }
            Value::Object(object)
        }
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "public/reference/page.html")]
pub struct ReferencePage {
    /// Around the page.
    pub frame: Frame,
    /// What it tells.
    pub reference: Reference,
    /// The address of this house.
    pub address: String,
}

async fn show(visitor: Visitor, reference: web::Data<Reference>) -> Result<HttpResponse, WebError> {
    let address = visitor.ctx.config.public_url();
    let page = ReferencePage { frame: visitor.frame(), reference: reference.get_ref().clone(), address };
    respond::page_with(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> String {
        json!({
            "tags": [{ "name": "orders", "x-title": "Orders", "description": "Buying." }, { "name": "empty" }],
            "paths": { "/api/panel/orders/{id}": { "post": {
                "tags": ["orders"], "operationId": "place", "summary": "Places <b>an order</b>.",
                "security": [{ "bearer": [] }],
                "parameters": [{ "name": "Idempotency-Key", "in": "header", "required": true, "description": "Once." }],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/In" } } } },
                "responses": {
                    "201": { "description": "Created", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/In" } } } },
                    "409": { "description": "Conflict" }
                }
            } } },
            "components": { "schemas": {
                "In": { "type": "object", "required": ["items"], "properties": {
                    "items": { "type": "array", "items": { "$ref": "#/components/schemas/Item" } },
                    "coupon": { "type": ["string", "null"], "description": "Less to pay." },
                    "after": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Item" }] }
                } },
                "Item": { "type": "object", "required": ["plan"], "properties": { "plan": { "type": "string", "example": "n8n-basic" } } }
            } }
        })
        .to_string()
    }

    #[test]
    fn fields_are_followed_through_references_lists_and_nulls() {
        let reference = Reference::read(&document());

        assert_eq!(reference.groups.len(), 1, "a group without operations is left out");
        let operation = &reference.groups[0].operations[0];
        let fields: Vec<(&str, &str, bool)> =
            operation.body.iter().map(|field| (field.name.as_str(), field.kind.as_str(), field.is_required)).collect();
        assert!(fields.contains(&("items", "list of object", true)), "{fields:?}");
        assert!(fields.contains(&("items[].plan", "string", true)), "{fields:?}");
        assert!(fields.contains(&("coupon", "string or null", false)), "{fields:?}");
        assert!(fields.contains(&("after", "object or null", false)), "{fields:?}");
        assert_eq!(operation.refusals.len(), 1);
        assert!(operation.example.contains("-d '{\"items\":[{\"plan\":\"n8n-basic\"}]}'"), "{}", operation.example);
        assert!(operation.example.contains("$YUMNA/api/panel/orders/$ID"), "{}", operation.example);
    }
}
