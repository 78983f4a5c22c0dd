//! What is found about a row, from what is known here: the same for a dry run and for taking over. Pure.
use super::{
    columns::Role,
    import::Options,
    known::Known,
    rows::{ContractTold, CustomerTold, Row, What, is_too_far},
};
use crate::domain::{
    catalog::quota::{MAX_QUOTA, Room},
    customers, subscriptions,
};
use chrono::NaiveDate;
use entity::value::{CustomerId, IDR, ImportVerdict, Period, PlanId, ProductId, PurchasePolicy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is wrong with a field, or different from what was taken over (`changed`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A word of `Role`.
    pub field: String,
    /// Stable word: `required`, `unknown`, `overdue`, …
    pub code: String,
    /// Values for the sentence, by name.
    #[serde(default)]
    pub args: BTreeMap<String, String>,
}

impl Reason {
    /// Something is wrong with what `role` says.
    pub(super) fn new(role: Role, code: &str) -> Self {
        Self { field: role.as_str().to_owned(), code: code.to_owned(), args: BTreeMap::new() }
    }

    /// With a value for the sentence.
    pub(super) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }
}

/// What a contract would become here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose.
    pub customer_id: CustomerId,
    /// For which product.
    pub product_id: ProductId,
    /// In which size.
    pub plan_id: PlanId,
    /// Whether the customer may have only one.
    pub is_exclusive: bool,
    /// Whether a slot may be made for it.
    pub room: Room,
}

/// What was found about a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In a word.
    pub verdict: ImportVerdict,
    /// What is wrong or different.
    pub reasons: Vec<Reason>,
    /// The customer or contract here it is already, or is tied to.
    pub target_id: Option<String>,
    /// What a new contract would become.
    pub place: Option<Place>,
    /// Its next due date is over: it would be invoiced at once.
    pub is_overdue: bool,
    /// Its plan is full.
    pub is_over_quota: bool,
}

impl Finding {
    fn of(verdict: ImportVerdict, reasons: Vec<Reason>) -> Self {
        Self { verdict, reasons, target_id: None, place: None, is_overdue: false, is_over_quota: false }
    }

    /// It is not taken over.
    pub(super) fn faulty(reasons: Vec<Reason>) -> Self {
        Self::of(ImportVerdict::Faulty, reasons)
    }

    /// Whether something comes of it.
    pub fn is_taken(&self) -> bool {
        matches!(self.verdict, ImportVerdict::New | ImportVerdict::Linked)
    }
}

/// Finds what is to be said of `row`, and notes in `known` what taking it over would change for the rows after it.
pub(super) fn judge(row: &Row, known: &mut Known, options: &Options, today: NaiveDate) -> Finding {
    let what = match &row.what {
        Ok(what) => what,
        Err(reasons) => return Finding::faulty(reasons.clone()),
    };
    if let Some(link) = known.links.get(&row.key) {
        let told: BTreeMap<String, String> = serde_json::from_value(link.told.clone()).unwrap_or_default();
        let changed = |field: &&String| told.get(*field) != row.facts.get(*field);
        let reasons: Vec<Reason> = row
            .facts
            .keys()
            .filter(changed)
            .map(|field| Reason {
                field: field.clone(),
                code: "changed".to_owned(),
                args: [("from", &told), ("to", &row.facts)]
                    .into_iter()
                    .map(|(name, of)| (name.to_owned(), of.get(field).cloned().unwrap_or_default()))
                    .collect(),
            })
            .collect();
        let verdict = if reasons.is_empty() { ImportVerdict::Already } else { ImportVerdict::Changed };
        return Finding { target_id: Some(link.target_id.clone()), ..Finding::of(verdict, reasons) };
    }
    match what {
        What::Customer(told) => customer(told, known, options),
        What::Contract(told) => contract(told, known, options, today),
    }
}

fn customer(told: &CustomerTold, known: &mut Known, options: &Options) -> Finding {
    let email = &told.customer.email;
    let wrong = |code: &str| Finding::faulty(vec![Reason::new(Role::Email, code)]);
    let Some(owned) = known.owned.get(email) else {
        // A second row with this address finds it taken, and not proven: nobody has used the account yet.
        let nobody_yet = (CustomerId(String::new()), IDR.to_owned());
        let here = customers::Owned { is_proven: false, accounts: vec![nobody_yet] };
        known.owned.insert(email.clone(), here);
        return Finding::of(ImportVerdict::New, Vec::new());
    };
    match owned.accounts.as_slice() {
        [] => wrong("no_account"),
        [(_, currency)] if currency != IDR => wrong("not_rupiah"),
        [_] if !options.link_known_mail => wrong("known"),
        // Anybody can have typed this address; a balance is not given to him.
        [_] if !owned.is_proven => wrong("unproven"),
        [(id, _)] => {
            let target_id = Some(id.0.clone()).filter(|id| !id.is_empty());
            Finding { target_id, ..Finding::of(ImportVerdict::Linked, Vec::new()) }
        }
        _ => wrong("ambiguous"),
    }
}

/// Whose a contract is: of whom its key names, and only where it names nobody of whom its address does. Somebody who
/// was not taken over from there is tied only where staff say so and the address is proven.
fn customer_of(told: &ContractTold, known: &Known, options: &Options) -> Result<CustomerId, Reason> {
    if !told.customer_key.is_empty() {
        let wrong = |code: &str| Reason::new(Role::CustomerKey, code);
        let found = known.customers.get(&told.customer_key).ok_or_else(|| wrong("no_customer"))?;
        // Nothing runs, and nothing is billed, for an account that was closed.
        return if known.closed.contains(found) { Err(wrong("closed")) } else { Ok(found.clone()) };
    }
    let role = if told.email.is_empty() { Role::CustomerKey } else { Role::Email };
    let wrong = |code: &str| Err(Reason::new(role, code));
    let Some(owned) = known.owned.get(&told.email) else { return wrong("no_customer") };
    match owned.accounts.as_slice() {
        [] => wrong("no_account"),
        [(_, currency)] if currency != IDR => wrong("not_rupiah"),
        [(id, _)] if known.taken.contains(id) => Ok(id.clone()),
        [_] if !options.link_known_mail => wrong("known"),
        [_] if !owned.is_proven => wrong("unproven"),
        [(id, _)] => Ok(id.clone()),
        _ => wrong("ambiguous"),
    }
}

fn contract(told: &ContractTold, known: &mut Known, options: &Options, today: NaiveDate) -> Finding {
    let mut reasons = Vec::new();
    let customer_id = customer_of(told, known, options).map_err(|reason| reasons.push(reason)).ok();
    let plan = known.plans.get(&told.plan.to_lowercase()).cloned();
    if plan.is_none() {
        reasons.push(Reason::new(Role::Plan, "no_plan"));
    }
    if is_too_far(told.next_due, today) {
        reasons.push(Reason::new(Role::NextDue, "too_far"));
    }
    // Paid cycles would follow one another at once, down to today: nobody means that by a bill that is late.
    let next = Period::starting(told.next_due, told.cycle, Period::anchor_of(told.next_due, told.started_on));
    if next.end <= today {
        reasons.push(Reason::new(Role::NextDue, "too_old"));
    }
    let is_overdue = told.next_due < today;
    if is_overdue && !options.bill_overdue {
        reasons.push(Reason::new(Role::NextDue, "overdue"));
    }
    let free = plan.as_ref().map_or(i64::MAX, |(plan, _)| known.free.get(&plan.id).copied().unwrap_or(0));
    let is_full = free <= 0;
    let can_grow =
        options.allow_over_quota && plan.as_ref().is_some_and(|(plan, _)| plan.quota_total - free < MAX_QUOTA);
    if is_full && !can_grow {
        reasons.push(Reason::new(Role::Plan, "full"));
    }
    let is_exclusive =
        plan.as_ref().is_some_and(|(_, product)| product.purchase_policy == PurchasePolicy::OnePerCustomerUpgradeOnly);
    let key = customer_id
        .as_ref()
        .zip(plan.as_ref())
        .filter(|_| is_exclusive)
        .map(|(customer, (_, product))| subscriptions::open::exclusive_key(customer, &product.id));
    if key.as_ref().is_some_and(|key| known.exclusive.contains(key)) {
        reasons.push(Reason::new(Role::Plan, "only_one"));
    }
    let (Some(customer_id), Some((plan, product)), true) = (customer_id, plan, reasons.is_empty()) else {
        return Finding { is_overdue, is_over_quota: is_full, ..Finding::faulty(reasons) };
    };
    known.exclusive.extend(key);
    *known.free.entry(plan.id.clone()).or_default() -= 1;
    let room = if options.allow_over_quota { Room::Made } else { Room::Needed };
    let place = Place { customer_id, product_id: product.id, plan_id: plan.id, is_exclusive, room };
    Finding { place: Some(place), is_overdue, is_over_quota: is_full, ..Finding::of(ImportVerdict::New, Vec::new()) }
}
