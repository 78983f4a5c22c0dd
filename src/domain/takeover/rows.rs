//! Rows of a file as customers and contracts. Pure but for the clock: what is wrong is told field by field, all of it.
use super::{
    cells,
    columns::{Columns, Role},
    judge::Reason,
};
use crate::{
    domain::{
        Ctx,
        customers::{self, ProfileChange},
    },
    kernel::{fault::FieldFault, table::Table},
};
use chrono::NaiveDate;
use entity::{
    customers::customer,
    value::{Cycle, ImportKind, contact},
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Characters of a key.
const KEY_LENGTH: usize = 80;
/// Characters of what a row is called.
const LABEL_LENGTH: usize = 200;
/// Characters of where a machine lies.
const REMOTE_LENGTH: usize = 200;
/// The furthest a next due date may lie ahead, in years: what is later is a slip of the finger.
const YEARS_AHEAD: i32 = 10;

/// A customer of another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerTold {
    /// As he would be opened here.
    pub customer: customer::Model,
    /// What he paid ahead, whole rupiah.
    pub balance_minor: i64,
}

/// A contract of another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractTold {
    /// Key of its customer there; may be empty.
    pub customer_key: String,
    /// Address of its customer; may be empty.
    pub email: String,
    /// Code or name of a plan of ours.
    pub plan: String,
    /// How often it is invoiced.
    pub cycle: Cycle,
    /// What a cycle costs, whole rupiah; with tax where the file says its prices so.
    pub price_minor: i64,
    /// When its next cycle begins.
    pub next_due: NaiveDate,
    /// When it began.
    pub started_on: Option<NaiveDate>,
    /// Whether it is suspended there.
    pub is_suspended: bool,
    /// Where its machine lies; may be empty.
    pub remote: String,
}

/// What a row tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A customer.
    Customer(Box<CustomerTold>),
    /// A contract.
    Contract(ContractTold),
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line of the file.
    pub number: usize,
    /// Key in the other system; may be empty.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What it tells of, or what is wrong with it.
    pub what: Result<What, Vec<Reason>>,
    /// What it says, by field, so that a later file can be compared with it; empty where something is wrong.
    pub facts: BTreeMap<String, String>,
}

impl Row {
    /// Something is wrong with it that only the whole file tells.
    fn refuse(&mut self, reason: Reason) {
        self.facts.clear();
        if let Err(reasons) = &mut self.what {
            reasons.push(reason);
        } else {
            self.what = Err(vec![reason]);
        }
    }
}

/// Reads the rows of a table whose columns are known. Rows with the same key are all refused: nobody here knows which of
/// them is right.
pub(super) fn read(ctx: &Ctx, kind: ImportKind, table: &Table, columns: &Columns) -> Vec<Row> {
    let places: BTreeMap<Role, usize> = columns
        .0
        .iter()
        .filter_map(|(role, heading)| Some((*role, table.headings.iter().position(|known| known == heading)?)))
        .collect();
    let currencies: HashSet<&str> = places.get(&Role::Currency).map_or_else(HashSet::new, |at| {
        table
            .rows
            .iter()
            .filter_map(|(_, cells)| cells.get(*at))
            .map(String::as_str)
            .filter(|cell| is_key(cell))
            .collect()
    });
    let rows = table.rows.iter().map(|(number, cells)| {
        let cell = |role: Role| places.get(&role).and_then(|at| cells.get(*at)).map_or("", String::as_str);
        let mut row = match kind {
            ImportKind::Customers => customer(ctx, &cell),
            ImportKind::Contracts => contract(&cell),
        };
        row.number = *number;
        // One key is the currency of the house; of several nobody here knows which is.
        if currencies.len() > 1 && is_key(cell(Role::Currency)) {
            row.refuse(Reason::new(Role::Currency, "which_currency"));
        }
        row
    });
    let mut rows: Vec<Row> = rows.collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for row in &rows {
        *counts.entry(row.key.clone()).or_default() += 1;
    }
    for row in rows.iter_mut().filter(|row| !row.key.is_empty() && counts[&row.key] > 1) {
        row.refuse(Reason::new(Role::Key, "twice"));
    }
    rows
}

/// Whether a currency is told by a key of the other system.
fn is_key(currency: &str) -> bool {
    !currency.is_empty() && currency.bytes().all(|byte| byte.is_ascii_digit())
}

fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

/// What is wrong with the key of a row.
fn key_fault(key: &str) -> Option<Reason> {
    match key.chars().count() {
        0 => Some(Reason::new(Role::Key, "required")),
        length if length > KEY_LENGTH => Some(Reason::new(Role::Key, "too_long").with("max", KEY_LENGTH)),
        _ => None,
    }
}

fn customer<'a>(ctx: &Ctx, cell: &impl Fn(Role) -> &'a str) -> Row {
    let (key, company) = (cell(Role::Key), cell(Role::Company));
    let full = format!("{} {}", cell(Role::Name), cell(Role::LastName)).trim().to_owned();
    let name = if full.is_empty() { company.to_owned() } else { full };
    let mut reasons: Vec<Reason> = key_fault(key).into_iter().collect();
    let balance = match cell(Role::Balance) {
        "" => Ok(0),
        text => cells::amount(text),
    };
    reasons.extend(balance.err().map(|code| Reason::new(Role::Balance, code)));
    if !cells::is_rupiah(cell(Role::Currency)) {
        reasons.push(Reason::new(Role::Currency, "not_rupiah"));
    }
    if cell(Role::Status).eq_ignore_ascii_case("closed") {
        reasons.push(Reason::new(Role::Status, "closed"));
    }
    let some = |role: Role| Some(cell(role).to_owned());
    let profile = ProfileChange {
        name: Some(name.clone()),
        company: some(Role::Company),
        street_1: some(Role::Street1),
        street_2: some(Role::Street2),
        city: some(Role::City),
        state: some(Role::State),
        postal_code: some(Role::PostalCode),
        country_code: Some(cells::country(cell(Role::Country))).filter(|code| !code.is_empty()),
        phone: Some(cells::phone(cell(Role::Phone))),
        npwp: some(Role::Npwp),
        nitku: None,
        locale: None,
    };
    let checked = customers::check_taken_over(ctx, cell(Role::Email), cells::locale(cell(Role::Language)), profile);
    let mut row = Row {
        number: 0,
        key: cut(key, KEY_LENGTH),
        label: cut(if company.is_empty() { &name } else { company }, LABEL_LENGTH),
        what: Err(Vec::new()),
        facts: BTreeMap::new(),
    };
    match checked {
        Ok(customer) if reasons.is_empty() => {
            let balance_minor = balance.unwrap_or(0);
            row.facts = customer_facts(&customer, balance_minor);
            row.what = Ok(What::Customer(Box::new(CustomerTold { customer, balance_minor })));
        }
        Ok(_) => row.what = Err(reasons),
        Err(faults) => row.what = Err(reasons.into_iter().chain(faults.into_iter().map(Reason::from)).collect()),
    }
    row
}

fn facts<const N: usize>(pairs: [(Role, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(role, value)| (role.as_str().to_owned(), value.to_owned())).collect()
}

fn customer_facts(customer: &customer::Model, balance_minor: i64) -> BTreeMap<String, String> {
    let may = |text: &Option<String>| text.clone().unwrap_or_default();
    facts([
        (Role::Email, &customer.email),
        (Role::Name, &customer.name),
        (Role::Company, &may(&customer.company)),
        (Role::Phone, &may(&customer.phone)),
        (Role::Street1, &may(&customer.street_1)),
        (Role::Street2, &may(&customer.street_2)),
        (Role::City, &may(&customer.city)),
        (Role::State, &may(&customer.state)),
        (Role::PostalCode, &may(&customer.postal_code)),
        (Role::Country, &customer.country_code),
        (Role::Npwp, &may(&customer.npwp)),
        (Role::Language, &customer.locale),
        (Role::Balance, &balance_minor.to_string()),
    ])
}

fn contract<'a>(cell: &impl Fn(Role) -> &'a str) -> Row {
    let key = cell(Role::Key);
    let mut reasons: Vec<Reason> = key_fault(key).into_iter().collect();
    let read = read_contract(cell, &mut reasons);
    let label = format!("{} {}", cell(Role::Plan), cell(Role::Remote));
    let mut row = Row {
        number: 0,
        key: cut(key, KEY_LENGTH),
        label: cut(label.trim(), LABEL_LENGTH),
        what: Err(Vec::new()),
        facts: BTreeMap::new(),
    };
    match read {
        Some(told) if reasons.is_empty() => {
            let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
            row.facts = facts([
                (Role::CustomerKey, &told.customer_key),
                (Role::Email, &told.email),
                (Role::Plan, &told.plan),
                (Role::Cycle, told.cycle.as_str()),
                (Role::Price, &told.price_minor.to_string()),
                (Role::NextDue, &told.next_due.to_string()),
                (Role::StartedOn, &day(told.started_on)),
                (Role::Status, if told.is_suspended { "suspended" } else { "active" }),
                (Role::Remote, &told.remote),
            ]);
            row.what = Ok(What::Contract(told));
        }
        _ => row.what = Err(reasons),
    }
    row
}

/// The contract of a row; `None` with at least one reason where something is wrong.
fn read_contract<'a>(cell: &impl Fn(Role) -> &'a str, reasons: &mut Vec<Reason>) -> Option<ContractTold> {
    let mut take = |role: Role, code: &'static str| reasons.push(Reason::new(role, code));
    let customer_key = cell(Role::CustomerKey);
    let email = match cell(Role::Email) {
        "" => Some(String::new()),
        text => contact::email(text).map_err(|wrong| take(Role::Email, wrong.code)).ok(),
    };
    if customer_key.is_empty() && cell(Role::Email).is_empty() {
        take(Role::CustomerKey, "required");
    }
    if cell(Role::Plan).is_empty() {
        take(Role::Plan, "required");
    }
    let cycle = cells::cycle(cell(Role::Cycle)).map_err(|code| take(Role::Cycle, code)).ok();
    let price = match cell(Role::Price) {
        "" => Err("required"),
        text => cells::amount(text).and_then(|minor| if minor == 0 { Err("free") } else { Ok(minor) }),
    };
    let price_minor = price.map_err(|code| take(Role::Price, code)).ok();
    let next_due = cells::day(cell(Role::NextDue)).and_then(|day| day.ok_or("required"));
    let next_due = next_due.map_err(|code| take(Role::NextDue, code)).ok();
    let started_on = cells::day(cell(Role::StartedOn)).map_err(|code| take(Role::StartedOn, code)).ok();
    let is_suspended = cells::is_suspended(cell(Role::Status)).map_err(|code| take(Role::Status, code)).ok();
    let remote = contact::optional_line(cell(Role::Remote), REMOTE_LENGTH);
    let remote = remote.map_err(|wrong| take(Role::Remote, wrong.code)).ok();
    if !cells::is_rupiah(cell(Role::Currency)) {
        take(Role::Currency, "not_rupiah");
    }
    Some(ContractTold {
        customer_key: cut(customer_key, KEY_LENGTH),
        email: email?,
        plan: cell(Role::Plan).to_owned(),
        cycle: cycle?,
        price_minor: price_minor?,
        next_due: next_due?,
        started_on: started_on?,
        is_suspended: is_suspended?,
        remote: remote?.unwrap_or_default(),
    })
}

/// Whether a due date lies so far ahead that nobody can have meant it.
pub(super) fn is_too_far(next_due: NaiveDate, today: NaiveDate) -> bool {
    use chrono::Datelike;
    next_due.year() > today.year() + YEARS_AHEAD
}

impl From<FieldFault> for Reason {
    fn from(fault: FieldFault) -> Self {
        let args = fault.args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { field: fault.field, code: fault.code.into_owned(), args }
    }
}
