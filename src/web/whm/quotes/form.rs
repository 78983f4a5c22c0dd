//! The forms of a draft: its words and day, a plan, a line in words.
use super::{HOME, place, price_words};
use crate::{
    domain::{
        Ctx,
        catalog::find::Quotable,
        customers,
        ordering::{
            OrderingError,
            quote::{LineInput, QuoteInput, What},
        },
    },
    kernel::fault::FieldFault,
    web::{
        form_errors::FormErrors,
        frame::Frame,
        whm::{
            form_key,
            view::{Field, FormPage, Kind},
            whole_number,
        },
    },
};
use chrono::{Datelike, NaiveDate};
use entity::{ordering::quote, value::CustomerId};
use std::collections::BTreeMap;

/// Fields and what stands in them.
pub(in crate::web::whm) type Sent = BTreeMap<String, String>;

/// What stands in a field, without the blanks around it.
pub(in crate::web::whm) fn text<'a>(sent: &'a Sent, name: &str) -> &'a str {
    sent.get(name).map_or("", |value| value.trim())
}

fn wrong(field: &'static str, code: &'static str) -> OrderingError {
    OrderingError::Invalid(vec![FieldFault::new(field, code)])
}

/// The customer a form names: by id, or by an address nobody else begins with.
///
/// # Errors
/// `Invalid` with `customer`; the database.
pub(in crate::web::whm) async fn customer(ctx: &Ctx, sent: &Sent) -> Result<CustomerId, OrderingError> {
    let typed = text(sent, "customer");
    if typed.is_empty() {
        return Err(wrong("customer", "required"));
    }
    if typed.starts_with("cus_") {
        return Ok(CustomerId::from(typed));
    }
    match customers::with_address(&ctx.db, typed).await?.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(wrong("customer", "unknown")),
    }
}

/// The words and the day of a form.
///
/// # Errors
/// `Invalid` with `valid_until`.
pub(super) fn head(sent: &Sent) -> Result<QuoteInput, OrderingError> {
    let typed = text(sent, "valid_until");
    let day = typed.parse::<NaiveDate>().ok().filter(|day| (2000..=2999).contains(&day.year()));
    if day.is_none() && !typed.is_empty() {
        return Err(wrong("valid_until", "invalid"));
    }
    Ok(QuoteInput {
        valid_until: day,
        intro: text(sent, "intro").to_owned(),
        terms: text(sent, "terms").to_owned(),
        lines: Vec::new(),
    })
}

/// A form filled with what is stored.
pub(super) fn stored(row: &quote::Model) -> Sent {
    let fields =
        [("valid_until", row.valid_until.to_string()), ("intro", row.intro.clone()), ("terms", row.terms.clone())];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A new line.
pub(super) fn blank_line() -> Sent {
    Sent::from([("quantity".to_owned(), "1".to_owned()), ("key".to_owned(), form_key())])
}

/// A plan as a form names it: `code:cycle`.
///
/// # Errors
/// `Invalid` with the amounts that cannot be read.
pub(super) fn plan_line(sent: &Sent) -> Result<LineInput, OrderingError> {
    let mut faults = Vec::new();
    let (plan, cycle) = text(sent, "plan").split_once(':').unwrap_or_default();
    let line = LineInput {
        id: None,
        quantity: amount(sent, "quantity", &mut faults).unwrap_or(1),
        what: What::Plan {
            plan: plan.to_owned(),
            cycle: cycle.to_owned(),
            price_minor: amount(sent, "price", &mut faults),
            setup_minor: amount(sent, "setup_fee", &mut faults),
            tax_included: None,
            reason: text(sent, "reason").to_owned(),
        },
    };
    if faults.is_empty() { Ok(line) } else { Err(OrderingError::Invalid(faults)) }
}

/// A line in words.
///
/// # Errors
/// `Invalid` with the amounts that cannot be read.
pub(super) fn words_line(sent: &Sent) -> Result<LineInput, OrderingError> {
    let mut faults = Vec::new();
    let quantity = amount(sent, "quantity", &mut faults).unwrap_or(1);
    let price = amount(sent, "price", &mut faults);
    if price.is_none() && faults.is_empty() {
        faults.push(FieldFault::new("price", "required"));
    }
    let what = What::Words { description: text(sent, "description").to_owned(), unit_minor: price.unwrap_or(0) };
    if faults.is_empty() { Ok(LineInput { id: None, quantity, what }) } else { Err(OrderingError::Invalid(faults)) }
}

fn amount(sent: &Sent, name: &'static str, faults: &mut Vec<FieldFault>) -> Option<i64> {
    whole_number(text(sent, name), name, faults)
}

/// What is wrong with a line, at the fields of its form; a cycle is chosen together with its plan.
pub(super) fn of_line(faults: Vec<FieldFault>) -> Vec<FieldFault> {
    let bare = |fault: FieldFault| {
        let field = match fault.field.split_once("].") {
            Some((_, "cycle")) => "plan",
            Some((_, field)) => field,
            None => fault.field.as_str(),
        };
        FieldFault { field: field.to_owned(), ..fault.clone() }
    };
    faults.into_iter().map(bare).collect()
}

/// The form of a new quote.
pub(super) fn new_page(frame: Frame, sent: &Sent) -> FormPage {
    let customer = Field::line("customer", frame.t("whm-customer"))
        .help(frame.t("whm-quote-customer-help"))
        .value(text(sent, "customer"));
    let key = Field::hidden("key", text(sent, "key"));
    FormPage {
        title: frame.t("whm-quote-new"),
        subtitle: frame.t("whm-quote-new-text"),
        back: HOME.to_owned(),
        back_label: frame.t("nav-quotes"),
        action: format!("{HOME}/new"),
        submit: frame.t("whm-quote-begin"),
        errors: FormErrors::none(),
        fields: [customer].into_iter().chain(head_fields(&frame, sent, "whm-quote-until-help")).chain([key]).collect(),
        actions: Vec::new(),
        frame,
    }
}

/// The form of a draft there is.
pub(super) fn edit_page(frame: Frame, row: &quote::Model, sent: &Sent) -> FormPage {
    let fields = head_fields(&frame, sent, "whm-quote-until-help-kept");
    FormPage { action: format!("{}/edit", place(&row.id)), fields, ..page(frame, row, "whm-quote-edit", "") }
}

fn page(frame: Frame, row: &quote::Model, title: &str, subtitle: &str) -> FormPage {
    FormPage {
        title: frame.t(title),
        subtitle: if subtitle.is_empty() { String::new() } else { frame.t(subtitle) },
        back: place(&row.id),
        back_label: super::number_of(&frame, row),
        action: String::new(),
        submit: frame.t("action-save"),
        errors: FormErrors::none(),
        fields: Vec::new(),
        actions: Vec::new(),
        frame,
    }
}

/// The day and the words; `day_help` says what an empty day means.
fn head_fields(frame: &Frame, sent: &Sent, day_help: &str) -> Vec<Field> {
    let long =
        |name: &str, label: &str| Field::new(name, frame.t(label), Kind::Long).value(text(sent, name)).optional();
    vec![
        Field::new("valid_until", frame.t("document-quote-until"), Kind::Line("date"))
            .help(frame.t(day_help))
            .value(text(sent, "valid_until"))
            .optional(),
        long("intro", "whm-quote-intro").help(frame.t("whm-quote-intro-help")),
        long("terms", "quote-terms").help(frame.t("whm-quote-terms-help")),
    ]
}

/// The form of a plan to be quoted.
pub(super) fn plan_page(frame: Frame, row: &quote::Model, plans: &[Quotable], sent: &Sent) -> FormPage {
    let options = plans.iter().map(|one| {
        let words = [
            ("service", one.service.clone()),
            ("plan", one.plan.clone()),
            ("cycle", frame.word("cycle", one.cycle.as_str())),
            ("amount", price_words(&frame, (one.amount_minor, one.setup_fee_minor), one.tax_included, &one.currency)),
        ];
        (format!("{}:{}", one.code, one.cycle.as_str()), frame.ta("whm-quote-plan-option", words))
    });
    let options: Vec<(String, String)> = options.collect();
    let line = |name: &str, label: &str| Field::line(name, frame.t(label)).value(text(sent, name));
    let fields = vec![
        Field::new("plan", frame.t("whm-plan"), Kind::Choice(options)).value(text(sent, "plan")),
        line("quantity", "document-quantity").help(frame.t("whm-quote-quantity-help")),
        line("price", "whm-quote-price").help(frame.t("whm-quote-price-help")).unit("Rp").optional(),
        line("setup_fee", "whm-setup-fee").help(frame.t("whm-quote-setup-help")).unit("Rp").optional(),
        line("reason", "whm-quote-price-reason").help(frame.t("whm-quote-price-reason-help")).optional(),
        Field::hidden("key", text(sent, "key")),
    ];
    let action = format!("{}/plan-line", place(&row.id));
    FormPage { action, fields, ..page(frame, row, "whm-quote-add-plan", "whm-quote-add-plan-text") }
}

/// The form of a line in words.
pub(super) fn words_page(frame: Frame, row: &quote::Model, sent: &Sent) -> FormPage {
    let line = |name: &str, label: &str| Field::line(name, frame.t(label)).value(text(sent, name));
    let fields = vec![
        line("description", "whm-description"),
        line("quantity", "document-quantity"),
        line("price", "document-unit-price").help(frame.t("whm-quote-net-help")).unit("Rp"),
        Field::hidden("key", text(sent, "key")),
    ];
    let action = format!("{}/words-line", place(&row.id));
    FormPage { action, fields, ..page(frame, row, "whm-quote-add-words", "whm-quote-add-words-text") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_line_stands_at_its_field() {
        let faults = ["lines[0].cycle", "lines[12].price", "lines"].map(|field| FieldFault::new(field, "invalid"));
        let fields: Vec<String> = of_line(faults.into()).into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["plan", "price", "lines"]);
    }

    #[test]
    fn amounts_are_read_as_they_are_written_and_an_empty_price_is_the_shops() {
        let sent =
            |price: &str| Sent::from([("plan".into(), "n8n-basic:monthly".into()), ("price".into(), price.to_owned())]);
        let price = |typed: &str| match plan_line(&sent(typed)).unwrap().what {
            What::Plan { price_minor, plan, cycle, .. } => (plan, cycle, price_minor),
            What::Words { .. } => unreachable!(),
        };
        assert_eq!(price("40.000"), ("n8n-basic".into(), "monthly".into(), Some(40_000)));
        assert_eq!(price("").2, None);
        assert!(plan_line(&sent("-1")).is_err() && words_line(&sent("")).is_err());
    }
}
