//! `/api/panel/instances/{id}/environment`: the settings of what runs, and changing them; and their shapes for staff.
use super::instances::TaskRef;
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey},
        idempotent::{self, Answer, Told},
        principal::Member,
        problem::Problem,
    },
    domain::{
        Ctx,
        provisioning::{
            environment::{self, Editor, Environment, PREFIX, Setting, Wish},
            find,
        },
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::may,
    },
};
use actix_web::{HttpResponse, get, patch, web};
use entity::{
    provisioning::task,
    value::{InstanceId, ProvisionTaskId},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Settings one change may name.
const MOST: usize = 100;

/// The settings of a service.
#[derive(Serialize, ToSchema)]
pub struct EnvironmentOut {
    /// Names what was looked at: a change sends it back.
    revision: i64,
    /// Whether the state of the service allows a change now.
    may_change_now: bool,
    data: Vec<SettingOut>,
}

#[derive(Serialize, ToSchema)]
struct SettingOut {
    key: String,
    label: SettingLabel,
    /// `string`, `text`, `int`, `bool`, `enum`, `email`, `password` or `hostname`.
    kind: &'static str,
    /// As text, whatever its kind; null where it is secret.
    value: Option<String>,
    /// Whether it holds anything.
    is_set: bool,
    /// Its value is never told.
    is_secret: bool,
    /// Whether the caller may change it.
    may_change: bool,
    /// Who may change it: `always` the customer, `admin` staff, `create` nobody after the order.
    edit: &'static str,
    rules: SettingRules,
}

#[derive(Serialize, ToSchema)]
struct SettingLabel {
    id: String,
    en: String,
}

/// What a value has to keep.
#[derive(Serialize, ToSchema)]
struct SettingRules {
    /// Regular expression for the whole value.
    pattern: Option<String>,
    /// Characters at least.
    min_len: Option<usize>,
    /// Characters at most.
    max_len: usize,
    /// Least number.
    min: Option<i64>,
    /// Greatest number.
    max: Option<i64>,
    /// The choices of an `enum`.
    options: Vec<String>,
}

impl From<Setting> for SettingOut {
    fn from(setting: Setting) -> Self {
        let parameter = setting.parameter;
        Self {
            kind: parameter.kind.as_str(),
            value: setting.value,
            is_set: setting.is_set,
            is_secret: parameter.is_secret(),
            may_change: setting.may_change,
            edit: parameter.edit.as_str(),
            rules: SettingRules {
                min_len: parameter.min_len,
                max_len: parameter.longest(),
                min: parameter.min,
                max: parameter.max,
                pattern: parameter.pattern,
                options: parameter.options,
            },
            label: SettingLabel { id: parameter.label.id, en: parameter.label.en },
            key: parameter.key,
        }
    }
}

impl From<Environment> for EnvironmentOut {
    fn from(found: Environment) -> Self {
        Self {
            revision: found.revision,
            may_change_now: found.may_change_now,
            data: found.settings.into_iter().map(SettingOut::from).collect(),
        }
    }
}

/// What settings are to become.
#[derive(Deserialize, ToSchema)]
pub struct EnvironmentChange {
    /// The `revision` that was looked at.
    revision: i64,
    /// Values by `key`, as text, numbers or true and false. What is not named, or null, stays as it is.
    #[serde(default)]
    #[schema(value_type = Object)]
    values: BTreeMap<String, Value>,
}

impl EnvironmentChange {
    /// The wish, its values as the texts they stand for.
    ///
    /// # Errors
    /// `Invalid` where a value is a list or an object, or too many are named.
    pub fn wish(self) -> Result<Wish, CommonFault> {
        if self.values.len() > MOST {
            return Err(CommonFault::Invalid(vec![FieldFault::new("values", "too_many").with("max", MOST)]));
        }
        let mut wish = Wish { revision: self.revision, values: BTreeMap::new() };
        let mut faults = Vec::new();
        for (key, value) in self.values {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    let name: String = key.chars().filter(char::is_ascii_alphanumeric).take(60).collect();
                    faults.push(FieldFault::new(format!("{PREFIX}{name}"), "invalid"));
                    continue;
                }
            };
            wish.values.insert(key, text);
        }
        if faults.is_empty() { Ok(wish) } else { Err(CommonFault::Invalid(faults)) }
    }
}

/// What a change comes to.
#[derive(Serialize, ToSchema)]
pub struct EnvironmentAnswer {
    /// The work that brings it about; null where all was so already.
    task: Option<TaskRef>,
}

/// The id that is kept of a change, by which its answer is told again; empty where nothing had to be done.
pub fn made(task: Option<task::Model>) -> String {
    task.map(|task| task.id.0).unwrap_or_default()
}

/// The answer for what [`made`] kept.
pub fn tell(task: Option<task::Model>) -> Told {
    match task {
        Some(task) => Answer::accepted(&EnvironmentAnswer { task: Some(TaskRef::from(task)) }),
        None => Answer::ok(&EnvironmentAnswer { task: None }),
    }
}

/// The settings of one instance, each with its rules; values of secrets are not among them.
#[utoipa::path(tag = "services", responses((status = 200, body = EnvironmentOut), (status = 404, body = Problem)))]
#[get("/api/panel/instances/{id}/environment")]
pub async fn show_environment(me: Member<may::Read>, id: web::Path<InstanceId>) -> ApiResult<HttpResponse> {
    let row = find::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let found = environment::read(&me.ctx, &row, Editor::Customer).await?;
    Ok(HttpResponse::Ok().json(EnvironmentOut::from(found)))
}

/// Changes settings of one instance.
///
/// A running instance restarts with them; a stopped one has them when it is started; one in `error` is started anew
/// with them. Where a running one does not come up, the work fails and the former settings are in force again. 200
/// without a task: all was so already. 409 `SETTINGS_CHANGED`: somebody changed them since the `revision` that was
/// sent.
#[utoipa::path(tag = "services", params(("Idempotency-Key" = Option<String>, Header)), request_body = EnvironmentChange, responses((status = 200, body = EnvironmentAnswer), (status = 202, body = EnvironmentAnswer), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/panel/instances/{id}/environment")]
pub async fn change_environment(
    me: Member<may::Operate>,
    id: web::Path<InstanceId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    find::get_for(&me.ctx.db, &me.customer_id, &id).await?;
    let work = async |ctx: &Ctx| {
        let wish = body.parse::<EnvironmentChange>()?.wish()?;
        Ok(made(environment::change_by_customer(ctx, &me.customer_id, &id, &wish).await?))
    };
    let answer = async |made: &str| {
        let task = match made {
            "" => None,
            id => Some(find::task_for(&me.ctx.db, &me.customer_id, &ProvisionTaskId::from(id)).await?),
        };
        tell(task)
    };
    idempotent::run(&me.ctx, &key, body.bytes(), work, answer).await
}
