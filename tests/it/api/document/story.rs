//! Calls of the story: made as their caller makes them, and compared with what the document says of their answers.
use super::fits;
use crate::api::house::{House, request};
use entity::{
    provisioning::instance,
    value::{InstanceId, InstanceStatus},
};
use regex::Regex;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::Value;
use std::collections::BTreeSet;

/// Makes calls and remembers which of the document were answered as it promises.
pub struct Story {
    pub house: House,
    pub document: Value,
    pub made: BTreeSet<String>,
}

impl Story {
    pub async fn call(&mut self, token: &str, name: &str, ids: &[&str], body: Value, status: u16) -> Value {
        let (method, path) = name.split_once(' ').unwrap();
        let mut ids = ids.iter();
        let concrete = Regex::new(r"\{[^}]+\}").unwrap();
        let path = concrete.replace_all(path, |_: &regex::Captures<'_>| ids.next().expect("an id").to_string());
        let mut sent = request(token, method, &path, body);
        if name == "POST /api/panel/orders" {
            sent = sent.insert_header(("idempotency-key", entity::value::next_ulid().to_string()));
        }
        if path.starts_with("/api/webhooks/") {
            sent = sent.insert_header(("x-signature", "good"));
        }
        let answer = self.house.send(sent).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.json());
        fits(&self.document, name, &answer);
        self.made.insert(name.to_owned());
        answer.json()
    }

    pub async fn open(&mut self, name: &str, ids: &[&str], body: Value, status: u16) -> Value {
        self.call("", name, ids, body, status).await
    }

    pub async fn customer(&mut self, name: &str, ids: &[&str], body: Value, status: u16) -> Value {
        let token = self.house.token.clone();
        self.call(&token, name, ids, body, status).await
    }

    pub async fn staff(&mut self, name: &str, ids: &[&str], body: Value, status: u16) -> Value {
        let token = self.house.staff.clone();
        self.call(&token, name, ids, body, status).await
    }

    pub async fn fails(&self, id: &str) {
        instance::Entity::update_many()
            .col_expr(instance::Column::Status, Expr::value(InstanceStatus::Error))
            .filter(instance::Column::Id.eq(InstanceId::from(id)))
            .exec(&self.house.world.services.db)
            .await
            .unwrap();
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

pub const NONE: Value = Value::Null;
