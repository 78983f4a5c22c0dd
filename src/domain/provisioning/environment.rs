//! What may be set about a service that runs: the parameters of its template. They are changed together, by the rule of
//! each, and put back where the service does not come up with them. What stands in a secret one is told to nobody.
use super::{ProvisioningError, events, find, instance as instances, tasks};
use crate::{
    domain::Ctx,
    integrations::drivers::service_template::{Edit, Parameter, ServiceTemplate},
    kernel::{audit::Change, db::WriteTx, fault::FieldFault},
};
use entity::{
    provisioning::{instance, task},
    value::{CustomerId, InstanceId, InstanceStatus, TaskAction},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Before the names of settings in faults, forms and bodies.
pub const PREFIX: &str = "values.";
/// What is shown of a secret that is set, however long it is.
pub const MASK: &str = "••••••••";
/// So many names nobody knows are told of one wish.
const TOLD: usize = 20;

/// Who changes settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Editor {
    /// A member of the customer's account.
    Customer,
    /// Staff, who may also change what customers may not.
    Staff,
}

impl Editor {
    /// Whether he may change `parameter` of what is there already.
    pub fn may_change(self, parameter: &Parameter) -> bool {
        match parameter.edit {
            Edit::Always => true,
            Edit::Admin => self == Self::Staff,
            Edit::Create => false,
        }
    }
}

/// One setting of a service.
#[derive(Clone, Debug)]
pub struct Setting {
    /// What it is and the rules of it.
    pub parameter: Parameter,
    /// Its value; never told of a secret.
    pub value: Option<String>,
    /// Whether it holds anything.
    pub is_set: bool,
    /// Whether the reader may change it.
    pub may_change: bool,
}

/// All settings of a service.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Grows with every change: a wish names the one it was made from.
    pub revision: i64,
    /// Whether its state allows a change at this moment.
    pub may_change_now: bool,
    /// In the order of the template.
    pub settings: Vec<Setting>,
}

impl Environment {
    /// The setting called `key`.
    pub fn setting(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.parameter.key == key)
    }

    /// Whether there is anything the reader may change now.
    pub fn is_open(&self) -> bool {
        self.may_change_now && self.settings.iter().any(|setting| setting.may_change)
    }
}

/// What settings are to become; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The revision that was looked at.
    pub revision: i64,
    /// Values by the name of the setting.
    pub values: BTreeMap<String, String>,
}

/// A setting that would change. Of a secret neither value is told.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Which.
    pub parameter: Parameter,
    /// As it is.
    pub before: Option<String>,
    /// As it would be.
    pub after: Option<String>,
}

/// The settings of `row`, as `editor` may see and change them.
///
/// # Errors
/// The database; `Internal` where the template cannot be read.
pub async fn read(ctx: &Ctx, row: &instance::Model, editor: Editor) -> Result<Environment, ProvisioningError> {
    let template = instances::template_for(&ctx.db, row).await?;
    let present = present_of(row);
    let parameters = template.as_ref().map_or(&[][..], ServiceTemplate::parameters);
    let settings = parameters.iter().map(|parameter| {
        let value = value_of(&present, parameter);
        Setting {
            is_set: !value.is_empty(),
            value: (!parameter.is_secret()).then(|| value.to_owned()),
            may_change: editor.may_change(parameter),
            parameter: parameter.clone(),
        }
    });
    let may_change_now = match row.status {
        InstanceStatus::Running | InstanceStatus::Stopped => true,
        // What is still being tried is left alone until it is given up.
        InstanceStatus::Error => tasks::open_task(&ctx.db, &row.id).await?.is_none(),
        _ => false,
    };
    Ok(Environment {
        revision: row.parameters_revision,
        may_change_now: may_change_now && can_change(ctx, row),
        settings: settings.collect(),
    })
}

fn can_change(ctx: &Ctx, row: &instance::Model) -> bool {
    ctx.driver(&row.driver).is_some_and(|driver| driver.capabilities().reconfigure)
}

/// What `wish` would change of `row`, in the order of the template; nothing where all is so already.
///
/// # Errors
/// `Invalid` with a fault per setting; `SettingsChanged` where others changed them since they were looked at; the
/// database.
pub async fn preview(
    ctx: &Ctx,
    row: &instance::Model,
    editor: Editor,
    wish: &Wish,
) -> Result<Vec<Difference>, ProvisioningError> {
    let template = instances::template_for(&ctx.db, row).await?;
    let differences = compare(template.as_ref(), &present_of(row), editor, &wish.values)?;
    require_revision(row, wish, &differences)?;
    Ok(differences)
}

/// A member of the account changes settings of his own service. The values, the work that brings them about, the news
/// and the audit trail are one transaction; a stopped service stays stopped and has them when it is started, one that
/// does not come up is started anew with them. What is so already is not changed: `None`, also for the same wish twice.
///
/// # Errors
/// `NotFound`, also for somebody else's; `Invalid` with a fault per setting; `SettingsChanged` where others changed them
/// since they were looked at; `InvalidState` where the service cannot be changed now; `NotCapable`; the database.
pub async fn change_by_customer(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &InstanceId,
    wish: &Wish,
) -> Result<Option<task::Model>, ProvisioningError> {
    let tx = ctx.begin().await?;
    find::get_for(&tx, customer_id, id).await?;
    change(ctx, tx, id, Editor::Customer, wish).await
}

/// Staff change settings of any service. See [`change_by_customer`].
///
/// # Errors
/// As there.
pub async fn change_by_staff(
    ctx: &Ctx,
    id: &InstanceId,
    wish: &Wish,
) -> Result<Option<task::Model>, ProvisioningError> {
    let tx = ctx.begin().await?;
    change(ctx, tx, id, Editor::Staff, wish).await
}

async fn change(
    ctx: &Ctx,
    tx: WriteTx,
    id: &InstanceId,
    editor: Editor,
    wish: &Wish,
) -> Result<Option<task::Model>, ProvisioningError> {
    // Of two at once the second reads what the first has written.
    let row = instance::Entity::find_by_id(id.clone()).lock_exclusive().one(&tx).await?;
    let row = row.ok_or(ProvisioningError::NotFound)?;
    let template = instances::template_for(&tx, &row).await?;
    let mut values = present_of(&row);
    let differences = compare(template.as_ref(), &values, editor, &wish.values)?;
    if differences.is_empty() {
        return Ok(None);
    }
    require_revision(&row, wish, &differences)?;
    if editor == Editor::Customer {
        tasks::require_contract(&tx, &row).await?;
    }
    if !can_change(ctx, &row) {
        return Err(ProvisioningError::NotCapable { driver: row.driver });
    }
    // What does not come up has nothing good to go back to: all of it is put back and started, as a restart does.
    let is_broken = row.status == InstanceStatus::Error;
    let action = if is_broken { TaskAction::Restart } else { TaskAction::Reconfigure };
    let before = (!is_broken).then(|| row.parameters.clone());
    let task = tasks::request(ctx, &tx, &row, action, &tasks::by(ctx)).await?;
    let keys: Vec<String> = differences.iter().map(|difference| difference.parameter.key.clone()).collect();
    for key in &keys {
        if let Some(value) = wish.values.get(key) {
            values.insert(key.clone(), value.clone());
        }
    }
    let stored = instance::Entity::update_many()
        .col_expr(instance::Column::Parameters, Expr::value(json!(values)))
        .col_expr(instance::Column::ParametersBefore, Expr::value(before))
        .col_expr(instance::Column::ParametersRevision, Expr::col(instance::Column::ParametersRevision).add(1))
        .col_expr(instance::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(instance::Column::Id.eq(&row.id))
        .filter(instance::Column::ParametersRevision.eq(row.parameters_revision));
    if stored.exec(&tx).await?.rows_affected != 1 {
        return Err(ProvisioningError::SettingsChanged);
    }
    let trail = Change {
        action: "provisioning.settings.change",
        target_type: "instance",
        target_id: row.id.as_str(),
        customer_id: Some(&row.customer_id),
        before: Some(told(&differences, |difference| difference.before.as_deref())),
        after: Some(told(&differences, |difference| difference.after.as_deref())),
        ..Change::default()
    };
    ctx.audit(&tx, trail).await?;
    let news = events::InstanceSettingsChanged {
        instance_id: row.id.clone(),
        subscription_id: row.subscription_id.clone(),
        customer_id: row.customer_id.clone(),
        task_id: task.id.clone(),
        keys,
    };
    ctx.publish(&tx, &news).await?;
    ctx.made(&tx, task.id.as_str()).await?;
    tx.commit().await?;
    Ok(Some(task))
}

/// Values by name for the audit trail, secrets masked: a mask on both sides says that one was replaced.
fn told(differences: &[Difference], side: impl Fn(&Difference) -> Option<&str>) -> Value {
    let values = differences.iter().map(|difference| {
        let value = side(difference).unwrap_or(MASK);
        (difference.parameter.key.clone(), json!(value))
    });
    Value::Object(values.collect())
}

/// The settings of before are in force again, for the way back of the work. Twice is once.
pub(super) async fn restore(ctx: &Ctx, id: &InstanceId) -> Result<(), ProvisioningError> {
    let tx = ctx.begin().await?;
    let row = instances::reload(&tx, id).await?;
    let Some(before) = row.parameters_before.clone().filter(|before| *before != row.parameters) else {
        return Ok(());
    };
    instance::Entity::update_many()
        .col_expr(instance::Column::Parameters, Expr::value(before))
        .col_expr(instance::Column::ParametersRevision, Expr::col(instance::Column::ParametersRevision).add(1))
        .col_expr(instance::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(instance::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    Ok(tx.commit().await?)
}

/// A change is over, either way: nobody needs the settings of before any more.
pub(super) async fn settle(tx: &WriteTx, id: &InstanceId) -> Result<(), DbErr> {
    instance::Entity::update_many()
        .col_expr(instance::Column::ParametersBefore, Expr::value(Option::<Value>::None))
        .filter(instance::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

fn present_of(row: &instance::Model) -> BTreeMap<String, String> {
    serde_json::from_value(row.parameters.clone()).unwrap_or_default()
}

/// The value of a setting: one that is not stored has its default.
fn value_of<'a>(present: &'a BTreeMap<String, String>, parameter: &'a Parameter) -> &'a str {
    present.get(&parameter.key).unwrap_or(&parameter.default)
}

/// A wish that changes nothing may be old; any other must come from what is in force.
fn require_revision(row: &instance::Model, wish: &Wish, differences: &[Difference]) -> Result<(), ProvisioningError> {
    let is_current = differences.is_empty() || wish.revision == row.parameters_revision;
    is_current.then_some(()).ok_or(ProvisioningError::SettingsChanged)
}

/// What differs between `present` and what is wanted. A setting that must not be changed is refused whatever is wanted of
/// it: whether a value is the present one is nothing to be found out about a secret.
fn compare(
    template: Option<&ServiceTemplate>,
    present: &BTreeMap<String, String>,
    editor: Editor,
    wanted: &BTreeMap<String, String>,
) -> Result<Vec<Difference>, ProvisioningError> {
    let parameters = template.map_or(&[][..], ServiceTemplate::parameters);
    let is_unknown = |key: &&String| !parameters.iter().any(|parameter| parameter.key == **key);
    let unknown = wanted.keys().filter(is_unknown).take(TOLD);
    let mut faults: Vec<FieldFault> = unknown.map(|key| FieldFault::new(field(&printable(key)), "unknown")).collect();
    let mut differences = Vec::new();
    for parameter in parameters {
        let Some(value) = wanted.get(&parameter.key) else { continue };
        if !editor.may_change(parameter) {
            faults.push(FieldFault::new(field(&parameter.key), "not_editable"));
            continue;
        }
        if let Err(code) = parameter.check(value) {
            faults.push(fault_of(parameter, code));
            continue;
        }
        let before = value_of(present, parameter);
        if before != value {
            let shown = |value: &str| (!parameter.is_secret()).then(|| value.to_owned());
            differences.push(Difference { parameter: parameter.clone(), before: shown(before), after: shown(value) });
        }
    }
    if faults.is_empty() { Ok(differences) } else { Err(ProvisioningError::Invalid(faults)) }
}

fn field(key: &str) -> String {
    format!("{PREFIX}{key}")
}

/// Names of fields come back in answers: only what a name may hold.
fn printable(key: &str) -> String {
    key.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(60).collect()
}

/// A broken rule with the bounds it has.
fn fault_of(parameter: &Parameter, code: &'static str) -> FieldFault {
    let fault = FieldFault::new(field(&parameter.key), code);
    match code {
        "too_short" => fault.with("min", parameter.min_len.unwrap_or(0)),
        "too_long" => fault.with("max", parameter.longest()),
        "out_of_range" => {
            let bounds = [("min", parameter.min), ("max", parameter.max)];
            bounds.into_iter().fold(fault, |fault, (name, bound)| match bound {
                Some(bound) => fault.with(name, bound),
                None => fault,
            })
        }
        _ => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::drivers::service_template::testing::{SECRET, n8n_with};

    const FIXED: &str = r#"
[[param]]
key = "region"
type = "string"
label = { id = "Wilayah", en = "Region" }
default = "jkt"
edit = "admin"
"#;

    fn wanted(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn faults(result: Result<Vec<Difference>, ProvisioningError>) -> Vec<(String, String)> {
        match result {
            Err(ProvisioningError::Invalid(faults)) => {
                faults.into_iter().map(|fault| (fault.field, fault.code.into_owned())).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_what_differs_is_a_difference_and_a_missing_value_is_its_default() {
        let template = n8n_with("");
        let present = wanted(&[("history_hours", "24")]);
        let wish = wanted(&[("timezone", "Asia/Jakarta"), ("history_hours", "48")]);

        let differences = compare(Some(&template), &present, Editor::Customer, &wish).unwrap();

        let told: Vec<_> = differences.iter().map(|one| (one.before.as_deref(), one.after.as_deref())).collect();
        assert_eq!(told, [(Some("24"), Some("48"))]);
    }

    #[test]
    fn every_broken_rule_is_told_at_its_setting() {
        let wish = wanted(&[("timezone", "not a zone!"), ("history_hours", "0"), ("path", "/bin")]);

        let wrong = faults(compare(Some(&n8n_with("")), &BTreeMap::new(), Editor::Customer, &wish));

        let expected =
            [("values.path", "unknown"), ("values.timezone", "pattern"), ("values.history_hours", "out_of_range")];
        assert_eq!(wrong, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    }

    #[test]
    fn what_only_staff_may_change_is_refused_to_customers_whatever_the_value() {
        let template = n8n_with(FIXED);
        let (same, other) = (wanted(&[("region", "jkt")]), wanted(&[("region", "sby")]));

        for wish in [&same, &other] {
            let wrong = faults(compare(Some(&template), &BTreeMap::new(), Editor::Customer, wish));
            assert_eq!(wrong, [("values.region".to_owned(), "not_editable".to_owned())]);
        }

        assert_eq!(compare(Some(&template), &BTreeMap::new(), Editor::Staff, &other).unwrap().len(), 1);
    }

    #[test]
    fn a_secret_differs_without_being_told() {
        let template = n8n_with(SECRET);
        let present = wanted(&[("token", "old-and-secret")]);

        let differences =
            compare(Some(&template), &present, Editor::Customer, &wanted(&[("token", "new-and-secret")])).unwrap();

        assert_eq!((differences.len(), &differences[0].before, &differences[0].after), (1, &None, &None));
        let trail = [
            told(&differences, |difference| difference.before.as_deref()),
            told(&differences, |difference| difference.after.as_deref()),
        ];
        assert_eq!(trail, [json!({ "token": MASK }), json!({ "token": MASK })]);
    }
}
