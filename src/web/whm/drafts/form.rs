//! The forms of a draft: its words and day, a line.
use super::{HOME, place};
use crate::{
    domain::billing::{
        InvoiceError,
        invoice::draft::{DraftInput, DraftLine, due_day},
    },
    kernel::fault::FieldFault,
    web::{
        form_errors::FormErrors,
        frame::Frame,
        whm::{
            form_key, invoices,
            quotes::{Sent, text},
            view::{Field, FormPage, Kind},
            whole_number,
        },
    },
};
use chrono::{Datelike, NaiveDate};
use entity::billing::invoice;

/// The words and the day of a form.
///
/// # Errors
/// `Invalid` with `due`.
pub(super) fn head(sent: &Sent) -> Result<DraftInput, InvoiceError> {
    let typed = text(sent, "due");
    let due = typed.parse::<NaiveDate>().ok().filter(|day| (2000..=2999).contains(&day.year()));
    if due.is_none() && !typed.is_empty() {
        return Err(InvoiceError::Invalid(vec![FieldFault::new("due", "invalid")]));
    }
    Ok(DraftInput { due, notes: text(sent, "notes").to_owned(), lines: Vec::new() })
}

/// A form filled with what is stored.
pub(super) fn stored(row: &invoice::Model) -> Sent {
    let due = due_day(row).map(|day| day.to_string()).unwrap_or_default();
    let fields = [("due", due), ("notes", row.notes.clone().unwrap_or_default())];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A new line.
pub(super) fn blank_line() -> Sent {
    Sent::from([("quantity".to_owned(), "1".to_owned()), ("key".to_owned(), form_key())])
}

/// A line as it was typed.
///
/// # Errors
/// `Invalid` with the amounts that cannot be read.
pub(super) fn line(sent: &Sent) -> Result<DraftLine, InvoiceError> {
    let mut faults = Vec::new();
    let quantity = whole_number(text(sent, "quantity"), "quantity", &mut faults).unwrap_or(1);
    let price = whole_number(text(sent, "price"), "price", &mut faults);
    if price.is_none() && faults.iter().all(|fault| fault.field != "price") {
        faults.push(FieldFault::new("price", "required"));
    }
    let description = text(sent, "description").to_owned();
    let line = DraftLine { id: None, description, quantity, unit_minor: price.unwrap_or(0) };
    if faults.is_empty() { Ok(line) } else { Err(InvoiceError::Invalid(faults)) }
}

/// The form of a new draft.
pub(super) fn new_page(frame: Frame, sent: &Sent) -> FormPage {
    let customer = Field::line("customer", frame.t("whm-customer"))
        .help(frame.t("whm-quote-customer-help"))
        .value(text(sent, "customer"));
    let key = Field::hidden("key", text(sent, "key"));
    FormPage {
        title: frame.t("whm-draft-new"),
        subtitle: frame.t("whm-draft-new-text"),
        back: invoices::HOME.to_owned(),
        back_label: frame.t("nav-invoices"),
        action: format!("{HOME}/new"),
        submit: frame.t("whm-draft-begin"),
        errors: FormErrors::none(),
        fields: [customer].into_iter().chain(head_fields(&frame, sent, "whm-draft-due-help")).chain([key]).collect(),
        actions: Vec::new(),
        frame,
    }
}

/// The form of a draft there is.
pub(super) fn edit_page(frame: Frame, row: &invoice::Model, sent: &Sent) -> FormPage {
    let fields = head_fields(&frame, sent, "whm-draft-due-help-kept");
    FormPage { action: format!("{}/edit", place(&row.id)), fields, ..page(frame, row, "whm-draft-edit", "") }
}

/// The form of a new line.
pub(super) fn line_page(frame: Frame, row: &invoice::Model, sent: &Sent) -> FormPage {
    let line = |name: &str, label: &str| Field::line(name, frame.t(label)).value(text(sent, name));
    let fields = vec![
        line("description", "whm-description"),
        line("quantity", "document-quantity"),
        line("price", "document-unit-price").help(frame.t("whm-quote-net-help")).unit("Rp"),
        Field::hidden("key", text(sent, "key")),
    ];
    let action = format!("{}/line", place(&row.id));
    FormPage { action, fields, ..page(frame, row, "whm-draft-add-line", "whm-draft-add-line-text") }
}

fn page(frame: Frame, row: &invoice::Model, title: &str, subtitle: &str) -> FormPage {
    FormPage {
        title: frame.t(title),
        subtitle: if subtitle.is_empty() { String::new() } else { frame.t(subtitle) },
        back: place(&row.id),
        back_label: frame.t("whm-draft"),
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
    vec![
        Field::new("due", frame.t("whm-due"), Kind::Line("date"))
            .help(frame.t(day_help))
            .value(text(sent, "due"))
            .optional(),
        Field::new("notes", frame.t("whm-notes"), Kind::Long)
            .help(frame.t("whm-draft-notes-help"))
            .value(text(sent, "notes"))
            .optional(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_written_and_a_price_is_needed() {
        let sent = |quantity: &str, price: &str| {
            Sent::from([("quantity".into(), quantity.to_owned()), ("price".into(), price.to_owned())])
        };
        let read =
            |quantity: &str, price: &str| line(&sent(quantity, price)).map(|line| (line.quantity, line.unit_minor));
        assert_eq!(read("2", "250.000").unwrap(), (2, 250_000));
        assert_eq!(read("", "0").unwrap(), (1, 0));
        assert!(read("1", "").is_err() && read("1", "-1").is_err() && read("x", "5").is_err());
    }
}
